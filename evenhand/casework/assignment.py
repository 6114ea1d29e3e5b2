"""Cases given to collectors: a batch looked at, done and undone; one moved, kept or given back.

Whose a case is decides nothing about the person: the gate and the strategy do not read it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Max, Q, QuerySet

from evenhand.access.models import Absence, Desk, Staff
from evenhand.casework.assigning import Hand, ToAssign, assign, assignment_terms, band_of
from evenhand.casework.models import (
    AssignmentBatch,
    AssignmentLine,
    AtWork,
    Case,
    ContactResult,
    KeptCase,
)
from evenhand.journal import actions as journal
from evenhand.journal.actions import Act
from evenhand.portfolio.persons import lock_persons

MOVED_FOR = ("LOAD", "LANGUAGE", "ABSENCE", "CONFLICT", "HER_WISH")
KEPT_FOR = ("PROMISE_SOON", "TALKS")
GIVEN_BACK_FOR = ("CONFLICT", "LANGUAGE", "CANNOT_REACH", "NEEDS_OTHERS")
State = AssignmentBatch.State


class AssignmentRefused(ValueError):
    """What cannot be given, kept or undone; the message is a code: NOT_OPEN, NOT_HERS, QUOTA, …"""


@transaction.atomic
def preview(*, desk: str, rebalances: bool, on: date, by: UUID, now: datetime) -> int:
    """Work a batch out and keep it to be looked at; returns its number. Nothing is given yet.

    It shares out the open cases of a desk that nobody of the desk has, and with `rebalances` those somebody has too.
    """
    if desk not in Desk.values:
        raise AssignmentRefused("NO_DESK")
    terms = assignment_terms()
    hands = _hands(desk, on)
    cases = list(_cases(desk, hands, rebalances=rebalances)[: terms.batch_cases_max])
    shared = {case.id for case in cases}
    kept, barred = _kept(shared, on), _complained_of(shared)
    asked = [
        ToAssign(
            case.id, desk, case.arrears_minor, _overdue(case, on), _language(case), case.id in kept,
            barred.get(case.id, frozenset()),
        )
        for case in cases
    ]  # fmt: skip
    ready = _with_what_they_hold(hands, shared, on)
    given = {one.case_id: one for one in assign(asked, ready, terms)}
    batch = AssignmentBatch.objects.create(
        number=_next_number(),
        desk=desk,
        rebalances=rebalances,
        banking_day=on,
        made_by_id=by,
        made_at=now,
    )
    AssignmentLine.objects.bulk_create(
        AssignmentLine(
            batch=batch, case=case, amount_minor=case.arrears_minor, from_owner_id=case.owner_id,
            to_owner_id=given[case.id].to, reason=given[case.id].reason,
        )
        for case in cases
        if given[case.id].to != case.owner_id or given[case.id].to is None
    )  # fmt: skip
    return batch.number


@transaction.atomic
def do(*, number: int, by: UUID, on: date, now: datetime) -> None:
    """Give the cases of a batch as it was looked at; what changed since is left as it is. Twice is once.

    What the batch went by is asked again, for hours may lie between: whether a collector is there and of the desk, her
    limit, what is kept and of whom somebody complained.
    """
    batch = _locked(number)
    if batch.state == State.DONE:
        return
    if batch.state != State.PREVIEW:
        raise AssignmentRefused("NOT_TO_DO")
    lines = list(batch.lines.filter(to_owner__isnull=False).select_related("case").order_by("id"))
    cases = _locked_cases(line.case for line in lines)
    _lock_staff({line.to_owner_id for line in lines if line.to_owner_id})
    hands = _hands(batch.desk, on)
    kept, barred = _kept(set(cases), on), _complained_of(set(cases))
    able = [
        line
        for line in lines
        if _as_looked_at(cases[line.case_id], line, batch.desk)
        and _takes(hands.get(line.to_owner_id), line, barred)
        and line.case_id not in kept
    ]
    within = _within_limits(able, hands)
    acts = []
    for line in lines:
        if line.id not in within:
            line.state = "CHANGED"
            continue
        case = cases[line.case_id]
        line.state, case.owner_id = "GIVEN", line.to_owner_id
        acts.append((case, line))
    KeptCase.objects.filter(case_id__in=[case.id for case, _ in acts], ended_at=None).update(
        ended_at=now
    )
    _save(cases, lines)
    batch.state, batch.done_by_id, batch.done_at = State.DONE, by, now
    batch.save()
    _tell("CASE_ASSIGNED", acts, batch, by, now)


@transaction.atomic
def undo(*, number: int, by: UUID, now: datetime) -> None:
    """Take the cases of a batch back that nobody has worked on since. Twice is once."""
    batch = _locked(number)
    if batch.state == State.UNDONE:
        return
    if batch.state != State.DONE or batch.done_at is None:
        raise AssignmentRefused("NOT_TO_UNDO")
    lines = list(batch.lines.filter(state="GIVEN").select_related("case").order_by("id"))
    cases = _locked_cases(line.case for line in lines)
    worked = _worked(lines, batch.done_at)
    acts = []
    for line in lines:
        case = cases[line.case_id]
        if line.case_id in worked:
            line.state = "WORKED"
        elif case.owner_id != line.to_owner_id:
            line.state = "CHANGED"
        else:
            line.state, case.owner_id = "TAKEN_BACK", line.from_owner_id
            acts.append((case, line))
    _save(cases, lines)
    batch.state, batch.undone_at = State.UNDONE, now
    batch.save()
    _tell("CASE_UNASSIGNED", acts, batch, by, now)


@transaction.atomic
def discard(*, number: int) -> None:
    """Put a batch aside that was only looked at."""
    batch = _locked(number)
    if batch.state == State.PREVIEW:
        batch.state = State.DISCARDED
        batch.save()
    elif batch.state != State.DISCARDED:
        raise AssignmentRefused("NOT_TO_DISCARD")


@transaction.atomic
def move(*, case_id: UUID, to: str, reason: str, by: UUID, now: datetime) -> None:
    """Give one case to a collector of its desk (调案). The same again changes nothing."""
    case = _open_case(case_id)
    staff = Staff.objects.filter(
        username=to, is_active=True, desk=case.desk, groups__name="collector"
    ).first()
    if staff is None:
        raise AssignmentRefused("NOBODY")
    _known(reason, MOVED_FOR)
    if staff.id in _complained_of({case.id}).get(case.id, frozenset()):
        raise AssignmentRefused("COMPLAINED_OF")
    if case.owner_id == staff.id:
        return
    _lock_staff({staff.id})
    if _is_full(staff.id):
        raise AssignmentRefused("FULL")
    before = case.owner.get_username() if case.owner else ""
    _end_keeping(case, now)
    _owned(case, staff.id)
    _told(
        kind="CASE_TRANSFERRED",
        case=case,
        by=by,
        now=now,
        detail={"from": before, "to": to, "reason": reason},
    )


@transaction.atomic
def give_back(*, case_id: UUID, reason: str, by: UUID, now: datetime) -> None:
    """Let a case of one's own go back to the desk (退案), with a reason."""
    case = _open_case(case_id)
    if case.owner_id != by or case.owner is None:
        raise AssignmentRefused("NOT_HERS")
    _known(reason, GIVEN_BACK_FOR)
    _end_keeping(case, now)
    name = case.owner.get_username()
    _owned(case, None)
    _told(
        kind="CASE_GIVEN_BACK", case=case, by=by, now=now, detail={"from": name, "reason": reason}
    )


