"""What is done to payments at the gateway. The caller holds the person's lock where a person is concerned."""

from datetime import datetime, timedelta
from uuid import UUID

from evenhand.journal import actions as journal
from evenhand.payments.models import GatewayNotice, PaymentIntent
from evenhand.portfolio.models import Person

LASTS = timedelta(minutes=30)
REFUSALS_A_DAY_MAX = 1_000
"""Refused notices kept a day: anybody may send what nobody signed, and the table must not grow by it without end."""


class IntentRefused(ValueError):
    """A payment that cannot be begun; the message says why."""


def begin(
    *,
    intent_id: UUID,
    person: Person,
    account_key: int,
    amount_minor: int,
    currency: str,
    by: UUID | None,
    now: datetime,
) -> PaymentIntent:
    """Begin a payment; the same id again returns the first. Raises IntentRefused."""
    if amount_minor <= 0:
        raise IntentRefused("a payment is of an amount above zero")
    said = {
        "customer_id": person.id,
        "account_key": account_key,
        "amount_minor": amount_minor,
        "currency": currency,
    }
    intent, new = PaymentIntent.objects.get_or_create(
        id=intent_id,
        defaults={"made_by_id": by, "made_at": now, "expires_at": now + LASTS, **said},
    )
    if any(getattr(intent, name) != value for name, value in said.items()):
        raise IntentRefused("another payment was begun under this key")
    if new:
        _tell("PAYMENT_BEGUN", intent, who=by, now=now)
    return intent


def shown(*, intent_id: UUID, pay_page: str) -> None:
    """Keep where the gateway lets her pay."""
    PaymentIntent.objects.filter(id=intent_id, pay_page="").update(pay_page=pay_page)


def settle(*, intent: PaymentIntent, state: str, reference: str, now: datetime) -> None:
    """Say what became of a payment; one that is paid stays paid."""
    if intent.state == PaymentIntent.State.PAID:
        return
    intent.state, intent.gateway_reference, intent.settled_at = state, reference, now
    intent.save(update_fields=["state", "gateway_reference", "settled_at"])
    _tell(
        "PAYMENT_FAILED" if state == PaymentIntent.State.FAILED else "PAYMENT_PAID",
        intent,
        who="gateway",
        now=now,
    )


def expire_intents(*, now: datetime) -> int:
    """Say of payments nothing was heard of in their time that they ran out; money for them is money all the same."""
    rows = PaymentIntent.objects.filter(state=PaymentIntent.State.CREATED, expires_at__lt=now)
    return rows.update(state=PaymentIntent.State.EXPIRED, settled_at=now)


def take(*, notice: str, sha256: str, intent: PaymentIntent, now: datetime) -> None:
    """Remember a notification that was acted on, in the transaction of the act."""
    GatewayNotice.objects.create(
        notice=notice, state="TAKEN", sha256=sha256, intent=intent, received_at=now
    )


def refuse(*, notice: str, sha256: str, reason: str, now: datetime) -> None:
    """Keep a notification that was not acted on, and why; past the day's number only their count is kept by the log."""
    today = GatewayNotice.objects.filter(state="REFUSED", received_at__gt=now - timedelta(days=1))
    if today[:REFUSALS_A_DAY_MAX].count() < REFUSALS_A_DAY_MAX:
        GatewayNotice.objects.create(
            notice=notice[:80], state="REFUSED", reason=reason, sha256=sha256, received_at=now
        )


def _tell(kind: str, intent: PaymentIntent, *, who: UUID | str | None, now: datetime) -> None:
    journal.record(
        kind=kind,
        stream=journal.of_person(intent.customer_id),
        who=who,
        at=now,
        detail={
            "intent": str(intent.id),
            "account_key": intent.account_key,
            "amount_minor": intent.amount_minor,
            "currency": intent.currency,
        },
    )
