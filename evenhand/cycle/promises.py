"""What became of a promise, worked out from the money: kept, broken, due today or still open."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from evenhand.cycle.people import Ints, codes, in_base, numbers, rates_micro, taken
from evenhand.portfolio.terms import Portfolio

PROMISES = ("NONE", "OPEN", "DUE_TODAY", "BROKEN", "KEPT")


def promise_facts(
    accounts: pa.Table,
    desk: pa.Table,
    starts: Ints,
    desk_rows: Ints,
    portfolio: Portfolio,
    on: date,
) -> pa.DictionaryArray:
    """One of PROMISES for each person: rows `starts[i]` to `starts[i + 1]` of the book are person i's."""
    found = np.zeros(len(starts) - 1, dtype=np.int16)
    promised = numbers(taken(desk["promise_due_on"].is_valid().combine_chunks(), desk_rows))
    for person in np.flatnonzero(promised):
        row = desk.slice(int(desk_rows[person]), 1).to_pylist()[0]
        book = accounts.slice(int(starts[person]), int(starts[person + 1] - starts[person]))
        found[person] = PROMISES.index(_promise(row, book, portfolio, on))
    return pa.DictionaryArray.from_arrays(found, list(PROMISES))


def _promise(row: dict[str, object], book: pa.Table, portfolio: Portfolio, on: date) -> str:
    due_on, made_on = row["promise_due_on"], row["promise_made_on"]
    assert isinstance(due_on, date)
    assert isinstance(made_on, date)
    last = due_on + timedelta(days=portfolio.promise_grace_days)
    if paid_between(book, row, made_on, last, portfolio) >= row["promise_minor"]:  # type: ignore[operator]
        return "KEPT"
    if row["promise_kept"]:
        return "KEPT"
    if on > last:
        return "BROKEN"
    return "DUE_TODAY" if on == due_on else "OPEN"


def paid_between(
    book: pa.Table, desk_row: dict[str, object], first: date, last: date, portfolio: Portfolio
) -> int:
    """Money of one person with value dates from first to last, both included, in base minor units.

    What the files carry less reversals, and what is known by day and no file has confirmed.
    """
    rates = rates_micro(portfolio, codes(book["currency"]))
    total = 0
    for index, account in enumerate(
        book.select(["account_key", "value_on", "paid_minor"]).to_pylist()
    ):
        paid = zip(account["value_on"] or (), account["paid_minor"] or (), strict=True)
        known = sum(minor for value_on, minor in paid if first <= value_on <= last)
        by_day = zip(
            desk_row["paid_account_key"] or (),  # type: ignore[call-overload]
            desk_row["paid_value_on"] or (),
            desk_row["paid_minor"] or (),
            strict=True,
        )
        known += sum(
            minor
            for key, value_on, minor in by_day
            if key == account["account_key"] and first <= value_on <= last
        )
        total += int(in_base(np.array([known], dtype=np.int64), rates[index : index + 1])[0])
    return total
