"""What is done to a case by day. The caller holds the person's lock and decides her again."""

from datetime import date, datetime
from uuid import UUID

from evenhand.casework.models import Hold, ManualDecision
from evenhand.portfolio.models import Person


class HoldRefused(ValueError):
    """A hold that cannot be placed; the message says why."""


def place_hold(
    *, person: Person, reason: str, from_on: date, until_on: date, by: UUID | None, now: datetime
) -> Hold:
    """Place a hold; it always has an end or review date after its start."""
    if reason not in Hold.Reason.values:
        raise HoldRefused(
            f"{reason!r} is no reason for a hold; expected one of {', '.join(Hold.Reason.values)}"
        )
    if until_on <= from_on:
        raise HoldRefused(
            f"a hold from {from_on} needs an end or review date after it, not {until_on}"
        )
    return Hold.objects.create(
        customer=person,
        reason=reason,
        from_on=from_on,
        until_on=until_on,
        placed_by_id=by,
        placed_at=now,
    )


def hold_customer(hold_id: UUID) -> UUID:
    """Whose hold it is; raises Hold.DoesNotExist."""
    customer: UUID = Hold.objects.values_list("customer_id", flat=True).get(id=hold_id)
    return customer


def lift_hold(*, hold_id: UUID, now: datetime) -> None:
    """Lift a hold; lifting it twice keeps the first time."""
    Hold.objects.filter(id=hold_id, lifted_at=None).update(lifted_at=now)


def decide_manually(
    *,
    person: Person,
    treatment: str,
    reason: str,
    from_on: date,
    until_on: date,
    by: UUID | None,
    now: datetime,
) -> ManualDecision:
    """Record a treatment chosen by hand until a day (exclusive)."""
    return ManualDecision.objects.create(
        customer=person,
        treatment=treatment,
        reason=reason,
        from_on=from_on,
        until_on=until_on,
        decided_by_id=by,
        decided_at=now,
    )
