"""Cells of decision tables in the words of the page's language, and what analysts type in the words of tables."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from evenhand.dmn.cells import CellError, parse_literal, parse_tests
from evenhand.kernel.money import format_minor
from evenhand.kernel.text import Bilingual, one_side
from evenhand.rulebook.wording import name_of
from evenhand.strategy.codes import PRIORITY_MAX
from evenhand.strategy.facts import FACTS
from evenhand.strategy.judge import CODES
from evenhand.web.labels import LABELS

INPUT, OUTPUT, NOTE = "INPUT", "OUTPUT", "NOTE"
NOTE_ID = "annotation"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BETWEEN = re.compile(r"(\d+)\s*(?:\.\.|~|-|至|到)\s*(\d+)")
_FROM = re.compile(r"(-?\d+)\s*\+")
_NEGATED = re.compile(r"not\((.*)\)", re.DOTALL)
_NOT = re.compile(r"(?:not|非|除)\s*\((.*)\)|(?:!=|≠|<>)\s*(.*)", re.IGNORECASE | re.DOTALL)
_SIGNS = str.maketrans(
    {"≥": ">=", "≤": "<=", "“": '"', "”": '"', "、": ",", "；": ",", "—": "-", "–": "-"}
)
_TRUE = frozenset({"true", "yes", "y", "是", "真"})
_FALSE = frozenset({"false", "no", "n", "否", "假"})
_FACTS = {fact.name: fact for fact in FACTS}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table as the grid shows it. `fact` is the fact, earlier answer or output it is about, without
    the name of its table; `codes` are its closed values with their words; `declared` those the table allows."""

    id: str
    role: str  # INPUT, OUTPUT or NOTE
    name: str  # as the table names it
    fact: str
    kind: str  # number, boolean, string, note, or "" while unknown
    label: str
    codes: Mapping[str, Bilingual] = field(default_factory=dict)
    declared: tuple[str, ...] = ()

    @property
    def is_money(self) -> bool:
        """Whether its numbers are minor units of the base currency."""
        return self.fact.endswith("_minor")

    @property
    def is_code(self) -> bool:
        """Whether it holds codes, closed or the bank's own."""
        return self.kind == "string"


def input_column(
    column_id: str, expression: str, label: str, kind: str, allowed: str = ""
) -> Column:
    """An input: a fact, or what an earlier table answered (``segment`` or ``segment.desk``)."""
    fact = expression.strip().rpartition(".")[2]
    known = _FACTS.get(fact)
    codes: Mapping[str, Bilingual] = CODES.get(fact, {})
    if known is not None:
        kind, words = known.feel_kind, LABELS.get(fact, {})
        codes = {code: words.get(code, Bilingual(code, code)) for code in known.codes}
    elif fact in CODES:
        kind = "string"
    return Column(column_id, INPUT, expression, fact, kind, label, codes, _quoted(allowed))


def output_column(column_id: str, name: str, label: str, kind: str, allowed: str = "") -> Column:
    """An output: a code of the house, or a number."""
    codes = CODES.get(name, {})
    label = label if label not in ("", name) else name_of(name)
    kind = "string" if codes else ("number" if name == "priority" else kind)
    return Column(column_id, OUTPUT, name, name, kind, label, codes, _quoted(allowed))


def note_column() -> Column:
    """The comment of a rule."""
    return Column(NOTE_ID, NOTE, NOTE_ID, NOTE_ID, "note", _("Comment"))


def _quoted(text: str) -> tuple[str, ...]:
    return tuple(_QUOTED.findall(text or ""))


@dataclass(frozen=True, slots=True)
class Words:
    """Cells in one language, amounts in the base currency."""

    currency: str
    language: str

    def cell(self, text: str, column: Column) -> str:
        """A cell as people read it; nothing for "any". Intervals stay as mathematics writes them."""
        plain = text.strip()
        if column.role == NOTE:
            return one_side(plain, self.language)
        if plain in ("", "-"):
            return ""
        if column.kind == "boolean":
            return {"true": _("yes"), "false": _("no")}.get(plain, plain)
        if column.is_money and self.currency:
            plain = _NUMBER.sub(lambda found: self._money(found[0]), plain)
        elif column.is_code:
            plain = ", ".join(part.strip() for part in plain.split(","))
            plain = _QUOTED.sub(lambda found: self.code(found[1], column), plain)
        if negated := _NEGATED.fullmatch(plain):
            plain = _("not: %(what)s") % {"what": negated[1]}
        return plain.replace(">=", "≥").replace("<=", "≤").replace("..", " .. ")

    def by_name(self, name: str, text: str) -> str:
        """A cell of a column of which only the name is known, a fact or an answer."""
        column = input_column(name, name, name, "")
        if not column.kind:
            column = output_column(name, name, name, "")
        return self.cell(text, column) or text

    def code(self, code: str, column: Column) -> str:
        """The words of one value of a column."""
        wording = column.codes.get(code)
        return code if wording is None else wording.for_language(self.language)

    def number(self, value: int, column: Column) -> str:
        """One number of a column."""
        return self._money(str(value)) if column.is_money and self.currency else f"{value:,}"

    def _money(self, minor: str) -> str:
        if "." in minor:
            return minor
        locale = "en" if self.language.startswith("en") else "zh_Hans_CN"
        return re.sub(r"[.,]00$", "", format_minor(int(minor), self.currency, locale))


