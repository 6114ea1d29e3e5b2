"""How old the core's last word by day is. A robot does not call about a debt that may have been paid half an hour
ago."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from evenhand.payments.models import CoreWord
from evenhand.payments.policy import payment_terms
from evenhand.portfolio.models import FeedFile, FileState


class NotFresh(RuntimeError):
    """The core's last word by day is too old for a robot call; the call waits for the next."""


@dataclass(frozen=True, slots=True)
class LastWord:
    """When the core last spoke by day, and whether a robot has to wait for it; None: it speaks by night only."""

    at: datetime | None
    stale: bool


def last_word(now: datetime) -> LastWord:
    """The core's last word by day, by file or by call."""
    terms = payment_terms()
    since = now - timedelta(days=terms.intraday_expected_days)
    files = FeedFile.objects.filter(
        feed="intraday_payments", state=FileState.LOADED, received_at__gt=since
    )
    calls = CoreWord.objects.filter(heard_at__gt=since)
    found = [
        at
        for at in (
            files.order_by("-received_at").values_list("received_at", flat=True).first(),
            calls.order_by("-heard_at").values_list("heard_at", flat=True).first(),
        )
        if at is not None
    ]
    if not found:
        return LastWord(None, stale=False)
    latest = max(found)
    return LastWord(latest, stale=now - latest > timedelta(minutes=terms.intraday_minutes_max))


def require_fresh(now: datetime) -> None:
    """Raise NotFresh where a robot has to wait."""
    word = last_word(now)
    if word.stale:
        raise NotFresh(f"the core's last word by day is of {word.at}")
