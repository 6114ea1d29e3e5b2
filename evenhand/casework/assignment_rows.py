"""Batches of assignment as screens show them, and what is to be shared out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from evenhand.access.models import Absence, Desk, Staff
from evenhand.casework.models import AssignmentBatch, AssignmentLine, Case, KeptCase

LISTED = 20
LEFT_LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One batch, with how many cases it gives and leaves."""

    number: int
    state: str
    desk: str
    rebalances: bool
    banking_day: date
    made_by: str
    made_at: datetime
    done_at: datetime | None
    undone_at: datetime | None
    given: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one collector has before and after a batch, in cases and in money."""

    name: str
    limit: int | None
    before: int
    before_minor: int
    after: int
    after_minor: int


class Left(NamedTuple):
    """One case that a batch gives to nobody or that stayed as it was, and why."""

    case_id: UUID
    customer_id: UUID
    amount_minor: int
    currency: str
    reason: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandRow:
    """One collector with her desk, what she may hold and holds, and whether she is away."""

    name: str
    desk: str
    speaks: Sequence[str]
    limit: int | None
    cases: int
    minor: int
    away_until_on: date | None
    kept: int


class Unassigned(NamedTuple):
    """How many open cases of a desk nobody of the desk has."""

    desk: str
    cases: int
    minor: int


def unassigned_rows() -> list[Unassigned]:
    """Each desk with what nobody of it has, every desk."""
    nobodys = Q(owner=None) | ~Q(owner__desk=F("desk")) | Q(owner__is_active=False)
    rows = Case.objects.filter(nobodys, state=Case.State.OPEN).values_list("desk")
    found = {
        desk: (n, minor) for desk, n, minor in rows.annotate(Count("id"), Sum("arrears_minor"))
    }
    return [Unassigned(desk, *found.get(desk, (0, 0))) for desk in Desk.values]


def hand_rows(*, on: date) -> list[HandRow]:
    """The collectors by desk and name."""
    held = {
        owner: (n, minor)
        for owner, n, minor in Case.objects.filter(state=Case.State.OPEN, owner__isnull=False)
        .values_list("owner")
        .annotate(Count("id"), Sum("arrears_minor"))
    }
    away = dict(
        Absence.objects.filter(from_on__lte=on, until_on__gt=on)
        .order_by("until_on")
        .values_list("staff_id", "until_on")
    )
    kept = dict(
        KeptCase.objects.filter(ended_at=None, until_on__gt=on)
        .values_list("staff_id")
        .annotate(Count("id"))
    )
    staff = Staff.objects.filter(is_active=True, groups__name="collector").order_by(
        "desk", "username"
    )
    return [
        HandRow(
            name=one.get_username(), desk=one.desk, speaks=one.speaks or ["zh"], limit=one.caseload_max,
            cases=held.get(one.id, (0, 0))[0], minor=held.get(one.id, (0, 0))[1], away_until_on=away.get(one.id),
            kept=kept.get(one.id, 0),
        )
        for one in staff
    ]  # fmt: skip


def batch_rows(*, limit: int = LISTED) -> list[BatchRow]:
    """The latest batches, the latest first."""
    rows = AssignmentBatch.objects.select_related("made_by").order_by("-number")
    return _counted(list(rows[:limit]))


def batch_row(number: int) -> BatchRow | None:
    """One batch; None where there is none."""
    rows = AssignmentBatch.objects.select_related("made_by").filter(number=number)
    return next(iter(_counted(list(rows))), None)


def _counted(batches: Sequence[AssignmentBatch]) -> list[BatchRow]:
    lines = AssignmentLine.objects.filter(batch__in=batches).values_list("batch")
    counted = lines.annotate(given=Count("id", filter=Q(to_owner__isnull=False)), of=Count("id"))
    counts = {batch: (given, of - given) for batch, given, of in counted}
    return [
        BatchRow(
            number=row.number, state=row.state, desk=row.desk, rebalances=row.rebalances, banking_day=row.banking_day,
            made_by=row.made_by.get_username(), made_at=row.made_at, done_at=row.done_at, undone_at=row.undone_at,
            given=counts.get(row.id, (0, 0))[0], left=counts.get(row.id, (0, 0))[1],
        )
        for row in batches
    ]  # fmt: skip


def shares_of(number: int, *, on: date) -> list[Share]:
    """What each collector of the batch's desk has now, and would have with the batch as it was looked at."""
    batch = AssignmentBatch.objects.get(number=number)
    lines = list(batch.lines.filter(to_owner__isnull=False))
    hands = [row for row in hand_rows(on=on) if row.desk == batch.desk]
    names = dict(Staff.objects.values_list("id", "username"))
    moved: dict[str, list[int]] = {row.name: [0, 0] for row in hands}
    for line in lines if batch.state == AssignmentBatch.State.PREVIEW else []:
        for owner, sign in ((line.from_owner_id, -1), (line.to_owner_id, 1)):
            if owner is not None and names[owner] in moved:
                moved[names[owner]][0] += sign
                moved[names[owner]][1] += sign * line.amount_minor
    return [
        Share(
            name=row.name, limit=row.limit, before=row.cases, before_minor=row.minor,
            after=row.cases + moved[row.name][0], after_minor=row.minor + moved[row.name][1],
        )
        for row in hands
    ]  # fmt: skip


def left_rows(number: int, *, limit: int = LEFT_LISTED) -> list[Left]:
    """The cases of a batch that nobody gets, and those that stayed as they were when it was done or undone."""
    rows = AssignmentLine.objects.filter(batch__number=number).filter(
        Q(to_owner=None) | Q(state__in=["CHANGED", "WORKED"])
    )
    fields = ("case_id", "case__customer_id", "amount_minor", "case__currency", "reason", "state")
    return [
        Left(*row)
        for row in rows.order_by("reason", "-amount_minor", "id").values_list(*fields)[:limit]
    ]


class KeptRow(NamedTuple):
    """Until when a case is kept, and why."""

    until_on: date
    reason: str


def kept_row(case_id: UUID, *, on: date) -> KeptRow | None:
    """Whether its owner keeps a case on a day."""
    row = KeptCase.objects.filter(case_id=case_id, ended_at=None, until_on__gt=on).first()
    return None if row is None else KeptRow(row.until_on, row.reason)


def collectors_of(desk: str) -> list[str]:
    """The names of the collectors of a desk."""
    staff = Staff.objects.filter(is_active=True, desk=desk, groups__name="collector")
    return list(staff.order_by("username").values_list("username", flat=True))
