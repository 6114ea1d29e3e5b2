"""Steps of a draft and differences between versions, in words of the page's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.dmn import ModelError
from evenhand.dmn.documents.compare import compare
from evenhand.dmn.documents.document import Document
from evenhand.kernel.text import one_side
from evenhand.rulebook.queries import RevisionRow
from evenhand.rulebook.wording import table_name, words_of_change
from evenhand.workbench import grid
from evenhand.workbench.cell_words import Column, Words

SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class TableChanges:
    """What changed in one table."""

    table: str
    sentences: tuple[str, ...]


def changes_in_words(old: bytes, new: bytes, currency: str) -> list[TableChanges]:
    """What `new` changes against `old`, table by table; amounts are in minor units of `currency`."""
    found: dict[str, list[str]] = {}
    words = Words(currency, get_language() or "")
    for change in compare(Document.read(old), Document.read(new)):
        found.setdefault(table_name(change), []).append(words_of_change(change, words.by_name))
    return [TableChanges(table, tuple(sentences)) for table, sentences in found.items()]


def steps_in_words(
    steps: Sequence[RevisionRow], content: bytes, currency: str
) -> list[tuple[RevisionRow, str]]:
    """The steps of a draft, each with its sentence; `content` says what the columns of now hold."""
    try:
        tables = grid.tables_of(content)
    except ModelError:
        tables = ()
    columns = {(table.name, c.id): c for table in tables for c in grid.columns_of(table)}
    words = Words(currency, get_language() or "")
    return [(step, _sentence(step.act, step.detail, columns, words)) for step in steps]


def _sentence(
    act: str,
    detail: Mapping[str, Any],
    columns: Mapping[tuple[str, str], Column],
    words: Words,
) -> str:
    column = columns.get((detail.get("table", ""), detail.get("column") or ""))
    label = detail.get("column_label") or (column.label if column else detail.get("column"))
    held = column if act == "SET_CELL" else None
    table = one_side(detail.get("table_label") or detail.get("table", ""), words.language)
    fields = {
        "table": table,
        "row": detail.get("row", ""),
        "column": one_side(label, words.language) if label else table,
        "old": _short(detail.get("was"), held, words),
        "new": _short(detail.get("text"), held, words),
        "number": detail.get("based_on", ""),
        "file": detail.get("file", ""),
    }
    if act in ("UNDONE", "REDONE"):
        inner = _sentence(detail.get("of", ""), detail.get("detail", {}), columns, words)
        template = _("undone: %(step)s") if act == "UNDONE" else _("done again: %(step)s")
        return template % {"step": inner}
    if act == "IMPORTED" and fields["file"]:
        return _("the tables of %(file)s were brought in") % fields
    sentences = {
        "INSTALLED": _("came with the installation"),
        "CREATED": _("begun from version %(number)s"),
        "RESTORED": _("restored from version %(number)s"),
        "IMPORTED": _("brought in from a file"),
        "SET_CELL": _("%(table)s, rule %(row)s: %(column)s was %(old)s, now %(new)s"),
        "SET_ANNOTATION": _("%(table)s, rule %(row)s: the comment is now “%(new)s”"),
        "SET_LABEL": _("%(table)s: the label of %(column)s is now “%(new)s”"),
        "SET_HIT_POLICY": _("%(table)s: which rules count was changed"),
        "ADD_RULE": _("%(table)s: a rule was added as row %(row)s"),
        "COPY_RULE": _("%(table)s: a rule was copied to row %(row)s"),
        "MOVE_RULE": _("%(table)s: a rule was moved from row %(old)s to row %(row)s"),
        "DELETE_RULE": _("%(table)s: rule %(row)s was deleted"),
        "ADD_INPUT": _("%(table)s: a condition was added"),
        "REMOVE_COLUMN": _("%(table)s: the column %(column)s was removed"),
        "PASTE": _("%(table)s: a block was written from row %(row)s on"),
        "CLEAR": _("%(table)s: cells were emptied"),
    }
    return sentences.get(act, _("a change")) % fields


def _short(value: object, column: Column | None, words: Words) -> str:
    """A cell, a comment or a label, no longer than one reads in passing."""
    if value is None or isinstance(value, list | dict):
        return ""
    text = str(value)
    if column is None:
        text = one_side(text, words.language) or _("empty")
    elif text == "-":
        text = _("(any)")
    else:
        text = words.cell(text, column) or _("(empty)")
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
