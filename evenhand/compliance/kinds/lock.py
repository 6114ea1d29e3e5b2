"""Locks: after one sort of event nothing of another for so long, until something ends it, or for good."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from evenhand.compliance import past
from evenhand.compliance.facts import Event
from evenhand.compliance.kinds.cap import PER, POOLS
from evenhand.compliance.kinds.common import Check, Context, Found, Run
from evenhand.compliance.kinds.consents import CallConsent, read_call_consent
from evenhand.compliance.kinds.windows import DEBTOR, read_zone
from evenhand.compliance.packfile.predicates import day_of
from evenhand.compliance.packfile.questions import OF_ACT
from evenhand.compliance.packfile.tables import Table
from evenhand.compliance.situation import Situation, received_at
from evenhand.compliance.zones import local_day, midnight

SLOTS = frozenset({"on", "since", "until", "days", "minutes", "event"})
FOREVER_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Length:
    """How long it lasts: whole days of a zone, the event's own being `first_day`; a span; or for good (neither)."""

    days: int
    first_day: int
    span: timedelta | None
    zone: str

    def until(self, situation: Situation, at: datetime) -> datetime | None:
        """The first instant after it; None: for good."""
        if self.span is not None:
            return at + self.span
        if not self.days:
            return None
        name = situation.home_zone if self.zone == DEBTOR else self.zone
        return midnight(name, local_day(name, at) + timedelta(days=self.days + 1 - self.first_day))


@dataclass(frozen=True, slots=True)
class Lock:
    """What starts it, what ends it, and whose acts it concerns."""

    after: past.Matches
    ends: past.Matches | None
    length: Length
    per: frozenset[str]
    pool: str
    consent: CallConsent | None
    until_day: str  # only events received by that known day
    since_day: str  # only events received after that known day
    by_part: bool

    def holds(self, situation: Situation) -> list[tuple[Event, datetime, datetime | None]]:
        """The events that lock the act now, with when they came and until when."""
        found = []
        for event in situation.facts.events:
            if event.at > situation.at or not self.after(event):
                continue
            came = received_at(event)
            until = self.length.until(situation, came)
            if came > situation.at or (until is not None and until <= situation.at):
                continue
            if (
                self._in_time(situation, came)
                and self._shares(situation, event)
                and not self._ended(situation, event, came)
            ):
                found.append((event, came, until))
        return found

    def _in_time(self, situation: Situation, came: datetime) -> bool:
        for name, by in ((self.until_day, True), (self.since_day, False)):
            if not name:
                continue
            known = situation.asked[name]
            day = local_day(situation.home_zone, came)
            if known is not None and (day <= day_of(known)) is not by:
                return False
            if known is None and not by:
                return False  # nobody knows the day: the stricter of the two rules holds, which is the one that stops
        return True

    def _shares(self, situation: Situation, event: Event) -> bool:
        act, person = situation.act, situation.person
        if self.pool == "COLLECTOR" and event.collector != act.collector:
            return False
        if self.pool == "ACTOR" and event.actor != act.actor:
            return False
        if "TO" in self.per and (event.to or person) != (act.to or person):
            return False
        if "POINT" in self.per and event.point and act.point and event.point != act.point:
            return False
        if "PLACE" in self.per and event.place and act.place and event.place != act.place:
            return False
        if "DEBT" in self.per and debts_of(situation, event).isdisjoint(own_debts(situation)):
            return False
        return not self.by_part or self._same_part(situation, event)

    def _same_part(self, situation: Situation, event: Event) -> bool:
        scope, named = past.read_more(event, "dispute_scope"), situation.asked["components"]
        return scope in (None, "ALL") or named is None or scope in named

    def _ended(self, situation: Situation, opened: Event, came: datetime) -> bool:
        if self.ends is None:
            return False
        left = (
            debts_of(situation, opened) & own_debts(situation)
            if "DEBT" in self.per
            else frozenset({""})
        )
        person = situation.person
        for event in situation.facts.events:
            if not (came < event.at <= situation.at and self.ends(event)):
                continue
            if "TO" in self.per and (event.to or person) != (opened.to or person):
                continue
            left = left - debts_of(situation, event) if "DEBT" in self.per else frozenset()
        return not left


