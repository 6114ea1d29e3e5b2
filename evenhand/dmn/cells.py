"""One cell of a decision table: the S-FEEL unary tests of an input entry, and the literals of an output entry.

Grammar (OMG DMN 1.5, clause 9): ``-`` · ``not(tests)`` · tests parted by commas, each a literal, a comparison with a
number (``< 5``) or an interval of numbers (``[1..30]``, ``(30..60]``, ``]30..60]``). Null passes only ``-``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

Scalar = Decimal | str | bool
Value = Scalar | None

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>-?(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?:[eE][+-]?\d{1,3})?)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<word>[^\W\d]\w*)
      | (?P<sign>\.\.|<=|>=|[<>()\[\],-])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_DIGITS_MAX = 34  # of FEEL, after IEEE 754 decimal128

TESTS_EXPECTED = (
    "`-`, a number, an interval such as [1..30] or (30..60], a comparison such as >= 5, "
    'strings such as "A","B", true, false, or not(…) of these'
)


class CellError(ValueError):
    """A text that is no cell; the caller adds where it stands."""

    def __init__(self, problem: str, expected: str = TESTS_EXPECTED) -> None:
        super().__init__(problem)
        self.problem = problem
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of numbers; a bound of None is open to infinity."""

    low: Decimal | None
    low_closed: bool
    high: Decimal | None
    high_closed: bool

    def holds(self, value: Scalar) -> bool:
        """True when the number lies in the interval; False for a value of another kind."""
        if not isinstance(value, Decimal):
            return False
        if self.low is not None and not (
            value > self.low or (self.low_closed and value == self.low)
        ):
            return False
        return self.high is None or value < self.high or (self.high_closed and value == self.high)

    def __str__(self) -> str:
        if self.low is None:
            return f"{'<=' if self.high_closed else '<'} {_plain(self.high)}"
        if self.high is None:
            return f"{'>=' if self.low_closed else '>'} {_plain(self.low)}"
        left, right = "[" if self.low_closed else "(", "]" if self.high_closed else ")"
        return f"{left}{_plain(self.low)}..{_plain(self.high)}{right}"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one input of one rule must be: any of `tests`, or none of them when `negated`. No tests: anything."""

    tests: tuple[Span | Scalar, ...] = ()
    negated: bool = False

    def passes(self, value: Value) -> bool:
        """True when the value passes. Null passes only an empty cell."""
        if not self.tests:
            return True
        if value is None:
            return False
        return self.negated != any(
            test.holds(value) if isinstance(test, Span) else same(test, value)
            for test in self.tests
        )

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of value the cell asks for: number, string, boolean."""
        return frozenset(
            "number" if isinstance(test, Span) else kind_of(test) for test in self.tests
        )

    def __str__(self) -> str:
        if not self.tests:
            return "-"
        text = ",".join(
            str(test) if isinstance(test, Span) else literal_text(test) for test in self.tests
        )
        return f"not({text})" if self.negated else text


ANYTHING = Cell()


def kind_of(value: Scalar) -> str:
    """The FEEL kind of a value: number, string or boolean."""
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, Decimal) else "string"


def same(one: Scalar, other: Scalar) -> bool:
    """Equality that never takes true for 1."""
    return kind_of(one) == kind_of(other) and one == other


