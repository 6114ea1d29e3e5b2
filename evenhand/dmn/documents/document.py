"""A DMN document that is being worked on: the XML kept whole, its tables as texts, edits in place.

Where `reader` wants a model that can be used, this takes whatever is well-formed DMN: a cell that cannot be read is a
text like any other. All that an edit does not touch survives: diagrams, extensions, other decisions, comments.
"""

import copy
import re
from collections.abc import Mapping, Sequence

from lxml import etree

from evenhand.dmn.documents import diagram
from evenhand.dmn.documents.texts import (
    AGGREGATIONS,
    ANNOTATION,
    HIT_POLICIES,
    KINDS,
    FactText,
    InputText,
    OutputText,
    RuleText,
    TableText,
)
from evenhand.dmn.documents.tree import (
    Tree,
    elements,
    lay,
    line,
    mentions,
    name_of,
    put,
    slug,
    take,
)
from evenhand.dmn.documents.versions import LATEST, in_version, space_in
from evenhand.dmn.reading.xml import COLUMNS_MAX, NAMESPACES, RULES_MAX, parse

__all__ = [
    "AGGREGATIONS",
    "ANNOTATION",
    "HIT_POLICIES",
    "KINDS",
    "Document",
    "FactText",
    "InputText",
    "OutputText",
    "RuleText",
    "TableText",
]

_NAME = re.compile(r"[^\W\d]\w*(?: \w+)*")


