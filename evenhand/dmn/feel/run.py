"""One evaluation: what it may still spend, and the names it sees."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evenhand.dmn.errors import DecisionError

STEPS_MAX = 200_000
CALLS_MAX = 24  # functions calling functions


class Run:
    """The steps one question may take: a node, an item of a list and 64 characters of text each cost one.

    Raises DecisionError when they are used up, so that no table can hang or fill the memory.
    """

    __slots__ = ("calls", "steps")

    def __init__(self, steps: int = STEPS_MAX) -> None:
        self.steps = steps
        self.calls = 0

    def spend(self, steps: int = 1) -> None:
        """Take steps from what is left."""
        self.steps -= steps
        if self.steps < 0:
            raise DecisionError(
                f"an expression takes too many steps; expected at most {STEPS_MAX:,} for one question"
            )

    def enter(self) -> None:
        """Begin the call of a function."""
        self.calls += 1
        if self.calls > CALLS_MAX:
            raise DecisionError(
                f"functions call each other too deeply; expected at most {CALLS_MAX} calls"
            )

    def leave(self) -> None:
        """End the call of a function."""
        self.calls -= 1


@dataclass(frozen=True, slots=True)
class Scope:
    """Names and their values; what is not here is asked of the scope around it, at last of `otherwise`.

    `otherwise` answers names that are worked out when asked for, and raises DecisionError for those it lacks.
    """

    names: Mapping[str, object]
    outer: "Scope | None" = None
    otherwise: Callable[[str], object] | None = None

    def get(self, name: str) -> object:
        """The value of a name; None where nobody has it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            if scope.otherwise is not None:
                return scope.otherwise(name)
            scope = scope.outer
        return None


NOWHERE = Scope({})
