"""Folds the facts of one banking day into the book of the day before: pure, one partition at a time.

What wins: of an account row, the newest file's columns, blanks included; columns its file lacks, and accounts that a
file no longer lists, keep what was known (the latter are counted). Of two statements of one account and date, the
later file's. Of two payments with one reference, the first. A row about an account that no file has ever listed waits
in the facts: it is counted, and joined when the account arrives.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.portfolio.book import ACCOUNTS, PEOPLE
from evenhand.portfolio.people import fold_people
from evenhand.portfolio.terms import AgeingTerms, MinimumDueIs
from evenhand.portfolio.windows import (
    PAYMENT_LISTS,
    STATEMENT_LISTS,
    Ints,
    Window,
    as_ints,
    join_payments,
    join_statements,
    lists_of,
    merge_keys,
    prune,
    ranges,
    window_of,
)

WINDOW_DAYS = 62
NEW_ACCOUNT_DAYS = 5
Reopen = Callable[[Ints], Mapping[str, Sequence[pa.Table]]]

_FROM_ACCOUNTS = (
    "card_tail",
    "product",
    "branch",
    "currency",
    "credit_limit_minor",
    "balance_minor",
    "core_status",
    "block_code",
    "cycle_day",
    "autopay",
    "opened_on",
    "stated_overdue_days",
    "stated_cycle_code",
)
_FROM_BALANCES = (
    "principal_minor",
    "interest_minor",
    "late_charge_minor",
    "fee_minor",
    "unbilled_instalments_minor",
)
_STATEMENT_NAMES = {
    "statement_balance_minor": "balance_minor",
    "statement_file": "file_no",
    "statement_line": "line",
}
_PAYMENT_NAMES = {
    "booked_on": "posted_on",
    "paid_minor": "amount_minor",
    "payment_file": "file_no",
    "payment_line": "line",
}


@dataclass(frozen=True, slots=True)
class Folded:
    """The book of a banking day for one partition, and what was counted on the way."""

    accounts: pa.Table
    people: pa.Table
    counts: Mapping[str, int]


def fold(
    previous: tuple[pa.Table, pa.Table] | None,
    facts: Mapping[str, Sequence[pa.Table]],
    *,
    on: date,
    terms: AgeingTerms | None = None,
    window_days: int = WINDOW_DAYS,
    reopen: Reopen | None = None,
) -> Folded:
    """Fold the facts of banking day `on`, by feed, into the book (accounts, people) of the day before.

    `reopen` reads "statements" and "payments" (intraday ones among them) of some accounts from the facts of all days
    before `on`; it is asked where something reaches before an account's window, and may be left out when there are no
    such days. The counts `statements` and `payments` are rows sent today; `…_known`, `…_corrected` and
    `…_without_account` say what became of those that added nothing.
    """
    before, people_before = previous or (ACCOUNTS.empty_table(), PEOPLE.empty_table())
    counts: dict[str, int] = {}
    today = _newest(facts.get("accounts", ()))
    rows, fresh = _union(before, today)
    counts["accounts"] = len(rows)
    counts["accounts_new"] = int((rows < 0).sum()) if previous else len(rows)
    counts["accounts_not_in_file"] = int((fresh < 0).sum()) if today.num_rows else 0
    columns = _account_columns(before, rows, today, fresh, on)
    keys = (columns["customer_key"].to_numpy(), columns["account_key"].to_numpy())
    columns |= _balances(before, rows, facts.get("balances", ()), keys, counts)
    columns |= _windows(
        before,
        rows,
        columns,
        keys,
        facts,
        counts,
        on=on,
        terms=terms or AgeingTerms(),
        window_days=window_days,
        reopen=reopen if previous else None,
    )
    accounts = pa.table([columns[n] for n in ACCOUNTS.names], schema=ACCOUNTS)
    people = fold_people(people_before, facts, keys[0], counts)
    return Folded(accounts, people, counts)


def _sorted(table: pa.Table, *by: str) -> pa.Table:
    """Ordered by customer, account and then `by`; untouched when it is already."""
    names = ("customer_key", "account_key", *by)
    values = [as_ints(_one(table.column(n))) for n in names]
    if _in_order(values):
        return table
    return table.take(pa.array(np.lexsort(values[::-1])))


def _in_order(values: Sequence[Ints]) -> bool:
    """Whether rows ascend by the first column, then the second, and so on; equal rows are in order."""
    undecided = np.ones(max(len(values[0]) - 1, 0), dtype=np.bool_)
    for column in values:
        if (undecided & (column[1:] < column[:-1])).any():
            return False
        undecided &= column[1:] == column[:-1]
    return True


def _newest(tables: Sequence[pa.Table]) -> pa.Table:
    """The latest row of each account over all files, ordered by key."""
    if not tables:
        return pa.table(
            {"customer_key": pa.array([], pa.int64()), "account_key": pa.array([], pa.int64())}
        )
    table = _sorted(_together(tables), "file_no", "line")
    account = table.column("account_key").to_numpy()
    last = np.append(account[1:] != account[:-1], True)
    return table if last.all() else table.filter(pa.array(last))


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    if len(tables) == 1:
        return tables[0].unify_dictionaries()
    return pa.concat_tables(tables, promote_options="permissive").unify_dictionaries()


def _union(before: pa.Table, today: pa.Table) -> tuple[Ints, Ints]:
    left = [before.column(n).to_numpy() for n in ("customer_key", "account_key")]
    right = [today.column(n).to_numpy() for n in ("customer_key", "account_key")]
    rows, fresh = merge_keys(*left, *right)
    return rows, fresh


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) and column.num_chunks else column


def _whole(rows: Ints, size: int) -> bool:
    return len(rows) == size and bool((rows == np.arange(size)).all())


def _pick(values: pa.ChunkedArray, rows: Ints) -> pa.Array:
    """The values at those rows; null where the row is -1."""
    if _whole(rows, len(values)):
        return _one(values)
    return _one(values.take(pa.array(rows, mask=rows < 0)))


def _either(old: pa.ChunkedArray, rows: Ints, new: pa.ChunkedArray, fresh: Ints) -> pa.Array:
    """New values where there is a new row, old ones elsewhere."""
    if (fresh >= 0).all():
        return _pick(new, fresh)
    new = new.cast(old.type)
    both = pa.chunked_array([*old.chunks, *new.chunks], old.type)
    if pa.types.is_dictionary(old.type):
        both = both.unify_dictionaries()
    return _one(both.take(pa.array(np.where(fresh >= 0, fresh + len(old), rows))))


def _account_columns(
    before: pa.Table, rows: Ints, today: pa.Table, fresh: Ints, on: date
) -> dict[str, pa.Array]:
    size = today.num_rows
    given = {n: today.column(n) for n in _FROM_ACCOUNTS if n in today.column_names}
    given |= {n: today.column(n) for n in ("customer_key", "account_key")}
    if size:
        given["stated_on"] = pa.chunked_array([pa.repeat(pa.scalar(on, pa.date32()), size)])
        given["account_file"] = today.column("file_no")
        given["account_line"] = today.column("line")
    names = (
        "customer_key",
        "account_key",
        *_FROM_ACCOUNTS,
        "stated_on",
        "account_file",
        "account_line",
    )
    columns = {}
    for name in names:
        old, kind = before.column(name), ACCOUNTS.field(name).type
        if name in given and size:
            columns[name] = _either(old, rows, given[name].cast(kind), fresh)
        else:
            columns[name] = _pick(old, rows)
    return columns


def _balances(
    before: pa.Table,
    rows: Ints,
    tables: Sequence[pa.Table],
    keys: tuple[Ints, Ints],
    counts: dict[str, int],
) -> dict[str, pa.Array]:
    """Balances by component with the line they came from; those of a day without a file stay."""
    names = (*_FROM_BALANCES, "balance_file", "balance_line")
    old = {n: _pick(before.column(n), rows) for n in names}
    if not tables:
        for name in ("balance_file", "balance_line"):
            old[name] = pc.fill_null(old[name], 0)
        return old
    new = _newest(tables)
    starts, ends, orphans = ranges(
        *keys, new.column("customer_key").to_numpy(), new.column("account_key").to_numpy()
    )
    counts["balances_without_account"] = int(orphans)
    at = np.where(ends > starts, starts, -1)
    columns = {}
    for name in names:
        source = {"balance_file": "file_no", "balance_line": "line"}.get(name, name)
        if source not in new.column_names:
            columns[name] = old[name]
            continue
        picked = _pick(new.column(source).cast(ACCOUNTS.field(name).type), at)
        columns[name] = (
            picked if (at >= 0).all() else pc.if_else(pa.array(at >= 0), picked, old[name])
        )
        if name.startswith("balance_"):
            columns[name] = pc.fill_null(columns[name], 0)
    return columns


def _windows(
    before: pa.Table,
    rows: Ints,
    columns: Mapping[str, pa.Array],
    keys: tuple[Ints, Ints],
    facts: Mapping[str, Sequence[pa.Table]],
    counts: dict[str, int],
    *,
    on: date,
    terms: AgeingTerms,
    window_days: int,
    reopen: Reopen | None,
) -> dict[str, pa.Array]:
    statements, payments = window_of(before, STATEMENT_LISTS), window_of(before, PAYMENT_LISTS)
    sent = {
        "statements": list(facts.get("statements", ())),
        "payments": [*facts.get("intraday_payments", ()), *facts.get("payments", ())],
    }
    today = (on - date(1970, 1, 1)).days
    opened_on = as_ints(columns["opened_on"])
    counts["statements"] = sum(t.num_rows for t in sent["statements"])
    counts["payments"] = sum(t.num_rows for t in sent["payments"])
    if reopen is not None:
        reached = _reached(statements, payments, rows, keys, sent)
        reached |= (rows < 0) & (opened_on < today - NEW_ACCOUNT_DAYS)
        counts["accounts_reopened"] = int((reached & (rows >= 0)).sum())
        if reached.any():
            history = reopen(keys[1][reached])
            wanted = pa.array(keys[1][reached])
            for feed, tables in sent.items():
                tables[:0] = [
                    t.filter(pc.is_in(t.column("account_key"), wanted))
                    for t in history.get(feed, ())
                ]
            rows = np.where(reached, -1, rows)
    new = _statement_entries(sent["statements"])
    starts, ends, orphans = ranges(*keys, new.pop("customer_key"), new.pop("account_key"))
    counts["statements_without_account"] = int(orphans)
    joined = join_statements(statements, rows, new, starts, ends)
    counts |= joined.counts
    new = _payment_entries(sent["payments"])
    starts, ends, orphans = ranges(*keys, new.pop("customer_key"), new.pop("account_key"))
    counts["payments_without_account"] = int(orphans)
    paid = join_payments(payments, rows, new, starts, ends)
    counts |= paid.counts
    kept = prune(
        joined.window,
        paid.window,
        opened_on,
        on=today,
        window_days=window_days,
        cumulative=terms.minimum_due_is is MinimumDueIs.CUMULATIVE,
    )
    return lists_of(kept[0], ACCOUNTS) | lists_of(kept[1], ACCOUNTS)


def _reached(
    statements: Window,
    payments: Window,
    rows: Ints,
    keys: tuple[Ints, Ints],
    sent: Mapping[str, Sequence[pa.Table]],
) -> npt.NDArray[np.bool_]:
    """The accounts whose window begins after something that arrived today."""
    known = rows >= 0
    at = np.where(known, rows, 0)
    first = np.zeros(len(rows), dtype=np.int64)
    if len(statements.columns["statement_on"]):
        lengths = np.diff(statements.offsets)
        begin = np.where(lengths > 0, statements.offsets[:-1], 0)
        day = np.where(lengths > 0, statements.columns["statement_on"][begin], 0)
        first = np.where(known, day[at], 0)
    reached = np.zeros(len(rows), dtype=np.bool_)
    entries = _statement_entries(sent["statements"])
    starts, ends, _ = ranges(*keys, entries["customer_key"], entries["account_key"])
    reached |= _any_before(entries["statement_on"], starts, ends, first)
    entries = _payment_entries(sent["payments"])
    starts, ends, _ = ranges(*keys, entries["customer_key"], entries["account_key"])
    earliest = np.minimum(entries["value_on"], entries["booked_on"])
    reached |= _any_before(earliest, starts, ends, first)
    reversing = entries["reverses_key"] != -1
    if reversing.any():
        stranger = reversing & ~np.isin(
            entries["reverses_key"],
            np.concatenate([payments.columns["payment_key"], entries["payment_key"]]),
        )
        reached |= _any_before(np.where(stranger, 0, 1), starts, ends, np.ones_like(first))
    return reached & known


def _any_before(days: Ints, starts: Ints, ends: Ints, first: Ints) -> npt.NDArray[np.bool_]:
    owner = np.repeat(np.arange(len(starts)), ends - starts)
    entries = np.repeat(
        starts - np.concatenate([[0], np.cumsum(ends - starts)[:-1]]), ends - starts
    )
    entries = entries + np.arange(len(entries))
    found = np.zeros(len(starts), dtype=np.bool_)
    found[owner[days[entries] < first[owner]]] = True
    return found


def _statement_entries(tables: Sequence[pa.Table]) -> dict[str, Ints]:
    return _entries(tables, STATEMENT_LISTS, _STATEMENT_NAMES, ("statement_on", "file_no", "line"))


def _payment_entries(tables: Sequence[pa.Table]) -> dict[str, Ints]:
    names = (*PAYMENT_LISTS, "reverses_key")
    return _entries(tables, names, _PAYMENT_NAMES, ("posted_on", "file_no", "line"))


def _entries(
    tables: Sequence[pa.Table],
    names: Sequence[str],
    sources: Mapping[str, str],
    order: Sequence[str],
) -> dict[str, Ints]:
    """The facts of all files as flat columns named as in the book, ordered by key and then `order`."""
    wanted = ("customer_key", "account_key", *names)
    if not tables:
        return {name: np.zeros(0, dtype=np.int64) for name in wanted}
    used = [sources.get(n, n) for n in wanted]
    table = pa.concat_tables(
        [t.select([n for n in used if n in t.column_names]) for t in tables],
        promote_options="permissive",
    )
    table = _sorted(table, *order)
    absent = np.full(table.num_rows, -1, dtype=np.int64)
    return {
        name: as_ints(_one(table.column(used_name))) if used_name in table.column_names else absent
        for name, used_name in zip(wanted, used, strict=True)
    }
