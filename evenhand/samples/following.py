"""The next banking day of a sample: what a bank would send the night after, small and repeatable.

A generated book lives on by itself: payments that were due to come, new statements, and one in fifty of the accounts
past due pays. A UCI book leads with its stated code, which only an accounts file can change; so that file is written
again in full, with the days carried on, the codes rolled, and those who paid or newly fell behind.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv

from evenhand.samples import cycles, generator, people, uci
from evenhand.samples.calendar import day_number
from evenhand.samples.folder import (
    FeedWriter,
    Manifest,
    SampleError,
    empty_folder,
    read_manifest,
    write_manifest,
    write_tables,
    write_text,
)
from evenhand.samples.generator import Stretch
from evenhand.samples.planting import Flags, Ints

PAYING_ONE_IN = 50
ENTERING_ONE_IN = 400
_PAID_SALT, _PART_SALT, _ENTRY_SALT = 101, 102, 103


def write_next(previous: Path, folder: Path, on: date) -> Manifest:
    """Write the feeds of the banking day after that of the sample in `previous`.

    Raises SampleError when `previous` holds no sample, is `folder` itself, or `on` is not its next day.
    """
    if previous.resolve() == folder.resolve():
        raise SampleError(f"{folder} is the folder of the day before; expected another")
    told = read_manifest(previous)
    day = date.fromisoformat(told["banking_day"])
    if on != day + timedelta(days=1):
        raise SampleError(f"{on} does not follow {day}; expected {day + timedelta(days=1)}")
    origin = told["origin"]
    portfolio = (previous / "portfolio.toml").read_text(encoding="utf-8")
    if origin["made_by"] == "uci":
        tables = _uci_tables(previous, on)
        empty_folder(folder)
        files = write_tables(folder, tables)
        columns = {feed: tuple(table.column_names) for feed, table in tables.items()}
    else:
        empty_folder(folder)
        writers: dict[str, FeedWriter] = {}
        for tables in _generated_tables(origin, on):
            for feed, table in tables.items():
                if feed not in writers and (table.num_rows or feed == "payments"):
                    writers[feed] = FeedWriter(folder / f"{feed}.csv", feed)
                if feed in writers:
                    writers[feed].write(table)
        files = tuple(writer.close() for writer in writers.values())
        columns = {feed: writer.columns for feed, writer in writers.items()}
    manifest = Manifest(
        name=told["name"],
        banking_day=on,
        synthesised=tuple(f"{feed}.{name}" for feed, names in columns.items() for name in names),
        origin=origin,
        files=files,
    )
    write_text(folder / "portfolio.toml", portfolio.splitlines())
    write_manifest(folder, manifest)
    return manifest


def _generated_tables(origin: Mapping[str, Any], on: date) -> Iterator[dict[str, pa.Table]]:
    drawn_on = date.fromisoformat(origin["date"])
    if (on - drawn_on).days > cycles.DAYS_LATER_MAX:
        last = drawn_on + timedelta(days=cycles.DAYS_LATER_MAX)
        raise SampleError(f"{on} is too far from the book's own {drawn_on}; expected up to {last}")
    accounts, seed = origin["accounts"], origin["seed"]
    for first in range(0, accounts, generator.STRETCH):
        size = min(generator.STRETCH, accounts - first)
        late = Stretch(size, seed, drawn_on, first).standing.past_due
        yield _generated_day(Stretch(size, seed, drawn_on, first, on), late, on)


def _generated_day(stretch: Stretch, late: Ints, on: date) -> dict[str, pa.Table]:
    """`late` is what each account was past due when the book was drawn."""
    today, told = day_number(on), stretch.statements
    paid, paid_today = _late_payments(stretch, late, on)
    issued = np.flatnonzero(told.statement_on == today)
    statements = generator.statements_table(stretch, _as_paid(stretch, paid), issued)
    payments = generator.payments_table(
        stretch, np.flatnonzero(stretch.payments.booked_on == today)
    )
    who = np.flatnonzero(paid_today)
    numbers = stretch.accounts.number[who]
    made = pa.table(
        {
            **generator.owner_refs(stretch, who),
            "payment_ref": people.affixed("L", people.padded(numbers, 8), f"-{on}"),
            "value_on": people.repeated(on, len(who), pa.date32()),
            "posted_on": people.repeated(on, len(who), pa.date32()),
            "amount": pa.array(paid_today[who]),
            "reverses_ref": pa.nulls(len(who), pa.string()),
            "method": people.repeated("TRANSFER", len(who)),
        }
    )
    return {"statements": statements, "payments": pa.concat_tables([payments, made])}


def _late_payments(stretch: Stretch, late: Ints, on: date) -> tuple[Ints, Ints]:
    """What accounts past due paid since the book was drawn, in all and on the day itself.

    Each pays at most once: what it was past due when the book was drawn, or half of that.
    """
    numbers, drawn = stretch.accounts.number, day_number(stretch.on)
    paid, today = np.zeros_like(late), np.zeros_like(late)
    for salt in range(drawn + 1, day_number(on) + 1):
        pays = (paid == 0) & (people.scattered(numbers, salt + _PAID_SALT, PAYING_ONE_IN) == 0)
        part = people.scattered(numbers, salt + _PART_SALT, 4) == 0
        today = np.where(pays, np.where(part, late // 2, late), 0)
        paid = paid + today
    return paid, today


def _as_paid(stretch: Stretch, paid: Ints) -> cycles.Statements:
    """The stretch's statements less what its late payers paid: only those issued since are shown."""
    told = stretch.statements
    less = paid[told.account]
    past_due = np.maximum(told.past_due - less, 0)
    balance = told.balance - less
    minimum_due = told.minimum_due - told.past_due + past_due
    return replace(
        told,
        past_due=past_due,
        balance=balance,
        minimum_due=np.minimum(minimum_due, np.maximum(balance, 0)),
    )


