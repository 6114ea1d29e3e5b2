"""Findings about strategies as sentences in the page's language."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from evenhand.dmn.checks.findings import Finding
from evenhand.dmn.documents.texts import parts
from evenhand.strategy.facts import FACTS

ROWS_MAX = 6  # rules named in one sentence; the rest are counted
_NAMES = {fact.name: fact.label for fact in FACTS}
_INTERVAL = re.compile(r"([\[(\]])(.+?)\.\.(.+?)([\])\[])")

NameOf = Callable[[str], str]
TextOf = Callable[[str, str], str]
Row = Mapping[str, Any]


def name_of(column: str) -> str:
    """The name of a fact or of a strategy's answer; of anything else what the table calls it."""
    if column in _NAMES:
        return _NAMES[column].for_language(get_language() or "")
    answers = {
        "segment": _("Segment"),
        "treatment": _("Treatment"),
        "contact": _("Contact"),
        "channel": _("Channel"),
        "tone": _("Tone"),
        "desk": _("Desk"),
        "priority": _("Priority"),
        "offer": _("Offer"),
    }
    return answers.get(column.rpartition(".")[2], column)


def text_of(_column: str, cell: str) -> str:
    """A cell without quotes and brackets where the plain writing says the same."""
    return listed([_part(part) for part in parts(cell)])


def listed(texts: Sequence[str]) -> str:
    """Texts as an enumeration."""
    said = texts[0] if texts else ""
    for text in texts[1:]:
        said = _("%(these)s, %(next)s") % {"these": said, "next": text}
    return said


def _part(part: str) -> str:
    plain = {"null": _("none"), "true": _("yes"), "false": _("no")}
    if part in plain:
        return plain[part]
    if part.startswith("not(") and part.endswith(")"):
        return _("anything but %(values)s") % {"values": text_of("", part[4:-1])}
    if part.startswith('"'):
        return part[1:-1].replace('\\"', '"').replace("\\\\", "\\") or '""'
    if found := _INTERVAL.fullmatch(part):
        opens, low, high, closes = found.groups()
        return f"{low}–{high}" if opens == "[" and closes == "]" else part
    for sign, better in (("<=", "≤"), (">=", "≥")):
        part = part.replace(sign, better)
    return part


def finding_text(finding: Finding, name: NameOf = name_of, text: TextOf = text_of) -> str:
    """One finding as a sentence; see `finding_in_words`."""
    return finding_in_words(finding.as_json(), name, text)


def finding_in_words(row: Row, name: NameOf = name_of, text: TextOf = text_of) -> str:
    """One finding, as `Finding.as_json` gives it, as a sentence.

    `name` says how a column is called, by its expression or name; `text` how a cell of a column reads.
    """
    words = _Words(row, name, text)
    sentence: Callable[[], str] = getattr(words, row["kind"].lower())
    return sentence()


