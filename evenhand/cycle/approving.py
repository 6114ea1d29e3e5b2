"""One inbox of what waits for a second person: plans, waivers and interest stops, answered by who stands high
enough."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _

from evenhand.approvals import actions as approvals
from evenhand.approvals.actions import ApprovalRefused
from evenhand.approvals.queries import ApprovalRow, approval_rows, open_questions
from evenhand.arrangements.house import reaches
from evenhand.arrangements.models import Plan, Relief, Waiver
from evenhand.cycle import agreeing, relieving, waiving
from evenhand.cycle.redeciding import locked

SUBJECTS = (agreeing.SUBJECT, waiving.SUBJECT, relieving.SUBJECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question with what it is about: whose, how much, which role answers, and its words."""

    question: ApprovalRow
    customer_id: UUID
    role: str
    kind: str  # of the plan; else of what is given up
    amount_minor: int
    currency: str
    plan: UUID | None
    part: str = ""
    reason: str = ""
    review_on: date | None = None


def questions(role: str) -> list[Asked]:
    """What waits for an answer that somebody of this role may give, the oldest first."""
    rows = [row for subject in SUBJECTS for row in open_questions(subject)]
    found = [_asked(row) for row in sorted(rows, key=lambda row: (row.asked_at, row.id))]
    return [asked for asked in found if reaches(role, asked.role)]


def _asked(row: ApprovalRow) -> Asked:
    if row.subject == agreeing.SUBJECT:
        plan = Plan.objects.get(id=row.subject_id)
        return Asked(
            question=row, customer_id=plan.customer_id, role=plan.approval_role, kind=str(plan.kind),
            amount_minor=plan.debt_minor, currency=plan.currency, plan=plan.id,
        )  # fmt: skip
    if row.subject == waiving.SUBJECT:
        waiver = Waiver.objects.get(id=row.subject_id)
        return Asked(
            question=row, customer_id=waiver.customer_id, role=waiver.approval_role, kind="WAIVER",
            amount_minor=waiver.amount_minor, currency=waiver.currency, plan=waiver.plan_id, part=waiver.part,
            reason=waiver.reason,
        )  # fmt: skip
    relief = Relief.objects.get(id=row.subject_id)
    return Asked(
        question=row, customer_id=relief.customer_id, role=relief.approval_role, kind="STOP_INTEREST",
        amount_minor=0, currency=relief.currency, plan=None, review_on=relief.review_on,
    )  # fmt: skip


class QuestionGone(LookupError):
    """There is nothing that is asked about."""


class _Room(Protocol):
    """What each kind of question says of itself, and how its answer is applied."""

    def asked(self, subject_id: UUID) -> tuple[UUID, str, str]:
        """Whose it is, which role answers, and the digest of what is asked."""

    def answered(
        self, subject_id: UUID, *, approved: bool, reason: str, by: UUID, now: datetime, on: date
    ) -> None:
        """Apply an answer; the caller holds the person's lock."""


_ROOMS: Mapping[str, _Room] = {
    agreeing.SUBJECT: agreeing,
    waiving.SUBJECT: waiving,
    relieving.SUBJECT: relieving,
}


def answer(
    *,
    subject: str,
    subject_id: UUID,
    approval_id: UUID,
    verdict: str,
    reason: str,
    role: str,
    by: UUID,
    now: datetime,
    on: date,
) -> None:
    """Answer a question and apply it, in one transaction; the same answer again changes nothing.

    Who asked or had a hand in it may not, nor who stands lower than it asks for. Raises ApprovalRefused, PlanRefused,
    WaiverRefused and QuestionGone.
    """
    room = _ROOMS[subject]
    try:
        customer = room.asked(subject_id)[0]
    except ObjectDoesNotExist:
        raise QuestionGone(f"nothing is asked about {subject} {subject_id}") from None
    with locked(customer):
        _whose, needed, digest = room.asked(subject_id)
        if not reaches(role, needed):
            raise ApprovalRefused(_("Somebody with more authority has to answer this."))
        rows = approval_rows(subject, subject_id)
        if any(row.id == approval_id and row.verdict == verdict for row in rows):
            return
        approvals.decide(
            approval_id=approval_id, verdict=verdict, reason=reason, digest=digest, by=by, now=now
        )
        room.answered(
            subject_id, approved=verdict == "APPROVED", reason=reason, by=by, now=now, on=on
        )
