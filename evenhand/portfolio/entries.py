"""The statements and payments of today's files, flat and in account order, ready to join the windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from evenhand.portfolio.windows import PAYMENT_LISTS, STATEMENT_LISTS, Ints, as_ints, ranges

_DAY_BITS = 17  # days since 1970 up to the year 2328
_STATEMENT_SOURCES = {
    "statement_balance_minor": "balance_minor",
    "statement_file": "file_no",
    "statement_line": "line",
}
_PAYMENT_SOURCES = {
    "booked_on": "posted_on",
    "paid_minor": "amount_minor",
    "payment_file": "file_no",
    "payment_line": "line",
}


@dataclass(frozen=True, slots=True)
class Entries:
    """`columns` are named as in the book; `owner` is the account row of each entry, ascending."""

    columns: dict[str, Ints]
    owner: Ints
    orphans: int

    def ranges(self, accounts: int) -> tuple[Ints, Ints]:
        """Where the entries of each of the account rows start and end."""
        ends = np.cumsum(np.bincount(self.owner, minlength=accounts))
        return np.concatenate([[0], ends[:-1]]).astype(np.int64), ends.astype(np.int64)

    def owners_where(self, mask: npt.NDArray[np.bool_], accounts: int) -> npt.NDArray[np.bool_]:
        """The account rows that have an entry of the mask."""
        found = np.zeros(accounts, dtype=np.bool_)
        found[self.owner[mask]] = True
        return found


def statement_entries(tables: Sequence[pa.Table], keys: tuple[Ints, Ints]) -> Entries:
    """Statements of the accounts given by (customer, account), by statement date, then file and line."""
    return _gather(tables, keys, STATEMENT_LISTS, _STATEMENT_SOURCES, "statement_on")


def payment_entries(tables: Sequence[pa.Table], keys: tuple[Ints, Ints]) -> Entries:
    """Payments likewise, by posting date, with `reverses_key` (-1 for none)."""
    names = (*PAYMENT_LISTS, "reverses_key")
    return _gather(tables, keys, names, _PAYMENT_SOURCES, "booked_on")


def _gather(
    tables: Sequence[pa.Table],
    keys: tuple[Ints, Ints],
    names: Sequence[str],
    sources: Mapping[str, str],
    day: str,
) -> Entries:
    parts = [_of_table(t, keys, names, sources) for t in sorted(tables, key=_file_no)]
    owner = np.concatenate([np.zeros(0, dtype=np.int64), *(p.owner for p in parts)])
    columns = {
        name: np.concatenate([np.zeros(0, dtype=np.int64), *(p.columns[name] for p in parts)])
        for name in names
    }
    rank = owner << _DAY_BITS | columns[day]
    if (rank[1:] < rank[:-1]).any():
        order = np.argsort(rank, kind="stable")
        owner, columns = owner[order], {n: c[order] for n, c in columns.items()}
    return Entries(columns, owner, sum(p.orphans for p in parts))


def _file_no(table: pa.Table) -> int:
    return int(table.column("file_no")[0].as_py()) if table.num_rows else 0


def _of_table(
    table: pa.Table, keys: tuple[Ints, Ints], names: Sequence[str], sources: Mapping[str, str]
) -> Entries:
    customers, accounts = (
        as_ints(table.column(n).combine_chunks()) for n in ("customer_key", "account_key")
    )
    order: Ints | None = None
    apart = customers[1:] != customers[:-1]
    if not np.where(apart, customers[1:] > customers[:-1], accounts[1:] >= accounts[:-1]).all():
        order = np.lexsort([accounts, customers])
        customers, accounts = customers[order], accounts[order]
    starts, ends, orphans = ranges(*keys, customers, accounts)
    lengths = ends - starts
    owner = np.repeat(np.arange(len(lengths)), lengths)
    chosen: Ints | None = order
    if orphans:
        chosen = np.repeat(ends - np.cumsum(lengths), lengths) + np.arange(len(owner))
        chosen = order[chosen] if order is not None else chosen
    columns = {}
    for name in names:
        source = sources.get(name, name)
        if source in table.column_names:
            values = as_ints(table.column(source).combine_chunks())
            columns[name] = values if chosen is None else values[chosen]
        else:
            columns[name] = np.full(len(owner), -1, dtype=np.int64)
    return Entries(columns, owner, int(orphans))
