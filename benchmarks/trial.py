"""Trying a strategy of 200 rules over the book of a past night, to a finished report, against the night itself.

./dev bench trial --accounts 1000000

The book, the night before and the night are made first. The night (read, age, decide, write) and the trial (read, age,
decide again, compare, list who differs, count, report) then run over the same files with as many processes; a book as
small as this is tried in one, because starting more costs more.
Goal: a trial over 1 M accounts under 10 s on two cores.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import machine
from benchmarks.night import BEFORE, ON, PORTFOLIO, make_book, measured, night
from benchmarks.strategies import make_model
from evenhand.cycle.desk_facts import no_desk_facts
from evenhand.cycle.manifest import Manifest, Part
from evenhand.cycle.trial import run_trial
from evenhand.cycle.trial_report import report_of
from evenhand.runtime.lake import Lake, write_table
from evenhand.strategy.judge import Strategy

CAPACITIES = {"PHONE": 20_000, "SMS": 200_000, "LETTER": 10_000}


def manifest_of(strategy: str, digest: str, partitions: int, accounts: int) -> Manifest:
    """What a trial reads of the night's manifest."""
    return Manifest(
        banking_day=ON,
        previous_day=BEFORE,
        cut_off_at="",
        code_version="bench",
        strategy=strategy,
        strategy_digest=digest,
        portfolio=PORTFOLIO,
        files=(),
        parts=tuple(
            Part(
                number=n,
                code_version="bench",
                facts=(),
                history=(),
                inputs={},
                counts={"accounts": accounts // partitions},
            )
            for n in range(partitions)
        ),
    )


def trial(root: Path, manifest: Manifest, draft: Path, processes: int) -> tuple[float, float, int]:
    """Wall and CPU seconds of a trial from the file of the draft to the report's JSON, and who differs.

    CPU is of this process alone, so only of a trial on one process.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    strategy, lake = Strategy.load(draft), Lake(root)
    tried = run_trial(
        manifest,
        lake,
        strategy,
        processes=processes,
        progress=lambda _step, _done, _of: None,
        out=root / "trial",
    )
    in_force = {manifest.strategy_digest: Strategy.load(root / manifest.strategy).model}
    report = report_of([tried], strategy, in_force, CAPACITIES)
    (root / "trial" / "report.json").write_text(json.dumps(report))
    return time.perf_counter() - wall, time.process_time() - cpu, tried.counts["differing"]


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=1_000_000)
    options.add_argument("--rules", type=int, default=200)
    options.add_argument("--partitions", type=int, default=16)
    options.add_argument("--processes", type=int, default=2)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="trial-") as folder:
        root, run = Path(folder), (chosen.processes,)
        paths = {rules: root / f"{rules}.dmn" for rules in (chosen.rules, chosen.rules + 1)}
        for rules, path in paths.items():
            path.write_bytes(make_model(rules))
        in_force, draft = paths.values()
        numbers = range(chosen.partitions)
        measured(make_book, [(root, n, chosen.partitions, chosen.accounts) for n in numbers], *run)
        for number in numbers:
            write_table(Lake(root).desk(ON, number), no_desk_facts())
        measured(night, [(root, n, in_force, BEFORE) for n in numbers], *run)
        ran = measured(night, [(root, n, in_force, ON) for n in numbers], *run)
        digest = Strategy.load(in_force).digest
        manifest = manifest_of(in_force.name, digest, chosen.partitions, chosen.accounts)
        same = trial(root, manifest, in_force, 1)
        alone = trial(root, manifest, draft, 1)
        other = trial(root, manifest, draft, chosen.processes)
    assert same[2] == 0, "the strategy in force differs from its own night"
    print(machine())
    print(
        f"{chosen.accounts:,} accounts, {chosen.rules} rules, {chosen.partitions} partitions, "
        f"{chosen.processes} processes"
    )
    print(f"{'':36}{'wall s':>9}{'CPU s':>9}{'people who differ':>20}")
    print(f"{'the night':36}{ran[0]:9.2f}{ran[1]:9.2f}")
    rows = (
        ("the strategy in force, one process", same),
        ("another strategy, one process", alone),
    )
    for name, row in rows:
        print(f"{name:36}{row[0]:9.2f}{row[1]:9.2f}{row[2]:20,}")
    print(f"{'another strategy':36}{other[0]:9.2f}{'':9}{other[2]:20,}")
    print(f"trial to a finished report, wall: {other[0]:.2f} s  (goal 10)")
    print(f"trial / night, wall: {other[0] / ran[0]:.2f}; CPU: {alone[1] / ran[1]:.2f}")


if __name__ == "__main__":
    main()
