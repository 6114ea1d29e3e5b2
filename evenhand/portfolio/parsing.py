"""Numbers and hashes from columns of text, without making a Python object of any value."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from evenhand.kernel.compiled import compiled
from evenhand.portfolio.terms import AmountsIn, Layout, Sign

TOO_FINE, NO_NUMBER, TOO_LARGE = 1, 2, 3
_LARGEST = 10**17
_SIGNS = {Sign.LEADING: 0, Sign.TRAILING: 1, Sign.CREDIT: 2}


def parse_amounts(
    texts: pa.Array, digits: npt.NDArray[np.int8], layout: Layout
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Minor units of each text and what is wrong with it (0 is nothing). `digits` is of each row's currency.

    Exact: an amount finer than the minor unit is TOO_FINE, never rounded. Nulls give NO_NUMBER.
    """
    offsets, data = _buffers(texts)
    amounts = np.zeros(len(texts), dtype=np.int64)
    wrong = np.zeros(len(texts), dtype=np.uint8)
    _parse(
        offsets,
        data,
        digits,
        ord(layout.decimal_mark),
        ord(layout.thousands_mark) if layout.thousands_mark else 0,
        _SIGNS[layout.sign],
        layout.amounts is AmountsIn.MINOR,
        amounts,
        wrong,
    )
    return amounts, wrong


def hash_strings(columns: Sequence[pa.Array]) -> npt.NDArray[np.int64]:
    """One 64-bit hash of the texts of each row, over all columns given. Not keyed: never leaves the process."""
    hashes = np.full(len(columns[0]), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for column in columns:
        _hash(*_buffers(column), hashes)
    return hashes.view(np.int64)


def _buffers(texts: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    assert pa.types.is_string(texts.type), texts.type
    if len(texts) == 0:
        return np.zeros(1, dtype=np.int32), np.zeros(0, dtype=np.uint8)
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return ends, np.frombuffer(data, dtype=np.uint8) if data else np.zeros(0, dtype=np.uint8)


@compiled
def _parse(
    offsets: Any,
    data: Any,
    digits: Any,
    point: Any,
    group: Any,
    sign: Any,
    in_minor: Any,
    amounts: Any,
    wrong: Any,
) -> None:
    for row in range(len(amounts)):
        start, end, negative = _unsigned(data, offsets[row], offsets[row + 1], sign)
        scale = 0 if in_minor else digits[row]
        value, fault = _number(data, start, end, 0 if in_minor else point, group, scale)
        wrong[row] = fault
        amounts[row] = -value if negative else value


@compiled
def _unsigned(data: Any, start: Any, end: Any, sign: Any) -> Any:
    """The text without blanks around it and without its sign, and whether that was a minus."""
    while start < end and data[start] == 32:
        start += 1
    while end > start and data[end - 1] == 32:
        end -= 1
    negative = False
    if sign == 0 and end > start and (data[start] == 45 or data[start] == 43):
        return start + 1, end, data[start] == 45
    if sign == 1 and end > start and (data[end - 1] == 45 or data[end - 1] == 43):
        return start, end - 1, data[end - 1] == 45
    if sign == 2 and end - start >= 2 and data[end - 1] == 82:
        if data[end - 2] == 67 or data[end - 2] == 68:
            negative = data[end - 2] == 67
            end -= 2
        while end > start and data[end - 1] == 32:
            end -= 1
    return start, end, negative


@compiled
def _number(data: Any, start: Any, end: Any, point: Any, group: Any, scale: Any) -> Any:
    """Digits with a decimal mark and marks between groups of three, scaled; and what is wrong with them."""
    value, seen, after, grouped, fine = 0, 0, -1, -1, False
    for at in range(start, end):
        byte = data[at]
        if 48 <= byte <= 57:
            seen += 1
            if after >= 0:
                after += 1
                if after > scale:
                    fine = fine or byte != 48
                    continue
            elif grouped >= 0:
                grouped += 1
            value = value * 10 + (byte - 48)
            if value >= _LARGEST:
                return 0, TOO_LARGE
        elif point != 0 and byte == point and after < 0 and grouped in (-1, 3):
            after = 0
        elif group != 0 and byte == group and after < 0 and seen > 0 and grouped in (-1, 3):
            grouped = 0
        else:
            return 0, NO_NUMBER
    if seen == 0 or (after < 0 and grouped not in (-1, 3)):
        return 0, NO_NUMBER
    if fine:
        return 0, TOO_FINE
    for _ in range(scale - max(after, 0)):
        if value >= _LARGEST:
            return 0, TOO_LARGE
        value *= 10
    return value, 0


@compiled
def _hash(offsets: Any, data: Any, hashes: Any) -> Any:
    prime = np.uint64(0x9FB21C651E98DF25)
    for row in range(len(hashes)):
        value = hashes[row] ^ np.uint64(offsets[row + 1] - offsets[row])
        for at in range(offsets[row], offsets[row + 1]):
            value = (value ^ np.uint64(data[at])) * prime
            value ^= value >> np.uint64(29)
        value *= np.uint64(0xFF51AFD7ED558CCD)
        hashes[row] = value ^ (value >> np.uint64(32))
