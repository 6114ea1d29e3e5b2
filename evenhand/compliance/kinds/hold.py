"""Holds and standing facts that stop an act: by kind, by the effect the act would have, by debt."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from evenhand.compliance.kinds.common import Check, Context, Found
from evenhand.compliance.packfile.predicates import Predicate, PredicateReader
from evenhand.compliance.packfile.questions import OF_HOLD, OF_STANDING
from evenhand.compliance.packfile.tables import Table
from evenhand.compliance.situation import Situation
from evenhand.compliance.vocabulary import CONTACTS, EFFECTS, HOLDS, STANDING

EFFECT_OF = {
    **dict.fromkeys(CONTACTS, "CONTACT"), "START_LEGAL_ACTION": "LEGAL", "FURNISH": "REPORTING",
    "SELL_DEBT": "SALE",
}  # fmt: skip
SLOTS = frozenset({"kind", "since", "until"})


def read(table: Table, context: Context) -> Check:
    """`holds` or `standing` by kind, `where` conditions on what is said of it, `effect` in place of the act's own."""
    holds = frozenset(table.codes("holds", HOLDS, ()))
    standing = frozenset(table.codes("standing", STANDING, ()))
    if bool(holds) == bool(standing):
        table.refuse("holds", "stands beside standing or neither does, expected one of the two")
    vocabulary = OF_HOLD if holds else OF_STANDING
    where = None
    if "where" in table.left:
        where = PredicateReader(vocabulary, context.file, context.rule).read(
            table.raw("where"), "where"
        )
    effect = table.code("effect_of_hold", EFFECTS | {"ANY"}, "") if holds else ""
    parts = _parts(table, holds)

    def run(situation: Situation) -> Found | None:
        if not (situation.holds_now() if holds else situation.standing_now()):
            return None
        found = list(
            _held(situation, holds, effect, where, parts)
            if holds
            else _stands(situation, standing, where)
        )
        if not found:
            return None
        ends = [until for _, _, until in found]
        first = min(found, key=lambda row: (row[1], row[0]))
        lifts = None if None in ends else max(until for until in ends if until is not None)
        numbers = {
            "kind": first[0],
            "since": first[1].isoformat(),
            "until": lifts and lifts.isoformat(),
        }
        return Found(numbers, lifts)

    return Check(run, {"holds": sorted(holds)} if holds else {"standing": sorted(standing)}, SLOTS)


def _parts(table: Table, holds: frozenset[str]) -> bool:
    """Whether a hold on part of a debt leaves the rest free when the act names other parts."""
    parts = table.yes("by_part")
    if parts and not holds:
        table.refuse("by_part", "changes nothing beside standing")
    return parts


Row = tuple[str, datetime, datetime | None]


def _held(
    situation: Situation, kinds: frozenset[str], effect: str, where: Predicate | None, parts: bool
) -> Iterator[Row]:
    wanted = effect or _effect(situation)
    for hold in situation.holds_now():
        if hold.kind not in kinds or (wanted != "ANY" and wanted not in hold.effects):
            continue
        if where is not None and not fits(where, hold.more):
            continue
        if parts and not _touches(situation, hold.more.get("components")):
            continue
        yield hold.kind, hold.from_at, hold.until_at


def _touches(situation: Situation, held: Any) -> bool:
    """Whether the act concerns the part that is held: it does unless it names only other parts."""
    named = situation.asked["components"]
    return not held or named is None or not set(held).isdisjoint(named)


def _effect(situation: Situation) -> str:
    act = situation.act
    if act.act == "CHARGE":
        return "INTEREST" if situation.asked["charge_kind"] == "INTEREST" else "FEES"
    return EFFECT_OF.get(act.act, "CONTACT")


def _stands(situation: Situation, kinds: frozenset[str], where: Predicate | None) -> Iterator[Row]:
    for fact in situation.standing_now():
        if fact.kind in kinds and (where is None or fits(where, fact.more)):
            yield fact.kind, fact.from_at, fact.until_at


def fits(where: Predicate, more: Any) -> bool:
    """Whether what is said of a standing fact fits; what is not said fits only `given = false` and `not`."""
    for condition in where.conditions:
        value = more.get(condition.question.name) if more else None
        if value is None:
            if condition.absent is not True:
                return False
        elif not condition.fits(value):
            return False
    return True
