"""Adding lines. Always in the transaction of the act itself, so that neither is there without the other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import Cursor
from psycopg.errors import UniqueViolation

from evenhand.journal.kinds import STREAMS, check_detail, kind_of
from evenhand.journal.place import place
from evenhand.journal.rules import FIRST, Stream, canonical, line_hash
from evenhand.kernel.ids import uuid7

_HEADS = """
SELECT s.id, l.number, l.hash
  FROM unnest(%(ids)s::text[]) AS s(id)
 CROSS JOIN LATERAL (SELECT number, hash FROM journal_line
                      WHERE stream_kind = %(kind)s AND stream_id = s.id ORDER BY number DESC LIMIT 1) l
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_COPY = """
COPY journal_line (id, stream_kind, stream_id, number, kind, at, who, why, detail, "where", previous, hash)
FROM STDIN
"""
_INSERT = """
INSERT INTO journal_line (id, stream_kind, stream_id, number, kind, at, who, why, detail, "where", previous, hash)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s)
"""
_COPIED_FROM = 20  # rows from which on COPY is quicker than INSERT


class StreamNotLocked(RuntimeError):
    """Two transactions added to one person's stream side by side, so one of them did not hold the person's lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act to be recorded. `who` is a member of staff's id or the name of a robot, empty for the system itself.

    `why` is a permit's id or a decision's digest. `detail` holds texts, whole numbers, true, false, null, lists and
    objects of such; days and instants as texts. Without `where`, what the edge stated is taken: `journal.place`.
    """

    kind: str
    stream: Stream
    who: UUID | str | None
    at: datetime
    why: UUID | str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""


def of_person(customer_id: UUID) -> Stream:
    """The stream of a person, by the id of her row."""
    return Stream("PERSON", str(customer_id))


def of_staff(staff_id: UUID) -> Stream:
    """The stream of a member of staff."""
    return Stream("STAFF", str(staff_id))


def record(
    *,
    kind: str,
    stream: Stream,
    who: UUID | str | None,
    at: datetime,
    why: UUID | str | None = None,
    detail: Mapping[str, Any] | None = None,
    where: str = "",
    cursor: "Cursor[Any] | None" = None,
) -> bytes:
    """Add one line in the caller's transaction; returns its hash. See `record_many`."""
    act = Act(kind=kind, stream=stream, who=who, at=at, why=why, detail=detail or {}, where=where)
    return record_many([act], cursor=cursor)[0]


def record_many(acts: Iterable[Act], *, cursor: "Cursor[Any] | None" = None) -> list[bytes]:
    """Add a line for each act, in their order, in the caller's transaction; returns the hashes.

    The caller holds the lock of every person whose stream is added to; other streams are locked here until the
    transaction ends. `cursor` is a psycopg cursor of a transaction outside Django. Raises UnknownKind, WrongDetail,
    NotCanonical, and StreamNotLocked where a person's lock was not held.
    """
    stated = list(acts)
    if not stated:
        return []
    for act in stated:
        check_detail(kind_of(act.kind), act.stream.kind, act.detail)
        assert act.stream.kind in STREAMS
    if cursor is not None:
        return _added(cursor, stated)
    assert connection.in_atomic_block, "a line is added in the transaction of its act"
    connection.ensure_connection()
    with connection.connection.cursor() as own:
        return _added(own, stated)


def _added(cursor: "Cursor[Any]", acts: Sequence[Act]) -> list[bytes]:
    rows = list(_chained(acts, _heads(cursor, acts)))
    try:
        if len(rows) < _COPIED_FROM:
            for row in rows:
                cursor.execute(_INSERT, row)
        else:
            with cursor.copy(_COPY) as copy:
                for row in rows:
                    copy.write_row(row)
    except UniqueViolation as error:
        raise StreamNotLocked(
            "somebody else added to the same stream meanwhile; lock the person before recording an act about her"
        ) from error
    return [row[-1] for row in rows]


def _heads(cursor: "Cursor[Any]", acts: Sequence[Act]) -> dict[Stream, tuple[int, bytes]]:
    """The last number and hash of each stream that has lines."""
    streams = sorted({act.stream for act in acts})
    found: dict[Stream, tuple[int, bytes]] = {}
    for kind, of_kind in groupby(streams, key=lambda stream: stream.kind):
        ids = [stream.id for stream in of_kind]
        if kind != "PERSON":
            for stream_id in ids:
                cursor.execute(_LOCK, [f"{kind}/{stream_id}"])
        for stream_id, number, line in cursor.execute(_HEADS, {"kind": kind, "ids": ids}):
            found[Stream(kind, stream_id)] = (number, bytes(line))
    return found


def _chained(
    acts: Sequence[Act], heads: dict[Stream, tuple[int, bytes]]
) -> Iterator[tuple[Any, ...]]:
    """The rows in the order of the columns; `heads` moves on with them."""
    here = place()
    for act in acts:
        number, previous = heads.get(act.stream, (0, FIRST))
        number += 1
        who, why = str(act.who or ""), str(act.why or "")
        where = act.where or here
        detail = canonical(act.detail).decode()
        line = line_hash(
            stream=act.stream,
            number=number,
            kind=act.kind,
            at=act.at,
            who=who,
            why=why,
            detail=act.detail,
            where=where,
            previous=previous,
        )
        heads[act.stream] = (number, line)
        yield (
            uuid7(),
            *act.stream,
            number,
            act.kind,
            act.at,
            who,
            why,
            detail,
            where,
            previous,
            line,
        )
