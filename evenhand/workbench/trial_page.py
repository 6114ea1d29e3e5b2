"""The report of a trial as a page shows it: rows with their bars, from the whole numbers the trial kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from evenhand.strategy.codes import TREATMENTS
from evenhand.strategy.judge import TABLES
from evenhand.workbench.trial_pictures import Flow, Move, Pair, flow, pair, share

GROUP_KINDS = ("age_band", "region", "bucket", "segment", "product")
CHANGES_SHOWN = 12
SMALL = 30  # people below whom a share says little
WIDE = {"width": 1080, "margin": 210, "height": 300, "letters": 13}
NARROW = {"width": 360, "margin": 118, "height": 300, "letters": 11}


@dataclass(frozen=True, slots=True)
class Load:
    """The contacts of one channel in a day, beside what the house can make."""

    channel: str
    before: int
    after: int
    capacity: int | None
    over_before: int
    over_after: int
    bars: Pair

    @property
    def more(self) -> int:
        """Contacts more than before; fewer are below zero."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Money:
    """The people and the money in one treatment, in minor units."""

    treatment: str
    people_before: int
    people_after: int
    arrears_before: int
    arrears_after: int
    balance_before: int
    balance_after: int
    bars: Pair


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group of people concerned, and how the two strategies fall on it; shares in thousandths."""

    code: str
    people: int
    differing: int
    noticed: int
    noticed_share: int
    contacted: Move
    called: Move
    small: bool


@dataclass(frozen=True, slots=True)
class Fired:
    """One rule and how often it fired."""

    rule_id: str
    annotation: str
    row_before: int | None
    row_after: int | None
    before: int
    after: int
    bars: Pair

    @property
    def more(self) -> int:
        """How much oftener than before."""
        return self.after - self.before

    @property
    def state(self) -> str:
        """Whether only one of the two strategies has the rule."""
        if not self.rule_id:
            return "DEFAULT"
        if self.row_before is None:
            return "ADDED"
        return "REMOVED" if self.row_after is None else ""


@dataclass(frozen=True, slots=True)
class FiredTable:
    """The rules of one table: those whose use changes, and those the strategy tried has but nobody meets."""

    table: str
    rules: tuple[Fired, ...]

    @property
    def changed(self) -> tuple[Fired, ...]:
        """The rules that fire for another number of people than before, the largest change first."""
        found = [rule for rule in self.rules if rule.more]
        return tuple(sorted(found, key=lambda rule: -abs(rule.more)))

    @property
    def most_changed(self) -> tuple[Fired, ...]:
        """The largest changes, as many as one looks at."""
        return self.changed[:CHANGES_SHOWN]

    @property
    def less_changed(self) -> tuple[Fired, ...]:
        """The smaller changes."""
        return self.changed[CHANGES_SHOWN:]

    @property
    def never(self) -> tuple[Fired, ...]:
        """The rules that would fire for nobody."""
        return tuple(rule for rule in self.rules if rule.row_after is not None and not rule.after)

    @property
    def used(self) -> tuple[Fired, ...]:
        """The rules that fire for somebody, before or after."""
        return tuple(rule for rule in self.rules if rule.before or rule.after)


@dataclass(frozen=True, slots=True)
class Night:
    """One night of a trial's report."""

    on: date
    figures: Mapping[str, Any]
    differing_share: int
    noticed_share: int
    flow_wide: Flow
    flow_narrow: Flow
    loads: tuple[Load, ...]
    money: tuple[Money, ...]
    groups: tuple[tuple[str, tuple[GroupRow, ...]], ...]
    moved_segments: tuple[Mapping[str, Any], ...]
    rules: tuple[FiredTable, ...]

    @property
    def over(self) -> tuple[Load, ...]:
        """The channels that would need more contacts than the house can make."""
        return tuple(load for load in self.loads if load.over_after)


def nights_of(report: Mapping[str, Any]) -> list[date]:
    """The nights of a report, oldest first."""
    return [date.fromisoformat(night["banking_day"]) for night in report.get("nights", ())]


def night_of(report: Mapping[str, Any], on: date | None) -> Night | None:
    """One night of the report, the last when none is named; None when the trial was not over that night."""
    nights = report.get("nights", [])
    found = [night for night in nights if on is None or night["banking_day"] == on.isoformat()]
    return _night(found[-1]) if found else None


def _night(night: Mapping[str, Any]) -> Night:
    concerned = night["concerned"]
    return Night(
        on=date.fromisoformat(night["banking_day"]),
        figures=night,
        differing_share=share(night["differing"], concerned),
        noticed_share=share(night["noticed"], concerned),
        flow_wide=flow(night["treatments"], **WIDE),
        flow_narrow=flow(night["treatments"], **NARROW),
        loads=_loads(night["contacts"]),
        money=_money(night["treatments"]),
        groups=tuple(
            (kind, tuple(_group(row) for row in night["groups"][kind]))
            for kind in GROUP_KINDS
            if night["groups"].get(kind)
        ),
        moved_segments=tuple(row for row in night["segments"] if row["before"] != row["after"]),
        rules=tuple(
            _table(name, night["rules"][name]) for name in TABLES if night["rules"].get(name)
        ),
    )


def _loads(contacts: Sequence[Mapping[str, Any]]) -> tuple[Load, ...]:
    longest = max(
        (max(row["before"], row["after"], row["capacity"] or 0) for row in contacts), default=0
    )
    return tuple(
        Load(**row, bars=pair(row["before"], row["after"], longest, row["capacity"]))
        for row in contacts
    )


def _money(flow_rows: Sequence[Mapping[str, Any]]) -> tuple[Money, ...]:
    sums: dict[str, dict[str, int]] = {}
    for row in flow_rows:
        for side in ("before", "after"):
            there = sums.setdefault(row[side], {})
            for name in ("people", "arrears_minor", "balance_minor"):
                short = f"{name.removesuffix('_minor')}_{side}"
                there[short] = there.get(short, 0) + row[name]
    names = [
        f"{name}_{side}"
        for name in ("people", "arrears", "balance")
        for side in ("before", "after")
    ]
    figures = {code: {name: row.get(name, 0) for name in names} for code, row in sums.items()}
    longest = max(
        (max(r["arrears_before"], r["arrears_after"]) for r in figures.values()), default=0
    )
    order = {code: place for place, code in enumerate(TREATMENTS)}
    return tuple(
        Money(code, **row, bars=pair(row["arrears_before"], row["arrears_after"], longest))
        for code, row in sorted(figures.items(), key=lambda item: order.get(item[0], len(order)))
    )


def _group(row: Mapping[str, Any]) -> GroupRow:
    people = row["people"]
    contacted, called = (
        Move(share(row[f"{what}_before"], people), share(row[f"{what}_after"], people))
        for what in ("contacted", "called")
    )
    return GroupRow(
        row["code"], people, row["differing"], row["noticed"], share(row["noticed"], people), contacted, called,
        people < SMALL,
    )  # fmt: skip


def _table(table: str, rules: Sequence[Mapping[str, Any]]) -> FiredTable:
    longest = max((max(rule["before"], rule["after"]) for rule in rules), default=0)
    return FiredTable(
        table,
        tuple(Fired(**rule, bars=pair(rule["before"], rule["after"], longest)) for rule in rules),
    )
