"""Instructions on their way to the core and back, and the proof of them by its next files."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from django.db import connection

from evenhand.instructions import actions as instructions
from evenhand.instructions.models import FIGURES, AnswerFile, Instruction, InstructionFile
from evenhand.ledger.models import Break
from evenhand.ledger.reconcile import TOTAL
from evenhand.portfolio.persons import lock_persons
from evenhand.runtime.keys import Keys

State = Instruction.State


class InstructionUnknown(LookupError):
    """An answer to what was never sent, or to another try of it; says which line and what was expected."""

    def __init__(self, line: int, expected: str) -> None:
        super().__init__(expected)
        self.line, self.expected = line, expected


class Answer(Protocol):
    """One answer as a file gives it."""

    @property
    def line(self) -> int: ...
    @property
    def number(self) -> int: ...
    @property
    def tried(self) -> int: ...
    @property
    def done(self) -> bool: ...
    @property
    def code(self) -> str: ...
    @property
    def words(self) -> str: ...


A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Told:
    """What a file of answers said."""

    done: int
    rejected: int
    taken_before: bool


def instructions_to_send() -> list[Instruction]:
    """What waits for the next file, by number, locked after its people. In a transaction of the caller's."""
    assert connection.in_atomic_block
    waiting = Instruction.objects.filter(state=State.WAITING)
    lock_persons(ids=sorted(set(waiting.values_list("customer_id", flat=True))))
    return list(waiting.select_for_update().order_by("number"))


def keep_file(
    rows: Sequence[Instruction],
    written: Callable[[int], bytes],
    *,
    totals: Mapping[str, int],
    keys: Keys,
    on: date,
    now: datetime,
) -> tuple[str, bytes]:
    """Keep a file of instructions, sealed, with them said to be sent; returns its name and bytes to hand over."""
    last = InstructionFile.objects.order_by("-number").values_list("number", flat=True).first()
    number = (last or 0) + 1
    name, content = f"instructions.{on.isoformat()}.{number:06}.csv", written(number)
    file = InstructionFile.objects.create(
        number=number, name=name, sha256=hashlib.sha256(content).hexdigest(),
        content=keys.seal(content, about=name.encode()), lines=len(rows), totals=dict(totals), made_on=on, made_at=now,
    )  # fmt: skip
    instructions.sent(rows=rows, file=file, on=on, now=now)
    return name, content


def not_handed(keys: Keys) -> list[tuple[str, bytes]]:
    """Files that were made and of which nobody knows that they lie where the core looks, by number."""
    rows = InstructionFile.objects.filter(handed_at=None).order_by("number")
    return [(row.name, keys.unseal(bytes(row.content), about=row.name.encode())) for row in rows]


def handed(name: str, *, now: datetime) -> None:
    """Say that a file lies where the core looks."""
    InstructionFile.objects.filter(name=name, handed_at=None).update(handed_at=now)


def taken_before(sha256: str) -> Told | None:
    """What a file of answers said that was taken before; None for one that was not."""
    row = AnswerFile.objects.filter(sha256=sha256, state=AnswerFile.State.TAKEN).first()
    return None if row is None else Told(row.done, row.rejected, True)


def take_answers(
    answers: Sequence[A],
    amount_of: Callable[[A, str], int | None],
    *,
    name: str,
    sha256: str,
    on: date,
    now: datetime,
) -> Told:
    """Keep every answer of a file. In a transaction of the caller's; raises InstructionUnknown, and then nothing
    holds."""
    assert connection.in_atomic_block
    numbers = [answer.number for answer in answers]
    people = Instruction.objects.filter(number__in=numbers).values_list("customer_id", flat=True)
    lock_persons(ids=sorted(set(people)))
    rows = {
        row.number: row
        for row in Instruction.objects.select_for_update().filter(number__in=numbers)
    }
    done = sum(answer.done for answer in answers)
    file = AnswerFile.objects.create(
        name=name[:200], sha256=sha256, state=AnswerFile.State.TAKEN, done=done, rejected=len(answers) - done,
        received_at=now,
    )  # fmt: skip
    for answer in answers:
        row = rows.get(answer.number)
        if row is None:
            raise InstructionUnknown(answer.line, "the number of an instruction that was sent")
        if row.state != State.SENT or row.tries != answer.tried:
            raise InstructionUnknown(
                answer.line, f"an instruction that waits for an answer, try {row.tries}"
            )
        instructions.answered(
            row=row, done=answer.done, code=answer.code, words=answer.words, done_minor=amount_of(answer, row.currency),
            file=file, on=on, now=now,
        )  # fmt: skip
    return Told(done, len(answers) - done, False)


def answers_refused(
    *, name: str, sha256: str, line: int, field: str, expected: str, now: datetime
) -> None:
    """Keep a file of answers that was refused, and why."""
    AnswerFile.objects.create(
        name=name[:200], sha256=sha256, state=AnswerFile.State.REFUSED,
        refusal={"line": line, "field": field, "expected": expected}, received_at=now,
    )  # fmt: skip


def prove_instructions(account_keys: Collection[int], *, on: date, now: datetime) -> int:
    """Say of these accounts, whose figures the core sent on a banking day, which instructions its files show as done.

    It is shown where no figure of the part differs any more. The caller holds the locks of the people. Returns how
    many.
    """
    rows = list(
        Instruction.objects.filter(
            account_key__in=list(account_keys), kind__in=FIGURES,
            state__in=(State.SENT, State.DONE, State.PART), made_on__lt=on,
        ).order_by("number")
    )  # fmt: skip
    differ = _differing([row.account_key for row in rows])
    shown = [
        row for row in rows if not differ & {(row.account_key, row.part), (row.account_key, TOTAL)}
    ]
    for row in shown:
        instructions.proved(row=row, on=on, now=now)
    return len(shown)


def _differing(account_keys: Iterable[int]) -> set[tuple[int, str]]:
    rows = Break.objects.filter(gone_on=None, book__account_key__in=list(account_keys))
    return set(rows.values_list("book__account_key", "part"))


def charged_all_the_same(charged: Mapping[int, date], *, on: date, now: datetime) -> int:
    """Say of accounts charged interest after the core said it had stopped it, by the day of the charge, that it had
    not.

    The caller holds the locks. Returns how many instructions go back to their owners.
    """
    rows = Instruction.objects.filter(
        kind="INTEREST_STOP", state=State.DONE, account_key__in=list(charged)
    )
    found = 0
    for row in rows:
        restarted = Instruction.objects.filter(
            kind="INTEREST_RESTART", account_key=row.account_key, number__gt=row.number
        )
        if (
            row.answered_on is not None
            and charged[row.account_key] > row.answered_on
            and not restarted.exists()
        ):
            instructions.not_done(row=row, code="CHARGED", on=on, now=now)
            found += 1
    return found
