"""The bitmask kernel: values to classes, classes to words of rules, words to the rules that match.

A class is a set of values that pass exactly the same cells of a column. For each class of each column one row of
uint64 words holds a bit per rule: set where the rule's cell lets the class pass. A row of the batch is decided by
and-ing the rows of its classes; every bit that stays set is a rule that matches, the lowest one first.

`starts` are indexes into the flat array of words, a line per column. The functions depend on no table: they are
compiled once per type of column and kept on disk. Indexes are unsigned, which spares numba its look at negative ones.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from evenhand.kernel.compiled import compiled

Array = Any  # a numpy array; its type is what numba compiles for
Whole = Any  # a whole number, of the width numba infers

NONE = -1
MANY = -2
NEAR = 4  # cuts that starts_by_near compares a value with


def _cttz(_context: Any, _word: Any) -> Any:
    def made(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), made


def _ctpop(_context: Any, _word: Any) -> Any:
    def made(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), made


_lowest: Any = intrinsic(_cttz)  # the position of the lowest bit of a word that is not 0
_bits: Any = intrinsic(_ctpop)  # how many bits of a word are set


@compiled
def starts_by_table(values: Array, table: Array, low: Whole, starts: Array) -> None:
    """Class by look-up in `table[value - low]`; values outside are clamped."""
    high = low + len(table) - 1
    for row in range(len(values)):
        starts[row] = table[np.uint64(min(max(np.int64(values[row]), low), high) - low)]


@compiled
def starts_by_code(codes: Array, table: Array, starts: Array) -> None:
    """Class by look-up in `table[code]`; what lies under a null may be any code, so it is clamped."""
    last = np.uint64(len(table) - 1)
    for row in range(len(codes)):
        starts[row] = table[min(np.uint64(np.int64(codes[row])), last)]


@compiled
def starts_by_bit(bits: Array, offset: Whole, table: Array, starts: Array) -> None:
    """Class of a boolean out of its bitmap."""
    for row in range(len(starts)):
        at = np.uint64(offset + row)
        is_set = (bits[at >> np.uint64(3)] >> (at & np.uint64(7))) & np.uint64(1)
        starts[row] = table[np.uint64(is_set)]


@compiled
def put_nulls(valid: Array, offset: Whole, null: Whole, starts: Array) -> None:
    """Write the class of null where the validity bitmap says so."""
    for row in range(len(starts)):
        at = np.uint64(offset + row)
        if not (valid[at >> np.uint64(3)] >> (at & np.uint64(7))) & np.uint64(1):
            starts[row] = null


@compiled
def starts_by_near(
    values: Array,
    low: Whole,
    high: Whole,
    cuts: Array,
    guide: Array,
    shift: Whole,
    classes: Array,
    starts: Array,
) -> None:
    """Class by the number of `cuts` (ascending) not above the value; `classes` are the starts by that number.

    Values are clamped to `low`, one below the first cut, and `high`, the last. guide[k] of them lie below slice k of
    the range, 2**shift numbers wide, and at most NEAR within it: so the next NEAR are all there is to compare with,
    without a branch that could be guessed wrong. `cuts` and `classes` are longer by NEAR repeats of their last.
    Differences are taken in uint64, so the range may be all of int64.
    """
    for row in range(len(values)):
        value = min(max(np.int64(values[row]), low), high)
        below = np.uint64(guide[(np.uint64(value) - np.uint64(low)) >> np.uint64(shift)])
        first = np.uint64(cuts[below] <= value)
        second = np.uint64(cuts[below + np.uint64(1)] <= value)
        third = np.uint64(cuts[below + np.uint64(2)] <= value)
        fourth = np.uint64(cuts[below + np.uint64(3)] <= value)
        starts[row] = classes[below + first + second + third + fourth]


@compiled
def starts_by_search(
    values: Array,
    low: Whole,
    high: Whole,
    cuts: Array,
    guide: Array,
    shift: Whole,
    classes: Array,
    starts: Array,
) -> None:
    """Like `starts_by_near` where some slice holds more cuts than that: what the guide leaves is halved."""
    for row in range(len(values)):
        value = min(max(np.int64(values[row]), low), high)
        slice_ = (np.uint64(value) - np.uint64(low)) >> np.uint64(shift)
        at, end = np.uint64(guide[slice_]), np.uint64(guide[slice_ + np.uint64(1)])
        while at < end:
            middle = (at + end) >> np.uint64(1)
            if cuts[middle] <= value:
                at = middle + np.uint64(1)
            else:
                end = middle
        starts[row] = classes[at]


@compiled
def fill(found: Array, by_slot: Array, filled: Array) -> None:
    """What each row's rule gives: `by_slot` holds it for more than one, for none, then for each rule."""
    for row in range(len(found)):
        filled[row] = by_slot[np.uint64(found[row] + 2)]


