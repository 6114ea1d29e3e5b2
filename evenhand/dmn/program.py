"""A decision table compiled for record batches: the same answers as `Model.evaluate`, millions at a time."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.dmn import kernel
from evenhand.dmn.cells import Cell, Span, Value
from evenhand.dmn.errors import DecisionError, ModelError
from evenhand.dmn.tables import Decision

BLOCK_ROWS = 16_384  # classes of one block stay in the second-level cache
TABLE_MAX = 8_192  # whole numbers within this range are looked up, others searched for
GUIDE_SLICES = 1_024
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


def _none() -> np.ndarray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Column:
    """How one input is classed. Starts are indexes into Program.words.

    A number in a narrow range, or a boolean, is looked up: `table[value - low]`. Other numbers are searched for among
    `cuts` with the help of `guide` and `shift` (see kernel.starts_by_cuts); `table` holds the start of each class.
    A string has the start `strings` gives it, or `other`.
    """

    name: str
    kind: str  # number, string or boolean
    null: int
    table: np.ndarray  # int32
    low: int = 0
    cuts: np.ndarray = field(default_factory=_none)  # int64, ascending
    guide: np.ndarray = field(default_factory=_none)  # int64
    shift: int = 0
    strings: Mapping[str, int] = field(default_factory=dict)
    other: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """How one output is filled: by 0-based rule + 2, so that 0 is `more than one`, 1 is `none` (the default)."""

    name: str
    type: pa.DataType
    codes: np.ndarray
    present: np.ndarray  # bool
    dictionary: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """One compiled table. Holds plain arrays only, so it pickles; build it once per process and run it on any batch."""

    decision: str
    hit_policy: str
    columns: tuple[Column, ...]
    results: tuple[Result, ...]
    words: np.ndarray  # uint64, flat
    width: int  # words per class

    @property
    def input_names(self) -> tuple[str, ...]:
        """Columns a batch must have; inputs whose cells are all `-` are not among them."""
        return tuple(column.name for column in self.columns)

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Decide every row, in order.

        Returns `rule` (int16, 1-based; -1 none matched, -2 more than one rule of a UNIQUE table) and one column per
        output: dictionary<int16, string>, int32 or bool; null where nothing matched and there is no default. Columns
        of the batch: whole numbers of any width, bool, strings (dictionaries are fastest). Raises DecisionError for a
        missing column or one of another type.
        """
        rules = self._rules(batch)
        numbers = np.where(rules >= 0, rules + np.int16(1), rules)
        arrays = [pa.array(numbers, pa.int16())]
        all_matched = len(rules) == 0 or int(rules.min()) >= 0
        arrays += [_filled(result, rules, all_matched) for result in self.results]
        return pa.RecordBatch.from_arrays(
            arrays, names=["rule", *(result.name for result in self.results)]
        )

    def _rules(self, batch: pa.RecordBatch) -> np.ndarray:
        """0-based rule per row; kernel.NONE or kernel.MANY."""
        rows = batch.num_rows
        rules = np.empty(rows, dtype=np.int16)
        readers = [
            _reader(column, _column(batch, column, self.decision)) for column in self.columns
        ]
        starts = np.zeros((max(len(readers), 1), min(rows, BLOCK_ROWS)), dtype=np.int32)
        fold = kernel.first_rules if self.hit_policy == "FIRST" else kernel.only_rules
        for begin in range(0, rows, BLOCK_ROWS):
            end = min(begin + BLOCK_ROWS, rows)
            for at, read in enumerate(readers):
                read(begin, end, starts[at, : end - begin])
            fold(starts, self.words, self.width, kernel.POSITIONS, rules[begin:end])
        return rules


Reader = Callable[[int, int, np.ndarray], None]


def _column(batch: pa.RecordBatch, column: Column, decision: str) -> pa.Array:
    at = batch.schema.get_field_index(column.name)
    if at < 0:
        raise DecisionError(f"decision {decision!r} needs the column {column.name!r}")
    array = batch.column(at)
    type_ = array.type
    if column.kind == "string":
        if pa.types.is_string(type_) or pa.types.is_large_string(type_):
            array = array.dictionary_encode()
        fits = pa.types.is_dictionary(array.type)
    elif column.kind == "number":
        fits = pa.types.is_integer(type_) and type_ != pa.uint64()
    else:
        fits = pa.types.is_boolean(type_)
    if not fits:
        raise DecisionError(
            f"column {column.name!r} of decision {decision!r} is {type_}; expected {column.kind} "
            "(whole numbers, bool, or strings in a dictionary)"
        )
    return array


