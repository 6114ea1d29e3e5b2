"""From accounts to people: the facts a strategy sees about one person, for all people of a partition at once."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.kernel.compiled import compiled
from evenhand.kernel.money import minor_digits
from evenhand.portfolio.terms import Portfolio

Ints = npt.NDArray[np.int64]
EPOCH = date(1970, 1, 1)
NEVER = int(np.iinfo(np.int32).max)
MICRO = 1_000_000


class RateMissing(ValueError):
    """A book holds a currency for which the portfolio states no rate."""


def day_number(day: date) -> int:
    """Days since 1970-01-01, as Arrow counts them."""
    return (day - EPOCH).days


def numbers(column: pa.ChunkedArray, none: int = 0) -> npt.NDArray[Any]:
    """A column of numbers, days or truths in its own width, `none` where there is nothing; days as day numbers."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_date32(array.type):
        array = array.cast(pa.int32())
    if array.null_count:
        array = pc.fill_null(array, bool(none) if pa.types.is_boolean(array.type) else none)
    found: npt.NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return found


def ints(column: pa.ChunkedArray, none: int = 0) -> Ints:
    """The same as int64."""
    return numbers(column, none).astype(np.int64, copy=False)


def codes(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of codes as one dictionary array."""
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries().combine_chunks()
    return column


def rates_micro(portfolio: Portfolio, currencies: pa.DictionaryArray) -> Ints:
    """For each account, base minor units for one million of its own minor units."""
    by_code = np.zeros(max(len(currencies.dictionary), 1), dtype=np.int64)
    base_digits = minor_digits(portfolio.base_currency)
    for index, currency in enumerate(currencies.dictionary.to_pylist()):
        rate = Decimal(1) if currency == portfolio.base_currency else portfolio.rates.get(currency)
        if rate is None:
            raise RateMissing(f"portfolio {portfolio.name} states no rate for {currency}")
        scaled = rate.scaleb(base_digits - minor_digits(currency)) * MICRO
        by_code[index] = int(scaled.to_integral_value())
    return by_code[ints(currencies.indices)]


def in_base(amounts_minor: Ints, rates: Ints) -> Ints:
    """Amounts in minor units of the base currency, halves rounded away from zero."""
    foreign = np.flatnonzero(rates != MICRO)
    if not len(foreign):
        return amounts_minor
    base = amounts_minor.copy()
    whole, rest = np.divmod(np.abs(amounts_minor[foreign]), MICRO)
    rate = rates[foreign]
    base[foreign] = np.sign(amounts_minor[foreign]) * (
        whole * rate + (rest * rate + MICRO // 2) // MICRO
    )
    return base


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """What the aggregation reads of each account: days as day numbers, amounts in base minor units."""

    past_due: npt.NDArray[np.bool_]  # past due and owing
    overdue_days: npt.NDArray[np.int32]
    arrears: Ints
    balance: Ints
    limit: Ints
    due: Ints
    next_due: npt.NDArray[np.int32]  # NEVER where none
    last_paid: npt.NDArray[np.int32]  # -1 where none
    payments: npt.NDArray[np.int16]
    cycles: npt.NDArray[np.int8]
    bucket: npt.NDArray[np.int8]
    bucket_before: npt.NDArray[np.int8]  # -1 where the account was not in the book
    autopay: npt.NDArray[np.bool_]
    first_payment_default: npt.NDArray[np.bool_]
    risk: npt.NDArray[np.int8]


PERSON_FIGURES = (
    "overdue_days",
    "arrears",
    "balance",
    "limit",
    "accounts_overdue",
    "cycles",
    "due",
    "next_due",
    "last_paid",
    "payments",
    "autopay",
    "first_payment_default",
    "rose_two",
    "risk",
    "owed_overdue",
    "lead",
    "bucket",
    "stated_only",
)


@compiled
def _gather(
    starts: Any,
    past_due: Any,
    raw_past_due: Any,
    overdue_days: Any,
    arrears: Any,
    balance: Any,
    limit: Any,
    due: Any,
    next_due: Any,
    last_paid: Any,
    payments: Any,
    cycles: Any,
    bucket: Any,
    bucket_before: Any,
    autopay: Any,
    fpd: Any,
    risk: Any,
    out: Any,
) -> None:
    """One row of `out` for each of PERSON_FIGURES, in their order."""
    for person in range(len(starts) - 1):
        lead = starts[person]
        days = 0
        all_autopay = 1
        nearest = next_due[lead]
        paid = -1
        for row in range(starts[person], starts[person + 1]):
            if past_due[row]:
                out[4, person] += 1
                out[14, person] += max(balance[row], 0)
                out[1, person] += arrears[row]
                out[11, person] |= fpd[row]
                out[5, person] = max(out[5, person], cycles[row])
                more = overdue_days[row] > days
                same = overdue_days[row] == days and arrears[row] > arrears[lead]
                if more or same or not past_due[lead]:
                    lead = row
                    days = overdue_days[row]
                if bucket_before[row] >= 0 and bucket[row] - bucket_before[row] >= 2:
                    out[12, person] = 1
            out[17, person] |= raw_past_due[row]
            out[2, person] += max(balance[row], 0)
            out[3, person] += limit[row]
            out[6, person] += due[row]
            out[9, person] += payments[row]
            out[13, person] = max(out[13, person], risk[row])
            nearest = min(nearest, next_due[row])
            paid = max(paid, last_paid[row])
            all_autopay &= autopay[row]
        out[0, person] = days
        out[7, person] = nearest
        out[8, person] = paid
        out[10, person] = all_autopay
        out[15, person] = lead
        out[16, person] = bucket[lead] if past_due[lead] else 0


def gather(
    starts: Ints, figures: AccountFigures, stated_past_due: npt.NDArray[np.bool_]
) -> dict[str, Ints]:
    """Sum and lead the accounts of each person: rows `starts[i]` to `starts[i + 1]` are person i's."""
    out = np.zeros((len(PERSON_FIGURES), len(starts) - 1), dtype=np.int64)
    f = figures
    _gather(
        starts, f.past_due, stated_past_due, f.overdue_days, f.arrears, f.balance, f.limit, f.due, f.next_due,
        f.last_paid, f.payments, f.cycles, f.bucket, f.bucket_before, f.autopay, f.first_payment_default, f.risk, out,
    )  # fmt: skip
    return dict(zip(PERSON_FIGURES, out, strict=True))


@compiled
def _match(left_a: Any, left_b: Any, right_a: Any, right_b: Any, out: Any) -> None:
    right = 0
    for left in range(len(left_a)):
        while right < len(right_a) and (
            right_a[right] < left_a[left]
            or (right_a[right] == left_a[left] and right_b[right] < left_b[left])
        ):
            right += 1
        found = (
            right < len(right_a)
            and right_a[right] == left_a[left]
            and right_b[right] == left_b[left]
        )
        out[left] = right if found else -1


def match(left: tuple[Ints, Ints], right: tuple[Ints, Ints]) -> Ints:
    """For each left key pair the row of the equal right one, or -1; both sides are sorted."""
    out = np.empty(len(left[0]), dtype=np.int64)
    _match(left[0], left[1], right[0], right[1], out)
    return out


def taken(column: pa.Array, rows: Ints) -> pa.Array:
    """The values at the rows, null where the row is -1."""
    if len(rows) == len(column) and (
        not len(rows) or (rows[0] == 0 and (np.diff(rows) == 1).all())
    ):
        return column
    if len(column) == 0:
        return pa.nulls(len(rows), column.type)
    return column.take(pa.array(rows, mask=rows < 0))