class _Words:
    """One method per kind of finding, in lower case."""

    def __init__(self, row: Row, name: NameOf, text: TextOf) -> None:
        self.params: Mapping[str, Any] = row["text_params"]
        self.rules: Sequence[int] = row["rules"]
        self.column: str = row["column"]
        self.box: Sequence[Sequence[str]] = row.get("box") or ()
        self.example: Mapping[str, str] = row.get("example") or {}
        self.severity: str = row["severity"]
        self.name = name
        self.text = text

    # Pieces of sentences

    def row(self) -> str:
        return _("Rule %(number)d") % {"number": self.rules[0]}

    def others(self) -> str:
        """The rules beside the first."""
        return self.several(self.rules[1:])

    def several(self, rules: Sequence[int]) -> str:
        shown = [str(rule) for rule in rules[:ROWS_MAX]]
        more = len(rules) - len(shown)
        if more:
            return _("rules %(numbers)s and %(more)d more") % {
                "numbers": listed(shown),
                "more": more,
            }
        if len(shown) > 1:
            return _("rules %(numbers)s and %(last)s") % {
                "numbers": listed(shown[:-1]),
                "last": shown[-1],
            }
        return _("rule %(numbers)s") % {"numbers": shown[0]}

    def cell(self) -> str:
        where = {"column": self.name(self.column)}
        if not self.rules:
            return _("“%(column)s”") % where
        if len(self.rules) > 1:
            return _("“%(column)s” in %(rules)s") % {**where, "rules": self.several(self.rules)}
        return _("Rule %(number)d, “%(column)s”") % {**where, "number": self.rules[0]}

    def values(self, name: str = "values") -> str:
        return listed([self.text(self.column, str(value)) for value in self.params[name]])

    def region(self) -> str:
        return listed(
            [f"{self.name(column)} {self.text(column, cell)}" for column, cell in self.box]
        )

    def point(self) -> str:
        """The example, in the inputs that matter; nothing where it says no more than the region."""
        pairs = [
            f"{self.name(column)} {self.text(column, self.example[column])}"
            for column, _cell in self.box
            if column in self.example
        ]
        return "" if listed(pairs) == self.region() else listed(pairs)

    def kind_word(self, kind: str) -> str:
        return {
            "number": _("a number"),
            "string": _("a text"),
            "boolean": _("yes or no"),
            "": _("anything"),
        }.get(kind, kind)

    # What cannot be used

    def unusable(self) -> str:
        if "text" in self.params:
            said = {"cell": self.cell(), "text": self.params["text"]}
            if self.params["place"] == "INPUT":
                return (
                    _(
                        "%(cell)s: “%(text)s” cannot be read. A cell is -, a number, an interval "
                        "such as [1..30], a comparison such as >= 5, texts in double quotes "
                        "parted by commas, true, false, or not(…) of these."
                    )
                    % said
                )
            return (
                _(
                    "%(cell)s: “%(text)s” cannot be read. An answer is one number, one text in "
                    "double quotes, true or false."
                )
                % said
            )
        return _("This cannot be used: %(problem)s. Expected: %(expected)s.") % {
            "problem": ": ".join(filter(None, [self._place(), str(self.params["problem"])])),
            "expected": self.params["expected"] or "-",
        }

    def _place(self) -> str:
        if self.column:
            return self.cell()
        return self.row() if self.rules else ""

    def not_plain(self) -> str:
        return _(
            "%(cell)s: “%(text)s” is an expression. A strategy runs over the whole book at once "
            "and takes only values, intervals and lists of these."
        ) % {"cell": self.cell(), "text": self.params["text"]}

    def missing(self) -> str:
        if "table" in self.params:
            table = {"table": self.name(self.params["table"])}
            return _("The strategy lacks the table “%(table)s”.") % table
        return _("No table of the strategy gives “%(column)s”.") % {
            "column": self.name(self.params["output"])
        }

    def not_used(self) -> str:
        return _("No table of the strategy uses this table.")

    def unknown_fact(self) -> str:
        if not self.params:
            return _("“%(column)s” is no fact a strategy may use.") % {"column": self.column}
        return _("“%(column)s” is %(fact)s; the table takes it for %(had)s.") % {
            "column": self.name(self.column),
            "fact": self.kind_word(self.params["expected_kind"]),
            "had": self.kind_word(self.params["had_kind"]),
        }

    def type(self) -> str:
        if "values" not in self.params:
            return _(
                "“%(column)s” is no answer of a strategy, or another table gives it too. "
                "The answers are %(allowed)s."
            ) % {"column": self.column, "allowed": listed(self.params["allowed"])}
        if "expected_kind" in self.params:
            return _("%(cell)s: %(values)s does not fit; expected %(kind)s.") % {
                "cell": self.cell(),
                "values": self.values(),
                "kind": self.kind_word(self.params["expected_kind"]),
            }
        return _("%(cell)s: %(values)s is unknown; it may be %(allowed)s.") % {
            "cell": self.cell(),
            "values": self.values(),
            "allowed": self.values("allowed"),
        }

    # Cells

    def empty_cell(self) -> str:
        return _("%(cell)s: no value passes this cell, so the rule never matches.") % {
            "cell": self.cell()
        }

    def never_given(self) -> str:
        said = {"cell": self.cell(), "values": self.values()}
        if self.severity == "WARNING":
            return _("%(cell)s: no rule answers %(values)s, so this rule never matches.") % said
        return _("%(cell)s: no rule answers %(values)s.") % said

    def repeated_test(self) -> str:
        return _("%(cell)s: the rest of the cell already covers %(values)s.") % {
            "cell": self.cell(),
            "values": self.values(),
        }

    # What rules hold between them

    def gap(self) -> str:
        if not self.box:
            return _("No rule ever matches.")
        if point := self.point():
            return _("No rule covers %(region)s (for example %(example)s).") % {
                "region": self.region(),
                "example": point,
            }
        return _("No rule covers %(region)s.") % {"region": self.region()}

    def more_gaps(self) -> str:
        more = self.params["more"]
        if self.params["at_least"]:
            return ngettext(
                "At least %(more)d more gap is not listed.",
                "At least %(more)d more gaps are not listed.",
                more,
            ) % {"more": more}
        return ngettext(
            "%(more)d more gap is not listed.", "%(more)d more gaps are not listed.", more
        ) % {"more": more}

    def overlap(self) -> str:
        said = {
            "row": self.row(),
            "others": self.others(),
            "example": self.point() or self.region(),
        }
        if not said["example"]:
            return _("%(row)s and %(others)s match at once; this table allows one answer.") % said
        return (
            _(
                "%(row)s and %(others)s match at once, for example %(example)s; "
                "this table allows one answer."
            )
            % said
        )

    def unreachable(self) -> str:
        sentence = ngettext(
            "%(row)s is never reached: %(others)s covers all of it.",
            "%(row)s is never reached: %(others)s cover all of it.",
            len(self.rules) - 1,
        )
        return self._held(sentence)

    def spare(self) -> str:
        return _(
            "%(row)s catches what is left, and nothing is: the rules before it cover every case. "
            "It does no harm as a safety net."
        ) % {"row": self.row()}

    def duplicate(self) -> str:
        return self._held(_("%(row)s asks and answers the same as %(others)s."))

    def redundant(self) -> str:
        sentence = ngettext(
            "%(row)s is not needed: %(others)s covers all of it with the same answer.",
            "%(row)s is not needed: %(others)s cover all of it with the same answer.",
            len(self.rules) - 1,
        )
        return self._held(sentence)

    def _held(self, sentence: str) -> str:
        return sentence % {"row": self.row(), "others": self.others()}

    # Columns

    def dead_column(self) -> str:
        column = {"column": self.name(self.column)}
        if self.params["asked"]:
            return _("“%(column)s” never changes the answer.") % column
        return _("No rule asks about “%(column)s”.") % column

    def unused_output_value(self) -> str:
        return _("%(cell)s: no rule answers %(values)s.") % {
            "cell": self.cell(),
            "values": self.values(),
        }

    def not_checked(self) -> str:
        return _("%(cell)s holds expressions; gaps and overlaps were judged without them.") % {
            "cell": self.cell()
        }

    def limit(self) -> str:
        if self.column:
            column = {"column": self.name(self.column)}
            return _("Whether “%(column)s” changes the answer took too long to find out.") % column
        if self.rules:
            rules = {"rules": self.several(self.rules)}
            return _("Whether %(rules)s can be reached took too long to find out.") % rules
        return _("Whether the rules cover every case took too long to find out.")
