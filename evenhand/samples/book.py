"""Generated books as the night knows them, without files between: for benchmarks and tests.

The same people, cards and behaviour as the feeds of `generator`; keys are drawn instead of derived from references.
"""

from datetime import date

import numpy as np
import pyarrow as pa

from evenhand.portfolio.book import ACCOUNTS, PEOPLE
from evenhand.samples import generator, people, planting
from evenhand.samples.calendar import dates, day_number
from evenhand.samples.generator import Stretch
from evenhand.samples.planting import Flags, Ints

ACCOUNT_FILE, PEOPLE_FILE, BALANCE_FILE, STATEMENT_FILE, PAYMENT_FILE = 1, 2, 3, 4, 5
_LINE_MAX = 2**31 - 1


def book_tables(
    accounts: int,
    seed: int,
    on: date,
    *,
    first: int = 0,
    partition: tuple[int, int] = (0, 1),
) -> tuple[pa.Table, pa.Table]:
    """The accounts and people numbered from `first` on, in the schemas of `portfolio.book`, sorted by key.

    `first` is a multiple of 13 (the accounts of ten people). `partition` (p, n) draws the customer keys so that
    `lake.partition_of(keys, n)` is p throughout. People have no sealed identity.
    """
    stretches = [
        Stretch(min(generator.STRETCH, accounts - done), seed, on, first + done)
        for done in range(0, accounts, generator.STRETCH)
    ]
    people_count = sum(len(stretch.people.number) for stretch in stretches)
    rng = np.random.default_rng([seed, first, accounts])
    keys = _keys(rng, people_count, partition)
    account_parts, people_parts, done = [], [], 0
    for stretch in stretches:
        own = keys[done : done + len(stretch.people.number)]
        done += len(own)
        account_parts.append(_accounts(stretch, own, rng))
        people_parts.append(_people(stretch, own))
    return (
        pa.concat_tables(account_parts).unify_dictionaries(),
        pa.concat_tables(people_parts).unify_dictionaries(),
    )


