"""Who the generated people are and how each treats her cards, drawn for a stretch of accounts at a time.

Ten people hold thirteen accounts. A draw depends on the seed and the first account of the stretch alone.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from evenhand.samples.calendar import day_number, months_before

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

PEOPLE_PER_BLOCK, ACCOUNTS_PER_BLOCK = 10, 13
_PERSON_OF_ACCOUNT = np.array([0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9])

BEHAVIOURS = ("PAYER", "AUTOPAY", "STRUGGLER", "DISPUTER", "VANISHED")
PAYER, AUTOPAY, STRUGGLER, DISPUTER, VANISHED = range(5)
_BEHAVIOUR_SHARES = (0.60, 0.25, 0.09, 0.02, 0.04)
LAPSING_SHARE = 0.06  # of those whose grace has not ended: miss it, so that later days see entries
_PAST_DUE_SHARES = np.array([0.012, 0.0, 0.75, 0.60, 0.93])
# Planted depth, M1 to M7+, by behaviour; part payments make it shallower.
_BUCKET_SHARES = np.array(
    [
        [1.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00],
        [1.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00],
        [0.35, 0.22, 0.15, 0.10, 0.08, 0.05, 0.05],
        [0.40, 0.30, 0.20, 0.10, 0.00, 0.00, 0.00],
        [0.10, 0.10, 0.13, 0.13, 0.13, 0.13, 0.28],
    ]
)
CURRENCIES = ("CNY", "USD", "HKD")
_CURRENCY_SHARES = (0.94, 0.04, 0.02)
_LIMIT_DIVISORS = np.array([1, 7, 1])
STATUSES = ("ACTIVE", "FROZEN", "CANCELLED")
ACTIVE, FROZEN, CANCELLED = range(3)
PRODUCTS = ("STANDARD", "GOLD", "PLATINUM")
BRANCHES = tuple(f"B{n:02d}" for n in range(1, 21))
STATING_BRANCHES = 8  # the core of these first branches states days past due
REGIONS = ("CN-11", "CN-31", "CN-33", "CN-37", "CN-42", "CN-44", "CN-51", "CN-61")
CYCLES = 12
SETTLED_CYCLES = 3
DUE_AFTER_DAYS = 20
GRACE_DAYS = 3


@dataclass(frozen=True, slots=True)
class People:
    """The people of a stretch, by number from 1."""

    number: Ints
    behaviour: Small
    region: Small
    vulnerable: Flags
    deceased: Flags
    phone_valid: Flags
    email_valid: Flags
    consent: Small  # 0 no, 1 yes, 2 the bank does not say


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of a stretch, by number from 1. `start` and `missed` are cycles: 0 the oldest, 11 the latest."""

    number: Ints
    person: Ints  # position in the stretch's people
    behaviour: Small
    cycle_day: Ints
    currency: Small
    product: Small
    branch: Small
    limit_minor: Ints
    status: Small
    opened: Ints  # days since 1970
    start: Ints  # first cycle written
    missed: Ints  # first cycle not paid as asked; CYCLES where none
    used_percent: (
        Ints  # share of the limit owed on the first statement, below zero for a credit balance
    )


def draw(rng: np.random.Generator, accounts: int, first: int, on: date) -> tuple[People, Accounts]:
    """Draw the people and accounts numbered from `first` (0-based) on, as of a banking day."""
    numbers = first + np.arange(accounts)
    person_numbers = numbers // ACCOUNTS_PER_BLOCK * PEOPLE_PER_BLOCK
    person_numbers += _PERSON_OF_ACCOUNT[numbers % ACCOUNTS_PER_BLOCK]
    lowest = int(person_numbers[0]) if accounts else 0
    person = person_numbers - lowest
    people = _people(rng, int(person[-1]) + 1 if accounts else 0, lowest)
    return people, _accounts(rng, numbers + 1, person, people.behaviour[person], on)


def _people(rng: np.random.Generator, count: int, lowest: int) -> People:
    behaviour = _pick(rng, _BEHAVIOUR_SHARES, count)
    return People(
        number=lowest + 1 + np.arange(count),
        behaviour=behaviour,
        region=rng.integers(0, len(REGIONS), count, dtype=np.int8),
        vulnerable=rng.random(count, np.float32) < 0.01,
        deceased=rng.random(count, np.float32) < 0.001,
        phone_valid=(behaviour != VANISHED) & (rng.random(count, np.float32) >= 0.02),
        email_valid=rng.random(count, np.float32) >= 0.05,
        consent=_pick(rng, (0.05, 0.70, 0.25), count),
    )


