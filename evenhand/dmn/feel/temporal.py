"""Dates, times and durations: read from ISO 8601 texts, taken apart, moved. What cannot be is None, FEEL's null."""

import datetime as dt
import re
from calendar import monthrange
from decimal import Decimal

from evenhand.dmn.numbers import CONTEXT
from evenhand.dmn.values import MICROSECOND, YearsMonths

_DATE = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
_TIME = (
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?"
    r"(?P<offset>Z|z|[+-]\d\d:\d\d)?"
)
_MONTHS = re.compile(r"(-)?P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?")
_DAYS = re.compile(
    r"(-)?P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?"
)
_ONLY_DATE = re.compile(_DATE, re.ASCII)
_ONLY_TIME = re.compile(_TIME, re.ASCII)
_BOTH = re.compile(f"{_DATE}T{_TIME}", re.ASCII)
MONTHS_MAX = 12 * 10_000


def date_of(text: str) -> dt.date | None:
    """A date such as 2026-03-31."""
    match = _ONLY_DATE.fullmatch(text)
    return _date(match) if match else None


def time_of(text: str) -> dt.time | None:
    """A time such as 08:30:00, 08:30:00.5, 08:30:00+08:00 or 00:30:00Z."""
    match = _ONLY_TIME.fullmatch(text)
    return _time(match) if match else None


def date_time_of(text: str) -> dt.datetime | None:
    """A date and time parted by T; a date alone is its midnight."""
    match = _BOTH.fullmatch(text)
    if match is None:
        day = date_of(text)
        return None if day is None else dt.datetime.combine(day, dt.time())
    day, clock = _date(match), _time(match)
    return None if day is None or clock is None else dt.datetime.combine(day, clock)


def duration_of(text: str) -> YearsMonths | dt.timedelta | None:
    """P1Y2M is months; P3DT4H5M6S is days and time. Years and days do not mix."""
    match = _MONTHS.fullmatch(text)
    if match and (match[2] or match[3]):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return months_of(-months if match[1] else months)
    match = _DAYS.fullmatch(text)
    if not match or not any(match.group(2, 3, 4, 5)) or text.endswith("T"):
        return None
    days, hours, minutes = (int(part or 0) for part in match.group(2, 3, 4))
    micros = int(Decimal(match[5] or 0) * 1_000_000)
    micros += ((days * 24 + hours) * 60 + minutes) * 60_000_000
    return days_of(-micros if match[1] else micros)


def any_of(text: str) -> object:
    """What `@"…"` stands for: the first kind that reads the text."""
    for read in (date_of, date_time_of, time_of, duration_of):
        found: object = read(text)
        if found is not None:
            return found
    return None


def months_of(months: int) -> YearsMonths | None:
    """A duration of months within ten thousand years."""
    return YearsMonths(months) if abs(months) <= MONTHS_MAX else None


def days_of(micros: int) -> dt.timedelta | None:
    """A duration of that many microseconds."""
    try:
        return micros * MICROSECOND
    except OverflowError:
        return None


def add_months(moment: dt.date, months: int) -> dt.date | None:
    """The same day so many months later; the last of the month where that day is missing."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def months_between(start: dt.date, end: dt.date) -> YearsMonths:
    """Whole months from one date to another; negative when the second is the earlier."""
    if end < start:
        return YearsMonths(-months_between(end, start).months)
    months = (end.year - start.year) * 12 + end.month - start.month
    return YearsMonths(months - (end.day < start.day))


def seconds(duration: dt.timedelta) -> Decimal:
    """A duration in seconds, exactly."""
    return CONTEXT.scaleb(Decimal(duration // MICROSECOND), Decimal(-6))


def member(value: object, name: str) -> object:
    """A part of a date, time or duration by its FEEL name; None when it has no such part."""
    if isinstance(value, YearsMonths):
        years, months = divmod(abs(value.months), 12)
        sign = -1 if value.months < 0 else 1
        return {"years": Decimal(sign * years), "months": Decimal(sign * months)}.get(name)
    if isinstance(value, dt.timedelta):
        return _duration_member(value, name)
    if isinstance(value, dt.date) and name in ("year", "month", "day", "weekday"):
        return Decimal(value.isoweekday() if name == "weekday" else getattr(value, name))
    if isinstance(value, dt.time | dt.datetime):
        if name == "time offset":
            return value.utcoffset()
        if name == "second":
            return seconds(dt.timedelta(seconds=value.second, microseconds=value.microsecond))
        if name in ("hour", "minute"):
            return Decimal(getattr(value, name))
    return None


def _duration_member(value: dt.timedelta, name: str) -> Decimal | None:
    sign = -1 if value < dt.timedelta(0) else 1
    whole = abs(value)
    rest = seconds(dt.timedelta(seconds=whole.seconds % 60, microseconds=whole.microseconds))
    parts = {
        "days": Decimal(whole.days),
        "hours": Decimal(whole.seconds // 3600),
        "minutes": Decimal(whole.seconds // 60 % 60),
        "seconds": rest,
    }
    return sign * parts[name] if name in parts else None


def _date(match: re.Match[str]) -> dt.date | None:
    try:
        return dt.date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None


def _time(match: re.Match[str]) -> dt.time | None:
    offset, zone = match["offset"], None
    if offset in ("Z", "z"):
        zone = dt.UTC
    elif offset:
        minutes = int(offset[1:3]) * 60 + int(offset[4:6])
        if minutes > 14 * 60:
            return None
        zone = dt.timezone(dt.timedelta(minutes=-minutes if offset[0] == "-" else minutes))
    micros = int((match["fraction"] or "0").ljust(6, "0")[:6])
    try:
        return dt.time(
            int(match["hour"]), int(match["minute"]), int(match["second"]), micros, tzinfo=zone
        )
    except ValueError:
        return None
