"""Where the core's own figures and ours differ: kept beside each other, counted and listed, never smoothed."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow.compute as pc
import pyarrow.parquet as pq

from evenhand.cycle.manifest import Manifest
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


@dataclass(frozen=True, slots=True)
class Difference:
    """One account whose figures differ on the night: which differ, and both days past due."""

    account_key: int
    customer_key: int
    days_differ: bool
    past_due_differs: (
        bool  # what a statement says was past due is not what the payments booked leave unpaid
    )
    stated_overdue_days: int | None
    computed_overdue_days: int
    bucket: int  # by the figure that leads


def differences(lake: Lake, manifest: Manifest) -> Iterator[Difference]:
    """Every account of the night with a difference, partition by partition in order of customer and account."""
    for part in manifest.parts:
        state = pq.read_table(lake.state(manifest.banking_day, part.number), columns=_COLUMNS)
        for row in state.filter(pc.not_equal(state["difference"], 0)).to_pylist():
            yield Difference(
                account_key=row["account_key"],
                customer_key=row["customer_key"],
                days_differ=bool(row["difference"] & STATED_DAYS),
                past_due_differs=bool(row["difference"] & STATED_PAST_DUE),
                stated_overdue_days=row["stated_overdue_days"],
                computed_overdue_days=row["computed_overdue_days"],
                bucket=row["bucket"],
            )
