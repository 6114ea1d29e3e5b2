"""What is given up: waivers of a part of a debt, and rests for those with nothing left over. The caller holds the
lock."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from evenhand.arrangements.house import House
from evenhand.arrangements.models import Assessment, Plan, Relief, Waiver
from evenhand.journal import actions as journal
from evenhand.portfolio.models import Person

REASONS = (
    "BANK_ERROR",
    "HARDSHIP",
    "GOODWILL",
    "DISPUTE_UPHELD",
    "PART_OF_PLAN",
    "SETTLED",
    "DECEASED",
    "OTHER",
)


class WaiverRefused(ValueError):
    """A waiver or rest that cannot be asked for, answered or booked; `reasons` are codes."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = reasons


def ask_waiver(
    *,
    waiver_id: UUID,
    person: Person,
    account_key: int,
    part: str,
    amount_minor: int,
    currency: str,
    reason: str,
    note: str = "",
    plan: Plan | None = None,
    approval_role: str,
    by: UUID | None,
    now: datetime,
    on: date,
) -> tuple[Waiver, bool]:
    """Ask for a waiver; the same id again returns the first. Returns it and whether it was asked now."""
    if reason not in REASONS:
        raise WaiverRefused("NO_REASON")
    waiver, new = Waiver.objects.get_or_create(
        id=waiver_id,
        defaults={
            "customer": person,
            "account_key": account_key,
            "part": part,
            "amount_minor": amount_minor,
            "currency": currency,
            "reason": reason,
            "note": note[:500],
            "plan": plan,
            "state": Waiver.State.ASKED,
            "approval_role": approval_role,
            "made_by_id": by,
            "made_on": on,
            "made_at": now,
        },
    )
    if waiver.customer_id != person.id:
        raise WaiverRefused("ANOTHER_PERSON")
    if new:
        tell("WAIVER_ASKED", waiver, by=by, now=now)
    return waiver, new


def waiver_booked(*, waiver: Waiver, on: date) -> None:
    """Say that a waiver is in our books; the ledger has told of it."""
    assert waiver.state == Waiver.State.ASKED
    waiver.state, waiver.booked_on = Waiver.State.BOOKED, on
    waiver.save(update_fields=["state", "booked_on"])


def waiver_refused(
    *, waiver: Waiver, state: str, reason: str, by: UUID | None, now: datetime
) -> None:
    """Say that a waiver is refused by a second person, or taken back by who asked."""
    if waiver.state != Waiver.State.ASKED:
        raise WaiverRefused("NOT_ASKED")
    waiver.state = state
    waiver.save(update_fields=["state"])
    tell("WAIVER_REFUSED", waiver, by=by, now=now, state=str(state), why=reason[:200])


def give_relief(
    *,
    person: Person,
    assessment: Assessment | None,
    token_minor: int,
    currency: str,
    stop_interest: bool,
    approval_role: str,
    specialist: bool,
    advice_given: bool,
    house: House,
    by: UUID | None,
    now: datetime,
    on: date,
) -> Relief:
    """Give a rest until somebody looks again; that interest stops waits for a second person where one has to agree."""
    stopped = "" if not stop_interest else "ASKED" if approval_role else "STOPPED"
    relief = Relief.objects.create(
        customer=person,
        assessment=assessment,
        review_on=on + timedelta(days=house.affordability.paused_days),
        token_minor=token_minor,
        currency=currency,
        stops_interest=stopped,
        approval_role=approval_role if stop_interest else "",
        specialist=specialist,
        advice_given=advice_given,
        given_by_id=by,
        given_on=on,
        given_at=now,
    )
    journal.record(
        kind="RELIEF_GIVEN",
        stream=journal.of_person(person.id),
        who=by,
        at=now,
        detail={
            "relief": str(relief.id),
            "review_on": relief.review_on.isoformat(),
            "token_minor": token_minor,
            "currency": currency,
            "interest": stopped or "NO",
        },
    )
    return relief


def answer_relief(*, relief: Relief, approved: bool, reason: str, by: UUID, now: datetime) -> None:
    """Say whether interest stops, as the second person said."""
    if relief.stops_interest != "ASKED":
        raise WaiverRefused("NOT_ASKED")
    relief.stops_interest = "STOPPED" if approved else "REFUSED"
    relief.save(update_fields=["stops_interest"])
    journal.record(
        kind="INTEREST_STOP_ANSWERED",
        stream=journal.of_person(relief.customer_id),
        who=by,
        at=now,
        detail={"relief": str(relief.id), "interest": relief.stops_interest, "why": reason[:200]},
    )


def relief_reviewed(*, relief: Relief, by: UUID, now: datetime, on: date) -> None:
    """Say that somebody has looked at a rest again."""
    relief.reviewed_on = on
    relief.save(update_fields=["reviewed_on"])
    journal.record(
        kind="RELIEF_REVIEWED",
        stream=journal.of_person(relief.customer_id),
        who=by,
        at=now,
        detail={"relief": str(relief.id), "review_on": relief.review_on.isoformat()},
    )


def tell(kind: str, waiver: Waiver, *, by: UUID | None, now: datetime, **more: Any) -> None:
    """Add a line about a waiver to the person's stream."""
    journal.record(
        kind=kind,
        stream=journal.of_person(waiver.customer_id),
        who=by,
        at=now,
        detail={
            "waiver": str(waiver.id),
            "account_key": waiver.account_key,
            "part": waiver.part,
            "amount_minor": waiver.amount_minor,
            "currency": waiver.currency,
            "reason": waiver.reason,
            **more,
        },
    )
