"""Publishing a night in which 3 % of a million cases changed: COPY into staging and one MERGE a partition.

./dev bench publish --cases 1000000 --changed 3

Goal: under 5 s. The share of COPY is reported; the baseline is COPY of the same rows into a bare table.
"""

import argparse
import os
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import machine

ON = date(2026, 9, 28)
NOW = datetime(2026, 9, 28, 20, tzinfo=UTC)
DIGESTS = {"": "0" * 64}  # no experiment runs


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=1_000_000)
    options.add_argument("--changed", type=int, default=3, help="per cent")
    options.add_argument("--partitions", type=int, default=16)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="publish-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        os.environ |= {"EVENHAND_HOME": folder, "EVENHAND_MODE": "demo"}
        print(machine())
        measure(chosen.cases, chosen.changed, chosen.partitions)


def measure(cases: int, changed_percent: int, partitions: int) -> None:
    """Fill the desk with cases, change some, publish them and say what it took."""
    from evenhand.cli.edge import clock, with_django

    with_django()
    from evenhand.runtime import database, postgres
    from evenhand.runtime.config import config

    database.migrate(config(), now=clock(), verbosity=0)
    try:
        _measure(cases, changed_percent, partitions)
    finally:
        postgres.stop(config().home)


def _measure(cases: int, changed_percent: int, partitions: int) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    from django.db import connection, transaction

    from evenhand.cycle import publish
    from evenhand.portfolio.terms import Portfolio

    copied = {"seconds": 0.0, "rows": 0}
    copy = publish._copy

    def timed_copy(cursor: object, table: str, rows: pa.Table) -> None:
        started = time.perf_counter()
        copy(cursor, table, rows)
        copied["seconds"] += time.perf_counter() - started
        copied["rows"] += rows.num_rows

    publish._copy = timed_copy

    def publish_all(tables: list[tuple[pa.Table, ...]]) -> float:
        started = time.perf_counter()
        for number, (decisions, state, accounts, people) in enumerate(tables):
            with transaction.atomic():
                publish.publish_rows(
                    decisions=decisions,
                    state=state,
                    accounts=accounts,
                    people=people,
                    confirmed=(),
                    partition=number,
                    portfolio=Portfolio(),
                    digests=DIGESTS,
                    on=ON,
                    by="NIGHT",
                    why="0" * 64,
                    now=NOW,
                )
        return time.perf_counter() - started

    rng = np.random.default_rng(1)
    keys = np.unique(rng.integers(-(2**63), 2**63 - 1, cases, dtype=np.int64))
    parts = np.array_split(keys, partitions)
    first = publish_all([_tables(part, 0) for part in parts])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    copied |= {"seconds": 0.0, "rows": 0}
    some = [_tables(part[rng.random(len(part)) < changed_percent / 100], 1) for part in parts]
    again = publish_all(some)
    rows = sum(table[0].num_rows for table in some)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM casework_case WHERE arrears_minor = 200000")
        assert cursor.fetchone()[0] == rows
    shares = pc.divide(pa.scalar(copied["seconds"]), pa.scalar(again)).as_py()
    bare = _bare_copy(some, copy)
    print(f"{len(keys):,} cases, first night: {first:.1f} s, {len(keys) / first:,.0f} cases/s")
    print(f"{rows:,} changed: {again:.2f} s (goal under 5), COPY {100 * shares:.0f} %")
    print(f"publish / bare COPY of the same rows: {again / bare:.1f}")


def _bare_copy(tables: list, copy: object) -> float:  # type: ignore[type-arg]
    from django.db import connection, transaction

    from evenhand.cycle import publish

    started = time.perf_counter()
    for decisions, state, accounts, _people in tables:
        with transaction.atomic():
            connection.ensure_connection()
            with connection.connection.cursor() as cursor:
                cursor.execute(publish._STAGE)
                copy(cursor, "stage_case", publish._case_rows(decisions, DIGESTS, "NIGHT"))  # type: ignore[operator]
                copy(cursor, "stage_account", publish._account_rows(decisions, state, accounts))  # type: ignore[operator]
    return time.perf_counter() - started


def _tables(keys: "object", step: int) -> tuple:  # type: ignore[type-arg]
    """One account a person, all in a case; step 0 opens them, step 1 changes what is owed and what is done."""
    import numpy as np
    import pyarrow as pa

    from evenhand.cycle.treat import DECISIONS, STATE

    count = len(keys)  # type: ignore[arg-type]

    def code(value: str) -> pa.Array:
        return pa.DictionaryArray.from_arrays(np.zeros(count, np.int16), [value])

    def column(kind: pa.DataType, name: str) -> pa.Array:
        given = {
            "customer_key": keys, "account_key": keys, "action": np.full(count, 1 + step), "entries": np.ones(count),
            "arrears_minor": np.full(count, 100_000 * (1 + step)), "balance_minor": np.full(count, 900_000),
            "in_case": np.ones(count, bool), "past_due": np.ones(count, bool), "bucket": np.full(count, 1 + step),
        }  # fmt: skip
        if name in ("arm", "withheld"):
            return pa.nulls(count, kind)
        if pa.types.is_dictionary(kind):
            return code(
                {"promise": "NONE", "desk": "EARLY"}.get(name, f"{name.upper()}_{step}"[:20])
            )
        if pa.types.is_date32(kind):
            return pa.array(np.full(count, 20_700 - 30 * step, np.int32)).cast(kind)
        return pa.array(np.asarray(given.get(name, np.zeros(count)))).cast(kind)

    decisions = pa.table([column(f.type, f.name) for f in DECISIONS], schema=DECISIONS)
    state = pa.table([column(f.type, f.name) for f in STATE], schema=STATE)
    accounts = pa.table(
        {"card_tail": code("1234").cast(pa.string()), "product": code("GOLD"), "currency": code("CNY"),
         "core_status": code("ACTIVE")}
    )  # fmt: skip
    people = pa.table(
        {"customer_key": pa.array(np.sort(keys)), "identity": pa.nulls(count, pa.binary()),
         "language": code("zh-CN"), "region": code("SH")}
    )  # fmt: skip
    return decisions, state, accounts, people


if __name__ == "__main__":
    main()
