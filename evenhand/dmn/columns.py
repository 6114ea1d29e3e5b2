"""Inputs of a compiled table: how a column of a batch is classed (see kernel.py).

Numbers, dates, date-times, times and durations are whole numbers to the kernel (days, microseconds): every test becomes
`value >= cut`, which one look-up answers exactly. Strings are classed by the batch's own dictionary, booleans by their
bit. Null is a class of its own.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.dmn import kernel
from evenhand.dmn.cells import Cell, Span
from evenhand.dmn.errors import DecisionError
from evenhand.dmn.values import BOOLEAN, DATE, DATE_TIME, DAYS, MICROSECOND, NUMBER, STRING, TIME

BITS_MAX = (
    2**28
)  # rules times classes of one column: 10,000 rules that each name a value of their own
TABLE_MAX = 8_192  # whole numbers within this range are looked up, others searched for
GUIDE_SLICES = (1_024, 4_096, 16_384, 65_536)  # as few as leave little to search
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
CELLS_EXPECTED = (
    "`-`, or tests with numbers, strings, booleans, dates, times or date-times without a zone, "
    "or durations of days and time"
)
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - of clocks without a zone, as the cells and columns are


class TooMany(Exception):
    """More rules and classes than a column may have."""

    def __init__(self, rules: int, classes: int) -> None:
        super().__init__(f"{rules:,} rules tell {classes:,} classes of values apart")


Reader = Callable[[int, int, np.ndarray], None]


def _none() -> np.ndarray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Column:
    """How one input is classed. Starts are indexes into Program.words.

    A whole number in a narrow range, or a boolean, is looked up: `table[value - low]`. Other whole numbers are searched
    for among `cuts` with the help of `guide` and `shift` (see kernel.starts_by_near); `table` holds the start of each
    class. A string is searched for among `strings`: `table` has the start of what lies before the first, of the first
    itself, of what lies between it and the second, and so on.
    """

    name: str
    kind: str
    null: int
    table: np.ndarray  # uint32
    low: int = 0
    cuts: np.ndarray = field(default_factory=_none)  # int64, ascending
    guide: np.ndarray = field(default_factory=_none)  # uint16 or uint32
    shift: int = 0
    near: bool = False
    strings: tuple[str, ...] = ()


class Words:
    """The flat array of words while it grows, one row of `width` words per class."""

    def __init__(self, rules: int) -> None:
        self.width = -(-rules // (64 * kernel.LANES)) * kernel.LANES
        self.parts: list[np.ndarray] = []
        self.starts = 0

    def add(self, passing: np.ndarray) -> np.ndarray:
        """Append classes (bool, rules x classes: which rules a class passes); return the start of each."""
        rules, classes = passing.shape
        padded = np.zeros((self.width * 64, classes), dtype=bool)
        padded[:rules] = passing
        packed = np.packbits(padded, axis=0, bitorder="little")
        self.parts.append(np.ascontiguousarray(packed.T).view(np.uint64).ravel())
        first = self.starts
        self.starts += classes * self.width
        return np.arange(first, self.starts, self.width, dtype=np.uint32)

    def all(self) -> np.ndarray:
        """Every class, one after the other."""
        return np.concatenate(self.parts)


def compile_column(
    name: str, kind: str, cells: Sequence[Cell], words: Words, *, null_passes: bool | None = None
) -> Column:
    """Make the classes of one input; at least one cell has tests, and none is `unfit`.

    Null passes what the cells say, unless `null_passes` says it for all of them.
    """
    of_null = [cell.passes(None) if null_passes is None else null_passes for cell in cells]
    null = int(words.add(np.array(of_null)[:, np.newaxis])[0])
    if kind == STRING:
        strings = sorted(
            {bound for cell in cells for test in cell.tests for bound in _bounds(test)}
        )
        classes = partial(_string_range, strings)
        starts = words.add(_passing(cells, classes, 2 * len(strings) + 1))
        return Column(name, kind, null, starts, strings=tuple(strings))
    if kind == BOOLEAN:
        starts = words.add(_passing(cells, lambda test: (int(test), int(test) + 1), 2))
        return Column(name, kind, null, starts)
    cuts = whole_cuts(cells)
    starts = words.add(_passing(cells, partial(_class_range, cuts), len(cuts) + 1))
    return _whole_column(name, kind, null, cuts, starts)


def _passing(
    cells: Sequence[Cell], classes_of: Callable[[Any], tuple[int, int]], classes: int
) -> np.ndarray:
    """Which rules (lines) each class passes, from the range of classes that each test lets pass; raise TooMany."""
    if len(cells) * classes > BITS_MAX:
        raise TooMany(len(cells), classes)
    passing = np.zeros((len(cells), classes), dtype=bool)
    for cell, line in zip(cells, passing, strict=True):
        for test in cell.tests:
            begin, end = classes_of(test)
            line[begin:end] = True
        if cell.negated or not cell.tests:
            np.logical_not(line, out=line)
    return passing


def _bounds(test: object) -> list[Any]:
    """The values a test names."""
    if isinstance(test, Span):
        return [bound for bound in (test.low, test.high) if bound is not None]
    return [test]


def _string_range(strings: list[str], test: Any) -> tuple[int, int]:
    """First class and end of the classes of strings that pass; string n is class 2 n + 1, classes between are even."""
    if not isinstance(test, Span):
        exact = 2 * bisect_left(strings, test) + 1
        return exact, exact + 1
    begin, end = 0, 2 * len(strings) + 1
    if test.low is not None:
        begin = 2 * bisect_left(strings, test.low) + (1 if test.low_closed else 2)
    if test.high is not None:
        end = 2 * bisect_left(strings, test.high) + (2 if test.high_closed else 1)
    return begin, end


def whole_cuts(cells: Sequence[Cell]) -> list[int]:
    """Ascending whole numbers at which some cell changes its answer, as far as int64 reaches.

    Between two neighbours every whole number passes the same cells, so `value >= cut` decides all tests exactly.
    """
    cuts = {cut for cell in cells for test in cell.tests for cut in _limits(test)}
    return sorted(cut for cut in cuts if INT64_MIN < cut <= INT64_MAX)


def _class_range(cuts: list[int], test: object) -> tuple[int, int]:
    """First class and end of the classes that pass; the class of a number is how many cuts are not above it."""
    low, high = _limits(test)
    begin = bisect_right(cuts, low) if low <= INT64_MAX else len(cuts) + 1
    end = bisect_right(cuts, high) if high <= INT64_MAX else len(cuts) + 1
    return begin, end


def _limits(test: object) -> tuple[int, int]:
    """The whole numbers a test lets pass: from the first, to before the second."""
    if not isinstance(test, Span):
        number = ordinal(test)
        return _ceiling(number), _floor(number) + 1
    low, high = INT64_MIN, INT64_MAX + 1
    if test.low is not None:
        number = ordinal(test.low)
        low = _ceiling(number) if test.low_closed else _floor(number) + 1
    if test.high is not None:
        number = ordinal(test.high)
        high = _floor(number) + 1 if test.high_closed else _ceiling(number)
    return low, high


def _ceiling(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))


def _floor(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_FLOOR))


def ordinal(value: object) -> Decimal:
    """A number itself, a date in days, a date-time, time or duration in microseconds."""
    if isinstance(value, datetime):
        return Decimal((value - EPOCH) // MICROSECOND)
    if isinstance(value, date):
        return Decimal(value.toordinal() - EPOCH.toordinal())
    if isinstance(value, time):
        return Decimal((datetime.combine(EPOCH, value) - EPOCH) // MICROSECOND)
    if isinstance(value, timedelta):
        return Decimal(value // MICROSECOND)
    assert isinstance(value, Decimal)
    return value


def unfit(cell: Cell, kind: str) -> str:
    """Why a cell of an input of this kind has no classes; nothing when it has."""
    if not cell.plain:
        return f"the cell {cell} is worked out for one question at a time"
    if cell.tests and kind not in _FITS:
        return f"the cell {cell} asks for a {kind or 'value'}, which no column holds"
    bounds = [bound for test in cell.tests for bound in _bounds(test)]
    if any(getattr(bound, "tzinfo", None) is not None for bound in bounds):
        return f"the cell {cell} names a zone"
    return ""


def _whole_column(name: str, kind: str, null: int, cuts: list[int], starts: np.ndarray) -> Column:
    lowest = cuts[0] - 1 if cuts else 0
    if not cuts or cuts[-1] - lowest < TABLE_MAX:
        lengths = [after - before for before, after in pairwise([lowest, *cuts])] + [1]
        return Column(name, kind, null, np.repeat(starts, lengths), low=lowest)
    for slices in GUIDE_SLICES:
        guide, shift = _guide(cuts, lowest, slices)
        most = max(after - before for before, after in pairwise(guide))
        if most <= kernel.NEAR:
            break
    beyond = (0, kernel.NEAR)
    return Column(
        name,
        kind,
        null,
        table=np.pad(starts, beyond, mode="edge"),
        low=lowest,
        cuts=np.pad(np.array(cuts, dtype=np.int64), beyond, mode="edge"),
        guide=np.array(guide, dtype=np.uint16 if len(cuts) < 2**16 else np.uint32),
        shift=shift,
        near=most <= kernel.NEAR,
    )


def _guide(cuts: list[int], lowest: int, slices: int) -> tuple[list[int], int]:
    """How many cuts lie below each of at most so many slices and below their end, and the slices' width in bits."""
    span = cuts[-1] - lowest
    shift = max(span.bit_length() - slices.bit_length() + 1, 0)
    count = (span >> shift) + 1
    return [bisect_left(cuts, lowest + (at << shift)) for at in range(count)] + [len(cuts)], shift


