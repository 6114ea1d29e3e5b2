"""From when until when the same act would be allowed, if nothing else happens: found by asking again and again.

Asked every half hour and then narrowed down to the minute, so a span shorter than that between two answers may be
missed: it is for people to read, and the gate judges again.
"""

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
    """The first minute after `at` at which the act, allowed at `at`, is denied; None when not within the horizon."""
    return _turns(facts, packs, at, at + horizon, denied=True)


def allowed_from(
    facts: Facts, packs: Sequence[Pack], at: datetime, *, horizon: timedelta = HORIZON
) -> datetime | None:
    """The first minute after `at` at which the act, denied at `at`, no longer is; None when not within the horizon.

    For where a rule does not say when it lifts: `nexts.next_allowed` knows without asking where rules say so.
    """
    return _turns(facts, packs, at, at + horizon, denied=False)


def _turns(
    facts: Facts, packs: Sequence[Pack], at: datetime, last: datetime, *, denied: bool
) -> datetime | None:
    """The first full minute after `at` at which the answer is `denied`, where it was the other at `at`."""
    before = at
    while before < last:
        asked = min(before + STEP, last)
        if _denied(facts, packs, asked) == denied:
            return _narrowed(facts, packs, before, asked, denied=denied)
        before = asked
    return None


def _narrowed(
    facts: Facts, packs: Sequence[Pack], before: datetime, after: datetime, *, denied: bool
) -> datetime:
    first, found = before.replace(second=0, microsecond=0) + MINUTE, after
    while first < found:
        middle = first + (found - first) // 2 // MINUTE * MINUTE
        if _denied(facts, packs, middle) == denied:
            found = middle
        else:
            first = middle + MINUTE
    return found


def _denied(facts: Facts, packs: Sequence[Pack], at: datetime) -> bool:
    return judge(facts._replace(act=facts.act._replace(at=at)), packs).decision == "DENY"
