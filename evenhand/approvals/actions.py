"""Four eyes: a question put to a second person, and the answer. The owner of what is asked about applies it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from evenhand.approvals.models import Approval
from evenhand.journal import actions as journal
from evenhand.journal.rules import Stream

Verdict = Approval.Verdict
TEXT_MAX_CHARACTERS = 500


class ApprovalRefused(ValueError):
    """A question that cannot be put or answered; the message says why, in the page's language."""


@transaction.atomic
def ask(
    *,
    subject: str,
    subject_id: UUID,
    digest: str,
    asked_by: UUID,
    made_by: Iterable[UUID],
    note: str,
    now: datetime,
) -> UUID:
    """Ask for a second person's approval of content with this digest; returns the question's id.

    `made_by` are all who had a hand in it: none of them may answer, nor may who asks. The caller holds the lock of the
    subject's row. The same question again returns the first; an open one about other content is refused, and so is a
    question about content that was refused before.
    """
    _short(note)
    questions = Approval.objects.filter(subject=subject, subject_id=subject_id)
    still_open = questions.filter(verdict="", withdrawn_at=None).first()
    if still_open is not None:
        if still_open.digest != digest:
            raise ApprovalRefused(_("Another question about this is open; withdraw it first."))
        return _key(still_open)
    refused = questions.filter(digest=digest, verdict=Verdict.REFUSED).first()
    if refused is not None:
        raise ApprovalRefused(
            _("Exactly this was refused before (%(reason)s); change it before you ask again.")
            % {"reason": refused.reason}
        )
    question = Approval.objects.create(
        subject=subject,
        subject_id=subject_id,
        digest=digest,
        asked_by_id=asked_by,
        asked_at=now,
        note=note,
        made_by=sorted(str(maker) for maker in set(made_by)),
    )
    said = {"digest": digest, "note": note, "made_by": question.made_by}
    _tell("APPROVAL_ASKED", question, by=asked_by, now=now, said=said)
    return _key(question)


@transaction.atomic
def decide(
    *,
    approval_id: UUID,
    verdict: str,
    reason: str,
    digest: str,
    by: UUID,
    now: datetime,
    read: UUID | None = None,
) -> Approval:
    """Answer a question. `digest` is of the content as it is now; a refusal says why; `read` is the question whose
    page the answer comes from, where there is a page.

    The same verdict again returns the first answer. Raises ApprovalRefused when the answer is no verdict, comes from
    who asked or had a hand in it, contradicts one already given, is about what stood there before it was asked anew,
    or when the content is not what was asked about.
    """
    if read not in (None, approval_id):
        raise ApprovalRefused(
            _("This was changed after you opened the page; read it as it is now and answer again.")
        )
    if verdict not in Verdict.values:
        raise ApprovalRefused(_("Approve or refuse; there is no third answer."))
    if verdict == Verdict.REFUSED and not reason.strip():
        raise ApprovalRefused(_("Say why you refuse."))
    _short(reason)
    question = Approval.objects.select_for_update().get(id=approval_id)
    if by == question.asked_by_id or str(by) in question.made_by:
        raise ApprovalRefused(_("Who asked for this or worked on it cannot approve or refuse it."))
    if question.withdrawn_at is not None:
        raise ApprovalRefused(_("This question was withdrawn."))
    if question.verdict:
        if question.verdict != verdict:
            raise ApprovalRefused(_("This was answered already, and otherwise."))
        return question
    if question.digest != digest:
        raise ApprovalRefused(_("This was changed after you were asked; it is to be asked again."))
    question.verdict, question.reason = verdict, reason
    question.decided_by_id, question.decided_at = by, now
    question.save()
    said = {"verdict": verdict, "reason": reason, "digest": digest}
    _tell("APPROVAL_DECIDED", question, by=by, now=now, said=said)
    return question


@transaction.atomic
def withdraw(*, subject: str, subject_id: UUID, by: UUID | None, now: datetime) -> bool:
    """Take an open question back; returns whether there was one. An answered question stays as it is."""
    questions = Approval.objects.select_for_update().filter(subject=subject, subject_id=subject_id)
    question = questions.filter(verdict="", withdrawn_at=None).first()
    if question is None:
        return False
    question.withdrawn_at, question.withdrawn_by_id = now, by
    question.save()
    _tell("APPROVAL_WITHDRAWN", question, by=by, now=now, said={})
    return True


def _tell(
    kind: str, question: Approval, *, by: UUID | None, now: datetime, said: Mapping[str, Any]
) -> None:
    journal.record(
        kind=kind,
        stream=Stream(question.subject, str(question.subject_id)),
        who=by,
        at=now,
        detail={"approval": str(question.id), **said},
    )


def _key(question: Approval) -> UUID:
    key: UUID = question.id
    return key


def _short(text: str) -> None:
    if len(text) > TEXT_MAX_CHARACTERS:
        raise ApprovalRefused(
            _("Use at most %(number)s characters.") % {"number": TEXT_MAX_CHARACTERS}
        )