def readers(columns: Sequence[Column], batch: pa.RecordBatch, decision: str) -> list[Reader]:
    """For each input a function that writes the starts of rows begin..end; raise DecisionError for a missing column."""
    return [_reader(column, _array(batch, column, decision)) for column in columns]


def _array(batch: pa.RecordBatch, column: Column, decision: str) -> pa.Array:
    found = batch.schema.get_all_field_indices(column.name)
    if len(found) != 1:
        number = f" once; the batch has {len(found)} of it" if found else ""
        raise DecisionError(f"decision {decision!r} needs the column {column.name!r}{number}")
    array = batch.column(found[0])
    fits, expected = _FITS[column.kind]
    if pa.types.is_null(array.type):  # what Arrow makes of a column that holds nothing else
        return pa.nulls(len(array), _OF_NULLS[column.kind])
    if not fits(array.type):
        raise DecisionError(
            f"column {column.name!r} of decision {decision!r} is {array.type}; expected {column.kind} ({expected})"
        )
    return array


def _is_whole(type_: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type_) and type_ != pa.uint64())


def _is_text(type_: pa.DataType) -> bool:
    if pa.types.is_dictionary(type_):
        return _is_text(type_.value_type)
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def _is_clock(type_: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(type_) and type_.tz is None)


_FITS: dict[str, tuple[Callable[[pa.DataType], bool], str]] = {
    NUMBER: (_is_whole, "whole numbers of at most 64 bits"),
    STRING: (_is_text, "strings, best in a dictionary"),
    BOOLEAN: (pa.types.is_boolean, "bool"),
    DATE: (pa.types.is_date32, "date32"),
    TIME: (pa.types.is_time, "time32 or time64"),
    DATE_TIME: (_is_clock, "timestamp without a zone"),
    DAYS: (pa.types.is_duration, "duration"),
}
_MICROSECONDS = {
    TIME: pa.time64("us"),
    DATE_TIME: pa.timestamp("us"),
    DAYS: pa.duration("us"),
}