class Document(Tree):
    """One document and the edits to it. Edits raise ModelError for a table, rule, column or text that cannot be."""

    @classmethod
    def read(cls, content: bytes, file: str = "") -> "Document":
        """Read a document; `file` is the name errors carry. Rules and columns without an id are given one."""
        return cls(parse(content, file, whole=True), file)

    @classmethod
    def new(
        cls,
        name: str,
        tables: Sequence[TableText],
        facts: Sequence[FactText] = (),
        *,
        description: str = "",
        file: str = "",
    ) -> "Document":
        """Make a document of tables. Whatever their expressions ask that no earlier table answers becomes input data,
        with the label and kind that `facts` gives it.
        """
        space = space_in(LATEST)
        root = etree.Element(f"{{{space}}}definitions", nsmap={None: space})
        root.set("id", f"definitions-{slug(name)}")
        root.set("name", name)
        root.set("namespace", f"urn:evenhand:strategy:{slug(name)}")
        if description:
            etree.SubElement(root, f"{{{space}}}description").text = description
        document = cls(root, file)
        for table in tables:
            document._add_table(table, {fact.name: fact for fact in facts})
        etree.indent(root)
        return document.drawn()

    def write(self, *, version: str = "") -> bytes:
        """The document as UTF-8 XML, in its own version or in another from 1.2 to 1.5, whose elements it must know."""
        own = NAMESPACES[self._space]
        around = [*reversed(list(self._root.itersiblings(preceding=True))), self._root]
        around += self._root.itersiblings()
        text = "\n".join(etree.tostring(n, encoding="unicode", with_tail=False) for n in around)
        if version and version != own:
            text = in_version(text, own, version, self.file)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()

    def copy(self) -> "Document":
        """The same document, so that an edit to one leaves the other."""
        return Document(copy.deepcopy(self._root.getroottree()).getroot(), self.file)

    def drawn(self) -> "Document":
        """This document with a diagram, drawn now if it had none."""
        diagram.draw(self._root)
        return self

    # Cells

    def set_cell(self, table: str, rule_id: str, column_id: str, text: str) -> None:
        """Write one cell or output; an empty text in an input cell is `-`. `annotation` writes the annotation."""
        if column_id == ANNOTATION:
            self.set_annotation(table, rule_id, text)
            return
        rule = self._rule(table, rule_id)
        kind, at = self._column(table, column_id)
        text = self._writable(text, table, rule_id, column_id).strip()
        entry = self._children(rule, f"{kind}Entry")[at]
        self._set_text(entry, text or "-" if kind == "input" else text)

    def set_annotation(self, table: str, rule_id: str, text: str) -> None:
        """Write why a rule is there; an empty text takes the annotation away."""
        rule = self._rule(table, rule_id)
        text = line(self._writable(text, table, rule_id, ANNOTATION))
        description = rule.find(self._tag("description"))
        entries = self._children(rule, "annotationEntry")
        for number, entry in enumerate(entries):
            if description is None or not text:
                self._set_text(entry, "" if number else text)
        if text and not (entries and description is None):
            if description is None:
                description = self._element("description")
                put(rule, 0, description)
            description.text = text
        elif description is not None:
            take(description)

    def paste(
        self, table: str, rule_id: str | None, column_id: str, rows: Sequence[Sequence[str]]
    ) -> tuple[str, ...]:
        """Write a block with its upper left cell there; rules the table lacks are added. None: below the last rule.

        Columns run inputs, outputs, annotation. Gives the ids of the rules written. Nothing is written when any of it
        cannot be.
        """
        text = self.table(table)
        columns = [*(column.id for column in text.columns), ANNOTATION]
        if column_id not in columns:
            self._column(table, column_id)
        columns = columns[columns.index(column_id) :]
        width = max((len(row) for row in rows), default=0)
        if width > len(columns):
            raise self._fail(
                f"the block is {width} columns wide", f"at most {len(columns)} from here on", table
            )
        ids = [rule.id for rule in text.rules]
        if rule_id is not None:
            self._rule(table, rule_id)
        start = len(ids) if rule_id is None else ids.index(rule_id)
        if start + len(rows) > RULES_MAX:
            raise self._fail(
                f"the table would have {start + len(rows):,} rules", f"at most {RULES_MAX:,}", table
            )
        for number, row in enumerate(rows, start=start + 1):
            for cell, column in zip(row, columns, strict=False):
                self._writable(cell, table, str(number), column)
        touched = []
        for number, row in enumerate(rows, start=start):
            written = ids[number] if number < len(ids) else self.add_rule(table)
            for cell, column in zip(row, columns, strict=False):
                self.set_cell(table, written, column, cell)
            touched.append(written)
        return tuple(touched)

    def clear(
        self, table: str, rule_ids: Sequence[str], column_ids: Sequence[str] | None = None
    ) -> None:
        """Empty cells: inputs to `-`, outputs and annotations to nothing. No columns: all of them."""
        if column_ids is None:
            column_ids = [*(column.id for column in self.table(table).columns), ANNOTATION]
        for rule_id in rule_ids:
            for column_id in column_ids:
                self.set_cell(table, rule_id, column_id, "")

    # Rules

    def add_rule(
        self, table: str, *, after: str | None = None, copy_of: str | None = None, rule_id: str = ""
    ) -> str:
        """Add a rule behind another or at the end, empty or a copy. Gives its id."""
        grid = self._grid(table)
        if (count := len(self._rules[table])) >= RULES_MAX:
            raise self._fail(f"the table has {count:,} rules", f"at most {RULES_MAX:,}", table)
        last = next(grid.iterchildren(self._tag("rule"), reversed=True), None)
        before = self._rule(table, after) if after else last
        rule = copy.deepcopy(self._rule(table, copy_of)) if copy_of else self._blank_rule(grid)
        rule_id = self._claim(rule_id, table) if rule_id else self._fresh_rule_id()
        rule.set("id", rule_id)
        inside = elements(rule.iterdescendants())
        named = [e for e in inside if e.get("id") or (not copy_of and e.getparent() is rule)]
        for number, entry in enumerate(named, start=1):
            entry.set("id", self._fresh(f"{rule_id}-{number}"))
        put(grid, len(grid) if before is None else grid.index(before) + 1, rule)
        if not copy_of:
            lay(rule)
        self._rules[table][rule_id] = rule
        self._tables = None
        return rule_id

    def move_rule(self, table: str, rule_id: str, places: int) -> None:
        """Move a rule down by so many places, up when negative; it stops at the ends."""
        grid, rule = self._grid(table), self._rule(table, rule_id)
        rules = self._children(grid, "rule")
        was = rules.index(rule)
        to = min(max(was + places, 0), len(rules) - 1)
        if to == was:
            return
        neighbour = rules[to]
        take(rule)
        put(grid, grid.index(neighbour) + (to > was), rule)
        self._tables = None

    def delete_rule(self, table: str, rule_id: str) -> None:
        """Take a rule out."""
        take(self._rule(table, rule_id))
        del self._rules[table][rule_id]
        self._tables = None

    # Columns and the table as a whole

    def set_label(self, table: str, column_id: str | None, text: str) -> None:
        """Write the label of a column, or of the table; an empty text takes it away."""
        if column_id is None:
            element = self._decision(table)
        else:
            kind, at = self._column(table, column_id)
            element = self._columns(self._grid(table), kind)[at]
        text = line(self._writable(text, table, "", column_id or ""))
        if text:
            element.set("label", text)
        else:
            element.attrib.pop("label", None)
        self._tables = None

    def set_hit_policy(self, table: str, policy: str, aggregation: str = "") -> None:
        """Say which rules count when several match; only COLLECT aggregates."""
        grid = self._grid(table)
        if policy not in HIT_POLICIES:
            raise self._fail(f"there is no hit policy {policy!r}", ", ".join(HIT_POLICIES), table)
        if aggregation not in AGGREGATIONS or (aggregation and policy != "COLLECT"):
            raise self._fail(
                f"{policy} does not aggregate by {aggregation!r}",
                "SUM, COUNT, MIN or MAX with COLLECT, otherwise none",
                table,
            )
        grid.set("hitPolicy", policy)
        if aggregation:
            grid.set("aggregation", aggregation)
        else:
            grid.attrib.pop("aggregation", None)
        self._tables = None

    def set_kind(self, table: str, column_id: str, kind: str) -> None:
        """Say of what type a column is; none leaves it open."""
        side, at = self._column(table, column_id)
        element = self._columns(self._grid(table), side)[at]
        if kind and kind not in KINDS:
            raise self._fail(
                f"{kind!r} is no type",
                ", ".join(KINDS),
                table,
                column=self._heading(table, column_id),
            )
        if side == "input":
            element = element.find(self._tag("inputExpression"))
        if kind:
            element.set("typeRef", self._type(kind))
        else:
            element.attrib.pop("typeRef", None)
        self._tables = None

    def set_allowed(self, table: str, column_id: str, text: str) -> None:
        """Write the list of values a column may hold, such as ``"A","B"``; an empty text lifts the limit."""
        kind, at = self._column(table, column_id)
        element = self._columns(self._grid(table), kind)[at]
        text = self._writable(text, table, "", column_id).strip()
        values = element.find(self._tag(f"{kind}Values"))
        if not text:
            if values is not None:
                take(values)
        else:
            if values is None:
                values = self._element(f"{kind}Values", f"{column_id}-values")
                behind = element.find(self._tag("defaultOutputEntry"))
                put(element, len(element) if behind is None else element.index(behind), values)
            self._set_text(values, text)
        self._tables = None

    def set_default(self, table: str, column_id: str, text: str) -> None:
        """Write what an output is when no rule matches; an empty text takes it away."""
        kind, at = self._column(table, column_id)
        if kind == "input":
            raise self._fail("an input has no default", "an output", table, column=column_id)
        element = self._columns(self._grid(table), "output")[at]
        text = self._writable(text, table, "", column_id).strip()
        entry = element.find(self._tag("defaultOutputEntry"))
        if not text:
            if entry is not None:
                take(entry)
        else:
            if entry is None:
                entry = self._element("defaultOutputEntry", f"{column_id}-default")
                put(element, len(element), entry)
            self._set_text(entry, text)
        self._tables = None

    def add_input(
        self, table: str, expression: str, label: str = "", kind: str = "", *, fact_label: str = ""
    ) -> str:
        """Add an input column that asks `expression`, behind the others, with `-` in every rule. Gives its id.

        What it asks becomes a requirement of the decision; a name nothing has yet becomes input data.
        """
        expression = line(self._writable(expression, table, "", expression))
        self._check_new_column(
            table, expression, kind, [i.expression for i in self.table(table).inputs]
        )
        self._require(self._decision(table), expression, fact_label or label, kind)
        grid = self._grid(table)
        column = self._element("input", f"{table}-in-{expression}")
        if label:
            column.set("label", line(self._writable(label, table, "", expression)))
        asked = self._element("inputExpression", f"{table}-expr-{expression}")
        if kind:
            asked.set("typeRef", self._type(kind))
        self._set_text(asked, expression)
        column.append(asked)
        self._add_column(grid, "input", column, "-")
        return str(column.get("id"))

    def add_output(self, table: str, name: str, label: str = "", kind: str = "") -> str:
        """Add an output column behind the others, empty in every rule. Gives its id."""
        name = line(self._writable(name, table, "", name))
        self._check_new_column(table, name, kind, [o.name for o in self.table(table).outputs])
        column = self._element("output", f"{table}-out-{name}")
        column.set("name", name)
        if label:
            column.set("label", line(self._writable(label, table, "", name)))
        if kind:
            column.set("typeRef", self._type(kind))
        self._add_column(self._grid(table), "output", column, "")
        return str(column.get("id"))

    def remove_column(self, table: str, column_id: str) -> None:
        """Take a column out of the table and of every rule; the last input and the last output stay."""
        kind, at = self._column(table, column_id)
        grid = self._grid(table)
        columns = self._columns(grid, kind)
        if len(columns) == 1:
            raise self._fail(
                f"it is the last {kind}", f"one {kind} or more", table, column=column_id
            )
        asked = self.table(table).inputs[at].expression if kind == "input" else ""
        take(columns[at])
        for rule in self._children(grid, "rule"):
            take(self._children(rule, f"{kind}Entry")[at])
        self._tables = None
        if asked:
            self._let_go(table, asked)

    def _add_table(self, table: TableText, facts: Mapping[str, FactText]) -> None:
        """Add a decision with its table, from texts."""
        if table.name in self._rules or not table.name.strip():
            raise self._fail(f"a table is named {table.name!r}", "a name of its own for each")
        decision = self._element("decision", f"decision-{table.name}")
        decision.set("name", table.name)
        if table.label and table.label != table.name:
            decision.set("label", table.label)
        variable = self._element("variable", f"variable-{table.name}")
        variable.set("name", table.name)
        if len(table.outputs) == 1 and table.outputs[0].kind in KINDS:
            variable.set("typeRef", table.outputs[0].kind)
        decision.append(variable)
        grid = self._element("decisionTable", f"table-{table.name}")
        decision.append(grid)
        self._root.append(decision)
        self._rules[table.name] = {}
        self.set_hit_policy(table.name, table.hit_policy, table.aggregation)
        for column in table.inputs:
            fact = facts.get(column.expression)
            label = fact.label if fact else ""
            made = self.add_input(
                table.name, column.expression, column.label, column.kind, fact_label=label
            )
            self.set_allowed(table.name, made, column.allowed)
        for output in table.outputs:
            made = self.add_output(table.name, output.name, output.label, output.kind)
            self.set_allowed(table.name, made, output.allowed)
            self.set_default(table.name, made, output.default)
        columns = [column.get("id", "") for column in elements(grid)]
        for rule in table.rules:
            rule_id = self.add_rule(table.name, rule_id=rule.id)
            for column_id, text in zip([*columns, ANNOTATION], rule.texts, strict=True):
                self.set_cell(table.name, rule_id, column_id, text)

    # How the tables are changed

    def _check_new_column(self, table: str, name: str, kind: str, others: Sequence[str]) -> None:
        if not name or name in others:
            raise self._fail(f"a column for {name!r}", "a name no other column has", table)
        if kind and kind not in KINDS:
            raise self._fail(f"{kind!r} is no type", ", ".join(KINDS), table, column=name)
        if len(others) >= COLUMNS_MAX:
            raise self._fail(f"{len(others)} columns", f"at most {COLUMNS_MAX}", table, column=name)

    def _add_column(
        self, grid: etree._Element, kind: str, column: etree._Element, text: str
    ) -> None:
        """Put a column behind its kind, and an entry with `text` behind its kind in every rule."""
        put(grid, self._behind(grid, kind), column)
        for rule in self._children(grid, "rule"):
            number = len(self._children(rule, f"{kind}Entry")) + 1
            entry = self._element(f"{kind}Entry", f"{rule.get('id')}-{kind}-{number}")
            self._set_text(entry, text)
            put(rule, self._behind(rule, f"{kind}Entry"), entry)
        self._tables = None

    def _require(self, decision: etree._Element, expression: str, label: str, kind: str) -> None:
        """Make the decision require what an expression asks for."""
        known = {
            name_of(element): element
            for name in ("inputData", "decision")
            for element in self._children(self._root, name)
            if element is not decision
        }
        asked = [name for name in known if expression == name or expression.startswith(f"{name}.")]
        if not asked and _NAME.fullmatch(expression):
            known[expression] = self._add_fact(expression, label, kind)
            asked = [expression]
        asked = asked or [name for name in known if mentions(expression, name)]
        if not asked:
            raise self._fail(
                f"{expression!r} asks for nothing the document has",
                ", ".join(known) or "the name of a fact",
                name_of(decision),
                column=expression,
            )
        already = {name for _, name in self._targets(decision)}
        for name in asked:
            if name not in already:
                self._add_requirement(decision, known[name])

    def _add_fact(self, name: str, label: str, kind: str) -> etree._Element:
        fact = self._element("inputData", f"fact-{name}")
        fact.set("name", name)
        if label:
            fact.set("label", label)
        variable = self._element("variable", f"variable-{name}")
        variable.set("name", name)
        if kind:
            variable.set("typeRef", self._type(kind))
        fact.append(variable)
        facts, decisions = (self._children(self._root, n) for n in ("inputData", "decision"))
        at = self._root.index(facts[-1]) + 1 if facts else self._root.index(decisions[0])
        put(self._root, at, fact)
        diagram.add_shape(self._root, fact)
        return fact

    def _add_requirement(self, decision: etree._Element, target: etree._Element) -> None:
        if not target.get("id"):
            target.set("id", self._fresh(name_of(target)))
        names = f"{name_of(decision)}-reads-{name_of(target)}"
        requirement = self._element("informationRequirement", names)
        is_fact = target.tag == self._tag("inputData")
        required = self._element("requiredInput" if is_fact else "requiredDecision")
        required.set("href", f"#{target.get('id')}")
        requirement.append(required)
        grid = decision.find(self._tag("decisionTable"))
        before = self._children(decision, "informationRequirement")
        put(
            decision,
            decision.index(before[-1]) + 1 if before else decision.index(grid),
            requirement,
        )
        diagram.add_edge(self._root, requirement)

    def _let_go(self, table: str, asked: str) -> None:
        """Drop the requirements that only a column now gone stood for."""
        decision, text = self._decision(table), self.table(table)
        spoken = [column.expression for column in text.inputs]
        spoken += [cell for rule in text.rules for cell in (*rule.cells, *rule.outputs)]
        for required, name in list(self._targets(decision)):
            if not mentions(asked, name) or any(mentions(one, name) for one in spoken):
                continue
            requirement = required.getparent()
            requirement.remove(required)
            if not len(requirement):
                take(requirement)
                diagram.forget(self._root, [requirement.get("id", "")])