@compiled
def _word(starts: Array, words: Array, row: Whole, at: Whole) -> Any:
    """The rules that pass every column, of the 64 of one word. As `while` it is inlined well, with `break` it is not."""
    bits = words[np.uint64(starts[0, row]) + np.uint64(at)]
    column = np.uint64(1)
    while bits != 0 and column < np.uint64(starts.shape[0]):
        bits &= words[np.uint64(starts[column, row]) + np.uint64(at)]
        column += np.uint64(1)
    return bits


@compiled
def first_rules(starts: Array, words: Array, width: Whole, found: Array) -> None:
    """The lowest rule that matches, NONE where there is none."""
    for row in range(len(found)):
        rule: Whole = NONE
        for at in range(width):
            bits = _word(starts, words, row, at)
            if bits != 0:
                rule = at * 64 + np.int64(_lowest(bits))
                break
        found[row] = rule


@compiled
def only_rules(starts: Array, words: Array, width: Whole, found: Array) -> None:
    """The only rule that matches, NONE where there is none, MANY where there are more."""
    for row in range(len(found)):
        rule: Whole = NONE
        for at in range(width):
            bits = _word(starts, words, row, at)
            if bits != 0:
                if rule != NONE or bits & (bits - np.uint64(1)) != 0:
                    rule = MANY
                    break
                rule = at * 64 + np.int64(_lowest(bits))
        found[row] = rule


@compiled
def same_rules(starts: Array, words: Array, width: Whole, groups: Array, found: Array) -> None:
    """The lowest rule that matches, MANY where another one matches that is not of its group."""
    for row in range(len(found)):
        rule: Whole = NONE
        for at in range(width):
            bits = _word(starts, words, row, at)
            while bits != 0:
                other = at * 64 + np.int64(_lowest(bits))
                if rule == NONE:
                    rule = other
                elif groups[other] != groups[rule]:
                    rule = MANY
                    break
                bits &= bits - np.uint64(1)
            if rule == MANY:
                break
        found[row] = rule


@compiled
def count_rules(starts: Array, words: Array, width: Whole, counts: Array) -> None:
    """How many rules match."""
    for row in range(len(counts)):
        total = np.uint64(0)
        for at in range(width):
            total += _bits(_word(starts, words, row, at))
        counts[row] = total


@compiled
def list_rules(starts: Array, words: Array, width: Whole, begins: Array, found: Array) -> None:
    """Every rule that matches, lowest first: those of a row stand in `found` from begins[row] on."""
    for row in range(starts.shape[1]):
        to = begins[row]
        for at in range(width):
            bits = _word(starts, words, row, at)
            while bits != 0:
                found[to] = at * 64 + np.int64(_lowest(bits))
                to += 1
                bits &= bits - np.uint64(1)


@compiled
def sum_rules(
    starts: Array, words: Array, width: Whole, values: Array, counts: Array, sums: Array
) -> None:
    """How many rules match and the sum of their `values`, which the caller keeps within int64."""
    for row in range(len(sums)):
        total: Whole = 0
        count: Whole = 0
        for at in range(width):
            bits = _word(starts, words, row, at)
            while bits != 0:
                total += values[at * 64 + np.int64(_lowest(bits))]
                count += 1
                bits &= bits - np.uint64(1)
        counts[row] = count
        sums[row] = total