def problem(text: str, column: Column) -> str:
    """What is wrong with a cell, in words; nothing when it can be used."""
    if column.role == NOTE:
        return ""
    try:
        if column.role == OUTPUT:
            return _output_problem(parse_literal(text), column)
        kinds = parse_tests(text).kinds
    except CellError:
        return _("Not understood. Expected: %(expected)s") % {"expected": expected(column)}
    if column.kind and kinds - {column.kind}:
        return _("This column holds %(kind)s. Expected: %(expected)s") % {
            "kind": kind_words(column.kind),
            "expected": expected(column),
        }
    unknown = [code for code in _quoted(text) if column.codes and code not in column.codes]
    return _no_value(unknown[0]) if unknown else ""


def _no_value(code: str) -> str:
    return _("%(code)s is no value of this column.") % {"code": code}


def _output_problem(value: object, column: Column) -> str:
    if column.codes:
        fits = isinstance(value, str) and value in column.codes
        if fits and column.declared and value not in column.declared:
            return _("The table does not list %(code)s among the answers of this column.") % {
                "code": value
            }
    elif column.fact == "priority":
        fits = (
            isinstance(value, Decimal) and 0 <= value <= PRIORITY_MAX and value == int(value)
        )  # int: the tables give whole numbers
    else:
        fits = True
    return "" if fits else _("Expected: %(expected)s") % {"expected": expected(column)}


def kind_words(kind: str) -> str:
    """The kind of a column in words."""
    return {
        "number": _("numbers"),
        "boolean": _("yes or no"),
        "string": _("codes"),
        "note": _("words"),
    }.get(kind, _("values of any kind"))


def expected(column: Column) -> str:
    """What may stand in a cell of the column, with examples."""
    if column.role == OUTPUT:
        if column.fact == "priority":
            return _("a whole number from 0 to %(max)d") % {"max": PRIORITY_MAX}
        if column.codes:
            example = f'"{(column.declared or tuple(column.codes))[0]}"'
            return _("one of the listed codes, such as %(example)s") % {"example": example}
        return _("one number, one code in quotes, true or false")
    return {
        "number": _("a number, a range such as [1..30] or (30..60], a comparison such as >= 5, or - for any"),
        "boolean": _("true, false, or - for any"),
        "string": _('codes such as "A","B" or not("A"), or - for any'),
    }.get(column.kind, _("a value, or - for any"))  # fmt: skip


def normal(text: str, column: Column) -> str:
    """What was typed, as a table writes it: bare codes and their words quoted, `1-30` a range, Chinese signs plain.

    A text that is understood as it stands, or not at all, is left as it was typed.
    """
    typed = text.strip()
    if column.role == NOTE:
        return " ".join(typed.split())
    if not typed and column.role == INPUT:
        return "-"
    plain = _plain(typed)
    if column.kind == "number" and (meant := _range(plain)) != plain:
        return meant  # 1-30 is a range to an analyst, though a subtraction to the standard
    if not problem(typed, column):
        return typed
    ways: dict[str, Callable[[str], str]] = {
        "boolean": _boolean,
        "string": lambda text: _codes(text, column),
    }
    guess = ways[column.kind](plain) if column.kind in ways else plain
    return typed if problem(guess, column) else guess


def _plain(text: str) -> str:
    parts = re.split(r'("(?:[^"\\]|\\.)*")', text)
    return "".join(
        part
        if part.startswith('"')
        else unicodedata.normalize("NFKC", part).translate(_SIGNS).strip()
        for part in parts
    )


def _boolean(text: str) -> str:
    word = text.casefold()
    return "true" if word in _TRUE else "false" if word in _FALSE else text


def _range(text: str) -> str:
    if whole := _BETWEEN.fullmatch(text):
        return f"[{whole[1]}..{whole[2]}]"
    if whole := _FROM.fullmatch(text):
        return f">= {whole[1]}"
    return text


def _codes(text: str, column: Column) -> str:
    negated = _NOT.fullmatch(text)
    inner = (negated[1] or negated[2] or "") if negated else text
    if '"' not in inner:
        known = _by_words(column)
        words = [word for part in inner.split(",") if (word := part.strip())]
        inner = ",".join(f'"{known.get(word.casefold(), word)}"' for word in words)
    return f"not({inner})" if negated else inner


def _by_words(column: Column) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, wording in column.codes.items():
        for word in (code, wording.zh, wording.en):
            found.setdefault(word.casefold(), code)
    return found
