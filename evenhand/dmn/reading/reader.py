"""Read OMG DMN 1.1–1.5 XML into a checked Model. No entities, no network, bounded size and depth."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from lxml import etree

from evenhand.dmn.cells import Cell, CellError, Formula
from evenhand.dmn.digest import decision_said
from evenhand.dmn.errors import ModelError
from evenhand.dmn.feel import nodes
from evenhand.dmn.feel.tokens import Names
from evenhand.dmn.model import Model
from evenhand.dmn.policies import MULTI_HIT
from evenhand.dmn.reading.boxed import Boxed
from evenhand.dmn.reading.grid import (
    check_policy,
    read_inputs,
    read_outputs,
    read_policy,
    read_rules,
    typed,
)
from evenhand.dmn.reading.items import Types
from evenhand.dmn.reading.place import Place
from evenhand.dmn.reading.xml import NAMED_MAX, SIZE_MAX_BYTES, parse, size_expected, space_of
from evenhand.dmn.rows import TableNode
from evenhand.dmn.tables import Decision, Input, Knowledge, Output
from evenhand.dmn.types import ANY, Type


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


@lru_cache(maxsize=8)
def loads(content: bytes, file: str = "") -> Model:
    """Read a DMN document from memory; `file` is the name errors carry.

    A model never changes, so the same document is read once: a night asks for its strategy several times.
    """
    root = parse(content, file)
    return _Document(root, Place(file, space_of(root, file))).model()


@dataclass(frozen=True, slots=True)
class _Needs:
    """Names of what a decision or function requires: input data, decisions, business knowledge models."""

    facts: tuple[str, ...]
    decisions: tuple[str, ...]
    knowledge: tuple[str, ...]


class _Document:
    """Reads one document: its types first, then functions, then decisions in the order they require each other."""

    def __init__(self, root: etree._Element, place: Place) -> None:
        self.root = root
        self.place = place
        self.types = Types(root, place)
        self.decisions = self.named("decision")
        self.facts = self.named("inputData")
        self.knowledge = self.named("businessKnowledgeModel")
        self.parameters = {
            element.get("name", "").strip(): tuple(name for name, _ in self.formal(element))
            for element in place.children(root, "businessKnowledgeModel")
        }
        self.members = self.member_names()
        self.done: dict[str, Decision] = {}

    def named(self, tag: str) -> dict[str, str]:
        """Names by id."""
        found: dict[str, str] = {}
        for element in self.place.some(self.root, tag, NAMED_MAX):
            name = element.get("name", "").strip()
            found[element.get("id", f"#{name}")] = name
        return found

    def member_names(self) -> set[str]:
        """Whatever may stand behind a dot: components of types, outputs of tables, entries and columns."""
        space = self.place.space
        found = self.types.member_names()
        for tag in ("output", "column"):
            found.update(e.get("name") or "" for e in self.root.iter(f"{{{space}}}{tag}"))
        for entry in self.root.iter(f"{{{space}}}contextEntry"):
            variable = self.place.child(entry, "variable")
            found.add("" if variable is None else variable.get("name", ""))
        return found - {""}

    def model(self) -> Model:
        elements = self.place.children(self.root, "decision")
        if not elements:
            raise self.place.fail("the model holds no decision", "at least one decision")
        self.check_names(elements)
        facts = {
            element.get("name", "").strip(): self.variable_type(element)
            for element in self.place.children(self.root, "inputData")
        }
        functions = [
            self.function(element)
            for element in self.place.children(self.root, "businessKnowledgeModel")
        ]
        needs = {
            e.get("name", "").strip(): self.needs(e, e.get("name", "").strip()) for e in elements
        }
        by_name = {e.get("name", "").strip(): e for e in elements}
        for name in self.ordered(needs):
            self.done[name] = self.decision(by_name[name], name, needs[name], facts)
        return Model(tuple(self.done.values()), self.place.file, facts, functions)

    def check_names(self, elements: Sequence[etree._Element]) -> None:
        """Each decision has a name and an id unlike the others."""
        seen: list[str] = []
        for element in elements:
            name = element.get("name", "").strip()
            if not name or name in seen:
                raise self.place.fail(
                    f"a decision is named {name!r}", "a name of its own for each decision"
                )
            seen.append(name)
        if len(self.decisions) != len(elements):
            raise self.place.fail("two decisions share an id", "an id of its own for each decision")

    def ordered(self, needs: Mapping[str, _Needs]) -> list[str]:
        """Each decision after those it requires, otherwise as they stand in the file."""
        done: dict[str, None] = {}
        waiting = list(needs)
        while waiting:
            ready = [n for n in waiting if all(other in done for other in needs[n].decisions)]
            if not ready:
                raise self.place.fail(
                    f"decisions require each other: {', '.join(waiting)}",
                    "no circle of requirements",
                )
            done[ready[0]] = None
            waiting.remove(ready[0])
        return list(done)

    def variable_type(self, element: etree._Element) -> Type:
        variable = self.place.child(element, "variable")
        return ANY if variable is None else self.types.of(variable.get("typeRef"))

    def needs(self, element: etree._Element, name: str) -> _Needs:
        """What it requires; ModelError for what is not in the file."""
        known = {
            "requiredDecision": self.decisions,
            "requiredInput": self.facts,
            "requiredKnowledge": self.knowledge,
        }
        found: dict[str, dict[str, None]] = {kind: {} for kind in known}
        for tag in ("informationRequirement", "knowledgeRequirement"):
            for requirement in self.place.children(element, tag):
                for kind, child in self.place.own(requirement):
                    target = child.get("href", "").rpartition("#")[2]
                    if target not in known.get(kind, {}):
                        raise self.place.inside(name, Names()).fail(
                            f"it requires {child.get('href')!r}, which is not in the file",
                            "the id of a decision, input data or function of this file",
                        )
                    found[kind][known[kind][target]] = None
        return _Needs(
            tuple(found["requiredInput"]),
            tuple(found["requiredDecision"]),
            tuple(found["requiredKnowledge"]),
        )

    def names(self, needs: _Needs, more: Sequence[str] = ()) -> Names:
        functions = {name: self.parameters[name] for name in needs.knowledge}
        return Names([*needs.facts, *needs.decisions, *more], self.members, functions)

    # Functions

    def formal(self, element: etree._Element) -> list[tuple[str, Type]]:
        """Parameters of a business knowledge model and their types."""
        logic = self.place.child(element, "encapsulatedLogic")
        if logic is None:
            return []
        return [
            (parameter.get("name", ""), self.types.of(parameter.get("typeRef")))
            for parameter in self.place.children(logic, "formalParameter")
        ]

    def function(self, element: etree._Element) -> Knowledge:
        name = element.get("name", "").strip()
        needs = self.needs(element, name)
        parameters = self.formal(element)
        place = self.place.inside(name, self.names(needs, [p for p, _ in parameters]))
        logic = place.child(element, "encapsulatedLogic")
        if logic is None:
            raise place.fail("the function has no logic", "an encapsulatedLogic")
        if (logic.get("kind") or "FEEL") != "FEEL":
            raise place.fail(f"a function of kind {logic.get('kind')}", "a function of FEEL")
        body = Boxed(self.inner_table).inside(logic, place)
        return Knowledge(name, tuple(parameters), body, needs.knowledge)

    # Decisions

    def decision(
        self, element: etree._Element, name: str, needs: _Needs, facts: Mapping[str, Type]
    ) -> Decision:
        place = self.place.inside(name, self.names(needs))
        of = self.variable_type(element)
        table = place.child(element, "decisionTable")
        if table is not None:
            decision = self.table(table, place, of)
            inputs = tuple(self.stated(column, needs, facts, place) for column in decision.inputs)
            decision = replace(
                decision,
                inputs=tuple(typed(inputs, decision.rules, place)),
                requires=needs.decisions,
            )
        else:
            logic = Boxed(self.inner_table).inside(element, place)
            output = Output(name, "" if of.collection else of.kind, of.allowed, None, of.limits)
            decision = Decision(name, "", (), (output,), (), needs.decisions, "", logic, type=of)
        return replace(decision, facts=needs.facts, knowledge=needs.knowledge)

    def table(self, table: etree._Element, place: Place, of: Type) -> Decision:
        """A table, its input expressions read and its cells parsed, the kinds of its columns not yet settled."""
        policy, aggregation = read_policy(table, place)
        inputs = [self.expressed(column, place) for column in read_inputs(table, place, self.types)]
        if policy in MULTI_HIT:  # its type is that of the list, or of the count
            of = ANY if aggregation == "COUNT" else replace(of, collection=False)
        outputs = read_outputs(table, place, self.types, of)
        check_policy(policy, aggregation, outputs, place)
        rules = tuple(read_rules(table, place, inputs, outputs))
        return Decision(place.decision, policy, tuple(inputs), outputs, rules, (), aggregation)

    def inner_table(self, table: etree._Element, place: Place) -> tuple[Decision, Formula]:
        """A table within a function or a context."""
        decision = self.table(table, place, ANY)
        inputs = tuple(typed(decision.inputs, decision.rules, place))
        decision = replace(decision, inputs=inputs)
        return decision, Formula(
            "a table", json.dumps(decision_said(decision), ensure_ascii=False), TableNode(decision)
        )

    def expressed(self, column: Input, place: Place) -> Input:
        """A column with its expression parsed."""
        try:
            return replace(column, formula=Formula.of(column.expression, place.names))
        except CellError:
            raise self.unknown(column, place) from None

    def unknown(self, column: Input, place: Place) -> ModelError:
        known = sorted(
            name
            for variable in place.names.variables
            for name in (self.done[variable].answer_names if variable in self.done else (variable,))
        )
        return place.at(column=column.label).fail(
            f"the input expression {column.expression!r} is none of its requirements",
            ", ".join(known) or "the name of required input data",
        )

    def stated(
        self, column: Input, needs: _Needs, facts: Mapping[str, Type], place: Place
    ) -> Input:
        """A column with what is known of the fact or answer it names; ModelError when there is no such answer."""
        if column.computed:
            return column
        name, *path = _path(column)
        if name in needs.decisions and self.done[name].is_table:
            return self.answered(column, self.done[name], path, place)
        of = facts.get(name, ANY) if name in needs.facts else ANY
        for part in path:
            if of.components and part not in of.components:
                raise self.unknown(column, place)
            of = of.components.get(part, ANY)
        if column.kind or of.collection or of.components:
            return column
        return _limited(replace(column, kind=of.kind), of.limits, place)

    def answered(self, column: Input, of: Decision, path: list[str], place: Place) -> Input:
        """A column that names an answer: the decision itself where it has one output, else one of its outputs."""
        outputs = [output.name for output in of.outputs]
        if len(outputs) > 1 and (len(path) != 1 or path[0] not in outputs):
            raise self.unknown(column, place)
        return column


def _limited(column: Input, limits: Cell, place: Place) -> Input:
    if column.limits.tests:
        return column
    return replace(column, limits=limits, allowed=place.listed(limits))


def _path(column: Input) -> list[str]:
    """The names of a column's expression, the variable first."""
    assert column.formula is not None
    node, parts = column.formula.node, []
    while isinstance(node, nodes.Path):
        parts.append(node.name)
        node = node.source
    assert isinstance(node, nodes.Name)
    return [node.name, *reversed(parts)]
