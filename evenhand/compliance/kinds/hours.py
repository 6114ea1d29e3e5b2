"""Hours of the day: half-open, on some weekdays, in every zone where the person may be; holidays only if told to."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from evenhand.compliance.kinds.common import Calendar, Check, Context, Found
from evenhand.compliance.kinds.windows import DEBTOR
from evenhand.compliance.packfile.questions import SCOPES
from evenhand.compliance.packfile.tables import Table
from evenhand.compliance.situation import Situation, consents_in_force
from evenhand.compliance.zones import (
    MINUTES_A_DAY,
    WEEKDAYS,
    Local,
    at_minute,
    local,
    zone,
)

HORIZON_DAYS = 100  # beyond what anybody asks for the next lawful time
REMEMBERED = 4096  # openings found before, of one rule
NEVER_ASKED = "NEVER_ASKED"  # the default: a holiday is a day like others
SLOTS = frozenset({"opens", "closes", "zones", "local_time"})


class Span(NamedTuple):
    """Open from one minute of a day until another."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Spans by weekday (None: closed), over the zones named and, where `debtor`, all where the person may be."""

    spans: tuple[Span | None, ...]
    debtor: bool
    zones: tuple[str, ...]
    calendar: Calendar | None

    def open_at(self, there: Local) -> bool | None:
        """Whether it is open then; None where no holiday list knows the day."""
        span = self.spans[there.weekday]
        if span is None or not span.opens <= there.minute < span.closes:
            return False
        if self.calendar is None:
            return True
        if there.day > self.calendar.through:
            return None
        return there.day not in self.calendar.days

    def zones_of(self, situation: Situation) -> tuple[str, ...]:
        """The zones in which it must be open, each once."""
        if not self.debtor:
            return self.zones
        return merged(tuple(place.zone for place in situation.facts.locations), self.zones)

    def standing_of(self, zones: tuple[str, ...], situation: Situation) -> Hashable:
        """What the next opening follows from: the day in each zone, and whether it is before, in or after its span."""
        found: list[Hashable] = []
        for name in zones:
            there = situation.there(name)
            span = self.spans[there.weekday]
            phase = (
                0 if span is None else (there.minute >= span.opens) + (there.minute >= span.closes)
            )
            found += (name, there.day, phase)
        return tuple(found)

    def next_open(self, zones: tuple[str, ...], situation: Situation) -> datetime | None:
        """The first instant after the act that is open in every zone; None when there is none within 100 days."""
        instant = situation.at
        last = instant + timedelta(days=HORIZON_DAYS)
        shown = [situation.there(name) for name in zones]
        while instant <= last:
            opens = [
                self._open_from(n, instant, there) for n, there in zip(zones, shown, strict=True)
            ]
            if None in opens:
                return None
            later = max(at for at in opens if at is not None)
            if later == instant:
                return instant
            instant = later
            shown = [local(name, instant) for name in zones]
        return None

    def _open_from(self, name: str, at: datetime, there: Local) -> datetime | None:
        """The first instant from `at` on that is open in one zone, where the clock shows `there`."""
        if self.open_at(there):
            return at
        for ahead in range(HORIZON_DAYS):
            day = there.day + timedelta(days=ahead) if ahead else there.day
            span = self.spans[day.weekday()]
            if span is None or not self._works(day):
                continue
            opens = at_minute(name, day, span.opens)
            if opens > at:
                return opens
        return None

    def _works(self, day: date) -> bool:
        return self.calendar is None or (
            day <= self.calendar.through and day not in self.calendar.days
        )