def _uci_tables(previous: Path, on: date) -> dict[str, pa.Table]:
    before = _text_table(previous / "accounts.csv")
    numbers = before["account_ref"].cast(pa.int64()).to_numpy()
    codes = before["stated_cycle_code"].cast(pa.int64()).to_numpy()
    days = before["stated_overdue_days"].cast(pa.int64()).to_numpy()
    balance, limit = minor_units(before["balance"]), minor_units(before["credit_limit"])
    salt = day_number(on)
    late = days > 0
    pays = late & (balance > 0) & (people.scattered(numbers, salt + _PAID_SALT, PAYING_ONE_IN) == 0)
    part = pays & (codes > 1) & (people.scattered(numbers, salt + _PART_SALT, 3) == 0)
    amount = _uci_amounts(balance, np.where(part, 1, codes), pays)
    enters = ~late & (balance > 0)
    enters &= people.scattered(numbers, salt + _ENTRY_SALT, ENTERING_ONE_IN) == 0
    carried = np.where(late, days + 1, np.where(enters, uci.GRACE_DAYS_MAX + 1, 0))
    carried = np.where(part, carried - 30, np.where(pays, 0, carried))
    rolled = np.where(carried > 0, (carried + 29) // 30, np.where(late, 0, codes))
    after = {
        "balance": pa.array(balance - amount),
        "credit_limit": pa.array(limit),
        "stated_overdue_days": pa.array(carried),
        "stated_cycle_code": pa.array(rolled).cast(pa.string()),
    }
    accounts = pa.table({name: after.get(name, before[name]) for name in before.column_names})
    who = pa.array(np.flatnonzero(pays))
    return {
        "accounts": accounts,
        "payments": pa.table(
            {
                "customer_ref": before["customer_ref"].take(who),
                "account_ref": before["account_ref"].take(who),
                "currency": before["currency"].take(who),
                "payment_ref": people.affixed(
                    "", before["account_ref"].take(who).combine_chunks(), f"-{on}"
                ),
                "value_on": people.repeated(on, len(who), pa.date32()),
                "posted_on": people.repeated(on, len(who), pa.date32()),
                "amount": pa.array(amount).take(who),
            }
        ),
    }


def _uci_amounts(balance: Ints, minimums: Ints, pays: Flags) -> Ints:
    """So many minimums of today's balance, at most the balance; whole dollars unless it is all that is owed."""
    minimum = uci.minimum_due(balance // 100) * 100
    return np.where(pays, np.minimum(np.maximum(minimum * minimums, 100), balance), 0)


def _text_table(path: Path) -> pa.Table:
    try:
        with path.open(encoding="utf-8") as stream:
            names = stream.readline().strip().split(",")
        options = pc_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        return pc_csv.read_csv(path, convert_options=options)
    except FileNotFoundError:
        raise SampleError(f"{path.name} is missing; expected the full file of the day") from None


def minor_units(texts: pa.ChunkedArray) -> Ints:
    """Decimal text with two digits as minor units: "12.34" → 1234."""
    hundredfold = pc.multiply(texts.cast(pa.decimal128(20, 2)), pa.scalar(Decimal(100)))
    values: Ints = hundredfold.cast(pa.int64()).to_numpy()
    return values
