"""Months of a card in columns: statements, payments, reversals, and what is past due at the end.

The same meaning as `delinquency`: a minimum due contains the earlier ones unpaid as booked on the statement date, and
a payment pays the oldest minimums of the statements issued before it was booked; what it pays above them lowers the
balance alone. Here one pass over the cycles says so for all accounts at once. Amounts are minor units.
"""

from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np

from evenhand.samples import planting
from evenhand.samples.calendar import day_number
from evenhand.samples.planting import CYCLES, DUE_AFTER_DAYS, GRACE_DAYS, Accounts, Flags, Ints

_MINIMUM_FLOOR_MINOR = 5_000
DAYS_LATER_MAX = 27  # no card has two statements in so many days
PAID, TAKEN_BACK, PAID_AGAIN = range(3)  # the events a cycle may have, in order of booking


@dataclass(frozen=True, slots=True)
class Statements:
    """One row per statement, in order of account and date."""

    account: Ints  # position in the stretch
    statement_on: Ints
    due_on: Ints
    minimum_due: Ints
    balance: Ints
    past_due: Ints


@dataclass(frozen=True, slots=True)
class Payments:
    """One row per payment or reversal, in order of account and booking."""

    account: Ints
    cycle: Ints  # counted from the first one lived
    event: Ints  # PAID, TAKEN_BACK (amount below zero) or PAID_AGAIN
    value_on: Ints
    booked_on: Ints
    amount: Ints


Rows = TypeVar("Rows", Statements, Payments)


@dataclass(frozen=True, slots=True)
class Standing:
    """Each account at the end of the banking day."""

    balance: Ints
    interest: Ints
    late_charge: Ints
    overdue_days: Ints
    past_due: Ints  # unpaid minimums, 0 unless the oldest is past grace


def live(
    rng: np.random.Generator, accounts: Accounts, on: date, today: date
) -> tuple[Statements, Payments, Standing]:
    """Live through the cycles of accounts drawn as of `on`, up to `today`: the same day or at most 27 days later.

    What had happened by a day is the same whatever later day is asked for.
    """
    assert 0 <= (today - on).days <= DAYS_LATER_MAX
    short = accounts.start == CYCLES - planting.SETTLED_CYCLES
    parts = [
        (where, _live(rng, _take(accounts, where), _days(accounts, where, on, first), first, today))
        for where, first in (
            (np.flatnonzero(short), CYCLES - planting.SETTLED_CYCLES),
            (np.flatnonzero(~short), 0),
        )
    ]
    statements = _merged(Statements, [(where, part[0]) for where, part in parts])
    payments = _merged(Payments, [(where, part[1]) for where, part in parts])
    ends = [part[2] for _, part in parts]
    order = np.argsort(np.concatenate([where for where, _ in parts]), kind="stable")
    standing = Standing(
        *(
            np.concatenate([getattr(end, name) for end in ends])[order]
            for name in Standing.__dataclass_fields__
        )
    )
    return statements, payments, standing


def _take(accounts: Accounts, where: Ints) -> Accounts:
    return Accounts(*(getattr(accounts, f)[where] for f in Accounts.__dataclass_fields__))


def _days(accounts: Accounts, where: Ints, on: date, first: int) -> Ints:
    return planting.statement_days(on, accounts.cycle_day[where])[:, first:]


def _merged(kind: type[Rows], parts: list[tuple[Ints, Rows]]) -> Rows:
    owners = np.concatenate([where[part.account] for where, part in parts])
    order = np.argsort(owners, kind="stable")
    fields = [
        np.concatenate([getattr(part, name) for _, part in parts])[order]
        for name in list(kind.__dataclass_fields__)[1:]
    ]
    return kind(owners[order], *fields)


