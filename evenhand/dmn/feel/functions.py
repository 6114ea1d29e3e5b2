"""The built-in functions of FEEL: numbers, texts, dates and booleans (OMG DMN 1.5, chapter 10).

Left out on purpose: `now` and `today` (time is passed in) and the functions of regular expressions, which can hang. A
call with arguments of the wrong kind is null.
"""

import datetime as dt
from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DecimalException,
)

from evenhand.dmn.feel import lists, operators, temporal
from evenhand.dmn.feel.calls import Builtin
from evenhand.dmn.feel.run import Run
from evenhand.dmn.numbers import CONTEXT, number_of
from evenhand.dmn.values import YearsMonths, literal_text, plain_text

_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def _string(run: Run, value: object) -> object:
    if value is None or isinstance(value, str):
        return value
    lists.charge(run, value)
    return (
        literal_text(value)
        if isinstance(value, list | dict | bool | Decimal)
        else plain_text(value)
    )


def _number(_run: Run, text: object, grouping: object, decimal: object) -> object:
    if isinstance(text, Decimal) and grouping is decimal is None:
        return text
    if (
        not isinstance(text, str)
        or len(text) > 100
        or (grouping is not None and grouping == decimal)
    ):
        return None
    if grouping in (" ", ",", "."):
        text = text.replace(str(grouping), "")
    elif grouping is not None:
        return None
    if decimal in (".", ","):
        text = text.replace(str(decimal), ".")
    elif decimal is not None:
        return None
    return number_of(text)


def _not(_run: Run, truth: object) -> object:
    return operators.negation(truth)


def _whole(value: object) -> int | None:
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < 10**9:
        return int(value)
    return None


def _date(_run: Run, first: object, month: object, day: object) -> object:
    if month is None and day is None:
        if isinstance(first, dt.datetime):
            return first.date()
        if isinstance(first, str):
            return temporal.date_of(first)
        return first if isinstance(first, dt.date) else None
    parts = [_whole(part) for part in (first, month, day)]
    if None in parts:
        return None
    try:
        return dt.date(*[part for part in parts if part is not None])
    except ValueError:
        return None


def _time(_run: Run, first: object, minute: object, second: object, offset: object) -> object:
    if minute is None and second is None:
        if isinstance(first, dt.datetime):
            return first.timetz()
        if isinstance(first, str):
            return temporal.time_of(first)
        if isinstance(first, dt.date):
            return dt.time(tzinfo=dt.UTC)
        return first if isinstance(first, dt.time) else None
    hours, minutes = _whole(first), _whole(minute)
    if hours is None or minutes is None or not isinstance(second, Decimal):
        return None
    if not (offset is None or isinstance(offset, dt.timedelta)) or not 0 <= second < 60:
        return None
    try:
        zone = None if offset is None else dt.timezone(offset)
        micros = int(second * 1_000_000) % 1_000_000
        return dt.time(hours, minutes, int(second), micros, tzinfo=zone)
    except ValueError:
        return None


def _date_time(_run: Run, first: object, clock: object) -> object:
    if clock is None:
        if isinstance(first, str):
            return temporal.date_time_of(first)
        return first if isinstance(first, dt.datetime) else None
    if isinstance(first, dt.date) and isinstance(clock, dt.time):
        day = first.date() if isinstance(first, dt.datetime) else first
        return dt.datetime.combine(day, clock)
    return None


def _duration(_run: Run, value: object) -> object:
    if isinstance(value, str):
        return temporal.duration_of(value)
    return value if isinstance(value, dt.timedelta | YearsMonths) else None


def _years_months(_run: Run, start: object, end: object) -> object:
    if isinstance(start, dt.date) and isinstance(end, dt.date):
        days = (one.date() if isinstance(one, dt.datetime) else one for one in (start, end))
        return temporal.months_between(*days)
    return None


def _day_of(read: Callable[[dt.date], object]) -> Callable[..., object]:
    def call(_run: Run, day: object) -> object:
        return read(day) if isinstance(day, dt.date) else None

    return call


def _of_number(work: Callable[[Decimal], object]) -> Callable[..., object]:
    def call(_run: Run, number: object) -> object:
        if not isinstance(number, Decimal):
            return None
        try:
            found = work(number)
        except DecimalException:
            return None
        return operators.finite(found) if isinstance(found, Decimal) else found

    return call


def _abs(_run: Run, value: object) -> object:
    if isinstance(value, YearsMonths):
        return YearsMonths(abs(value.months))
    if isinstance(value, dt.timedelta):
        return operators.negative(value) if value < dt.timedelta(0) else value
    return CONTEXT.abs(value) if isinstance(value, Decimal) else None


