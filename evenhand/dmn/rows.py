"""One question put to one decision table: the values of its columns, the rules that match, the answer they give."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evenhand.dmn import policies
from evenhand.dmn.cells import Formula, literal_text
from evenhand.dmn.errors import DecisionError
from evenhand.dmn.feel.nodes import Node
from evenhand.dmn.feel.run import Run, Scope
from evenhand.dmn.tables import Decision, Input, Output
from evenhand.dmn.values import kind_of

Answer = dict[str, object]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a table answers: the rule that fired (1-based) and its outputs where there is one, and the DMN value."""

    rule: int | None
    outputs: Answer | None
    value: object


@dataclass(frozen=True, slots=True)
class TableNode(Node):
    """A decision table as an expression: the body of a function, or an entry of a context."""

    decision: Decision

    def value(self, run: Run, scope: Scope) -> object:
        values = column_values(self.decision, run, scope)
        matched = judge(self.decision, values, run, scope).matched
        return conclude(self.decision, matched, run, scope).value


def column_values(
    decision: Decision,
    run: Run,
    scope: Scope,
    given: Callable[[Input], tuple[bool, object]] | None = None,
) -> list[object]:
    """The value of every input column; `given` may know it already. Raises DecisionError for one that cannot stand."""
    values = []
    for column in decision.inputs:
        known, value = given(column) if given else (False, None)
        if not known:
            assert column.formula is not None
            value = column.formula.value(run, scope)
        values.append(_checked(decision, column, value))
    return values


def _checked(decision: Decision, column: Input, value: object) -> object:
    if value is None:
        return None
    where = f"input {column.expression!r} of decision {decision.name!r}"
    if column.kind and kind_of(value) != column.kind:
        raise DecisionError(f"{where} is a {type(value).__name__}; expected a {column.kind}")
    if not column.limits.passes(value):
        raise DecisionError(f"{where} is {literal_text(value)}; expected {column.limits}")
    return value


@dataclass(frozen=True, slots=True)
class Judgement:
    """Which rules match, in table order and 1-based, and what each other one failed at: column and cell, in a list
    with None where the rule matches."""

    matched: tuple[int, ...]
    failed: Sequence[tuple[int, str] | None]


def judge(decision: Decision, values: Sequence[object], run: Run, scope: Scope) -> Judgement:
    """Put the values to the cells, column by column; a cell is asked once, while some rule still waits for it."""
    left = (1 << len(decision.rules)) - 1
    failed: list[tuple[int, str] | None] = [None] * len(decision.rules)
    for at, value in enumerate(values):
        for asked in decision.asked(at):
            waiting = asked.rules & left
            if not waiting:
                continue
            run.spend()
            if not asked.cell.passes(value, run, scope):
                left &= ~waiting
                miss = (at, asked.text)
                for bit in bits(waiting):
                    failed[bit] = miss
    return Judgement(tuple(bit + 1 for bit in bits(left)), failed)


def bits(number: int) -> Iterator[int]:
    """Places of the bits that are set, lowest first."""
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low


def conclude(decision: Decision, matched: Sequence[int], run: Run, scope: Scope) -> Conclusion:
    """Fold the rules that match by the table's hit policy; raise DecisionError when they break it."""
    if not matched:
        return _default(decision, run, scope)
    policy = decision.hit_policy
    if policy == "FIRST":
        matched = matched[:1]
    rows = [_row(decision, number, run, scope) for number in matched]
    ranks = [decision.rank(row) for row in rows] if policy in policies.RANKED else []
    if policy in policies.SINGLE_HIT:
        rule = policies.fired(decision.name, policy, matched, rows, ranks)
        assert rule is not None
        outputs = _by_name(decision, rows[matched.index(rule)])
        return Conclusion(rule, outputs, _bare(decision, outputs))
    if decision.aggregation:
        values = [row[0] for row in rows]
        found = policies.aggregate(decision.name, decision.aggregation, values)
        return Conclusion(None, None, found)
    order = policies.ordered(policy, matched, ranks)
    by_rule = dict(zip(matched, rows, strict=True))
    listed = [_bare(decision, _by_name(decision, by_rule[number])) for number in order]
    return Conclusion(None, None, listed)


def _row(decision: Decision, number: int, run: Run, scope: Scope) -> tuple[object, ...]:
    """The outputs of one rule, expressions worked out."""
    return tuple(
        _output(decision, number, output, value, run, scope)
        for output, value in zip(decision.outputs, decision.rules[number - 1].outputs, strict=True)
    )


def _output(
    decision: Decision, rule: int | None, output: Output, value: object, run: Run, scope: Scope
) -> object:
    if not isinstance(value, Formula):
        return value
    found = value.value(run, scope)
    problem = misfit(output, found)
    if problem:
        row = "the default" if rule is None else f"rule {rule}"
        raise DecisionError(
            f"{row} of decision {decision.name!r}, column {output.name!r}: {value} {problem}"
        )
    return found


def misfit(output: Output, value: object) -> str:
    """Why the value may not stand in that column; nothing when it may."""
    if value is None:
        return ""
    kind = kind_of(value)
    if output.kind and kind != output.kind:
        return f"is a {kind}; expected a {output.kind}"
    if not output.limits.passes(value):
        return f"is {literal_text(value)}; expected {output.limits}"
    return ""


def _default(decision: Decision, run: Run, scope: Scope) -> Conclusion:
    if any(output.default is not None for output in decision.outputs):
        row = tuple(
            _output(decision, None, output, output.default, run, scope)
            for output in decision.outputs
        )
        outputs = _by_name(decision, row)
        return Conclusion(None, outputs, _bare(decision, outputs))
    nothing = (
        policies.aggregate(decision.name, decision.aggregation, ())
        if decision.aggregation
        else None
    )
    return Conclusion(None, None, nothing)


def _by_name(decision: Decision, values: Sequence[object]) -> Answer:
    return {output.name: value for output, value in zip(decision.outputs, values, strict=True)}


def _bare(decision: Decision, outputs: Answer) -> object:
    return outputs if len(decision.outputs) > 1 else outputs[decision.outputs[0].name]
