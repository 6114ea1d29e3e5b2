"""What the core tells of by day over its interface: payments counted at once, and confirmed by the night's file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
from django.db import IntegrityError, transaction

from evenhand.casework.owners import owners_of
from evenhand.cycle.money import Money, receive_payments
from evenhand.ledger.actions import ReferenceReused
from evenhand.ledger.models import ReceivedPayment
from evenhand.payments.models import CoreWord
from evenhand.portfolio.persons import lock_persons
from evenhand.runtime.keys import Keys


class WordReused(ValueError):
    """The key of this word was used for another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreLine:
    """One payment as the core tells of it, in the bank's own references; below zero one taken back."""

    reference: str
    account: str
    amount_minor: int
    currency: str
    value_on: date


def core_tells(
    lines: Sequence[CoreLine], *, request_key: str, sha256: str, keys: Keys, now: datetime
) -> tuple[list[dict[str, str]], bool]:
    """Count what the core tells of. Returns what became of each line, and whether it was said before under this key.

    BOOKED, KNOWN before, NOT_IN_COLLECTIONS (the night's file brings it), OTHER_CURRENCY or REFERENCE_REUSED. A word
    of no payments is a word: the core has nothing to tell. Raises WordReused.
    """
    try:
        with transaction.atomic():
            word = CoreWord.objects.create(
                request_key=request_key, sha256=sha256, payments=len(lines), answer=[], heard_at=now
            )
            word.answer = _told(lines, keys, now)
            word.save(update_fields=["answer"])
            return list(word.answer), False
    except IntegrityError:
        before = CoreWord.objects.filter(request_key=request_key).first()
        if before is None:
            raise
        if before.sha256 != sha256:
            raise WordReused(f"the key {request_key!r} was used for another word") from None
        return list(before.answer), True


def _told(lines: Sequence[CoreLine], keys: Keys, now: datetime) -> list[dict[str, str]]:
    accounts = keys.tokens(
        pa.array([line.account for line in lines], pa.string()), "account"
    ).tolist()
    references = keys.tokens(
        pa.array([line.reference for line in lines], pa.string()), "payment"
    ).tolist()
    owners = owners_of(accounts)
    lock_persons(customer_keys=sorted({owner.customer_key for owner in owners.values()}))
    known = set(
        ReceivedPayment.objects.filter(reference_key__in=references).values_list(
            "reference_key", flat=True
        )
    )
    answers = []
    for line, account, reference in zip(lines, accounts, references, strict=True):
        owner = owners.get(account)
        if owner is None:
            state = "NOT_IN_COLLECTIONS"
        elif owner.currency != line.currency:
            state = "OTHER_CURRENCY"
        else:
            money = Money(
                customer_key=owner.customer_key, partition=owner.partition, account_key=account,
                reference_key=reference, amount_minor=line.amount_minor, currency=line.currency,
                value_on=line.value_on, source="CORE_HTTP",
            )  # fmt: skip
            state = _booked(money, reference in known, now)
        answers.append({"reference": line.reference, "state": state})
    return answers


def _booked(money: Money, known: bool, now: datetime) -> str:
    try:
        with transaction.atomic():
            receive_payments([money], now=now)
    except ReferenceReused:
        return "REFERENCE_REUSED"
    return "KNOWN" if known else "BOOKED"
