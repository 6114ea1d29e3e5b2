"""The people a trial would treat differently: a page of them at a time, and why for each. Free of Django."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evenhand.cycle.manifest import Manifest
from evenhand.cycle.partition import confirmed_apart
from evenhand.cycle.slice import BookSlice, rows_of, strategy_at
from evenhand.cycle.trial import list_path
from evenhand.cycle.trial_tally import NOT_SAID
from evenhand.cycle.why import FactLine, Step, steps_of
from evenhand.runtime.lake import Lake
from evenhand.strategy.facts import FACTS

Place = tuple[int, int]  # partition, customer
_BEFORE, _AFTER = "_before", "_after"


class NotListed(LookupError):
    """The trial lists no such person on that night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of the people; an empty text asks nothing."""

    treatment_before: str = ""
    treatment_after: str = ""
    segment_before: str = ""
    channel_before: str = ""
    channel_after: str = ""
    region: str = ""
    bucket: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """One person whom the strategy tried would treat differently: both answers and the rules that gave them.

    Money is in minor units of the base currency. Nothing here names the person.
    """

    partition: int
    customer_key: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    bucket: str
    region: str
    product: str
    language: str
    overdue_days: int
    arrears_minor: int
    balance_minor: int
    manual: bool
    in_case: bool

    @property
    def place(self) -> Place:
        """Where the person stands in the list."""
        return self.partition, self.customer_key

    @property
    def differing(self) -> tuple[str, ...]:
        """The answers that differ."""
        return tuple(
            name
            for name, value in self.before.items()
            if not name.endswith("_rule") and self.after[name] != value
        )


@dataclass(frozen=True, slots=True)
class BothWays:
    """One person's facts, and what each strategy says of them step by step."""

    on: date
    person: Differing
    facts: tuple[FactLine, ...]
    before: tuple[Step, ...]
    after: tuple[Step, ...]


def differing(
    folder: Path, day: date, wanted: Wanted = Wanted(), after: Place | None = None
) -> Iterator[Differing]:
    """The people listed below the trial's folder for one night, in order of partition and key, from after a place."""
    for path in sorted((folder / f"day={day}").glob("p=*.parquet")):
        number = int(path.stem.removeprefix("p="))
        if after is not None and number < after[0]:
            continue
        since = after[1] if after is not None and number == after[0] else None
        filters = None if since is None else [("customer_key", ">", since)]
        table = pq.read_table(path, filters=filters)
        for batch in table.filter(_mask(table, wanted)).to_batches(max_chunksize=256):
            yield from (_differing(number, row) for row in batch.to_pylist())


def _mask(table: pa.Table, wanted: Wanted) -> pa.Array:
    mask = np.ones(table.num_rows, dtype=bool)
    for name in Wanted.__slots__:
        if code := getattr(wanted, name):
            text = pc.fill_null(table[name].cast(pa.string()), NOT_SAID)
            mask &= pc.equal(text, code).to_numpy()
    return pa.array(mask)


_PLAIN = ("customer_key", "overdue_days", "arrears_minor", "balance_minor", "manual", "in_case")


def _differing(number: int, row: Mapping[str, Any]) -> Differing:
    plain: dict[str, Any] = {name: row[name] for name in _PLAIN}
    plain |= {name: row[name] or "" for name in ("bucket", "region", "product", "language")}
    return Differing(
        partition=number,
        before={n.removesuffix(_BEFORE): v for n, v in row.items() if n.endswith(_BEFORE)},
        after={n.removesuffix(_AFTER): v for n, v in row.items() if n.endswith(_AFTER)},
        **plain,
    )


def person_at(folder: Path, day: date, place: Place) -> Differing:
    """One person of the list; raises NotListed."""
    path = list_path(folder, day, place[0])
    if path.exists():
        for row in pq.read_table(path, filters=[("customer_key", "=", place[1])]).to_pylist():
            return _differing(place[0], row)
    raise NotListed(f"the trial lists no such person on {day}")


def why_both(lake: Lake, manifest: Manifest, folder: Path, tried: Path, place: Place) -> BothWays:
    """Why the night's strategy and the one tried (a DMN file) answer as they do for one person of the list."""
    number, customer_key = place
    person = person_at(folder, manifest.banking_day, place)
    book = BookSlice.read(lake, manifest, number, [customer_key])
    desk = rows_of(lake.desk(manifest.banking_day, number), [customer_key])
    desk, _confirmed = confirmed_apart(desk, book.accounts)
    facts = book.treated(desk, manifest, lake).facts.to_pylist()[0]
    return BothWays(
        on=manifest.banking_day,
        person=person,
        facts=tuple(FactLine(fact.name, facts[fact.name], None) for fact in FACTS),
        before=steps_of(strategy_at(lake.root / manifest.strategy), facts),
        after=steps_of(strategy_at(tried), facts),
    )
