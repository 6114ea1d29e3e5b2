"""When in a day somebody is best reached: outside the times she asked to be spared, in the hour she answered most.

The law of the hours is the gate's; this only chooses within what the bank allows itself.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KNOWN_FROM = 3  # tries in an hour before it says anything of her
USUAL = (1, 4)  # answered of tried, added to each hour so that one lucky call does not decide


class Spared(NamedTuple):
    """A time somebody asked to be spared, by the clock of her day; without days on every day."""

    days: frozenset[str]
    opens: time
    closes: time  # below `opens` it runs over midnight


class Tried(NamedTuple):
    """How often an hour of the day was tried, and how often she answered."""

    tries: int
    answered: int


def begins(
    day: date,
    opens: time,
    closes: time,
    zone: ZoneInfo,
    *,
    spared: Iterable[Spared] = (),
    history: Mapping[int, Tried] | None = None,
) -> datetime | None:
    """The instant from which to try on a day: UTC, or None where all of the day is spared.

    The hour with the best share of answers is taken once it was tried KNOWN_FROM times; of equals, the earliest.
    """
    kept = list(spared)
    open_at = [
        at for at in _starts(opens, closes) if not any(_within(day, at, one) for one in kept)
    ]
    if not open_at:
        return None
    said = history or {}
    best = max(open_at, key=lambda at: (_share(said.get(at.hour)), -at.hour, -at.minute))
    return datetime.combine(day, best, zone).astimezone(UTC)


def _starts(opens: time, closes: time) -> list[time]:
    """The opening and every full hour after it until the end."""
    hours = [time(hour) for hour in range(24) if opens < time(hour) < closes]
    return [opens, *hours]


def _share(tried: Tried | None) -> float:
    """Of no hour that is hardly known is anything believed but the usual share."""
    answered, tries = USUAL
    if tried is None or tried.tries < KNOWN_FROM:
        return answered / tries
    return (tried.answered + answered) / (tried.tries + tries)


def _within(day: date, at: time, spared: Spared) -> bool:
    named = DAYS[day.weekday()]
    before = DAYS[(day - timedelta(days=1)).weekday()]
    today = not spared.days or named in spared.days
    if spared.opens < spared.closes:
        return today and spared.opens <= at < spared.closes
    yesterday = not spared.days or before in spared.days
    return (today and at >= spared.opens) or (yesterday and at < spared.closes)
