"""Reads about promises, as frozen rows for screens."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from evenhand.arrangements.models import Promise


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One promise and what became of it."""

    amount_minor: int
    currency: str
    made_on: date
    due_on: date
    state: str
    settled_on: date | None
    taken_by: str
    made_at: datetime


def promise_rows(customer_id: UUID) -> tuple[PromiseRow, ...]:
    """The promises of a person, the latest first."""
    rows = Promise.objects.filter(customer_id=customer_id).select_related("taken_by")
    return tuple(_row(promise) for promise in rows.order_by("-made_at", "-id"))


def open_promises(customer_ids: Iterable[UUID]) -> dict[UUID, PromiseRow]:
    """The promise not settled yet of each of these people who has one."""
    rows = Promise.objects.filter(customer_id__in=list(customer_ids), state=Promise.State.OPEN)
    return {promise.customer_id: _row(promise) for promise in rows.select_related("taken_by")}


def _row(promise: Promise) -> PromiseRow:
    return PromiseRow(
        amount_minor=promise.amount_minor,
        currency=promise.currency,
        made_on=promise.made_on,
        due_on=promise.due_on,
        state=promise.state,
        settled_on=promise.settled_on,
        taken_by=promise.taken_by.get_username() if promise.taken_by else "",
        made_at=promise.made_at,
    )
