"""Who a person is, as the book and the person row hold it: sealed pieces, each behind a header of codes and lines.

    piece     header (HEADER, 29 bytes, little-endian) then `length` sealed bytes
    field     1 name, 2 identity number, 3 employer, 10 contact point
    kind, source, label   positions in the codes of the feed plus one, 0 is none
    flags     two bits each for valid, consent to calls, consent to messages: 0 not said, 1 no, 2 yes

The bank's pieces are kept as they were sealed, so a night copies bytes and opens nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from evenhand.kernel.compiled import compiled
from evenhand.portfolio.feeds import CONTACT_POINTS

HEADER = np.dtype(
    [
        ("field", "u1"),
        ("kind", "u1"),
        ("source", "u1"),
        ("label", "u1"),
        ("flags", "u1"),
        ("value_key", "<i8"),
        ("verified_on", "<i4"),
        ("file_no", "<i4"),
        ("line", "<i4"),
        ("length", "<i4"),
    ]
)
FIELDS: Mapping[str, int] = {"name": 1, "identity_number": 2, "employer": 3}
POINT = 10
NOT_VALID = 1  # in the two bits of `flags` that say so
KINDS, SOURCES, LABELS = (CONTACT_POINTS.column(n).codes for n in ("kind", "source", "label"))
_EPOCH = date(1970, 1, 1)


class Opener(Protocol):
    """What reading an identity needs of `runtime.keys.Keys`."""

    def open(self, sealed: bytes, about_key: int, field: str) -> str:
        """The text of one sealed value."""
        ...


@dataclass(frozen=True, slots=True)
class Point:
    """One way to reach a person, with where it came from."""

    kind: str
    value: str
    source: str
    label: str
    valid: bool | None
    consent_call: bool | None
    consent_message: bool | None
    verified_on: date | None
    file_no: int
    line: int
    key: (
        str  # the same value has the same key, whoever it belongs to; it tells nothing of the value
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """A person in clear: never logged, never kept."""

    name: str
    identity_number: str
    employer: str
    points: tuple[Point, ...]


def open_identity(identity: bytes | None, customer_key: int, keys: Opener) -> Identity:
    """Open the pieces of one person; empty texts where the bank sent nothing."""
    texts, points = dict.fromkeys(FIELDS.values(), ""), []
    content, at = bytes(identity or b""), 0
    while at < len(content):
        head = np.frombuffer(content, HEADER, count=1, offset=at)[0]
        at += HEADER.itemsize
        sealed = content[at : at + int(head["length"])]
        at += int(head["length"])
        if head["field"] == POINT:
            text = keys.open(sealed, customer_key, "contact_points.value")
            points.append(_point(head, text))
        else:
            name = next(n for n, f in FIELDS.items() if f == head["field"])
            texts[int(head["field"])] = keys.open(sealed, customer_key, f"customers.{name}")
    return Identity(texts[1], texts[2], texts[3], tuple(points))


def point_keys(identity: bytes | None) -> frozenset[str]:
    """The keys of the ways to reach a person herself, read from the headers alone: nothing is opened."""
    content, at, found = bytes(identity or b""), 0, set()
    while at < len(content):
        head = np.frombuffer(content, HEADER, count=1, offset=at)[0]
        at += HEADER.itemsize + int(head["length"])
        if head["field"] == POINT and KINDS[head["kind"] - 1] != "RESERVED_CONTACT":
            found.add(str(head["value_key"]))
    return frozenset(found)


def first_point(identity: bytes | None, kind: str, *, besides: frozenset[str] = frozenset()) -> str:
    """The key of a person's first contact point of a kind that the bank does not call invalid; empty where none is.

    Read from the headers alone: nothing is opened.
    """
    content, at = bytes(identity or b""), 0
    while at < len(content):
        head = np.frombuffer(content, HEADER, count=1, offset=at)[0]
        at += HEADER.itemsize + int(head["length"])
        invalid = int(head["flags"]) & 3 == NOT_VALID
        key = str(head["value_key"])
        of_kind = head["field"] == POINT and KINDS[head["kind"] - 1] == kind
        if of_kind and not invalid and key not in besides:
            return key
    return ""


def _point(head: np.void, text: str) -> Point:
    flags, verified = int(head["flags"]), int(head["verified_on"])
    said = (None, False, True)
    return Point(
        kind=KINDS[head["kind"] - 1],
        value=text,
        source=SOURCES[head["source"] - 1],
        label=LABELS[head["label"] - 1] if head["label"] else "",
        valid=said[flags & 3],
        consent_call=said[flags >> 2 & 3],
        consent_message=said[flags >> 4 & 3],
        verified_on=None if verified < 0 else _EPOCH + timedelta(days=verified),
        file_no=int(head["file_no"]),
        line=int(head["line"]),
        key=str(head["value_key"]),
    )


def join_pieces(headers: npt.NDArray[np.void], sealed: pa.Array) -> pa.Array:
    """One binary value a piece: its header, then its sealed bytes."""
    offsets, data = flat(sealed)
    lengths = np.diff(offsets)
    headers["length"] = lengths
    ends = np.concatenate([[0], np.cumsum(lengths + HEADER.itemsize)]).astype(np.int64)
    joined = np.empty(ends[-1], dtype=np.uint8)
    _weave(headers.view(np.uint8).reshape(-1, HEADER.itemsize), offsets, data, ends, joined)
    return binary(ends, joined)


def split_pieces(
    identities: pa.Array,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.void], pa.Array]:
    """The pieces of many identities: whose each is (row), its header, and header and bytes as one value."""
    offsets, data = flat(identities)
    count = _count(offsets, data, HEADER.itemsize)
    owners, starts = np.empty(count, dtype=np.int64), np.empty(count + 1, dtype=np.int64)
    _walk(offsets, data, HEADER.itemsize, owners, starts)
    size = HEADER.itemsize
    raw = np.empty((count, size), dtype=np.uint8)
    _heads(starts, data, raw)
    return owners, raw.reshape(-1).view(HEADER), binary(starts, data)


def flat(values: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Offsets and bytes of a binary array."""
    large = values.cast(pa.large_binary())
    if len(large) == 0:
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    _, offsets, data = large.buffers()
    ends = np.frombuffer(offsets, np.int64)[large.offset : large.offset + len(large) + 1]
    return ends, np.frombuffer(data, np.uint8) if data else np.zeros(0, dtype=np.uint8)