def _reader(column: Column, array: pa.Array) -> Reader:
    """A function that writes the starts of rows begin..end of one input."""
    present = _present(array)
    if column.kind == "string":
        codes = _values(array.indices)
        return partial(_look_up, codes, present, _string_table(column, array), 0, column.null)
    if column.kind == "boolean":
        flags = _values(pc.cast(array, pa.uint8()))
        return partial(_look_up, flags, present, column.table, 0, column.null)
    values = _values(array)
    if len(column.cuts):
        return partial(_search, values, present, column)
    return partial(_look_up, values, present, column.table, column.low, column.null)


def _look_up(
    values: np.ndarray,
    present: np.ndarray,
    table: np.ndarray,
    low: int,
    null: int,
    begin: int,
    end: int,
    starts: np.ndarray,
) -> None:
    kernel.starts_by_table(values[begin:end], present[begin:end], table, low, null, starts)


def _search(
    values: np.ndarray,
    present: np.ndarray,
    column: Column,
    begin: int,
    end: int,
    starts: np.ndarray,
) -> None:
    kernel.starts_by_cuts(
        values[begin:end],
        present[begin:end],
        column.cuts,
        column.guide,
        column.shift,
        column.table,
        column.null,
        starts,
    )


def _present(array: pa.Array) -> np.ndarray:
    """1 where a row has a value; empty when every row has."""
    if array.null_count == 0:
        return np.empty(0, dtype=np.uint8)
    return _values(pc.cast(array.is_valid(), pa.uint8()))


def _values(array: pa.Array) -> np.ndarray:
    """The raw values without a copy; what lies under a null is anything."""
    dtype = np.dtype(array.type.to_pandas_dtype())
    raw = array.buffers()[1]
    if raw is None:
        return np.zeros(len(array), dtype=dtype)
    return np.frombuffer(raw, dtype=dtype)[array.offset : array.offset + len(array)]


def _string_table(column: Column, array: pa.Array) -> np.ndarray:
    """Start of each code of the batch's own dictionary."""
    words = array.dictionary.to_pylist()
    starts = [
        column.null if word is None else column.strings.get(word, column.other) for word in words
    ]
    return np.array(starts or [column.null], dtype=np.int32)


def _filled(result: Result, rules: np.ndarray, all_matched: bool) -> pa.Array:
    values = _by_rule(rules, result.codes)
    complete = all_matched and bool(result.present[2:].all())
    absent = None if complete else _by_rule(rules, ~result.present)
    if not pa.types.is_dictionary(result.type):
        return pa.array(values, result.type, mask=absent)
    codes = pa.array(values, pa.int16(), mask=absent)
    words = pa.array(result.dictionary, pa.string())
    return pa.DictionaryArray.from_arrays(codes, words, safe=False)


def _by_rule(rules: np.ndarray, by_slot: np.ndarray) -> np.ndarray:
    filled = np.empty(len(rules), dtype=by_slot.dtype)
    kernel.fill(rules, by_slot, filled)
    return filled


