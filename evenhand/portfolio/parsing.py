"""Numbers and hashes from columns of text, without making a Python object of any value."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from evenhand.kernel.compiled import compiled
from evenhand.portfolio.terms import AmountsIn, Layout, Sign

TOO_FINE, NO_NUMBER, TOO_LARGE = 1, 2, 3
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
) -> Any:
    for row in range(len(amounts)):
        start, end = offsets[row], offsets[row + 1]
        while start < end and data[start] == 32:
            start += 1
        while end > start and data[end - 1] == 32:
            end -= 1
        negative = False
        if sign == 0:
            if start < end and (data[start] == 45 or data[start] == 43):
                negative = data[start] == 45
                start += 1
        elif sign == 1:
            if end > start and (data[end - 1] == 45 or data[end - 1] == 43):
                negative = data[end - 1] == 45
                end -= 1
        elif end - start >= 2 and data[end - 1] == 82:
            if data[end - 2] == 67:
                negative = True
                end -= 2
            elif data[end - 2] == 68:
                end -= 2
            while end > start and data[end - 1] == 32:
                end -= 1
        value, seen, after, fine, fault = 0, 0, -1, False, 0
        scale = 0 if in_minor else digits[row]
        since_group = -1
        for at in range(start, end):
            byte = data[at]
            if 48 <= byte <= 57:
                seen += 1
                if after >= 0:
                    after += 1
                    if after > scale:
                        fine = fine or byte != 48
                        continue
                elif since_group >= 0:
                    since_group += 1
                value = value * 10 + (byte - 48)
                if value >= 100_000_000_000_000_000:
                    fault = 3
                    break
            elif byte == point and after < 0 and not in_minor:
                if since_group >= 0 and since_group != 3:
                    fault = 2
                after = 0
            elif group != 0 and byte == group and after < 0 and seen > 0:
                if since_group >= 0 and since_group != 3:
                    fault = 2
                since_group = 0
            else:
                fault = 2
                break
        if after < 0 and since_group >= 0 and since_group != 3:
            fault = 2
        if seen == 0:
            fault = 2
        if fault == 0 and fine:
            fault = 1
        if fault == 0:
            for _ in range(scale - max(after, 0)):
                if value >= 100_000_000_000_000_000:
                    fault = 3
                    break
                value *= 10
        wrong[row] = fault
        amounts[row] = -value if negative else value


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
