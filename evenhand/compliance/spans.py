"""From when until when the same act would be allowed, if nothing else happens."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from evenhand.compliance.facts import Facts
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import Pack

STEP = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
HORIZON = timedelta(days=1)


def allowed_until(
    facts: Facts, packs: Sequence[Pack], at: datetime, *, horizon: timedelta = HORIZON
) -> datetime | None:
    """The first minute after `at`, at which the act is allowed, when it is denied; None when not within the horizon.

    Asked every half hour and then narrowed down, so a refusal shorter than that between two answers may be missed: it
    is for people to read, and the gate judges again.
    """
    allowed, last = at, at + horizon
    while allowed < last:
        asked = min(allowed + STEP, last)
        if _denied(facts, packs, asked):
            return _narrowed(facts, packs, allowed, asked)
        allowed = asked
    return None


def _narrowed(facts: Facts, packs: Sequence[Pack], allowed: datetime, denied: datetime) -> datetime:
    """The first full minute that is denied, between an instant that is allowed and one that is not."""
    first = allowed.replace(second=0, microsecond=0) + MINUTE
    while first < denied:
        middle = first + (denied - first) // 2 // MINUTE * MINUTE
        if _denied(facts, packs, middle):
            denied = middle
        else:
            first = middle + MINUTE
    return denied.replace(second=0, microsecond=0)


def _denied(facts: Facts, packs: Sequence[Pack], at: datetime) -> bool:
    return judge(facts._replace(act=facts.act._replace(at=at)), packs).decision == "DENY"
