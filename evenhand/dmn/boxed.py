"""Boxed expressions: literal expressions, invocations, contexts, relations, lists, functions, conditions and tables."""

import json
from collections.abc import Callable

from lxml import etree

from evenhand.dmn.cells import Formula
from evenhand.dmn.feel import nodes
from evenhand.dmn.feel.calls import Call, Definition
from evenhand.dmn.place import Place
from evenhand.dmn.tables import Decision
from evenhand.dmn.xml import COLUMNS_MAX

Table = Callable[[etree._Element, Place], "tuple[Decision, Formula]"]
EXPECTED = "a decisionTable, literalExpression, invocation, context, relation, list or conditional"


class Boxed:
    """Reads boxed expressions; `table` reads the decision tables among them."""

    def __init__(self, table: Table) -> None:
        self._read_table = table

    def inside(self, parent: etree._Element, place: Place) -> Formula:
        """The one expression among the children of an element."""
        for tag, element in place.own(parent):
            read = self._READERS.get(tag)
            if read is not None:
                return read(self, element, place)
        kinds = [tag for tag, _ in place.own(parent)]
        found = next(
            (k for k in kinds if k.endswith(("xpression", "filter", "for", "every", "some"))),
            "nothing",
        )
        raise place.fail(f"it is made by {found}", EXPECTED)

    def _literal(self, element: etree._Element, place: Place) -> Formula:
        language = element.get("expressionLanguage") or ""
        if language and "feel" not in language.lower():
            raise place.fail(f"the expression language is {language!r}", "FEEL")
        return place.formula(place.text(element))

    def _invocation(self, element: etree._Element, place: Place) -> Formula:
        called = self.inside(element, place)
        names, parts = [], []
        for binding in place.children(element, "binding"):
            parameter = place.child(binding, "parameter")
            names.append("" if parameter is None else parameter.get("name", ""))
            parts.append(self.inside(binding, place))
        if isinstance(called.node, nodes.Name) and called.node.name in place.names.functions:
            wanted = place.names.functions[called.node.name]
            if sorted(names) != sorted(wanted):
                raise place.fail(
                    f"{called.text!r} is invoked with the bindings {', '.join(names)}",
                    ", ".join(wanted),
                )
        node = Call(called.node, tuple(part.node for part in parts), tuple(names))
        bindings = [[name, part.canonical] for name, part in zip(names, parts, strict=True)]
        return _formula(f"{called.text}(…)", ["invocation", called.canonical, bindings], node)

    def _context(self, element: etree._Element, place: Place) -> Formula:
        entries: list[tuple[str, Formula]] = []
        result: Formula | None = None
        for entry in place.some(element, "contextEntry", COLUMNS_MAX):
            if result is not None:
                raise place.fail(
                    "an entry stands behind the result of a context", "the result last"
                )
            variable = place.child(entry, "variable")
            if variable is None:
                result = self.inside(entry, place)
                continue
            name = variable.get("name", "")
            entries.append((name, self.inside(entry, place)))
            place = place.naming(place.names.also([name], [name]))
        node = nodes.Context(
            tuple((name, part.node) for name, part in entries), result.node if result else None
        )
        said = [[name, part.canonical] for name, part in entries]
        return _formula("{…}", ["context", said, result.canonical if result else ""], node)

    def _relation(self, element: etree._Element, place: Place) -> Formula:
        columns = [column.get("name", "") for column in place.some(element, "column", COLUMNS_MAX)]
        rows, said = [], []
        for row in place.children(element, "row"):
            cells = [self._any(child, place) for _, child in place.own(row)]
            if len(cells) != len(columns):
                raise place.fail(f"a row of the relation has {len(cells)} cells", str(len(columns)))
            rows.append(nodes.Context(tuple(zip(columns, (c.node for c in cells), strict=True))))
            said.append([cell.canonical for cell in cells])
        return _formula("[…]", ["relation", columns, said], nodes.List(tuple(rows)))

    def _listed(self, element: etree._Element, place: Place) -> Formula:
        items = [self._any(child, place) for _, child in place.own(element)]
        said = [item.canonical for item in items]
        return _formula("[…]", ["list", said], nodes.List(tuple(item.node for item in items)))

    def _function(self, element: etree._Element, place: Place) -> Formula:
        if (element.get("kind") or "FEEL") != "FEEL":
            raise place.fail(f"a function of kind {element.get('kind')}", "a function of FEEL")
        names = [p.get("name", "") for p in place.children(element, "formalParameter")]
        body = self.inside(element, place.naming(place.names.also(names)))
        return _formula(
            f"function({', '.join(names)})",
            ["function", names, body.canonical],
            Definition(tuple(names), body.node),
        )

    def _conditional(self, element: etree._Element, place: Place) -> Formula:
        parts = []
        for tag in ("if", "then", "else"):
            part = place.child(element, tag)
            if part is None:
                raise place.fail(f"a conditional has no {tag!r}", "if, then and else")
            parts.append(self.inside(part, place))
        node = nodes.If(parts[0].node, parts[1].node, parts[2].node)
        return _formula("if …", ["if", *(part.canonical for part in parts)], node)

    def _table(self, element: etree._Element, place: Place) -> Formula:
        return self._read_table(element, place)[1]

    def _any(self, element: etree._Element, place: Place) -> Formula:
        read = self._READERS.get(etree.QName(element).localname)
        if read is None:
            raise place.fail(f"an expression is a {etree.QName(element).localname}", EXPECTED)
        return read(self, element, place)

    _READERS: dict[str, Callable[["Boxed", etree._Element, Place], Formula]] = {
        "literalExpression": _literal,
        "invocation": _invocation,
        "context": _context,
        "relation": _relation,
        "list": _listed,
        "functionDefinition": _function,
        "conditional": _conditional,
        "decisionTable": _table,
    }


def _formula(text: str, said: "list[object]", node: nodes.Node) -> Formula:
    return Formula(text, json.dumps(said, ensure_ascii=False, separators=(",", ":")), node)
