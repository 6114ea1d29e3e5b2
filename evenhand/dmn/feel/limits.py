"""How long, how deep and how precise a text may be."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import TypeVar

from evenhand.dmn.feel.calls import Builtin
from evenhand.dmn.feel.errors import FeelError
from evenhand.dmn.feel.nodes import Literal
from evenhand.dmn.feel.tokens import shortened
from evenhand.dmn.numbers import DIGITS_MAX

TEXT_MAX_CHARACTERS = 20_000
NESTING_MAX = 40  # brackets and words within each other
LOOPS_MAX = 8  # variables of one `for`, `some` or `every`
ENTRIES_MAX = 200  # of one context; each sees those before it
HEIGHT_MAX = 120  # of the tree; a chain of operators is as high as it is long
N = TypeVar("N")


def low(*roots: N) -> N:
    """The first root again; raise FeelError when some tree is too high to be walked."""
    level: list[object] = list(roots)
    height = 0
    while level:
        height += 1
        if height > HEIGHT_MAX:
            raise FeelError(f"is nested too deeply, more than {HEIGHT_MAX} levels")
        level = [part for node in level for part in _parts(node)]
    return roots[0]


def _parts(node: object) -> Iterator[object]:
    if isinstance(node, tuple):
        yield from node
    elif is_dataclass(node) and not isinstance(node, Literal | Builtin):
        for field in fields(node):
            part = getattr(node, field.name)
            if isinstance(part, tuple) or is_dataclass(part):
                yield part


def number(text: str) -> Decimal:
    """The number a literal stands for; raise FeelError when it is longer than FEEL's own numbers."""
    found = Decimal(text)
    if len(found.as_tuple().digits) > DIGITS_MAX or abs(found.adjusted()) > DIGITS_MAX:
        raise FeelError(f"{shortened(text)} has too many digits, more than {DIGITS_MAX}")
    return found or Decimal(0)
