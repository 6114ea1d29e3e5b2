"""The values of FEEL in Python: what kind each is, when two are the same, how they are written.

A number is a Decimal, a string a str; dates and times are those of `datetime`; a duration of days is a timedelta, one
of months a YearsMonths; a list is a list, a context a dict, null is None.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

NUMBER, STRING, BOOLEAN = "number", "string", "boolean"
DATE, TIME, DATE_TIME = "date", "time", "date and time"
DAYS, MONTHS = "days and time duration", "years and months duration"
LIST, CONTEXT, RANGE = "list", "context", "range"
ORDERED = frozenset({NUMBER, STRING, DATE, TIME, DATE_TIME, DAYS, MONTHS})
MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A duration of whole months; negative ones run backwards."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = f"{f'{years}Y' if years else ''}{f'{months}M' if months or not years else ''}"
        return f"{'-' if self.months < 0 else ''}P{text}"


Bound = Any  # one of BOUNDS; those of one kind have an order, which is more than a union can say
BOUNDS = (Decimal, str, dt.date, dt.time, dt.timedelta, YearsMonths)  # a datetime is a date
Scalar = Decimal | str | bool | dt.date | dt.time | dt.timedelta | YearsMonths
Value = Scalar | None

_KINDS: dict[type, str] = {
    Decimal: NUMBER,
    str: STRING,
    bool: BOOLEAN,
    dt.date: DATE,
    dt.datetime: DATE_TIME,
    dt.time: TIME,
    dt.timedelta: DAYS,
    YearsMonths: MONTHS,
    list: LIST,
    dict: CONTEXT,
}


def kind_of(value: object) -> str:
    """The FEEL kind of a value; `nothing` for null."""
    if value is None:
        return "nothing"
    if isinstance(value, Span):
        return RANGE
    return _KINDS.get(type(value), type(value).__name__)


def order(one: object, other: object) -> int | None:
    """-1, 0 or 1; None when the two have no order: other kinds, booleans, null, a time with and one without offset."""
    kind = kind_of(one)
    if kind not in ORDERED or kind_of(other) != kind:
        return None
    left, right = cast(Decimal, one), cast(Decimal, other)  # any kind that orders itself
    try:
        return (left > right) - (left < right)
    except TypeError:
        return None


def same(one: object, other: object) -> bool:
    """Equality of scalars that never takes true for 1, nor a date for its midnight."""
    return type(one) is type(other) and one == other


@dataclass(frozen=True, slots=True)
class Span:
    """An interval; a bound of None is open to infinity. Both bounds are of one kind that has an order."""

    low: Bound | None
    low_closed: bool
    high: Bound | None
    high_closed: bool

    @property
    def kind(self) -> str:
        """The kind of the bounds."""
        return kind_of(self.high if self.low is None else self.low)

    def holds(self, value: object) -> bool:
        """True when the value lies in the interval; False for a value of another kind."""
        return self.truth(value) is True

    def truth(self, value: object) -> bool | None:
        """Like `holds`, but None where FEEL answers null: the value has no order with a bound."""
        low, high = self.low, self.high
        if type(value) is Decimal and type(high if low is None else low) is Decimal:
            if low is not None and not (value > low or (self.low_closed and value == low)):
                return False
            return high is None or value < high or (self.high_closed and value == high)
        if low is not None:
            sign = order(value, low)
            if sign is None:
                return None
            if sign < 0 or (sign == 0 and not self.low_closed):
                return False
        if high is not None:
            sign = order(value, high)
            if sign is None:
                return None
            return sign < 0 or (sign == 0 and self.high_closed)
        return True

    @property
    def empty(self) -> bool:
        """True when no value can lie in it."""
        if self.low is None or self.high is None:
            return False
        sign = order(self.low, self.high)
        return (
            sign is None or sign > 0 or (sign == 0 and not (self.low_closed and self.high_closed))
        )

    def __str__(self) -> str:
        if self.low is None:
            return f"{'<=' if self.high_closed else '<'} {literal_text(self.high)}"
        if self.high is None:
            return f"{'>=' if self.low_closed else '>'} {literal_text(self.low)}"
        left, right = "[" if self.low_closed else "(", "]" if self.high_closed else ")"
        return f"{left}{literal_text(self.low)}..{literal_text(self.high)}{right}"


def literal_text(value: object) -> str:
    """The value or interval as a modeller writes it, in one canonical form."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(value, list):
        return f"[{', '.join(literal_text(one) for one in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {literal_text(one)}" for key, one in value.items()) + "}"
    call = {DAYS: "duration", MONTHS: "duration"}.get(kind_of(value), kind_of(value))
    return f'{call}("{plain_text(value)}")' if kind_of(value) in ORDERED else str(value)


def plain_number(number: Decimal) -> str:
    """Digits without an exponent or needless zeros."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def plain_text(value: object) -> str:
    """A date, time or duration as ISO 8601 writes it."""
    if isinstance(value, dt.timedelta):
        return _days_text(value)
    if isinstance(value, dt.date | dt.time):
        text = value.isoformat()
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
    return str(value)


def _days_text(value: dt.timedelta) -> str:
    if value < dt.timedelta(0):
        return "-" + _days_text(-value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = Decimal(seconds) + Decimal(value.microseconds) / 1_000_000
    clock = "".join(f"{amount}{unit}" for amount, unit in ((hours, "H"), (minutes, "M")) if amount)
    clock += f"{plain_number(fraction)}S" if fraction else ""
    days = f"{value.days}D" if value.days else ""
    return f"P{days}{f'T{clock}' if clock else ''}" if days or clock else "PT0S"
