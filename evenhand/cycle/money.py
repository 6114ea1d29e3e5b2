"""Money that arrives by day: booked, and the people decided again, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from evenhand.casework.queries import overdue_since
from evenhand.cycle.keeping import money_came
from evenhand.cycle.models import Run
from evenhand.cycle.redeciding import redecide
from evenhand.cycle.says_paid import money_found
from evenhand.ledger import actions as ledger
from evenhand.portfolio.persons import facts_changed, lock_persons, person_of


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
    source: str = "CORE_INTRADAY"  # as ledger.models.ReceivedPayment


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
    overdue = overdue_since([payment.account_key for payment in payments])
    paid: list[int] = []
    references: dict[int, list[int]] = {}
    for payment in payments:
        person = persons[payment.customer_key]
        if ledger.receive_payment(
            person=person,
            account_key=payment.account_key,
            reference_key=payment.reference_key,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            value_on=payment.value_on,
            source=payment.source,
            overdue_days=_overdue_days(overdue.get(payment.account_key), payment.value_on),
            now=now,
        ):
            facts_changed(person)
            paid.append(payment.customer_key)
            references.setdefault(payment.customer_key, []).append(payment.reference_key)
    last = Run.objects.filter(state=Run.State.PUBLISHED).order_by("-banking_day").first()
    if last is not None:
        on = max([last.banking_day, *(payment.value_on for payment in payments)])
        for customer_key in sorted(set(paid)):
            money_came(persons[customer_key], on=on, now=now)
            money_found(persons[customer_key], references[customer_key], on=on, now=now)
        redecide(sorted(set(paid)), cause="PAYMENT", now=now)
    return len(paid)


def _overdue_days(since: date | None, on: date) -> int:
    """Days past due at a value date, by the last night's word of since when: none before that day."""
    return 0 if since is None else max((on - since).days, 0)
