"""The XML tree of a DMN document: finding, naming and laying out its elements. `document` makes the edits."""

import copy
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile

from lxml import etree

from evenhand.dmn.documents.texts import (
    ANNOTATION,
    FactText,
    InputText,
    OutputText,
    RuleText,
    TableText,
)
from evenhand.dmn.errors import ModelError
from evenhand.dmn.reading.xml import CELL_MAX_CHARACTERS, NAMESPACES, space_of

_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ID = re.compile(r"[^\W\d][\w.-]*")
_FEEL = re.compile(r"https?://www\.omg\.org/spec/(?:DMN/\d+/)?FEEL.*")


class Tree:
    """One document's elements, with an id for every rule and column."""

    def __init__(self, root: etree._Element, file: str = "") -> None:
        self.file = file
        self._root = root
        self._space = space_of(root, file)
        self._ids = {element.get("id", "") for element in elements(root.iter())}
        self._rules: dict[str, dict[str, etree._Element]] = {}
        self._tables: tuple[TableText, ...] | None = None  # as last read; none after an edit
        self._rule_number = 0  # the highest of ids like rule-7; 0 until one is needed
        for decision in self._children(root, "decision"):
            grid = decision.find(self._tag("decisionTable"))
            if grid is not None:
                self._name_all(name_of(decision), grid)

    def _name_all(self, table: str, grid: etree._Element) -> None:
        """Give an id to each rule and column that has none; refuse one that stands twice."""
        if table in self._rules:
            raise self._fail("two decisions have this name", "a name of its own for each", table)
        for kind, stem in (
            ("input", f"{table}-in-"),
            ("output", f"{table}-out-"),
            ("rule", "rule-"),
        ):
            seen: set[str] = set()
            for number, element in enumerate(self._children(grid, kind), start=1):
                if not element.get("id"):
                    stated = f"{stem}{number}"
                    element.set(
                        "id",
                        self._fresh(stated if stated not in self._ids else f"{table}-{stated}"),
                    )
                if element.get("id") in seen:
                    raise self._fail(
                        f"the id {element.get('id')!r} stands twice", "an id of its own", table,
                        row=number if kind == "rule" else None,
                    )  # fmt: skip
                seen.add(element.get("id", ""))
        self._rules[table] = {rule.get("id", ""): rule for rule in self._children(grid, "rule")}

    def _fail(
        self,
        problem: str,
        expected: str,
        table: str = "",
        *,
        row: int | None = None,
        column: str = "",
    ) -> ModelError:
        return ModelError(
            problem, expected=expected, file=self.file, decision=table, row=row, column=column
        )

    # What it says

    @property
    def name(self) -> str:
        """The name of the whole model."""
        return str(self._root.get("name") or "")

    @property
    def description(self) -> str:
        """What the model says of itself, or nothing."""
        return line(self._root.findtext(self._tag("description")))

    @property
    def facts(self) -> tuple[FactText, ...]:
        """The input data in the order of the document."""
        return tuple(
            FactText(
                element.get("name", "").strip(),
                element.get("label", ""),
                kind_of(element.find(self._tag("variable"))),
            )
            for element in self._children(self._root, "inputData")
        )

    @property
    def tables(self) -> tuple[TableText, ...]:
        """The decisions made by a decision table, in the order of the document."""
        if self._tables is None:
            self._tables = tuple(
                self._table_text(decision, grid)
                for decision in self._children(self._root, "decision")
                if (grid := decision.find(self._tag("decisionTable"))) is not None
            )
        return self._tables

    @property
    def others(self) -> dict[str, str]:
        """The decisions and knowledge models that are no table of ours, by name, as canonical XML."""
        kinds = ("decision", "businessKnowledgeModel", "decisionService")
        return {
            name_of(element): _canonical(element)
            for element in elements(self._root)
            if etree.QName(element).localname in kinds and name_of(element) not in self._rules
        }

    def table(self, name: str) -> TableText:
        """The table of that decision."""
        for table in self.tables:
            if table.name == name:
                return table
        raise self._fail(f"there is no table {name!r}", ", ".join(t.name for t in self.tables))

    def _table_text(self, decision: etree._Element, grid: etree._Element) -> TableText:
        name = name_of(decision)
        outputs = self._children(grid, "output")
        return TableText(
            id=grid.get("id") or decision.get("id") or "",
            name=name,
            label=decision.get("label") or name,
            hit_policy=grid.get("hitPolicy") or "UNIQUE",
            aggregation=grid.get("aggregation") or "",
            inputs=tuple(self._input_text(column) for column in self._children(grid, "input")),
            outputs=tuple(
                self._output_text(column, name if len(outputs) == 1 else "") for column in outputs
            ),
            rules=tuple(self._rule_text(rule) for rule in self._children(grid, "rule")),
            requires=tuple(
                other
                for child, other in self._targets(decision)
                if child.tag == self._tag("requiredDecision")
            ),
        )

    def _input_text(self, column: etree._Element) -> InputText:
        asked = column.find(self._tag("inputExpression"))
        expression = self._text(asked)
        return InputText(
            id=column.get("id", ""),
            label=column.get("label") or expression,
            expression=expression,
            kind=kind_of(asked),
            allowed=self._text(column.find(self._tag("inputValues"))),
        )

    def _output_text(self, column: etree._Element, only_name: str) -> OutputText:
        name = name_of(column) or only_name
        return OutputText(
            id=column.get("id", ""),
            label=column.get("label") or name,
            name=name,
            kind=kind_of(column),
            allowed=self._text(column.find(self._tag("outputValues"))),
            default=self._text(column.find(self._tag("defaultOutputEntry"))),
        )

    def _rule_text(self, rule: etree._Element) -> RuleText:
        note = line(rule.findtext(self._tag("description")))
        if not note:
            notes = (line(self._text(e)) for e in self._children(rule, "annotationEntry"))
            note = " ".join(one for one in notes if one)
        return RuleText(
            id=rule.get("id", ""),
            cells=tuple(self._text(entry) for entry in self._children(rule, "inputEntry")),
            outputs=tuple(self._text(entry) for entry in self._children(rule, "outputEntry")),
            annotation=note,
        )

    # Finding

    def _tag(self, name: str) -> str:
        return f"{{{self._space}}}{name}"

    def _children(self, parent: etree._Element, name: str) -> list[etree._Element]:
        found: list[etree._Element] = parent.findall(self._tag(name))
        return found

    def _columns(self, grid: etree._Element, kind: str) -> list[etree._Element]:
        """The `input` or `output` elements of a table, found without walking over its rules."""
        rule, wanted = self._tag("rule"), self._tag(kind)
        heads = takewhile(lambda child: child.tag != rule, grid)
        return [child for child in heads if child.tag == wanted]

    def _text(self, parent: etree._Element | None) -> str:
        """The content of the `text` child, or nothing."""
        if parent is None:
            return ""
        return (parent.findtext(self._tag("text")) or "").strip()

    def _decision(self, table: str) -> etree._Element:
        if table in self._rules:
            for decision in self._children(self._root, "decision"):
                if name_of(decision) == table:
                    return decision
        raise self._fail(f"there is no table {table!r}", ", ".join(self._rules))

    def _grid(self, table: str) -> etree._Element:
        grid = self._decision(table).find(self._tag("decisionTable"))
        assert grid is not None
        return grid

    def _rule(self, table: str, rule_id: str) -> etree._Element:
        if table not in self._rules:
            self._decision(table)
        if rule_id not in self._rules[table]:
            raise self._fail(f"there is no rule {rule_id!r}", "a rule of the table", table)
        return self._rules[table][rule_id]

    def _column(self, table: str, column_id: str) -> tuple[str, int]:
        """Whether a column is input or output, and which of them, from 0."""
        grid = self._grid(table)
        for kind in ("input", "output"):
            for at, column in enumerate(self._columns(grid, kind)):
                if column.get("id") == column_id:
                    return kind, at
        raise self._fail(f"there is no column {column_id!r}", "a column of the table", table)

    def _targets(self, decision: etree._Element) -> Iterator[tuple[etree._Element, str]]:
        """What a decision requires: the `requiredDecision` or `requiredInput` element and the name behind it."""
        names = {
            element.get("id", ""): name_of(element)
            for kind in ("decision", "inputData")
            for element in self._children(self._root, kind)
        }
        for requirement in self._children(decision, "informationRequirement"):
            for child in elements(requirement):
                yield child, names.get(child.get("href", "").rpartition("#")[2], "")

    # Writing

    def _writable(self, text: str, table: str, rule_id: str, column: str) -> str:
        """The text, if it may stand in a document."""
        problem, expected = "", ""
        if len(text) > CELL_MAX_CHARACTERS:
            problem = f"a text of {len(text):,} characters"
            expected = f"at most {CELL_MAX_CHARACTERS:,}"
        elif bad := _UNWRITABLE.search(text):
            problem, expected = f"the character {bad.group()!r}", "characters that XML can hold"
        if not problem:
            return text
        order = list(self._rules.get(table, ()))
        if rule_id.isdecimal():
            row: int | None = int(rule_id)
        elif rule_id in order:
            rule = self._rules[table][rule_id]
            row = self._children(self._grid(table), "rule").index(rule) + 1
        else:
            row = None
        raise self._fail(problem, expected, table, row=row, column=self._heading(table, column))

    def _heading(self, table: str, column_id: str) -> str:
        """What people call a column."""
        if table not in self._rules or column_id in ("", ANNOTATION):
            return column_id
        for column in elements(self._grid(table)):
            if column.get("id") == column_id:
                asked = self._text(column.find(self._tag("inputExpression")))
                return column.get("label") or column.get("name") or asked or column_id
        return column_id

    def _element(self, name: str, stem: str = "") -> etree._Element:
        element = self._root.makeelement(self._tag(name))
        if stem:
            element.set("id", self._fresh(slug(stem)))
        return element

    def _blank_rule(self, grid: etree._Element) -> etree._Element:
        rule = self._element("rule")
        for kind, text in (("input", "-"), ("output", "")):
            for _ in self._columns(grid, kind):
                entry = self._element(f"{kind}Entry")
                self._set_text(entry, text)
                rule.append(entry)
        return rule

    def _behind(self, parent: etree._Element, name: str) -> int:
        """Where one more child of that name goes: behind the last, inputs before outputs before all else."""
        before = {"output": ("input",), "outputEntry": ("inputEntry",)}.get(name, ())
        for kind in (name, *before, "extensionElements", "description"):
            if found := self._children(parent, kind):
                return int(parent.index(found[-1])) + 1
        return 0

    def _set_text(self, parent: etree._Element, text: str) -> None:
        child = parent.find(self._tag("text"))
        if child is None:
            child = self._element("text")
            parent.append(child)
        for inner in list(child):
            child.remove(inner)
        child.text = text
        self._tables = None

    def _type(self, kind: str) -> str:
        """A type as this document refers to it: DMN 1.1 puts the prefix of FEEL before it."""
        for element in elements(self._root.iter()):
            if element.get("typeRef", "").endswith(f":{kind}"):
                return str(element.get("typeRef"))
        if NAMESPACES[self._space] == "1.1":
            for prefix, space in self._root.nsmap.items():
                if prefix and _FEEL.fullmatch(space):
                    return f"{prefix}:{kind}"
        return kind

    # Ids

    def _fresh(self, stem: str) -> str:
        """An id like `stem` that nothing in the document has."""
        wanted, number = slug(stem), 1
        while wanted in self._ids:
            number += 1
            wanted = f"{slug(stem)}-{number}"
        self._ids.add(wanted)
        return wanted

    def _fresh_rule_id(self) -> str:
        """``rule-<n>`` above every other of the document, so that no id comes back for another rule."""
        if not self._rule_number:
            numbers = (i[5:] for i in self._ids if i.startswith("rule-"))
            self._rule_number = max((int(n) for n in numbers if n.isdecimal()), default=0)
        self._rule_number += 1
        return self._fresh(f"rule-{self._rule_number}")

    def _claim(self, rule_id: str, table: str) -> str:
        """Take an id that somebody chose."""
        if not ID.fullmatch(rule_id):
            raise self._fail(
                f"{rule_id!r} is no id", "a letter, then letters, digits, `-`, `_` and `.`", table
            )
        if rule_id in self._ids:
            raise self._fail(f"the id {rule_id!r} is taken", "an id of its own", table)
        self._ids.add(rule_id)
        return rule_id