def _rounded(rounding: str, fixed_scale: bool = False) -> Callable[..., object]:
    """A function of a number and a number of decimals; with `fixed_scale` the scale may be left out."""
    context = Context(prec=CONTEXT.prec, rounding=rounding, Emin=CONTEXT.Emin, Emax=CONTEXT.Emax)

    def call(_run: Run, number: object, scale: object) -> object:
        places = _whole(Decimal(0) if scale is None and fixed_scale else scale)
        if not isinstance(number, Decimal) or places is None or abs(places) > 6000:
            return None
        try:
            if places > 0 and number.as_tuple().exponent >= -places:  # type: ignore[operator]
                return number
            return CONTEXT.plus(number.quantize(Decimal(1).scaleb(-places), context=context))
        except DecimalException:
            return None

    return call


def _modulo(_run: Run, number: object, by: object) -> object:
    if not isinstance(number, Decimal) or not isinstance(by, Decimal) or not by:
        return None
    try:
        rest = CONTEXT.remainder(number, by)
        return CONTEXT.add(rest, by) if rest and (rest < 0) != (by < 0) else CONTEXT.plus(rest)
    except DecimalException:
        return None


def _of_text(work: Callable[[str], object]) -> Callable[..., object]:
    def call(run: Run, text: object) -> object:
        if not isinstance(text, str):
            return None
        run.spend(len(text) // 64)
        return work(text)

    return call


def _of_texts(work: Callable[[str, str], object]) -> Callable[..., object]:
    def call(run: Run, text: object, match: object) -> object:
        if not isinstance(text, str) or not isinstance(match, str):
            return None
        run.spend((len(text) + len(match)) // 64)
        return work(text, match)

    return call


def _substring(run: Run, text: object, start: object, length: object) -> object:
    place, wanted = _whole(start), _whole(length)
    if not isinstance(text, str) or place in (None, 0) or (length is not None and wanted is None):
        return None
    assert place is not None
    run.spend(len(text) // 64)
    begin = place - 1 if place > 0 else max(len(text) + place, 0)
    if wanted is None:
        return text[begin:]
    return text[begin : begin + wanted] if wanted >= 0 else None


def _before(text: str, match: str) -> str:
    return text.partition(match)[0] if match and match in text else ""


def _after(text: str, match: str) -> str:
    return text.partition(match)[2] if match else text


def _function(
    name: str, parameters: str, call: Callable[..., object], needed: int | None = None
) -> Builtin:
    names = tuple(part.strip() for part in parameters.split(","))
    return Builtin(name, names, len(names) if needed is None else needed, call)


_SCALE = "n, scale"
_CALLS = (
    _function("string", "from", _string),
    _function("number", "from, grouping separator, decimal separator", _number, 1),
    _function("not", "negand", _not),
    _function("date", "from, month, day", _date, 1),
    _function("time", "from, minute, second, offset", _time, 1),
    _function("date and time", "from, time", _date_time, 1),
    _function("duration", "from", _duration),
    _function("years and months duration", "from, to", _years_months),
    _function("day of week", "date", _day_of(lambda day: _WEEKDAYS[day.weekday()])),
    _function("month of year", "date", _day_of(lambda day: _MONTHS[day.month - 1])),
    _function("day of year", "date", _day_of(lambda day: Decimal(day.timetuple().tm_yday))),
    _function("week of year", "date", _day_of(lambda day: Decimal(day.isocalendar().week))),
    _function("abs", "n", _abs),
    _function("floor", _SCALE, _rounded(ROUND_FLOOR, True), 1),
    _function("ceiling", _SCALE, _rounded(ROUND_CEILING, True), 1),
    _function("decimal", _SCALE, _rounded(ROUND_HALF_EVEN)),
    _function("round", _SCALE, _rounded(ROUND_HALF_UP, True), 1),
    _function("round up", _SCALE, _rounded(ROUND_UP)),
    _function("round down", _SCALE, _rounded(ROUND_DOWN)),
    _function("round half up", _SCALE, _rounded(ROUND_HALF_UP)),
    _function("round half down", _SCALE, _rounded(ROUND_HALF_DOWN)),
    _function("modulo", "dividend, divisor", _modulo),
    _function("sqrt", "number", _of_number(CONTEXT.sqrt)),
    _function("exp", "number", _of_number(CONTEXT.exp)),
    _function("log", "number", _of_number(CONTEXT.ln)),
    _function("odd", "number", _of_number(lambda n: abs(CONTEXT.remainder(n, Decimal(2))) == 1)),
    _function("even", "number", _of_number(lambda n: CONTEXT.remainder(n, Decimal(2)) == 0)),
    _function("string length", "string", _of_text(lambda text: Decimal(len(text)))),
    _function("upper case", "string", _of_text(str.upper)),
    _function("lower case", "string", _of_text(str.lower)),
    _function("trim", "string", _of_text(str.strip)),
    _function("contains", "string, match", _of_texts(lambda text, match: match in text)),
    _function("starts with", "string, match", _of_texts(str.startswith)),
    _function("ends with", "string, match", _of_texts(str.endswith)),
    _function("substring before", "string, match", _of_texts(_before)),
    _function("substring after", "string, match", _of_texts(_after)),
    _function("substring", "string, start position, length", _substring, 2),
)
FUNCTIONS: dict[str, Builtin] = {call.name: call for call in (*_CALLS, *lists.CALLS)}