@transaction.atomic
def keep(*, case_id: UUID, reason: str, until_on: date, by: UUID, on: date, now: datetime) -> None:
    """Keep a case of one's own until a day (留案), within the quota. The same again changes nothing."""
    terms, case = assignment_terms(), _open_case(case_id)
    if case.owner_id != by or case.owner is None:
        raise AssignmentRefused("NOT_HERS")
    _known(reason, KEPT_FOR)
    if not on < until_on <= on + timedelta(days=terms.kept_days_max):
        raise AssignmentRefused("DAY")
    KeptCase.objects.filter(case=case, ended_at=None, until_on__lte=on).update(ended_at=now)
    if KeptCase.objects.filter(case=case, ended_at=None).exists():
        return
    Staff.objects.select_for_update(no_key=True).get(id=by)  # who owns the quota
    if (
        KeptCase.objects.filter(staff_id=by, ended_at=None, until_on__gt=on).count()
        >= terms.kept_max
    ):
        raise AssignmentRefused("QUOTA")
    KeptCase.objects.create(case=case, staff_id=by, reason=reason, from_on=on, until_on=until_on)
    detail = {"by": case.owner.get_username(), "until_on": until_on.isoformat(), "reason": reason}
    _told(kind="CASE_KEPT", case=case, by=by, now=now, detail=detail)


