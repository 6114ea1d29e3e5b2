"""The days by which things are due, or from which they may be done, by the deadlines of packs."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from evenhand.compliance.facts import Facts
from evenhand.compliance.packs import Pack
from evenhand.compliance.predicates import day_of
from evenhand.compliance.situation import Situation


class Due(NamedTuple):
    """A day worked out by a rule of a pack; None where the pack's calendar does not reach so far."""

    day: date | None
    rule: str
    pack: str


def deadlines(facts: Facts, packs: Sequence[Pack]) -> Mapping[str, Due]:
    """Every deadline whose first day is among `facts.known`, or follows from one that is, by name.

    Rules and packs are those in force at the moment of the act. Where several packs name the same one, the latest day
    counts: what must be kept is kept for the longest, and what must wait waits for the longest.
    """
    situation = Situation(facts, {}, packs[0].zone if packs else "UTC")
    found: dict[str, Due] = {}
    for pack in packs:
        on = situation.there(pack.zone).day
        if not pack.in_force(on) or pack.applies(situation.asked) is False:
            continue
        for name, due in _of_pack(pack, on, situation).items():
            if name not in found or _later(due.day, found[name].day):
                found[name] = due
    return found


def _of_pack(pack: Pack, on: date, situation: Situation) -> dict[str, Due]:
    rules = [r for r in pack.rules if r.check.step is not None and r.in_force(on)]
    found: dict[str, Due] = {}
    for rule in rules:  # in the order of the file: one that follows from another stands after it
        step = rule.check.step
        assert step is not None
        if step.since in found:
            start = found[step.since].day
        else:
            known = situation.asked[step.since]
            start = None if known is None else day_of(known)
            if known is None:
                continue
        if rule.matches(situation.asked):
            found[step.name] = Due(None if start is None else step.due(start), rule.id, pack.label)
    return found


def _later(one: date | None, other: date | None) -> bool:
    return other is not None and (one is None or one > other)
