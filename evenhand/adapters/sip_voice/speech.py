"""Amounts, days and digits as clips, in the order they are spoken: a bank records each piece once.

Mandarin: 两 stands before 百, 千, 万, 亿 and before a unit where it is the whole number, 二 elsewhere; 零 is said once
for a gap; 十 stands without 一 at the start alone; a digit by itself is 一, and 幺 in numbers of cards and telephones.
English: fen follow "and".
"""

from collections.abc import Mapping
from datetime import date

CURRENCIES: Mapping[str, tuple[str, int]] = {"CNY": ("yuan", 100)}
"""What can be spoken: the clip of the unit, and how many of the smallest unit it has."""

_BELOW = ((1000, "qian"), (100, "bai"), (10, "shi"))


def can_say(currency: str) -> bool:
    """Whether there are clips for amounts of a currency."""
    return currency in CURRENCIES


def amount_parts(minor: int, currency: str, language: str) -> tuple[str, ...]:
    """An amount in minor units, exactly; below a million million."""
    assert 0 <= minor < 10**14, "an amount that is owed"
    unit, per = CURRENCIES[currency]
    major, rest = divmod(minor, per)
    if language == "en":
        whole = (*_english(major), unit) if major or not rest else ()
        return (
            *whole,
            *(("and",) if whole and rest else ()),
            *((*_english(rest), "fen") if rest else ()),
        )
    jiao, fen = divmod(rest, 10)
    whole = (*_counted(major), unit) if major or not rest else ()
    gap = ("n0",) if major and fen and not jiao else ()
    return (
        *whole, *((*_counted(jiao), "jiao") if jiao else ()), *gap, *((*_counted(fen), "fen") if fen else ()),
    )  # fmt: skip


def date_parts(day: date, language: str, *, year_of: date | None = None) -> tuple[str, ...]:
    """A day of the year; the year is said where it is another than that of `year_of`, and not without `year_of`."""
    tells_year = year_of is not None and day.year != year_of.year
    if language == "en":
        year = _english(day.year) if tells_year else ()
        return (f"day{day.day}", "of", f"month{day.month}", *year)
    year = (*(f"n{digit}" for digit in str(day.year)), "nian") if tells_year else ()
    return (*year, *_mandarin(day.month), "yue", *_mandarin(day.day), "ri")


def digit_parts(text: str, language: str) -> tuple[str, ...]:
    """Digits one by one, as numbers of cards and telephones are read."""
    assert text.isascii()
    assert text.isdigit()
    return tuple("yao" if digit == "1" and language != "en" else f"n{digit}" for digit in text)


def _counted(number: int) -> tuple[str, ...]:
    """A number before a unit: two of something is 两."""
    return ("liang",) if number == 2 else _mandarin(number)


def _mandarin(number: int) -> tuple[str, ...]:
    if number < 20:
        return _teen(number)
    parts: list[str] = []
    gap = False
    for size, name in ((10**8, "yi"), (10**4, "wan")):
        group, number = divmod(number, size)
        if group:
            if parts and (gap or group < 1000):
                parts.append("n0")
            parts += [*_counted_group(group, first=not parts), name]
            gap = False
        elif parts:
            gap = True
    if number:
        if parts and (gap or number < 1000):
            parts.append("n0")
        parts += _below_ten_thousand(number)
    return tuple(parts)


def _teen(number: int) -> tuple[str, ...]:
    if number <= 10:
        return ("shi",) if number == 10 else (f"n{number}",)
    return ("shi", f"n{number - 10}")


def _counted_group(group: int, *, first: bool) -> list[str]:
    if group == 2:
        return ["liang"]
    return list(_teen(group)) if first and group < 20 else _below_ten_thousand(group)


def _below_ten_thousand(number: int) -> list[str]:
    parts: list[str] = []
    gap = False
    for size, name in _BELOW:
        digit, number = divmod(number, size)
        if digit:
            if gap:
                parts.append("n0")
            parts += ["liang" if digit == 2 and size > 10 else f"n{digit}", name]
            gap = False
        elif parts:
            gap = True
    if number:
        parts += [*(["n0"] if gap else []), f"n{number}"]
    return parts


def _english(number: int) -> tuple[str, ...]:
    parts: list[str] = []
    for size, name in (
        (10**9, "billion"),
        (10**6, "million"),
        (1000, "thousand"),
        (100, "hundred"),
    ):
        group, number = divmod(number, size)
        if group:
            parts += [*_english(group), name]
    if number or not parts:
        ones = number % 10 if number >= 20 else 0
        parts += [f"n{number - ones}", *([f"n{ones}"] if ones else [])]
    return tuple(parts)
