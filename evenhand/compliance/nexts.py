"""When would it be allowed? The same act, later, if nothing else happens."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from evenhand.compliance.facts import Facts
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import Pack

HORIZON_DAYS = 60
STEPS = 400


def next_allowed(
    facts: Facts,
    packs: Sequence[Pack],
    *,
    acts: Iterable[str] | None = None,
    horizon_days: int = HORIZON_DAYS,
) -> Mapping[str, datetime | None]:
    """The first instant from the act's own on at which it is not denied, for each of `acts` (none: its own).

    A review is no denial. None: not by time alone, or not within the horizon. Every reason says when it alone would
    lift; the latest of them is the next instant worth asking, so few instants are asked.
    """
    names = (facts.act.act,) if acts is None else tuple(acts)
    return {name: _first(facts, packs, name, timedelta(days=horizon_days)) for name in names}


def _first(facts: Facts, packs: Sequence[Pack], act: str, horizon: timedelta) -> datetime | None:
    at, last = facts.act.at, facts.act.at + horizon
    for _ in range(STEPS):
        verdict = judge(facts._replace(act=facts.act._replace(act=act, at=at)), packs)
        if verdict.decision != "DENY":
            return at
        lifts = [reason.lifts_at for reason in verdict.reasons if reason.decision == "DENY"]
        later = max((lift for lift in lifts if lift is not None), default=at)
        if None in lifts or later > last:
            return None
        assert later > at, "a reason that lifts no later than now is no reason"
        at = later
    return None
