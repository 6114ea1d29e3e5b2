"""A place in a document, so that looking things up can be short and errors can say where."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from evenhand.dmn.cells import (
    OUTPUT_EXPECTED,
    Cell,
    CellError,
    Formula,
    Span,
    Value,
    parse_output,
    parse_tests,
)
from evenhand.dmn.errors import ModelError
from evenhand.dmn.feel.tokens import Names
from evenhand.dmn.xml import CELL_MAX_CHARACTERS


@dataclass(frozen=True)
class Place:
    """Where the reader is: file, namespace, decision, row (1-based) and column, and the names known there."""

    file: str
    space: str
    names: Names = field(default_factory=Names)
    decision: str = ""
    row: int | None = None
    column: str = ""
    parsed: dict[str, Cell] = field(default_factory=dict)  # cells of these names, by text

    def at(self, row: int | None = None, column: str = "") -> "Place":
        """The same decision at a row and column."""
        return replace(self, row=row, column=column)

    def inside(self, decision: str, names: Names) -> "Place":
        """Within a decision or function, with the names it may use."""
        return replace(self, decision=decision, names=names, row=None, column="", parsed={})

    def naming(self, names: Names) -> "Place":
        """The same place with other names."""
        return replace(self, names=names, parsed={})

    def fail(self, problem: str, expected: str) -> ModelError:
        """The error of this place."""
        return ModelError(
            problem,
            expected=expected,
            file=self.file,
            decision=self.decision,
            row=self.row,
            column=self.column,
        )

    def children(self, parent: etree._Element, tag: str) -> list[etree._Element]:
        """Children of that name, in order."""
        found: list[etree._Element] = parent.findall(f"{{{self.space}}}{tag}")
        return found

    def some(self, parent: etree._Element, tag: str, most: int) -> list[etree._Element]:
        """Like `children`, but no more than `most` of them."""
        found = self.children(parent, tag)
        if len(found) > most:
            raise self.fail(f"it holds {len(found):,} elements {tag!r}", f"at most {most:,}")
        return found

    def child(self, parent: etree._Element, tag: str) -> etree._Element | None:
        """The first child of that name."""
        return parent.find(f"{{{self.space}}}{tag}")

    def own(self, parent: etree._Element) -> Iterator[tuple[str, etree._Element]]:
        """Every child that is of DMN, with its name."""
        for element in parent:
            name = etree.QName(element)
            if name.namespace == self.space:
                yield name.localname, element

    def text(self, parent: etree._Element | None) -> str:
        """The content of the `text` child, or nothing."""
        if parent is None:
            return ""
        return (parent.findtext(f"{{{self.space}}}text") or "").strip()

    def tests(self, text: str) -> Cell:
        """Unary tests; each text is parsed once."""
        if text not in self.parsed:
            self._check_length(text)
            try:
                self.parsed[text] = parse_tests(text, self.names)
            except CellError as error:
                raise self.fail(error.problem, error.expected) from None
        return self.parsed[text]

    def output(self, text: str) -> Value | Formula:
        """A literal or an expression."""
        self._check_length(text)
        try:
            return parse_output(text, self.names)
        except CellError as error:
            raise self.fail(error.problem, error.expected) from None

    def formula(self, text: str) -> Formula:
        """A boxed expression: unlike a cell, which is refused for it, it may name a date that does not exist."""
        self._check_length(text)
        if not text:
            raise self.fail("the expression is empty", OUTPUT_EXPECTED)
        try:
            return Formula.of(text, self.names, null_dates=True)
        except CellError as error:
            raise self.fail(error.problem, error.expected) from None

    def listed(self, cell: Cell) -> tuple[Value, ...]:
        """The values a cell lists; nothing when it asks for intervals, expressions or all but some."""
        listed = tuple(test for test in cell.tests if not isinstance(test, Span))
        return listed if len(listed) == len(cell.tests) and not cell.negated else ()

    def _check_length(self, text: str) -> None:
        if len(text) > CELL_MAX_CHARACTERS:
            raise self.fail(
                f"a cell of {len(text):,} characters", f"at most {CELL_MAX_CHARACTERS:,}"
            )
