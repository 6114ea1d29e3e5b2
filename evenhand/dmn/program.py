"""A decision table compiled for record batches: the same answers as `Model.evaluate`, millions at a time.

MIN, MAX, PRIORITY and OUTPUT ORDER are settled when the table is compiled: its rules are put in the order of their
outputs, and the first that matches (or each in turn) is the answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa

from evenhand.dmn import kernel, policies
from evenhand.dmn.columns import (
    BITS_MAX,
    CELLS_EXPECTED,
    Column,
    TooMany,
    Words,
    compile_column,
    readers,
    unfit,
)
from evenhand.dmn.errors import DecisionError, ModelError
from evenhand.dmn.results import (
    INT32_MAX,
    NONE_SLOT,
    Result,
    Weights,
    by_slot,
    compile_result,
    compile_weights,
)
from evenhand.dmn.tables import Decision, Input
from evenhand.dmn.values import ORDERED, kind_of, literal_text

BLOCK_ROWS = 16_384  # classes of one block stay in the second-level cache

Fold = Callable[[np.ndarray, int, int], None]


@dataclass(frozen=True, slots=True)
class Program:
    """One compiled table. Holds plain arrays only, so it pickles; build it once per process and run it on any batch."""

    decision: str
    hit_policy: str
    aggregation: str
    columns: tuple[Column, ...]
    guards: tuple[
        Column, ...
    ]  # of the inputs whose values are limited: one rule, which those allowed pass
    output_names: tuple[str, ...]
    results: tuple[Result, ...]  # none of a table that adds or counts
    words: np.ndarray  # uint64, flat
    width: int  # words per class
    guard_words: np.ndarray
    numbers: np.ndarray  # int16, by slot: what `rule` says
    groups: np.ndarray  # int32, of an ANY table: rules with equal outputs have equal groups
    weights: Weights | None  # of a COLLECT SUM table
    default: int | None  # of a COLLECT COUNT table: what stands where no rule matches

    @property
    def input_names(self) -> tuple[str, ...]:
        """Columns a batch must have; inputs whose cells are all `-` and that may hold anything are not among them."""
        named = (column.name for column in (*self.columns, *self.guards))
        return tuple(dict.fromkeys(named))

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Decide every row, in order. Returns `rule` and one column per output.

        UNIQUE, ANY, PRIORITY, FIRST, COLLECT MIN and MAX: `rule` is int16, the 1-based rule whose outputs these are;
        -1 none matched, -2 the rules that match break the hit policy (more than one of a UNIQUE table, different
        outputs of an ANY table). Outputs are as `results.compile_result` says; where no rule matched they are the
        default or null, where `rule` is -2 null.

        RULE ORDER, OUTPUT ORDER, COLLECT: lists of the same. `rule` is list<int16>, empty where none matched; the
        output is null there, or a list of the one default.

        COLLECT SUM and COUNT: `rule` is int16, -1 where none matched, else null. The sum is int64, or decimal128 when
        an output has a fraction; the count int32, 0 where none matched and there is no default.

        A row with a value its input does not allow breaks the table too: `rule` is -2 (in a list: [-2]), outputs null.

        Columns of the batch: whole numbers of any width, bool, strings (dictionaries are fastest), date32, and time,
        timestamp without a zone and duration of any unit. Raises DecisionError for a missing column or another type.
        """
        if not isinstance(batch, pa.RecordBatch):
            raise DecisionError(f"a {type(batch).__name__} was given; expected a RecordBatch")
        if self.aggregation in ("SUM", "COUNT"):
            arrays = self._added(batch)
        elif self.hit_policy in policies.MULTI_HIT and not self.aggregation:
            arrays = self._listed(batch)
        else:
            arrays = self._single(batch)
        return pa.RecordBatch.from_arrays(arrays, names=["rule", *self.output_names])

    def _refused(self, batch: pa.RecordBatch) -> np.ndarray:
        """Which rows hold a value that is not allowed; empty when there are none."""
        found = np.empty(batch.num_rows if self.guards else 0, dtype=np.int16)

        def fold(starts: np.ndarray, begin: int, end: int) -> None:
            kernel.first_rules(starts, self.guard_words, kernel.LANES, found[begin:end])

        if self.guards:
            self._blocks(batch, fold, self.guards)
        refused: np.ndarray = found == kernel.NONE
        return refused if refused.any() else refused[:0]

    def _blocks(
        self, batch: pa.RecordBatch, fold: Fold, columns: tuple[Column, ...] | None = None
    ) -> None:
        """Class block after block of the batch and fold the classes of rows begin..end."""
        rows = batch.num_rows
        reads = readers(self.columns if columns is None else columns, batch, self.decision)
        starts = np.zeros((max(len(reads), 1), min(rows, BLOCK_ROWS)), dtype=np.uint32)
        for begin in range(0, rows, BLOCK_ROWS):
            end = min(begin + BLOCK_ROWS, rows)
            for read, line in zip(reads, starts, strict=False):
                read(begin, end, line[: end - begin])
            # Contiguous also at the end, so that one compiled function serves every block.
            fold(np.ascontiguousarray(starts[:, : end - begin]), begin, end)

    def _single(self, batch: pa.RecordBatch) -> list[pa.Array]:
        found = np.empty(batch.num_rows, dtype=np.int16)

        def fold(starts: np.ndarray, begin: int, end: int) -> None:
            if self.hit_policy == "UNIQUE":
                kernel.only_rules(starts, self.words, self.width, found[begin:end])
            elif self.hit_policy == "ANY":
                kernel.same_rules(starts, self.words, self.width, self.groups, found[begin:end])
            else:
                kernel.first_rules(starts, self.words, self.width, found[begin:end])

        self._blocks(batch, fold)
        refused = self._refused(batch)
        if len(refused):
            found[refused] = kernel.MANY
        all_matched = len(found) == 0 or int(found.min()) >= 0
        return [
            pa.array(by_slot(found, self.numbers), pa.int16()),
            *(result.filled(found, all_matched=all_matched) for result in self.results),
        ]

    def _listed(self, batch: pa.RecordBatch) -> list[pa.Array]:
        parts: list[np.ndarray] = []
        counts = np.empty(batch.num_rows, dtype=np.int32)

        def fold(starts: np.ndarray, begin: int, end: int) -> None:
            kernel.count_rules(starts, self.words, self.width, counts[begin:end])
            begins = _offsets(counts[begin:end])
            found = np.empty(begins[-1], dtype=np.int16)
            kernel.list_rules(starts, self.words, self.width, begins, found)
            parts.append(found)

        self._blocks(batch, fold)
        found = np.concatenate([np.empty(0, dtype=np.int16), *parts])
        refused = self._refused(batch)
        if len(refused):
            found = _instead(found, counts, refused, kernel.MANY)
        numbers = pa.array(by_slot(found, self.numbers), pa.int16())
        lists = [pa.ListArray.from_arrays(pa.array(_offsets(counts)), numbers)]
        none = counts == 0
        has_default = any(result.present[NONE_SLOT] for result in self.results)
        if has_default:
            found = _instead(found, counts, none, kernel.NONE)
            none[:] = False
        absent = none | refused if len(refused) else none
        mask = pa.array(absent) if absent.any() else None
        offsets = pa.array(_offsets(counts))
        for result in self.results:
            values = result.filled(found, all_matched=not (has_default or len(refused)))
            lists.append(pa.ListArray.from_arrays(offsets, values, mask=mask))
        return lists

    def _added(self, batch: pa.RecordBatch) -> list[pa.Array]:
        counts = np.empty(batch.num_rows, dtype=np.int32)
        sums = np.empty(batch.num_rows, dtype=np.int64)

        def fold(starts: np.ndarray, begin: int, end: int) -> None:
            if self.weights is None:
                kernel.count_rules(starts, self.words, self.width, counts[begin:end])
                return
            kernel.sum_rules(
                starts,
                self.words,
                self.width,
                self.weights.values,
                counts[begin:end],
                sums[begin:end],
            )

        self._blocks(batch, fold)
        none = counts == 0
        numbers = np.full(len(none), kernel.NONE, dtype=np.int16)
        refused = self._refused(batch)
        known = ~none
        if len(refused):
            numbers[refused] = kernel.MANY
            known &= ~refused
        rule = pa.array(numbers, pa.int16(), mask=known)
        if self.weights is not None:
            return [rule, self.weights.filled(sums, none, refused)]
        counts[none] = self.default
        return [rule, pa.array(counts, pa.int32(), mask=refused if len(refused) else None)]


