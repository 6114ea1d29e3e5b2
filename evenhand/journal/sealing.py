"""Sealing: the root over all rows whose transactions are over, chained to the seal before it and signed."""

import zlib
from collections import Counter
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from evenhand.journal.models import Seal
from evenhand.journal.rules import FIRST, leaf, merkle_root, seal_hash
from evenhand.journal.sealing_key import sealing_key
from evenhand.journal.sources import sources

ROWS_OF_A_SEAL_MAX = 100_000  # unless one transaction alone has more


class Restored(RuntimeError):
    """The database was restored into another server, whose transactions are numbered from below the seals."""


def seal_all(*, key_file: Path, now: datetime) -> list[int]:
    """Seal what is settled, in as many seals as it takes; returns their numbers, none when nothing is new."""
    numbers = []
    while (number := seal(key_file=key_file, now=now)) is not None:
        numbers.append(number)
    return numbers


@transaction.atomic
def seal(*, key_file: Path, now: datetime) -> int | None:
    """Seal rows of transactions that are over and were not sealed; returns the seal's number, None when there are none.

    A row is sealed once no transaction that began before its own is still open, so that nothing slips in behind a
    seal. `key_file` holds the sealing key and is made on first use. Raises KeyFileError and Restored.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('evenhand seal'))")
        last = Seal.objects.defer("contents").order_by("-number").first()
        from_tx = 0 if last is None else last.until_tx
        cursor.execute("SELECT journal_tx(), journal_horizon()")
        present, horizon = cursor.fetchone()
    if present < from_tx:
        raise Restored(
            "this database was restored into another server; run `evenhand journal begin-again` first"
        )
    until_tx = _until(from_tx, horizon)
    if until_tx is None:
        return None
    rows = _rows(from_tx, until_tx)
    key = sealing_key(key_file, made_at=now)
    number = 1 if last is None else last.number + 1
    previous = FIRST if last is None else bytes(last.hash)
    root = merkle_root([leaf(name, row) for name, row in rows])
    public_key = key.public_key().public_bytes_raw()
    stated = seal_hash(
        number=number,
        from_tx=from_tx,
        until_tx=until_tx,
        rows=len(rows),
        root=root,
        previous=previous,
        public_key=public_key,
        at=now,
    )
    Seal.objects.create(
        number=number,
        from_tx=from_tx,
        until_tx=until_tx,
        rows=len(rows),
        root=root,
        contents=zlib.compress("".join(f"{name} {row.hex()}\n" for name, row in rows).encode()),
        previous=previous,
        hash=stated,
        signature=key.sign(stated),
        public_key=public_key,
        sealed_at=now,
    )
    return int(number)


def begin_again() -> None:
    """Number transactions above all seals, after a restore into another server. The caller speaks as the owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT journal_begin_again()")


def _until(from_tx: int, horizon: int) -> int | None:
    """Up to which transaction to seal now: to the horizon, or to where there are enough rows; None without any."""
    counted: Counter[int] = Counter()
    with connection.cursor() as cursor:
        for source in sources():
            cursor.execute(
                f"SELECT {source.tx}, count(*) FROM {source.table}"  # noqa: S608
                f" WHERE {source.tx} >= %s AND {source.tx} < %s GROUP BY 1",
                [from_tx, horizon],
            )
            counted.update(dict(cursor.fetchall()))
    if not counted:
        return None
    rows = 0
    for tx in sorted(counted):
        if rows and rows + counted[tx] > ROWS_OF_A_SEAL_MAX:
            return tx
        rows += counted[tx]
    return horizon


def _rows(from_tx: int, until_tx: int) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    with connection.cursor() as cursor:
        for source in sources():
            cursor.execute(
                f"SELECT {source.key}, {source.hash} FROM {source.table}"  # noqa: S608
                f" WHERE {source.tx} >= %s AND {source.tx} < %s",
                [from_tx, until_tx],
            )
            found += [(name, bytes(row)) for name, row in cursor.fetchall()]
    return sorted(found)
