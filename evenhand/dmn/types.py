"""Types of a model (itemDefinitions): a kind, a structure or a list of these, and the values that are allowed."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from numbers import Integral

from evenhand.dmn.cells import ANYTHING, Cell
from evenhand.dmn.errors import DecisionError
from evenhand.dmn.feel import temporal
from evenhand.dmn.numbers import CONTEXT as DECIMAL128
from evenhand.dmn.numbers import number_of
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


@dataclass(frozen=True)
class Type:
    """What a value may be. A `kind` of "" is any; a structure's `components` are by name; a collection is a list."""

    kind: str = ""
    components: Mapping[str, "Type"] = field(default_factory=dict)
    collection: bool = False
    allowed: tuple[Value, ...] = ()
    limits: Cell = ANYTHING

    @cached_property
    def parts(self) -> int:
        """How many components it has, those of components too."""
        return sum(1 + of.parts for of in self.components.values())

    @cached_property
    def levels(self) -> int:
        """How deep components stand within each other."""
        return 1 + max((of.levels for of in self.components.values()), default=0)

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


# How XML and JSON write what is no string to the model.
_WRITTEN: Mapping[str, Callable[[str], object]] = {
    NUMBER: number_of,
    BOOLEAN: {"true": True, "false": False}.get,
    DATE: temporal.date_of,
    TIME: temporal.time_of,
    DATE_TIME: temporal.date_time_of,
    DAYS: temporal.duration_of,
    MONTHS: temporal.duration_of,
}


def read_as(value: object, of: Type) -> object:
    """The value, its texts read where the type asks for another kind, as 2026-03-31 for a date; others stay."""
    if isinstance(value, str) and of.kind in _WRITTEN:
        found = _WRITTEN[of.kind](value)
        return value if found is None else found
    if isinstance(value, list):
        return [read_as(one, of) for one in value]
    if isinstance(value, dict) and of.components:
        return {key: read_as(one, of.components.get(key, ANY)) for key, one in value.items()}
    return value


def normal(value: object, name: str, *, strict: bool = False) -> object:
    """A value as the caller gives it, in FEEL's terms: whole numbers become Decimal, tuples lists, inside lists too.

    A float is the shortest decimal that reads back as it, so 0.1 is 0.1; `strict` refuses every float. Raises
    DecisionError for a kind FEEL has not, and for a number beyond its own (decimal128): NaN, Infinity, 1E+7000.
    """
    if value is None or isinstance(value, bool | dt.date | dt.time | dt.timedelta | YearsMonths):
        return value
    if isinstance(value, str):
        return value if type(value) is str else str.__str__(value)
    if isinstance(value, Decimal):
        return _number(value, name)
    if isinstance(value, Integral):
        return _number(Decimal(int(value)), name)
    if isinstance(value, float) and not strict:
        return _number(Decimal(float.__repr__(value)), name)
    if isinstance(value, list | tuple):
        return [normal(one, name, strict=strict) for one in value]
    if isinstance(value, Mapping):
        return {str(key): normal(one, name, strict=strict) for key, one in value.items()}
    raise DecisionError(
        f"the input {name!r} is a {type(value).__name__}; expected a number (Decimal or int), string, boolean, date, "
        "time, duration, list or structure"
    )


def _number(number: Decimal, name: str) -> Decimal:
    if not number.is_finite() or (
        number and not DECIMAL128.Etiny() <= number.adjusted() <= DECIMAL128.Emax
    ):
        raise DecisionError(
            f"the input {name!r} is {number:.5G}; expected a number within 10**-6176 and 10**6145"
        )
    return number if type(number) is Decimal else Decimal(number)
