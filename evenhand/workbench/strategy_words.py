"""Steps of a draft and differences between versions, in words of the page's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.dmn.documents.compare import compare
from evenhand.dmn.documents.document import Document
from evenhand.kernel.text import one_side
from evenhand.rulebook.queries import RevisionRow
from evenhand.rulebook.wording import table_name, words_of_change

SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class TableChanges:
    """What changed in one table."""

    table: str
    sentences: tuple[str, ...]


def changes_in_words(old: bytes, new: bytes) -> list[TableChanges]:
    """What `new` changes against `old`, table by table."""
    found: dict[str, list[str]] = {}
    for change in compare(Document.read(old), Document.read(new)):
        found.setdefault(table_name(change), []).append(words_of_change(change))
    return [TableChanges(table, tuple(sentences)) for table, sentences in found.items()]


def step_in_words(step: RevisionRow) -> str:
    """One step of a draft as a sentence."""
    return _sentence(step.act, step.detail)


def _sentence(act: str, detail: Mapping[str, Any]) -> str:
    fields = {
        "table": detail.get("table", ""),
        "rule": detail.get("rule") or "",
        "row": detail.get("row", ""),
        "column": detail.get("column") or detail.get("table", ""),
        "old": _short(detail.get("was")),
        "new": _short(detail.get("text")),
        "number": detail.get("based_on", ""),
        "file": detail.get("file", ""),
    }
    if act in ("UNDONE", "REDONE"):
        inner = _sentence(detail.get("of", ""), detail.get("detail", {}))
        template = _("undone: %(step)s") if act == "UNDONE" else _("done again: %(step)s")
        return template % {"step": inner}
    if act == "IMPORTED" and fields["file"]:
        return _("the tables of %(file)s were brought in") % fields
    sentences = {
        "INSTALLED": _("came with the installation"),
        "CREATED": _("begun from version %(number)s"),
        "RESTORED": _("restored from version %(number)s"),
        "IMPORTED": _("brought in from a file"),
        "SET_CELL": _("%(table)s, %(rule)s: %(column)s was %(old)s, now %(new)s"),
        "SET_ANNOTATION": _("%(table)s, %(rule)s: the comment is now “%(new)s”"),
        "SET_LABEL": _("%(table)s: the label of %(column)s is now “%(new)s”"),
        "SET_HIT_POLICY": _("%(table)s: which rules count was changed"),
        "ADD_RULE": _("%(table)s: a rule was added as row %(row)s"),
        "COPY_RULE": _("%(table)s: a rule was copied to row %(row)s"),
        "MOVE_RULE": _("%(table)s, %(rule)s: moved from row %(old)s to row %(row)s"),
        "DELETE_RULE": _("%(table)s, %(rule)s: deleted from row %(row)s"),
        "ADD_INPUT": _("%(table)s: a condition was added"),
        "REMOVE_COLUMN": _("%(table)s: the column %(column)s was removed"),
        "PASTE": _("%(table)s: a block was written from row %(row)s on"),
        "CLEAR": _("%(table)s: cells were emptied"),
    }
    return sentences.get(act, _("a change")) % fields


def _short(value: object) -> str:
    if value is None or isinstance(value, list | dict):
        return ""
    text = one_side(str(value), get_language() or "")
    text = text or _("empty")
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
