"""The rows of contacts as they are written: what is kept as it was, its hash, and the state it begins in."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from evenhand.outreach.lane import Call, Writing, array
from evenhand.outreach.permits import Permit

KEPT = (
    "id", "at", "customer_id", "origin", "direction", "act", "to_key", "role", "debts", "collector", "actor", "place",
    "point", "purpose", "basis", "assumed", "more", "request_key", "asked_by", "recorded_at", "reserved_until",
    "decision", "verdict", "facts", "packs", "facts_seq",
)  # fmt: skip
"""The columns of contact_event that its hash lies over, in order."""
WRITTEN = (*KEPT, "row_hash", "state")
SEPARATOR = "\x1f"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""JSON as it is kept."""

_COLUMNS = ", ".join(WRITTEN)
_COPY = f"COPY contact_event ({_COLUMNS}) FROM STDIN"
_VALUES = ", ".join(["%s"] * len(WRITTEN))
_INSERT = f"INSERT INTO contact_event ({_COLUMNS}) VALUES ({_VALUES})"  # noqa: S608
_KEY = "INSERT INTO contact_request (key, digest, customer_id, event_id, event_at) VALUES (%s, %s, %s, %s, %s)"


class Written(NamedTuple):
    """The facts a permit was judged on and who asked, with when it was recorded where that is not when it was made."""

    facts: str
    facts_seq: int
    by: str
    origin: str
    recorded_at: datetime | None = None


def row(permit: Permit, written: Written) -> list[Any]:
    """The values of WRITTEN. The hash is that of the SQL function contact_event_hash."""
    asked = permit.asked
    recorded_at = written.recorded_at or permit.at
    until, verdict = permit.reserved_until, encoded(permit.verdict)
    more = encoded(dict(asked.more)) if asked.more else "{}"
    id_, customer = str(permit.id), str(permit.customer_id)
    packs, debts = _list(tuple(permit.verdict["packs"])), _list(asked.debts)
    before = [written.origin, asked.direction, asked.act, asked.to, asked.role]
    between = [
        asked.collector, asked.actor, asked.place, asked.point, asked.purpose, asked.basis, asked.outcome, more,
        permit.request_key, written.by,
    ]  # fmt: skip
    after = [permit.decision, verdict, written.facts]
    seq = str(written.facts_seq)
    kept = [
        id_, _seconds(permit.at), customer, *before, debts.json, *between, _seconds(recorded_at),
        "" if until is None else _seconds(until), *after, packs.json, seq,
    ]  # fmt: skip
    digest = hashlib.sha256(SEPARATOR.join(kept).encode()).hexdigest()
    return [
        id_, permit.at.isoformat(), customer, *before, debts.array, *between, recorded_at.isoformat(),
        until and until.isoformat(), *after, packs.array, seq, f"\\x{digest}", permit.state,
    ]  # fmt: skip


def insert(permit: Permit, written: Written, digest: bytes) -> Writing:
    """Write one row and the key it was asked for under."""
    return Writing(
        (
            Call(_INSERT, row(permit, written), "gate_insert"),
            remembered(permit.request_key, digest, permit),
        )
    )


def remembered(key: str, digest: bytes, permit: Permit) -> Call:
    """Keep the key under which a contact was asked for or sent, with the digest of what was said."""
    return Call(_KEY, (key, digest, permit.customer_id, permit.id, permit.at), "gate_key")


def copy(rows: list[list[Any]], after: Call) -> Writing:
    """Write many rows, and run a statement after them."""
    return Writing((after,), _COPY, rows)


class _List(NamedTuple):
    json: str
    array: str


@lru_cache(maxsize=4096)
def _list(texts: tuple[str, ...]) -> _List:
    return _List(encoded(texts), array(texts))


def _seconds(at: datetime) -> str:
    """Seconds since 1970 with six decimals, as `extract(epoch FROM at)` says it."""
    whole = (at - _EPOCH) // _MICROSECOND
    return f"{whole // 1_000_000}.{whole % 1_000_000:06d}"
