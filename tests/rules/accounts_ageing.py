"""Made-up accounts for ageing: seeded, of every shape the bank's files can take, and as a table of the book."""

import random
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from evenhand.delinquency.columns import EPOCH, ExtraPayments
from evenhand.delinquency.rules import Account, Payment, Statement
from evenhand.portfolio.book import ACCOUNTS
from evenhand.portfolio.terms import AgeingTerms, Leads, MinimumDueIs

ON = date(2026, 9, 21)
AMOUNTS = (0, 1, 500, 1_000, 10_000, 100_000)

TERMS = tuple(
    AgeingTerms(
        grace_days=grace, tolerance_minimum_minor=tolerance, minimum_due_is=due, leads=leads
    )
    for grace, tolerance, due, leads in (
        (3, 0, MinimumDueIs.CUMULATIVE, Leads.COMPUTED),
        (3, 1_000, MinimumDueIs.CUMULATIVE, Leads.STATED),
        (0, 0, MinimumDueIs.INCREMENT, Leads.COMPUTED),
        (5, 500, MinimumDueIs.INCREMENT, Leads.STATED),
    )
)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def amount(draw: random.Random) -> int:
    return draw.choice(AMOUNTS) if draw.random() < 0.5 else draw.randrange(200_000)


def orderly(draw: random.Random) -> tuple[list[Statement], list[Payment]]:
    """Monthly statements, each payment within its cycle, and now and then one thing that is not so."""
    count = draw.randrange(9)
    first_on = ON - days(30 * count - draw.randrange(-5, 30))
    statements, payments = [], []
    for cycle in range(count):
        issued_on = first_on + days(30 * cycle)
        asked = amount(draw)
        statements.append(Statement(issued_on, issued_on + days(20), asked, stated_past_due(draw)))
        for _ in range(draw.choice((0, 1, 1, 1, 2))):
            booked_on = issued_on + days(draw.randrange(30))
            paid = draw.choice((asked, asked // 2, 2 * asked, amount(draw)))
            payments.append(Payment(booked_on, booked_on, paid))
    payments.sort(key=lambda p: p.booked_on)
    if payments and draw.random() < 0.3:
        taken = draw.choice(payments)
        booked_on = taken.booked_on + days(draw.randrange(40))
        payments.append(Payment(taken.value_on, booked_on, -taken.paid_minor))
    if payments and draw.random() < 0.2:
        late = draw.randrange(len(payments))
        was = payments[late]
        payments[late] = Payment(
            was.value_on - days(draw.randrange(40)), was.booked_on, was.paid_minor
        )
    return statements, payments


def wild(draw: random.Random) -> tuple[list[Statement], list[Payment]]:
    """Anything at all, on few days, so that ties are common."""
    span = draw.choice((4, 30, 250))
    statements, payments = [], []
    for _ in range(draw.randrange(7)):
        issued_on = ON - days(draw.randrange(-3, span))
        due_on = issued_on + days(draw.randrange(-2, 26))
        statements.append(Statement(issued_on, due_on, amount(draw), stated_past_due(draw)))
    for _ in range(draw.randrange(7)):
        booked_on = ON - days(draw.randrange(-3, span))
        value_on = booked_on - days(draw.choice((0, 0, 1, 5, -4)))
        sign = draw.choice((1, 1, -1))
        payments.append(Payment(value_on, booked_on, sign * amount(draw)))
    return statements, payments


def stated_past_due(draw: random.Random) -> int | None:
    return amount(draw) if draw.random() < 0.1 else None


def make(seed: int) -> tuple[Account, tuple[Payment, ...]]:
    """One account and the payments of the day it does not carry yet; the same seed makes the same."""
    draw = random.Random(seed)
    statements, payments = (orderly if draw.random() < 0.6 else wild)(draw)
    extra: list[Payment] = []
    for _ in range(draw.choice((0,) * 9 + (1, 2))):
        value_on = ON - days(draw.randrange(-1, 30))
        extra.append(Payment(value_on, ON, draw.choice((1, 1, -1)) * amount(draw)))
    begins = min((s.statement_on for s in statements), default=ON)
    account = Account(
        statements=tuple(statements),
        payments=tuple(payments),
        balance_minor=draw.choice((-500, 0, 1, 20_000, 100_000, 10**7, 10**7, 10**7)),
        opened_on=draw.choice((None, begins - days(draw.randrange(-2, 65)), begins - days(900))),
        stated_overdue_days=draw.choice((None, None, 0, 1, 27, 400)),
        stated_on=draw.choice((None, ON, ON - days(4), ON + days(1))),
    )
    return account, tuple(extra)


def book(accounts: list[Account]) -> pa.Table:
    """The accounts as the columns of the book that ageing reads."""
    columns = {
        "balance_minor": [a.balance_minor for a in accounts],
        "opened_on": [a.opened_on for a in accounts],
        "stated_overdue_days": [a.stated_overdue_days for a in accounts],
        "stated_on": [a.stated_on for a in accounts],
        "statement_on": [[s.statement_on for s in a.statements] for a in accounts],
        "due_on": [[s.due_on for s in a.statements] for a in accounts],
        "minimum_due_minor": [[s.minimum_due_minor for s in a.statements] for a in accounts],
        "past_due_minor": [
            [-1 if s.past_due_minor is None else s.past_due_minor for s in a.statements]
            for a in accounts
        ],
        "value_on": [[p.value_on for p in a.payments] for a in accounts],
        "booked_on": [[p.booked_on for p in a.payments] for a in accounts],
        "paid_minor": [[p.paid_minor for p in a.payments] for a in accounts],
    }
    return pa.table(
        {name: pa.array(values, ACCOUNTS.field(name).type) for name, values in columns.items()}
    )


def extra_payments(extras: list[tuple[Payment, ...]]) -> ExtraPayments:
    """The payments of the day as `age_accounts` takes them; place in the list is the row."""
    flat = [(row, p) for row, payments in enumerate(extras) for p in payments]
    return ExtraPayments(
        row=np.array([row for row, _ in flat], np.int64),
        value_on=np.array([(p.value_on - EPOCH).days for _, p in flat], np.int32),
        booked_on=np.array([(p.booked_on - EPOCH).days for _, p in flat], np.int32),
        paid_minor=np.array([p.paid_minor for _, p in flat], np.int64),
    )
