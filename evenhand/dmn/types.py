"""Types of a model (itemDefinitions): a kind, a structure or a list of these, and the values that are allowed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from evenhand.dmn.cells import ANYTHING, Cell
from evenhand.dmn.errors import DecisionError
from evenhand.dmn.values import (
    BOOLEAN,
    CONTEXT,
    DATE,
    DATE_TIME,
    DAYS,
    LIST,
    MONTHS,
    NUMBER,
    STRING,
    TIME,
    Value,
    YearsMonths,
    kind_of,
)

# How DMN 1.1 to 1.5 and the common modellers call the kinds, in lower case.
KINDS: Mapping[str, str] = {
    "number": NUMBER,
    "integer": NUMBER,
    "long": NUMBER,
    "double": NUMBER,
    "string": STRING,
    "boolean": BOOLEAN,
    "date": DATE,
    "time": TIME,
    "datetime": DATE_TIME,
    "date and time": DATE_TIME,
    "daytimeduration": DAYS,
    "days and time duration": DAYS,
    "yearmonthduration": MONTHS,
    "years and months duration": MONTHS,
    "context": CONTEXT,
    "list": LIST,
    "any": "",
}


@dataclass(frozen=True, slots=True)
class Type:
    """What a value may be. A `kind` of "" is any; a structure's `components` are by name; a collection is a list."""

    kind: str = ""
    components: Mapping[str, "Type"] = field(default_factory=dict)
    collection: bool = False
    allowed: tuple[Value, ...] = ()
    limits: Cell = ANYTHING

    @property
    def name(self) -> str:
        """What it is called in an error."""
        one = "structure of " + ", ".join(self.components) if self.components else self.kind
        return f"a list of {one or 'values'}" if self.collection else f"a {one or 'value'}"

    def admits(self, value: object) -> bool:
        """True when the value is of this type; null is of every type."""
        if value is None:
            return True
        if self.collection:
            return isinstance(value, list) and all(self._admits_one(one) for one in value)
        return self._admits_one(value)

    def _admits_one(self, value: object) -> bool:
        if value is None:
            return True
        if self.components:
            return isinstance(value, dict) and all(
                of.admits(value.get(name)) for name, of in self.components.items()
            )
        return (not self.kind or kind_of(value) == self.kind) and self.limits.passes(value)

    def fit(self, value: object) -> object:
        """The value, or what the standard makes of it: a list of one and its item stand for each other, else null."""
        if self.admits(value):
            return value
        if isinstance(value, list) and len(value) == 1 and self.admits(value[0]):
            return value[0]
        return [value] if self.collection and self._admits_one(value) else None


ANY = Type()


def normal(value: object, name: str) -> object:
    """A value as the caller gives it, in FEEL's terms: int becomes Decimal, tuples lists, within structures too.

    Raises DecisionError for a kind FEEL has not, such as a float.
    """
    if isinstance(value, bool | str | Decimal | None):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, dt.date | dt.time | dt.timedelta | YearsMonths):
        return value
    if isinstance(value, list | tuple):
        return [normal(one, name) for one in value]
    if isinstance(value, Mapping):
        return {str(key): normal(one, name) for key, one in value.items()}
    raise DecisionError(
        f"the input {name!r} is a {type(value).__name__}; expected a number (Decimal or int), string, boolean, date, "
        "time, duration, list or structure"
    )
