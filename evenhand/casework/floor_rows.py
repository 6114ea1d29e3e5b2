"""What a supervisor sees of the floor: who is on what, how deep the queues are, and what waits for her."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Min, Q

from evenhand.access.models import Desk, Staff
from evenhand.casework.models import AtWork, Case, ContactResult, Hold
from evenhand.casework.next_rows import BY_A_PERSON
from evenhand.casework.rules import PROMISED

SUPERVISOR = "SUPERVISOR"
LISTED = 50
NOTED_DAYS = 7


class DeskRow(NamedTuple):
    """One desk's queue: how much there is, and how much of it is due."""

    desk: str
    open: int
    to_call: int
    due: int
    eldest_due_on: date | None
    in_hands: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorRow:
    """One member of staff on a banking day: the case in her hands, and what she wrote."""

    id: UUID
    name: str
    desk: str
    case_id: UUID | None = None
    customer_id: UUID | None = None
    taken_at: datetime | None = None
    idle: bool = False
    results: int = 0
    talks: int = 0
    promises: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """One case that waits for a supervisor, with who handed it over and why."""

    case_id: UUID
    customer_id: UUID
    talk: str
    by: str
    on: date | None
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldDue:
    """One hold whose day to be looked at again has come."""

    customer_id: UUID
    reason: str
    review_on: date
    from_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One result in whose note the linter found something."""

    case_id: UUID
    customer_id: UUID
    by: str
    written_at: datetime
    findings: tuple[str, ...] = field(default=())


def desk_rows(*, on: date, now: datetime, idle_minutes: int) -> list[DeskRow]:
    """Each desk's queue, every desk."""
    due = Q(next_on__lte=on)
    rows = Case.objects.filter(state=Case.State.OPEN).values("desk")
    counted = rows.values_list("desk").annotate(
        open=Count("id"), to_call=Count("id", filter=Q(channel__in=BY_A_PERSON)), due=Count("id", filter=due),
        eldest=Min("next_on", filter=due),
    )  # fmt: skip
    found = {row[0]: DeskRow(row[0], row[1], row[2], row[3], row[4], 0) for row in counted}
    seen = AtWork.objects.filter(seen_at__gte=now - timedelta(minutes=idle_minutes))
    held = dict(seen.values("case__desk").annotate(n=Count("id")).values_list("case__desk", "n"))
    return [
        found.get(desk, DeskRow(desk, 0, 0, 0, None, 0))._replace(in_hands=held.get(desk, 0))
        for desk in Desk.values
    ]


def collector_rows(*, on: date, now: datetime, idle_minutes: int) -> list[CollectorRow]:
    """Everybody who holds a case now or wrote a result on the day, by name."""
    written = {
        row["written_by"]: row
        for row in ContactResult.objects.filter(banking_day=on)
        .values("written_by")
        .annotate(
            results=Count("id"),
            talks=Count("id", filter=~Q(who="")),
            promises=Count("id", filter=Q(talk=PROMISED)),
        )
    }
    held = {row.staff_id: row for row in AtWork.objects.select_related("case")}
    idle = now - timedelta(minutes=idle_minutes)
    staff = Staff.objects.filter(id__in={*written, *held}).order_by("username")
    return [_collector(one, held.get(one.id), written.get(one.id, {}), idle) for one in staff]


def _collector(
    staff: Staff, held: AtWork | None, written: Mapping[str, Any], idle: datetime
) -> CollectorRow:
    row = CollectorRow(
        id=staff.id, name=staff.get_username(), desk=staff.desk, results=written.get("results", 0),
        talks=written.get("talks", 0), promises=written.get("promises", 0),
    )  # fmt: skip
    if held is None:
        return row
    return replace(
        row, case_id=held.case_id, customer_id=held.case.customer_id, taken_at=held.taken_at, idle=held.seen_at < idle,
    )  # fmt: skip


def waiting_rows(*, limit: int = LISTED) -> list[Waits]:
    """Cases whose next step is a supervisor's, the longest due first."""
    cases = Case.objects.filter(state=Case.State.OPEN, next_act=SUPERVISOR)
    keys = list(cases.order_by("next_on", "id").values_list("id", flat=True)[:limit])
    rows = (
        ContactResult.objects.filter(case_id__in=keys, next_act=SUPERVISOR)
        .select_related("case", "written_by")
        .order_by("case_id", "-written_at")
        .distinct("case_id")
    )
    found = {
        row.case_id: Waits(
            case_id=row.case_id, customer_id=row.case.customer_id, talk=row.talk, by=row.written_by.get_username(),
            on=row.next_on, written_at=row.written_at,
        )
        for row in rows
    }  # fmt: skip
    return [found[key] for key in keys if key in found]


def holds_due(*, on: date, limit: int = LISTED) -> list[HoldDue]:
    """Holds that stand and whose day to be looked at again has come, the longest due first."""
    rows = Hold.objects.filter(
        Q(until_on=None) | Q(until_on__gt=on), lifted_at=None, from_on__lte=on, review_on__lte=on
    )
    return [
        HoldDue(
            customer_id=row.customer_id,
            reason=row.reason,
            review_on=row.review_on,
            from_on=row.from_on,
        )
        for row in rows.order_by("review_on", "id")[:limit]
        if row.review_on is not None
    ]


def noted_rows(*, on: date, limit: int = LISTED) -> list[Noted]:
    """Results of the last days with words to look at, the latest first."""
    rows = ContactResult.objects.filter(banking_day__gt=on - timedelta(days=NOTED_DAYS))
    found = rows.exclude(note_findings=[]).select_related("case", "written_by")
    return [
        Noted(
            case_id=row.case_id, customer_id=row.case.customer_id, by=row.written_by.get_username(),
            written_at=row.written_at, findings=tuple(row.note_findings),
        )
        for row in found.order_by("-written_at", "-id")[:limit]
    ]  # fmt: skip
