"""Outputs of a compiled table: Arrow columns out of the rules a row has found.

Everything here is indexed by *slot*: 0 stands for `the rules break the hit policy`, 1 for `no rule matched` (the
default), and from 2 on stand the rules in the order the kernel numbers them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa

from evenhand.dmn import kernel
from evenhand.dmn.errors import ModelError
from evenhand.dmn.numbers import EXACT
from evenhand.dmn.tables import Decision
from evenhand.dmn.values import literal_text

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
INT64_MAX = 2**63 - 1
DIGITS_MAX = 38  # of a decimal128
NONE_SLOT = 1

_TYPES = {
    str: pa.string(),
    bool: pa.bool_(),
    date: pa.date32(),
    time: pa.time64("us"),
    datetime: pa.timestamp("us"),
    timedelta: pa.duration("us"),
}


@dataclass(frozen=True, slots=True)
class Result:
    """One output by slot: numbers, booleans or codes into `dictionary` (which is None for the former two)."""

    name: str
    type: pa.DataType
    codes: np.ndarray
    present: np.ndarray  # bool
    dictionary: pa.Array | None = None

    @property
    def complete(self) -> bool:
        """Every rule gives a value."""
        return bool(self.present[2:].all())

    def filled(self, found: np.ndarray, *, all_matched: bool) -> pa.Array:
        """The output of every row, from the 0-based rule it found or NONE or MANY."""
        codes = by_slot(found, self.codes)
        absent = None if all_matched and self.complete else by_slot(found, ~self.present)
        if self.dictionary is None:
            return pa.array(codes, self.type, mask=absent)
        coded = pa.DictionaryArray.from_arrays(
            pa.array(codes, pa.int16(), mask=absent), self.dictionary, safe=False
        )
        return coded if pa.types.is_dictionary(self.type) else coded.dictionary_decode()


def by_slot(found: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What stands in the slot of each row."""
    filled = np.empty(len(found), dtype=values.dtype)
    kernel.fill(found, values, filled)
    return filled


def compile_result(decision: Decision, at: int, order: Sequence[int], file: str) -> Result:
    """Make the slots of one output; raise ModelError when no Arrow column holds its values.

    Whole numbers within int32 become int32, other numbers decimal128 with as many places as they need; strings
    dictionary<int16, string>, which begins with the allowed values; booleans, dates, times, date-times and durations
    the Arrow type of that name.
    """
    output = decision.outputs[at]
    values = [None, output.default, *(decision.rules[rule].outputs[at] for rule in order)]
    rows = [None, None, *(rule + 1 for rule in order)]
    present = np.array([value is not None for value in values])
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) > 1:
        raise _refused(
            decision, at, file, "the outputs are of several kinds", "outputs of one kind"
        )
    kind = kinds.pop() if kinds else str
    if kind is Decimal:
        numbers = [value if isinstance(value, Decimal) else Decimal(0) for value in values]
        places = places_of(numbers)
        for row, number in zip(rows, numbers, strict=True):
            if number.adjusted() + 1 + places > DIGITS_MAX:
                expected = f"at most {DIGITS_MAX} digits, {places} of them after the point"
                raise _refused(decision, at, file, f"{number} does not fit a column", expected, row)
        return _numbers(output.name, numbers, places, present)
    if kind is bool:
        codes = np.array([value is True for value in values])
        return Result(output.name, pa.bool_(), codes, present)
    unfit = next(
        (place for place, value in enumerate(values) if value is not None and not _fits(value)),
        None,
    )
    if unfit is not None:
        expected = "strings, numbers, booleans, dates, times and date-times without a zone, durations of days and time"
        problem = f"{values[unfit]} does not fit a column"
        raise _refused(decision, at, file, problem, expected, rows[unfit])
    given = [v for v in (*(output.allowed if kind is str else ()), *values) if type(v) is kind]
    words = list(dict.fromkeys(given))
    if len(words) > 2**15:
        problem = f"it has {len(words):,} different values"
        raise _refused(decision, at, file, problem, f"at most {2**15:,}")
    return _coded(output.name, _TYPES[kind], words, values, present)