def _hands(desk: str, on: date) -> dict[UUID, Hand]:
    staff = Staff.objects.filter(desk=desk, is_active=True, groups__name="collector").order_by("id")
    away = set(
        Absence.objects.filter(from_on__lte=on, until_on__gt=on).values_list("staff_id", flat=True)
    )
    return {
        one.id: Hand(
            one.id, desk, frozenset(one.speaks or ["zh"]), one.caseload_max, one.id not in away
        )
        for one in staff
    }


def _cases(desk: str, hands: Mapping[UUID, Hand], *, rebalances: bool) -> QuerySet[Case]:
    rows = Case.objects.filter(state=Case.State.OPEN, desk=desk).select_related("customer")
    if not rebalances:
        rows = rows.filter(Q(owner=None) | ~Q(owner_id__in=list(hands)))
    return rows.order_by("-priority", "id")


def _with_what_they_hold(hands: Mapping[UUID, Hand], shared: set[UUID], on: date) -> list[Hand]:
    """The collectors with the cases they have that are not shared out, read at once for all of them."""
    terms = assignment_terms()
    count: Counter[UUID | None] = Counter()
    amounts: dict[UUID | None, list[int]] = {
        staff: [0] * (len(terms.age_bands) + 1) for staff in hands
    }
    held = Case.objects.filter(state=Case.State.OPEN, owner_id__in=list(hands))
    for case in held.only("id", "owner_id", "arrears_minor", "overdue_from_on"):
        if case.id not in shared:
            count[case.owner_id] += 1
            amounts[case.owner_id][band_of(_overdue(case, on), terms)] += case.arrears_minor
    return [
        hand._replace(caseload=count[staff], amounts_minor=tuple(amounts[staff]))
        for staff, hand in hands.items()
    ]


def _as_looked_at(case: Case, line: AssignmentLine, desk: str) -> bool:
    return (case.state, case.desk, case.owner_id) == (Case.State.OPEN, desk, line.from_owner_id)


def _takes(hand: Hand | None, line: AssignmentLine, barred: Mapping[UUID, frozenset[UUID]]) -> bool:
    """Whether a collector is still of the desk and there, and nobody complained of her."""
    return (
        hand is not None
        and hand.present
        and hand.staff not in barred.get(line.case_id, frozenset())
    )


def _within_limits(lines: Sequence[AssignmentLine], hands: Mapping[UUID, Hand]) -> set[UUID]:
    """The lines, by id, that give nobody more than her limit: where there is no room the least stay where they are.

    What stays counts for whoever has it, so that the lines are gone through until no more is left out.
    """
    rows = Case.objects.filter(state=Case.State.OPEN, owner_id__in=list(hands))
    load: Counter[UUID | None] = Counter(rows.values_list("owner_id", flat=True))
    for line in lines:
        load[line.from_owner_id] -= 1
        load[line.to_owner_id] += 1
    left = sorted(lines, key=lambda line: (line.amount_minor, line.id))
    over = True
    while over:
        over, goes = False, []
        for line in left:
            hand = hands[
                line.to_owner_id
            ]  # who is no hand takes nothing and is not among the lines
            if hand.limit is None or load[hand.staff] <= hand.limit:
                goes.append(line)
                continue
            over = True
            load[line.from_owner_id] += 1
            load[hand.staff] -= 1
        left = goes
    return {line.id for line in left}


def _is_full(staff: UUID) -> bool:
    limit = Staff.objects.values_list("caseload_max", flat=True).get(id=staff)
    held = Case.objects.filter(state=Case.State.OPEN, owner_id=staff).count()
    return limit is not None and held >= limit


def _lock_staff(ids: Iterable[UUID]) -> None:
    """Lock who owns the limits, after the people, in the order of their ids."""
    rows = Staff.objects.select_for_update(no_key=True).filter(id__in=list(ids))
    list(rows.order_by("id").values_list("id"))


