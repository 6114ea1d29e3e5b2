"""Where the core's own figures and ours differ: kept beside each other, counted and listed, never smoothed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from evenhand.cycle.manifest import Manifest
from evenhand.delinquency.ageing import BUCKETS
from evenhand.runtime.lake import Lake

STATED_DAYS, STATED_PAST_DUE = 1, 2
_COLUMNS = [
    "account_key",
    "customer_key",
    "difference",
    "stated_overdue_days",
    "computed_overdue_days",
    "bucket",
]


Place = tuple[int, int, int]  # partition, customer, account


@dataclass(frozen=True, slots=True)
class Difference:
    """One account whose figures differ on the night: which differ, and both days past due."""

    partition: int
    customer_key: int
    account_key: int
    card_tail: str
    days_differ: bool
    past_due_differs: (
        bool  # what a statement says was past due is not what the payments booked leave unpaid
    )
    stated_overdue_days: int | None
    computed_overdue_days: int
    bucket: str  # by the figure that leads

    @property
    def place(self) -> Place:
        """Where the row stands in the list."""
        return self.partition, self.customer_key, self.account_key


def differences(
    lake: Lake, manifest: Manifest, *, after: Place | None = None
) -> Iterator[Difference]:
    """Every account of the night with a difference, in order of partition, customer and account, from after a place."""
    day = manifest.banking_day
    for part in manifest.parts:
        if after is not None and part.number < after[0]:
            continue
        state = pq.read_table(lake.state(day, part.number), columns=_COLUMNS)
        tails = pq.read_table(lake.accounts(day, part.number), columns=["card_tail"])
        found = state.append_column("card_tail", tails["card_tail"])
        for row in found.filter(pc.not_equal(state["difference"], 0)).to_pylist():
            difference = _difference(part.number, row)
            if after is None or difference.place > after:
                yield difference


def _difference(partition: int, row: Mapping[str, Any]) -> Difference:
    return Difference(
        partition=partition,
        customer_key=row["customer_key"],
        account_key=row["account_key"],
        card_tail=row["card_tail"] or "",
        days_differ=bool(row["difference"] & STATED_DAYS),
        past_due_differs=bool(row["difference"] & STATED_PAST_DUE),
        stated_overdue_days=row["stated_overdue_days"],
        computed_overdue_days=row["computed_overdue_days"],
        bucket=BUCKETS[row["bucket"]],
    )
