"""What is kept of bank statements and of money that waits. Booking it is for the day."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from evenhand.journal import actions as journal
from evenhand.journal.rules import Stream
from evenhand.payments.models import StatementFile, UnmatchedMoney
from evenhand.payments.statements.entries import StatementRefused
from evenhand.runtime.keys import Keys

WAITING = UnmatchedMoney.State.WAITING
BANK_MONEY = Stream("SYSTEM", "bank-money")


class MoneyGone(ValueError):
    """Money that waits no longer: somebody placed, returned or split it."""


def statement_refused(refused: StatementRefused, *, sha256: str, now: datetime) -> StatementFile:
    """A bank statement that cannot be taken, with the place and what was expected there."""
    return StatementFile.objects.create(
        name=refused.name[:200],
        sha256=sha256,
        state=StatementFile.State.REFUSED,
        refusal={
            "line": refused.line,
            "element": refused.element,
            "expected": refused.expected,
        },
        received_at=now,
    )


def seal_words(keys: Keys, reference_key: int, words: Mapping[str, object]) -> bytes:
    """What a remitter wrote, sealed; it opens only for the same money."""
    plain = json.dumps(words, ensure_ascii=False).encode("utf-8")
    return keys.seal(plain, about=b"money %d" % reference_key)


def waiting_money(money_id: UUID) -> UnmatchedMoney:
    """Money that waits, locked; raises MoneyGone."""
    money = UnmatchedMoney.objects.select_for_update().filter(id=money_id, state=WAITING).first()
    if money is None:
        raise MoneyGone("this money waits no longer")
    return money


def settle_money(
    money: UnmatchedMoney, state: str, *, account_key: int | None = None, by: UUID, now: datetime
) -> None:
    """Money placed, returned or split by a member of staff, with its line in the journal."""
    money.state, money.account_key = state, account_key
    money.settled_at, money.settled_by_id = now, by
    money.save(update_fields=["state", "account_key", "settled_at", "settled_by"])
    journal.record(
        kind="MONEY_SETTLED",
        stream=BANK_MONEY,
        who=by,
        at=now,
        detail={
            "money": str(money.id),
            "state": str(state),
            "amount_minor": money.amount_minor,
            "currency": money.currency,
        },
    )
