"""Decision tables: from an element to columns and rules, every cell understood or refused with its place."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lxml import etree

from evenhand.dmn.cells import ANYTHING, Cell, Formula, Value, literal_text
from evenhand.dmn.policies import AGGREGATIONS, HIT_POLICIES, RANKED
from evenhand.dmn.reading.items import Types
from evenhand.dmn.reading.place import Place
from evenhand.dmn.reading.xml import COLUMNS_MAX, RULES_MAX
from evenhand.dmn.rows import misfit
from evenhand.dmn.tables import Input, Output, Rule
from evenhand.dmn.types import ANY, Type


def read_policy(table: etree._Element, place: Place) -> tuple[str, str]:
    """Hit policy and aggregation; an aggregation of LIST (a word of some modellers) is none."""
    policy = table.get("hitPolicy") or "UNIQUE"
    if policy not in HIT_POLICIES:
        raise place.fail(f"hit policy {policy!r} is unknown", " or ".join(HIT_POLICIES))
    aggregation = table.get("aggregation") or ""
    if policy != "COLLECT" or aggregation == "LIST":
        return policy, ""
    if aggregation and aggregation not in AGGREGATIONS:
        raise place.fail(f"aggregation {aggregation!r} is unknown", " or ".join(AGGREGATIONS))
    return policy, aggregation


def check_policy(policy: str, aggregation: str, outputs: Sequence[Output], place: Place) -> None:
    """Refuse a policy that the outputs cannot serve."""
    if aggregation and len(outputs) > 1:
        raise place.fail(f"{policy} {aggregation} has {len(outputs)} outputs", "one output")
    if policy in RANKED and not any(output.allowed for output in outputs):
        raise place.fail(
            f"no output of the {policy} table has a list of values",
            "output values, the most wanted first",
        )


def read_inputs(table: etree._Element, place: Place, types: Types) -> list[Input]:
    """The input columns, their kinds as far as they are stated."""
    found = []
    for number, element in enumerate(place.children(table, "input"), start=1):
        expression = place.child(element, "inputExpression")
        text = place.text(expression)
        if not text:
            raise place.fail(f"input {number} has no expression", "the name of a fact")
        label = element.get("label") or text
        of = types.of(expression.get("typeRef") if expression is not None else None)
        limits = _limits(element, "inputValues", of, place.at(column=label))
        kind = "" if of.collection or of.components else of.kind
        found.append(Input(text, label, kind, None, place.listed(limits), limits))
    if not 0 < len(found) <= COLUMNS_MAX:
        raise place.fail(f"the table has {len(found)} inputs", f"1 to {COLUMNS_MAX}")
    return found


def read_outputs(
    table: etree._Element, place: Place, types: Types, own: Type
) -> tuple[Output, ...]:
    """The output columns; `own` is the type of the whole answer, for what they do not state themselves."""
    elements = place.children(table, "output")
    if not 0 < len(elements) <= COLUMNS_MAX:
        raise place.fail(f"the table has {len(elements)} outputs", f"1 to {COLUMNS_MAX}")
    found: list[Output] = []
    for element in elements:
        name = element.get("name") or (place.decision if len(elements) == 1 else "")
        if not name or name in [output.name for output in found]:
            raise place.fail(f"an output is named {name!r}", "a name for each output")
        here = place.at(column=name)
        of = types.of(element.get("typeRef"))
        if of == ANY:
            of = own if len(elements) == 1 else own.components.get(name, ANY)
        limits = _limits(element, "outputValues", of, here)
        kind = "" if of.collection or of.components else of.kind
        output = Output(name, kind, place.listed(limits), None, limits)
        entry = place.child(element, "defaultOutputEntry")
        if entry is not None:
            output = replace(output, default=_value(entry, output, here))
        found.append(output)
    return tuple(found)


def _limits(element: etree._Element, tag: str, of: Type, place: Place) -> Cell:
    text = place.text(place.child(element, tag))
    if text:
        return place.tests(text)
    return ANYTHING if of.collection else of.limits


def read_rules(
    table: etree._Element, place: Place, inputs: Sequence[Input], outputs: Sequence[Output]
) -> Iterator[Rule]:
    """The rules, each with as many cells and outputs as there are columns."""
    elements = place.children(table, "rule")
    if not 0 < len(elements) <= RULES_MAX:
        raise place.fail(f"the table has {len(elements)} rules", f"1 to {RULES_MAX:,}")
    seen: set[str] = set()
    for row, element in enumerate(elements, start=1):
        rule_id = element.get("id") or f"rule-{row}"
        if rule_id in seen:
            raise place.at(row).fail(f"the id {rule_id!r} stands twice", "an id of its own")
        seen.add(rule_id)
        yield _rule(element, rule_id, place.at(row), inputs, outputs)


def _rule(
    element: etree._Element,
    rule_id: str,
    place: Place,
    inputs: Sequence[Input],
    outputs: Sequence[Output],
) -> Rule:
    tests = place.children(element, "inputEntry")
    results = place.children(element, "outputEntry")
    for entries, wanted, what in ((tests, len(inputs), "input"), (results, len(outputs), "output")):
        if len(entries) != wanted:
            raise place.fail(f"the rule has {len(entries)} {what} entries", f"{wanted}")
    cells = tuple(
        place.at(place.row, column.label).tests(place.text(entry))
        for entry, column in zip(tests, inputs, strict=True)
    )
    values = tuple(
        _value(entry, output, place.at(place.row, output.name))
        for entry, output in zip(results, outputs, strict=True)
    )
    return Rule(rule_id, cells, values, _annotation(element, place))


def _value(entry: etree._Element, output: Output, place: Place) -> Value | Formula:
    value = place.output(place.text(entry))
    problem = "" if isinstance(value, Formula) else misfit(output, value)
    if problem:
        problem, _, expected = problem.partition("; expected ")
        raise place.fail(f"{literal_text(value)} {problem}", expected)
    return value


def _annotation(element: etree._Element, place: Place) -> str:
    description = (element.findtext(f"{{{place.space}}}description") or "").strip()
    if description:
        return " ".join(description.split())
    notes = (place.text(entry) for entry in place.children(element, "annotationEntry"))
    return " ".join(note for note in notes if note)


def typed(inputs: Sequence[Input], rules: Sequence[Rule], place: Place) -> Iterator[Input]:
    """Inputs with the kind their cells ask for; every cell of a column asks for one and the same."""
    for at, column in enumerate(inputs):
        kind = column.kind
        for row, rule in enumerate(rules, start=1):
            for asked in sorted(rule.cells[at].kinds):
                kind = kind or asked
                if asked != kind:
                    raise place.at(row, column.label).fail(
                        f"the cell {rule.cells[at]} asks for a {asked}", f"a {kind}"
                    )
        yield replace(column, kind=kind)