def _keys(rng: np.random.Generator, count: int, partition: tuple[int, int]) -> Ints:
    p, n = partition
    assert 0 <= p < n
    low, high = -(-(p << 32) // n), -(-((p + 1) << 32) // n)
    top = rng.integers(low, high, count, dtype=np.uint64) << np.uint64(32)
    keys = (top | rng.integers(0, 1 << 32, count, dtype=np.uint64)).view(np.int64)
    keys.sort()
    assert count < 2 or (keys[1:] > keys[:-1]).all(), "two people drew one key"
    return keys


def _coded(values: tuple[str, ...], positions: "Ints | planting.Small") -> pa.Array:
    indices = pa.array(positions.astype(np.int16))
    return pa.DictionaryArray.from_arrays(indices, pa.array(values))


def _coded_or_null(value: str, chosen: Flags) -> pa.Array:
    indices = pa.array(np.zeros(len(chosen), np.int16), mask=~chosen)
    return pa.DictionaryArray.from_arrays(indices, pa.array([value]))


def _lists(owner: Ints, count: int, values: pa.Array) -> pa.Array:
    """Values, sorted by owner, as one list for each of `count` owners."""
    offsets = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(owner, minlength=count), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _lines(first: int, count: int) -> pa.Array:
    return pa.array(((first + np.arange(count)) % _LINE_MAX + 2).astype(np.int32))


def _accounts(stretch: Stretch, person_keys: Ints, rng: np.random.Generator) -> pa.Table:
    accounts, count = stretch.accounts, len(stretch.accounts.number)
    parts = generator.components(stretch)
    lead = int(accounts.number[0]) - 1
    columns = {
        "customer_key": pa.array(person_keys[accounts.person]),
        "account_key": pa.array(_account_keys(rng, accounts.person)),
        "card_tail": people.padded(people.scattered(accounts.number, 4, 10_000), 4),
        "product": _coded(planting.PRODUCTS, accounts.product),
        "branch": _coded(planting.BRANCHES, accounts.branch),
        "currency": _coded(planting.CURRENCIES, accounts.currency),
        "credit_limit_minor": pa.array(accounts.limit_minor),
        "balance_minor": pa.array(stretch.standing.balance),
        **{f"{name}_minor": pa.array(values) for name, values in parts.items()},
        "unbilled_instalments_minor": pa.array(np.zeros(count, np.int64)),
        "core_status": _coded(planting.STATUSES, accounts.status),
        "block_code": _coded_or_null("L", accounts.status == planting.FROZEN),
        "cycle_day": pa.array(accounts.cycle_day.astype(np.int8)),
        "autopay": pa.array(accounts.behaviour == planting.AUTOPAY),
        "opened_on": dates(accounts.opened),
        "stated_overdue_days": generator.stated_days(stretch).cast(pa.int32()),
        "stated_cycle_code": pa.nulls(count, ACCOUNTS.field("stated_cycle_code").type),
        "stated_on": dates(np.full(count, day_number(stretch.on))),
        **_statement_lists(stretch, count),
        **_payment_lists(stretch, count, rng),
        "account_file": pa.array(np.full(count, ACCOUNT_FILE, np.int32)),
        "account_line": _lines(lead, count),
        "balance_file": pa.array(np.full(count, BALANCE_FILE, np.int32)),
        "balance_line": _lines(lead, count),
    }
    return pa.table([columns[name] for name in ACCOUNTS.names], schema=ACCOUNTS)


def _account_keys(rng: np.random.Generator, person: Ints) -> Ints:
    """A key for each account, rising among the accounts of one person (who has at most two)."""
    keys = rng.integers(-(1 << 63), (1 << 63) - 1, len(person))
    second = np.flatnonzero((person[1:] == person[:-1]) & (keys[1:] < keys[:-1]))
    keys[second], keys[second + 1] = keys[second + 1], keys[second].copy()
    return keys


def _statement_lists(stretch: Stretch, count: int) -> dict[str, pa.Array]:
    told = stretch.statements
    rows = len(told.account)
    columns = {
        "statement_on": dates(told.statement_on),
        "due_on": dates(told.due_on),
        "minimum_due_minor": pa.array(told.minimum_due),
        "statement_balance_minor": pa.array(told.balance),
        "past_due_minor": pa.compute.fill_null(generator.stated_past_due(stretch, told), -1),
        "statement_file": pa.array(np.full(rows, STATEMENT_FILE, np.int32)),
        "statement_line": _lines(0, rows),
    }
    return {name: _lists(told.account, count, values) for name, values in columns.items()}


def _payment_lists(stretch: Stretch, count: int, rng: np.random.Generator) -> dict[str, pa.Array]:
    made = stretch.payments
    rows = len(made.account)
    columns = {
        "value_on": dates(made.value_on),
        "booked_on": dates(made.booked_on),
        "paid_minor": pa.array(made.amount),
        "payment_file": pa.array(np.full(rows, PAYMENT_FILE, np.int32)),
        "payment_line": _lines(0, rows),
        "payment_key": pa.array(rng.integers(-(2**63), 2**63 - 1, rows)),
    }
    return {name: _lists(made.account, count, values) for name, values in columns.items()}


def _people(stretch: Stretch, keys: Ints) -> pa.Table:
    who, count = stretch.people, len(stretch.people.number)
    consent = pa.array(who.consent == 1, mask=who.consent == 2)
    columns = {
        "customer_key": pa.array(keys),
        "language": _coded(("zh-CN", "en"), (people.scattered(who.number, 2, 50) == 0) * 1),
        "region": _coded(planting.REGIONS, who.region),
        "segment": pa.nulls(count, PEOPLE.field("segment").type),
        "deceased": pa.array(who.deceased),
        "vulnerable": pa.array(who.vulnerable),
        "phone_valid": pa.array(who.phone_valid),
        "email_valid": pa.array(who.email_valid & (who.number % 3 != 0)),
        "address_valid": people.repeated(True, count),
        "consent_call": consent,
        "consent_message": consent,
        "person_file": pa.array(np.full(count, PEOPLE_FILE, np.int32)),
        "person_line": _lines(int(who.number[0]) - 1, count),
        "identity": pa.nulls(count, pa.binary()),
    }
    return pa.table([columns[name] for name in PEOPLE.names], schema=PEOPLE)
