"""Recordings of calls are kept for as long as the packs in force say, and longer while somebody may need them.

Where no pack says how long, nothing is erased.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from evenhand.arrangements.models import Plan, Promise
from evenhand.casework.models import Hold
from evenhand.compliance.deadlines import Due, due_days
from evenhand.compliance.packs import Pack
from evenhand.cycle.redeciding import locked
from evenhand.outreach.calls import CallRow, erase_left_behind, erase_recording, kept_before
from evenhand.rulebook.packs import active_packs
from evenhand.runtime.config import config

DEADLINE = "keep_recording_until"
AT_ONCE = 500
WANTED_BY = frozenset({"DISPUTE", "COMPLAINT", "FRAUD"})  # holds that a recording may decide
OPEN_PLANS = (Plan.State.ASKED, Plan.State.OFFERED, Plan.State.ACTIVE, Plan.State.NOTICE)


@dataclass(slots=True)
class Erased:
    """What came of it: recordings erased, and those past their time that may still be needed."""

    erased: int = 0
    needed: int = 0


def erase_what_is_due(*, now: datetime) -> Erased:
    """Erase every recording whose time is over and that nobody needs. Twice does nothing more."""
    erase_left_behind()
    done, packs, after = Erased(), active_packs(now), None
    today = _due(now, packs, now)
    if today is None or today.day is None:
        return done
    about = now - (today.day - _day(now)) + timedelta(days=3)  # years differ by a day
    while rows := kept_before(about, after=after, limit=AT_ONCE):
        for row in rows:
            due = _due(row.started_at, packs, now)
            if due is not None and due.day is not None and due.day <= _day(now):
                _erase(row, due, done, now)
        after = rows[-1].message_id
    return done


def _erase(row: CallRow, due: Due, done: Erased, now: datetime) -> None:
    with locked(row.customer_id):
        if is_needed(row.customer_id, on=_day(now)):
            done.needed += 1
        elif erase_recording(row, rule=f"{due.rule}@{due.pack}", now=now):
            done.erased += 1


def is_needed(customer_id: UUID, *, on: date) -> bool:
    """Whether a recording of her calls may still decide something: a dispute, a complaint, a plan or promise open."""
    disputed = Hold.objects.filter(
        Q(until_on=None) | Q(until_on__gt=on), customer_id=customer_id, lifted_at=None, reason__in=WANTED_BY,
    )  # fmt: skip
    return (
        disputed.exists()
        or Plan.objects.filter(customer_id=customer_id, state__in=OPEN_PLANS).exists()
        or Promise.objects.filter(customer_id=customer_id, state=Promise.State.OPEN).exists()
    )


def _due(called_at: datetime, packs: tuple[Pack, ...], now: datetime) -> Due | None:
    return due_days(packs, {"call_date": _day(called_at)}, _day(now)).get(DEADLINE)


def _day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(config().time_zone)).date()
