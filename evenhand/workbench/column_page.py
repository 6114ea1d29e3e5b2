"""What the editor says beside a cell: the text in words, whom it holds, and what the column held last night."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _

from evenhand.cycle.columns_seen import QUANTILES_PERCENT, Count, Seen, column_seen
from evenhand.cycle.queries import last_run_day
from evenhand.dmn.cells import CellError, parse_tests
from evenhand.dmn.documents.document import AGGREGATIONS, HIT_POLICIES, TableText
from evenhand.kernel.text import one_side
from evenhand.runtime.config import config
from evenhand.runtime.lake import Lake
from evenhand.strategy.facts import FACTS
from evenhand.workbench.cell_words import (
    INPUT,
    OUTPUT,
    Column,
    Words,
    expected,
    normal,
    problem,
)

WHOLE = 1000  # bars are drawn in thousandths


@dataclass(frozen=True, slots=True)
class Option:
    """A value that may stand in a cell, with the people who had it last night."""

    code: str
    words: str
    written: str
    people: int | None
    width: int


@dataclass(frozen=True, slots=True)
class Quantile:
    """A number that so many percent of the people are not above."""

    percent: int
    shown: str


def about(column: Column, text: str, words: Words, *, editing: bool) -> dict[str, Any]:
    """The context of the panel beside a cell, or of the list under it while it is written."""
    said = normal(text, column) if text.strip() else text
    seen = _seen(column)
    wrong = problem(said, column) if said.strip() or column.role == OUTPUT else ""
    everyone = _quantiles(seen, column, words, late=False)
    late = _quantiles(seen, column, words, late=True)
    held = None if wrong or seen is None or column.role != INPUT else _held(seen, said)
    return {
        "column": column,
        "column_label": one_side(column.label, words.language) or column.name,
        "text": text,
        "written": said if said != text.strip() else "",
        "said": words.cell(said, column),
        "wrong": "" if editing and not text.strip() else wrong,
        "expected": expected(column),
        "seen": seen,
        "held": held,
        "held_width": _width(held.people, seen.total.people) if held and seen else 0,
        "options": _options(column, seen, words),
        "quantiles": list(zip_longest(everyone, late)),
        "quantiles_late": late,
        "editing": editing,
    }


def _seen(column: Column) -> Seen | None:
    day = last_run_day()
    return None if day is None else column_seen(Lake(config().lake), day, column.fact)


def _held(seen: Seen, text: str) -> Count | None:
    """Whom a cell holds; none where it holds an expression, whose answer depends on more than this column."""
    if text.strip() in ("", "-"):
        return seen.total
    try:
        cell = parse_tests(text)
    except CellError:
        return None
    return None if cell.formula is not None else seen.holding(cell.passes)


def _options(column: Column, seen: Seen | None, words: Words) -> list[Option]:
    """The values of the column: those of the house in their order, or the bank's own by the people who have them."""
    counts: dict[str, int] = {}
    if seen is not None:
        counts = {
            str(value).lower() if isinstance(value, bool) else value: count.people
            for value, count in seen.values
        }
    if column.kind == "boolean":
        codes = ["true", "false"]
    elif column.codes:
        codes = [code for code in column.codes if not column.declared or code in column.declared]
    else:
        codes = list(counts) if column.is_code else []
    most = max(counts.values(), default=0)
    return [
        Option(
            code=code,
            words={"true": _("yes"), "false": _("no")}.get(code) or words.code(code, column),
            written=code if column.kind == "boolean" else f'"{code}"',
            people=counts.get(code, 0) if seen is not None else None,
            width=_width(counts.get(code, 0), most),
        )
        for code in codes
    ]


def _quantiles(seen: Seen | None, column: Column, words: Words, *, late: bool) -> list[Quantile]:
    if seen is None or not seen.is_number:
        return []
    found = seen.quantiles(late=late)
    return [
        Quantile(percent, words.number(number, column))
        for percent, number in zip(QUANTILES_PERCENT, found, strict=False)
    ]


def _width(part: int, whole: int) -> int:
    return part * WHOLE // whole if whole else 0


def policies() -> list[tuple[str, str, str]]:
    """Every way in which a table may count its rules: policy, aggregation, words."""
    names: Mapping[str, str] = {
        "UNIQUE": _("unique: at most one rule matches"),
        "ANY": _("any: rules that match agree"),
        "PRIORITY": _("priority: the answer listed first"),
        "FIRST": _("first: the topmost rule that matches"),
        "RULE ORDER": _("rule order: all answers, by rule"),
        "OUTPUT ORDER": _("output order: all answers, by list"),
        "COLLECT": _("collect: all answers"),
    }
    sums: Mapping[str, str] = {
        "SUM": _("collect: their sum"),
        "COUNT": _("collect: how many"),
        "MIN": _("collect: the least"),
        "MAX": _("collect: the greatest"),
    }
    plain = [(policy, "", names[policy]) for policy in HIT_POLICIES]
    return plain + [("COLLECT", each, sums[each]) for each in AGGREGATIONS if each]


def policy_words(table: TableText) -> str:
    """Which rules of a table count, in words."""
    found = {(policy, each): words for policy, each, words in policies()}
    return found.get((table.hit_policy, table.aggregation), table.hit_policy)


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A fact that a table does not ask yet."""

    name: str
    words: str
    label: str  # in both languages
    kind: str


def facts_to_add(table: TableText, language: str) -> list[NewColumn]:
    """The facts that a table does not ask yet."""
    asked = {column.expression for column in table.inputs}
    return [
        NewColumn(
            name=fact.name,
            words=fact.label.for_language(language),
            label=f"{fact.label.zh} | {fact.label.en}",
            kind=fact.feel_kind,
        )
        for fact in FACTS
        if fact.name not in asked
    ]
