"""What is kept of a person's word that she has paid. The caller holds her lock and decides her again."""

from datetime import date, datetime, timedelta
from uuid import UUID

from evenhand.journal import actions as journal
from evenhand.payments.models import PaidClaim
from evenhand.payments.policy import payment_terms
from evenhand.portfolio.models import Person

State = PaidClaim.State


def make_claim(
    *,
    claim_id: UUID,
    person: Person,
    amount_minor: int | None,
    currency: str,
    paid_on: date | None,
    by: UUID | None,
    now: datetime,
    on: date,
) -> tuple[PaidClaim, bool]:
    """Keep that she says she has paid; it pauses unless she has said so too often. Returns it and whether it is new."""
    terms = payment_terms()
    month = on - timedelta(days=30)
    before = PaidClaim.objects.filter(customer=person, made_on__gt=month, until_on__isnull=False)
    pauses = before.exclude(id=claim_id).count() < terms.says_paid_per_30_days_max
    claim, new = PaidClaim.objects.get_or_create(
        id=claim_id,
        defaults={
            "customer": person,
            "amount_minor": amount_minor,
            "currency": currency,
            "paid_on": paid_on,
            "made_on": on,
            "until_on": on + timedelta(days=terms.says_paid_pause_days) if pauses else None,
            "made_by_id": by,
            "made_at": now,
        },
    )
    if new:
        _tell("SAYS_PAID", claim, by=by, now=now)
    return claim, new


def settle_claim(*, claim: PaidClaim, found_key: int | None, on: date, now: datetime) -> None:
    """Say that the money was found, or that its time is over."""
    claim.state = State.FOUND if found_key is not None else State.NOT_FOUND
    claim.found_key, claim.settled_on = found_key, on
    claim.save(update_fields=["state", "found_key", "settled_on"])
    _tell("SAYS_PAID_SETTLED", claim, by=None, now=now)


def _tell(kind: str, claim: PaidClaim, *, by: UUID | None, now: datetime) -> None:
    journal.record(
        kind=kind,
        stream=journal.of_person(claim.customer_id),
        who=by,
        at=now,
        detail={
            "claim": str(claim.id),
            "amount_minor": claim.amount_minor or 0,
            "currency": claim.currency,
            "until_on": claim.until_on and claim.until_on.isoformat(),
            "state": str(claim.state),
        },
    )
