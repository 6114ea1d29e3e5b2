"""Reads of questions and answers, as frozen rows for screens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from evenhand.approvals.models import Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRow:
    """One question with its answer, people by the name they log in with. `verdict` is empty while it is open."""

    id: UUID
    subject: str
    subject_id: UUID
    digest: str
    asked_by: str
    asked_by_id: UUID
    asked_at: datetime
    note: str
    made_by: tuple[UUID, ...]
    verdict: str
    decided_by: str
    decided_at: datetime | None
    reason: str
    withdrawn_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether an answer is still awaited."""
        return not self.verdict and self.withdrawn_at is None

    def may_decide(self, person: UUID) -> bool:
        """Whether this person is a second one: neither asked nor had a hand in it."""
        return person != self.asked_by_id and person not in self.made_by


def approval_rows(subject: str, subject_id: UUID) -> list[ApprovalRow]:
    """All questions ever put about a thing, latest first."""
    found = _people().filter(subject=subject, subject_id=subject_id)
    return [_row(question) for question in found.order_by("-asked_at", "-id")]


def open_question(subject: str, subject_id: UUID) -> ApprovalRow | None:
    """The question about a thing that awaits an answer, if one does."""
    found = _people().filter(subject=subject, subject_id=subject_id, verdict="", withdrawn_at=None)
    question = found.first()
    return None if question is None else _row(question)


def open_questions(subject: str) -> list[ApprovalRow]:
    """Questions about all things of a kind that await an answer, oldest first."""
    found = _people().filter(subject=subject, verdict="", withdrawn_at=None)
    return [_row(question) for question in found.order_by("asked_at", "id")]


def _people() -> QuerySet[Approval]:
    return Approval.objects.select_related("asked_by", "decided_by")


def _row(question: Approval) -> ApprovalRow:
    return ApprovalRow(
        id=question.id,
        subject=question.subject,
        subject_id=question.subject_id,
        digest=question.digest,
        asked_by=question.asked_by.get_username(),
        asked_by_id=question.asked_by_id,
        asked_at=question.asked_at,
        note=question.note,
        made_by=tuple(UUID(maker) for maker in question.made_by),
        verdict=question.verdict,
        decided_by="" if question.decided_by is None else question.decided_by.get_username(),
        decided_at=question.decided_at,
        reason=question.reason,
        withdrawn_at=question.withdrawn_at,
    )