def _language(case: Case) -> str:
    return "en" if case.customer.language.startswith("en") else "zh"


def _overdue(case: Case, on: date) -> int:
    return (on - case.overdue_from_on).days if case.overdue_from_on else 0


def _kept(cases: set[UUID], on: date) -> set[UUID]:
    rows = KeptCase.objects.filter(case_id__in=cases, ended_at=None, until_on__gt=on)
    return set(rows.filter(staff_id=F("case__owner_id")).values_list("case_id", flat=True))


def _complained_of(cases: set[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Who was on the line when the person of a case complained: she may be whom the complaint is of."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = ContactResult.objects.filter(case_id__in=cases, talk="COMPLAINS")
    for case_id, staff in rows.values_list("case_id", "written_by_id"):
        found[case_id].add(staff)
    return {case_id: frozenset(staff) for case_id, staff in found.items()}


def _worked(lines: Sequence[AssignmentLine], since: datetime) -> set[UUID]:
    given = {(line.case_id, line.to_owner_id) for line in lines}
    cases = {line.case_id for line in lines}
    written = ContactResult.objects.filter(case_id__in=cases, written_at__gte=since)
    held = AtWork.objects.filter(case_id__in=cases, taken_at__gte=since)
    pairs = {
        *written.values_list("case_id", "written_by_id"),
        *held.values_list("case_id", "staff_id"),
    }
    return {case_id for case_id, staff in pairs if (case_id, staff) in given}


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('assignment batch'))")
    found: int | None = AssignmentBatch.objects.aggregate(last=Max("number"))["last"]
    return (found or 0) + 1


def _locked(number: int) -> AssignmentBatch:
    batch = AssignmentBatch.objects.select_for_update().filter(number=number).first()
    if batch is None:
        raise AssignmentRefused("NO_BATCH")
    return batch


def _locked_cases(cases: Iterable[Case]) -> dict[UUID, Case]:
    """The people in the order of their ids, and then their cases as they are now."""
    several = list(cases)
    lock_persons(ids=[case.customer_id for case in several])
    rows = Case.objects.select_for_update().filter(id__in=[case.id for case in several])
    return {case.id: case for case in rows.order_by("id")}


def _open_case(case_id: UUID) -> Case:
    case = Case.objects.get(id=case_id)
    lock_persons(ids=[case.customer_id])
    found = Case.objects.select_for_update(of=("self",)).select_related("owner").get(id=case_id)
    if found.state != Case.State.OPEN:
        raise AssignmentRefused("NOT_OPEN")
    return found


def _owned(case: Case, owner: UUID | None) -> None:
    Case.objects.filter(id=case.id).update(owner=owner)
    held = AtWork.objects.filter(case=case)
    (held if owner is None else held.exclude(staff_id=owner)).delete()


def _end_keeping(case: Case, now: datetime) -> None:
    KeptCase.objects.filter(case=case, ended_at=None).update(ended_at=now)


def _known(reason: str, reasons: Sequence[str]) -> None:
    if reason not in reasons:
        raise AssignmentRefused("REASON")


def _save(cases: Mapping[UUID, Case], lines: Sequence[AssignmentLine]) -> None:
    Case.objects.bulk_update(cases.values(), ["owner"], batch_size=500)
    AssignmentLine.objects.bulk_update(lines, ["state"], batch_size=500)


def _tell(
    kind: str,
    acts: Sequence[tuple[Case, AssignmentLine]],
    batch: AssignmentBatch,
    by: UUID,
    now: datetime,
) -> None:
    ids = {one for _, line in acts for one in (line.from_owner_id, line.to_owner_id) if one}
    names: dict[UUID | None, str] = dict(
        Staff.objects.filter(id__in=ids).values_list("id", "username")
    )
    journal.record_many(
        Act(
            kind=kind, stream=journal.of_person(case.customer_id), who=by, at=now,
            detail={
                "batch": batch.number, "from": names.get(line.from_owner_id, ""),
                "to": names.get(line.to_owner_id, ""),
            },
        )
        for case, line in acts
    )  # fmt: skip


def _told(*, kind: str, case: Case, by: UUID, now: datetime, detail: Mapping[str, Any]) -> None:
    stream = journal.of_person(case.customer_id)
    journal.record(kind=kind, stream=stream, who=by, at=now, detail=detail)
