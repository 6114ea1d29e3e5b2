"""The bitmask kernel: values to classes, classes to words of rules, words to the rule that fires.

A class is a set of values that pass exactly the same cells of a column. For each class of each column one row of
uint64 words holds a bit per rule: set where the rule's cell lets the class pass. A row of the batch is decided by
and-ing the rows of its classes; the lowest bit that stays set is the first rule that matches.

`starts` are indexes into the flat array of words. The functions depend on no table: they are compiled once per type of
column and kept on disk.
"""

from typing import Any

import numpy as np

from evenhand.kernel.compiled import compiled

Array = Any  # a numpy array; its type is what numba compiles for

NONE = -1
MANY = -2

# Position of the only set bit of a word, by multiplication with a de Bruijn sequence.
_SEQUENCE = 0x03F79D71B4CB0A89
POSITIONS = np.zeros(64, dtype=np.int16)
for _bit in range(64):
    POSITIONS[((_SEQUENCE << _bit) & 0xFFFFFFFFFFFFFFFF) >> 58] = _bit


@compiled
def starts_by_table(
    values: Array, present: Array, table: Array, low: int, null_start: int, starts: Array
) -> None:
    """Class by look-up in `table[value - low]`, values outside clamped. `present` is empty when nothing is null."""
    high = low + len(table) - 1
    nullable = len(present) > 0
    for row in range(len(values)):
        value = int(values[row])
        at = min(max(value, low), high) - low
        start = table[at]
        if nullable and not present[row]:
            start = null_start
        starts[row] = start


@compiled
def starts_by_cuts(
    values: Array,
    present: Array,
    cuts: Array,
    guide: Array,
    shift: int,
    classes: Array,
    null_start: int,
    starts: Array,
) -> None:
    """Class by the number of `cuts` (ascending, one or more) not above the value; `classes` are their starts.

    `guide` spares most of the search: slice k of the range, 2**shift numbers wide from cuts[0] - 1, has guide[k] to
    guide[k + 1] cuts below or in it. Differences are taken in uint64, so the range may be all of int64.
    """
    nullable = len(present) > 0
    low, high = cuts[0] - 1, cuts[-1]
    for row in range(len(values)):
        value = min(max(int(values[row]), low), high)
        slice_ = int((np.uint64(value) - np.uint64(low)) >> np.uint64(shift))
        at, end = guide[slice_], guide[slice_ + 1]
        while at < end:
            middle = (at + end) >> 1
            if cuts[middle] <= value:
                at = middle + 1
            else:
                end = middle
        start = classes[at]
        if nullable and not present[row]:
            start = null_start
        starts[row] = start


@compiled
def fill(rules: Array, by_slot: Array, filled: Array) -> None:
    """What each row's rule gives: `by_slot` holds it for more than one, for none, then for each rule."""
    for row in range(len(rules)):
        filled[row] = by_slot[rules[row] + 2]


@compiled
def first_rules(starts: Array, words: Array, width: int, positions: Array, rules: Array) -> None:
    """The lowest rule whose bit is set for every column, -1 where there is none; `starts` has a line per column."""
    columns = starts.shape[0]
    for row in range(len(rules)):
        found = -1
        for word in range(width):
            bits = words[starts[0, row] + word]
            for column in range(1, columns):
                if bits == 0:
                    break
                bits &= words[starts[column, row] + word]
            if bits != 0:
                lowest = bits & (~bits + np.uint64(1))
                at = (lowest * np.uint64(0x03F79D71B4CB0A89)) >> np.uint64(58)
                found = word * 64 + positions[np.int64(at)]
                break
        rules[row] = found


@compiled
def only_rules(starts: Array, words: Array, width: int, positions: Array, rules: Array) -> None:
    """Like `first_rules`, but -2 where more than one rule matches."""
    columns = starts.shape[0]
    for row in range(len(rules)):
        found = -1
        for word in range(width):
            bits = words[starts[0, row] + word]
            for column in range(1, columns):
                if bits == 0:
                    break
                bits &= words[starts[column, row] + word]
            if bits != 0:
                lowest = bits & (~bits + np.uint64(1))
                if found >= 0 or bits != lowest:
                    found = -2
                    break
                at = (lowest * np.uint64(0x03F79D71B4CB0A89)) >> np.uint64(58)
                found = word * 64 + positions[np.int64(at)]
        rules[row] = found
