"""Which cases may be offered to a collector, in the order they are offered in; and who holds which."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from evenhand.access.models import Staff
from evenhand.casework.models import AtWork, Case, ContactResult, Hold
from evenhand.casework.work import note_of
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys

BY_A_PERSON = ("PHONE",)  # the strategy's channels that a collector works


class Candidate(NamedTuple):
    """A case that may be offered."""

    case_id: UUID
    customer_id: UUID


class HeldBy(NamedTuple):
    """In whose hands a case is, and since when."""

    staff: str
    mine: bool
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One result as a case shows it; the note in clear."""

    id: UUID
    written_by: str
    written_at: datetime
    act: str
    line: str
    who: str
    talk: str
    reason: str
    next_act: str
    next_on: date | None
    note: str
    findings: tuple[str, ...]


def candidates(
    staff: Staff, *, on: date, now: datetime, idle_minutes: int, limit: int
) -> list[Candidate]:
    """Open cases of hers or of nobody at her desk: what is due today first, then what is to be called, by priority.

    What another holds, what was worked on this day, what waits for a later day and what rests is left out.
    """
    held = AtWork.objects.filter(
        case=OuterRef("pk"), seen_at__gte=now - timedelta(minutes=idle_minutes)
    )
    rests = Hold.objects.filter(
        Q(until_on=None) | Q(until_on__gt=on), customer=OuterRef("customer"), lifted_at=None, from_on__lte=on,
        effects__contains=["CONTACT"], debts=[],
    )  # fmt: skip
    mine = Q(owner_id=staff.id) | Q(owner=None, desk=staff.desk)
    rows = Case.objects.filter(mine, state=Case.State.OPEN).filter(
        ~Exists(held), ~Exists(rests), Q(worked_on=None) | Q(worked_on__lt=on)
    )
    due = rows.filter(
        next_on__lte=on, next_act__in=["CALL", "PLAN", "WAIT_FOR_MONEY", "WAIT_FOR_PAPERS"]
    )
    others = rows.filter(Q(next_on=None) | Q(next_on__lt=F("opened_on")), channel__in=BY_A_PERSON)
    return list(islice(chain(_keys(due.order_by("next_on", "-priority", "id"), limit),
                             _keys(others.order_by("-priority", "id"), limit)), limit))  # fmt: skip


def in_hands_of(staff_id: UUID, *, idle_minutes: int, now: datetime) -> UUID | None:
    """The case she holds; none where she holds none or left it idle."""
    rows = AtWork.objects.filter(
        staff_id=staff_id, seen_at__gte=now - timedelta(minutes=idle_minutes)
    )
    return rows.filter(case__state=Case.State.OPEN).values_list("case_id", flat=True).first()


def held_by(case_id: UUID, staff_id: UUID, *, idle_minutes: int, now: datetime) -> HeldBy | None:
    """In whose hands a case is now."""
    row = (
        AtWork.objects.filter(case_id=case_id, seen_at__gte=now - timedelta(minutes=idle_minutes))
        .select_related("staff")
        .first()
    )
    if row is None:
        return None
    return HeldBy(row.staff.get_username(), row.staff_id == staff_id, row.taken_at)


def result_rows(case_id: UUID, *, limit: int = 5) -> list[ResultRow]:
    """The latest results of a case, the latest first, their notes opened."""
    rows = ContactResult.objects.filter(case_id=case_id).select_related("written_by")
    found = list(rows.order_by("-written_at", "-id")[:limit])
    keys = read_keys(config().key_file) if any(row.note for row in found) else None
    return [
        ResultRow(
            id=row.id, written_by=row.written_by.get_username(), written_at=row.written_at, act=row.act, line=row.line,
            who=row.who, talk=row.talk, reason=row.reason, next_act=row.next_act, next_on=row.next_on,
            note=note_of(row.id, bytes(row.note), keys) if row.note and keys else "",
            findings=tuple(row.note_findings),
        )
        for row in found
    ]  # fmt: skip


def _keys(rows: QuerySet[Case], limit: int) -> Iterable[Candidate]:
    return [Candidate(*row) for row in rows.values_list("id", "customer_id")[:limit]]
