"""What a bank states in a file of its own, read strictly: a key that is not known, missing or of another kind is
named."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

T = TypeVar("T")


class StatedError(ValueError):
    """What is stated cannot be used; the message names the key and what was expected."""


def table(name: str, kind: type[T], said: Mapping[str, Any]) -> T:
    """A dataclass from a table that states each of its fields: whole numbers, shares as text, rising whole numbers."""
    wanted = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]
    only(name, said, set(wanted))
    found: dict[str, Any] = {}
    for key, type_ in wanted.items():
        if key not in said:
            raise StatedError(f"{name}.{key} is missing")
        found[key] = _value(f"{name}.{key}", type_, said[key])
    return kind(**found)


def whole(name: str, value: Any) -> int:
    """A whole number from 0."""
    if type(value) is not int or value < 0:
        raise StatedError(f"{name} is {value!r}, expected a whole number from 0")
    return value


def share(name: str, value: Any) -> Decimal:
    """A share from 0 to 1, written as text."""
    try:
        found = Decimal(value)
    except (InvalidOperation, TypeError):
        found = Decimal(-1)
    if not isinstance(value, str) or not 0 <= found <= 1:
        raise StatedError(f"{name} is {value!r}, expected a share from 0 to 1 written as text")
    return found


def only(name: str, said: Mapping[str, Any], known: set[str]) -> None:
    """Raise StatedError for a key that is not known."""
    if unknown := sorted(set(said) - known):
        raise StatedError(
            f"{name} has {', '.join(unknown)}, expected only {', '.join(sorted(known))}"
        )


def _value(name: str, type_: Any, value: Any) -> Any:
    if type_ is Decimal:
        return share(name, value)
    if type_ is int:
        return whole(name, value)
    rising = isinstance(value, list) and value and value == sorted(set(value))
    if not rising or not all(type(v) is int and v > 0 for v in value):
        raise StatedError(f"{name} is {value!r}, expected whole numbers above zero that rise")
    return tuple(value)
