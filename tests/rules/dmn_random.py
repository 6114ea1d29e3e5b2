"""Random decision tables of every hit policy and kind of column, and rows that lie at the edges of their cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pyarrow as pa

from evenhand.dmn import Model
from tests.rules.dmn_tables import decision, model

POLICIES = (
    "UNIQUE",
    "ANY",
    "PRIORITY",
    "FIRST",
    "RULE ORDER",
    "OUTPUT ORDER",
    "COLLECT",
    "COLLECT SUM",
    "COLLECT COUNT",
    "COLLECT MIN",
    "COLLECT MAX",
)
WORDS = ("A", "B", "C", "和", "")
NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - cells and columns without a zone
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
WHOLE = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32())
UNITS = ("s", "ms", "us", "ns")


@dataclass(frozen=True)
class Column:
    """One input of a random table: its cells, the values worth asking about, and the Arrow type they come in."""

    kind: str
    cells: tuple[str, ...]
    values: tuple[object, ...]
    type: pa.DataType


@dataclass(frozen=True)
class Table:
    """A model with one decision `choice`, and a batch to put to it with the same rows as values."""

    model: Model
    rows: tuple[dict[str, object], ...]
    batch: pa.RecordBatch
    outputs: tuple[str, ...]


def random_table(policy: str, *, seed: int, rules: int, columns: int, rows: int) -> Table:
    """The table of these numbers; the same numbers give the same table."""
    choose = Random(f"{policy} {seed}")
    names = tuple(f"x{at}" for at in range(columns))
    asked = {name: _column(choose, rules) for name in names}
    outputs, lines, defaults, values = _outputs(choose, policy, rules)
    cells = zip(*(column.cells for column in asked.values()), strict=True)
    made = model(
        decision(
            [" | ".join([*tests, *given]) for tests, given in zip(cells, lines, strict=True)],
            inputs=names,
            outputs=outputs,
            policy=policy,
            defaults=defaults,
            values=values,
        ),
        facts=names,
    )
    put = [{name: _value(choose, column) for name, column in asked.items()} for _ in range(rows)]
    return Table(made, tuple(put), _batch(choose, asked, put), outputs)


def _value(choose: Random, column: Column) -> object:
    return None if choose.random() < 0.1 else choose.choice(column.values)


def _column(choose: Random, rules: int) -> Column:
    kind = choose.choice(tuple(_KINDS))
    literal, values, types = _KINDS[kind](choose)
    empty = choose.choice((0.0, 0.3, 0.7, 1.0))
    cells = tuple(
        "-" if choose.random() < empty else _cell(choose, kind, values, literal)
        for _ in range(rules)
    )
    return Column(kind, cells, _around(kind, values, types), types)


def _cell(
    choose: Random, kind: str, values: Sequence[object], literal: Callable[[object], str]
) -> str:
    ordered = kind != "boolean"
    tests = [
        _test(choose, values, literal) if ordered else literal(choose.choice(values))
        for _ in range(choose.choice((1, 1, 2, 3)))
    ]
    text = ",".join(tests)
    return f"not({text})" if choose.random() < 0.25 else text


def _test(choose: Random, values: Sequence[object], literal: Callable[[object], str]) -> str:
    shape = choose.randrange(4)
    if shape == 0:
        return literal(choose.choice(values))
    if shape == 1:
        return f"{choose.choice(('<', '<=', '>', '>='))} {literal(choose.choice(values))}"
    low, high = sorted((choose.choice(values), choose.choice(values)))
    if low == high:
        return f"[{literal(low)}..{literal(high)}]"
    return f"{choose.choice('[(]')}{literal(low)}..{literal(high)}{choose.choice('])[')}"


Kind = tuple[Callable[[object], str], tuple[object, ...], pa.DataType]


def _numbers(choose: Random) -> Kind:
    reach = choose.choice((5, 200, 10**6, 10**15))
    values: list[Decimal] = [
        Decimal(choose.randint(-reach, reach)) for _ in range(choose.randint(1, 40))
    ]
    if choose.random() < 0.3:
        values += [Decimal(choose.randint(-90, 90)) / 8 for _ in range(4)]
    if choose.random() < 0.1:
        values += [
            Decimal(v)
            for v in (INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX, 10**20, -(10**20))
        ]
    return (lambda value: f"{value:f}"), tuple(values), choose.choice(WHOLE)


def _strings(choose: Random) -> Kind:
    text = choose.choice(
        (
            pa.string(),
            pa.large_string(),
            pa.dictionary(pa.int16(), pa.string()),
            pa.dictionary(pa.uint8(), pa.string()),
        )
    )
    return (lambda value: f'"{value}"'), WORDS, text


def _booleans(_choose: Random) -> Kind:
    return (lambda value: "true" if value else "false"), (True, False), pa.bool_()


def _dates(choose: Random) -> Kind:
    days = [date(2026, 9, 1) + timedelta(choose.randint(-400, 400)) for _ in range(12)]
    return (lambda value: f'date("{value}")'), tuple(days), pa.date32()


def _clocks(choose: Random) -> Kind:
    unit = choose.choice(UNITS)
    steps = [_step(choose, unit, 10**7) for _ in range(12)]
    moments = tuple(NOON + step for step in steps)
    return (lambda value: f'date and time("{value.isoformat()}")'), moments, pa.timestamp(unit)


def _times(choose: Random) -> Kind:
    unit = choose.choice(UNITS)
    steps = [_step(choose, unit, 40_000) for _ in range(12)]
    times = tuple((NOON + step).time() for step in steps)
    kind = pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)
    return (lambda value: f'time("{value.isoformat()}")'), times, kind


def _spans(choose: Random) -> Kind:
    unit = choose.choice(UNITS)
    spans = tuple(_step(choose, unit, 10**7) for _ in range(12))
    return _span_text, spans, pa.duration(unit)


def _step(choose: Random, unit: str, reach: int) -> timedelta:
    """A span of time that a column of that unit can hold."""
    step = {"s": 10**6, "ms": 1000}.get(unit, 1)
    return timedelta(microseconds=choose.randint(-reach * 10**6, reach * 10**6) // step * step)


def _span_text(value: timedelta) -> str:
    sign, size = ("-", -value) if value < timedelta(0) else ("", value)
    return f'duration("{sign}P{size.days}DT{size.seconds}.{size.microseconds:06}S")'


_KINDS: dict[str, Callable[[Random], Kind]] = {
    "number": _numbers,
    "string": _strings,
    "boolean": _booleans,
    "date": _dates,
    "date and time": _clocks,
    "time": _times,
    "days and time duration": _spans,
}


def _around(kind: str, values: Sequence[object], type_: pa.DataType) -> tuple[object, ...]:
    """The values themselves, their neighbours and one the cells do not name, as far as the column can hold them."""
    if kind == "number":
        low, high = (INT64_MIN, INT64_MAX) if type_ == pa.int64() else _range(type_)
        near = {int(v) + step for v in values for step in (-1, 0, 1)} | {0, low, high}
        return tuple(Decimal(v) for v in sorted(near) if low <= v <= high)
    if kind == "string":
        return (*values, "unnamed", "AB")
    if kind == "date":
        return tuple(value + timedelta(step) for value in values for step in (-1, 0, 1))
    return tuple(values)


def _range(type_: pa.DataType) -> tuple[int, int]:
    width = type_.bit_width
    return (
        (0, 2**width - 1)
        if pa.types.is_unsigned_integer(type_)
        else (-(2 ** (width - 1)), 2 ** (width - 1) - 1)
    )


def _outputs(
    choose: Random, policy: str, rules: int
) -> tuple[tuple[str, ...], list[list[str]], tuple[str, ...], tuple[str, ...]]:
    """Names, the entries of each rule, the defaults (perhaps none) and the allowed values (perhaps none)."""
    ranked = policy in ("PRIORITY", "OUTPUT ORDER")
    collected = policy.startswith("COLLECT ")
    count = 1 if collected else choose.choice((1, 1, 2, 3))
    makers = [_entry_maker(choose, policy) for _ in range(count)]
    few = choose.randint(1, 4) if policy == "ANY" else rules
    lines = [[make(at % few) for make in makers] for at in range(rules)]
    values = tuple(_allowed(choose) for _ in makers) if ranked else ()
    default = [make(rules) for make in makers]
    if policy == "COLLECT COUNT":
        default = ["-7"]
    return (
        tuple(f"y{at}" for at in range(count)),
        lines,
        tuple(default) if choose.random() < 0.4 else (),
        values,
    )


def _allowed(choose: Random) -> str:
    words = choose.sample(WORDS, len(WORDS))
    return ",".join(f'"{word}"' for word in words)


def _entry_maker(choose: Random, policy: str) -> Callable[[int], str]:
    """A function that gives the output entry of a rule; entries of one output are of one kind, perhaps null."""
    null = (
        0.1 if policy in ("FIRST", "UNIQUE", "ANY", "RULE ORDER", "COLLECT", "COLLECT COUNT") else 0
    )
    ordered = ("whole", "fraction", "word", "large", "day", "span")
    kinds = {
        "COLLECT MIN": ordered,
        "COLLECT MAX": ordered,
        "COLLECT SUM": ("whole", "fraction"),
        "PRIORITY": ("word",),
        "OUTPUT ORDER": ("word",),
    }
    kind = choose.choice(
        kinds.get(policy, ("whole", "fraction", "word", "truth", "large", "day", "span"))
    )
    shift = choose.randrange(1000)

    def entry(at: int) -> str:
        made = Random(at * 1000 + shift)
        if made.random() < null:
            return "null"
        return {
            "whole": str(made.randint(-50, 50)),
            "fraction": f"{Decimal(made.randint(-5000, 5000)) / 1000:f}",
            "large": str(made.randint(-(10**18), 10**18)),
            "word": f'"{made.choice(WORDS)}"',
            "truth": made.choice(("true", "false")),
            "day": f'date("2026-09-{made.randint(1, 30):02}")',
            "span": f'duration("PT{made.randint(1, 30)}M")',
        }[kind]

    return entry


def _batch(
    choose: Random, asked: dict[str, Column], put: Sequence[dict[str, object]]
) -> pa.RecordBatch:
    """The rows as Arrow arrays that begin at an offset into their buffers."""
    skipped = choose.randrange(3)
    arrays = []
    for name, column in asked.items():
        values = [choose.choice(column.values) for _ in range(skipped)] + [row[name] for row in put]
        arrays.append(_array(choose, values, column))
    return pa.RecordBatch.from_arrays(arrays, names=list(asked)).slice(skipped)


def _array(choose: Random, values: Sequence[object], column: Column) -> pa.Array:
    if not pa.types.is_dictionary(column.type):
        whole = [int(v) if isinstance(v, Decimal) else v for v in values]
        return pa.array(whole, column.type)
    words = ["unused", *choose.sample([*WORDS, "unnamed", "AB"], len(WORDS) + 2), None]
    codes = [
        choose.choice((None, len(words) - 1)) if value is None else words.index(value)
        for value in values
    ]
    return pa.DictionaryArray.from_arrays(pa.array(codes, column.type.index_type), pa.array(words))