def _instead(found: np.ndarray, counts: np.ndarray, rows: np.ndarray, code: int) -> np.ndarray:
    """The lists of all rows, those of `rows` (bool) being the one `code`. Writes into `counts`."""
    kept = np.delete(found, np.repeat(rows, counts).nonzero()[0])
    counts[rows] = 0
    kept = np.insert(kept, _offsets(counts)[:-1][rows], np.int16(code))
    counts[rows] = 1
    return kept


def _offsets(counts: np.ndarray) -> np.ndarray:
    """Where each row's list begins, and the end of the last; int32, as Arrow's lists have them."""
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    if offsets[-1] > INT32_MAX:
        raise DecisionError(f"{offsets[-1]:,} rules match in one batch; decide fewer rows at once")
    return offsets.astype(np.int32)


def compile_decision(
    decision: Decision, vocabularies: Mapping[str, Sequence[str]], file: str
) -> Program:
    """Make the program of one decision; `Model.compile` says what is refused."""
    _check_cells(decision, file)
    _check_vocabularies(decision, vocabularies, file)
    order = _order(decision, file)
    words = Words(len(order))
    columns = tuple(_columns(decision, order, words, file))
    if not columns:
        words.add(np.ones((len(order), 1), dtype=bool))
    guard_words = Words(1)
    guards = tuple(
        compile_column(
            column.expression, _kind(column), [column.limits], guard_words, null_passes=True
        )
        for column in decision.inputs
        if column.limits.tests
    )
    added = decision.aggregation in ("SUM", "COUNT")
    outputs = range(0 if added else len(decision.outputs))
    rows = [decision.rules[rule].outputs for rule in order]
    groups = {row: at for at, row in enumerate(rows)}
    return Program(
        decision=decision.name,
        hit_policy=decision.hit_policy,
        aggregation=decision.aggregation,
        columns=columns,
        guards=guards,
        output_names=tuple(output.name for output in decision.outputs),
        results=tuple(compile_result(decision, at, order, file) for at in outputs),
        words=words.all(),
        width=words.width,
        guard_words=guard_words.all() if guards else words.all()[:0],
        numbers=np.array([kernel.MANY, kernel.NONE, *(rule + 1 for rule in order)], dtype=np.int16),
        groups=np.array([groups[row] for row in rows], dtype=np.int32),
        weights=compile_weights(decision, file) if decision.aggregation == "SUM" else None,
        default=_count_default(decision, file) if decision.aggregation == "COUNT" else None,
    )


