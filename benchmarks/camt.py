"""Reading 20,000 entries of camt.053 against lxml walking the same document and keeping nothing.

./dev bench camt --entries 20000

Baseline: lxml's own pull parser over the same bytes, clearing each entry as it ends. Goal: about a second.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import machine
from evenhand.payments.statements.reading import read_statement
from tests.rules.statements import camt, entry

GOAL_SECONDS, RUNS = 1.0, 3


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=20_000)
    chosen = options.parse_args()
    print(machine())
    content = camt(
        *(entry(f"B{n}", f"{n + 1}.00", ref=f"6222{n:012}") for n in range(chosen.entries))
    )
    read = read_statement(content, "bench").entries
    assert len(read) == chosen.entries
    assert sum(one.amount_minor for one in read) == 50 * chosen.entries * (chosen.entries + 1)
    ours = _best(lambda: read_statement(content, "bench"))
    walk = _best(lambda: _walk(content))
    print(
        f"{chosen.entries} entries, {len(content) / 1e6:.1f} MB: {ours:.2f} s (goal about {GOAL_SECONDS:.0f})"
    )
    print(f"lxml walking it alone: {walk:.2f} s; ratio {ours / walk:.1f}")


def _best(run: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def _walk(content: bytes) -> None:
    parser = etree.XMLPullParser(events=("end",), tag="{*}Ntry")
    parser.feed(content)
    for _, element in parser.read_events():
        element.clear()
    parser.close()


if __name__ == "__main__":
    main()
