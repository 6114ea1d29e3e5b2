"""Reads of the journal: lines for screens, and everything as records for the verifier."""

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from evenhand.journal.models import Line, Seal
from evenhand.journal.rules import Stream, instant
from evenhand.journal.sources import LINES, sources

_LINES = """
SELECT stream_kind, stream_id, number, kind, at, who, why, detail::text, "where", previous, hash, tx
  FROM journal_line WHERE %(kind)s::text IS NULL OR (stream_kind, stream_id) = (%(kind)s, %(id)s)
 ORDER BY stream_kind, stream_id, number
"""
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line as a screen shows it; `journal.kinds` has its sentence."""

    number: int
    kind: str
    at: datetime
    who: str
    why: str
    detail: Mapping[str, Any]
    where: str
    hash: bytes


def line_rows(stream: Stream, *, before: int | None = None, limit: int = 50) -> list[LineRow]:
    """The lines of a stream, the latest first, of numbers below `before`."""
    rows = Line.objects.filter(stream_kind=stream.kind, stream_id=stream.id)
    if before is not None:
        rows = rows.filter(number__lt=before)
    return [
        LineRow(
            number=line.number,
            kind=line.kind,
            at=line.at,
            who=line.who,
            why=line.why,
            detail=line.detail,
            where=line.where,
            hash=bytes(line.hash),
        )
        for line in rows.order_by("-number")[:limit]
    ]


def at_of(stream: Stream, number: int) -> datetime | None:
    """When the act of a line was done; None when there is no such line."""
    rows = Line.objects.filter(stream_kind=stream.kind, stream_id=stream.id, number=number)
    return rows.values_list("at", flat=True).first()


def details_of(stream: Stream, *kinds: str) -> list[Mapping[str, Any]]:
    """The details of the lines of some kinds in a stream, the earliest first."""
    rows = Line.objects.filter(stream_kind=stream.kind, stream_id=stream.id, kind__in=kinds)
    return list(rows.order_by("number").values_list("detail", flat=True))


# For the verifier


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Let all that is read within be of one moment, and write nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def line_records(scope: Stream | None = None) -> Iterator[dict[str, Any]]:
    """The lines of one stream or of all, stream by stream, as the verifier reads them."""
    given = {"kind": scope and scope.kind, "id": scope and scope.id}
    for row in _streamed(_LINES, given):
        kind, stream_id, number, what, at, who, why, detail, where, previous, line, tx = row
        yield {
            "stream": f"{kind}/{stream_id}",
            "number": number,
            "kind": what,
            "at": instant(at),
            "who": who,
            "why": why,
            "detail": json.loads(detail),
            "where": where,
            "previous": bytes(previous).hex(),
            "hash": bytes(line).hex(),
            "tx": tx,
        }


def row_records(scope: Stream | None = None) -> Iterator[dict[str, Any]]:
    """The sealed rows of other tables, of one stream or of all."""
    for source in sources():
        if source is LINES:
            continue
        statement = (
            f"SELECT {source.key}, {source.content}, {source.hash}, {source.tx} FROM {source.table}"  # noqa: S608
            f" WHERE %(scope)s::text IS NULL OR {source.stream} = %(scope)s"
        )
        for key, content, row, tx in _streamed(statement, {"scope": scope and str(scope)}):
            yield {"key": key, "content": content, "hash": bytes(row).hex(), "tx": tx}


def seal_records(*, after: int = 0) -> list[dict[str, Any]]:
    """The seals above a number in their order, without what they hold."""
    seals = Seal.objects.defer("contents").filter(number__gt=after).order_by("number")
    return [seal_record(seal) for seal in seals.iterator()]


def seal_record(seal: Seal) -> dict[str, Any]:
    """One seal as the verifier reads it."""
    return {
        "number": seal.number,
        "from_tx": seal.from_tx,
        "until_tx": seal.until_tx,
        "rows": seal.rows,
        "root": bytes(seal.root).hex(),
        "previous": bytes(seal.previous).hex(),
        "at": instant(seal.sealed_at),
        "public_key": bytes(seal.public_key).hex(),
        "hash": bytes(seal.hash).hex(),
        "signature": bytes(seal.signature).hex(),
    }


def contents_of(number: int) -> str:
    """What a seal holds: a text line of key and hash for each row, in the order of the keys."""
    packed = Seal.objects.values_list("contents", flat=True).get(number=number)
    try:
        return zlib.decompress(bytes(packed)).decode("utf-8")
    except (zlib.error, UnicodeDecodeError):
        return ""  # spoiled: then its root shows it


def _streamed(statement: str, given: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    assert connection.in_atomic_block, "a streamed read is part of a transaction"
    connection.ensure_connection()
    with connection.connection.cursor(name="journal_records") as cursor:
        cursor.itersize = _AT_ONCE
        yield from cursor.execute(statement, given)
