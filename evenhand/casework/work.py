"""Whose hands a case is in, what she has typed about it, and what she wrote when she was done."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from evenhand.casework.models import AtWork, Case, ContactResult, ResultDraft
from evenhand.casework.result_codes import ResultCodes
from evenhand.casework.rules import Said
from evenhand.journal import actions as journal
from evenhand.journal.rules import digest_of
from evenhand.runtime.keys import Keys, SealedError

NOTE_MAX_CHARACTERS = 2000


class InOtherHands(ValueError):
    """Somebody else works on the case now; the message is her name."""


class ResultKeyReused(ValueError):
    """The key was used for another result before."""


class Writing(NamedTuple):
    """What is written down of one contact or of work at the desk."""

    case: Case
    said: Said
    note: str
    findings: tuple[str, ...]  # codes of the linter
    contact: UUID | None
    by: UUID
    request_key: UUID
    on: date

    @property
    def digest(self) -> str:
        """Of all that was asked under the key."""
        said = {name: str(value or "") for name, value in self.said._asdict().items()}
        return digest_of(
            {
                **said,
                "case": str(self.case.id),
                "note": self.note,
                "contact": str(self.contact or ""),
            }
        )


def take(*, case_id: UUID, staff: UUID, codes: ResultCodes, now: datetime) -> bool:
    """Take a case into one's hands, unless it is in another's; one at a time. Returns whether it is hers now."""
    with transaction.atomic():
        idle = now - timedelta(minutes=codes.idle_minutes)
        AtWork.objects.filter(seen_at__lt=idle).delete()
        held = AtWork.objects.select_for_update().filter(staff_id=staff).first()
        if held is not None:
            if held.case_id == case_id:
                AtWork.objects.filter(id=held.id).update(seen_at=now)
                return True
            held.delete()
        row = AtWork(case_id=case_id, staff_id=staff, taken_at=now, seen_at=now)
        AtWork.objects.bulk_create([row], ignore_conflicts=True)
        return AtWork.objects.filter(case_id=case_id, staff_id=staff).exists()


def seen(*, case_id: UUID, staff: UUID, now: datetime) -> None:
    """She still works on it, if it is in her hands."""
    AtWork.objects.filter(case_id=case_id, staff_id=staff).update(seen_at=now)


def put_back(*, case_id: UUID, staff: UUID) -> None:
    """Put a case back without a result; what was typed is kept for her."""
    AtWork.objects.filter(case_id=case_id, staff_id=staff).delete()


def keep_draft(
    *, case_id: UUID, staff: UUID, typed: Mapping[str, str], keys: Keys, now: datetime
) -> None:
    """Keep what she has typed so far, in place of what was kept before."""
    text = json.dumps(dict(typed), ensure_ascii=False).encode()
    ResultDraft.objects.update_or_create(
        case_id=case_id,
        staff_id=staff,
        defaults={"typed": keys.seal(text, about=_draft(case_id, staff)), "typed_at": now},
    )


def draft_of(case_id: UUID, staff: UUID, keys: Keys) -> dict[str, str]:
    """What she has typed about a case and not saved; empty where there is nothing, or its key is gone."""
    row = ResultDraft.objects.filter(case_id=case_id, staff_id=staff).first()
    if row is None:
        return {}
    try:
        found: dict[str, str] = json.loads(
            keys.unseal(bytes(row.typed), about=_draft(case_id, staff))
        )
    except SealedError:
        return {}
    return found


def written_before(writing: Writing) -> ContactResult | None:
    """The result that was written under the same key; raises ResultKeyReused when it was another."""
    found = ContactResult.objects.filter(request_key=writing.request_key).first()
    if found is not None and found.request_digest != writing.digest:
        raise ResultKeyReused("this key was used for another result")
    return found


def write(writing: Writing, *, codes: ResultCodes, keys: Keys, now: datetime) -> ContactResult:
    """Write a result down, in the caller's transaction under the person's lock; the case leaves her hands.

    Raises InOtherHands.
    """
    other = (
        AtWork.objects.filter(
            case=writing.case, seen_at__gte=now - timedelta(minutes=codes.idle_minutes)
        )
        .exclude(staff_id=writing.by)
        .select_related("staff")
        .first()
    )
    if other is not None:
        raise InOtherHands(other.staff.get_username())
    said = writing.said
    row = ContactResult(
        case=writing.case, written_by_id=writing.by, written_at=now, banking_day=writing.on, contact=writing.contact,
        version=codes.version, act=said.act, line=said.line, who=said.who, talk=said.talk, reason=said.reason,
        next_act=said.next, next_on=said.next_on, note_findings=list(writing.findings),
        request_key=writing.request_key, request_digest=writing.digest,
    )  # fmt: skip
    if writing.note:
        row.note = keys.seal(writing.note.encode(), about=_note(row.id))
    row.save(force_insert=True)
    Case.objects.filter(id=writing.case.id).update(
        next_act=said.next, next_on=said.next_on, worked_on=writing.on
    )
    ResultDraft.objects.filter(case=writing.case, staff_id=writing.by).delete()
    put_back(case_id=writing.case.id, staff=writing.by)
    _tell(row, writing, now)
    return row


def note_of(result_id: UUID, sealed: bytes | None, keys: Keys) -> str:
    """The note of a result in clear; empty where there is none, or its key is gone."""
    if sealed is None:
        return ""
    try:
        return keys.unseal(sealed, about=_note(result_id)).decode()
    except SealedError:
        return ""


def _tell(row: ContactResult, writing: Writing, now: datetime) -> None:
    journal.record(
        kind="RESULT_WRITTEN", stream=journal.of_person(writing.case.customer_id), who=writing.by, at=now,
        why=writing.contact,
        detail={
            "result": str(row.id), "act": row.act, "line": row.line, "who": row.who, "talk": row.talk or row.line,
            "reason": row.reason, "next_act": row.next_act, "next_on": row.next_on and row.next_on.isoformat(),
            "version": row.version, "note_sha256": digest_of({"note": writing.note}) if writing.note else "",
            "note_findings": row.note_findings, "contact": str(row.contact or ""),
        },
    )  # fmt: skip


def _note(result_id: UUID) -> bytes:
    return f"result {result_id}".encode()


def _draft(case_id: UUID, staff: UUID) -> bytes:
    return f"draft {case_id} {staff}".encode()
