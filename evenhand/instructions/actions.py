"""What is done to instructions: made with the act they follow from, sent, answered line by line, tried again,
proved."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from evenhand.instructions.models import AnswerFile, Instruction, InstructionFile
from evenhand.journal import actions as journal
from evenhand.portfolio.models import Person

State = Instruction.State
WORDS_MAX = 200
ANSWERED = (State.DONE, State.PART, State.REJECTED)


class InstructionRefused(ValueError):
    """An instruction that cannot be tried again or given up; the message says why, in the page's language."""


class InstructionGone(LookupError):
    """There is no such instruction."""


def instruct(
    *,
    person: Person,
    account_key: int,
    kind: str,
    amount_minor: int | None = None,
    currency: str = "",
    part: str = "",
    detail: Mapping[str, Any] | None = None,
    cause: UUID,
    owner: UUID | None,
    by: UUID | None,
    now: datetime,
    on: date,
) -> Instruction:
    """Tell the core what it must carry out, in the transaction of the act it follows from; the same act again tells it
    once. The caller holds the person's lock."""
    assert kind in Instruction.Kind.values
    row, new = Instruction.objects.get_or_create(
        cause=cause,
        kind=kind,
        account_key=account_key,
        part=part,
        defaults={
            "customer": person,
            "amount_minor": amount_minor,
            "currency": currency,
            "detail": dict(detail or {}),
            "owner_id": owner,
            "made_on": on,
            "made_at": now,
        },
    )
    if new:
        row.refresh_from_db(fields=["number"])
        _tell("INSTRUCTION_MADE", row, by=by, now=now)
    return row


def withdraw(*, cause: UUID, by: UUID | None, now: datetime) -> int:
    """Take back what follows from an act and has not left yet; returns how many."""
    rows = list(Instruction.objects.select_for_update().filter(cause=cause, state=State.WAITING))
    for row in rows:
        row.state = State.WITHDRAWN
        row.save(update_fields=["state"])
        _tell("INSTRUCTION_ENDED", row, by=by, now=now, state=str(State.WITHDRAWN))
    return len(rows)


def sent(*, rows: Sequence[Instruction], file: InstructionFile, on: date, now: datetime) -> None:
    """Say that these left in a file."""
    for row in rows:
        row.state, row.file, row.sent_on = State.SENT, file, on
        row.code, row.words, row.answered_on, row.done_minor = "", "", None, None
    fields = ["state", "file", "sent_on", "code", "words", "answered_on", "done_minor"]
    Instruction.objects.bulk_update(rows, fields, batch_size=1_000)
    journal.record_many(
        _act("INSTRUCTION_SENT", row, by=None, now=now, file=file.name) for row in rows
    )


def answered(
    *,
    row: Instruction,
    done: bool,
    code: str,
    words: str,
    done_minor: int | None,
    file: AnswerFile,
    on: date,
    now: datetime,
) -> None:
    """Keep the core's answer to one instruction: done, done in part, or rejected with its code and words."""
    assert row.state == State.SENT
    less = done_minor is not None and row.amount_minor is not None and done_minor < row.amount_minor
    row.state = State.REJECTED if not done else State.PART if less else State.DONE
    row.code, row.words, row.done_minor = code[:20], words[:WORDS_MAX], done_minor
    row.answer, row.answered_on = file, on
    row.save(update_fields=["state", "code", "words", "done_minor", "answer", "answered_on"])
    _tell("INSTRUCTION_ANSWERED", row, by=None, now=now, state=str(row.state), code=row.code)


@transaction.atomic
def retry(*, instruction_id: UUID, by: UUID, now: datetime) -> None:
    """Send an instruction again that the core rejected or did in part; its number stays. Raises InstructionRefused."""
    row = _locked(instruction_id)
    if row.state not in (State.REJECTED, State.PART):
        raise InstructionRefused(_("Only what was rejected or done in part is sent again."))
    row.state, row.tries, row.owner_id = State.WAITING, row.tries + 1, by
    row.save(update_fields=["state", "tries", "owner"])
    _tell("INSTRUCTION_RETRIED", row, by=by, now=now, tries=row.tries)


@transaction.atomic
def give_up(*, instruction_id: UUID, reason: str, by: UUID, now: datetime) -> None:
    """Stop sending an instruction, for a reason; what was promised to her holds all the same."""
    row = _locked(instruction_id)
    if row.state not in (State.WAITING, State.REJECTED, State.PART):
        raise InstructionRefused(_("Only what waits, was rejected or done in part is given up."))
    if not reason.strip():
        raise InstructionRefused(_("Say why it is given up."))
    row.state, row.owner_id, row.words = State.GIVEN_UP, by, reason.strip()[:WORDS_MAX]
    row.save(update_fields=["state", "owner", "words"])
    _tell("INSTRUCTION_ENDED", row, by=by, now=now, state=str(State.GIVEN_UP))


@transaction.atomic
def take_over(*, instruction_id: UUID, by: UUID) -> None:
    """Make somebody the owner of an instruction."""
    row = _locked(instruction_id)
    row.owner_id = by
    row.save(update_fields=["owner"])


def proved(*, row: Instruction, on: date, now: datetime) -> None:
    """Say that a file of the core shows what was asked of it."""
    row.state, row.proved_on = State.PROVED, on
    row.save(update_fields=["state", "proved_on"])
    _tell("INSTRUCTION_PROVED", row, by=None, now=now)


def not_done(*, row: Instruction, code: str, on: date, now: datetime) -> None:
    """Say that a file of the core shows the contrary of what it said: it goes back to its owner."""
    assert row.state == State.DONE
    row.state, row.code, row.answered_on = State.REJECTED, code, on
    row.save(update_fields=["state", "code", "answered_on"])
    _tell("INSTRUCTION_ANSWERED", row, by=None, now=now, state=str(row.state), code=code)


def _locked(instruction_id: UUID) -> Instruction:
    row = Instruction.objects.select_for_update().filter(id=instruction_id).first()
    if row is None:
        raise InstructionGone(f"no instruction {instruction_id}")
    return row


def _tell(kind: str, row: Instruction, *, by: UUID | None, now: datetime, **more: Any) -> None:
    act = _act(kind, row, by=by, now=now, **more)
    journal.record_many([act])


def _act(
    kind: str, row: Instruction, *, by: UUID | None, now: datetime, **more: Any
) -> journal.Act:
    return journal.Act(
        kind=kind,
        stream=journal.of_person(row.customer_id),
        who=by,
        at=now,
        detail={
            "instruction": str(row.id),
            "number": row.number,
            "instruction_kind": str(row.kind),
            "account_key": row.account_key,
            **more,
        },
    )
