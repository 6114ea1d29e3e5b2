"""Banking days of mainland China: weekends, public holidays and the weekend days that are worked for them.

The State Council names each year's holidays late in the year before; `chinesecalendar` carries the years that are
named. Of
a year that is not, only weekends are known, and what is worked out from it may move once it is.
"""

import calendar
from datetime import date, timedelta
from functools import cache

import chinese_calendar

DAY = timedelta(days=1)


def is_banking_day(day: date) -> bool | None:
    """Whether banks book on a day; None on a weekday of a year whose holidays are not named yet."""
    if day.year in _named():
        return bool(chinese_calendar.is_workday(day))
    return False if day.weekday() >= calendar.SATURDAY else None


def on_a_banking_day(day: date) -> date:
    """The day itself, or the next one that is not known to be none."""
    while is_banking_day(day) is False:
        day += DAY
    return day


def banking_days_between(first: date, last: date) -> int:
    """How many banking days lie after the first day and up to the last, which is counted; not known counts as one."""
    days = (last - first).days
    return sum(is_banking_day(first + DAY * n) is not False for n in range(1, days + 1))


@cache
def _named() -> frozenset[int]:
    return frozenset(day.year for day in chinese_calendar.holidays)
