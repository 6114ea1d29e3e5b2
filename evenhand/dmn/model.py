"""A checked model: decisions in requirement order, evaluated exactly, one question at a time."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from evenhand.dmn import policies
from evenhand.dmn.cells import Value, literal_text
from evenhand.dmn.checker import check
from evenhand.dmn.classes import Domain
from evenhand.dmn.errors import DecisionError, ModelError
from evenhand.dmn.findings import Finding
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
    """Why a decision came out so.

    `rule` is the one that gave the answer of a single-hit table (1-based); None when no rule matched and the defaults
    (if any) hold, and always None for a multi-hit table. `outputs` are that rule's outputs by name, or the defaults;
    None for a multi-hit table that some rule matched. `value` is what `evaluate` answers. `matched` are all rules that
    match, in table order, and `also_matched` those of them beside `rule`.
    """

    decision: str
    rule: int | None
    rule_id: str
    annotation: str
    outputs: Answer | None
    misses: tuple[Miss, ...]
    also_matched: tuple[int, ...]
    matched: tuple[int, ...] = ()
    value: object = None


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

    def evaluate(self, name: str, inputs: Mapping[str, object]) -> object:
        """The DMN value of one decision, numbers as Decimal.

        One output: its bare value; several: a dict by output name. RULE ORDER, OUTPUT ORDER and COLLECT give a list of
        these, COLLECT with an aggregation one number. None when no rule matches and there are no defaults (0 for
        COUNT). Required decisions are evaluated first, unless `inputs` already holds their answers under
        `Decision.answer_names`. Raises DecisionError when an input is missing or of the wrong kind, or when the
        matching rules break the hit policy.
        """
        decision, known = self._ready(name, inputs)
        return _conclude(decision, _matches(decision, known)).value

    def explain(self, name: str, inputs: Mapping[str, object]) -> Explanation:
        """Like `evaluate`, with the rules that matched and, for each other rule, the first cell that failed."""
        decision, known = self._ready(name, inputs)
        matched = _matches(decision, known)
        concluded = _conclude(decision, matched)
        misses = [
            miss
            for number, rule in enumerate(decision.rules, start=1)
            if (miss := _first_miss(decision, number, rule, known)) is not None
        ]
        fired = concluded.rule
        rule = decision.rules[fired - 1] if fired is not None else None
        return Explanation(
            decision=name,
            rule=fired,
            rule_id=rule.id if rule else "",
            annotation=rule.annotation if rule else "",
            outputs=concluded.outputs,
            misses=tuple(misses),
            also_matched=tuple(number for number in matched if number != fired),
            matched=tuple(matched),
            value=concluded.value,
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

    def check(
        self,
        vocabularies: Mapping[str, Sequence[str]] | None = None,
        facts: Mapping[str, Domain] | None = None,
    ) -> tuple[Finding, ...]:
        """What an analyst should look at: gaps, overlaps, rules out of reach and more; see `dmn.checker.check`."""
        return check(tuple(self._by_name.values()), vocabularies or {}, facts or {})

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
            if len(required.outputs) == 1:
                known[required.name] = answer
                continue
            for column, output in zip(required.answer_names, required.outputs, strict=True):
                known[column] = answer[output.name] if isinstance(answer, dict) else None


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
    return [
        number
        for number, rule in enumerate(decision.rules, start=1)
        if all(cell.passes(value) for cell, value in zip(rule.cells, values, strict=True))
    ]


def _first_miss(
    decision: Decision, number: int, rule: Rule, known: Mapping[str, Value]
) -> Miss | None:
    for column, cell in zip(decision.inputs, rule.cells, strict=True):
        had = known[column.expression]
        if not cell.passes(had):
            return Miss(number, rule.id, column.expression, had, str(cell))
    return None


@dataclass(frozen=True, slots=True)
class _Conclusion:
    rule: int | None
    outputs: Answer | None
    value: object


def _conclude(decision: Decision, matched: Sequence[int]) -> _Conclusion:
    """Fold the rules that match by the table's hit policy; raise DecisionError when they break it."""
    if not matched:
        return _default(decision)
    rows = [decision.rules[number - 1].outputs for number in matched]
    ranks = [_rank(decision, row) for row in rows] if decision.hit_policy in policies.RANKED else []
    if decision.hit_policy in policies.SINGLE_HIT:
        rule = policies.fired(decision.name, decision.hit_policy, matched, rows, ranks)
        assert rule is not None
        outputs = _by_name(decision, decision.rules[rule - 1].outputs)
        return _Conclusion(rule, outputs, _bare(decision, outputs))
    if decision.aggregation:
        values = [row[0] for row in rows]
        return _Conclusion(
            None, None, policies.aggregate(decision.name, decision.aggregation, values)
        )
    order = policies.ordered(decision.hit_policy, matched, ranks)
    listed = [
        _bare(decision, _by_name(decision, decision.rules[number - 1].outputs)) for number in order
    ]
    return _Conclusion(None, None, listed)


def _default(decision: Decision) -> _Conclusion:
    values = tuple(output.default for output in decision.outputs)
    if any(value is not None for value in values):
        outputs = _by_name(decision, values)
        return _Conclusion(None, outputs, _bare(decision, outputs))
    nothing = (
        policies.aggregate(decision.name, decision.aggregation, ())
        if decision.aggregation
        else None
    )
    return _Conclusion(None, None, nothing)


def _by_name(decision: Decision, values: Sequence[Value]) -> Answer:
    return {output.name: value for output, value in zip(decision.outputs, values, strict=True)}


def _bare(decision: Decision, outputs: Answer) -> object:
    return outputs if len(decision.outputs) > 1 else outputs[decision.outputs[0].name]


def _rank(decision: Decision, row: Sequence[Value]) -> tuple[int, ...]:
    """Places of the outputs in their lists of allowed values, first output first; what is not listed comes last."""
    return tuple(
        output.allowed.index(value) if value in output.allowed else len(output.allowed)
        for output, value in zip(decision.outputs, row, strict=True)
        if output.allowed
    )


def _canonical(decision: Decision) -> list[object]:
    return [
        decision.name,
        " ".join(filter(None, (decision.hit_policy, decision.aggregation))),
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
