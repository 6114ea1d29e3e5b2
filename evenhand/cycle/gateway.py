"""What the payment gateway says: money booked, the person decided again, what was queued void, in one transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.db import IntegrityError, transaction

from evenhand.cycle.money import Money, receive_payments
from evenhand.cycle.same_money import told_before
from evenhand.ledger.actions import ReferenceReused
from evenhand.payments import actions as payments
from evenhand.payments.bank_money import seal_words
from evenhand.payments.models import PaymentIntent, UnmatchedMoney
from evenhand.payments.queries import was_taken
from evenhand.portfolio.models import Person
from evenhand.portfolio.persons import lock_persons
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys


class NoticeRefused(ValueError):
    """A notification that is not acted on; `reason` is its code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One signed notification: which payment, what became of it, how much, when, and the gateway's reference."""

    notice: str
    sha256: str
    intent: UUID
    state: str  # PAID or FAILED
    amount_minor: int
    currency: str
    reference: str
    at: datetime


def begin_payment(
    *,
    intent_id: UUID,
    customer_id: UUID,
    account_key: int,
    amount_minor: int,
    currency: str,
    by: UUID | None,
    now: datetime,
) -> None:
    """Begin a payment of a person at the gateway; the same key again changes nothing. Raises payments.IntentRefused."""
    with transaction.atomic():
        [person] = lock_persons(ids=[customer_id])
        payments.begin(
            intent_id=intent_id, person=person, account_key=account_key, amount_minor=amount_minor, currency=currency,
            by=by, now=now,
        )  # fmt: skip


def notice_came(found: Notice, *, now: datetime) -> bool:
    """Act on a signed notification; returns whether it was new. Raises NoticeRefused, and then nothing has changed.

    The same notification twice, also at the same moment, books once. Money that comes for a payment that had failed or
    run out is money all the same.
    """
    if was_taken(found.notice):
        return False
    try:
        with transaction.atomic():
            _act(found, now)
    except IntegrityError:
        if was_taken(found.notice):
            return False
        raise
    except ReferenceReused:
        raise NoticeRefused("REFERENCE_REUSED") from None
    return True


def _act(found: Notice, now: datetime) -> None:
    customer = PaymentIntent.objects.filter(id=found.intent).values_list("customer", flat=True)
    if not customer:
        raise NoticeRefused("UNKNOWN_PAYMENT")
    [person] = lock_persons(ids=[customer[0]])
    intent = PaymentIntent.objects.get(id=found.intent)
    if found.state == PaymentIntent.State.PAID and _is_other_money(found, intent):
        payments.take(notice=found.notice, sha256=found.sha256, intent=intent, now=now)
        _wait_to_be_placed(found, now)
        return
    payments.take(notice=found.notice, sha256=found.sha256, intent=intent, now=now)
    payments.settle(intent=intent, state=found.state, reference=found.reference, now=now)
    if found.state == PaymentIntent.State.PAID:
        money = _money(found, intent, person)
        if not told_before(money, now=now):
            receive_payments([money], now=now)


def _is_other_money(found: Notice, intent: PaymentIntent) -> bool:
    """Whether what is said to be paid is not what was begun: another sum, or paid before under another reference."""
    if (intent.amount_minor, intent.currency) != (found.amount_minor, found.currency):
        return True
    return intent.state == PaymentIntent.State.PAID and found.reference != intent.gateway_reference


def _wait_to_be_placed(found: Notice, now: datetime) -> None:
    """Keep money that was not asked for among what waits: it is somebody's, and a person sees whose."""
    keys = read_keys(config().key_file)
    reference = _reference_key(found)
    day = _value_on(found)
    UnmatchedMoney.objects.get_or_create(
        reference_key=reference,
        defaults={
            "amount_minor": found.amount_minor,
            "currency": found.currency,
            "value_on": day,
            "booked_on": day,
            "words": seal_words(
                keys,
                reference,
                {"references": [found.reference], "text": f"gateway {found.intent}"},
            ),
            "received_at": now,
        },
    )


def _reference_key(found: Notice) -> int:
    """The key that the core's files will have for the gateway's reference if they carry it."""
    return int(read_keys(config().key_file).tokens(pa.array([found.reference]), "payment")[0])


def _value_on(found: Notice) -> date:
    return found.at.astimezone(ZoneInfo(config().time_zone)).date()


def _money(found: Notice, intent: PaymentIntent, person: Person) -> Money:
    """The money that was begun and is paid."""
    return Money(
        customer_key=person.customer_key,
        partition=person.partition,
        account_key=intent.account_key,
        reference_key=_reference_key(found),
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        value_on=_value_on(found),
        source="GATEWAY",
    )
