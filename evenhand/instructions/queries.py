"""Reads of instructions, as frozen rows for screens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, Sum

from evenhand.instructions.models import FIGURES, Instruction
from evenhand.kernel.banking_days import banking_days_between

State = Instruction.State
OPEN = Q(state__in=(State.WAITING, State.SENT, State.PART, State.REJECTED)) | Q(
    state=State.DONE, kind__in=FIGURES
)
LATE_DAYS = 2  # banking days without an answer, or done and not seen in a file


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionRow:
    """One instruction and where it stands; `age_days` are banking days since it was made."""

    id: UUID
    number: int
    customer_id: UUID
    account_key: int
    kind: str
    part: str
    amount_minor: int | None
    currency: str
    cause: UUID
    state: str
    tries: int
    owner: str
    owner_id: UUID | None
    code: str
    words: str
    done_minor: int | None
    made_on: date
    sent_on: date | None
    answered_on: date | None
    proved_on: date | None
    age_days: int
    late: bool  # the core has not answered, or its files do not show what it says it did

    @property
    def needs_somebody(self) -> bool:
        """Whether it goes no further by itself."""
        return self.state in (State.REJECTED, State.PART) or self.late


def of_cause(cause: UUID, *, on: date) -> tuple[InstructionRow, ...]:
    """The instructions that follow from an act, by number."""
    return _rows(Instruction.objects.filter(cause=cause), on)


def of_causes(causes: Iterable[UUID], *, on: date) -> dict[UUID, list[InstructionRow]]:
    """The instructions that follow from several acts, by act."""
    found: dict[UUID, list[InstructionRow]] = {}
    for row in _rows(Instruction.objects.filter(cause__in=list(causes)), on):
        found.setdefault(row.cause, []).append(row)
    return found


def of_account(account_key: int, *, on: date) -> tuple[InstructionRow, ...]:
    """The instructions about an account, by number."""
    return _rows(Instruction.objects.filter(account_key=account_key), on)


def open_rows(
    *, on: date, which: str = "", owner: UUID | None = None, after: int = 0, limit: int = 100
) -> tuple[InstructionRow, ...]:
    """What is not finished, by number from after one: all, of an owner, or only what was rejected or done in part."""
    rows = Instruction.objects.filter(OPEN, number__gt=after)
    if owner is not None:
        rows = rows.filter(owner_id=owner)
    if which == "REJECTED":
        rows = rows.filter(state__in=(State.REJECTED, State.PART))
    return _rows(rows, on, limit=limit)


def need_somebody(owner: UUID | None = None) -> int:
    """How many were rejected or done in part and wait for their owner, or for anybody."""
    rows = Instruction.objects.filter(state__in=(State.REJECTED, State.PART))
    return (rows if owner is None else rows.filter(Q(owner_id=owner) | Q(owner=None))).count()


def unbooked_minor(kinds: Sequence[str], account_keys: Iterable[int]) -> dict[int, int]:
    """By account, what was told to the core in these kinds and no file of it shows yet; given up counts, for what was
    promised holds."""
    rows = Instruction.objects.filter(
        kind__in=kinds, account_key__in=list(account_keys), amount_minor__isnull=False
    ).exclude(state__in=(State.PROVED, State.WITHDRAWN))
    return dict(rows.values_list("account_key").annotate(Sum("amount_minor")))


def _rows(rows: Any, on: date, limit: int | None = None) -> tuple[InstructionRow, ...]:
    own = [n for n in InstructionRow.__dataclass_fields__ if n not in ("owner", "age_days", "late")]
    found = rows.select_related("owner").order_by("number")
    return tuple(
        InstructionRow(
            owner=row.owner.get_username() if row.owner else "",
            age_days=banking_days_between(row.made_on, on),
            late=_late(row, on),
            **{name: getattr(row, name) for name in own},
        )
        for row in (found if limit is None else found[:limit])
    )


def _late(row: Instruction, on: date) -> bool:
    since = {State.SENT: row.sent_on, State.DONE: row.answered_on}.get(State(row.state))
    if row.state == State.DONE and row.kind not in FIGURES:
        return False  # no figure of a file shows it: the core's word ends it
    return since is not None and banking_days_between(since, on) > LATE_DAYS
