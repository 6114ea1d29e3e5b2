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
from evenhand.portfolio.entries import Entries, payment_entries, statement_entries
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
    one_chunk,
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
    values = [as_ints(one_chunk(table.column(n))) for n in names]
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


def _whole(rows: Ints, size: int) -> bool:
    return len(rows) == size and bool((rows == np.arange(size)).all())


def _pick(values: pa.ChunkedArray, rows: Ints) -> pa.Array:
    """The values at those rows; null where the row is -1."""
    if _whole(rows, len(values)):
        return one_chunk(values)
    return one_chunk(values.take(pa.array(rows, mask=rows < 0)))


def _either(old: pa.ChunkedArray, rows: Ints, new: pa.ChunkedArray, fresh: Ints) -> pa.Array:
    """New values where there is a new row, old ones elsewhere."""
    if (fresh >= 0).all():
        return _pick(new, fresh)
    new = new.cast(old.type)
    both = pa.chunked_array([*old.chunks, *new.chunks], old.type)
    if pa.types.is_dictionary(old.type):
        both = both.unify_dictionaries()
    return one_chunk(both.take(pa.array(np.where(fresh >= 0, fresh + len(old), rows))))


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
    asked, paid = (
        statement_entries(sent["statements"], keys),
        payment_entries(sent["payments"], keys),
    )
    counts["statements_without_account"] = asked.orphans
    counts["payments_without_account"] = paid.orphans
    if reopen is not None:
        reached = _reached(statements, payments, rows, asked, paid)
        reached |= (rows < 0) & (opened_on < today - NEW_ACCOUNT_DAYS)
        counts["accounts_reopened"] = int((reached & (rows >= 0)).sum())
        if reached.any():
            history = reopen(keys[1][reached])
            wanted = pa.array(keys[1][reached])
            for feed, tables in sent.items():
                tables += [
                    t.filter(pc.is_in(t.column("account_key"), wanted))
                    for t in history.get(feed, ())
                ]
            rows = np.where(reached, -1, rows)
            asked = statement_entries(sent["statements"], keys)
            paid = payment_entries(sent["payments"], keys)
    with_statements = join_statements(statements, rows, asked.columns, *asked.ranges(len(rows)))
    with_payments = join_payments(payments, rows, paid.columns, *paid.ranges(len(rows)))
    counts |= with_statements.counts | with_payments.counts
    kept = prune(
        with_statements.window,
        with_payments.window,
        opened_on,
        on=today,
        window_days=window_days,
        cumulative=terms.minimum_due_is is MinimumDueIs.CUMULATIVE,
    )
    return lists_of(kept[0], ACCOUNTS) | lists_of(kept[1], ACCOUNTS)


def _reached(
    statements: Window, payments: Window, rows: Ints, asked: Entries, paid: Entries
) -> npt.NDArray[np.bool_]:
    """The accounts whose window begins after something that arrived today."""
    known, days = rows >= 0, statements.columns["statement_on"]
    first = np.zeros(len(rows), dtype=np.int64)
    if len(days):
        begins = np.minimum(statements.offsets[:-1], len(days) - 1)
        day = np.where(np.diff(statements.offsets) > 0, days[begins], 0)
        first[known] = day[rows[known]]
    size, entries = len(rows), paid.columns
    reached = asked.owners_where(asked.columns["statement_on"] < first[asked.owner], size)
    earliest = np.minimum(entries["value_on"], entries["booked_on"])
    reached |= paid.owners_where(earliest < first[paid.owner], size)
    stranger = entries["reverses_key"] != -1
    if stranger.any():
        met = np.concatenate([payments.columns["payment_key"], entries["payment_key"]])
        stranger[stranger] = ~np.isin(entries["reverses_key"][stranger], met)
        reached |= paid.owners_where(stranger, size)
    return reached & known
