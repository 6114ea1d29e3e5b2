"""Deadlines: a day worked out from another by calendar days, months and years, or business days of a calendar."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from evenhand.compliance.kinds.common import Calendar, Check, Context
from evenhand.compliance.packfile.tables import Table
from evenhand.compliance.situation import Situation
from evenhand.compliance.zones import ONE_DAY

SATURDAY = 5
SLOTS = frozenset({"due", "years", "months", "days", "business_days"})


@dataclass(frozen=True, slots=True)
class Step:
    """From a day to its deadline. The day of the event is not counted, as in 民法典 201."""

    gives: str
    since: str
    years: int
    months: int
    days: int
    business_days: int
    end_of: str
    calendar: Calendar | None
    reached_by: str  # a known date that is asked to be no earlier

    def due(self, start: date) -> date | None:
        """The last day; None where the calendar does not reach so far."""
        day = add_months(start, 12 * self.years + self.months) + timedelta(days=self.days)
        if self.end_of == "YEAR":
            day = day.replace(month=12, day=31)
        elif self.end_of == "MONTH":
            day = day.replace(day=monthrange(day.year, day.month)[1])
        for _ in range(self.business_days):
            day = day + ONE_DAY
            while self.calendar is not None and self._off(day):
                day = day + ONE_DAY
        if self.business_days and self.calendar is not None and day > self.calendar.through:
            return None
        return day

    def _off(self, day: date) -> bool:
        assert self.calendar is not None
        return day.weekday() >= SATURDAY or day in self.calendar.days


def add_months(day: date, months: int) -> date:
    """The day of the same number so many months on; the month's last where it has none (民法典 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def read(table: Table, context: Context) -> Check:
    """`gives` a name, `from` a known date or another deadline, and how far it lies.

    That is `years`, `months`, `days`, `end_of`, or `business_days` of a `calendar`. `reached_by` names a known date
    that is asked to be no earlier than the day worked out.
    """
    step = Step(
        gives=table.text("gives"), since=table.text("from"), years=table.whole("years", 1, 0),
        months=table.whole("months", 1, 0), days=table.whole("days", 1, 0),
        business_days=table.whole("business_days", 1, 0), end_of=table.code("end_of", {"YEAR", "MONTH"}, ""),
        reached_by=table.text("reached_by", ""),
        calendar=context.calendars.get(name) if (name := table.text("calendar", "")) else None,
    )  # fmt: skip
    if name and step.calendar is None:
        table.refuse("calendar", f"is {name!r}, expected a calendar of this pack")
    if bool(step.business_days) != bool(name):
        table.refuse("calendar", "belongs to business_days: one stands without the other")
    if not (step.years or step.months or step.days or step.business_days or step.end_of):
        table.refuse(
            "days",
            "is missing, and so are years, months, business_days and end_of: nothing is worked out",
        )
    written = {
        key: getattr(step, key)
        for key in ("gives", "since", "years", "months", "days", "business_days", "end_of")
        if getattr(step, key)
    }
    return Check(_never, written, SLOTS, calendar=name, step=step)


def _never(_: Situation) -> None:
    raise AssertionError("a deadline judges no act")
