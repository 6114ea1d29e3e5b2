"""The day: the acts about one person, each of which has her decided again by the same judges.

Each act is one transaction: the person is locked, the act recorded, her `facts_seq` raised, and she is decided again.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from evenhand.arrangements import actions as arrangements
from evenhand.casework import actions as casework
from evenhand.compliance.packfile.questions import MEDIA, MEDIUM_OF
from evenhand.compliance.texts.replies import OptOutReading, read_reply
from evenhand.compliance.vocabulary import CONTACTS
from evenhand.cycle.redeciding import changed, changing, last_manifest, locked
from evenhand.delinquency import actions as delinquency
from evenhand.outreach.lane import gate_now
from evenhand.portfolio import standing
from evenhand.runtime.config import config
from evenhand.runtime.lake import Lake


def record_promise(
    *,
    customer_id: UUID,
    amount_minor: int,
    due_on: date,
    then: Sequence[tuple[int, date]] = (),
    by: UUID | None,
    now: datetime,
    on: date,
) -> None:
    """Record that a person said she will pay an amount by a day (base currency), then others by later days, and decide
    her again."""
    with changing(customer_id, cause="PROMISE", now=now) as person:
        currency = last_manifest(Lake(config().lake)).portfolio.base_currency
        arrangements.record_promise(
            person=person,
            amount_minor=amount_minor,
            currency=currency,
            made_on=on,
            due_on=due_on,
            then=then,
            by=by,
            now=now,
        )


def place_hold(
    *,
    customer_id: UUID,
    reason: str,
    until_on: date | None,
    review_on: date | None = None,
    effects: Sequence[str] = ("CONTACT",),
    debts: Sequence[str] = (),
    note: str = "",
    by: UUID | None,
    now: datetime,
    on: date,
) -> None:
    """Place a hold that ends on `until_on` or is looked at again on `review_on`, and decide the person again."""
    with changing(customer_id, cause="HOLD", now=now) as person:
        casework.place_hold(
            person=person,
            reason=reason,
            from_on=on,
            until_on=until_on,
            review_on=review_on,
            effects=effects,
            debts=debts,
            note=note,
            by=by,
            now=now,
        )


def extend_hold(
    *,
    hold_id: UUID,
    until_on: date | None,
    review_on: date | None,
    reason: str,
    by: UUID | None,
    now: datetime,
    on: date,
) -> None:
    """Let a hold stand until another day: the one that stood is lifted and another placed, which extends it."""
    with locked(casework.hold_customer(hold_id)) as person:
        if casework.extend_hold(
            person=person,
            hold_id=hold_id,
            until_on=until_on,
            review_on=review_on,
            reason=reason,
            from_on=on,
            by=by,
            now=now,
        ):
            changed(person, cause="HOLD", now=now)


def lift_hold(*, hold_id: UUID, by: UUID | None, reason: str, now: datetime) -> None:
    """Lift a hold before its end, and decide the person again. Twice changes nothing."""
    with locked(casework.hold_customer(hold_id)) as person:
        if casework.lift_hold(hold_id=hold_id, by=by, reason=reason, now=now):
            changed(person, cause="HOLD_LIFTED", now=now)


def record_standing(
    *,
    customer_id: UUID,
    kind: str,
    detail: Mapping[str, Any],
    debts: Sequence[str] = (),
    from_at: datetime,
    until_at: datetime | None = None,
    review_on: date | None = None,
    source: str,
    evidence: str,
    by: UUID | None,
    now: datetime,
) -> UUID:
    """Record an opt-out, a consent, a preference or another standing fact; what was queued before it is void.

    What begins now begins by the gate's clock, should ours be ahead of it. Returns its id; the same fact from the same
    time and source is recorded once. Raises StandingRefused.
    """
    with locked(customer_id) as person:
        if from_at <= now:
            from_at = min(from_at, gate_now())
        fact, made = standing.record(
            person=person,
            kind=kind,
            detail=detail,
            debts=debts,
            from_at=from_at,
            until_at=until_at,
            review_on=review_on,
            source=source,
            evidence=evidence,
            by=by,
            now=now,
        )
        if made:
            changed(person, cause="STANDING", now=now)
        key: UUID = fact.id
        return key


def end_standing(*, fact_id: UUID, by: UUID | None, reason: str, now: datetime) -> None:
    """End a standing fact and say why. Twice changes nothing. Raises StandingRefused."""
    with locked(standing.fact_customer(fact_id)) as person:
        if standing.end(fact_id=fact_id, by=by, reason=reason, now=min(now, gate_now())):
            changed(person, cause="STANDING", now=now)


def record_opt_out_from_reply(
    *, customer_id: UUID, text: str, came_by: str, by: UUID | None, now: datetime
) -> OptOutReading:
    """Read a reply of the cardholder that came by an act of `ACTS` and record the wish it states, if it states one.

    Returns how it was read: only YES is recorded here; LIMITED and DOUBTFUL are for a person to look at.
    """
    reading = read_reply(text)
    if reading.opt_out:
        media = {MEDIUM_OF[act] for act in CONTACTS if reading.covers(act, came_by=came_by)}
        everything = reading.cease or media == MEDIA
        record_standing(
            customer_id=customer_id,
            kind="CEASE" if reading.cease else "OPT_OUT",
            detail={} if everything else {"media": sorted(media)},
            from_at=now,
            source="CARDHOLDER",
            evidence=text[: standing.EVIDENCE_MAX_CHARACTERS],
            by=by,
            now=now,
        )
    return reading


def decide_manually(
    *,
    customer_id: UUID,
    treatment: str,
    reason: str,
    until_on: date,
    by: UUID | None,
    now: datetime,
    on: date,
) -> None:
    """Choose a treatment by hand; it outranks the tables until it expires or is lifted."""
    with changing(customer_id, cause="MANUAL", now=now) as person:
        casework.decide_manually(
            person=person,
            treatment=treatment,
            reason=reason,
            from_on=on,
            until_on=until_on,
            by=by,
            now=now,
        )


def pause_clock(
    *,
    customer_id: UUID,
    cause: str,
    from_on: date,
    until_on: date,
    by: UUID | None = None,
    now: datetime,
) -> None:
    """Pause the treatment clock from one day until another (exclusive); the contractual clock goes on."""
    with changing(customer_id, cause="CLOCK", now=now) as person:
        delinquency.pause_clock(
            person=person, cause=cause, from_on=from_on, until_on=until_on, by=by, now=now
        )