def binary(ends: npt.NDArray[np.int64], data: npt.NDArray[np.uint8]) -> pa.Array:
    """A binary array of those bytes."""
    buffers = [None, pa.py_buffer(ends.astype(np.int64)), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_binary(), len(ends) - 1, buffers)


@compiled
def _weave(heads: Any, offsets: Any, data: Any, ends: Any, joined: Any) -> Any:
    width = heads.shape[1]
    for piece in range(len(heads)):
        at = ends[piece]
        joined[at : at + width] = heads[piece]
        joined[at + width : ends[piece + 1]] = data[offsets[piece] : offsets[piece + 1]]


@compiled
def _length(data: Any, at: Any, width: Any) -> Any:
    low = at + width - 4
    return (
        np.int64(data[low])
        | np.int64(data[low + 1]) << 8
        | np.int64(data[low + 2]) << 16
        | np.int64(data[low + 3]) << 24
    )


@compiled
def _count(offsets: Any, data: Any, width: Any) -> Any:
    at, end, count = offsets[0], offsets[-1], 0
    while at < end:
        at += width + _length(data, at, width)
        count += 1
    return count


@compiled
def _walk(offsets: Any, data: Any, width: Any, owners: Any, starts: Any) -> Any:
    piece = 0
    for row in range(len(offsets) - 1):
        at = offsets[row]
        while at < offsets[row + 1]:
            owners[piece] = row
            starts[piece] = at
            at += width + _length(data, at, width)
            piece += 1
    starts[piece] = offsets[-1]


@compiled
def _heads(starts: Any, data: Any, raw: Any) -> Any:
    for piece in range(len(raw)):
        raw[piece] = data[starts[piece] : starts[piece] + raw.shape[1]]
