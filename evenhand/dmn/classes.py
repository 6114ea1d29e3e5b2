"""One column of a table cut into classes: values that pass exactly the same cells.

Numbers and other ordered values are cut at every bound a cell names; a bound is a piece of its own, so open and closed
ends are told apart. Strings are the named ones and any other. Null is a piece of its own.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import reduce
from itertools import pairwise
from operator import and_
from typing import Any

from evenhand.dmn.boxes import Bits, members
from evenhand.dmn.cells import Cell, Scalar, Span, Value, kind_of
from evenhand.dmn.findings import Side
from evenhand.dmn.numbers import EXACT


@dataclass(frozen=True, slots=True)
class Domain:
    """What is known of an input before any table is read: by default nothing, so any value or null.

    A value that may occur passes each of `limits`.
    """

    limits: tuple[Cell, ...] = ()
    whole: bool = False  # numbers without a fraction
    nullable: bool = True


ANY_DOMAIN = Domain()


@dataclass(frozen=True, slots=True)
class Piece:
    """A smallest part of a column: one value, an interval, any string not named, or null. `sample` lies in it."""

    sample: Value
    span: Span | None = None
    other: bool = False


class Unclassed(Exception):
    """A column whose values cannot be cut into classes."""


class Classes:
    """The classes of one input of a table.

    `cells` are what each rule asks of it (several where the input stands in several columns); None asks for anything.
    `passing` is, per class, the bitset of rules that let it pass.
    """

    def __init__(
        self, name: str, kind: str, cells: Sequence[Sequence[Cell]], domain: Domain
    ) -> None:
        self.name = name
        self._pieces = list(_pieces(kind, [cell for row in cells for cell in row], domain)) or [
            Piece("?", other=True)  # nothing may occur: one value that no cell passes
        ]
        classes: dict[Bits, Bits] = {}
        for at, rules in enumerate(_passing(self._pieces, cells)):
            classes[rules] = classes.get(rules, 0) | 1 << at
        self.passing = list(classes)
        self._members = list(classes.values())

    def samples(self) -> tuple[Value, ...]:
        """A value of every piece; for tests that try all of them."""
        return tuple(piece.sample for piece in self._pieces)

    def sample(self, bits: Bits) -> Value:
        """A value of these classes, the plainest there is: not null and not unheard-of where it can be helped."""
        pieces = [self._pieces[at] for at in members(self._inside(bits))]
        return min(pieces, key=_strangeness).sample

    def side(self, bits: Bits) -> Side | None:
        """These classes as one side of a box; None when they are everything."""
        inside = self._inside(bits)
        if inside == (1 << len(self._pieces)) - 1:
            return None
        tests: list[Span | Scalar] = []
        null = other = False
        runs: list[list[int]] = []
        for at in members(inside):
            piece = self._pieces[at]
            null |= piece.sample is None
            other |= piece.other
            if piece.span is not None:
                if runs and runs[-1][-1] == at - 1:
                    runs[-1].append(at)
                else:
                    runs.append([at])
            elif piece.sample is not None and not piece.other:
                tests.append(piece.sample)
        if other:
            outside = [p for at, p in enumerate(self._pieces) if not inside >> at & 1]
            excepted = tuple(p.sample for p in outside if p.sample is not None)
            return Side(self.name, excepted, negated=True, null=null)
        tests.extend(self._joined(run) for run in runs)
        return Side(self.name, tuple(tests), null=null)

    def _inside(self, bits: Bits) -> Bits:
        return sum(self._members[at] for at in members(bits))

    def _joined(self, run: Sequence[int]) -> Span | Scalar:
        first, last = self._pieces[run[0]].span, self._pieces[run[-1]].span
        assert first is not None
        assert last is not None
        if first.low is not None and first.low == last.high:
            low: Scalar = first.low
            return low
        return Span(first.low, first.low_closed, last.high, last.high_closed)


def _strangeness(piece: Piece) -> int:
    if piece.sample is None:
        return 3
    if piece.other:
        return 2
    return 1 if piece.span is not None and piece.span.low is None else 0


def _passing(pieces: Sequence[Piece], cells: Sequence[Sequence[Cell]]) -> list[Bits]:
    """Per piece the bitset of rules that let it pass; each different cell is placed once."""
    rules_of: dict[tuple[Cell, ...], Bits] = {}
    for rule, row in enumerate(cells):
        asked = tuple(cell for cell in row if cell.tests)
        rules_of[asked] = rules_of.get(asked, 0) | 1 << rule
    places = _Places(pieces)
    passing = [rules_of.pop((), 0)] * len(pieces)
    for asked, rules in rules_of.items():
        for at in members(reduce(and_, map(places.of_cell, asked))):
            passing[at] |= rules
    return passing


class _Places:
    """Which pieces a cell lets pass, by search instead of by asking every piece."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._all = (1 << len(pieces)) - 1
        self._null = sum(1 << at for at, piece in enumerate(pieces) if piece.sample is None)
        self._ordered = [piece.sample for piece in pieces if piece.span is not None]
        self._named = {
            (type(piece.sample), piece.sample): 1 << at
            for at, piece in enumerate(pieces)
            if piece.span is None and not piece.other
        }

    def of_cell(self, cell: Cell) -> Bits:
        """The pieces that pass a cell; null as the cell tells it."""
        found = 0
        for test in cell.tests:
            found |= self._of_test(test)
        if cell.negated:
            found = self._all & ~found
        found &= ~self._null
        return found | self._null if self._null and cell.passes(None) else found

    def _of_test(self, test: Span | Scalar) -> Bits:
        if not isinstance(test, Span):
            if not self._ordered:
                return self._named.get((type(test), test), 0)
            test = Span(test, True, test, True)
        samples: list[Any] = self._ordered
        first, end = 0, len(samples)
        if test.low is not None:
            first = (bisect_left if test.low_closed else bisect_right)(samples, test.low)
        if test.high is not None:
            end = (bisect_right if test.high_closed else bisect_left)(samples, test.high)
        return (1 << end) - (1 << first) if first < end else 0


