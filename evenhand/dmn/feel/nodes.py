"""Expressions as small frozen trees. Every node answers `value(run, scope)` and spends a step for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from evenhand.dmn.feel import operators, temporal
from evenhand.dmn.feel.run import Run, Scope
from evenhand.dmn.feel.tokens import Names
from evenhand.dmn.values import (
    BOOLEAN,
    BOUNDS,
    CONTEXT,
    DATE,
    DATE_TIME,
    DAYS,
    LIST,
    MONTHS,
    NUMBER,
    STRING,
    TIME,
    Span,
    kind_of,
)

TESTED = "?"  # the value a unary test is put to
KIND_NAMES = Names(
    (NUMBER, STRING, BOOLEAN, DATE, TIME, DATE_TIME, DAYS, MONTHS, LIST, CONTEXT, "Any")
)


class Node:
    """Anything that has a value in a scope."""

    __slots__ = ()

    def value(self, run: Run, scope: Scope, /) -> object:
        """The FEEL value; None is null. Raises DecisionError when the run's steps are used up."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, string, date and so on as it stands."""

    held: object

    def value(self, run: Run, _scope: Scope) -> object:
        run.spend()
        return self.held


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable."""

    name: str

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        return scope.get(self.name)


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`source.name`: an entry of a context, of every context of a list, or a part of a date, time or duration."""

    source: Node
    name: str

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        source = self.source.value(run, scope)
        if isinstance(source, list):
            run.spend(len(source))
            return [_member(one, self.name) for one in source]
        return _member(source, self.name)


def _member(source: object, name: str) -> object:
    return source.get(name) if isinstance(source, dict) else temporal.member(source, name)


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """`-operand`."""

    operand: Node

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        return operators.negative(self.operand.value(run, scope))


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`left sign right` for + - * / **."""

    sign: str
    left: Node
    right: Node

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        found = operators.calculate(
            self.sign, self.left.value(run, scope), self.right.value(run, scope)
        )
        if isinstance(found, str):
            run.spend(len(found) // 64)
        return found


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`left sign right` for = != < <= > >=."""

    sign: str
    left: Node
    right: Node

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        return operators.compare(
            run, self.sign, self.left.value(run, scope), self.right.value(run, scope)
        )


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`left and right` or `left or right`, three-valued; the right side is spared where the left decides."""

    sign: str
    left: Node
    right: Node

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        left = operators.truth_of(self.left.value(run, scope))
        if left is (self.sign == "or"):
            return left
        right = operators.truth_of(self.right.value(run, scope))
        fold = operators.conjunction if self.sign == "and" else operators.disjunction
        return fold([left, right])


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`operand between low and high`, both bounds included."""

    operand: Node
    low: Node
    high: Node

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        operand = self.operand.value(run, scope)
        return operators.conjunction(
            [
                operators.compare(run, ">=", operand, self.low.value(run, scope)),
                operators.compare(run, "<=", operand, self.high.value(run, scope)),
            ]
        )


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """`[low..high]`, or a comparison such as `< 5` in a test, whose other end is None."""

    low: Node | None
    low_closed: bool
    high: Node | None
    high_closed: bool

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        low = None if self.low is None else self.low.value(run, scope)
        high = None if self.high is None else self.high.value(run, scope)
        if (low is None) != (self.low is None) or (high is None) != (self.high is None):
            return None
        ends = [end for end in (low, high) if end is not None]
        if not all(isinstance(end, BOUNDS) and not isinstance(end, bool) for end in ends):
            return None
        if len({kind_of(end) for end in ends}) != 1:
            return None
        return Span(low, self.low_closed, high, self.high_closed)


@dataclass(frozen=True, slots=True)
class Test(Node):
    """One unary test: true when the value of `?` passes.

    An expression that speaks of `?`, or is true or false where `?` is neither, is a condition; any other gives what `?`
    must equal, lie in or be among.
    `sign` is `=` or `!=` where such a comparison was written.
    """

    node: Node
    sign: str = ""
    condition: bool = False

    def value(self, run: Run, scope: Scope) -> bool | None:
        run.spend()
        found = self.node.value(run, scope)
        if self.condition:
            return operators.truth_of(found)
        tested = scope.get(TESTED)
        if self.sign:
            return operators.compare(run, self.sign, tested, found)
        if isinstance(self.node, Interval) and found is None:
            return None
        if isinstance(found, bool) and not isinstance(tested, bool | None):
            return found
        return operators.contains(run, found, tested)


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """Unary tests parted by commas, perhaps within `not(…)`."""

    tests: tuple[Test, ...]
    negated: bool = False

    def value(self, run: Run, scope: Scope) -> bool | None:
        found = operators.disjunction([test.value(run, scope) for test in self.tests])
        return operators.negation(found) if self.negated else found


