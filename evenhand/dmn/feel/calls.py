"""Functions as values, and their calls: built-in ones, and those a model defines."""

from collections.abc import Callable
from dataclasses import dataclass

from evenhand.dmn.feel.nodes import Node
from evenhand.dmn.feel.run import NOWHERE, Run, Scope

Convert = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function of the standard. `parameters` beyond `needed` may be left out; `variadic` takes any number."""

    name: str
    parameters: tuple[str, ...]
    needed: int
    call: Callable[..., object]
    variadic: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Function:
    """A function of the model: a businessKnowledgeModel or a `function(…)` expression, with the scope it was made in.

    `fits` makes each argument the kind its parameter asks for, or null; `answers` does so for the value.
    """

    parameters: tuple[str, ...]
    body: Node
    scope: Scope = NOWHERE
    fits: tuple[Convert, ...] = ()
    answers: Convert | None = None

    def __repr__(self) -> str:
        return f"function({', '.join(self.parameters)})"

    def call(self, run: Run, arguments: tuple[object, ...]) -> object:
        """The value of the body with these arguments; None when their number is wrong."""
        if len(arguments) != len(self.parameters):
            return None
        if self.fits:
            arguments = tuple(fit(one) for fit, one in zip(self.fits, arguments, strict=True))
        run.enter()
        names = dict(zip(self.parameters, arguments, strict=True))
        found = self.body.value(run, Scope(names, self.scope))
        run.leave()
        return found if self.answers is None else self.answers(found)


@dataclass(frozen=True, slots=True)
class BuiltinCall(Node):
    """A call of a built-in function, its arguments in the order of the parameters; None stands for one left out."""

    function: Builtin
    arguments: tuple[Node | None, ...]

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        given = [None if node is None else node.value(run, scope) for node in self.arguments]
        return self.function.call(run, *given)


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call of a function of the model, with arguments in order or by name."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        function = self.function.value(run, scope)
        given = tuple(node.value(run, scope) for node in self.arguments)
        if not isinstance(function, Function):
            return None
        if self.names:
            by_name = dict(zip(self.names, given, strict=True))
            if by_name.keys() != set(function.parameters):
                return None
            given = tuple(by_name[name] for name in function.parameters)
        return function.call(run, given)


@dataclass(frozen=True, slots=True)
class Definition(Node):
    """`function(parameters) body`."""

    parameters: tuple[str, ...]
    body: Node

    def value(self, run: Run, scope: Scope) -> object:
        run.spend()
        return Function(self.parameters, self.body, scope)
