"""Ageing of a whole book: the accounts of `portfolio.book.ACCOUNTS` in, `ageing.AGEING` out, in the same order."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.delinquency import walk
from evenhand.delinquency.ageing import AGEING
from evenhand.delinquency.classification import Classification, classification_on
from evenhand.portfolio.terms import AgeingTerms, Leads, MinimumDueIs

EPOCH = date(1970, 1, 1)
STATEMENT_LISTS = ("statement_on", "due_on", "minimum_due_minor", "past_due_minor")
PAYMENT_LISTS = ("value_on", "booked_on", "paid_minor")

FLAG_COLUMNS = {
    "past_due": walk.PAST_DUE,
    "owes": walk.OWES,
    "arrears_estimated": walk.ESTIMATED,
    "first_payment_default": walk.FIRST_DEFAULT,
}
NULLABLE = {
    "stated_overdue_days": walk.HAS_STATED,
    "next_due_on": walk.HAS_NEXT_DUE,
    "oldest_due_on": walk.HAS_OLDEST_DUE,
    "last_paid_on": walk.HAS_LAST_PAID,
}
FIGURE_OF = {"computed_overdue_days": "computed_days", "stated_overdue_days": "stated_days"}


class BookError(ValueError):
    """A table that is not a book of accounts; the message names the column and what was expected."""


@dataclass(frozen=True, slots=True)
class ExtraPayments:
    """Payments known by day that neither the book's lists nor its balances carry yet, sorted by row of the table.

    Parallel arrays: `row` int64, `value_on` and `booked_on` int32 days since 1970-01-01, `paid_minor` int64.
    """

    row: npt.NDArray[np.int64]
    value_on: npt.NDArray[np.int32]
    booked_on: npt.NDArray[np.int32]
    paid_minor: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        lengths = {len(self.row), len(self.value_on), len(self.booked_on), len(self.paid_minor)}
        assert len(lengths) == 1, "the arrays of extra payments have one length"
        assert bool(np.all(self.row[1:] >= self.row[:-1])), "extra payments are sorted by row"


def age_accounts(
    accounts: pa.Table,
    terms: AgeingTerms,
    on: date,
    extra: ExtraPayments | None = None,
) -> pa.Table:
    """Age every account of a book on a banking day; the result has the schema AGEING and the same row order.

    Null lists are empty. Raises BookError when a column is missing, parallel lists differ in length, or a balance or
    an entry of a list is null.
    """
    if extra is None:
        none32, none64 = np.empty(0, np.int32), np.empty(0, np.int64)
        extra = ExtraPayments(none64, none32, none32, none64)
    assert len(extra.row) == 0 or 0 <= extra.row[0] <= extra.row[-1] < accounts.num_rows
    wanted = ["balance_minor", "stated_overdue_days", "stated_on", "opened_on"]
    if missing := {*wanted, *STATEMENT_LISTS, *PAYMENT_LISTS} - set(accounts.column_names):
        raise BookError(f"the book has no column {', '.join(sorted(missing))}")

    contract = _contract(terms, on)
    figures = _figures(accounts.num_rows)
    start = 0
    for batch in accounts.select([*wanted, *STATEMENT_LISTS, *PAYMENT_LISTS]).to_batches():
        end = start + batch.num_rows
        here = slice(*np.searchsorted(extra.row, (start, end)))
        _age_batch(
            contract,
            batch,
            walk.Extra(
                _fixed(extra.row[here] - start, np.int64),
                _fixed(extra.value_on[here], np.int32),
                _fixed(extra.booked_on[here], np.int32),
                _fixed(extra.paid_minor[here], np.int64),
            ),
            walk.Figures._make(column[start:end] for column in figures),
        )
        start = end
    return _table(figures, _classes(figures.overdue_days, classification_on(on)))


def _age_batch(
    contract: walk.Contract,
    batch: pa.RecordBatch,
    extra: walk.Extra,
    figures: walk.Figures,
) -> None:
    """Age the rows of one record batch into `figures`; `extra.row` counts from the batch's first row."""
    if batch.column("balance_minor").null_count:
        raise BookError("balance_minor is null in some row, expected an amount in each")
    statements = walk.Statements(*_lists(batch, STATEMENT_LISTS))
    payments = walk.Payments(*_lists(batch, PAYMENT_LISTS))
    walk.walk(
        contract,
        walk.Accounts(
            _numbers(batch.column("balance_minor"), 0),
            _numbers(batch.column("stated_overdue_days"), -1),
            _numbers(batch.column("stated_on"), contract.on),
            _numbers(batch.column("opened_on"), walk.NEVER),
        ),
        statements,
        payments,
        extra,
        walk.scratch_for(
            walk.longest(statements.offsets), walk.longest(payments.offsets) + len(extra.row)
        ),
        figures,
    )