def _accounts(
    rng: np.random.Generator, number: Ints, person: Ints, behaviour: Small, on: date
) -> Accounts:
    count = len(number)
    cycle_day = rng.integers(1, 29, count)
    currency = _pick(rng, _CURRENCY_SHARES, count)
    limit = rng.integers(5, 201, count) * 100_000 // _LIMIT_DIVISORS[currency]
    late = rng.random(count, np.float32) < _PAST_DUE_SHARES[behaviour]
    missed = np.full(count, CYCLES)
    missed[late] = _first_missed(rng, behaviour[late], cycle_day[late], on)
    lapsing = (rng.random(count, np.float32) < LAPSING_SHARE) & (behaviour != AUTOPAY) & ~late
    lapsing &= _since_due(cycle_day, on) <= GRACE_DAYS
    missed[lapsing] = CYCLES - 1  # past due only on a day to come
    late |= lapsing
    start = np.minimum(np.maximum(missed - 1, 0), CYCLES - SETTLED_CYCLES)
    used = rng.integers(2, 95, count)
    kind = rng.random(count, np.float32)
    used[~late & (kind < 0.25)] = 0
    used[~late & (kind < 0.02)] = -1
    cancelled = ~late & (kind < 0.20) & (kind >= 0.18) | late & (kind < 0.03)
    frozen = late & ~cancelled & (missed < CYCLES - 3)
    opened = _statement_days(on)[cycle_day, start] - rng.integers(90, 4_000, count)
    first_default = late & (start == missed - 1) & (kind > 0.98)
    start[first_default] += 1
    opened[first_default] = _statement_days(on)[cycle_day, start][first_default] - 20
    return Accounts(
        number=number,
        person=person,
        behaviour=behaviour,
        cycle_day=cycle_day,
        currency=currency,
        product=_pick(rng, (0.7, 0.2, 0.1), count),
        branch=rng.integers(0, len(BRANCHES), count, dtype=np.int8),
        limit_minor=limit,
        status=np.where(cancelled, CANCELLED, np.where(frozen, FROZEN, ACTIVE)).astype(np.int8),
        opened=opened,
        start=start,
        missed=missed,
        used_percent=used,
    )


def _first_missed(rng: np.random.Generator, behaviour: Small, cycle_day: Ints, on: date) -> Ints:
    """The cycle whose minimum was missed first, so that the days past due fall into a drawn bucket."""
    draws = rng.random(len(behaviour))
    buckets = (draws[:, None] >= np.cumsum(_BUCKET_SHARES, axis=1)[behaviour, :6]).sum(axis=1)
    least = np.maximum(buckets * 30 + 1, GRACE_DAYS + 1)
    back = np.ceil((least - _since_due(cycle_day, on)) / 30.44).astype(np.int64)
    back += np.where(buckets == 6, rng.integers(0, 4, len(behaviour)), 0)
    first: Ints = np.clip(CYCLES - 1 - back, 0, CYCLES - 1)
    return first


def _since_due(cycle_day: Ints, on: date) -> Ints:
    """Days since the latest statement was due, below zero before."""
    due = _statement_days(on)[cycle_day, CYCLES - 1] + DUE_AFTER_DAYS
    since: Ints = day_number(on) - due
    return since


def _pick(rng: np.random.Generator, shares: tuple[float, ...], count: int) -> Small:
    edges = np.cumsum(shares)[:-1].astype(np.float32)
    return np.searchsorted(edges, rng.random(count, np.float32), side="right").astype(np.int8)


def _statement_days(on: date) -> Ints:
    """[cycle day 0–28, cycle 0–13] → statement day; cycle 11 is the latest by `on`, 12 and 13 those after."""
    days = np.zeros((29, CYCLES + 2), np.int64)
    for day in range(1, 29):
        latest = on if day <= on.day else months_before(on, 1)
        for cycle in range(CYCLES + 2):
            days[day, cycle] = day_number(
                months_before(latest, CYCLES - 1 - cycle).replace(day=day)
            )
    return days


def statement_days(on: date, cycle_day: Ints) -> Ints:
    """The 14 statement days of each account: twelve up to `on`, and the next two."""
    days: Ints = _statement_days(on)[cycle_day]
    return days