_OF_NULLS = {
    NUMBER: pa.int64(),
    STRING: pa.string(),
    BOOLEAN: pa.bool_(),
    DATE: pa.date32(),
    **_MICROSECONDS,
}


def _reader(column: Column, array: pa.Array) -> Reader:
    read: Reader
    if column.kind == STRING:
        array = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        read = partial(_by_code, _values(array.indices), _string_table(column, array))
    elif column.kind == BOOLEAN:
        bits = np.frombuffer(array.buffers()[1] or b"\0", dtype=np.uint8)
        read = partial(_by_bit, bits, array.offset, column)
    else:
        if column.kind in _MICROSECONDS:
            array = _in_microseconds(column, array)
        read = partial(_by_search if len(column.cuts) else _by_table, _values(array), column)
    if not array.null_count:
        return read
    valid = np.frombuffer(array.buffers()[0], dtype=np.uint8)
    return partial(_with_nulls, read, valid, array.offset, column.null)


def _in_microseconds(column: Column, array: pa.Array) -> pa.Array:
    try:
        return pc.cast(array, _MICROSECONDS[column.kind])
    except pa.ArrowInvalid as error:
        raise DecisionError(
            f"column {column.name!r} holds values that are no whole microseconds ({error})"
        ) from None


def _by_code(
    codes: np.ndarray, table: np.ndarray, begin: int, end: int, starts: np.ndarray
) -> None:
    kernel.starts_by_code(codes[begin:end], table, starts)


def _by_bit(
    bits: np.ndarray, offset: int, column: Column, begin: int, _end: int, starts: np.ndarray
) -> None:
    kernel.starts_by_bit(bits, offset + begin, column.table, starts)


def _by_table(values: np.ndarray, column: Column, begin: int, end: int, starts: np.ndarray) -> None:
    kernel.starts_by_table(values[begin:end], column.table, column.low, starts)


def _by_search(
    values: np.ndarray, column: Column, begin: int, end: int, starts: np.ndarray
) -> None:
    search = kernel.starts_by_near if column.near else kernel.starts_by_search
    high = int(column.cuts[-1])
    search(
        values[begin:end],
        column.low,
        high,
        column.cuts,
        column.guide,
        column.shift,
        column.table,
        starts,
    )


def _with_nulls(
    read: Reader,
    valid: np.ndarray,
    offset: int,
    null: int,
    begin: int,
    end: int,
    starts: np.ndarray,
) -> None:
    read(begin, end, starts)
    kernel.put_nulls(valid, offset + begin, null, starts)


def _values(array: pa.Array) -> np.ndarray:
    """The raw values without a copy; what lies under a null is anything."""
    dtype = np.dtype(
        f"{'u' if pa.types.is_unsigned_integer(array.type) else 'i'}{array.type.bit_width // 8}"
    )
    raw = array.buffers()[1]
    if raw is None:
        return np.zeros(len(array), dtype=dtype)
    return np.frombuffer(raw, dtype=dtype)[array.offset : array.offset + len(array)]


def _string_table(column: Column, array: pa.DictionaryArray) -> np.ndarray:
    """Start of each code of the batch's own dictionary."""
    starts = [
        column.null if word is None else column.table[_string_class(column.strings, word)]
        for word in array.dictionary.to_pylist()
    ]
    return np.array(starts or [column.null], dtype=np.uint32)


def _string_class(strings: tuple[str, ...], word: str) -> int:
    at = bisect_left(strings, word)
    return 2 * at + (at < len(strings) and strings[at] == word)
