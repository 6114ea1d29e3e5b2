"""The days by which things are due, or from which they may be done, by the deadlines of packs."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from evenhand.compliance.facts import Facts
from evenhand.compliance.packfile.predicates import day_of
from evenhand.compliance.packs import Pack
from evenhand.compliance.situation import Known
from evenhand.compliance.zones import local_day


class Due(NamedTuple):
    """A day worked out by a rule of a pack; None where the pack's calendar does not reach so far."""

    day: date | None
    rule: str
    pack: str
    reached: bool | None = (
        None  # whether the date named by `reached_by` is no earlier; None when there is none
    )


def deadlines(facts: Facts, packs: Sequence[Pack]) -> Mapping[str, Due]:
    """The deadlines that follow from what is known, by the packs in force at the moment of the act."""
    on = local_day(packs[0].zone if packs else "UTC", facts.act.at)
    return due_days(packs, facts.known, on)


def due_days(packs: Sequence[Pack], known: Mapping[str, Any], on: date) -> Mapping[str, Due]:
    """Every deadline whose first day is known, or follows from one that is, by name.

    `known` holds dates (or ISO text) and what else the rules ask, by the names of `packfile.questions`; rules are those
    in force `on` a day. Where several packs name the same deadline the latest counts: what must be kept is kept for the
    longest, and what must wait waits for the longest.
    """
    asked = Known(known)
    asked["today"] = on
    found: dict[str, Due] = {}
    for pack in packs:
        if pack.in_force(on):
            for name, due in _of_pack(pack, on, asked).items():
                if name not in found or _later(due.day, found[name].day):
                    found[name] = due
    return found


def _of_pack(pack: Pack, on: date, asked: Known) -> dict[str, Due]:
    found: dict[str, Due] = {}
    for (
        rule
    ) in pack.rules:  # in the order of the file: one that follows from another stands after it
        step = rule.check.step
        if (
            step is None
            or not rule.in_force(on)
            or (rule.matches is not None and not rule.matches(asked))
        ):
            continue
        known = asked[step.since]
        if step.since not in found and known is None:
            continue
        start = found[step.since].day if step.since in found else day_of(known)
        due = None if start is None else step.due(start)
        by = asked[step.reached_by] if step.reached_by else None
        reached = None if due is None or by is None else day_of(by) >= due
        found[step.gives] = Due(due, rule.id, pack.label, reached)
    return found


def _later(one: date | None, other: date | None) -> bool:
    return other is not None and (one is None or one > other)