def _refused(
    decision: Decision, at: int, file: str, problem: str, expected: str, row: int | None = None
) -> ModelError:
    return ModelError(
        problem,
        expected=expected,
        file=file,
        decision=decision.name,
        row=row,
        column=decision.outputs[at].name,
    )


def _fits(value: object) -> bool:
    return type(value) in _TYPES and getattr(value, "tzinfo", None) is None


def _numbers(name: str, numbers: Sequence[Decimal], places: int, present: np.ndarray) -> Result:
    if not places and all(INT32_MIN <= number <= INT32_MAX for number in numbers):
        codes = np.array([int(number) for number in numbers], dtype=np.int32)
        return Result(name, pa.int32(), codes, present)
    words = list(dict.fromkeys(numbers))
    return _coded(name, pa.decimal128(DIGITS_MAX, places), words, numbers, present)


def _coded(
    name: str,
    type_: pa.DataType,
    words: Sequence[object],
    values: Sequence[object],
    present: np.ndarray,
) -> Result:
    index = {word: code for code, word in enumerate(words)}
    codes = np.array([0 if v is None else index[v] for v in values], dtype=np.int16)
    dictionary = pa.array(words or [None], type_)
    column = pa.dictionary(pa.int16(), type_) if type_ == pa.string() else type_
    return Result(name, column, codes, present, dictionary)


def places_of(numbers: Sequence[Decimal]) -> int:
    """Digits after the point that hold each of these numbers exactly."""
    return max((_places(number) for number in numbers), default=0)


def _places(number: Decimal) -> int:
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    written = "".join(map(str, digits))
    return max(-exponent - len(written) + len(written.rstrip("0")), 0) if number else 0


@dataclass(frozen=True, slots=True)
class Weights:
    """The outputs of a COLLECT SUM table as whole numbers of 10**-places, in the kernel's order of rules.

    The sum of all their amounts lies within int64, so no row's sum can leave it.
    """

    values: np.ndarray  # int64
    places: int
    default: int | None  # where no rule matches, in the same unit

    @property
    def type(self) -> pa.DataType:
        """The Arrow type of a sum."""
        return pa.decimal128(DIGITS_MAX, self.places) if self.places else pa.int64()

    def filled(self, sums: np.ndarray, none: np.ndarray, refused: np.ndarray) -> pa.Array:
        """Sums as an Arrow column: the default, or null, where `none`; null where `refused`. Writes into `sums`."""
        if self.default is not None:
            sums[none] = self.default
        absent = none if self.default is None else np.zeros_like(none)
        absent = absent | refused if len(refused) else absent
        whole = pa.array(sums, pa.int64(), mask=absent if absent.any() else None)
        if not self.places:
            return whole
        halves = np.stack([sums, sums >> 63], axis=1)  # two's complement, the low half first
        buffers = [whole.buffers()[0], pa.py_buffer(halves)]
        return pa.Array.from_buffers(self.type, len(sums), buffers)


def compile_weights(decision: Decision, file: str) -> Weights:
    """Make the weights of a COLLECT SUM table; raise ModelError when a sum could be inexact or no number."""
    output = decision.outputs[0]
    values = [rule.outputs[0] for rule in decision.rules]
    for row, value in enumerate(values, start=1):
        if not isinstance(value, Decimal):
            raise _refused(
                decision, 0, file, f"{literal_text(value)} cannot be added", "a number", row
            )
    if output.default is not None and not isinstance(output.default, Decimal):
        problem = f"the default {literal_text(output.default)} is no number"
        raise _refused(decision, 0, file, problem, "a number, as the sums are")
    numbers = [v for v in (*values, output.default) if isinstance(v, Decimal)]
    places = places_of(numbers)
    whole = [int(number.scaleb(places, EXACT)) for number in numbers]
    if sum(abs(number) for number in whole) > INT64_MAX:
        problem = f"sums of its outputs may need more than {INT64_MAX:,} units of 10**-{places}"
        raise _refused(decision, 0, file, problem, "smaller numbers or fewer places")
    default = whole[-1] if output.default is not None else None
    return Weights(np.array(whole[: len(values)], dtype=np.int64), places, default)
