"""What the pages about strategies have in common: versions, their tables, who may do what, who else is at work."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from evenhand.cycle.queries import last_run_day, run_row
from evenhand.dmn import ModelError
from evenhand.dmn.documents.document import TableText
from evenhand.kernel.text import one_side
from evenhand.rulebook.checking import finding_rows
from evenhand.rulebook.queries import RevisionRow, UnknownStrategy, VersionRow, version_row
from evenhand.rulebook.wording import finding_in_words
from evenhand.workbench import grid
from evenhand.workbench.cell_words import Words, problem

AT_WORK = timedelta(minutes=10)  # who wrote within it is said to be at work
FINDINGS_MAX = 80  # shown at once; the rest are counted
_ALL_MARKED = frozenset({"OVERLAP", "DUPLICATE"})
STEPS = ("DRAFT", "CHECKED", "TRIED", "APPROVED", "ACTIVE")


@dataclass(frozen=True, slots=True)
class Tab:
    """One table of a version."""

    name: str
    label: str
    rules: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a version's life: done, here, or still to come."""

    state: str
    is_done: bool
    is_here: bool


def version_or_404(number: int) -> VersionRow:
    """The version of an address."""
    try:
        return version_row(number)
    except UnknownStrategy:
        raise Http404 from None


def may_edit(request: HttpRequest, version: VersionRow) -> bool:
    """Whether this person may change this version."""
    return version.is_draft and request.user.has_perm("access.edit_strategies")


def tabs(content: bytes) -> list[Tab]:
    """The tables of a document; none while it cannot be read at all."""
    try:
        tables = grid.tables_of(content)
    except ModelError:
        return []
    language = get_language() or ""
    return [Tab(each.name, one_side(each.label, language), len(each.rules)) for each in tables]


def base_currency() -> str:
    """The currency amounts are in, as the last night counted them; none before the first."""
    day = last_run_day()
    night = None if day is None else run_row(day)
    return "" if night is None else str(night.totals.get("currency", ""))


def steps(version: VersionRow, *, is_active: bool) -> list[Step]:
    """A version's life from draft to active, with where it stands."""
    state = "ACTIVE" if is_active else version.state
    at = STEPS.index(state) if state in STEPS else -1
    return [Step(step, n < at, n == at) for n, step in enumerate(STEPS)]


def others(rows: Sequence[RevisionRow], person: Any, now: datetime) -> dict[str, Any]:
    """Who else wrote in a draft within AT_WORK, and the last step of all, its latest first."""
    here = {
        row.made_by: None
        for row in rows
        if row.made_by_id not in (None, person.id) and now - row.made_at <= AT_WORK
    }
    return {"others": list(here), "last": rows[0] if rows else None, "me": person.get_username()}


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding as the pages show it, with the cells it is about."""

    severity: str  # ERROR, WARNING or NOTE
    kind: str
    table: str
    label: str
    rules: tuple[int, ...]
    rule_ids: tuple[str, ...]
    marked: tuple[str, ...]  # the rules that carry its sign; the others are only named
    column: str  # id of the column, or nothing
    sentence: str

    @property
    def places(self) -> list[tuple[int, str]]:
        """The rules it is about: number and id."""
        return list(zip(self.rules, self.rule_ids, strict=False))


def findings_context(content: bytes, first: str = "") -> dict[str, Any]:
    """What a list of findings shows, with those of the table `first` before others of the same weight."""
    found = findings_of(content, first)
    return {
        "findings": found[:FINDINGS_MAX],
        "more": max(len(found) - FINDINGS_MAX, 0),
        "unread": any(shown.kind in ("CELL", "UNUSABLE", "UNREADABLE") for shown in found),
    }


def findings_of(content: bytes, first: str = "") -> list[Shown]:
    """What the machine has against a document: gravest first, of the table `first` before others."""
    tables = {table.name: table for table in grid.tables_of(content)}
    cells = [shown for table in tables.values() for shown in _cells(table)]
    words = Words(base_currency(), get_language() or "")
    found = [_shown(row, tables, words) for row in _checked(content)]
    places = {(shown.table, shown.rules[:1]) for shown in cells}
    found = [
        row for row in found if row.kind != "UNUSABLE" or (row.table, row.rules[:1]) not in places
    ]
    order = {"ERROR": 0, "WARNING": 1, "NOTE": 2}
    return sorted(cells + found, key=lambda shown: (order[shown.severity], shown.table != first))


def _cells(table: TableText) -> Iterator[Shown]:
    """Cells whose text cannot stand in their column."""
    label = one_side(table.label, get_language() or "")
    columns = grid.columns_of(table)
    for number, rule in enumerate(table.rules, start=1):
        for text, column in zip(grid.texts_of(rule), columns, strict=True):
            if wrong := problem(text, column):
                yield Shown(
                    severity="ERROR",
                    kind="CELL",
                    table=table.name,
                    label=label,
                    rules=(number,),
                    rule_ids=(rule.id,),
                    marked=(rule.id,),
                    column=column.id,
                    sentence=wrong,
                )


def _shown(row: Mapping[str, Any], tables: Mapping[str, TableText], words: Words) -> Shown:
    table = tables.get(row["decision"])
    rules = tuple(row["rules"])
    ids, column, label = tuple(row["rule_ids"]), "", row["decision"]
    if table is not None:
        label = one_side(table.label, get_language() or "")
        known = [table.rules[n - 1].id for n in rules if 0 < n <= len(table.rules)]
        ids = ids or tuple(known)
        columns = (c.id for c in table.columns if row["column"] in (c.name, c.id, c.label))
        column = next(columns, "") if row["column"] else ""
    return Shown(
        severity=row["severity"],
        kind=row["kind"],
        table=row["decision"],
        label=label,
        rules=rules,
        rule_ids=ids,
        marked=ids if row["kind"] in _ALL_MARKED else ids[:1],
        column=column,
        sentence=finding_in_words(row, text=words.by_name),
    )


@lru_cache(maxsize=64)
def _checked(content: bytes) -> tuple[dict[str, Any], ...]:
    return tuple(finding_rows(content))
