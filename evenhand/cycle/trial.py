"""A trial: another strategy over the real book of a past night, beside what that night decided. Free of Django.

Read are the book of the night, the state of the night before and the desk facts of its cut-off, as the night read
them; nothing of the night and nothing at the desk is written. An experiment of that night goes on: who was with its
challenger or held out stays so, and the strategy tried decides for all others. Where a folder is given, the people who
would be treated differently are listed below it as `day=D/p=NNN.parquet`, sorted by key.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evenhand.cycle.birth_years import BirthFile, age_bands, birth_files
from evenhand.cycle.manifest import Manifest
from evenhand.cycle.partition import confirmed_apart, mapped
from evenhand.cycle.people import ints
from evenhand.cycle.slice import strategy_at
from evenhand.cycle.tally import Tally, added
from evenhand.cycle.treat import ACCOUNT_COLUMNS, DECISIONS, PEOPLE_COLUMNS, Before, Treated, treat
from evenhand.cycle.trial_problem import unanswered
from evenhand.cycle.trial_tally import compared_columns, differs, in_case, tally_trial
from evenhand.dmn import DecisionError
from evenhand.portfolio.terms import Portfolio
from evenhand.runtime.lake import Lake, write_table
from evenhand.strategy.arms import Experiment
from evenhand.strategy.judge import TABLES, Strategy

CONTEXT = ("bucket", "region", "product", "language", "overdue_days", "accounts_overdue")
# Starting processes costs as much CPU as trying a million accounts, see benchmarks/trial.py.
ALONE_UNTIL_ACCOUNTS = 2_000_000

Progress = Callable[[str, int, int], None]  # step, done, of


class NightUnreadable(RuntimeError):
    """The files of a night are not whole, so nothing can be tried on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightTried:
    """One night tried: what was in force then, and the counts of `trial_tally`; ages where the data has them."""

    banking_day: date
    strategy_digest: str
    currency: str
    counts: Tally
    ages_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One partition of one night to be tried."""

    lake: Path
    day: date
    previous_day: date | None
    number: int
    portfolio: Portfolio
    strategy: Strategy
    in_force: str  # the strategy of that night, by its path in the lake
    experiment: Experiment | None  # it goes on: its arms and its hold-out stay as they were
    births: tuple[BirthFile, ...]
    out: Path | None


def run_trial(
    manifest: Manifest,
    lake: Lake,
    strategy: Strategy,
    *,
    processes: int,
    progress: Progress,
    out: Path | None = None,
) -> NightTried:
    """Try the strategy on the night of one manifest; see `run_trials`."""
    [tried] = run_trials(
        [manifest], lake, strategy, processes=processes, progress=progress, out=out
    )
    return tried


def run_trials(
    manifests: Sequence[Manifest],
    lake: Lake,
    strategy: Strategy,
    *,
    processes: int,
    progress: Progress,
    out: Path | None = None,
) -> list[NightTried]:
    """Try the strategy on the nights of the manifests, partition by partition on the processes given.

    Books of few accounts are tried in this process. Money is in minor units of the base currency. Raises Unanswered
    when the strategy leaves somebody without an answer, and NightUnreadable when files of a night are missing or do
    not belong together.
    """
    births = [birth_files(lake, manifest) for manifest in manifests]
    tasks = [
        task
        for manifest, files in zip(manifests, births, strict=True)
        for task in _tasks(manifest, lake, strategy, files, out)
    ]
    accounts = sum(part.counts.get("accounts", 0) for m in manifests for part in m.parts)
    if accounts < ALONE_UNTIL_ACCOUNTS:
        processes = 1
    counted: list[Tally] = []
    for tally in mapped(try_partition, tasks, processes=processes):
        counted.append(tally)
        progress("try", len(counted), len(tasks))
    tallies = iter(counted)
    return [
        NightTried(
            banking_day=manifest.banking_day,
            strategy_digest=manifest.strategy_digest,
            currency=manifest.portfolio.base_currency,
            counts=reduce(added, (next(tallies) for _part in manifest.parts), {}),
            ages_known=bool(files),
        )
        for manifest, files in zip(manifests, births, strict=True)
    ]


def _tasks(
    manifest: Manifest,
    lake: Lake,
    strategy: Strategy,
    births: tuple[BirthFile, ...],
    out: Path | None,
) -> Iterator[_Task]:
    for part in manifest.parts:
        yield _Task(
            lake=lake.root,
            day=manifest.banking_day,
            previous_day=manifest.previous_day,
            number=part.number,
            portfolio=manifest.portfolio,
            strategy=strategy,
            in_force=manifest.strategy,
            experiment=manifest.experiment,
            births=births,
            out=out,
        )


def try_partition(task: _Task) -> Tally:
    """Try one partition: treat it again with the other strategy, compare, list who differs, count."""
    then = _read(Lake(task.lake).decisions(task.day, task.number))
    treated = _treated(task)
    now = treated.decisions
    if not then["customer_key"].equals(now["customer_key"]):
        raise NightUnreadable(
            f"the decisions of {task.day} are not of the people of its book, partition {task.number}"
        )
    if task.out is not None:
        listed = _list(then, now, treated.facts)
        write_table(list_path(task.out, task.day, task.number), listed)
    lake = Lake(task.lake)
    bands = age_bands(task.births, lake, task.number, ints(now["customer_key"]), task.day)
    return tally_trial(then, now, treated.facts, bands)


def list_path(folder: Path, day: date, number: int) -> Path:
    """Where the people of one partition lie whom a trial treats differently."""
    return folder / f"day={day}" / f"p={number:03d}.parquet"


def _treated(task: _Task) -> Treated:
    """The partition as the night made it, but for the strategy."""
    lake, where = Lake(task.lake), (task.day, task.number)
    desk = _read(lake.desk(*where))
    paid = pc.any(pc.greater(pc.list_value_length(desk["paid_reference_key"]), 0)).as_py()
    accounts = _read(lake.accounts(*where), (*ACCOUNT_COLUMNS, *(("payment_key",) if paid else ())))
    people = _read(lake.people(*where), PEOPLE_COLUMNS)
    if paid:
        desk, _confirmed = confirmed_apart(desk, accounts)
    before = None
    if task.previous_day is not None:
        # What was decided then only says what changed since, which no trial asks; ageing of then is a fact.
        state = _read(lake.state(task.previous_day, task.number))
        before = Before(state, DECISIONS.empty_table())

    experiment = task.experiment
    challenger = experiment.challenger if experiment is not None else ""

    def by(strategy: Strategy) -> Treated:
        return treat(
            accounts.select(ACCOUNT_COLUMNS),
            people,
            desk,
            before,
            strategy=strategy,
            portfolio=task.portfolio,
            on=task.day,
            experiment=experiment,
            challenger=strategy_at(task.lake / challenger) if challenger else None,
        )

    try:
        return by(task.strategy)
    except DecisionError:
        facts = by(strategy_at(task.lake / task.in_force)).facts
        if (problem := unanswered(task.strategy, facts)) is None:
            raise
        raise problem from None


def _read(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    try:
        return pq.read_table(path, columns=None if columns is None else list(columns))
    except FileNotFoundError:
        raise NightUnreadable(f"{path.name} of {path.parent.name} is gone from the lake") from None


def _list(then: pa.Table, now: pa.Table, facts: pa.Table) -> pa.Table:
    """The people of whom any answer differs, with both answers, the rules and what they are seen by."""
    rows = pa.array(np.flatnonzero(differs(then, now, compared_columns(then, now)).any(axis=0)))
    columns: dict[str, Any] = {"customer_key": now["customer_key"]}
    for name in (*compared_columns(then, now), *(f"{table}_rule" for table in TABLES)):
        if name in then.column_names:
            columns[f"{name}_before"] = then[name]
        columns[f"{name}_after"] = now[name]
    columns |= {name: facts[name] for name in CONTEXT}
    columns |= {name: now[name] for name in ("arrears_minor", "balance_minor", "manual")}
    columns["in_case"] = pa.array(in_case(now))
    return pa.table({name: column.take(rows) for name, column in columns.items()})