def _canonical(element: etree._Element) -> str:
    alone = copy.deepcopy(element)  # so that it declares its own namespaces
    text: bytes = etree.tostring(alone, method="c14n2", strip_text=True)
    return text.decode()


def elements(found: Iterable[etree._Element]) -> Iterator[etree._Element]:
    """The elements among nodes, without comments and instructions."""
    return (node for node in found if isinstance(node.tag, str))


def name_of(element: etree._Element) -> str:
    """The `name` attribute without spaces around it."""
    return str(element.get("name", "")).strip()


def kind_of(element: etree._Element | None) -> str:
    """The type an element states, without prefix."""
    return "" if element is None else str(element.get("typeRef") or "").rpartition(":")[2]


def line(text: str | None) -> str:
    """The text on one line."""
    return " ".join((text or "").split())


def slug(text: str) -> str:
    """The text as an XML id: letters, digits, ``-``, ``_`` and ``.``, a letter first."""
    found = re.sub(r"[^\w.-]+", "-", text).strip("-.")
    return found if ID.fullmatch(found) else f"id-{found}".rstrip("-")


def mentions(expression: str, name: str) -> bool:
    """Whether an expression speaks of a name, as a word of its own."""
    return bool(name) and re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", expression) is not None


def put(parent: etree._Element, at: int, child: etree._Element) -> None:
    """Insert as the at-th child, with line breaks as between its neighbours."""
    parent.insert(at, child)
    before, between = child.getprevious(), parent.text
    child.tail = between
    if before is not None and child.getnext() is None:
        before.tail, child.tail = between, before.tail


def take(child: etree._Element) -> None:
    """Take an element out, with the line break before it."""
    parent = child.getparent()
    assert parent is not None
    before = child.getprevious()
    if before is not None and child.getnext() is None:
        before.tail = child.tail
    parent.remove(child)


def lay(element: etree._Element) -> None:
    """Put each child of a new element on a line of its own, if its neighbours stand on lines of their own."""
    parent = element.getparent()
    between = parent.text if parent is not None else None
    if not len(element) or not between or not between.startswith("\n") or between.strip():
        return
    element.text = f"{between}  "
    for child in element:
        child.tail = f"{between}  "
    element[-1].tail = between
