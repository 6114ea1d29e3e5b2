"""One cell of a decision table: the unary tests of an input entry, and the value or expression of an output entry.

Grammar (OMG DMN 1.5, chapters 7 and 10): ``-`` · ``not(tests)`` · tests parted by commas, each a literal, a
comparison (``< 5``), an interval (``[1..30]``, ``(30..60]``, ``]30..60]``) or any other expression of FEEL.

A cell is *plain* when its tests are literals and intervals of literals; only plain cells can be compiled and checked
for gaps. Null is told as the standard tells it, by equality and three-valued logic: it passes ``-``, and ``not("A")``
since null is not "A"; it passes neither a literal, nor an interval, nor ``not([1..5])``, since null has no order (the
test is null, and so is its negation). ``null`` itself is a test that is not plain.
"""

from dataclasses import dataclass, field

from evenhand.dmn.feel.errors import FeelError
from evenhand.dmn.feel.nodes import TESTED, Interval, Literal, Node, Test
from evenhand.dmn.feel.parse import expression, unary_tests
from evenhand.dmn.feel.run import NOWHERE, Run, Scope
from evenhand.dmn.feel.tokens import Names, tokens
from evenhand.dmn.values import (
    Scalar,
    Span,
    Value,
    YearsMonths,
    kind_of,
    literal_text,
    same,
)

__all__ = [
    "ANYTHING",
    "Cell",
    "CellError",
    "Formula",
    "Scalar",
    "Span",
    "Value",
    "YearsMonths",
    "kind_of",
    "literal_text",
    "parse_literal",
    "parse_output",
    "parse_tests",
    "same",
]

TESTS_EXPECTED = (
    "`-`, a number, an interval such as [1..30] or (30..60], a comparison such as >= 5, "
    'strings such as "A","B", true, false, not(…) of these, or an expression of known names'
)
OUTPUT_EXPECTED = (
    "a number, a string in double quotes, true, false, null, or an expression of known names"
)
LITERAL_EXPECTED = "one literal: a number, a string in double quotes, true, false or null"
NO_NAMES = Names()


class CellError(ValueError):
    """A text that is no cell; the caller adds where it stands."""

    def __init__(self, problem: str, expected: str = TESTS_EXPECTED) -> None:
        super().__init__(problem)
        self.problem = problem
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression as it was written. Two are equal when they are written alike, spaces aside."""

    text: str = field(compare=False)
    canonical: str
    node: Node = field(compare=False, repr=False)

    @classmethod
    def of(cls, text: str, names: Names, *, null_dates: bool = False) -> "Formula":
        """Read an expression; raise CellError when it is none. `null_dates` is that of `feel.parse.expression`."""
        try:
            node = expression(text, names, null_dates=null_dates)
            return cls(text.strip(), canonical(text), node)
        except FeelError as error:
            raise CellError(str(error), OUTPUT_EXPECTED) from None

    def value(self, run: Run, scope: Scope) -> object:
        """The FEEL value in a scope; None is null."""
        return self.node.value(run, scope)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Cell:
    """What one input of one rule must be: any of `tests`, or none of them when `negated`. No tests: anything.

    Where `formula` is given it stands for all of that: tests that ask for expressions, or for null.
    """

    tests: tuple[Span | Scalar, ...] = ()
    negated: bool = False
    formula: Formula | None = None

    @property
    def plain(self) -> bool:
        """True when `tests` and `negated` say all there is to say."""
        return self.formula is None

    def passes(self, value: object, run: Run | None = None, scope: Scope = NOWHERE) -> bool:
        """True when the value passes. The run and the scope are for cells that are not plain."""
        if self.formula is not None:
            asked = Scope({TESTED: value}, scope)
            return self.formula.value(Run() if run is None else run, asked) is True
        if not self.tests:
            return True
        if value is None:
            return self.negated and not any(isinstance(test, Span) for test in self.tests)
        for test in self.tests:
            if test.holds(value) if isinstance(test, Span) else same(test, value):
                return not self.negated
        return self.negated

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of value the tests ask for; none where the cell is not plain."""
        return frozenset(
            test.kind if isinstance(test, Span) else kind_of(test) for test in self.tests
        )

    def __str__(self) -> str:
        if self.formula is not None:
            return self.formula.canonical
        if not self.tests:
            return "-"
        text = ",".join(map(literal_text, self.tests))
        return f"not({text})" if self.negated else text


ANYTHING = Cell()


def parse_tests(text: str, names: Names = NO_NAMES) -> Cell:
    """Read one input entry; raise CellError when it is not understood or speaks of what is not in `names`."""
    try:
        found = unary_tests(text, names)
        plain = [_plain(test) for test in found.tests]
        tests = tuple(test for test in plain if test is not None)
        if len(tests) == len(plain):
            return Cell(tests, found.negated) if tests else ANYTHING
        return Cell(formula=Formula(text.strip(), canonical(text), found))
    except FeelError as error:
        raise CellError(str(error)) from None


def parse_output(text: str, names: Names = NO_NAMES) -> Value | Formula:
    """Read one output entry; raise CellError when it is not understood."""
    if not text.strip() or text.strip() == "-":
        raise CellError("the output entry is empty", OUTPUT_EXPECTED)
    found = Formula.of(text, names)
    return found.node.held if isinstance(found.node, Literal) else found  # type: ignore[return-value]


def parse_literal(text: str) -> Value:
    """Read one literal; raise CellError when it is anything else."""
    found = parse_output(text)
    if isinstance(found, Formula):
        raise CellError(f"{text!r} is no literal", LITERAL_EXPECTED)
    return found


def canonical(text: str) -> str:
    """The tokens of a text, parted by single spaces, so that layout makes no difference."""
    return " ".join(token.text for token in tokens(text))


def _plain(test: Test) -> Span | Scalar | None:
    """A test that a plain cell can hold; None for any other."""
    node = test.node
    if test.sign == "!=" or test.condition:
        return None
    if isinstance(node, Literal):
        return node.held  # type: ignore[return-value]
    if not isinstance(node, Interval) or not all(
        isinstance(end, Literal | None) for end in (node.low, node.high)
    ):
        return None
    span = node.value(Run(), NOWHERE)
    if not isinstance(span, Span):
        raise CellError("the bounds of an interval are of no kind that has an order, or of two")
    if span.empty:
        raise CellError(
            f"no value lies in the interval {span}", "a lower bound below the upper bound"
        )
    return span