def _contract(terms: AgeingTerms, on: date) -> walk.Contract:
    return walk.Contract(
        on=(on - EPOCH).days,
        grace_days=terms.grace_days,
        tolerance_minor=terms.tolerance_minimum_minor,
        increments_given=terms.minimum_due_is is MinimumDueIs.INCREMENT,
        stated_leads=terms.leads is Leads.STATED,
    )


def _classes(
    overdue_days: npt.NDArray[np.int32], classification: Classification
) -> dict[str, npt.NDArray[np.int8]]:
    """Bucket and risk classes of each row, looked up by its days past due."""
    by_day = _classes_by_day(classification)
    days = np.minimum(overdue_days, len(by_day["bucket"]) - 1)
    return {name: classes.take(days) for name, classes in by_day.items()}


@cache
def _classes_by_day(classification: Classification) -> dict[str, npt.NDArray[np.int8]]:
    """The classes of each day count, up to the day after the last edge."""
    edges = (
        *classification.bucket_edges,
        *classification.ccm92_edges,
        *classification.fin2023_edges,
    )
    by_day = [asdict(classification.classes(days)) for days in range(max(edges, default=0) + 2)]
    return {name: np.array([classes[name] for classes in by_day], np.int8) for name in by_day[0]}


def _figures(rows: int) -> walk.Figures:
    kinds: dict[str, Any] = {"flags": np.uint8, "payments_recent": np.int16}
    for field in AGEING:
        if field.name not in FLAG_COLUMNS:
            name = FIGURE_OF.get(field.name, field.name)
            kinds[name] = np.dtype(f"int{field.type.bit_width}").type
    return walk.Figures._make(np.empty(rows, kinds[name]) for name in walk.Figures._fields)


def _lists(batch: pa.RecordBatch, names: Sequence[str]) -> list[Any]:
    """The shared offsets of parallel list columns, then the flat values of each."""
    offsets, flat = None, []
    for name in names:
        column = batch.column(name)
        if column.null_count:
            lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
            own = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
            values = column.flatten()
        else:
            own, values = column.offsets.to_numpy(), column.values
        first, last = int(own[0]), int(own[-1])
        values = values.slice(first, last - first)
        if values.null_count:
            raise BookError(f"{name} has a null inside a list, expected a value in each place")
        own = own - first if first else own
        if offsets is not None and not np.array_equal(own, offsets):
            raise BookError(
                f"{name} and {names[0]} differ in length in some row, expected one length"
            )
        offsets = own if offsets is None else offsets
        flat.append(_numbers(values, 0))
    return [_fixed(offsets, np.int32), *flat]


def _numbers(column: pa.Array, when_null: int) -> npt.NDArray[Any]:
    """A column of numbers or days as a read-only array, without a copy where nothing is null."""
    kind = pa.int64() if column.type == pa.int64() else pa.int32()
    column = column.view(kind)
    if column.null_count:
        column = pc.fill_null(column, pa.scalar(when_null, kind))
    return _fixed(column.to_numpy(), kind.to_pandas_dtype())


def _fixed(values: Any, kind: Any) -> npt.NDArray[Any]:
    """The array as read-only, so that the compiled walk sees one kind of argument."""
    fixed: npt.NDArray[Any] = np.ascontiguousarray(values, kind).view()
    fixed.flags.writeable = False
    return fixed


def _table(figures: walk.Figures, classes: dict[str, npt.NDArray[np.int8]]) -> pa.Table:
    rows = len(figures.flags)

    def bitmap(bit: int) -> pa.Buffer:
        return pa.py_buffer(np.packbits(figures.flags & np.uint8(bit), bitorder="little"))

    columns = []
    for field in AGEING:
        if field.name in classes:
            buffers = [None, pa.py_buffer(classes[field.name])]
        elif field.name in FLAG_COLUMNS:
            buffers = [None, bitmap(FLAG_COLUMNS[field.name])]
        else:
            valid = bitmap(NULLABLE[field.name]) if field.name in NULLABLE else None
            values = getattr(figures, FIGURE_OF.get(field.name, field.name))
            buffers = [valid, pa.py_buffer(values)]
        columns.append(pa.Array.from_buffers(field.type, rows, buffers))
    return pa.Table.from_arrays(columns, schema=AGEING)
