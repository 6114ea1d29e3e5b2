"""One partition of one night: read → fold → age → decide → write. Free of Django, so it runs anywhere.

A pure function of the files named in its task: the same task gives the same content digests.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.cycle.manifest import Part, read_part, terms_digest, write_part
from evenhand.cycle.people import Ints, ints
from evenhand.cycle.tally import added, tally, tally_files
from evenhand.cycle.treat import ACCOUNT_COLUMNS, PEOPLE_COLUMNS, Before, treat
from evenhand.kernel.digest import content_digest, file_sha256
from evenhand.portfolio.fold import fold
from evenhand.portfolio.terms import Portfolio
from evenhand.runtime.lake import Lake, write_table
from evenhand.runtime.version import code_version
from evenhand.strategy.arms import Experiment
from evenhand.strategy.judge import Strategy

Made = TypeVar("Made")


class InputChanged(RuntimeError):
    """A file in the lake is not the one the manifest names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one partition of a night needs. Inputs are read below `lake`, desk facts below `desk`, outputs go below
    `out`: for a night that counts all three are the lake."""

    lake: Path
    desk: Path
    out: Path
    day: date
    previous_day: date | None
    number: int
    facts: tuple[str, ...]  # facts files, in the order they were received
    history: tuple[
        str, ...
    ]  # facts of earlier days, read only where something reaches before an ageing window
    strategy: str
    portfolio: Portfolio
    experiment: Experiment | None = None

    def inputs(self) -> dict[str, Path]:
        """The files read, by name in the lake."""
        lake, paths = Lake(self.lake), [self.lake / name for name in self.facts]
        if self.previous_day is not None:
            then = (self.previous_day, self.number)
            paths += [
                lake.accounts(*then),
                lake.people(*then),
                lake.state(*then),
                lake.decisions(*then),
            ]
        paths.append(self.lake / self.strategy)
        if self.experiment is not None and self.experiment.challenger:
            paths.append(self.lake / self.experiment.challenger)
        found = {str(path.relative_to(self.lake)): path for path in paths}
        desk = Lake(self.desk).desk(self.day, self.number)
        return found | {str(desk.relative_to(self.desk)): desk}


def mapped(step: Callable[..., Made], *arguments: Iterable[Any], processes: int) -> Iterator[Made]:
    """The step over all arguments, in order: here when there is one process, else in a pool of them."""
    if processes == 1:
        yield from map(step, *arguments)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("forkserver")) as pool:
        yield from pool.map(step, *arguments)


def run_partition(task: Task, expected: Mapping[str, str] | None = None) -> Part:
    """Run one partition and write its four files; with `expected`, refuse inputs of another sha256."""
    found = {name: file_sha256(path) for name, path in task.inputs().items()}
    lake, out, where = Lake(task.lake), Lake(task.out), (task.day, task.number)
    facts = _by_feed(task, task.facts)

    def reopen(accounts: Ints) -> Mapping[str, Sequence[pa.Table]]:
        found.update({name: file_sha256(task.lake / name) for name in task.history})
        wanted = [("account_key", "in", pa.array(accounts))]
        return _by_feed(task, task.history, wanted)

    before, previous = None, None
    if task.previous_day is not None:
        then = (task.previous_day, task.number)
        before = Before(pq.read_table(lake.state(*then)), pq.read_table(lake.decisions(*then)))
        previous = (pq.read_table(lake.accounts(*then)), pq.read_table(lake.people(*then)))
    book = fold(previous, facts, on=task.day, terms=task.portfolio.ageing, reopen=reopen)
    if expected is not None and found != dict(expected):
        changed = sorted(
            name for name in found | dict(expected) if found.get(name) != expected.get(name)
        )
        raise InputChanged(f"{changed[0]} is not the file the manifest of {task.day} names")
    desk, confirmed = confirmed_apart(pq.read_table(Lake(task.desk).desk(*where)), book.accounts)
    treated = treat(
        book.accounts.select(ACCOUNT_COLUMNS),
        book.people.select(PEOPLE_COLUMNS),
        desk,
        before,
        strategy=Strategy.load(task.lake / task.strategy),
        portfolio=task.portfolio,
        on=task.day,
        experiment=task.experiment,
        challenger=_challenger(task),
    )
    tables = {
        "accounts": (out.accounts(*where), book.accounts),
        "people": (out.people(*where), book.people),
        "state": (out.state(*where), treated.state),
        "decisions": (out.decisions(*where), treated.decisions),
    }
    for path, table in tables.values():
        write_table(path, table)
    counts = added(
        tally(book.accounts, book.people, treated, task.portfolio),
        tally_files(facts, task.portfolio),
    )
    return Part(
        number=task.number,
        code_version=code_version(),
        facts=task.facts,
        history=task.history,
        inputs=found,
        outputs={name: content_digest(_meaning(table)) for name, (_, table) in tables.items()},
        counts=counts | {"book": dict(book.counts)},
        confirmed=tuple(confirmed),
        terms=terms_digest(task.portfolio, task.experiment),
    )


def _challenger(task: Task) -> Strategy | None:
    if task.experiment is None or not task.experiment.challenger:
        return None
    return Strategy.load(task.lake / task.experiment.challenger)


def _meaning(table: pa.Table) -> pa.Table:
    """The table without what is sealed: the same text sealed twice is not the same bytes."""
    return table.drop_columns([name for name in ("identity",) if name in table.column_names])


def finished_part(task: Task) -> Part:
    """The part as an interrupted night left it, if inputs, terms and code are still the same; else made now."""
    place = Lake(task.out).manifest(task.day).with_name(f"p={task.number:03d}.json")
    if place.exists():
        part = read_part(place)
        inputs = {name: file_sha256(path) for name, path in task.inputs().items()}
        terms = terms_digest(task.portfolio, task.experiment)
        if (part.inputs, part.terms, part.code_version) == (inputs, terms, code_version()):
            return part
    part = run_partition(task)
    write_part(place, part)
    return part


def _by_feed(task: Task, names: Iterable[str], wanted: Any = None) -> dict[str, list[pa.Table]]:
    facts: dict[str, list[pa.Table]] = {}
    for name in names:
        feed = Path(name).name.partition(".")[0]
        facts.setdefault(feed, []).append(pq.read_table(task.lake / name, filters=wanted))
    return facts


def confirmed_apart(desk: pa.Table, accounts: pa.Table) -> tuple[pa.Table, list[int]]:
    """Desk facts without the money that a file of the core now carries, and the references of that money."""
    rows = desk.to_pylist() if ints(_lengths(desk)).any() else []
    if not rows:
        return desk, []
    known = [key for row in rows for key in row["paid_reference_key"] or ()]
    in_book = ints(accounts["payment_key"].combine_chunks().flatten())
    carried = set(np.array(known)[np.isin(known, in_book)].tolist())
    confirmed: list[int] = []
    for row in rows:
        references = row["paid_reference_key"] or []
        keep = [index for index, key in enumerate(references) if key not in carried]
        confirmed += [key for key in references if key in carried]
        for name in ("paid_account_key", "paid_reference_key", "paid_value_on", "paid_minor"):
            row[name] = [row[name][index] for index in keep] if references else row[name]
    return pa.Table.from_pylist(rows, desk.schema), confirmed


def _lengths(desk: pa.Table) -> pa.Array:
    offsets: Any = desk["paid_reference_key"].combine_chunks()
    return pa.array(np.diff(offsets.offsets.to_numpy()))