def debts_of(situation: Situation, event: Event) -> frozenset[str]:
    """The buckets of the debts an event was about; all of them where it names none."""
    names = past.read_more(event, "debts_discussed") or event.debts or tuple(situation.keys)
    return frozenset(situation.keys.get(name, name) for name in names)


def own_debts(situation: Situation) -> frozenset[str]:
    """The buckets of the act's debts."""
    return frozenset(situation.keys.get(name, name) for name in situation.debts)


def read(table: Table, context: Context) -> Check:
    """`after`, `ends_with`, `per`, `pool`, and one of `days` (with `first_day`), `minutes`, `hours`, `always`."""
    after = context.of_event().read(table.raw("after"), "after")
    ends = None
    if "ends_with" in table.left:
        ends = context.of_event().read(table.raw("ends_with"), "ends_with")
    length = _length(table)
    lock = Lock(
        after=past.compiled(after, context.effective),
        ends=None if ends is None else past.compiled(ends, context.effective, unreported=False),
        length=length,
        per=frozenset(table.codes("per", PER, ("PERSON",))),
        pool=table.code("pool", POOLS, "ALL"),
        consent=read_call_consent(table, context),
        until_day=_day_name(table, "received_by"),
        since_day=_day_name(table, "received_after"),
        by_part=table.yes("by_part"),
    )
    written: dict[str, int] = {}
    if length.span is not None:
        written = {"minutes": int(length.span.total_seconds()) // 60}
    elif length.days:
        written = {"days": length.days, "first_day": length.first_day}
    history = (
        length.days + 1 if length.days else (length.span.days + 2 if length.span else FOREVER_DAYS)
    )
    if table.yes(
        "stands"
    ):  # what starts it is kept as a standing fact too, so that events need not be kept for good
        history = 0
    return Check(
        _run(lock, written),
        written,
        SLOTS,
        history_days=history,
        counts=after,
        consents=lock.consent is not None,
    )


def _run(lock: Lock, written: dict[str, int]) -> Run:
    def run(situation: Situation) -> Found | None:
        locked = lock.holds(situation)
        if not locked or (
            lock.consent is not None and lock.consent.excused(situation)(situation.at)
        ):
            return None
        ends = [until for _, _, until in locked]
        lifts = None if None in ends else max(until for until in ends if until is not None)
        event, came, _ = max(locked, key=lambda row: (row[1], row[0].act, row[0].collector))
        numbers = {
            "on": local_day(situation.home_zone, came).isoformat(),
            "since": came.isoformat(),
            "until": lifts and lifts.isoformat(),
            "event": event.act,
            "by": {event.collector: 1},
            **written,
        }
        return Found(numbers, lifts)

    return run


def _length(table: Table) -> Length:
    named = [key for key in ("days", "minutes", "hours", "always") if key in table.left]
    if len(named) != 1:
        table.refuse(
            "days",
            "is missing or stands beside another, expected one of days, minutes, hours, always",
        )
    days, first, span = 0, 1, None
    if "days" in table.left:
        days = table.whole("days", 1)
        first = table.take(
            "first_day",
            "1 when the day of the event is the first, else 0",
            lambda v: v in (0, 1) and not isinstance(v, bool),
        )
    elif "always" in table.left:
        if not table.yes("always"):
            table.refuse("always", "is false, which changes nothing")
    elif "hours" in table.left:
        span = timedelta(hours=table.whole("hours", 1))
    else:
        span = timedelta(minutes=table.whole("minutes", 1))
    if not days and "zone" in table.left:
        table.refuse("zone", "changes nothing without days")
    return Length(days, first, span, read_zone(table, "zone", DEBTOR))


def _day_name(table: Table, key: str) -> str:
    names = sorted(q.name for q in OF_ACT.values() if q.kind == "DATE" and q.home == "known")
    return table.code(key, names, "")