@dataclass(frozen=True, slots=True)
class In(Node):
    """`operand in tests`."""

    operand: Node
    tests: Tests

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        return self.tests.value(run, Scope({TESTED: self.operand.value(run, scope)}, scope))


@dataclass(frozen=True, slots=True)
class Instance(Node):
    """`operand instance of kind`; null is an instance of nothing."""

    operand: Node
    kind: str

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        operand = self.operand.value(run, scope)
        return operand is not None and self.kind in ("Any", kind_of(operand))


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if test then yes else no`; anything but true takes `no`."""

    test: Node
    yes: Node
    no: Node

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        chosen = self.yes if self.test.value(run, scope) is True else self.no
        return chosen.value(run, scope)


@dataclass(frozen=True, slots=True)
class List(Node):
    """`[items]`."""

    items: tuple[Node, ...]

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        return [item.value(run, scope) for item in self.items]


@dataclass(frozen=True, slots=True)
class Context(Node):
    """Named entries, each seeing those before it; `result`, where there is one, is the value of the whole."""

    entries: tuple[tuple[str, Node], ...]
    result: Node | None = None

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        held: dict[str, object] = {}
        inner = Scope(held, scope)
        for name, node in self.entries:
            held[name] = node.value(run, inner)
        return held if self.result is None else self.result.value(run, inner)


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`source[test]`: the item of that number, or all items for which the test is true."""

    source: Node
    test: Node

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        source = self.source.value(run, scope)
        if source is None:
            return None
        items = source if isinstance(source, list) else [source]
        if isinstance(self.test, Literal | Negative):
            place = self.test.value(run, scope)
            return _item(items, place)
        kept = []
        for item in items:
            run.spend()
            names: dict[str, object] = {"item": item}
            found = self.test.value(
                run, Scope(item | names if isinstance(item, dict) else names, scope)
            )
            if isinstance(found, Decimal):
                return _item(items, found)
            if found is True:
                kept.append(item)
        return kept


def _item(items: list[object], place: object) -> object:
    if not isinstance(place, Decimal) or place != place.to_integral_value():
        return None
    if 1 <= place <= len(items):
        return items[int(place) - 1]
    return items[int(place)] if -len(items) <= place <= -1 else None


@dataclass(frozen=True, slots=True)
class Loop:
    """The variable of `for`, `some` or `every`, and what it runs over: a list, or whole numbers up to `end`."""

    name: str
    start: Node
    end: Node | None

    def items(self, run: Run, scope: Scope) -> Iterator[object] | None:
        """The values one after the other; None when there is nothing to run over."""
        start = self.start.value(run, scope)
        if self.end is None:
            if start is None:
                return None
            return iter(start if isinstance(start, list) else [start])
        end = self.end.value(run, scope)
        if not isinstance(start, Decimal) or not isinstance(end, Decimal):
            return None
        if start != start.to_integral_value() or end != end.to_integral_value():
            return None
        first, last = int(start), int(end)
        step = 1 if first <= last else -1
        return (Decimal(number) for number in range(first, last + step, step))


def _turns(loops: tuple[Loop, ...], run: Run, scope: Scope) -> Iterator[Scope | None]:
    """A scope for every turn of nested loops; None where one of them has nothing to run over."""
    if not loops:
        yield scope
        return
    items = loops[0].items(run, scope)
    if items is None:
        yield None
        return
    for item in items:
        run.spend()
        yield from _turns(loops[1:], run, Scope({loops[0].name: item}, scope))


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for … return body`."""

    loops: tuple[Loop, ...]
    body: Node

    def value(self, run: Run, scope: Scope) -> object:
        results: list[object] = []
        for inner in _turns(self.loops, run, scope):
            if inner is None:
                return None
            results.append(self.body.value(run, inner))
        return results


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`some … satisfies test` or `every … satisfies test`."""

    sign: str
    loops: tuple[Loop, ...]
    test: Node

    def value(self, run: Run, scope: Scope) -> object:
        decides = self.sign == "some"
        unknown = False
        for inner in _turns(self.loops, run, scope):
            if inner is None:
                return None
            found = operators.truth_of(self.test.value(run, inner))
            if found is decides:
                return decides
            unknown = unknown or found is None
        return None if unknown else not decides
