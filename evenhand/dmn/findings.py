"""What a check says about a model: machine data with the place, never a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evenhand.dmn.cells import Scalar, Span, Value, literal_text

ERROR = "ERROR"  # the table cannot be used, or some question has no single answer
WARNING = "WARNING"  # very likely a mistake
NOTE = "NOTE"  # worth knowing

KINDS = {
    "UNUSABLE": "something that cannot be understood; what depends on it was not checked",
    "MISSING": "a table or an output that the caller needs",
    "NOT_USED": "a table that the caller never asks",
    "UNKNOWN_FACT": "an input that is no fact the caller knows, or of another kind than it",
    "NOT_PLAIN": "an expression where the caller takes only literals, intervals and lists of these",
    "TYPE": "a literal that the column cannot hold: of another kind, or none of the known values",
    "EMPTY_CELL": "a cell that no value of its column passes, so the rule never matches",
    "NEVER_GIVEN": "a cell that asks only for answers its decision never gives",
    "REPEATED_TEST": "a test in a cell that the other tests of the cell already hold",
    "GAP": "values that no rule matches, in a table that must answer",
    "MORE_GAPS": "gaps beyond those listed",
    "OVERLAP": "rules that match the same values where the hit policy allows only one answer",
    "UNREACHABLE": "a rule that never gives the answer: rules before it hold all of its values",
    "SPARE": "a last rule for everything else, when nothing else is left: a safety net, so no fault",
    "DUPLICATE": "a rule that asks and answers the same as another",
    "REDUNDANT": "a rule of an ANY table whose values other rules hold, with the same answer",
    "DEAD_COLUMN": "an input that never changes the answer",
    "UNUSED_OUTPUT_VALUE": "allowed output values that no rule gives",
    "NOT_CHECKED": "cells holding expressions: gaps, overlaps and reach were judged without them",
    "LIMIT": "a question that took too many steps and was left open",
}


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a box: what one input may be. `tests` are values and intervals; when `negated`, all but these."""

    column: str
    tests: tuple[Span | Scalar, ...]
    negated: bool = False
    null: bool = False  # null as well

    def __str__(self) -> str:
        texts = [literal_text(test) for test in self.tests]
        if self.negated:
            texts = [f"not({','.join(texts)})"]
        return ",".join([*texts, "null"] if self.null else texts)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at.

    `rules` are 1-based rows of the decision's table, the one the finding is about first; `rule_ids` stand in the same
    order. `column` is an input expression or the name of an output, empty when the whole row or table is meant.
    `example` holds a value for every input, at which the finding can be seen; `box` the sides of the whole region,
    without the inputs that may be anything. `text_params` are what else a sentence needs, by kind.
    """

    kind: str
    severity: str
    decision: str
    rules: tuple[int, ...] = ()
    rule_ids: tuple[str, ...] = ()
    column: str = ""
    text_params: Mapping[str, object] = field(default_factory=dict)
    example: Mapping[str, Value] | None = None
    box: tuple[Side, ...] = ()

    def __post_init__(self) -> None:
        assert self.kind in KINDS
        assert self.severity in (ERROR, WARNING, NOTE)

    def as_json(self) -> dict[str, object]:
        """The finding as plain data; values and intervals are written as in a cell."""
        example = self.example
        return {
            "kind": self.kind,
            "severity": self.severity,
            "decision": self.decision,
            "rules": list(self.rules),
            "rule_ids": list(self.rule_ids),
            "column": self.column,
            "text_params": {name: _plain(value) for name, value in self.text_params.items()},
            "example": None
            if example is None
            else {n: literal_text(v) for n, v in example.items()},
            "box": [[side.column, str(side)] for side in self.box],
        }


def _plain(value: object) -> object:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | bool) or value is None else str(value)
