"""A rest for a person with nothing left over: nobody asks her for money until somebody has looked again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from evenhand.approvals import actions as approvals
from evenhand.arrangements import giving_up, plans
from evenhand.arrangements.affordability import Means
from evenhand.arrangements.giving_up import WaiverRefused
from evenhand.arrangements.house import house
from evenhand.arrangements.models import Relief
from evenhand.arrangements.offers import NO_SECOND_PERSON, offers
from evenhand.casework import actions as casework
from evenhand.casework.models import Hold
from evenhand.cycle.offering import accounts_owed, means_of, offer_facts
from evenhand.cycle.redeciding import changed, locked
from evenhand.delinquency import actions as delinquency
from evenhand.instructions.actions import instruct
from evenhand.journal.rules import digest_of
from evenhand.kernel.banking_days import on_a_banking_day
from evenhand.portfolio.models import Person

SUBJECT = "RELIEF"


class ReliefGone(LookupError):
    """There is no such rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a rest brings beside peace: a token she pays of her own accord, interest stopped, a specialist, advice."""

    token_minor: int = 0
    stop_interest: bool = False
    specialist: bool = False
    advice_given: bool = False


def take_means(
    *, customer_id: UUID, means: Means, currency: str, by: UUID | None, now: datetime, on: date
) -> UUID:
    """Keep what a person said of her means."""
    with locked(customer_id) as person:
        made = plans.take_means(
            person=person, means=means, currency=currency, house=house(), by=by, now=now, on=on
        )
        key: UUID = made.id
        return key


def give_rest(
    *, customer_id: UUID, rest: Rest, asker: str, by: UUID, now: datetime, on: date
) -> UUID:
    """Give a rest until the day on which somebody looks again. Raises WaiverRefused with what stands against it."""
    with locked(customer_id) as person:
        facts, _ = offer_facts(customer_id, on=on)
        found = {o.kind: o for o in offers(facts, asker, house(), moved=on_a_banking_day)}
        wanted = ["PAUSE", *(["STOP_INTEREST"] if rest.stop_interest else [])]
        reasons = [reason for kind in wanted for reason in found[kind].reasons]
        if facts.plan_running:
            reasons.append("PLAN_RUNNING")
        if reasons:
            raise WaiverRefused(*dict.fromkeys(reasons))
        role = found["STOP_INTEREST"].approval if rest.stop_interest else ""
        assert not (role and asker in NO_SECOND_PERSON)
        relief = giving_up.give_relief(
            person=person, assessment=means_of(customer_id, on=on), token_minor=rest.token_minor,
            currency=facts.currency, stop_interest=rest.stop_interest, approval_role=role,
            specialist=rest.specialist, advice_given=rest.advice_given, house=house(), by=by, now=now, on=on,
        )  # fmt: skip
        casework.place_hold(
            person=person, reason="HARDSHIP", from_on=on, until_on=None, review_on=relief.review_on,
            effects=["CONTACT", "LEGAL", "SALE"], note=_mark(relief), by=by, now=now,
        )  # fmt: skip
        delinquency.pause_clock(
            person=person, cause="HARDSHIP", from_on=on, until_on=relief.review_on, by=by, now=now
        )
        if role:
            approvals.ask(
                subject=SUBJECT, subject_id=relief.id, digest=digest_of_relief(relief), asked_by=by,
                made_by=[by], note="", now=now,
            )  # fmt: skip
        elif rest.stop_interest:
            _stop_interest(person, relief, by=by, now=now, on=on)
        changed(person, cause="HOLD", now=now)
        key: UUID = relief.id
        return key


def look_again(*, relief_id: UUID, by: UUID, now: datetime, on: date) -> None:
    """Say that somebody has looked at a rest again: what it stopped ends, and another may be given. Twice changes
    nothing. Raises ReliefGone."""
    whose = Relief.objects.filter(id=relief_id).values_list("customer_id", flat=True).first()
    if whose is None:
        raise ReliefGone(f"no rest {relief_id}")
    with locked(whose) as person:
        relief = Relief.objects.get(id=relief_id)
        if relief.reviewed_on is not None:
            return
        giving_up.relief_reviewed(relief=relief, by=by, now=now, on=on)
        for hold in Hold.objects.filter(customer=person, note=_mark(relief), lifted_at=None):
            casework.lift_hold(hold_id=hold.id, by=by, reason="looked at again", now=now)
        if relief.stops_interest == "STOPPED":
            _tell_core(person, relief, ("INTEREST_RESTART", "FEE_RESTART"), by=by, now=now, on=on)
        changed(person, cause="HOLD_LIFTED", now=now)


def asked(subject_id: UUID) -> tuple[UUID, str, str]:
    """Whose it is, which role answers, and the digest of what is asked. Raises Relief.DoesNotExist."""
    row = Relief.objects.get(id=subject_id)
    return row.customer_id, row.approval_role, digest_of_relief(row)


def answered(
    relief_id: UUID, *, approved: bool, reason: str, by: UUID, now: datetime, on: date
) -> None:
    """Apply a second person's answer about an interest stop; the caller holds the person's lock."""
    relief = Relief.objects.select_related("customer").get(id=relief_id)
    giving_up.answer_relief(relief=relief, approved=approved, reason=reason, by=by, now=now)
    if approved:
        _stop_interest(relief.customer, relief, by=by, now=now, on=on)
        changed(relief.customer, cause="HOLD", now=now)


def digest_of_relief(relief: Relief) -> str:
    """Of exactly what is asked for."""
    return digest_of(
        {"relief": str(relief.id), "stops": "INTEREST", "review_on": relief.review_on.isoformat()}
    )


def _stop_interest(person: Person, relief: Relief, *, by: UUID, now: datetime, on: date) -> None:
    casework.place_hold(
        person=person, reason="HARDSHIP", from_on=on, until_on=None, review_on=relief.review_on,
        effects=["INTEREST", "FEES"], note=_mark(relief), by=by, now=now,
    )  # fmt: skip
    _tell_core(person, relief, ("INTEREST_STOP", "FEE_STOP"), by=by, now=now, on=on)


def _tell_core(
    person: Person, relief: Relief, kinds: Sequence[str], *, by: UUID, now: datetime, on: date
) -> None:
    for one in accounts_owed(person.id, currency=relief.currency):
        for kind in kinds:
            instruct(
                person=person, account_key=one.account_key, kind=kind, amount_minor=None, currency=relief.currency,
                detail={"review_on": relief.review_on.isoformat()}, cause=relief.id, owner=by, by=by, now=now, on=on,
            )  # fmt: skip


def _mark(relief: Relief) -> str:
    """How a hold names the rest it follows from."""
    return f"rest {relief.id}"