def literal_text(value: Value) -> str:
    """The literal as a modeller writes it, in one canonical form."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _plain(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _plain(number: Decimal | None) -> str:
    assert number is not None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_tests(text: str) -> Cell:
    """Read one input entry; raise CellError when it is not understood."""
    if not text.strip() or text.strip() == "-":
        return ANYTHING
    tokens = _Tokens(text)
    negated = tokens.take_if("not")
    if negated:
        tokens.need("(")
    tests = [_test(tokens)]
    while tokens.take_if(","):
        tests.append(_test(tokens))
    if negated:
        tokens.need(")")
    tokens.end()
    return Cell(tuple(tests), negated)


def parse_literal(text: str) -> Value:
    """Read one output entry: a number, a string, true, false or null; raise CellError otherwise."""
    expected = "one literal: a number, a string in double quotes, true, false or null"
    if not text.strip() or text.strip() == "-":
        raise CellError("the output entry is empty", expected)
    tokens = _Tokens(text, expected)
    value = None if tokens.take_if("null") else _literal(tokens)
    tokens.end()
    return value


class _Tokens:
    """The tokens of one cell, read from left to right."""

    def __init__(self, text: str, expected: str = TESTS_EXPECTED) -> None:
        self.text = text
        self.expected = expected
        self.found = list(self._split(text))
        self.at = 0

    def _split(self, text: str) -> Iterator[tuple[str, str]]:
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise CellError(f"cannot read {text[at:].strip()!r} in {text!r}", self.expected)
            assert match.lastgroup is not None
            yield match.lastgroup, match[match.lastgroup]
            at = match.end()

    def peek(self) -> tuple[str, str]:
        return self.found[self.at] if self.at < len(self.found) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def take_if(self, wanted: str) -> bool:
        kind, text = self.peek()
        if kind == "string" or text != wanted:
            return False
        self.at += 1
        return True

    def need(self, wanted: str) -> None:
        if not self.take_if(wanted):
            raise self.fail()

    def end(self) -> None:
        if self.at < len(self.found):
            raise self.fail()

    def fail(self) -> CellError:
        kind, text = self.peek()
        if kind == "end":
            return CellError(f"{self.text!r} ends too early", self.expected)
        return CellError(f"{text!r} is not understood in {self.text!r}", self.expected)


def _test(tokens: _Tokens) -> Span | Scalar:
    kind, text = tokens.peek()
    if kind == "sign" and text in ("<", "<=", ">", ">="):
        tokens.take()
        bound, closed = _number(tokens), text.endswith("=")
        return (
            Span(None, False, bound, closed)
            if text.startswith("<")
            else Span(bound, closed, None, False)
        )
    if kind == "sign" and text in ("[", "(", "]"):
        return _interval(tokens)
    return _literal(tokens)


def _interval(tokens: _Tokens) -> Span:
    low_closed = tokens.take()[1] == "["
    low = _number(tokens)
    tokens.need("..")
    high = _number(tokens)
    kind, text = tokens.peek()
    if kind != "sign" or text not in ("]", ")", "["):
        raise tokens.fail()
    tokens.take()
    span = Span(low, low_closed, high, text == "]")
    if low > high or (low == high and not (span.low_closed and span.high_closed)):
        raise CellError(
            f"no number lies in the interval {span}", "a lower bound below the upper bound"
        )
    return span


def _number(tokens: _Tokens) -> Decimal:
    kind, text = tokens.peek()
    if kind != "number":
        raise tokens.fail()
    tokens.take()
    number = Decimal(text)
    if len(number.as_tuple().digits) > _DIGITS_MAX or abs(number.adjusted()) > _DIGITS_MAX:
        raise CellError(f"{text} has too many digits", f"at most {_DIGITS_MAX} digits")
    return number or Decimal(0)


def _literal(tokens: _Tokens) -> Scalar:
    kind, text = tokens.peek()
    if kind == "number":
        return _number(tokens)
    if kind == "string":
        tokens.take()
        return _unescape(text[1:-1])
    if kind == "word" and text in ("true", "false"):
        tokens.take()
        return text == "true"
    raise tokens.fail()


def _unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match[1]
        point = int(code[1:], 16) if len(code) > 1 else -1
        if 0 <= point < 0xD800 or 0xDFFF < point < 0x110000:
            return chr(point)
        if code not in _ESCAPES:
            raise CellError(f"\\{code} is no escape of a string", '\\n, \\t, \\", \\\\ or \\uXXXX')
        return _ESCAPES[code]

    return re.sub(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)", one, text, flags=re.DOTALL)
