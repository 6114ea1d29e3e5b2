"""Lines added in bulk: many acts over many people in one transaction, against a plain insert of the same rows.

./dev bench journal --lines 50000 --people 20000

Goal: under 8 times. The plain insert is a COPY of the finished rows into a table with the same columns, indexes and
constraints, and no chain, no hash and no guard: the quickest there is. Sealing and verifying the lines is reported.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import machine

AT = datetime(2026, 9, 28, 12, tzinfo=UTC)
COLUMNS = 'id, stream_kind, stream_id, number, kind, at, who, why, detail, "where", previous, hash'


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lines", type=int, default=50_000)
    options.add_argument("--people", type=int, default=20_000)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="journal-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        os.environ |= {"EVENHAND_HOME": folder, "EVENHAND_MODE": "demo"}
        print(machine())
        from evenhand.cli.edge import clock, with_django

        with_django()
        from evenhand.runtime import database, postgres
        from evenhand.runtime.config import config

        database.migrate(config(), now=clock(), verbosity=0)
        try:
            measure(chosen.lines, chosen.people, chosen.rounds, Path(folder))
        finally:
            postgres.stop(config().home)


def measure(lines: int, people: int, rounds: int, folder: Path) -> None:
    """Add the lines and the plain rows in turns, and print the medians of the seconds and their ratio."""
    from evenhand.journal import bundle
    from evenhand.journal.sealing import seal_all
    from evenhand.kernel.ids import uuid7

    make_plain_table()
    ids = [uuid7() for _ in range(people)]
    seconds: dict[str, list[float]] = {"lines": [], "plain": []}
    for turn in range(rounds):
        acts = [an_act(ids[number % people], number) for number in range(lines)]
        rows = added(acts, seconds["lines"])
        copied(rows, seconds["plain"])
        print(
            f"round {turn + 1}: lines {seconds['lines'][-1]:.2f} s, plain {seconds['plain'][-1]:.2f} s"
        )
    chained, plain = (statistics.median(seconds[name]) for name in ("lines", "plain"))
    print(
        f"{lines:,} lines over {people:,} people in one transaction: {chained:.2f} s, {lines / chained:,.0f}/s"
    )
    print(f"plain COPY of the same rows: {plain:.2f} s; ratio {chained / plain:.1f} (goal under 8)")
    started = time.perf_counter()
    numbers = seal_all(key_file=folder / "seal.json", now=AT)
    sealing = time.perf_counter() - started
    started = time.perf_counter()
    assert bundle.check_database() == []
    checking = time.perf_counter() - started
    total = lines * rounds
    print(
        f"{total:,} lines sealed in {len(numbers)} seals: {sealing:.1f} s, {total / sealing:,.0f}/s"
    )
    print(f"{total:,} lines and their seals verified: {checking:.1f} s, {total / checking:,.0f}/s")


def make_plain_table() -> None:
    """A table with the same columns, indexes and constraints as the journal's lines, without its guards."""
    import psycopg

    from evenhand.runtime.config import config
    from evenhand.runtime.database import store

    addresses = store(config())
    assert addresses is not None
    with psycopg.connect(addresses.owner) as owner:
        owner.execute("CREATE TABLE plain_line (LIKE journal_line INCLUDING ALL)")


def an_act(person: Any, number: int) -> Any:
    """A promise kept, as a night tells of it."""
    from evenhand.journal.actions import Act, of_person

    return Act(
        kind="PROMISE_KEPT",
        stream=of_person(person),
        who="night",
        at=AT,
        why="ab" * 32,
        detail={
            "promise": str(person),
            "amount_minor": 10_000 + number,
            "currency": "CNY",
            "due_on": "2026-09-28",
            "banking_day": "2026-09-28",
        },
    )


def added(acts: list[Any], seconds: list[float]) -> list[tuple[Any, ...]]:
    """Add the lines as any room does; returns the finished rows of this transaction."""
    from django.db import connection, transaction

    from evenhand.journal.actions import record_many

    started = time.perf_counter()
    with transaction.atomic():
        record_many(acts)
    seconds.append(time.perf_counter() - started)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS.replace('detail', 'detail::text')} FROM journal_line"
            " WHERE tx = (SELECT max(tx) FROM journal_line)"
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    assert len(rows) == len(acts)
    return rows


def copied(rows: list[tuple[Any, ...]], seconds: list[float]) -> None:
    """COPY finished rows into the plain table, in one transaction."""
    from django.db import connection, transaction

    started = time.perf_counter()
    statement = f"COPY plain_line ({COLUMNS}) FROM STDIN"
    with transaction.atomic(), connection.connection.cursor() as raw, raw.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    seconds.append(time.perf_counter() - started)


if __name__ == "__main__":
    main()
