"""Statutory time zones: the local day and minute of an instant, and the instant at which a local day begins."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MINUTES_A_DAY = 24 * 60
ONE_DAY = timedelta(days=1)


class Local(NamedTuple):
    """What the clock on the wall says: the day, its weekday from 0 for Monday, and minutes since midnight."""

    day: date
    weekday: int
    minute: int


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """The zone of that name; None when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=4096)
def midnight(name: str, day: date) -> datetime:
    """The instant, in UTC, at which the day begins there; where clocks jump over midnight, the instant of the jump."""
    return datetime(day.year, day.month, day.day, tzinfo=zone(name)).astimezone(UTC)


@lru_cache(maxsize=4096)
def at_minute(name: str, day: date, minute: int) -> datetime:
    """The first instant of that day, in UTC, at which the clock on the wall shows `minute` or later."""
    begins, shown = midnight(name, day), timedelta(minutes=minute)
    wall = datetime(day.year, day.month, day.day) + shown  # noqa: DTZ001 - a time on the wall
    instant = wall.replace(tzinfo=zone(name)).astimezone(UTC)
    back = instant.astimezone(zone(name)).replace(tzinfo=None)
    if back != wall:  # the clock jumps over it: the jump itself is the first instant past it
        return max(begins, instant - (back - wall))
    return instant


def local(name: str, at: datetime) -> Local:
    """What the clock shows there at that instant."""
    there = at.astimezone(zone(name))
    return Local(there.date(), there.weekday(), there.hour * 60 + there.minute)


def local_day(name: str, at: datetime) -> date:
    """The calendar day there at that instant."""
    return at.astimezone(zone(name)).date()
