"""Windows of time: rolling calendar days that end today, the day, week or month, or minutes and hours back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from evenhand.compliance.kinds.common import Context
from evenhand.compliance.packfile.tables import Table
from evenhand.compliance.situation import Situation
from evenhand.compliance.zones import ONE_DAY, local_day, midnight, zone

LONGEST = {"DAY": 1, "WEEK": 7, "MONTH": 31}
DEBTOR = "DEBTOR"


@dataclass(frozen=True, slots=True)
class Window:
    """`days` rolling calendar days, a `period`, or a `span`; days are those of `zone`, DEBTOR: of the person."""

    days: int
    period: str
    span: timedelta | None
    zone: str
    key: tuple[int, str, timedelta | None, str]

    def zone_of(self, situation: Situation) -> str:
        """The zone whose days count."""
        return situation.home_zone if self.zone == DEBTOR else self.zone

    def bounds(self, situation: Situation) -> tuple[datetime, datetime]:
        """From, and until (exclusive): all of the act's day counts; a span ends with the act."""
        if self.span is not None:
            return situation.at - self.span, situation.at + timedelta(microseconds=1)
        name = self.zone_of(situation)
        return day_bounds(name, situation.there(name).day, self.days, self.period)

    def leaves(self, situation: Situation, at: datetime) -> datetime:
        """When an event of the window falls out of it."""
        if self.span is not None:
            return at + self.span + timedelta(microseconds=1)
        name = self.zone_of(situation)
        if self.period in ("WEEK", "MONTH"):
            today = situation.there(name).day
            return midnight(name, self._next_first(today))
        return midnight(name, local_day(name, at) + timedelta(days=self.days))

    def _next_first(self, today: date) -> date:
        first = first_day(today, self.days, self.period)
        if self.period == "WEEK":
            return first + timedelta(days=7)
        return (first + timedelta(days=31)).replace(day=1)

    @property
    def history_days(self) -> int:
        """How many days of events it needs, at most."""
        if self.span is not None:
            return self.span.days + 2
        return LONGEST.get(self.period, self.days)

    def written(self) -> dict[str, Any]:
        """Its numbers, as a sentence may name them."""
        if self.span is not None:
            return {"minutes": int(self.span.total_seconds()) // 60}
        return {"period": self.period} if self.period else {"days": self.days}


def first_day(today: date, days: int, period: str) -> date:
    """The first day of the window that ends today."""
    if period == "WEEK":
        return today - timedelta(days=today.weekday())
    if period == "MONTH":
        return today.replace(day=1)
    return today - timedelta(days=days - 1)


@lru_cache(maxsize=4096)
def day_bounds(name: str, today: date, days: int, period: str) -> tuple[datetime, datetime]:
    """From when until when (exclusive) a window that ends today in a zone reaches."""
    return midnight(name, first_day(today, days, period)), midnight(name, today + ONE_DAY)


def read_window(table: Table, context: Context) -> Window:
    """`window = {days} | {period} | {minutes} | {hours}` and `zone`."""
    inner = Table(table.raw("window"), context.file, context.rule, "window")
    if len(inner.left) != 1:
        inner.refuse("", "holds other than one key, expected days, period, minutes or hours")
    days, period, span = 0, "", None
    if "period" in inner.left:
        period = inner.code("period", LONGEST)
        days = LONGEST[period]
    elif "days" in inner.left:
        days = inner.whole("days", 1)
    elif "hours" in inner.left:
        span = timedelta(hours=inner.whole("hours", 1))
    else:
        span = timedelta(minutes=inner.whole("minutes", 1))
    inner.finish()
    if span is not None and "zone" in table.left:
        table.refuse("zone", "changes nothing: minutes and hours are the same everywhere")
    name = read_zone(table, "zone", DEBTOR)
    return Window(days, period, span, name, (days, period, span, name))


def read_zone(table: Table, key: str, default: str) -> str:
    """DEBTOR, or the name of a zone."""
    wanted = "DEBTOR or the name of a time zone such as Asia/Shanghai"
    return str(
        table.take(
            key,
            wanted,
            lambda v: v == DEBTOR or (isinstance(v, str) and zone(v) is not None),
            default,
        )
    )
