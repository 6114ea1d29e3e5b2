"""What a model says, in one canonical form: all that can change an answer or its explanation, and nothing else."""

from collections.abc import Mapping, Sequence

from evenhand.dmn.cells import Formula, Value, literal_text
from evenhand.dmn.tables import Decision, Input, Knowledge, Output
from evenhand.dmn.types import ANY, Type


def said(
    decisions: Sequence[Decision], knowledge: Sequence[Knowledge], facts: Mapping[str, Type]
) -> list[object]:
    """Nested lists of strings for the digest.

    What a plain table does not use (types of facts, functions, limits) is left out where there is none, so that such a
    table's digest depends on its rules alone.
    """
    told: list[object] = [decision_said(decision) for decision in decisions]
    told += [_knowledge(function) for function in knowledge]
    told += [["fact", name, _type(of)] for name, of in sorted(facts.items()) if _matters(of)]
    return told


def decision_said(decision: Decision) -> list[object]:
    """What one decision says, as nested lists of strings."""
    head: list[object] = [
        decision.name,
        " ".join(filter(None, (decision.hit_policy, decision.aggregation))),
        list(decision.requires),
    ]
    if decision.logic is not None:
        return [*head, decision.logic.canonical, _type(decision.type)]
    return [
        *head,
        [_input(column) for column in decision.inputs],
        [_output(output) for output in decision.outputs],
        [
            [
                rule.id,
                [str(cell) for cell in rule.cells],
                [_value(value) for value in rule.outputs],
                rule.annotation,
            ]
            for rule in decision.rules
        ],
    ]


def _input(column: Input) -> object:
    if not column.limits.tests and column.limits.plain:
        return column.expression
    return [column.expression, str(column.limits)]


def _output(output: Output) -> list[object]:
    listed: object = [literal_text(value) for value in output.allowed]
    if not output.allowed and not (output.limits.plain and not output.limits.tests):
        listed = str(output.limits)
    return [output.name, listed, _value(output.default)]


def _value(value: Value | Formula) -> object:
    return ["=", value.canonical] if isinstance(value, Formula) else literal_text(value)


def _knowledge(function: Knowledge) -> list[object]:
    parameters = [[name, _type(of)] for name, of in function.parameters]
    return ["function", function.name, parameters, function.body.canonical, _type(function.type)]


def _matters(of: Type) -> bool:
    return bool(of.collection or of.components or str(of.limits) != "-")


def _type(of: Type) -> object:
    if of == ANY:
        return ""
    parts = [[name, _type(part)] for name, part in of.components.items()]
    return [of.kind, "list" if of.collection else "", str(of.limits), parts]
