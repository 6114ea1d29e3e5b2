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
from numba.core import cgutils
from numba.extending import intrinsic

from evenhand.kernel.compiled import compiled

Array = Any  # a numpy array; its type is what numba compiles for
Whole = Any  # a whole number, of the width numba infers

NONE = -1
MANY = -2
LANES = 4  # words and-ed at once; the words of a class are a multiple of it
NEAR = 2  # cuts that starts_by_near compares a value with


def _cttz(_context: Any, _word: Any) -> Any:
    def made(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), made


def _ctpop(_context: Any, _word: Any) -> Any:
    def made(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), made


def _and_four(_context: Any, starts: Any, words: Any, _row: Any, _at: Any, bits: Any) -> Any:
    """Four words at a time in one vector register: numba would take 64 bits where the machine takes 256 and more."""
    word, vector = ir.IntType(64), ir.VectorType(ir.IntType(64), LANES)

    def made(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        by_column, flat, given = (
            context.make_array(kind)(context, builder, argument)
            for kind, argument in (
                (starts, arguments[0]),
                (words, arguments[1]),
                (bits, arguments[4]),
            )
        )
        columns, length = cgutils.unpack_tuple(builder, by_column.shape, 2)  # type: ignore[no-untyped-call]
        passing = cgutils.alloca_once(builder, vector)  # type: ignore[no-untyped-call]
        builder.store(ir.Constant(vector, [-1] * LANES), passing)
        with cgutils.for_range(builder, columns) as loop:
            place = builder.add(builder.mul(loop.index, length), arguments[2])
            start = builder.load(builder.gep(by_column.data, [place]))
            first = builder.gep(flat.data, [builder.add(builder.zext(start, word), arguments[3])])
            four = builder.load(builder.bitcast(first, vector.as_pointer()), align=8)
            builder.store(builder.and_(builder.load(passing), four), passing)
        found = builder.load(passing)
        builder.store(found, builder.bitcast(given.data, vector.as_pointer()), align=8)
        some = builder.icmp_unsigned("!=", found, ir.Constant(vector, [0] * LANES))
        return builder.zext(builder.bitcast(some, ir.IntType(LANES)), word)

    return types.uint64(starts, words, types.int64, types.int64, bits), made


_lowest: Any = intrinsic(_cttz)  # the position of the lowest bit of a word that is not 0
_count: Any = intrinsic(_ctpop)  # how many bits of a word are set
# _match(starts, words, row, at, bits) writes into `bits` which rules of words at .. at + LANES pass every column, and
# returns a bit for each of these words that is not 0.
_match: Any = intrinsic(_and_four)


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
        starts[row] = classes[below + first + second]


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
def first_rules(starts: Array, words: Array, width: Whole, found: Array) -> None:
    """The lowest rule that matches, NONE where there is none."""
    bits = np.empty(LANES, dtype=np.uint64)
    for row in range(len(found)):
        rule: Whole = NONE
        for at in range(0, width, LANES):
            some = _match(starts, words, row, at, bits)
            if some != 0:
                lane = _lowest(some)
                rule = (at + np.int64(lane)) * 64 + np.int64(_lowest(bits[lane]))
                break
        found[row] = rule


@compiled
def only_rules(starts: Array, words: Array, width: Whole, found: Array) -> None:
    """The only rule that matches, NONE where there is none, MANY where there are more."""
    bits = np.empty(LANES, dtype=np.uint64)
    for row in range(len(found)):
        rule: Whole = NONE
        for at in range(0, width, LANES):
            some = _match(starts, words, row, at, bits)
            if some != 0:
                lane = _lowest(some)
                word = bits[lane]
                again = (some & (some - np.uint64(1))) | (word & (word - np.uint64(1)))
                if rule != NONE or again != 0:
                    rule = MANY
                    break
                rule = (at + np.int64(lane)) * 64 + np.int64(_lowest(word))
        found[row] = rule


@compiled
def same_rules(starts: Array, words: Array, width: Whole, groups: Array, found: Array) -> None:
    """The lowest rule that matches, MANY where another one matches that is not of its group."""
    bits = np.empty(LANES, dtype=np.uint64)
    for row in range(len(found)):
        rule: Whole = NONE
        for at in range(0, width, LANES):
            some = _match(starts, words, row, at, bits)
            while some != 0 and rule != MANY:
                lane = _lowest(some)
                word = bits[lane]
                while word != 0 and rule != MANY:
                    other = (at + np.int64(lane)) * 64 + np.int64(_lowest(word))
                    if rule == NONE:
                        rule = other
                    elif groups[np.uint64(other)] != groups[np.uint64(rule)]:
                        rule = MANY
                    word &= word - np.uint64(1)
                some &= some - np.uint64(1)
        found[row] = rule


@compiled
def count_rules(starts: Array, words: Array, width: Whole, counts: Array) -> None:
    """How many rules match."""
    bits = np.empty(LANES, dtype=np.uint64)
    for row in range(len(counts)):
        total = np.uint64(0)
        for at in range(0, width, LANES):
            _match(starts, words, row, at, bits)
            for lane in range(LANES):
                total += _count(bits[lane])
        counts[row] = total


@compiled
def list_rules(starts: Array, words: Array, width: Whole, begins: Array, found: Array) -> None:
    """Every rule that matches, lowest first: those of a row stand in `found` from begins[row] on."""
    bits = np.empty(LANES, dtype=np.uint64)
    for row in range(starts.shape[1]):
        to = np.uint64(begins[row])
        for at in range(0, width, LANES):
            some = _match(starts, words, row, at, bits)
            while some != 0:
                lane = _lowest(some)
                word = bits[lane]
                while word != 0:
                    found[to] = (at + np.int64(lane)) * 64 + np.int64(_lowest(word))
                    to += np.uint64(1)
                    word &= word - np.uint64(1)
                some &= some - np.uint64(1)


@compiled
def sum_rules(
    starts: Array, words: Array, width: Whole, values: Array, counts: Array, sums: Array
) -> None:
    """How many rules match and the sum of their `values`, which the caller keeps within int64."""
    bits = np.empty(LANES, dtype=np.uint64)
    for row in range(len(sums)):
        total: Whole = 0
        count: Whole = 0
        for at in range(0, width, LANES):
            some = _match(starts, words, row, at, bits)
            while some != 0:
                lane = _lowest(some)
                word = bits[lane]
                while word != 0:
                    rule = (at + np.int64(lane)) * 64 + np.int64(_lowest(word))
                    total += values[np.uint64(rule)]
                    count += 1
                    word &= word - np.uint64(1)
                some &= some - np.uint64(1)
        counts[row] = count
        sums[row] = total