def _pieces(kind: str, cells: Iterable[Cell], domain: Domain) -> Iterator[Piece]:
    asked = [cell for cell in (*dict.fromkeys(cells), *domain.limits) if cell.tests]
    for piece in _values(kind, asked, domain):
        if all(limit.passes(piece.sample) for limit in domain.limits):
            yield piece
    if domain.nullable:
        yield Piece(None)


def _values(kind: str, cells: Sequence[Cell], domain: Domain) -> Iterator[Piece]:
    tests = [test for cell in cells for test in cell.tests]
    if kind == "":
        if not tests:
            yield Piece("?", other=True)
            return
        kind = _kind_of_tests(tests)
    if kind == "boolean":
        yield from (Piece(True), Piece(False))
    elif kind == "string":
        if any(isinstance(test, Span) for test in tests):
            raise Unclassed  # strings between strings are without number
        named = sorted({test for test in tests if isinstance(test, str)})
        yield from (Piece(name) for name in dict.fromkeys([*_listed(domain), *named]))
        yield Piece(_unheard_of(named), other=True)
    else:
        yield from _ordered(kind, tests, domain.whole)


def _kind_of_tests(tests: Sequence[Span | Value]) -> str:
    first = tests[0]
    if isinstance(first, Span):
        return kind_of(next(bound for bound in (first.low, first.high) if bound is not None))
    assert first is not None
    return kind_of(first)


def _listed(domain: Domain) -> Iterator[str]:
    """The strings of the limits, in the order these give them."""
    for limit in domain.limits:
        yield from (test for test in limit.tests if isinstance(test, str))


def _unheard_of(named: Sequence[str]) -> str:
    """A string that no cell names."""
    text = "ANY_OTHER"
    while text in named:
        text += "_"
    return text


def _ordered(kind: str, tests: Sequence[Span | Value], whole: bool) -> Iterator[Piece]:
    """Every bound as a piece, and what lies before, between and behind them."""
    bounds: set[Any] = set()
    for test in tests:
        bounds.update({test.low, test.high} if isinstance(test, Span) else {test})
    scale = _SCALES.get(kind)
    if scale is None:
        if bounds:
            raise Unclassed
        yield Piece("?", other=True)
        return
    if any(kind_of(bound) != kind for bound in bounds - {None}):
        raise Unclassed
    cuts: list[Any] = [None, *sorted(bounds - {None}), None]
    for low, high in pairwise(cuts):
        between = Span(low, False, high, False)
        if whole or scale.whole:
            between = scale.closed(between)
        if _inhabited(between):
            yield Piece(scale.sample(between), between)
        if high is not None and not (whole and high != scale.floor(high)):
            yield Piece(high, Span(high, True, high, True))


def _inhabited(span: Span) -> bool:
    if span.low is None or span.high is None:
        return True
    return span.low < span.high or (span.low == span.high and span.low_closed and span.high_closed)


class _Numbers:
    """Numbers, exactly."""

    whole = False

    def floor(self, number: Decimal) -> Decimal:
        return number.to_integral_value(ROUND_FLOOR, EXACT)

    def closed(self, span: Span) -> Span:
        """The whole numbers of an open interval, as a closed one."""
        low, high = span.low, span.high
        if low is not None:
            low = EXACT.add(self.floor(low), Decimal(1))
        if high is not None:
            ceiling = high.to_integral_value(ROUND_CEILING, EXACT)
            high = EXACT.subtract(ceiling, Decimal(1))
        return Span(low, low is not None, high, high is not None)

    def sample(self, span: Span) -> Decimal:
        """Zero or a whole number where the interval has one."""
        if _within(Decimal(0), span):
            return Decimal(0)
        whole = self.closed(span) if not (span.low_closed or span.high_closed) else span
        if _inhabited(whole):
            found: Decimal | None = whole.high if whole.low is None else whole.low
            assert found is not None
            return found
        assert span.low is not None
        assert span.high is not None
        return EXACT.divide(EXACT.add(span.low, span.high), Decimal(2))


class _Dates:
    """Dates: days follow each other without anything between."""

    whole = True
    _day = dt.timedelta(days=1)

    def floor(self, date: Any) -> Any:
        return date

    def closed(self, span: Span) -> Span:
        """The days of an open interval, as a closed one."""
        low: Any = span.low if span.low is None else span.low + self._day
        high: Any = span.high if span.high is None else span.high - self._day
        return Span(low, low is not None, high, high is not None)

    def sample(self, span: Span) -> Any:
        """The first day of the interval, or its last."""
        return span.low or span.high or dt.date(2026, 1, 1)


_SCALES: Mapping[str, Any] = {"number": _Numbers(), "date": _Dates()}


def _within(value: Any, span: Span) -> bool:
    above = span.low is None or value > span.low or (span.low_closed and value == span.low)
    below = span.high is None or value < span.high or (span.high_closed and value == span.high)
    return above and below