@lru_cache(maxsize=1024)
def merged(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Both, each zone once."""
    return tuple(dict.fromkeys((*one, *other)))


def read(table: Table, context: Context) -> Check:
    """`opens`, `closes`, `days`, `by_day`, `zones`, `holidays`; `consent`, a scope, to other hours, and its code."""
    hours, written = _hours(table, context)
    scope, code = table.code("consent", SCOPES, ""), table.text("consent_code", "")
    if code and not scope:
        table.refuse("consent_code", "changes nothing without consent")
    calendar = hours.calendar.name if hours.calendar else ""

    found_before: dict[Hashable, datetime | None] = {}

    def lifts_at(situation: Situation, zones: tuple[str, ...]) -> datetime | None:
        key = hours.standing_of(zones, situation)
        if key not in found_before:
            if len(found_before) >= REMEMBERED:
                found_before.clear()
            found_before[key] = hours.next_open(zones, situation)
        return found_before[key]

    def run(situation: Situation) -> Found | None:
        zones = hours.zones_of(situation)
        states = [hours.open_at(situation.there(name)) for name in zones]
        if all(states) and (situation.facts.locations or not hours.debtor):
            return None
        closed = [name for name, state in zip(zones, states, strict=True) if state is False]
        if scope and _agreed(situation, hours, scope):
            return Found({}, agreed=code)
        where = closed or list(zones)
        numbers = {**written, "zones": where, "local_time": _shown(situation, where)}
        return Found(numbers, lifts_at(situation, zones) if closed else None, unknown=not closed)

    return Check(
        run,
        written,
        SLOTS,
        may_be_unknown=hours.debtor or bool(calendar),
        calendar=calendar,
        consents=bool(scope),
    )


def _hours(table: Table, context: Context) -> tuple[Hours, dict[str, Any]]:
    opens, closes = table.minute("opens"), table.minute("closes")
    if opens >= closes:
        table.refuse("closes", f"is not after opens, {_clock(opens)}")
    days = table.codes("days", WEEKDAYS, WEEKDAYS)
    if days != WEEKDAYS and len(days) == len(WEEKDAYS):
        table.refuse("days", "names every day, which changes nothing")
    spans: list[Span | None] = [Span(opens, closes) if day in days else None for day in WEEKDAYS]
    by_day = table.raw("by_day", {})
    for day, pair in by_day.items():
        inner = Table({"span": pair} if not isinstance(pair, list) or len(pair) != 2 else
                      {"opens": pair[0], "closes": pair[1]}, context.file, context.rule, f"by_day.{day}")  # fmt: skip
        span = Span(inner.minute("opens"), inner.minute("closes"))
        if day not in WEEKDAYS or span.opens >= span.closes or spans[WEEKDAYS.index(day)] == span:
            table.refuse(f"by_day.{day}", "is no day, ends before it begins, or changes nothing")
        spans[WEEKDAYS.index(day)] = span
    names = table.take("zones", "DEBTOR or time zones, each once", _zones, [DEBTOR])
    holidays = table.text("holidays", NEVER_ASKED)
    holidays = "" if holidays == NEVER_ASKED else holidays
    if holidays and holidays not in context.calendars:
        table.refuse(
            "holidays",
            f"is {holidays!r}, expected NEVER_ASKED or a calendar of this pack: {', '.join(sorted(context.calendars))}",
        )
    if not holidays and all(span == Span(0, MINUTES_A_DAY) for span in spans):
        table.refuse("opens", "to closes is the whole day on every day, which changes nothing")
    hours = Hours(
        tuple(spans),
        DEBTOR in names,
        tuple(n for n in names if n != DEBTOR),
        context.calendars.get(holidays),
    )
    written = {"opens": _clock(opens), "closes": _clock(closes), "days": list(days)}
    if by_day:
        written["by_day"] = by_day
    return hours, written


def _zones(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and len(set(map(str, value))) == len(value)
        and all(v == DEBTOR or (isinstance(v, str) and zone(v) is not None) for v in value)
    )


def _agreed(situation: Situation, hours: Hours, scope: str) -> bool:
    """Whether the person agreed to other hours, in force, in a contact that itself kept these."""
    if scope not in situation.asked["consents"]:
        return False
    stood = {fact.from_at for fact in situation.facts.standing if fact.kind == "CONSENT"}
    if any(said == scope and at in stood for said, at in consents_in_force(situation)):
        return True
    zones = hours.zones_of(situation)
    return any(
        event.at < situation.at
        and scope in event.more.get("consent_scopes", ())
        and (event.direction == "IN" or all(hours.open_at(local(name, event.at)) for name in zones))
        for event in situation.facts.events
        if event.more
    )


def _shown(situation: Situation, zones: list[str]) -> str:
    if not zones:
        return ""
    return _clock(situation.there(zones[0]).minute)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
