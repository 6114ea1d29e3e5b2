"""What is done to promises. The caller holds the person's lock and decides her again."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from evenhand.arrangements.models import Promise
from evenhand.journal import actions as journal
from evenhand.portfolio.models import Person


class PromiseRefused(ValueError):
    """A promise that cannot be taken; the message says why."""


def record_promise(
    *,
    person: Person,
    amount_minor: int,
    currency: str,
    made_on: date,
    due_on: date,
    then: Sequence[tuple[int, date]] = (),
    continues: Promise | None = None,
    by: UUID | None,
    now: datetime,
) -> Promise:
    """Record a promise in the portfolio's base currency, with its parts after the first; an open one before it is
    withdrawn."""
    if amount_minor <= 0:
        raise PromiseRefused("a promise is of an amount above zero")
    if due_on < made_on:
        raise PromiseRefused(f"a promise made on {made_on} cannot fall due on {due_on}")
    days = [due_on, *(day for _, day in then)]
    if days != sorted(set(days)) or any(minor <= 0 for minor, _ in then):
        raise PromiseRefused(
            "each part is of an amount above zero and falls due after the one before it"
        )
    for before in Promise.objects.filter(customer=person, state=Promise.State.OPEN):
        before.state, before.settled_on = Promise.State.WITHDRAWN, made_on
        before.save()
        _tell("PROMISE_WITHDRAWN", before, by=by, now=now)
    promise = Promise.objects.create(
        customer=person,
        amount_minor=amount_minor,
        currency=currency,
        made_on=made_on,
        due_on=due_on,
        then=[[minor, day.isoformat()] for minor, day in then],
        continues=continues,
        taken_by_id=by,
        made_at=now,
    )
    _tell("PROMISE_RECORDED", promise, by=by, now=now)
    return promise


def continue_promise(*, promise: Promise, person: Person, now: datetime) -> Promise:
    """Make the next part of a promise that was kept; it is of all that was promised until its day."""
    assert promise.state == Promise.State.KEPT
    (minor, day), *rest = promise.then
    return record_promise(
        person=person,
        amount_minor=promise.amount_minor + minor,
        currency=promise.currency,
        made_on=promise.made_on,
        due_on=date.fromisoformat(day),
        then=[(later, date.fromisoformat(on)) for later, on in rest],
        continues=promise,
        by=promise.taken_by_id,
        now=now,
    )


def _tell(kind: str, promise: Promise, *, by: UUID | None, now: datetime) -> None:
    journal.record(
        kind=kind,
        stream=journal.of_person(promise.customer_id),
        who=by,
        at=now,
        detail={
            "promise": str(promise.id),
            "amount_minor": promise.amount_minor,
            "currency": promise.currency,
            "due_on": promise.due_on.isoformat(),
        },
    )
