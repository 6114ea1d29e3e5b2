"""The ageing windows of a partition's accounts: statements and payments as parallel lists, joined and pruned.

A window is held flat: one value per statement or payment of all accounts, and offsets that say where each account's
begin. The kernels decide which entries stand and in which order; columns follow by one `take` each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.kernel.compiled import compiled

Ints = npt.NDArray[np.int64]
STATEMENT_LISTS = (
    "statement_on",
    "due_on",
    "minimum_due_minor",
    "statement_balance_minor",
    "past_due_minor",
    "statement_file",
    "statement_line",
)
PAYMENT_LISTS = (
    "value_on",
    "booked_on",
    "paid_minor",
    "payment_file",
    "payment_line",
    "payment_key",
)


@dataclass(slots=True)
class Window:
    """Entries of all accounts, in account order: `columns` flat (int64), `offsets` one longer than the accounts."""

    columns: dict[str, Ints]
    offsets: Ints

    def take(self, entries: Ints, offsets: Ints) -> "Window":
        """The window made of those entries."""
        return Window({n: c[entries] for n, c in self.columns.items()}, offsets)


def window_of(table: pa.Table, names: Sequence[str]) -> Window:
    """The window held in the list columns of a book."""
    columns, offsets = {}, np.zeros(table.num_rows + 1, dtype=np.int64)
    for name in names:
        lists = one_chunk(table.column(name))
        offsets = lists.offsets.to_numpy().astype(np.int64)
        columns[name] = _native(lists.flatten())
    return Window(columns, offsets - offsets[0])


def lists_of(window: Window, schema: pa.Schema) -> dict[str, pa.Array]:
    """The list columns of a book that hold a window."""
    offsets = pa.array(window.offsets.astype(np.int32))
    return {
        name: pa.ListArray.from_arrays(
            offsets, from_ints(values, schema.field(name).type.value_type)
        )
        for name, values in window.columns.items()
    }


def as_ints(values: pa.Array) -> Ints:
    """Whole numbers and days as int64; nulls as -1."""
    if pa.types.is_date32(values.type):
        values = values.cast(pa.int32())
    values = values.cast(pa.int64())
    filled = pc.fill_null(values, -1) if values.null_count else values
    result: Ints = filled.to_numpy(zero_copy_only=False)
    return result


def _native(values: pa.Array) -> Ints:
    """As they are held, days as their number: 32 bits stay 32 bits, so that a quiet night copies nothing."""
    assert values.null_count == 0
    result: Ints = (
        values.view(pa.int32()) if pa.types.is_date32(values.type) else values
    ).to_numpy()
    return result


def from_ints(values: Ints, kind: pa.DataType) -> pa.Array:
    """The reverse of `as_ints`, without nulls."""
    width = np.int64 if pa.types.is_int64(kind) else np.int32
    return pa.array(values.astype(width, copy=False)).view(kind)


def one_chunk(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column as one array, copied only when it lies in pieces."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) and whole.num_chunks else whole


@dataclass(slots=True)
class Joined:
    """A window with what is new in it, and what was met on the way."""

    window: Window
    counts: dict[str, int]


def join_statements(
    kept: Window, rows: Ints, new: Mapping[str, Ints], starts: Ints, ends: Ints
) -> Joined:
    """Add the statements of today: each at its date, one of the same date in the place of the earlier.

    `rows` gives for each account its row in `kept` or -1; `starts`/`ends` its entries in `new`, which stand in order of
    (statement date, file, line).
    """
    source, offsets, replaced = _join_statements(
        kept.offsets, kept.columns["statement_on"], rows, new["statement_on"], starts, ends
    )
    return Joined(_combined(kept, new, source, offsets), {"statements_corrected": int(replaced)})


def join_payments(
    kept: Window, rows: Ints, new: dict[str, Ints], starts: Ints, ends: Ints
) -> Joined:
    """Append the payments of today in order of booking. One whose key is known is ignored and counted.

    `new` also carries `reverses_key` (-1 for none): such a row becomes an amount below zero with the value date of the
    payment it names; where that is not known it keeps its own and is counted.
    """
    value_on, paid = new["value_on"].copy(), new["paid_minor"].copy()
    source, offsets, known, unknown = _join_payments(
        kept.offsets,
        kept.columns["payment_key"],
        kept.columns["value_on"],
        rows,
        new["payment_key"],
        new["reverses_key"],
        value_on,
        paid,
        starts,
        ends,
    )
    new = {**new, "value_on": value_on, "paid_minor": paid}
    counts = {"payments_known": int(known), "reversals_of_unknown": int(unknown)}
    return Joined(_combined(kept, new, source, offsets), counts)


def _combined(kept: Window, new: Mapping[str, Ints], source: Ints, offsets: Ints) -> Window:
    if not len(next(iter(new.values()))) and np.array_equal(offsets, kept.offsets):
        return kept
    columns = {
        name: np.concatenate([values, new[name].astype(values.dtype)])[source]
        for name, values in kept.columns.items()
    }
    return Window(columns, offsets)


def prune(
    statements: Window,
    payments: Window,
    opened_on: Ints,
    *,
    on: int,
    window_days: int,
    cumulative: bool,
) -> tuple[Window, Window]:
    """Drop what lies before the account was last settled, keeping at least the latest two statements.

    Settled at a statement: nothing of earlier increments was unpaid by the payments booked up to its date, and it is at
    least `window_days` before `on`. Such a statement never follows the opening by less than 63 days, so that
    a window that begins with the account's first statement stays one.
    """
    first = _first_kept(
        statements.offsets,
        statements.columns["statement_on"],
        statements.columns["minimum_due_minor"],
        statements.columns["past_due_minor"],
        payments.offsets,
        payments.columns["booked_on"],
        payments.columns["paid_minor"],
        opened_on,
        on - window_days,
        cumulative,
    )
    if (
        not (first > statements.offsets[:-1]).any()
        and not _payments_before(
            statements.offsets,
            statements.columns["statement_on"],
            payments.offsets,
            payments.columns["booked_on"],
            first,
        ).any()
    ):
        return statements, payments
    entry = np.arange(len(statements.columns["statement_on"]))
    keep = entry >= np.repeat(first, np.diff(statements.offsets))
    keep_payments = ~_payments_before(
        statements.offsets,
        statements.columns["statement_on"],
        payments.offsets,
        payments.columns["booked_on"],
        first,
    )
    return _kept(statements, keep), _kept(payments, keep_payments)


def _kept(window: Window, keep: npt.NDArray[np.bool_]) -> Window:
    so_far = np.concatenate([[0], np.cumsum(keep)])
    return window.take(np.flatnonzero(keep), so_far[window.offsets])


@compiled
def _join_statements(
    k_offsets: Any, k_day: Any, rows: Any, n_day: Any, starts: Any, ends: Any
) -> Any:
    source = np.empty(len(k_day) + len(n_day), dtype=np.int64)
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    base, out, replaced = len(k_day), 0, 0
    for account in range(len(rows)):
        row = rows[account]
        old = k_offsets[row] if row >= 0 else 0
        old_end = k_offsets[row + 1] if row >= 0 else 0
        begin = out
        for new in range(starts[account], ends[account]):
            while old < old_end and k_day[old] < n_day[new]:
                source[out] = old
                out += 1
                old += 1
            if old < old_end and k_day[old] == n_day[new]:
                old += 1
                replaced += 1
            elif (
                out > begin
                and source[out - 1] >= base
                and n_day[source[out - 1] - base] == n_day[new]
            ):
                out -= 1
                replaced += 1
            source[out] = base + new
            out += 1
        while old < old_end:
            source[out] = old
            out += 1
            old += 1
        offsets[account + 1] = out
    return source[:out], offsets, replaced


@compiled
def _join_payments(
    k_offsets: Any,
    k_key: Any,
    k_value_on: Any,
    rows: Any,
    n_key: Any,
    n_reverses: Any,
    n_value_on: Any,
    n_paid: Any,
    starts: Any,
    ends: Any,
) -> Any:
    source = np.empty(len(k_key) + len(n_key), dtype=np.int64)
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    base, out, known, unknown = len(k_key), 0, 0, 0
    for account in range(len(rows)):
        row, begin = rows[account], out
        if row >= 0:
            for old in range(k_offsets[row], k_offsets[row + 1]):
                source[out] = old
                out += 1
        for new in range(starts[account], ends[account]):
            seen, found = False, n_reverses[new] == -1
            for at in range(begin, out):
                entry = source[at]
                key = k_key[entry] if entry < base else n_key[entry - base]
                if key == n_key[new]:
                    seen = True
                    break
                if key == n_reverses[new] and n_reverses[new] != -1:
                    n_value_on[new] = (
                        k_value_on[entry] if entry < base else n_value_on[entry - base]
                    )
                    found = True
            if seen:
                known += 1
                continue
            if n_reverses[new] != -1:
                n_paid[new] = -abs(n_paid[new])
                if not found:
                    unknown += 1
            source[out] = base + new
            out += 1
        offsets[account + 1] = out
    return source[:out], offsets, known, unknown


@compiled
def _first_kept(
    s_offsets: Any,
    statement_on: Any,
    minimum: Any,
    past_due: Any,
    p_offsets: Any,
    booked_on: Any,
    paid: Any,
    opened_on: Any,
    latest: Any,
    cumulative: Any,
) -> Any:
    first = s_offsets[:-1].copy()
    for account in range(len(first)):
        start, end = s_offsets[account], s_offsets[account + 1]
        if end - start <= 2:
            continue
        count = p_offsets[account + 1] - p_offsets[account]
        order = p_offsets[account] + np.arange(count)
        for i in range(1, count):
            j = i
            while j > 0 and booked_on[order[j - 1]] > booked_on[order[j]]:
                order[j - 1], order[j] = order[j], order[j - 1]
                j -= 1
        unpaid, asked, at = 0, 0, 0
        for s in range(start, end - 1):
            while at < count and booked_on[order[at]] <= statement_on[s]:
                unpaid = min(max(unpaid - paid[order[at]], 0), asked)
                at += 1
            begun = opened_on[account] >= 0 and statement_on[s] - opened_on[account] <= 62
            if unpaid == 0 and statement_on[s] <= latest and not begun:
                first[account] = s
            contained = 0
            if cumulative:
                contained = past_due[s] if past_due[s] >= 0 else unpaid
            increment = max(minimum[s] - contained, 0)
            unpaid += increment
            asked += increment
    return first


@compiled
def _payments_before(
    s_offsets: Any, statement_on: Any, p_offsets: Any, booked_on: Any, first: Any
) -> Any:
    before = np.zeros(len(booked_on), dtype=np.bool_)
    for account in range(len(first)):
        if s_offsets[account + 1] > s_offsets[account]:
            day = statement_on[first[account]]
            for entry in range(p_offsets[account], p_offsets[account + 1]):
                before[entry] = booked_on[entry] < day
    return before


@compiled
def merge_keys(c_left: Any, a_left: Any, c_right: Any, a_right: Any) -> Any:
    """Merge two ascending lists of unique (customer, account): the row of each on the left and the right, or -1."""
    size = len(c_left) + len(c_right)
    left, right = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    i, j, out = 0, 0, 0
    while i < len(c_left) or j < len(c_right):
        if j == len(c_right):
            side = -1
        elif i == len(c_left):
            side = 1
        elif c_left[i] == c_right[j]:
            side = 0 if a_left[i] == a_right[j] else (-1 if a_left[i] < a_right[j] else 1)
        else:
            side = -1 if c_left[i] < c_right[j] else 1
        left[out] = i if side <= 0 else -1
        right[out] = j if side >= 0 else -1
        i += side <= 0
        j += side >= 0
        out += 1
    return left[:out], right[:out]


@compiled
def ranges(c_rows: Any, a_rows: Any, c_entries: Any, a_entries: Any) -> Any:
    """For each (customer, account) row the range of its entries, both ascending; and how many entries have no row."""
    starts, ends = np.zeros(len(c_rows), dtype=np.int64), np.zeros(len(c_rows), dtype=np.int64)
    at, orphans = 0, 0
    for row in range(len(c_rows)):
        while at < len(c_entries) and (
            c_entries[at] < c_rows[row]
            or (c_entries[at] == c_rows[row] and a_entries[at] < a_rows[row])
        ):
            at += 1
            orphans += 1
        starts[row] = at
        while at < len(c_entries) and c_entries[at] == c_rows[row] and a_entries[at] == a_rows[row]:
            at += 1
        ends[row] = at
    return starts, ends, orphans + len(c_entries) - at
