"""Read OMG DMN 1.1–1.5 XML into a checked Model. No entities, no network, bounded size and depth."""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from evenhand.dmn.cells import Cell, CellError, Value, kind_of, parse_literal, parse_tests
from evenhand.dmn.errors import ModelError
from evenhand.dmn.model import Model
from evenhand.dmn.tables import Decision, Input, Output, Rule
from evenhand.dmn.xml import (
    CELL_MAX_CHARACTERS,
    COLUMNS_MAX,
    RULES_MAX,
    SIZE_MAX_BYTES,
    parse,
    size_expected,
    space_of,
)

HIT_POLICIES = ("FIRST", "UNIQUE")


_KINDS = {"number": "number", "string": "string", "boolean": "boolean"}
_WHOLE_NUMBERS = {
    "integer": "number",
    "long": "number",
    "double": "number",
}  # what modellers also write


def load(path: Path | str) -> Model:
    """Read one DMN file; raise ModelError naming file, decision, row and column of whatever is not understood."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > SIZE_MAX_BYTES:
            raise ModelError(
                f"the file has {size:,} bytes", expected=size_expected(), file=path.name
            )
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"cannot be read ({error.strerror})", expected="a DMN file", file=path.name
        ) from None
    return loads(content, path.name)


def loads(content: bytes, file: str = "") -> Model:
    """Read a DMN document from memory; `file` is the name errors carry."""
    return _Reader(file).model(content)


class _Reader:
    """Reads one document; knows its name and namespace so that errors and look-ups can be short."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.space = ""

    def fail(
        self,
        problem: str,
        expected: str,
        decision: str = "",
        row: int | None = None,
        column: str = "",
    ) -> ModelError:
        return ModelError(
            problem, expected=expected, file=self.file, decision=decision, row=row, column=column
        )

    def children(self, parent: etree._Element, tag: str) -> list[etree._Element]:
        found: list[etree._Element] = parent.findall(f"{{{self.space}}}{tag}")
        return found

    def child(self, parent: etree._Element, tag: str) -> etree._Element | None:
        return parent.find(f"{{{self.space}}}{tag}")

    def text(self, parent: etree._Element | None) -> str:
        """The content of the `text` child, or nothing."""
        if parent is None:
            return ""
        return (parent.findtext(f"{{{self.space}}}text") or "").strip()

    def model(self, content: bytes) -> Model:
        root = parse(content, self.file)
        self.space = space_of(root, self.file)
        elements = self.children(root, "decision")
        if not elements:
            raise self.fail("the model holds no decision", "at least one decision")
        names = self.names(elements)
        facts = {
            element.get("id", ""): element.get("name", "")
            for element in self.children(root, "inputData")
        }
        decisions = [self.decision(element, names, facts) for element in elements]
        by_name = {decision.name: decision for decision in decisions}
        for element, decision in zip(elements, decisions, strict=True):
            _, given = self.requirements(element, decision.name, names, facts)
            answers = [a for name in decision.requires for a in by_name[name].answer_names]
            self.check_expressions(decision, [*given, *answers])
        return Model(self.ordered(decisions), self.file)

    def names(self, elements: list[etree._Element]) -> dict[str, str]:
        """Decision names by id; each is given and unlike the others."""
        names: dict[str, str] = {}
        for element in elements:
            name = element.get("name", "").strip()
            if not name or name in names.values():
                raise self.fail(
                    f"a decision is named {name!r}", "a name of its own for each decision"
                )
            names[element.get("id", f"#{name}")] = name
        if len(names) != len(elements):
            raise self.fail("two decisions share an id", "an id of its own for each decision")
        return names

    def ordered(self, decisions: list[Decision]) -> list[Decision]:
        """Each decision after those it requires, otherwise as they stand in the file."""
        done: dict[str, Decision] = {}
        waiting = decisions
        while waiting:
            ready = [d for d in waiting if all(name in done for name in d.requires)]
            if not ready:
                names = ", ".join(d.name for d in waiting)
                raise self.fail(
                    f"decisions require each other: {names}", "no circle of requirements"
                )
            done[ready[0].name] = ready[0]
            waiting = [d for d in waiting if d.name not in done]
        return list(done.values())

    def decision(
        self, element: etree._Element, names: dict[str, str], facts: dict[str, str]
    ) -> Decision:
        name = element.get("name").strip()
        table = self.child(element, "decisionTable")
        if table is None:
            kinds = [etree.QName(child).localname for child in element]
            found = next((k for k in kinds if k.endswith(("xpression", "nvocation"))), "no table")
            raise self.fail(f"the decision is made by {found}", "a decisionTable", name)
        policy = table.get("hitPolicy", "UNIQUE")
        if policy not in HIT_POLICIES:
            aggregation = f" {table.get('aggregation')}" if table.get("aggregation") else ""
            raise self.fail(
                f"hit policy {policy}{aggregation} is not supported",
                " or ".join(HIT_POLICIES),
                name,
            )
        requires, _ = self.requirements(element, name, names, facts)
        inputs = self.inputs(table, name)
        outputs = self.outputs(table, name)
        rules = tuple(self.rules(table, name, inputs, outputs))
        return Decision(
            name=name,
            hit_policy=policy,
            inputs=tuple(self.typed(inputs, rules, name)),
            outputs=outputs,
            rules=rules,
            requires=requires,
        )

    def requirements(
        self,
        element: etree._Element,
        name: str,
        names: dict[str, str],
        facts: dict[str, str],
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the required decisions and of the required input data."""
        decisions: list[str] = []
        inputs: list[str] = []
        for requirement in self.children(element, "informationRequirement"):
            for child in requirement:
                target = child.get("href", "").rpartition("#")[2]
                kind = etree.QName(child).localname
                known = names if kind == "requiredDecision" else facts
                if target not in known:
                    raise self.fail(
                        f"it requires {child.get('href')!r}, which is not in the file",
                        "the id of a decision or of input data of this file",
                        name,
                    )
                (decisions if known is names else inputs).append(known[target])
        return tuple(dict.fromkeys(decisions)), tuple(dict.fromkeys(inputs))

    def check_expressions(self, decision: Decision, known: list[str]) -> None:
        """Each input expression is a required fact, or an answer of a required decision."""
        for column in decision.inputs:
            if column.expression not in known:
                raise self.fail(
                    f"the input expression {column.expression!r} is none of its requirements",
                    ", ".join(known) or "the name of required input data",
                    decision.name,
                    column=column.label,
                )

    def inputs(self, table: etree._Element, decision: str) -> list[Input]:
        found = []
        for number, element in enumerate(self.children(table, "input"), start=1):
            expression = self.child(element, "inputExpression")
            text = self.text(expression)
            if not text:
                raise self.fail(f"input {number} has no expression", "the name of a fact", decision)
            stated = (expression.get("typeRef") or "") if expression is not None else ""
            kind = {**_KINDS, **_WHOLE_NUMBERS}.get(stated.rpartition(":")[2].lower(), "")
            found.append(Input(text, element.get("label") or text, kind))
        if not 0 < len(found) <= COLUMNS_MAX:
            raise self.fail(f"the table has {len(found)} inputs", f"1 to {COLUMNS_MAX}", decision)
        return found

    def outputs(self, table: etree._Element, decision: str) -> tuple[Output, ...]:
        elements = self.children(table, "output")
        if not 0 < len(elements) <= COLUMNS_MAX:
            raise self.fail(
                f"the table has {len(elements)} outputs", f"1 to {COLUMNS_MAX}", decision
            )
        found: list[Output] = []
        for element in elements:
            name = element.get("name") or (decision if len(elements) == 1 else "")
            if not name or name in [output.name for output in found]:
                raise self.fail(f"an output is named {name!r}", "a name for each output", decision)
            stated = (element.get("typeRef") or "").rpartition(":")[2].lower()
            kind = {**_KINDS, **_WHOLE_NUMBERS}.get(stated, "")
            allowed = self.allowed(element, decision, name)
            entry = self.child(element, "defaultOutputEntry")
            default = self.literal(entry, decision, None, name) if entry is not None else None
            self.check_output(default, kind, allowed, decision, None, name)
            found.append(Output(name, kind, allowed, default))
        return tuple(found)

    def allowed(self, element: etree._Element, decision: str, column: str) -> tuple[Value, ...]:
        text = self.text(self.child(element, "outputValues"))
        if not text:
            return ()
        cell = self.tests(text, decision, None, column)
        if cell.negated or not all(isinstance(test, str) for test in cell.tests):
            raise self.fail(
                f"output values {text!r} are not understood",
                "a list of strings",
                decision,
                column=column,
            )
        return tuple(test for test in cell.tests if isinstance(test, str))

    def rules(
        self,
        table: etree._Element,
        decision: str,
        inputs: list[Input],
        outputs: tuple[Output, ...],
    ) -> Iterator[Rule]:
        elements = self.children(table, "rule")
        if not 0 < len(elements) <= RULES_MAX:
            raise self.fail(f"the table has {len(elements)} rules", f"1 to {RULES_MAX:,}", decision)
        seen: set[str] = set()
        for row, element in enumerate(elements, start=1):
            rule_id = element.get("id") or f"rule-{row}"
            if rule_id in seen:
                raise self.fail(
                    f"the id {rule_id!r} stands twice", "an id of its own", decision, row
                )
            seen.add(rule_id)
            yield self.rule(element, rule_id, decision, row, inputs, outputs)

    def rule(
        self,
        element: etree._Element,
        rule_id: str,
        decision: str,
        row: int,
        inputs: list[Input],
        outputs: tuple[Output, ...],
    ) -> Rule:
        tests = self.children(element, "inputEntry")
        results = self.children(element, "outputEntry")
        for entries, columns, what in ((tests, inputs, "input"), (results, outputs, "output")):
            if len(entries) != len(columns):
                raise self.fail(
                    f"the rule has {len(entries)} {what} entries", f"{len(columns)}", decision, row
                )
        cells = tuple(
            self.tests(self.text(entry), decision, row, column.label)
            for entry, column in zip(tests, inputs, strict=True)
        )
        values = []
        for entry, output in zip(results, outputs, strict=True):
            value = self.literal(entry, decision, row, output.name)
            self.check_output(value, output.kind, output.allowed, decision, row, output.name)
            values.append(value)
        return Rule(rule_id, cells, tuple(values), self.annotation(element))

    def annotation(self, element: etree._Element) -> str:
        description = (element.findtext(f"{{{self.space}}}description") or "").strip()
        if description:
            return " ".join(description.split())
        notes = (self.text(entry) for entry in self.children(element, "annotationEntry"))
        return " ".join(note for note in notes if note)

    def tests(self, text: str, decision: str, row: int | None, column: str) -> Cell:
        if len(text) > CELL_MAX_CHARACTERS:
            raise self.fail(
                f"a cell of {len(text):,} characters",
                f"at most {CELL_MAX_CHARACTERS:,}",
                decision,
                row,
                column,
            )
        try:
            return parse_tests(text)
        except CellError as error:
            raise self.fail(error.problem, error.expected, decision, row, column) from None

    def literal(self, entry: etree._Element, decision: str, row: int | None, column: str) -> Value:
        try:
            return parse_literal(self.text(entry)[: CELL_MAX_CHARACTERS + 1])
        except CellError as error:
            raise self.fail(error.problem, error.expected, decision, row, column) from None

    def check_output(
        self,
        value: Value,
        kind: str,
        allowed: tuple[Value, ...],
        decision: str,
        row: int | None,
        column: str,
    ) -> None:
        if value is None:
            return
        if kind and kind_of(value) != kind:
            raise self.fail(f"{value!r} is a {kind_of(value)}", f"a {kind}", decision, row, column)
        if allowed and value not in allowed:
            expected = ", ".join(str(one) for one in allowed)
            raise self.fail(f"{value!r} is no allowed value", expected, decision, row, column)

    def typed(self, inputs: list[Input], rules: tuple[Rule, ...], decision: str) -> Iterator[Input]:
        """Inputs with the kind their cells ask for; every cell of a column asks for one and the same."""
        for at, column in enumerate(inputs):
            kind = column.kind
            for row, rule in enumerate(rules, start=1):
                for asked in sorted(rule.cells[at].kinds):
                    kind = kind or asked
                    if asked != kind:
                        raise self.fail(
                            f"the cell {rule.cells[at]} asks for a {asked}",
                            f"a {kind}",
                            decision,
                            row,
                            column.label,
                        )
            yield Input(column.expression, column.label, kind)
