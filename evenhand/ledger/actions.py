"""Money known by day. The caller holds the person's lock and decides her again."""

from datetime import date, datetime

from evenhand.journal import actions as journal
from evenhand.ledger.models import ReceivedPayment
from evenhand.portfolio.models import Person


class ReferenceReused(ValueError):
    """The same payment reference came again with another amount, account or day."""


def receive_payment(
    *,
    person: Person,
    account_key: int,
    reference_key: int,
    amount_minor: int,
    currency: str,
    value_on: date,
    now: datetime,
) -> bool:
    """Book a payment until a file of the core carries its reference. Returns whether it was new."""
    said = {
        "account_key": account_key,
        "amount_minor": amount_minor,
        "currency": currency,
        "value_on": value_on,
    }
    row, new = ReceivedPayment.objects.get_or_create(
        reference_key=reference_key, defaults={"customer": person, "received_at": now, **said}
    )
    if not new and (
        row.customer_id != person.id or any(getattr(row, name) != said[name] for name in said)
    ):
        raise ReferenceReused(
            f"payment reference {reference_key} was received before with other content"
        )
    if new:
        journal.record(
            kind="PAYMENT_RECEIVED",
            stream=journal.of_person(person.id),
            who=None,
            at=now,
            detail={
                "account_key": account_key,
                "reference_key": reference_key,
                "amount_minor": amount_minor,
                "currency": currency,
                "value_on": value_on.isoformat(),
            },
        )
    return new
