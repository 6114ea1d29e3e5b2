"""The night's age + decide + write against reading and writing the same columns with pyarrow alone.

./dev bench night --accounts 10000000 --rules 200

Both run over the same Parquet files in the same processes, partition by partition in turn. Goal: at most 1.7 times,
under 10 s on two cores, under 1.2 GB; and at most 1.15 times the same night with 20 rules.
"""

import argparse
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pyarrow.parquet as pq

from benchmarks.machine import machine
from benchmarks.strategies import make_model
from evenhand.cycle.desk_facts import no_desk_facts
from evenhand.cycle.treat import ACCOUNT_COLUMNS, PEOPLE_COLUMNS, Before, treat
from evenhand.portfolio.terms import Portfolio
from evenhand.runtime.lake import Lake, write_table
from evenhand.samples.book import book_tables
from evenhand.strategy.judge import Strategy

ON = date(2026, 9, 28)
BEFORE = ON - timedelta(days=1)
PORTFOLIO = Portfolio(name="bench", rates={"USD": Decimal("7.10"), "HKD": Decimal("0.91")})


@cache
def _strategy(path: Path) -> Strategy:
    return Strategy.load(path)


def make_book(
    root: Path, number: int, partitions: int, accounts: int
) -> tuple[float, float, float]:
    """Write one partition's book; the same rows serve both days."""
    lake = Lake(root)
    first, until = (accounts * n // partitions // 13 * 13 for n in (number, number + 1))
    count = (accounts if number + 1 == partitions else until) - first
    book, people = book_tables(count, 1, ON, first=first, partition=(number, partitions))
    write_table(lake.accounts(ON, number), book)
    write_table(lake.people(ON, number), people)
    return 0.0, 0.0, 0.0


def night(root: Path, number: int, strategy: Path, on: date) -> tuple[float, float, float]:
    """Read, treat, write one partition; returns wall and CPU seconds and the peak memory in MB."""
    wall, cpu = time.perf_counter(), time.process_time()
    lake = Lake(root)
    accounts = pq.read_table(
        lake.accounts(ON, number), columns=list(ACCOUNT_COLUMNS), use_threads=False
    )
    people = pq.read_table(lake.people(ON, number), columns=list(PEOPLE_COLUMNS), use_threads=False)
    before = None
    if on == ON:
        then = (BEFORE, number)
        before = Before(
            pq.read_table(lake.state(*then), use_threads=False),
            pq.read_table(lake.decisions(*then), use_threads=False),
        )
    treated = treat(
        accounts,
        people,
        no_desk_facts(),
        before,
        strategy=_strategy(strategy),
        portfolio=PORTFOLIO,
        on=on,
    )
    write_table(lake.state(on, number), treated.state)
    write_table(lake.decisions(on, number), treated.decisions)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return time.perf_counter() - wall, time.process_time() - cpu, peak


def copy(root: Path, number: int) -> tuple[float, float, float]:
    """Read the same columns and write the same tables, nothing else; what it writes is loaded outside the clock."""
    lake, out = Lake(root), Lake(root / "copy")
    state, decisions = (
        pq.read_table(lake.state(ON, number)),
        pq.read_table(lake.decisions(ON, number)),
    )
    wall, cpu = time.perf_counter(), time.process_time()
    pq.read_table(lake.accounts(ON, number), columns=list(ACCOUNT_COLUMNS), use_threads=False)
    pq.read_table(lake.people(ON, number), columns=list(PEOPLE_COLUMNS), use_threads=False)
    pq.read_table(lake.state(BEFORE, number), use_threads=False)
    pq.read_table(lake.decisions(BEFORE, number), use_threads=False)
    write_table(out.state(ON, number), state)
    write_table(out.decisions(ON, number), decisions)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return time.perf_counter() - wall, time.process_time() - cpu, peak


def measured(
    step: object, tasks: list[tuple[object, ...]], processes: int
) -> tuple[float, float, float, float]:
    """Wall of the whole, CPU and wall summed over partitions, memory of all processes at their peak."""
    started = time.perf_counter()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found = [future.result() for future in [pool.submit(step, *task) for task in tasks]]  # type: ignore[arg-type]
    wall = time.perf_counter() - started
    return (
        wall,
        sum(row[1] for row in found),
        sum(row[0] for row in found),
        processes * max(row[2] for row in found),
    )


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=10_000_000)
    options.add_argument("--rules", type=int, default=200)
    options.add_argument("--partitions", type=int, default=64)
    options.add_argument("--processes", type=int, default=2)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="night-") as folder:
        root = Path(folder)
        strategies = {rules: root / f"{rules}.dmn" for rules in (20, chosen.rules)}
        for rules, path in strategies.items():
            path.write_bytes(make_model(rules))
        numbers = range(chosen.partitions)
        run = (chosen.processes,)
        measured(make_book, [(root, n, chosen.partitions, chosen.accounts) for n in numbers], *run)
        measured(night, [(root, n, strategies[20], BEFORE) for n in numbers], *run)
        few = measured(night, [(root, n, strategies[20], ON) for n in numbers], *run)
        many = measured(night, [(root, n, strategies[chosen.rules], ON) for n in numbers], *run)
        plain = measured(copy, [(root, n) for n in numbers], *run)
    print(machine())
    print(
        f"{chosen.accounts:,} accounts, {chosen.partitions} partitions, {chosen.processes} processes"
    )
    print(f"{'':24}{'wall s':>9}{'CPU s':>9}{'busy s':>9}{'peak MB':>9}")
    for name, row in (
        ("read + write", plain),
        ("night, 20 rules", few),
        (f"night, {chosen.rules} rules", many),
    ):
        print(f"{name:24}{row[0]:9.2f}{row[1]:9.2f}{row[2]:9.2f}{row[3]:9.0f}")
    print(
        f"night / read + write, wall: {many[0] / plain[0]:.2f}  (goal 1.70), processes started and code loaded"
    )
    print(f"night / read + write, CPU:  {many[1] / plain[1]:.2f}")
    print(f"night / read + write, busy: {many[2] / plain[2]:.2f}")
    print(f"{chosen.rules} rules / 20 rules, CPU: {many[1] / few[1]:.2f}  (goal 1.15)")


if __name__ == "__main__":
    main()
