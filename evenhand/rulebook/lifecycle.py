"""From draft to approved: checked by the machine, tried on past nights, then answered for by a second person."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from evenhand.approvals import actions as approvals
from evenhand.approvals.actions import ApprovalRefused
from evenhand.approvals.queries import open_question
from evenhand.rulebook.checking import finding_rows
from evenhand.rulebook.content import inflated
from evenhand.rulebook.models import StrategyVersion
from evenhand.rulebook.versions import (
    SUBJECT,
    Outdated,
    State,
    StrategyRefused,
    locked,
    locked_draft,
    makers,
    tell,
)


def check(*, number: int, now: datetime) -> bool:
    """Check a draft's content and keep the findings; returns whether it is free of errors, and so CHECKED.

    A version that was tried or approved with this content stays so, but a tried one that is found to have an error is a
    draft again and nobody is asked about it any more. Raises Outdated when it was edited meanwhile.
    """
    content, sha256 = _read(number)
    findings = finding_rows(content)  # may take a second: not under the lock
    passed = not any(finding["severity"] == "ERROR" for finding in findings)
    with transaction.atomic():
        version = locked(number)
        if version.state in (State.APPROVED, State.DISCARDED):
            return passed
        if version.content_sha256 != sha256:
            raise Outdated(
                _("The version was edited while it was being checked; check it again."),
                newest=version.revision,
                by="",
                at=None,
            )
        version.findings, version.checked_at = findings, now
        if not passed:  # a newer checker may find in tried content what an older one did not
            approvals.withdraw(subject=SUBJECT, subject_id=version.id, by=None, now=now)
            version.state, version.trial = State.DRAFT, None
        elif version.state == State.DRAFT:
            version.state = State.CHECKED
        version.save()
        tell(
            "STRATEGY_CHECKED",
            version,
            by=None,
            now=now,
            said={
                "errors": sum(finding["severity"] == "ERROR" for finding in findings),
                "content_sha256": sha256,
            },
        )
    return passed


def _read(number: int) -> tuple[bytes, str]:
    found = (
        StrategyVersion.objects.filter(number=number)
        .values_list("content", "content_sha256")
        .first()
    )
    if found is None:
        raise StrategyRefused(_("There is no version %(number)s.") % {"number": number})
    return inflated(found[0]), found[1]


@transaction.atomic
def ask_approval(*, number: int, note: str, by: UUID, now: datetime) -> UUID:
    """Ask a second person about a tried version; returns the question's id. None who had a hand in it may answer."""
    version = locked_draft(number)
    if version.state != State.TRIED:
        raise StrategyRefused(
            _("Version %(number)s is to be checked and tried before anybody is asked about it.")
            % {"number": number}
        )
    try:
        return approvals.ask(
            subject=SUBJECT,
            subject_id=version.id,
            digest=version.content_sha256,
            asked_by=by,
            made_by=makers(version),
            note=note,
            now=now,
        )
    except ApprovalRefused as refused:
        raise StrategyRefused(str(refused)) from None


@transaction.atomic
def withdraw_approval(*, number: int, by: UUID, now: datetime) -> None:
    """Take the open question about a version back; without one, nothing changes."""
    version = locked(number)
    approvals.withdraw(subject=SUBJECT, subject_id=version.id, by=by, now=now)


@transaction.atomic
def decide_approval(
    *,
    number: int,
    verdict: str,
    reason: str,
    by: UUID,
    now: datetime,
    read: UUID | None = None,
) -> StrategyVersion:
    """Approve or refuse what was asked about a version. Approved, its content never changes again.

    `read` is the id of the question that the page showed which the answer comes from: content that was changed and
    asked about anew since then is not approved by it.
    """
    version = locked(number)
    question = open_question(SUBJECT, version.id)
    question_id = version.approval_id if question is None else question.id
    if question_id is None:
        raise StrategyRefused(
            _("Nobody is asked to approve version %(number)s.") % {"number": number}
        )
    try:
        answer = approvals.decide(
            approval_id=question_id,
            verdict=verdict,
            reason=reason,
            digest=version.content_sha256,
            by=by,
            now=now,
            read=read,
        )
    except ApprovalRefused as refused:
        raise StrategyRefused(str(refused)) from None
    if answer.verdict == approvals.Verdict.APPROVED and version.state != State.APPROVED:
        assert version.state == State.TRIED
        version.state, version.approval = State.APPROVED, answer
        version.save()
    return version
