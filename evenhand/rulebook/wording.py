"""What the machine found and what people changed, in words of the page's language."""

import re
from collections.abc import Callable

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from evenhand.dmn.documents.compare import Change, Said
from evenhand.kernel.text import one_side
from evenhand.rulebook.finding_words import (
    TextOf,
    finding_in_words,
    finding_text,
    name_of,
    text_of,
)
from evenhand.strategy.judge import CODES

__all__ = [
    "codes_in_words",
    "finding_in_words",
    "finding_text",
    "name_of",
    "table_name",
    "text_of",
    "words_of_change",
]


_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_VALUES = (
    "CELL",
    "OUTPUT",
    "COLUMN_ALLOWED",
    "COLUMN_DEFAULT",
)  # old and new are cells of the column


def codes_in_words(column: str, cell: str) -> str:
    """A cell with the answers of a strategy in the words of the page; all else as the table writes it."""
    labels = CODES.get(column.rpartition(".")[2].strip(), {})
    language = get_language() or ""
    return _QUOTED.sub(
        lambda found: labels[found[1]].for_language(language) if found[1] in labels else found[0],
        cell,
    )


def words_of_change(change: Change, text: TextOf = codes_in_words) -> str:
    """One difference between two versions as a sentence, like `T-14 (row 14): days past due was [1..30], now [1..20]`.

    `text` says how a cell of a column, by its expression or name, reads.
    """
    return _SENTENCES[change.kind](_Words(change, text))


def table_name(change: Change) -> str:
    """What the table of a change is called on this page."""
    return _side(change.label or change.table)


def _side(text: str) -> str:
    return one_side(text, get_language() or "")


class _Words:
    """What the sentences about one change may speak of."""

    def __init__(self, change: Change, text: TextOf) -> None:
        self.change = change
        self.text = text

    def cell(self, column: str, written: str) -> str:
        """A cell as people read it; an empty one and one that asks nothing are said to be so."""
        if written == "-":
            return _("(any)")
        return self.text(column, written) if written else _("(empty)")

    def said(self, said: Said) -> str:
        comma = _(", ")
        return comma.join(
            _("%(column)s %(text)s") % {"column": _side(label), "text": self.cell(name, written)}
            for name, label, written in said
        )

    def fields(self) -> dict[str, object]:
        change = self.change
        if change.kind in _VALUES:
            old, new = (self.cell(change.column, t) for t in (change.old, change.new))
        else:
            old, new = (t or _("(empty)") for t in (change.old, change.new))
        return {
            "rule": change.rule_id,
            "table": table_name(change),
            "column": _side(change.column_label or change.column),
            "old": old,
            "new": new,
            "old_row": change.old_row,
            "new_row": change.new_row,
            "asks": self.said(change.asks) or _("anything"),
            "answers": self.said(change.answers),
        }

    def sides(self) -> dict[str, object]:
        """Like `fields`, of texts in two languages; whole where only the other language's half differs."""
        old, new = _side(self.change.old), _side(self.change.new)
        if old == new:
            old, new = self.change.old, self.change.new
        return {**self.fields(), "old": old, "new": new}


def _annotation(words: _Words) -> str:
    if not words.change.old:
        return _("%(rule)s (row %(new_row)s): a note was added: “%(new)s”") % words.sides()
    if not words.change.new:
        return _("%(rule)s (row %(new_row)s): the note “%(old)s” was removed") % words.sides()
    return _("%(rule)s (row %(new_row)s): the note was “%(old)s”, now “%(new)s”") % words.sides()


def _table_came(words: _Words) -> str:
    rules = int(words.change.new)
    return ngettext(
        "The table %(table)s was added with %(rules)s rule",
        "The table %(table)s was added with %(rules)s rules",
        rules,
    ) % {"table": table_name(words.change), "rules": rules}


def _table_went(words: _Words) -> str:
    rules = int(words.change.old)
    return ngettext(
        "The table %(table)s was removed with its %(rules)s rule",
        "The table %(table)s was removed with its %(rules)s rules",
        rules,
    ) % {"table": table_name(words.change), "rules": rules}


_SENTENCES: dict[str, Callable[[_Words], str]] = {
    "TABLE_ADDED": _table_came,
    "TABLE_REMOVED": _table_went,
    "TABLE_LABEL": lambda w: _("The table “%(old)s” is now called “%(new)s”") % w.sides(),
    "HIT_POLICY": lambda w: _("The hit policy was %(old)s, now %(new)s") % w.fields(),
    "DECISION_ADDED": lambda w: _("The decision %(table)s was added") % w.fields(),
    "DECISION_REMOVED": lambda w: _("The decision %(table)s was removed") % w.fields(),
    "DECISION_CHANGED": lambda w: _("The decision %(table)s was changed") % w.fields(),
    "COLUMN_ADDED": lambda w: _("The column %(column)s was added") % w.fields(),
    "COLUMN_REMOVED": lambda w: _("The column %(column)s was removed") % w.fields(),
    "COLUMN_MOVED": lambda w: (
        _("The column %(column)s was moved from place %(old)s to place %(new)s") % w.fields()
    ),
    "COLUMN_LABEL": lambda w: _("The column “%(old)s” is now called “%(new)s”") % w.sides(),
    "COLUMN_KIND": lambda w: _("The type of %(column)s was %(old)s, now %(new)s") % w.fields(),
    "COLUMN_ALLOWED": lambda w: (
        _("The allowed values of %(column)s were %(old)s, now %(new)s") % w.fields()
    ),
    "COLUMN_DEFAULT": lambda w: (
        _("The default of %(column)s was %(old)s, now %(new)s") % w.fields()
    ),
    "RULE_ADDED": lambda w: (
        _("%(rule)s was added as row %(new_row)s: for %(asks)s it answers %(answers)s") % w.fields()
    ),
    "RULE_REMOVED": lambda w: (
        _("%(rule)s, row %(old_row)s before, was removed: for %(asks)s it answered %(answers)s")
        % w.fields()
    ),
    "RULE_MOVED": lambda w: (
        _("%(rule)s was moved from row %(old_row)s to row %(new_row)s") % w.fields()
    ),
    "RULE_ID": lambda w: _("The rule %(old)s is now called %(new)s") % w.fields(),
    "CELL": lambda w: (
        _("%(rule)s (row %(new_row)s): %(column)s was %(old)s, now %(new)s") % w.fields()
    ),
    "OUTPUT": lambda w: (
        _("%(rule)s (row %(new_row)s): the answer %(column)s was %(old)s, now %(new)s") % w.fields()
    ),
    "ANNOTATION": _annotation,
}
