"""What the desk did by day as the night reckons with it: money known, what was given up, debts watched as
restructured."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.cycle.people import day_number, ints, numbers
from evenhand.delinquency.ageing import RISK_CLASSES
from evenhand.delinquency.columns import ExtraPayments

CLASS_FLOOR = RISK_CLASSES.index(
    "SPECIAL_MENTION"
)  # of a restructured asset under observation (2023 No. 1)


def extra_payments(accounts: pa.Table, desk: pa.Table, on: date) -> ExtraPayments | None:
    """Money known by day that no file of the book carries yet, by row of the book.

    It counts from the day it is known: a value date after the banking day is the banking day.
    """
    if "waived_account_key" not in desk.column_names:  # the desk of a night of an older release
        desk = desk.append_column(
            "waived_account_key", pa.nulls(desk.num_rows, pa.list_(pa.int64()))
        )
        desk = desk.append_column("waived_on", pa.nulls(desk.num_rows, pa.list_(pa.date32())))
        desk = desk.append_column("waived_minor", pa.nulls(desk.num_rows, pa.list_(pa.int64())))
    known = pc.add(
        pc.fill_null(pc.list_value_length(desk["paid_account_key"]), 0),
        pc.fill_null(pc.list_value_length(desk["waived_account_key"]), 0),
    )
    paid = desk.filter(pc.greater(known, 0))
    if paid.num_rows == 0:
        return None
    customers, account_keys = ints(accounts["customer_key"]), ints(accounts["account_key"])
    today, found = day_number(on), []
    for person in paid.to_pylist():
        low, high = np.searchsorted(customers, [person["customer_key"], person["customer_key"] + 1])
        for account, value_on, minor in _lowers(person):
            rows = low + np.flatnonzero(account_keys[low:high] == account)
            value = min(day_number(value_on), today)
            found += [(int(row), value, max(value, today), minor) for row in rows]
    columns: Sequence[Any] = list(zip(*sorted(found), strict=True)) or [(), (), (), ()]
    return ExtraPayments(
        row=np.array(columns[0], dtype=np.int64),
        value_on=np.array(columns[1], dtype=np.int32),
        booked_on=np.array(columns[2], dtype=np.int32),
        paid_minor=np.array(columns[3], dtype=np.int64),
    )


def _lowers(person: Mapping[str, Any]) -> Iterator[tuple[int, date, int]]:
    """What lowers what is asked of a person: money known by day, and what was given up and the core has not booked."""
    for names in (
        ("paid_account_key", "paid_value_on", "paid_minor"),
        ("waived_account_key", "waived_on", "waived_minor"),
    ):
        yield from zip(*(person[name] or () for name in names), strict=True)


def with_class_floor(ageing: pa.Table, accounts: pa.Table, desk: pa.Table) -> pa.Table:
    """The risk classes with a debt that is watched as restructured no better than special mention."""
    if "watched_account_key" not in desk.column_names:  # the desk of a night of an older release
        return ageing
    watched = ints(pc.list_flatten(desk["watched_account_key"]))
    if not len(watched):
        return ageing
    here = np.isin(ints(accounts["account_key"]), watched)
    risk = np.where(
        here, np.maximum(numbers(ageing["risk_class"]), CLASS_FLOOR), numbers(ageing["risk_class"])
    )
    place = ageing.schema.get_field_index("risk_class")
    return ageing.set_column(place, "risk_class", pa.array(risk.astype(np.int8)))
