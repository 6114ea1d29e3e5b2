"""Expressions and unary tests: from a text to nodes, by precedence climbing. One pass, no going back."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal

from evenhand.dmn.feel import nodes, temporal
from evenhand.dmn.feel.calls import Builtin, BuiltinCall, Call, Definition
from evenhand.dmn.feel.errors import FeelError
from evenhand.dmn.feel.functions import FUNCTIONS
from evenhand.dmn.feel.limits import (
    ENTRIES_MAX,
    LOOPS_MAX,
    NESTING_MAX,
    TEXT_MAX_CHARACTERS,
    low,
    number,
)
from evenhand.dmn.feel.nodes import Literal, Node, Test, Tests
from evenhand.dmn.feel.run import NOWHERE, Run
from evenhand.dmn.feel.tokens import END, KEYWORDS, Names, Token, shortened, tokens, unescaped
from evenhand.dmn.numbers import CONTEXT

_OR, _AND, _COMPARE, _ADD, _MULTIPLY, _POWER, _TIGHTEST = range(1, 8)
_LEVELS = {
    "or": _OR, "and": _AND, "between": _COMPARE, "in": _COMPARE, "instance": _COMPARE,
    "=": _COMPARE, "!=": _COMPARE, "<": _COMPARE, "<=": _COMPARE, ">": _COMPARE, ">=": _COMPARE,
    "+": _ADD, "-": _ADD, "*": _MULTIPLY, "/": _MULTIPLY, "**": _POWER,
}  # fmt: skip
_CONSTANTS: Mapping[str, object] = {"true": True, "false": False, "null": None}
_FOLDED = frozenset({"date", "time", "date and time", "duration"})  # literals in the guise of calls
_MEMBERS = Names(
    members=["time offset"]
)  # of times; the other parts of dates and durations are single words
_BUILTINS = Names(FUNCTIONS)


def expression(text: str, names: Names, *, null_dates: bool = False) -> Node:
    """Read one expression; raise FeelError when it is none or names what is not in `names`.

    A date that does not exist, such as date("2026-02-30"), is refused; with `null_dates` it is null, as the standard
    has it.
    """
    parser = _Parser(text, names)
    parser.null_dates = null_dates
    node = parser.expression()
    parser.end()
    return low(node)


def unary_tests(text: str, names: Names) -> Tests:
    """Read one input entry. `-` and nothing are no tests, which any value passes."""
    parser = _Parser(text, names)
    if not parser.found or (len(parser.found) == 1 and parser.peek().is_("-")):
        return Tests(())
    tests = parser.tests()
    parser.end()
    low(*tests.tests)
    return tests


class _Parser:
    """Reads the tokens of one text from left to right."""

    def __init__(self, text: str, names: Names) -> None:
        if len(text) > TEXT_MAX_CHARACTERS:
            raise FeelError(f"has {len(text):,} characters, more than {TEXT_MAX_CHARACTERS:,}")
        self.text = text
        self.found = tokens(text)
        self.at = 0
        self.names = names
        self.depth = 0
        self.null_dates = False
        self.tested = False  # whether `?` was named since this was last cleared

    def peek(self, ahead: int = 0) -> Token:
        at = self.at + ahead
        return self.found[at] if at < len(self.found) else END

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def take_if(self, *texts: str) -> bool:
        if not self.peek().is_(*texts):
            return False
        self.at += 1
        return True

    def need(self, text: str) -> None:
        if not self.take_if(text):
            raise self.fail()

    def end(self) -> None:
        if self.at < len(self.found):
            raise self.fail()

    def fail(self) -> FeelError:
        whole = shortened(self.text.strip())
        token = self.peek()
        if token.kind == "end":
            return FeelError(f"{whole!r} ends too early")
        return FeelError(f"{shortened(token.text)!r} is not understood in {whole!r}")

    @contextmanager
    def deeper(self) -> Iterator[None]:
        self.depth += 1
        if self.depth > NESTING_MAX:
            raise FeelError(f"is nested too deeply, more than {NESTING_MAX} levels")
        yield
        self.depth -= 1

    @contextmanager
    def naming(self, names: Names) -> Iterator[None]:
        before, self.names = self.names, names
        yield
        self.names = before

    # Unary tests

    def tests(self) -> Tests:
        if self.peek().is_("not") and self.peek(1).is_("("):
            self.at += 2
            tests = self.some_tests()
            self.need(")")
            return Tests(tests, negated=True)
        return Tests(self.some_tests())

    def some_tests(self) -> tuple[Test, ...]:
        tests = [self.test()]
        while self.take_if(","):
            tests.append(self.test())
        return tuple(tests)

    def test(self) -> Test:
        token = self.peek()
        if token.is_("<", "<=", ">", ">=", "=", "!="):
            self.take()
            operand = self.expression(_COMPARE)
            if token.text in ("=", "!="):
                return Test(operand, token.text)
            closed = token.text.endswith("=")
            if token.text.startswith("<"):
                return Test(nodes.Interval(None, False, operand, closed))
            return Test(nodes.Interval(operand, closed, None, False))
        if token.is_("not") and self.peek(1).is_("("):
            raise self.fail()
        before, self.tested = self.tested, False
        node = self.expression()
        test = Test(node, condition=self.tested)
        self.tested = before
        return test

    # Operators

    def expression(self, level: int = 0, filters: bool = True) -> Node:
        with self.deeper():
            left = self.prefix(filters)
            while True:
                token = self.peek()
                binds = _LEVELS.get(token.text, 0) if token.kind in ("word", "sign") else 0
                if binds <= level:
                    return left
                left = self.infix(left, self.take().text, binds, filters)

    def infix(self, left: Node, sign: str, level: int, filters: bool) -> Node:
        if sign == "between":
            low = self.expression(_COMPARE, filters)
            self.need("and")
            return nodes.Between(left, low, self.expression(_COMPARE, filters))
        if sign == "in":
            return nodes.In(left, self.tested_by())
        if sign == "instance":
            self.need("of")
            return nodes.Instance(left, self.kind())
        right = self.expression(level, filters)
        if sign in ("and", "or"):
            return nodes.Logic(sign, left, right)
        if level == _COMPARE:
            return nodes.Comparison(sign, left, right)
        return nodes.Arithmetic(sign, left, right)

    def tested_by(self) -> Tests:
        """What stands after `in`: one test, or several in brackets."""
        if not self.peek().is_("("):
            return Tests((self.in_test(),))
        self.take()
        first = self.test()
        if self.take_if(".."):
            if first.sign or isinstance(first.node, nodes.Interval):
                raise self.fail()
            return Tests((Test(self.interval(first.node, False)),))
        tests = [first]
        while self.take_if(","):
            tests.append(self.test())
        self.need(")")
        return Tests(tuple(tests))

    def in_test(self) -> Test:
        if self.peek().is_("<", "<=", ">", ">=", "=", "!="):
            return self.test()
        return Test(self.expression(_COMPARE))

    def kind(self) -> str:
        found = nodes.KIND_NAMES.variable_at(self.found, self.at)
        if found is None:
            raise self.fail()
        self.at += found[1]
        return found[0]

    # Operands

    def prefix(self, filters: bool) -> Node:
        if self.take_if("-"):
            operand = self.expression(_TIGHTEST, filters)
            if isinstance(operand, Literal) and isinstance(operand.held, Decimal):
                return Literal(CONTEXT.minus(operand.held))
            return nodes.Negative(operand)
        token = self.peek()
        special = self._WORDS.get(token.text) if token.kind in ("word", "sign") else None
        node = special(self) if special else self.operand()
        return self.postfix(node, filters)

    def operand(self) -> Node:
        named = self.named()
        if named is not None:
            return named
        token = self.peek()
        if token.kind == "number":
            self.take()
            return Literal(number(token.text))
        if token.kind == "string":
            self.take()
            return Literal(unescaped(token.text[1:-1]))
        if token.kind == "word" and token.text in _CONSTANTS:
            self.take()
            return Literal(_CONSTANTS[token.text])
        if token.is_("?"):
            self.take()
            self.tested = True
            return nodes.Name(nodes.TESTED)
        raise self.fail()

    def named(self) -> Node | None:
        """A variable or a call of a built-in function, whichever is longer."""
        variable = self.names.variable_at(self.found, self.at)
        builtin = _BUILTINS.variable_at(self.found, self.at)
        if builtin and self.peek(builtin[1]).is_("("):
            own = variable is not None and variable[0] in self.names.functions
            if (
                variable is None
                or builtin[1] > variable[1]
                or (not own and builtin[1] == variable[1])
            ):
                self.at += builtin[1]
                return self.builtin(FUNCTIONS[builtin[0]])
        if variable is None:
            return None
        self.at += variable[1]
        return nodes.Name(variable[0])

    def postfix(self, node: Node, filters: bool) -> Node:
        while True:
            if self.take_if("."):
                node = nodes.Path(node, self.member())
            elif filters and self.peek().is_("["):
                self.take()
                with self.naming(self.names.filtering):
                    node = nodes.Filter(node, self.expression())
                self.need("]")
            elif self.peek().is_("(") and isinstance(node, nodes.Name | nodes.Path | Call):
                node = self.call(node)
            else:
                return node

    def member(self) -> str:
        listed = (names.member_at(self.found, self.at) for names in (self.names, _MEMBERS))
        found = max((one for one in listed if one), key=lambda one: one[1], default=None)
        if found is None and self.peek().kind == "word":
            found = self.peek().text, 1
        if found is None:
            raise self.fail()
        self.at += found[1]
        return found[0]

    # Calls

    def arguments(self) -> tuple[list[Node], list[str]]:
        """The arguments within brackets, and their names when they are given by name."""
        self.need("(")
        given: list[Node] = []
        names: list[str] = []
        while not self.take_if(")"):
            if given:
                self.need(",")
            name = self.name_before(":")
            if given and bool(names) != (name is not None):
                raise self.fail()
            names += [] if name is None else [name]
            given.append(self.expression())
        return given, names

    def name_before(self, sign: str) -> str | None:
        """Words up to the sign, which is taken too; None, and nothing taken, when something else stands here."""
        ahead = 0
        while self.peek(ahead).kind == "word" and not self.peek(ahead).is_(sign):
            ahead += 1
        if not ahead or not self.peek(ahead).is_(sign):
            return None
        name = " ".join(token.text for token in self.found[self.at : self.at + ahead])
        self.at += ahead + 1
        return name

    def call(self, function: Node) -> Node:
        given, names = self.arguments()
        if isinstance(function, nodes.Name) and function.name in self.names.functions:
            parameters = self.names.functions[function.name]
            fits = set(names) == set(parameters) if names else len(given) == len(parameters)
            if not fits or len(given) != len(parameters):
                wanted = ", ".join(parameters)
                raise FeelError(f"{function.name!r} takes the arguments ({wanted})")
        return Call(function, tuple(given), tuple(names))

    def builtin(self, function: Builtin) -> Node:
        given, names = self.arguments()
        if names:
            by_name = dict(zip(names, given, strict=True))
            ordered = [by_name.pop(name, None) for name in function.parameters]
            if by_name or len(names) != len(set(names)):
                raise self.misfit(function)
        else:
            missing = max(len(function.parameters) - len(given), 0)
            ordered = [*given, *([None] * missing)]
            if function.variadic:
                ordered = list(given)
        if not function.variadic and len(ordered) > len(function.parameters):
            raise self.misfit(function)
        if len(ordered) < function.needed or None in ordered[: function.needed]:
            raise self.misfit(function)
        return _folded(BuiltinCall(function, tuple(ordered)), self.null_dates)

    def misfit(self, function: Builtin) -> FeelError:
        return FeelError(
            f"{function.name!r} takes the arguments ({', '.join(function.parameters)})"
        )

    # Brackets

    def round_bracket(self) -> Node:
        self.take()
        node = self.expression()
        if self.take_if(".."):
            return self.interval(node, False)
        self.need(")")
        return node

    def square_bracket(self) -> Node:
        self.take()
        items: list[Node] = []
        while not self.take_if("]"):
            if items:
                self.need(",")
            items.append(self.expression())
            if len(items) == 1 and self.take_if(".."):
                return self.interval(items[0], True)
        return nodes.List(tuple(items))

    def open_bracket(self) -> Node:
        self.take()
        low = self.expression()
        self.need("..")
        return self.interval(low, False)

    def interval(self, low: Node, low_closed: bool) -> Node:
        high = self.expression(filters=False)
        closing = self.take()
        if not closing.is_("]", ")", "["):
            self.at -= 1
            raise self.fail()
        return nodes.Interval(low, low_closed, high, closing.text == "]")

    def curly_bracket(self) -> Node:
        self.take()
        entries: list[tuple[str, Node]] = []
        names = self.names
        while not self.take_if("}"):
            if entries:
                self.need(",")
            key = self.name_before(":") if self.peek().kind == "word" else self.string_key()
            if key is None or key in [name for name, _ in entries]:
                raise self.fail()
            with self.naming(names):
                entries.append((key, self.expression()))
            if len(entries) > ENTRIES_MAX:
                raise FeelError(f"has a context of more than {ENTRIES_MAX} entries")
            names = names.also([key], [key])
        self.names = self.names.also((), [key for key, _ in entries])
        return nodes.Context(tuple(entries))

    def string_key(self) -> str | None:
        if self.peek().kind != "string" or not self.peek(1).is_(":"):
            return None
        key = unescaped(self.take().text[1:-1])
        self.take()
        return key

    def at_literal(self) -> Node:
        self.take()
        if self.peek().kind != "string":
            raise self.fail()
        text = unescaped(self.take().text[1:-1])
        held = temporal.any_of(text)
        if held is None:
            raise FeelError(f"{shortened(text)!r} is no date, time or duration")
        return Literal(held)

    # Words

    def conditional(self) -> Node:
        self.take()
        test = self.expression()
        self.need("then")
        yes = self.expression()
        self.need("else")
        return nodes.If(test, yes, self.expression())

    def loops(self) -> tuple[tuple[nodes.Loop, ...], Names]:
        found: list[nodes.Loop] = []
        names = self.names
        while not found or self.take_if(","):
            name = self.name_before("in")
            if name is None:
                raise self.fail()
            with self.naming(names):
                start = self.expression()
                end = self.expression() if self.take_if("..") else None
            found.append(nodes.Loop(name, start, end))
            if len(found) > LOOPS_MAX:
                raise FeelError(f"has more than {LOOPS_MAX} loops within each other")
            names = names.also([name])
        return tuple(found), names

    def loop(self) -> Node:
        self.take()
        loops, names = self.loops()
        self.need("return")
        with self.naming(names):
            return nodes.For(loops, self.expression())

    def quantified(self) -> Node:
        sign = self.take().text
        loops, names = self.loops()
        self.need("satisfies")
        with self.naming(names):
            return nodes.Quantified(sign, loops, self.expression())

    def definition(self) -> Node:
        self.take()
        self.need("(")
        parameters: list[str] = []
        while not self.take_if(")"):
            if parameters:
                self.need(",")
            token = self.take()
            if token.kind != "word" or token.text in KEYWORDS:
                raise self.fail()
            parameters.append(token.text)
        with self.naming(self.names.also(parameters)):
            return Definition(tuple(parameters), self.expression())

    _WORDS: Mapping[str, Callable[["_Parser"], Node]] = {
        "(": round_bracket,
        "[": square_bracket,
        "]": open_bracket,
        "{": curly_bracket,
        "@": at_literal,
        "if": conditional,
        "for": loop,
        "some": quantified,
        "every": quantified,
        "function": definition,
    }


def _folded(call: BuiltinCall, null_dates: bool) -> Node:
    """A date, time or duration written as a call is as good as a literal."""
    name = call.function.name
    if name not in _FOLDED or not all(isinstance(a, Literal | None) for a in call.arguments):
        return call
    if not isinstance(call.arguments[0], Literal) or call.arguments[0].held is None:
        return call
    held = call.value(Run(), NOWHERE)
    if held is None and null_dates:
        return call
    if held is None:
        written = ", ".join(str(a.held) for a in call.arguments if isinstance(a, Literal))
        raise FeelError(f"{name}({shortened(written)!r}) is no {name}")
    return Literal(held)
