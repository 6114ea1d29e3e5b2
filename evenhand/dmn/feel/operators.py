"""Arithmetic, equality, order and three-valued logic of FEEL; what has no meaning there is None, its null."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import cast

from evenhand.dmn.feel import temporal
from evenhand.dmn.feel.run import Run
from evenhand.dmn.numbers import CONTEXT
from evenhand.dmn.values import MICROSECOND, Span, YearsMonths, kind_of, order

Operation = Callable[[object, object], object]


def calculate(sign: str, left: object, right: object) -> object:
    """`left sign right` for + - * / **; None when the kinds do not go together or the result is out of bounds."""
    if left is None or right is None:
        return None
    try:
        if isinstance(left, Decimal) and isinstance(right, Decimal):
            return finite(CONTEXT.plus(_NUMBERS[sign](left, right)))
        return _OTHERS[sign](left, right)
    except (DecimalException, ArithmeticError, ValueError):
        return None


def finite(number: Decimal) -> Decimal | None:
    """The number; None for an infinity, which 0 ** -1 and log(0) give without a signal."""
    return number if number.is_finite() else None


def negative(value: object) -> object:
    """The value with its sign turned: a number or a duration."""
    if isinstance(value, Decimal):
        return CONTEXT.minus(value)
    if isinstance(value, YearsMonths):
        return YearsMonths(-value.months)
    try:
        return -value if isinstance(value, dt.timedelta) else None
    except OverflowError:
        return None


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    return CONTEXT.power(base, exponent)


_NUMBERS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": CONTEXT.divide,
    "**": _power,
}


def _add(left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, YearsMonths):
        if isinstance(right, YearsMonths):
            return temporal.months_of(left.months + right.months)
        return temporal.add_months(right, left.months) if isinstance(right, dt.date) else None
    if isinstance(left, dt.timedelta):
        if isinstance(right, dt.timedelta):
            return left + right
        return _shift(right, left)
    if isinstance(right, YearsMonths):
        return temporal.add_months(left, right.months) if isinstance(left, dt.date) else None
    return _shift(left, right) if isinstance(right, dt.timedelta) else None


def _shift(moment: object, by: dt.timedelta) -> object:
    if isinstance(moment, dt.date):
        return moment + by
    if isinstance(moment, dt.time):
        start = dt.datetime.combine(dt.date(2000, 1, 1), moment)
        day = dt.timedelta(days=1)
        return (start + by % day).timetz()
    return None


def _subtract(left: object, right: object) -> object:
    if isinstance(right, dt.timedelta | YearsMonths):
        return _add(left, negative(right))
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        one, other = _midnight(left), _midnight(right)
        if (one.tzinfo is None) != (other.tzinfo is None):
            return None
        return one - other
    if isinstance(left, dt.time) and isinstance(right, dt.time):
        if (left.tzinfo is None) != (right.tzinfo is None):
            return None
        day = dt.date(2000, 1, 1)
        return dt.datetime.combine(day, left) - dt.datetime.combine(day, right)
    return None


def _midnight(day: dt.date) -> dt.datetime:
    return day if isinstance(day, dt.datetime) else dt.datetime.combine(day, dt.time())


def _multiply(left: object, right: object) -> object:
    if isinstance(left, Decimal):
        left, right = right, left
    if not isinstance(right, Decimal):
        return None
    if isinstance(left, YearsMonths):
        return temporal.months_of(int(CONTEXT.multiply(Decimal(left.months), right)))
    if isinstance(left, dt.timedelta):
        return temporal.days_of(int(CONTEXT.multiply(Decimal(left // MICROSECOND), right)))
    return None


def _divide(left: object, right: object) -> object:
    if isinstance(left, YearsMonths):
        if isinstance(right, YearsMonths):
            return CONTEXT.divide(Decimal(left.months), Decimal(right.months))
        if isinstance(right, Decimal):
            return temporal.months_of(int(CONTEXT.divide(Decimal(left.months), right)))
    if isinstance(left, dt.timedelta):
        if isinstance(right, dt.timedelta):
            return CONTEXT.divide(temporal.seconds(left), temporal.seconds(right))
        if isinstance(right, Decimal):
            return temporal.days_of(int(CONTEXT.divide(Decimal(left // MICROSECOND), right)))
    return None


def _nothing(_left: object, _right: object) -> object:
    return None


_OTHERS: dict[str, Operation] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "**": _nothing,
}


def equal(run: Run, left: object, right: object) -> bool | None:
    """True, False, or None when the two are of kinds that cannot be compared. Null equals null alone."""
    run.spend()
    if left is None or right is None:
        return left is right
    if kind_of(left) != kind_of(right):
        return None
    if isinstance(left, list):
        right = cast(list[object], right)
        if len(left) != len(right):
            return False
        return conjunction([equal(run, one, two) for one, two in zip(left, right, strict=True)])
    if isinstance(left, dict):
        right = cast(dict[str, object], right)
        if left.keys() != right.keys():
            return False
        return conjunction([equal(run, one, right[key]) for key, one in left.items()])
    if isinstance(left, str):
        run.spend(len(left) // 64)
    return left == right


def compare(run: Run, sign: str, left: object, right: object) -> bool | None:
    """`left sign right` for = != < <= > >=."""
    if sign in ("=", "!="):
        found = equal(run, left, right)
        return found if found is None else found == (sign == "=")
    found_order = order(left, right)
    if found_order is None:
        return None
    return {
        "<": found_order < 0,
        "<=": found_order <= 0,
        ">": found_order > 0,
        ">=": found_order >= 0,
    }[sign]


def conjunction(truths: list[bool | None]) -> bool | None:
    """False as soon as one is false, else null as soon as one is null."""
    if False in truths:
        return False
    return None if None in truths else True


def disjunction(truths: list[bool | None]) -> bool | None:
    """True as soon as one is true, else null as soon as one is null."""
    if True in truths:
        return True
    return None if None in truths else False


def negation(truth: object) -> bool | None:
    """The opposite of a boolean; null of anything else."""
    return not truth if isinstance(truth, bool) else None


def truth_of(value: object) -> bool | None:
    """A boolean as it is; anything else counts as null in logic."""
    return value if isinstance(value, bool) else None


def contains(run: Run, test: object, value: object) -> bool | None:
    """Whether `value` passes what a test came out as: in an interval, among a list, or equal."""
    if isinstance(test, Span):
        run.spend()
        return test.truth(value)
    if isinstance(test, list):
        if isinstance(value, list) and equal(run, test, value):
            return True
        return disjunction([contains(run, one, value) for one in test])
    return equal(run, value, test)
