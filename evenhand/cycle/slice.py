"""Some people's rows of a night, read from the lake and treated alone: for the day, and for the question why."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.cycle.manifest import Manifest
from evenhand.cycle.people import ints
from evenhand.cycle.treat import ACCOUNT_COLUMNS, PEOPLE_COLUMNS, Before, Treated, treat
from evenhand.runtime.lake import Lake
from evenhand.strategy.judge import Strategy

FEW = 200  # people for whom Parquet's own filter is quicker than reading a partition


@lru_cache(maxsize=4)
def strategy_at(path: Path) -> Strategy:
    """A strategy of the lake, loaded once: its file is named by its digest and never changes."""
    return Strategy.load(path)


@dataclass(frozen=True, slots=True)
class BookSlice:
    """The rows of some people in one partition of one night, and of the night before it."""

    accounts: pa.Table
    people: pa.Table
    before: Before | None

    @staticmethod
    def read(
        lake: Lake, manifest: Manifest, number: int, customer_keys: Sequence[int]
    ) -> "BookSlice":
        """Read the slice; people who are not in the book have no rows in it."""
        here, before = (manifest.banking_day, number), None
        if manifest.previous_day is not None:
            then = (manifest.previous_day, number)
            before = Before(
                rows_of(lake.state(*then), customer_keys),
                rows_of(lake.decisions(*then), customer_keys),
            )
        return BookSlice(
            rows_of(lake.accounts(*here), customer_keys),
            rows_of(lake.people(*here), customer_keys),
            before,
        )

    def treated(self, desk: pa.Table, manifest: Manifest, lake: Lake) -> Treated:
        """Age and decide these people with the terms, the strategy and the experiment of the night."""
        experiment = manifest.experiment
        return treat(
            self.accounts.select(ACCOUNT_COLUMNS),
            self.people.select(PEOPLE_COLUMNS),
            desk,
            self.before,
            strategy=strategy_at(lake.root / manifest.strategy),
            portfolio=manifest.portfolio,
            on=manifest.banking_day,
            experiment=experiment,
            challenger=strategy_at(lake.root / experiment.challenger)
            if experiment is not None and experiment.challenger
            else None,
        )


def rows_of(path: Path, customer_keys: Sequence[int]) -> pa.Table:
    """The rows of these customers in one file of the lake, in the file's order."""
    if len(customer_keys) <= FEW:
        return pq.read_table(
            path, filters=[("customer_key", "in", [int(key) for key in customer_keys])]
        )
    table = pq.read_table(path)
    return table.filter(pa.array(np.isin(ints(table["customer_key"]), np.array(customer_keys))))
