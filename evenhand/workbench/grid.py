"""A decision table as the rows of the grid, written by hand: 200 rules of 25 columns are 5,000 cells, and a template
takes as long for each as Python takes for fifty."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from evenhand.dmn.documents.document import Document, RuleText, TableText
from evenhand.kernel.text import one_side
from evenhand.web.templatetags.web_tags import icon
from evenhand.workbench.cell_words import (
    NOTE,
    OUTPUT,
    Column,
    Words,
    input_column,
    note_column,
    output_column,
    problem,
)

SHOWN_ICONS = {
    "number": "hash",
    "boolean": "toggle-left",
    "string": "tag",
    "note": "message-square",
}


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one column as the page shows it."""

    column: Column
    label: str
    icon: str
    from_right: int  # of an output: how many outputs stand right of it


@lru_cache(maxsize=32)
def tables_of(content: bytes) -> tuple[TableText, ...]:
    """The tables of a document, parsed once for the same bytes."""
    return Document.read(content).tables


def table_of(content: bytes, name: str) -> TableText | None:
    """One table of a document by name."""
    return next((table for table in tables_of(content) if table.name == name), None)


def columns_of(table: TableText) -> tuple[Column, ...]:
    """The columns in the order of the grid: the comment, the inputs, the outputs."""
    return (
        note_column(),
        *(input_column(c.id, c.expression, c.label, c.kind, c.allowed) for c in table.inputs),
        *(output_column(c.id, c.name, c.label, c.kind, c.allowed) for c in table.outputs),
    )


def heads(columns: Iterable[Column], language: str) -> list[Head]:
    """The heads of the columns."""
    listed = list(columns)
    outputs = sum(column.role == OUTPUT for column in listed)
    found, passed = [], 0
    for column in listed:
        passed += column.role == OUTPUT
        label = one_side(column.label, language) or column.name
        found.append(
            Head(column, label, SHOWN_ICONS.get(column.kind, "circle-help"), outputs - passed)
        )
    return found


def texts_of(rule: RuleText) -> tuple[str, ...]:
    """The texts of a rule in the order of the grid."""
    return (rule.annotation, *rule.cells, *rule.outputs)


@dataclass(frozen=True, slots=True)
class Grid:
    """Draws the rows of one table."""

    columns: tuple[Column, ...]
    words: Words
    can_edit: bool
    _drawn: dict[tuple[str, str], str] = field(
        default_factory=dict
    )  # most cells of a column are alike

    def rows(self, table: TableText) -> SafeString:
        """All rows of the table."""
        drawn = "".join(self.row(number, rule) for number, rule in enumerate(table.rules, start=1))
        return mark_safe(drawn)  # noqa: S308 - every text is escaped where it is put in

    def row(self, number: int, rule: RuleText) -> str:
        """One row: its handle, its comment, its cells."""
        cells = "".join(
            self._cell(text, column)
            for text, column in zip(texts_of(rule), self.columns, strict=True)
        )
        return f'<tr role="row" data-rule="{escape(rule.id)}">{self._handle(number)}{cells}</tr>'

    def _handle(self, number: int) -> str:
        if not self.can_edit:
            return f'<th role="rowheader" scope="row"><span class="rule-no">{number}</span></th>'
        menu = escape(_("Menu of the rule"))
        return (
            f'<th role="rowheader" scope="row" draggable="true"><span class="rule-no">{number}</span>'
            f'<button type="button" class="rule-menu" tabindex="-1" aria-haspopup="menu" aria-label="{menu}">'
            f"{_dots()}</button></th>"
        )

    def _cell(self, text: str, column: Column) -> str:
        known = self._drawn.get((column.id, text))
        if known is None:
            known = self._drawn[column.id, text] = self._draw(text, column)
        return known

    def _draw(self, text: str, column: Column) -> str:
        shown, wrong = self.words.cell(text, column), problem(text, column)
        classes = [column.role.lower()]
        raw = escape(text)
        if column.role == OUTPUT:
            classes.append("output-cell")
        if wrong:
            classes.append("wrong")
            inner = f'<span class="mark">{_warning()}</span>{raw or "∅"}'
        elif not shown:
            classes.append("any")
            inner = "" if column.role == NOTE else '<span aria-hidden="true">–</span>'
        elif shown == text or column.role == NOTE:
            inner = escape(shown)
        else:
            inner = f'<span class="said">{escape(shown)}</span><span class="written">{raw}</span>'
        more = f' title="{escape(wrong)}" aria-invalid="true"' if wrong else ""
        return f'<td role="gridcell" tabindex="-1" class="{" ".join(classes)}" data-text="{raw}"{more}>{inner}</td>'


@lru_cache(maxsize=1)
def _dots() -> SafeString:
    return icon("ellipsis-vertical", 14)


@lru_cache(maxsize=1)
def _warning() -> SafeString:
    return icon("circle-alert", 12)


def same_columns(one: TableText, other: TableText) -> bool:
    """Whether two states of a table have the same columns and count their rules alike."""
    return (one.inputs, one.outputs, one.label, one.hit_policy, one.aggregation) == (
        other.inputs,
        other.outputs,
        other.label,
        other.hit_policy,
        other.aggregation,
    )


def changed_rules(old: TableText, new: TableText) -> dict[str, RuleText]:
    """The rules of `new` that `old` lacks or says otherwise, by id."""
    before: Mapping[str, RuleText] = {rule.id: rule for rule in old.rules}
    return {rule.id: rule for rule in new.rules if before.get(rule.id) != rule}
