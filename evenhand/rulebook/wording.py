"""What the machine found and what people changed, in words of the page's language."""

from collections.abc import Callable

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from evenhand.dmn.documents.compare import Change, Said
from evenhand.kernel.text import one_side
from evenhand.rulebook.finding_words import finding_in_words, finding_text, name_of, text_of

__all__ = [
    "finding_in_words",
    "finding_text",
    "name_of",
    "table_name",
    "text_of",
    "words_of_change",
]


def words_of_change(change: Change) -> str:
    """One difference between two versions as a sentence, such as `T-14: days past due was [1..30], now [1..20]`."""
    return _SENTENCES[change.kind](change)


def table_name(change: Change) -> str:
    """What the table of a change is called on this page."""
    return one_side(change.label or change.table, get_language() or "")


def _side(text: str) -> str:
    return one_side(text, get_language() or "")


def _written(text: str) -> str:
    """A text as it stands in a cell; an empty one is said to be empty."""
    return text or _("(empty)")


def _said(said: Said) -> str:
    comma = _(", ")
    return comma.join(
        _("%(column)s %(text)s") % {"column": _side(c), "text": _written(t)} for c, t in said
    )


def _fields(change: Change) -> dict[str, object]:
    """What a sentence may speak of."""
    return {
        "rule": change.rule_id,
        "table": table_name(change),
        "column": _side(change.column_label or change.column),
        "old": _written(change.old),
        "new": _written(change.new),
        "old_row": change.old_row,
        "new_row": change.new_row,
        "asks": _said(change.asks) or _("anything"),
        "answers": _said(change.answers),
    }


def _sides(change: Change) -> dict[str, object]:
    """Like `_fields`, of texts in two languages; whole where only the other language's half differs."""
    old, new = _side(change.old), _side(change.new)
    if old == new:
        old, new = change.old, change.new
    return {**_fields(change), "old": old, "new": new}


def _annotation(change: Change) -> str:
    if not change.old:
        return _("%(rule)s: a note was added: “%(new)s”") % _sides(change)
    if not change.new:
        return _("%(rule)s: the note “%(old)s” was removed") % _sides(change)
    return _("%(rule)s: the note was “%(old)s”, now “%(new)s”") % _sides(change)


def _table_came(change: Change) -> str:
    rules = int(change.new)
    return ngettext(
        "The table %(table)s was added with %(rules)s rule",
        "The table %(table)s was added with %(rules)s rules",
        rules,
    ) % {"table": table_name(change), "rules": rules}


def _table_went(change: Change) -> str:
    rules = int(change.old)
    return ngettext(
        "The table %(table)s was removed with its %(rules)s rule",
        "The table %(table)s was removed with its %(rules)s rules",
        rules,
    ) % {"table": table_name(change), "rules": rules}


_SENTENCES: dict[str, Callable[[Change], str]] = {
    "TABLE_ADDED": _table_came,
    "TABLE_REMOVED": _table_went,
    "TABLE_LABEL": lambda c: _("The table “%(old)s” is now called “%(new)s”") % _sides(c),
    "HIT_POLICY": lambda c: _("The hit policy was %(old)s, now %(new)s") % _fields(c),
    "DECISION_ADDED": lambda c: _("The decision %(table)s was added") % _fields(c),
    "DECISION_REMOVED": lambda c: _("The decision %(table)s was removed") % _fields(c),
    "DECISION_CHANGED": lambda c: _("The decision %(table)s was changed") % _fields(c),
    "COLUMN_ADDED": lambda c: _("The column %(column)s was added") % _fields(c),
    "COLUMN_REMOVED": lambda c: _("The column %(column)s was removed") % _fields(c),
    "COLUMN_MOVED": lambda c: (
        _("The column %(column)s was moved from place %(old)s to place %(new)s") % _fields(c)
    ),
    "COLUMN_LABEL": lambda c: _("The column “%(old)s” is now called “%(new)s”") % _sides(c),
    "COLUMN_KIND": lambda c: _("The type of %(column)s was %(old)s, now %(new)s") % _fields(c),
    "COLUMN_ALLOWED": lambda c: (
        _("The allowed values of %(column)s were %(old)s, now %(new)s") % _fields(c)
    ),
    "COLUMN_DEFAULT": lambda c: (
        _("The default of %(column)s was %(old)s, now %(new)s") % _fields(c)
    ),
    "RULE_ADDED": lambda c: (
        _("%(rule)s was added as row %(new_row)s: for %(asks)s it answers %(answers)s") % _fields(c)
    ),
    "RULE_REMOVED": lambda c: (
        _("%(rule)s, row %(old_row)s before, was removed: for %(asks)s it answered %(answers)s")
        % _fields(c)
    ),
    "RULE_MOVED": lambda c: (
        _("%(rule)s was moved from row %(old_row)s to row %(new_row)s") % _fields(c)
    ),
    "RULE_ID": lambda c: _("The rule %(old)s is now called %(new)s") % _fields(c),
    "CELL": lambda c: _("%(rule)s: %(column)s was %(old)s, now %(new)s") % _fields(c),
    "OUTPUT": lambda c: _("%(rule)s: the answer %(column)s was %(old)s, now %(new)s") % _fields(c),
    "ANNOTATION": _annotation,
}