def compile_decision(
    decision: Decision, vocabularies: Mapping[str, Sequence[str]], file: str
) -> Program:
    """Make the program of one decision; `Model.compile` says what is refused."""
    _check_vocabularies(decision, vocabularies, file)
    width = -(-len(decision.rules) // 64)
    builder = _Words(width)
    columns = []
    for at, column in enumerate(decision.inputs):
        cells = [rule.cells[at] for rule in decision.rules]
        if any(cell.tests for cell in cells):
            columns.append(_compile_column(column.expression, column.kind, cells, builder))
    if not columns:
        builder.add([True] * len(decision.rules))
    return Program(
        decision=decision.name,
        hit_policy=decision.hit_policy,
        columns=tuple(columns),
        results=tuple(_compile_output(decision, at, file) for at in range(len(decision.outputs))),
        words=np.concatenate(builder.rows),
        width=width,
    )


class _Words:
    """The flat array of words while it grows, one row of `width` words per class."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[np.ndarray] = []

    def add(self, passing: Sequence[bool]) -> int:
        """Append the class for which these rules pass; return its start."""
        bits = np.zeros(self.width * 64, dtype=np.uint8)
        bits[: len(passing)] = passing
        self.rows.append(np.packbits(bits, bitorder="little").view(np.uint64))
        return (len(self.rows) - 1) * self.width

    def add_value(self, cells: Sequence[Cell], value: Value) -> int:
        """Append the class this value stands for; equal cells are asked once."""
        answers = {cell: cell.passes(value) for cell in set(cells)}
        return self.add([answers[cell] for cell in cells])


def _compile_column(name: str, kind: str, cells: list[Cell], words: _Words) -> Column:
    if kind == "number":
        return _compile_number(name, cells, words)
    if kind == "boolean":
        table = [words.add_value(cells, value) for value in (False, True)]
        null = words.add_value(cells, None)
        return Column(name, kind, null, np.array(table, dtype=np.int32))
    named = sorted({test for cell in cells for test in cell.tests if isinstance(test, str)})
    unnamed = "+".join(["", *named])  # longer than, so unlike, each of them
    return Column(
        name,
        kind,
        null=words.add_value(cells, None),
        table=np.empty(0, dtype=np.int32),
        strings={text: words.add_value(cells, text) for text in named},
        other=words.add_value(cells, unnamed),
    )


def _compile_number(name: str, cells: list[Cell], words: _Words) -> Column:
    cuts = whole_cuts(cells)
    lowest = cuts[0] - 1 if cuts else 0
    classes = [words.add_value(cells, Decimal(value)) for value in (lowest, *cuts)]
    starts = np.array(classes, dtype=np.int32)
    null = words.add_value(cells, None)
    if not cuts or cuts[-1] - lowest < TABLE_MAX:
        lengths = [after - before for before, after in pairwise([lowest, *cuts])] + [1]
        return Column(name, "number", null, np.repeat(starts, lengths), low=lowest)
    shift = max((cuts[-1] - lowest).bit_length() - GUIDE_SLICES.bit_length() + 1, 0)
    slices = (cuts[-1] - lowest >> shift) + 1
    edges = [lowest + (at << shift) - 1 for at in range(slices + 1)]
    guide = np.array([bisect_right(cuts, edge) for edge in edges], dtype=np.int64)
    guide[-1] = len(cuts)
    return Column(
        name,
        "number",
        null,
        table=starts,
        cuts=np.array(cuts, dtype=np.int64),
        guide=guide,
        shift=shift,
    )


def whole_cuts(cells: Sequence[Cell]) -> list[int]:
    """Ascending whole numbers at which some cell changes its answer, as far as int64 reaches.

    Between two neighbours every whole number passes the same cells, so `value >= cut` decides all tests exactly.
    """
    bounds: set[Decimal] = set()
    for cell in cells:
        for test in cell.tests:
            if isinstance(test, Span):
                bounds.update(b for b in (test.low, test.high) if isinstance(b, Decimal))
            elif isinstance(test, Decimal):
                bounds.add(test)
    cuts = {int(bound.to_integral_value(ROUND_CEILING)) for bound in bounds}
    cuts |= {int(bound.to_integral_value(ROUND_FLOOR)) + 1 for bound in bounds}
    return sorted(cut for cut in cuts if INT64_MIN < cut <= INT64_MAX)


def _check_vocabularies(
    decision: Decision, vocabularies: Mapping[str, Sequence[str]], file: str
) -> None:
    for at, column in enumerate(decision.inputs):
        known = vocabularies.get(column.expression)
        if known is None:
            continue
        for row, rule in enumerate(decision.rules, start=1):
            for test in rule.cells[at].tests:
                if test not in known:
                    raise ModelError(
                        f"{test!r} is no value of {column.expression!r}",
                        expected=", ".join(known),
                        file=file,
                        decision=decision.name,
                        row=row,
                        column=column.label,
                    )


def _compile_output(decision: Decision, at: int, file: str) -> Result:
    output = decision.outputs[at]
    values = [None, output.default, *(rule.outputs[at] for rule in decision.rules)]
    present = np.array([value is not None for value in values])
    kinds = {type(value) for value in values if value is not None}
    if kinds == {Decimal}:
        for row, value in enumerate(values, start=-1):
            if isinstance(value, Decimal) and not _is_int32(value):
                raise ModelError(
                    f"{value} does not fit a column of whole numbers",
                    expected=f"a whole number of {INT32_MIN}..{INT32_MAX}",
                    file=file,
                    decision=decision.name,
                    row=row if row > 0 else None,
                    column=output.name,
                )
        codes = np.array([int(v) if isinstance(v, Decimal) else 0 for v in values], dtype=np.int32)
        return Result(output.name, pa.int32(), codes, present, ())
    if kinds == {bool}:
        return Result(output.name, pa.bool_(), np.array([bool(v) for v in values]), present, ())
    if kinds <= {str}:
        given = [v for v in (*output.allowed, *values) if isinstance(v, str)]
        words = tuple(dict.fromkeys(given))
        index = {word: code for code, word in enumerate(words)}
        codes = np.array([index[v] if isinstance(v, str) else 0 for v in values], dtype=np.int16)
        type_ = pa.dictionary(pa.int16(), pa.string())
        return Result(output.name, type_, codes, present, words)
    raise ModelError(
        "the outputs are of several kinds",
        expected="all numbers, all strings or all booleans",
        file=file,
        decision=decision.name,
        column=output.name,
    )


def _is_int32(value: Decimal) -> bool:
    return value == value.to_integral_value() and INT32_MIN <= value <= INT32_MAX
