"""A checked model: decisions in requirement order, evaluated exactly, one question at a time."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from evenhand.dmn.cells import Value, literal_text
from evenhand.dmn.errors import DecisionError, ModelError
from evenhand.dmn.program import Program, compile_decision
from evenhand.dmn.tables import Decision, Input, Rule

Answer = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Miss:
    """One rule that did not fire: the first cell that failed, what it held and what it needed."""

    rule: int  # 1-based row of the table
    rule_id: str
    input: str
    had: Value
    needed: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a decision came out so. `rule` is 1-based, None when no rule matched and the defaults (if any) hold.

    `also_matched` are later rules that would have matched too; only a FIRST table has any.
    """

    decision: str
    rule: int | None
    rule_id: str
    annotation: str
    outputs: Answer | None
    misses: tuple[Miss, ...]
    also_matched: tuple[int, ...]


class Model:
    """Decisions in requirement order: each stands after those it requires."""

    def __init__(self, decisions: Sequence[Decision], file: str) -> None:
        self.file = file
        self._by_name = {decision.name: decision for decision in decisions}
        assert len(self._by_name) == len(decisions)

    @property
    def decisions(self) -> tuple[str, ...]:
        """Names of the decisions, in requirement order."""
        return tuple(self._by_name)

    def __getitem__(self, name: str) -> Decision:
        """The decision of that name; raise ModelError when there is none."""
        if name not in self._by_name:
            names = ", ".join(self._by_name)
            raise ModelError(f"there is no decision {name!r}", expected=names, file=self.file)
        return self._by_name[name]

    @cached_property
    def digest(self) -> str:
        """sha256 of what the model says: whatever `explain` can report, no layout, no whitespace, no labels."""
        text = json.dumps(
            [_canonical(decision) for decision in self._by_name.values()],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def evaluate(self, name: str, inputs: Mapping[str, object]) -> Answer | None:
        """The outputs of one decision, numbers as Decimal; None when no rule matches and there are no defaults.

        Required decisions are evaluated first, unless `inputs` already holds their answers under
        `Decision.answer_names`. Raises DecisionError when an input is missing or of the wrong kind, or when two rules
        of a UNIQUE table match.
        """
        decision, known = self._ready(name, inputs)
        matched = _matches(decision, known)
        return _outputs(decision, matched[0] if matched else None)

    def explain(self, name: str, inputs: Mapping[str, object]) -> Explanation:
        """Like `evaluate`, with the rule that fired and, for each other rule, the first cell that failed."""
        decision, known = self._ready(name, inputs)
        matched = _matches(decision, known)
        fired = matched[0] if matched else None
        misses = [
            miss
            for number, rule in enumerate(decision.rules, start=1)
            if (miss := _first_miss(decision, number, rule, known)) is not None
        ]
        rule = decision.rules[fired - 1] if fired is not None else None
        return Explanation(
            decision=name,
            rule=fired,
            rule_id=rule.id if rule else "",
            annotation=rule.annotation if rule else "",
            outputs=_outputs(decision, fired),
            misses=tuple(misses),
            also_matched=tuple(matched[1:]),
        )

    def compile(
        self, name: str, vocabularies: Mapping[str, Sequence[str]] | None = None
    ) -> Program:
        """Make one decision's table into a Program for record batches.

        `vocabularies` gives, per input expression, the strings that may occur; a cell or output that names another
        is refused with ModelError. Inputs that are not listed may hold any string. Required decisions are not run by
        the program: the batch carries their answers as columns named by `Decision.answer_names`.
        """
        return compile_decision(self[name], vocabularies or {}, self.file)

    def _ready(self, name: str, inputs: Mapping[str, object]) -> tuple[Decision, dict[str, Value]]:
        """The decision and the checked value of each of its inputs."""
        decision = self[name]
        known: dict[str, object] = dict(inputs)
        self._answer_required(decision, known)
        return decision, {
            column.expression: _value(decision, column, known) for column in decision.inputs
        }

    def _answer_required(self, decision: Decision, known: dict[str, object]) -> None:
        for required in (self[name] for name in decision.requires):
            if all(answer in known for answer in required.answer_names):
                continue
            answer = self.evaluate(required.name, known)
            for column, output in zip(required.answer_names, required.outputs, strict=True):
                known[column] = None if answer is None else answer[output.name]


def _value(decision: Decision, column: Input, known: Mapping[str, object]) -> Value:
    name = column.expression
    if name not in known:
        raise DecisionError(f"decision {decision.name!r} needs the input {name!r}")
    value = known[name]
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    if value is None or not column.kind:
        return value if isinstance(value, Decimal | str | bool) else None
    kinds = {"number": Decimal, "string": str, "boolean": bool}
    if not isinstance(value, kinds[column.kind]):
        raise DecisionError(
            f"input {name!r} of decision {decision.name!r} is a {type(value).__name__}; "
            f"expected a {column.kind}"
        )
    assert isinstance(value, Decimal | str | bool)
    return value


def _matches(decision: Decision, known: Mapping[str, Value]) -> list[int]:
    """Numbers (1-based) of the rules that match, in table order."""
    values = [known[column.expression] for column in decision.inputs]
    matched = [
        number
        for number, rule in enumerate(decision.rules, start=1)
        if all(cell.passes(value) for cell, value in zip(rule.cells, values, strict=True))
    ]
    if decision.hit_policy == "UNIQUE" and len(matched) > 1:
        raise DecisionError(
            f"rules {matched[0]} and {matched[1]} of decision {decision.name!r} both match; "
            "its hit policy is UNIQUE"
        )
    return matched


def _first_miss(
    decision: Decision, number: int, rule: Rule, known: Mapping[str, Value]
) -> Miss | None:
    for column, cell in zip(decision.inputs, rule.cells, strict=True):
        had = known[column.expression]
        if not cell.passes(had):
            return Miss(number, rule.id, column.expression, had, str(cell))
    return None


def _outputs(decision: Decision, fired: int | None) -> Answer | None:
    if fired is not None:
        values = decision.rules[fired - 1].outputs
    elif all(output.default is None for output in decision.outputs):
        return None
    else:
        values = tuple(output.default for output in decision.outputs)
    return {output.name: value for output, value in zip(decision.outputs, values, strict=True)}


def _canonical(decision: Decision) -> list[object]:
    return [
        decision.name,
        decision.hit_policy,
        list(decision.requires),
        [column.expression for column in decision.inputs],
        [
            [
                output.name,
                [literal_text(value) for value in output.allowed],
                literal_text(output.default),
            ]
            for output in decision.outputs
        ],
        [
            [
                rule.id,
                [str(cell) for cell in rule.cells],
                [literal_text(value) for value in rule.outputs],
                rule.annotation,
            ]
            for rule in decision.rules
        ],
    ]