def _order(decision: Decision, file: str) -> list[int]:
    """0-based rules in the order in which the first that matches is the answer, or the list stands."""
    order = list(range(len(decision.rules)))
    if decision.hit_policy in policies.RANKED:
        order.sort(key=lambda rule: decision.rank(decision.rules[rule].outputs))
    elif decision.aggregation in ("MIN", "MAX"):
        values = [rule.outputs[0] for rule in decision.rules]
        for rule, value in enumerate(values):
            if kind_of(value) not in ORDERED or kind_of(value) != kind_of(values[0]):
                raise ModelError(
                    f"{literal_text(value)} has no place among the values of a {decision.aggregation}",
                    expected="values of one kind that has an order",
                    file=file,
                    decision=decision.name,
                    row=rule + 1,
                    column=decision.outputs[0].name,
                )
        order.sort(key=values.__getitem__, reverse=decision.aggregation == "MAX")  # type: ignore[arg-type]
    return order


def _count_default(decision: Decision, file: str) -> int:
    default = decision.outputs[0].default
    if default is None:
        return 0
    if isinstance(default, Decimal) and default == int(default) and abs(default) <= INT32_MAX:
        return int(default)
    raise ModelError(
        f"the default {literal_text(default)} is no count",
        expected=f"a whole number of at most {INT32_MAX}",
        file=file,
        decision=decision.name,
        column=decision.outputs[0].name,
    )


def _columns(decision: Decision, order: Sequence[int], words: Words, file: str) -> Iterator[Column]:
    for at, column in enumerate(decision.inputs):
        cells = [decision.rules[rule].cells[at] for rule in order]
        if any(cell.tests for cell in cells):
            try:
                yield compile_column(column.expression, column.kind, cells, words)
            except TooMany as error:
                raise ModelError(
                    str(error),
                    expected=f"at most {BITS_MAX:,} of both multiplied",
                    file=file,
                    decision=decision.name,
                    column=column.label,
                ) from None


def _kind(column: Input) -> str:
    """The kind of a column's values; where no cell tells it, what is allowed does."""
    allowed = column.limits.kinds
    return column.kind or (next(iter(allowed)) if len(allowed) == 1 else "")


def _check_cells(decision: Decision, file: str) -> None:
    """Refuse what no column of a batch can hold."""
    for at, column in enumerate(decision.inputs):
        cells = [(None, column.limits), *enumerate((r.cells[at] for r in decision.rules), start=1)]
        for row, cell in cells:
            problem = unfit(cell, _kind(column))
            if problem:
                raise ModelError(
                    problem,
                    expected=CELLS_EXPECTED,
                    file=file,
                    decision=decision.name,
                    row=row,
                    column=column.label,
                )


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
                        f"{literal_text(test)} is no value of {column.expression!r}",
                        expected=", ".join(known),
                        file=file,
                        decision=decision.name,
                        row=row,
                        column=column.label,
                    )