def _live(
    rng: np.random.Generator, accounts: Accounts, days: Ints, first: int, end: date
) -> tuple[Statements, Payments, Standing]:
    count, cycles, today = len(accounts.number), days.shape[1] - 1, day_number(end)
    written = (np.arange(cycles) + first >= accounts.start[:, None]) & (days[:, :-1] <= today)
    balance = accounts.limit_minor * accounts.used_percent // 100
    owed = np.zeros(count, np.int64)
    interest, late_charge = owed.copy(), owed.copy()
    shown = np.zeros((3, count, cycles), np.int64)  # minimum due, balance, past due
    increments = np.zeros((count, cycles), np.int64)
    events = np.zeros((3, 3, count, cycles), np.int64)  # [amount, value, booked][event]
    for cycle in range(cycles):
        active = written[:, cycle]
        free = np.maximum(balance - owed, 0)
        increment = np.where(
            active, np.minimum(np.maximum(free // 10, _MINIMUM_FLOOR_MINOR), free), 0
        )
        shown[:, :, cycle] = owed + increment, balance, owed
        increments[:, cycle] = increment
        owed = owed + increment
        paid = _pay(rng, accounts, first + cycle, owed, increment, balance, active)
        booked = _book(rng, accounts, paid, days[:, cycle], today)
        events[:, :, :, cycle] = booked
        net = booked[0].sum(axis=0)
        owed = np.maximum(owed - net, 0)
        balance = balance - net
        ended = active & (days[:, cycle + 1] <= today)
        charged = np.where(ended & (owed > 0), balance * 155 // 10_000, 0)
        penalty = np.where(ended, owed * 5 // 100, 0)
        balance = balance + charged + penalty + _spend(rng, accounts, first + cycle, active)
        interest, late_charge = interest + charged, late_charge + penalty
    overdue_days = _overdue_days(days, increments, np.where(balance > 0, owed, 0), today)
    standing = Standing(
        balance=balance,
        interest=np.clip(interest, 0, np.maximum(balance, 0)),
        late_charge=np.clip(late_charge, 0, np.maximum(balance - interest, 0)),
        overdue_days=overdue_days,
        past_due=np.where(overdue_days > 0, owed, 0),
    )
    return _statements(days, written, shown), _payments(events), standing


def _pay(
    rng: np.random.Generator,
    accounts: Accounts,
    cycle: int,
    owed: Ints,
    increment: Ints,
    balance: Ints,
    active: Flags,
) -> Ints:
    """What each account's holder pays in a cycle; 0 for nothing."""
    mood = rng.integers(0, 1_000, len(owed))
    struggler = accounts.behaviour == planting.STRUGGLER
    revolving = np.minimum(owed + increment * (mood % 3), np.maximum(balance, 0))
    full = np.maximum(balance, 0)
    late = accounts.missed < CYCLES
    usual = np.where(struggler | late | (mood < 300), revolving, full)
    usual = np.where(accounts.behaviour == planting.AUTOPAY, full, usual)
    usual = np.where(
        (mood >= 990) & ~late & (full > 0), full + full // 10, usual
    )  # an over-payment
    part = np.where(struggler & (mood < 450), increment * (200 + mood) // 1_000, 0)
    paid = np.where(cycle >= accounts.missed, part, usual)
    return np.where(active, paid, 0)


def _book(
    rng: np.random.Generator, accounts: Accounts, paid: Ints, statement: Ints, today: int
) -> Ints:
    """[amount, value date, booking date] of the cycle's three events; the amount is 0 where there is none yet.

    All are booked after the statement and by the next one (at least 28 days later).
    """
    count = len(paid)
    slow = accounts.behaviour == planting.STRUGGLER
    after = np.where(slow, rng.integers(10, 24, count), rng.integers(3, 21, count))
    after[rng.random(count, np.float32) < 0.03] = DUE_AFTER_DAYS + GRACE_DAYS
    after[accounts.behaviour == planting.AUTOPAY] = DUE_AFTER_DAYS
    lag = rng.integers(0, 3, count)
    booked = statement + after + lag
    value = booked - lag
    back_dated = rng.random(count, np.float32) < 0.01
    value[back_dated] -= rng.integers(5, 16, int(back_dated.sum()))
    returned = rng.random(count, np.float32) < np.where(slow, 0.03, 0.004)
    again = returned & (rng.random(count, np.float32) < 0.7)
    made = np.zeros((3, 3, count), np.int64)
    made[0] = paid, np.where(returned, -paid, 0), np.where(again, paid, 0)
    made[1] = value, value, booked + 3
    made[2] = booked, booked + 1, booked + 3
    made[0][made[2] > today] = 0
    return made


def _spend(rng: np.random.Generator, accounts: Accounts, cycle: int, active: Flags) -> Ints:
    spending = active & (cycle < accounts.missed) & (accounts.used_percent > 0)
    spending &= accounts.status != planting.CANCELLED
    return np.where(spending, accounts.limit_minor * rng.integers(0, 60, len(active)) // 1_000, 0)


def _overdue_days(days: Ints, increments: Ints, owed: Ints, today: int) -> Ints:
    """Days since the due date of the oldest minimum with anything unpaid, 0 inside the grace days."""
    later = np.cumsum(increments[:, ::-1], axis=1)[:, ::-1] - increments
    unpaid = (owed[:, None] > later) & (increments > 0)
    oldest = np.argmax(unpaid, axis=1)
    due = days[np.arange(len(owed)), oldest] + DUE_AFTER_DAYS
    return np.where(unpaid.any(axis=1) & (today > due + GRACE_DAYS), today - due, 0)


def _statements(days: Ints, written: Flags, shown: Ints) -> Statements:
    account, _ = np.nonzero(written)
    on = days[:, :-1][written]
    minimum_due, balance, past_due = (figure[written] for figure in shown)
    return Statements(account, on, on + DUE_AFTER_DAYS, minimum_due, balance, past_due)


def _payments(events: Ints) -> Payments:
    amount, value, booked = events.transpose(0, 2, 3, 1)  # to account, cycle, event
    account, cycle, event = np.nonzero(amount)
    at = (account, cycle, event)
    return Payments(account, cycle, event, value[at], booked[at], amount[at])
