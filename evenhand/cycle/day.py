"""The day: one person aged and decided again from the same facts by the same judges, and the acts that cause it.

Each act is one transaction: the person is locked, the act recorded, her `facts_seq` raised, and she is decided again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from django.db import transaction

from evenhand.arrangements import actions as arrangements
from evenhand.casework import actions as casework
from evenhand.casework.models import Case, DayDecision
from evenhand.compliance.packfile.questions import MEDIA, MEDIUM_OF
from evenhand.compliance.texts.replies import OptOutReading, read_reply
from evenhand.compliance.vocabulary import CONTACTS
from evenhand.cycle.desk import read_desk
from evenhand.cycle.manifest import Manifest, read_manifest
from evenhand.cycle.models import Run
from evenhand.cycle.people import ints
from evenhand.cycle.publish import publish_rows
from evenhand.cycle.slice import BookSlice
from evenhand.cycle.treat import Treated
from evenhand.delinquency import actions as delinquency
from evenhand.journal import actions as journal
from evenhand.journal.actions import Act
from evenhand.journal.rules import digest_of
from evenhand.ledger import actions as ledger
from evenhand.outreach.lane import gate_now
from evenhand.portfolio import standing
from evenhand.portfolio.models import Person
from evenhand.portfolio.persons import facts_changed, lock_persons, person_of
from evenhand.runtime.config import config
from evenhand.runtime.lake import Lake


class NoNight(LookupError):
    """No night is published yet, so there is no book to decide from."""


def last_manifest(lake: Lake) -> Manifest:
    """The manifest of the last published night; raises NoNight before the first."""
    run = Run.objects.filter(state=Run.State.PUBLISHED).order_by("-banking_day").first()
    if run is None:
        raise NoNight("no night is published yet")
    return _manifest(lake.manifest(run.banking_day), run.manifest_sha256)


@lru_cache(maxsize=4)
def _manifest(path: Path, _sha256: str) -> Manifest:
    return read_manifest(path)


def redecide(
    customer_keys: Sequence[int],
    *,
    cause: str,
    now: datetime,
    manifest: Manifest | None = None,
    lake: Lake | None = None,
) -> list[int]:
    """Age and decide these people again, as of the last night's banking day. Returns whose case changed.

    With nothing new since that night, nobody's does. People with no account in the book are left as they are.
    """
    if not customer_keys:
        return []
    lake = lake or Lake(config().lake)
    manifest = manifest or last_manifest(lake)
    changed: list[int] = []
    with transaction.atomic():
        persons = lock_persons(customer_keys=customer_keys)
        for number in sorted({person.partition for person in persons}):
            keys = [person.customer_key for person in persons if person.partition == number]
            changed += _redecide_partition(
                keys, number, cause=cause, now=now, manifest=manifest, lake=lake
            )
    return changed


def _redecide_partition(
    keys: Sequence[int], number: int, *, cause: str, now: datetime, manifest: Manifest, lake: Lake
) -> list[int]:
    on = manifest.banking_day
    book = BookSlice.read(lake, manifest, number, keys)
    treated = book.treated(read_desk(on, keys).drop_columns("partition"), manifest, lake)
    outcome = publish_rows(
        decisions=treated.decisions,
        state=treated.state,
        accounts=book.accounts,
        people=book.people,
        confirmed=(),
        partition=number,
        portfolio=manifest.portfolio,
        digests=manifest.digests,
        on=on,
        by="DAY",
        why="",
        now=now,
    )
    assert not outcome.stale, (
        "the people are locked, so nothing can have changed since their facts were read"
    )
    _keep_decisions(treated, outcome.changed, cause=cause, now=now, manifest=manifest)
    return list(outcome.changed)


def _keep_decisions(
    treated: Treated, changed: Sequence[int], *, cause: str, now: datetime, manifest: Manifest
) -> None:
    if not changed:
        return
    cases = {
        case.customer.customer_key: case
        for case in Case.objects.select_related("customer").filter(
            customer__customer_key__in=changed
        )
    }
    rows = np.flatnonzero(np.isin(ints(treated.decisions["customer_key"]), np.array(changed)))
    facts = treated.facts.take(pa.array(rows)).to_pylist()
    decisions = treated.decisions.take(pa.array(rows)).to_pylist()
    made = [
        DayDecision(
            case=cases[decision["customer_key"]],
            banking_day=manifest.banking_day,
            cause=cause,
            facts_seq=decision["facts_seq"],
            facts=fact,
            decision={
                name: str(value) if isinstance(value, date) else value
                for name, value in decision.items()
            },
            strategy_digest=manifest.digests[decision["arm"] or ""],
            decided_at=now,
        )
        for fact, decision in zip(facts, decisions, strict=True)
    ]
    DayDecision.objects.bulk_create(made)
    journal.record_many(_told(decision) for decision in made)


def _told(made: DayDecision) -> Act:
    return Act(
        kind="DAY_DECIDED",
        stream=journal.of_person(made.case.customer_id),
        who="day",
        at=made.decided_at,
        why=digest_of({"facts": made.facts, "decision": made.decision}),
        detail={
            "cause": made.cause,
            "treatment": made.decision["treatment"],
            "banking_day": made.banking_day.isoformat(),
            "facts_seq": made.facts_seq,
            "strategy_digest": made.strategy_digest,
        },
    )


@contextmanager
def _locked(customer_id: UUID) -> Iterator[Person]:
    """One transaction about one person, who is locked first."""
    with transaction.atomic():
        [person] = lock_persons(ids=[customer_id])
        yield person


def _changed(person: Person, *, cause: str, now: datetime) -> None:
    """Count that something was learnt of the locked person, and decide her again once there is a book."""
    facts_changed(person)
    if Run.objects.filter(state=Run.State.PUBLISHED).exists():
        redecide([person.customer_key], cause=cause, now=now)


@contextmanager
def _changing(customer_id: UUID, *, cause: str, now: datetime) -> Iterator[Person]:
    """One act about one person: locked, done, counted, decided again, in one transaction."""
    with _locked(customer_id) as person:
        yield person
        _changed(person, cause=cause, now=now)


def record_promise(
    *, customer_id: UUID, amount_minor: int, due_on: date, by: UUID | None, now: datetime, on: date
) -> None:
    """Record that a person said she will pay an amount by a day (base currency), and decide her again."""
    with _changing(customer_id, cause="PROMISE", now=now) as person:
        currency = last_manifest(Lake(config().lake)).portfolio.base_currency
        arrangements.record_promise(
            person=person,
            amount_minor=amount_minor,
            currency=currency,
            made_on=on,
            due_on=due_on,
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
    with _changing(customer_id, cause="HOLD", now=now) as person:
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
    with _locked(casework.hold_customer(hold_id)) as person:
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
            _changed(person, cause="HOLD", now=now)


def lift_hold(*, hold_id: UUID, by: UUID | None, reason: str, now: datetime) -> None:
    """Lift a hold before its end, and decide the person again. Twice changes nothing."""
    with _locked(casework.hold_customer(hold_id)) as person:
        if casework.lift_hold(hold_id=hold_id, by=by, reason=reason, now=now):
            _changed(person, cause="HOLD_LIFTED", now=now)


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
    with _locked(customer_id) as person:
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
            _changed(person, cause="STANDING", now=now)
        key: UUID = fact.id
        return key


def end_standing(*, fact_id: UUID, by: UUID | None, reason: str, now: datetime) -> None:
    """End a standing fact and say why. Twice changes nothing. Raises StandingRefused."""
    with _locked(standing.fact_customer(fact_id)) as person:
        if standing.end(fact_id=fact_id, by=by, reason=reason, now=min(now, gate_now())):
            _changed(person, cause="STANDING", now=now)


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
    with _changing(customer_id, cause="MANUAL", now=now) as person:
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
    with _changing(customer_id, cause="CLOCK", now=now) as person:
        delinquency.pause_clock(
            person=person, cause=cause, from_on=from_on, until_on=until_on, by=by, now=now
        )


def reage(
    *, customer_id: UUID, cause: str, from_on: date, by: UUID | None = None, now: datetime
) -> None:
    """Start the treatment clock afresh from a day; contractual days are as they were."""
    with _changing(customer_id, cause="CLOCK", now=now) as person:
        delinquency.reage(person=person, cause=cause, from_on=from_on, by=by, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """One payment known by day; below zero when it takes an earlier one back. Keys as in the lake."""

    customer_key: int
    partition: int
    account_key: int
    reference_key: int
    amount_minor: int
    currency: str
    value_on: date


@transaction.atomic
def receive_payments(payments: Sequence[Money], *, now: datetime) -> int:
    """Book money known by day and decide the people again; the same reference twice changes nothing.

    Returns how many were new. A reference that comes again with other content raises ReferenceReused and nothing of
    the call is kept. Before the first night people are not decided: there is no book yet.
    """
    owners = {payment.customer_key: payment.partition for payment in payments}
    for customer_key in sorted(owners):
        person_of(customer_key=customer_key, partition=owners[customer_key])
    persons = {person.customer_key: person for person in lock_persons(customer_keys=list(owners))}
    paid: list[int] = []
    for payment in payments:
        person = persons[payment.customer_key]
        if ledger.receive_payment(
            person=person,
            account_key=payment.account_key,
            reference_key=payment.reference_key,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            value_on=payment.value_on,
            now=now,
        ):
            facts_changed(person)
            paid.append(payment.customer_key)
    if Run.objects.filter(state=Run.State.PUBLISHED).exists():
        redecide(sorted(set(paid)), cause="PAYMENT", now=now)
    return len(paid)
