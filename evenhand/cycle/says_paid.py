"""She says she has paid (称已还款): a pause of some days, a search of money nobody could place, and its end when
money comes."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from evenhand.casework import actions as casework
from evenhand.casework.models import Hold
from evenhand.cycle.manifest import Manifest
from evenhand.cycle.redeciding import changed, last_manifest, locked, redecide
from evenhand.ledger.models import ReceivedPayment
from evenhand.payments.claims import make_claim, settle_claim
from evenhand.payments.models import PaidClaim, UnmatchedMoney
from evenhand.payments.policy import payment_terms
from evenhand.portfolio.models import Person
from evenhand.portfolio.persons import facts_changed
from evenhand.runtime.config import config
from evenhand.runtime.lake import Lake


def says_paid(
    *,
    claim_id: UUID,
    customer_id: UUID,
    amount_minor: int | None,
    paid_on: date | None,
    by: UUID | None,
    now: datetime,
    on: date,
) -> bool:
    """Keep that a person says she has paid, and leave her in peace while it is looked for; the same again changes
    nothing.

    Returns whether it pauses: said too often within thirty days, it does not any more.
    """
    with locked(customer_id) as person:
        currency = last_manifest(Lake(config().lake)).portfolio.base_currency
        claim, new = make_claim(
            claim_id=claim_id, person=person, amount_minor=amount_minor, currency=currency, paid_on=paid_on,
            by=by, now=now, on=on,
        )  # fmt: skip
        if new and claim.until_on is not None:
            casework.place_hold(
                person=person,
                reason="OTHER",
                from_on=on,
                until_on=claim.until_on,
                note=_mark(claim),
                by=by,
                now=now,
            )
            changed(person, cause="HOLD", now=now)
        return claim.until_on is not None


def waiting_for(claim: PaidClaim) -> list[UnmatchedMoney]:
    """Money nobody could place that may be what she paid: by its sum, and near the day she names."""
    around = timedelta(days=payment_terms().says_paid_days_around)
    rows = UnmatchedMoney.objects.filter(
        state=UnmatchedMoney.State.WAITING, currency=claim.currency
    )
    if claim.amount_minor is not None:
        rows = rows.filter(amount_minor=claim.amount_minor)
    day = claim.paid_on or claim.made_on
    near = Q(value_on__range=(day - around, day + around))
    if claim.amount_minor is None:
        rows = rows.filter(near)
    return sorted(rows[:50], key=lambda row: (abs((row.value_on - day).days), row.id))


def money_found(person: Person, references: Sequence[int], *, on: date, now: datetime) -> None:
    """See whether money that was just booked is what a person said she had paid. The caller holds her lock."""
    for claim in PaidClaim.objects.filter(customer=person, state=PaidClaim.State.OPEN):
        rows = ReceivedPayment.objects.filter(
            customer=person,
            reference_key__in=list(references),
            amount_minor__gte=claim.amount_minor or 1,
        )
        found = rows.order_by("id").first()
        if found is not None:
            settle_claim(claim=claim, found_key=found.reference_key, on=on, now=now)
            _lift(claim, "money found", now=now)


def claims_over(*, manifest: Manifest, lake: Lake, now: datetime) -> int:
    """Say of claims whose time is over that the money was not found; returns how many."""
    on = manifest.banking_day
    due = PaidClaim.objects.filter(state=PaidClaim.State.OPEN).filter(
        Q(until_on__lte=on)
        | Q(until_on=None, made_on__lt=on - timedelta(days=payment_terms().says_paid_pause_days))
    )
    people = sorted(set(due.values_list("customer_id", flat=True)))
    done = 0
    for customer_id in people:
        with locked(customer_id) as person:
            for claim in due.filter(customer=person):
                settle_claim(claim=claim, found_key=None, on=on, now=now)
                done += 1
            facts_changed(person)
            redecide(
                [person.customer_key], cause="HOLD_LIFTED", now=now, manifest=manifest, lake=lake
            )
    return done


def _lift(claim: PaidClaim, reason: str, *, now: datetime) -> None:
    for hold in Hold.objects.filter(
        customer_id=claim.customer_id, note=_mark(claim), lifted_at=None
    ):
        casework.lift_hold(hold_id=hold.id, by=None, reason=reason, now=now)


def _mark(claim: PaidClaim) -> str:
    return f"says paid {claim.id}"
