"""How fast files are read, judged, encrypted and written, against DuckDB reading the same CSV in the same run.

./dev bench intake --accounts 1000000
"""

import argparse
import io
import os
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from benchmarks.machine import machine
from evenhand.portfolio.history import NOBODY, LoadedFile
from evenhand.portfolio.loading import EVERY_FEED, prepare, write_facts
from evenhand.portfolio.terms import Portfolio
from evenhand.runtime.keys import Keys, new_keys
from evenhand.runtime.lake import Lake

DAY = date(2026, 9, 30)
MADE_AT = datetime(2026, 9, 30, tzinfo=UTC)
GOAL = 0.3
PARTITIONS = 16
PEOPLE_PER_ACCOUNT = 1 / 1.3


def make(folder: Path, accounts: int, seed: int) -> None:
    """Write one month of feeds for that many accounts: customers, points, accounts, statements, payments."""
    rng = np.random.default_rng(seed)
    people = max(int(accounts * PEOPLE_PER_ACCOUNT), 1)
    owner = np.minimum((np.arange(accounts) * PEOPLE_PER_ACCOUNT).astype(np.int64), people - 1)
    customers = numbered("C", np.arange(people))
    holders, cards = numbered("C", owner), numbered("A", np.arange(accounts))
    paying = np.flatnonzero(rng.random(accounts) < 0.6)
    write(folder, "customers", {
        "customer_ref": customers, "name": numbered("Card Holder ", np.arange(people)),
        "identity_number": numbered("0000000000", np.arange(people)),
    })  # fmt: skip
    write(folder, "contact_points", {
        "customer_ref": customers, "kind": repeated("MOBILE", people),
        "value": numbered("+9991990", np.arange(people)), "source": repeated("CONTRACT", people),
    })  # fmt: skip
    write(folder, "accounts", {
        "customer_ref": holders, "account_ref": cards, "product": repeated("STANDARD", accounts),
        "currency": repeated("CNY", accounts),
        "credit_limit": amounts(rng, accounts), "balance": amounts(rng, accounts),
        "core_status": repeated("ACTIVE", accounts),
    })  # fmt: skip
    write(folder, "statements", {
        "customer_ref": holders, "account_ref": cards, "currency": repeated("CNY", accounts),
        "statement_on": days(rng, accounts, "2026-09-01"), "due_on": days(rng, accounts, "2026-10-01"),
        "minimum_due": amounts(rng, accounts), "balance": amounts(rng, accounts),
    })  # fmt: skip
    write(folder, "payments", {
        "customer_ref": holders.take(pa.array(paying)), "account_ref": cards.take(pa.array(paying)),
        "currency": repeated("CNY", len(paying)), "payment_ref": numbered("P", paying),
        "value_on": days(rng, len(paying), "2026-09-01"),
        "posted_on": days(rng, len(paying), "2026-09-01"), "amount": amounts(rng, len(paying)),
    })  # fmt: skip


def write(folder: Path, feed: str, columns: dict[str, pa.Array]) -> None:
    """One CSV file of a feed."""
    options = pacsv.WriteOptions(quoting_style="none")
    pacsv.write_csv(pa.table(columns), folder / f"{feed}.csv", write_options=options)


def numbered(prefix: str, numbers: np.ndarray) -> pa.Array:
    """Texts such as C00000017."""
    return pa.array(np.char.add(prefix, np.char.zfill(numbers.astype("U9"), 8)))


def repeated(text: str, rows: int) -> pa.Array:
    """The same text in every row."""
    return pa.repeat(pa.scalar(text), rows)


def amounts(rng: np.random.Generator, rows: int) -> pa.Array:
    """Amounts of two decimals between 0.01 and 99,999.99."""
    whole, cents = rng.integers(0, 99_999, rows), rng.integers(1, 99, rows)
    return pa.array(
        np.char.add(np.char.add(whole.astype("U5"), "."), np.char.zfill(cents.astype("U2"), 2))
    )


def days(rng: np.random.Generator, rows: int, first: str) -> pa.Array:
    """Days of one month, as dates."""
    return pa.array(np.datetime64(first, "D") + rng.integers(0, 28, rows))


def load(path: Path, feed: str, lake: Lake, keys: Keys) -> int:
    """Read, judge, encrypt and write one file; return its rows."""
    prepared = prepare(
        path.read_bytes(), EVERY_FEED[feed], Portfolio(), keys,
        file_no=1, partitions=PARTITIONS, owners=NOBODY,
    )  # fmt: skip
    assert not prepared.checked.faults, prepared.checked.faults[:3]
    write_facts(lake, LoadedFile(1, feed, "0" * 64, DAY), prepared.facts)
    return prepared.checked.rows_in


def read_by_duckdb(path: Path, threads: int) -> tuple[int, float]:
    """Let DuckDB read the same file into a table of its own types; return its rows and the seconds it took."""
    begun = time.perf_counter()
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {threads}")
        connection.execute("CREATE TABLE loaded AS SELECT * FROM read_csv(?)", [str(path)])
        rows = connection.execute("SELECT count(*) FROM loaded").fetchone()
    assert rows is not None
    return int(rows[0]), time.perf_counter() - begun


def compare(folder: Path, keys: Keys, elsewhere: ProcessPoolExecutor) -> tuple[int, float, float]:
    """Load each file and let DuckDB read it, in turn; return rows, our seconds and DuckDB's."""
    cores, rows, ours, theirs = len(os.sched_getaffinity(0)), 0, 0.0, 0.0
    for path in sorted(folder.glob("*.csv")):
        begun = time.perf_counter()
        count = load(path, path.stem, Lake(folder / "lake"), keys)
        took = time.perf_counter() - begun
        found, other = elsewhere.submit(read_by_duckdb, path, cores).result()
        assert found == count, path
        print(f"{path.stem:15} {count:>10,} rows {took:8.2f} s   duckdb {other:6.2f} s")
        rows, ours, theirs = rows + count, ours + took, theirs + other
    return rows, ours, theirs


def main() -> None:
    """Print rows a second of both, their ratio, and our peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    stated = parser.parse_args()
    print(machine())
    with (
        tempfile.TemporaryDirectory() as place,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere,
    ):
        folder = Path(place)
        keys = new_keys(folder / "keys.json", made_at=MADE_AT)
        elsewhere.submit(make, folder, 100, stated.seed).result()
        with redirect_stdout(io.StringIO()):  # compiles what is compiled
            compare(folder, keys, elsewhere)
        elsewhere.submit(make, folder, stated.accounts, stated.seed).result()
        rows, ours, theirs = compare(folder, keys, elsewhere)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"intake   {rows / ours:>12,.0f} rows/s   peak {peak:,.0f} MiB")
    print(f"duckdb   {rows / theirs:>12,.0f} rows/s")
    print(f"ratio    {theirs / ours:>12.2f}   goal ≥ {GOAL}")


if __name__ == "__main__":
    main()
