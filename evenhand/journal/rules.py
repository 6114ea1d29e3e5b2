"""How a line is hashed, and how many hashes become one root. docs/why/journal.md says it in words.

The stand-alone verifier does the same by itself: it imports nothing from here, so neither can hide the other's fault.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

FIRST = bytes(32)  # what the first line of a stream, and the first seal, has before it
_LEAF, _NODE = b"\0", b"\1"


class Stream(NamedTuple):
    """Whose lines are chained together: one person's, one member of staff's, one pack's, one night's …"""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


class NotCanonical(TypeError):
    """A value that has no one way to be written: a float, an instant, a key that is no text."""


def canonical(value: Any) -> bytes:
    """The one way to write a value: JSON with sorted keys, no blanks, UTF-8; texts, whole numbers, true, false, null.

    Raises NotCanonical for anything else: a float is written in more than one way, and days and instants are given as
    texts.
    """
    _require_plain(value)
    return _canonical(value)


_encoded = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def _canonical(value: Any) -> bytes:
    return _encoded(value).encode()


def _require_plain(value: Any) -> None:
    if value is None or type(value) in (str, int, bool):
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if not isinstance(name, str):
                raise NotCanonical(f"{name!r} names a value; expected a text")
            _require_plain(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _require_plain(inner)
    else:
        raise NotCanonical(
            f"{value!r} is a {type(value).__name__}; expected text, whole number, true, false or null"
        )


def digest_of(value: Any) -> str:
    """sha256 of the canonical form, in hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def instant(at: datetime) -> str:
    """An aware instant as it is hashed: in UTC, to the microsecond, with a Z."""
    assert at.tzinfo is not None
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def line_hash(
    *,
    stream: Stream,
    number: int,
    kind: str,
    at: datetime,
    who: str,
    why: str,
    detail: Mapping[str, Any],
    where: str,
    previous: bytes,
) -> bytes:
    """The 32 bytes that stand for a line: sha256 of its canonical form, which holds the hash before it."""
    stated = {
        "stream": f"{stream.kind}/{stream.id}",
        "number": number,
        "kind": kind,
        "at": instant(at),
        "who": who,
        "why": why,
        "detail": detail,
        "where": where,
        "previous": previous.hex(),
    }
    return hashlib.sha256(_canonical(stated)).digest()


def leaf(key: str, row_hash: bytes) -> bytes:
    """What stands for one sealed row: its name and its hash."""
    return hashlib.sha256(_LEAF + key.encode() + b"\n" + row_hash).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaves in their order, as in RFC 6962 section 2.1: split at the largest power of two below."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [hashlib.sha256(_NODE + left + right).digest() for left, right in pairs]
        level = above + level[len(above) * 2 :]
    return level[0]


def seal_hash(
    *,
    number: int,
    from_tx: int,
    until_tx: int,
    rows: int,
    root: bytes,
    previous: bytes,
    public_key: bytes,
    at: datetime,
) -> bytes:
    """The 32 bytes that stand for a seal, which its signature is of."""
    stated = {
        "number": number,
        "from_tx": from_tx,
        "until_tx": until_tx,
        "rows": rows,
        "root": root.hex(),
        "previous": previous.hex(),
        "public_key": public_key.hex(),
        "at": instant(at),
    }
    return hashlib.sha256(_canonical(stated)).digest()
