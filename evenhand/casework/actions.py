"""What is done to a case by day. The caller holds the person's lock and decides her again."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from evenhand.casework.models import Hold, ManualDecision
from evenhand.compliance.vocabulary import EFFECTS
from evenhand.journal import actions as journal
from evenhand.portfolio.models import Person


class HoldRefused(ValueError):
    """A hold that cannot be placed; the message says why."""


def place_hold(
    *,
    person: Person,
    reason: str,
    from_on: date,
    until_on: date | None,
    review_on: date | None = None,
    effects: Sequence[str] = ("CONTACT",),
    debts: Sequence[str] = (),
    note: str = "",
    extends: Hold | None = None,
    by: UUID | None,
    now: datetime,
) -> Hold:
    """Place a hold of these effects on these debts (account keys as text; none named: all).

    It has an end, a review date or both, after its start; without an end it stands until it is lifted.
    """
    if reason not in Hold.Reason.values:
        raise HoldRefused(
            f"{reason!r} is no reason for a hold; expected one of {', '.join(Hold.Reason.values)}"
        )
    if not effects or set(effects) - EFFECTS:
        raise HoldRefused(
            f"a hold stops {', '.join(effects) or 'nothing'}; expected some of {', '.join(sorted(EFFECTS))}"
        )
    if not (until_on or review_on):
        raise HoldRefused("a hold needs an end or a review date")
    for day in (until_on, review_on):
        if day is not None and day <= from_on:
            raise HoldRefused(
                f"a hold from {from_on} needs an end or review date after it, not {day}"
            )
    hold = Hold.objects.create(
        customer=person,
        reason=reason,
        effects=sorted(set(effects)),
        debts=sorted(set(debts)),
        from_on=from_on,
        until_on=until_on,
        review_on=review_on,
        note=note,
        extends=extends,
        placed_by_id=by,
        placed_at=now,
    )
    _tell_placed(hold, by=by, now=now)
    return hold


def _tell_placed(hold: Hold, *, by: UUID | None, now: datetime) -> None:
    journal.record(
        kind="HOLD_PLACED" if hold.extends_id is None else "HOLD_EXTENDED",
        stream=journal.of_person(hold.customer_id),
        who=by,
        at=now,
        detail={
            "hold": str(hold.id),
            "reason": hold.reason,
            "effects": hold.effects,
            "debts": hold.debts,
            "from_on": hold.from_on.isoformat(),
            "until_on": hold.until_on and hold.until_on.isoformat(),
            "review_on": hold.review_on and hold.review_on.isoformat(),
        },
    )


def hold_customer(hold_id: UUID) -> UUID:
    """Whose hold it is; raises Hold.DoesNotExist."""
    customer: UUID = Hold.objects.values_list("customer_id", flat=True).get(id=hold_id)
    return customer


def lift_hold(*, hold_id: UUID, by: UUID | None, reason: str, now: datetime) -> bool:
    """Lift a hold and say why; lifting it twice keeps the first time. Returns whether it was lifted now."""
    if not reason.strip():
        raise HoldRefused("say why the hold is lifted")
    lifted = Hold.objects.filter(id=hold_id, lifted_at=None).update(
        lifted_at=now, lifted_by=by, lift_reason=reason
    )
    if lifted:
        hold = Hold.objects.get(id=hold_id)
        journal.record(
            kind="HOLD_LIFTED",
            stream=journal.of_person(hold.customer_id),
            who=by,
            at=now,
            detail={"hold": str(hold_id), "reason": hold.reason, "lift_reason": reason},
        )
    return bool(lifted)


def extend_hold(
    *,
    person: Person,
    hold_id: UUID,
    until_on: date | None,
    review_on: date | None,
    reason: str,
    from_on: date,
    by: UUID | None,
    now: datetime,
) -> bool:
    """Put one in the place of a hold that stops the same until another day; returns whether that was done now.

    Raises HoldRefused when the hold was lifted, or already extended otherwise.
    """
    hold = Hold.objects.get(id=hold_id, customer=person)
    after = Hold.objects.filter(extends=hold).first()
    if after is not None and (after.until_on, after.review_on) == (until_on, review_on):
        return False
    if not lift_hold(hold_id=hold_id, by=by, reason=reason, now=now):
        raise HoldRefused("this hold was lifted or extended before")
    place_hold(
        person=person,
        reason=hold.reason,
        from_on=from_on,
        until_on=until_on,
        review_on=review_on,
        effects=hold.effects,
        debts=hold.debts,
        note=hold.note,
        extends=hold,
        by=by,
        now=now,
    )
    return True


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
    decision = ManualDecision.objects.create(
        customer=person,
        treatment=treatment,
        reason=reason,
        from_on=from_on,
        until_on=until_on,
        decided_by_id=by,
        decided_at=now,
    )
    journal.record(
        kind="MANUAL_DECIDED",
        stream=journal.of_person(person.id),
        who=by,
        at=now,
        detail={
            "decision": str(decision.id),
            "treatment": treatment,
            "reason": reason,
            "from_on": from_on.isoformat(),
            "until_on": until_on.isoformat(),
        },
    )
    return decision
