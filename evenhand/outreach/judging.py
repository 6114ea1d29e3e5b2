"""The law the gate judges by: the packs active at a moment, how far back they look, how long a permit is good."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from evenhand.compliance.judge import judge
from evenhand.compliance.packs import Pack, load_pack, packs_window_days

__all__ = ["LOOKBACK_DAYS_MAX", "Law", "judge", "latest_law", "law_at"]

PERMIT_SECONDS = 120
"""How long a permit is good where no active pack states `contact.permit_seconds`."""
LOOKBACK_DAYS_MAX = 62
"""The days of events the gate can look back; a pack with a longer window is not activated."""


class Law(NamedTuple):
    """The packs active at a moment and what follows from them for the gate."""

    packs: tuple[Pack, ...]
    lookback: timedelta
    permit: timedelta


def law_at(at: datetime) -> Law:
    """The law at that moment."""
    return _law(at.date().isoformat())


def latest_law() -> Law:
    """The law last asked for, to guess by how far back will be looked."""
    return _latest[0]


@lru_cache(maxsize=64)
def _law(_day: str) -> Law:
    packs = (load_pack("cn"), load_pack("house"))
    # One day more: a window of calendar days at some place begins up to a day before one of as many times 24 hours.
    days = packs_window_days(packs) + 1
    law = Law(packs, timedelta(days=days), timedelta(seconds=PERMIT_SECONDS))
    _latest[0] = law
    return law


_latest = [Law((), timedelta(days=8), timedelta(seconds=PERMIT_SECONDS))]
