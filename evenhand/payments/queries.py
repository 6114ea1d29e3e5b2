"""Reads of payments at the gateway, as frozen rows for screens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evenhand.payments.models import GatewayNotice, PaymentIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRow:
    """One payment begun at the gateway."""

    id: UUID
    customer_id: UUID
    account_key: int
    amount_minor: int
    currency: str
    state: str
    pay_page: str
    gateway_reference: str
    made_at: datetime
    expires_at: datetime
    settled_at: datetime | None


def intent_rows(account_key: int, *, limit: int = 10) -> tuple[IntentRow, ...]:
    """The latest payments begun for an account."""
    rows = PaymentIntent.objects.filter(account_key=account_key).order_by("-made_at", "-id")
    names = tuple(IntentRow.__dataclass_fields__)
    return tuple(IntentRow(**row) for row in rows.values(*names)[:limit])


def intent_of(intent_id: UUID) -> IntentRow | None:
    """A payment by its key."""
    names = tuple(IntentRow.__dataclass_fields__)
    row = PaymentIntent.objects.filter(id=intent_id).values(*names).first()
    return None if row is None else IntentRow(**row)


def was_taken(notice: str) -> bool:
    """Whether a notification was acted on before."""
    return GatewayNotice.objects.filter(notice=notice, state="TAKEN").exists()
