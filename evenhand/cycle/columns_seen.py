"""What the columns of a strategy held on a past night: the values seen with how many people had them.

Worked out again from the night's own files, with the terms of that night, when somebody first asks; what is kept is of
the last night asked about. Of a large book whole partitions are looked at until LOOKED_AT_MIN people are (people fall
into partitions by a hash, so each is a fair sample), and the counts are scaled up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evenhand.cycle.manifest import Manifest, read_manifest
from evenhand.cycle.partition import confirmed_apart
from evenhand.cycle.people import ints
from evenhand.cycle.slice import strategy_at
from evenhand.cycle.treat import ACCOUNT_COLUMNS, DECISIONS, PEOPLE_COLUMNS, Before, treat
from evenhand.runtime.lake import Lake
from evenhand.strategy.facts import FACTS
from evenhand.strategy.judge import STARTER

LOOKED_AT_MIN = 200_000
QUANTILES_PERCENT = (5, 25, 50, 75, 95)
VALUES_MAX = 60  # of an open code, such as a region
DISTINCT_TESTED_MAX = 5_000  # numbers of a column that a test is tried on one by one
_LATE = "accounts_overdue"  # who has an account past due is late
_DECIDED = ("segment", "treatment", "channel", "tone", "desk", "priority", "offer", "arm")

Passes = Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class Count:
    """People of the whole book and, among them, those with an account past due."""

    people: int
    late: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One column of one night. `numbers` are its distinct numbers, ascending; of codes and truths `values` has each
    with its people, most first. Of a part of the book (`looked_at` people `of_all`) counts are scaled up."""

    name: str
    on: date
    total: Count
    unknown: Count  # to whom it does not apply
    values: tuple[tuple[str | bool, Count], ...]
    numbers: npt.NDArray[np.int64]
    weights: npt.NDArray[np.int64]  # per number the people looked at, and those late: shape (n, 2)
    looked_at: int
    of_all: int

    @property
    def about(self) -> bool:
        """Whether counts are scaled up from a part of the book."""
        return self.looked_at < self.of_all

    @property
    def is_number(self) -> bool:
        """Whether the column holds numbers."""
        return len(self.numbers) > 0

    def quantiles(self, *, late: bool) -> tuple[int, ...]:
        """The numbers at QUANTILES_PERCENT of all people, or of those late; empty when nobody has one."""
        running = np.cumsum(self.weights[:, 1 if late else 0])
        if not len(running) or not running[-1]:
            return ()
        ranks = [-(-int(running[-1]) * percent // 100) for percent in QUANTILES_PERCENT]
        return tuple(int(self.numbers[np.searchsorted(running, rank)]) for rank in ranks)

    def holding(self, passes: Passes) -> Count:
        """How many people a test holds: `passes` is asked once for each distinct value (numbers as Decimal).

        Of a column with more than DISTINCT_TESTED_MAX numbers, neighbours are tested together.
        """
        found = np.zeros(2, dtype=np.int64)
        if self.is_number:
            step = -(-len(self.numbers) // DISTINCT_TESTED_MAX)
            weights = np.add.reduceat(self.weights, np.arange(0, len(self.numbers), step), axis=0)
            for number, weight in zip(self.numbers[::step].tolist(), weights, strict=True):
                if passes(Decimal(number)):
                    found += weight
            found = found * self.of_all // max(self.looked_at, 1)
        for value, count in self.values:
            if passes(value):
                found += (count.people, count.late)
        return Count(int(found[0]), int(found[1]))


def column_seen(lake: Lake, on: date, name: str) -> Seen | None:
    """What a fact, or what an earlier table answered, was on the night of `on`; None without such a night or column.

    The first question about a night reads and ages its book again: about a second for 150,000 accounts.
    """
    manifest = lake.manifest(on)
    if not manifest.exists():
        return None
    return _seen(lake.root, on, manifest.stat().st_mtime_ns, name)


@lru_cache(maxsize=128)
def _seen(root: Path, on: date, version: int, name: str) -> Seen | None:
    people, of_all = _people(root, on, version)
    if name not in people.column_names:
        return None
    looked_at = people.num_rows
    column = people[name].combine_chunks()
    late = np.asarray(ints(people[_LATE])) > 0

    def scaled(number: int) -> int:
        return number * of_all // looked_at if looked_at else 0

    def count(mask: npt.NDArray[np.bool_]) -> Count:
        return Count(scaled(int(mask.sum())), scaled(int((mask & late).sum())))

    known = np.asarray(column.is_valid())
    numbers, weights = np.zeros(0, np.int64), np.zeros((0, 2), np.int64)
    values: list[tuple[str | bool, Count]] = []
    if pa.types.is_integer(column.type):
        numbers, weights = _numbers(column, known, late)
    else:
        plain = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        for value in pc.unique(plain).to_pylist():
            if value is not None:
                same = np.asarray(pc.fill_null(pc.equal(plain, value), False))
                values.append((value, count(same)))
        values.sort(key=lambda pair: (-pair[1].people, str(pair[0])))
    return Seen(
        name=name,
        on=on,
        total=count(np.ones(looked_at, dtype=bool)),
        unknown=count(~known),
        values=tuple(values[:VALUES_MAX]),
        numbers=numbers,
        weights=weights,
        looked_at=looked_at,
        of_all=of_all,
    )


def _numbers(
    column: pa.Array, known: npt.NDArray[np.bool_], late: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    numbers, where = np.unique(
        np.asarray(pc.fill_null(column, 0))[known].astype(np.int64), return_inverse=True
    )
    weights = np.zeros((len(numbers), 2), dtype=np.int64)
    weights[:, 0] = np.bincount(where, minlength=len(numbers))
    weights[:, 1] = np.bincount(where[late[known]], minlength=len(numbers))
    return numbers, weights


@lru_cache(maxsize=1)
def _people(root: Path, on: date, _version: int) -> tuple[pa.Table, int]:
    """Facts and answers of the people looked at, and how many people the whole book has."""
    lake = Lake(root)
    manifest = read_manifest(lake.manifest(on))
    of_all = sum(
        pq.read_metadata(lake.decisions(on, part.number)).num_rows for part in manifest.parts
    )
    tables: list[pa.Table] = []
    for part in manifest.parts:
        tables.append(_partition(lake, manifest, part.number))
        if sum(table.num_rows for table in tables) >= LOOKED_AT_MIN:
            break
    return pa.concat_tables(tables).unify_dictionaries(), of_all


def _partition(lake: Lake, manifest: Manifest, number: int) -> pa.Table:
    """The facts of one partition, beside what the night's tables said.

    Facts depend on no strategy, so the starter stands in for the night's: one of an older release may not load.
    """
    here, before = (manifest.banking_day, number), None
    if manifest.previous_day is not None:
        state = pq.read_table(lake.state(manifest.previous_day, number))
        before = Before(state, DECISIONS.empty_table())
    accounts, people = pq.read_table(lake.accounts(*here)), pq.read_table(lake.people(*here))
    desk, _confirmed = confirmed_apart(pq.read_table(lake.desk(*here)), accounts)
    facts = treat(
        accounts.select(ACCOUNT_COLUMNS),
        people.select(PEOPLE_COLUMNS),
        desk,
        before,
        strategy=strategy_at(STARTER),
        portfolio=manifest.portfolio,
        on=manifest.banking_day,
    ).facts.select([fact.name for fact in FACTS])
    decided = pq.read_table(lake.decisions(*here))
    for name in _DECIDED:
        if name in decided.column_names and name not in facts.column_names:
            facts = facts.append_column(name, decided[name])
    return facts
