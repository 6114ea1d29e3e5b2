"""The compiled kernel decides every row as the exact path does."""

import pickle
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.dmn import DecisionError, ModelError
from evenhand.dmn.columns import INT64_MAX, INT64_MIN
from tests.rules.dmn_tables import decision, model

WORDS = ["A", "B", "C", "D", "和", ""]

bounds = st.one_of(
    st.integers(-20, 20),
    st.integers(-(10**9), 10**9),
    st.sampled_from([INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX, 10**20, -(10**20)]),
    st.decimals(-20, 20, places=1),
)
numbers = st.one_of(
    st.none(),
    st.integers(-22, 22),
    st.integers(-(10**9), 10**9),
    st.sampled_from([INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX]),
)


@st.composite
def intervals(draw):
    low, high = sorted([draw(bounds), draw(bounds)])
    if low == high:
        return f"[{low}..{high}]"
    return f"{draw(st.sampled_from('[('))}{low}..{high}{draw(st.sampled_from('])'))}"


comparisons = st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">="]), bounds)
number_tests = st.one_of(intervals(), comparisons, bounds.map(str))
string_tests = st.sampled_from([f'"{word}"' for word in WORDS])
boolean_tests = st.sampled_from(["true", "false"])


def cells(tests):
    some = st.lists(tests, min_size=1, max_size=3).map(",".join)
    return st.one_of(st.just("-"), some, some.map("not({})".format))


@st.composite
def tables(draw):
    """A table over x (number), y (string), z (boolean), and rows to put to it."""
    rule = st.tuples(cells(number_tests), cells(string_tests), cells(boolean_tests))
    rules = draw(st.lists(rule, min_size=1, max_size=draw(st.sampled_from([3, 12, 70]))))
    rows = [
        f'{" | ".join(cell)} | {at} | "{WORDS[at % 5]}" | {("true", "false")[at % 2]}'
        for at, cell in enumerate(rules)
    ]
    asked = model(
        decision(
            rows,
            inputs=["x", "y", "z"],
            outputs=["number", "word", "truth"],
            policy=draw(st.sampled_from(["FIRST", "UNIQUE"])),
            defaults=draw(st.sampled_from([(), ("-1", '"none"', "null")])),
        )
    )
    value = st.tuples(
        numbers,
        st.one_of(st.none(), st.sampled_from([*WORDS, "E"])),
        st.sampled_from([None, True, False]),
    )
    return asked, draw(st.lists(value, max_size=40))


def batch_of(values):
    """The rows as Arrow arrays, beginning at an offset into their buffers, with a dictionary in an order of its own."""
    padded = [(7, "E", True), (None, None, None), *values]
    x, y, z = zip(*padded, strict=True)
    words = ["unused", *reversed(WORDS), "E"]
    codes = pa.array([None if word is None else words.index(word) for word in y], pa.int16())
    arrays = [
        pa.array(x, pa.int64()),
        pa.DictionaryArray.from_arrays(codes, pa.array(words)),
        pa.array(z, pa.bool_()),
    ]
    return pa.RecordBatch.from_arrays(arrays, names=["x", "y", "z"]).slice(2)


def exactly(asked, row):
    """What the batch must say of a row, told by the exact path alone."""
    nothing = {"number": None, "word": None, "truth": None}
    inputs = dict(zip("xyz", row, strict=True))
    try:
        why = asked.explain("choice", inputs)
    except DecisionError:
        return {"rule": -2} | nothing
    return {"rule": why.rule or -1} | (why.outputs or nothing)


@settings(
    max_examples=3 * settings.default.max_examples, deadline=None
)  # a longer profile asks more
@given(tables())
def test_the_kernel_says_of_any_table_and_row_what_the_exact_path_says(drawn):
    asked, values = drawn
    program = asked.compile("choice", {"y": [*WORDS, "E"]})
    decided = program.run(batch_of(values))
    assert decided.to_pylist() == [exactly(asked, row) for row in values]


CASES = [
    f"WHEN x >= {10 * at} AND x < {10 * at + 7} AND y <> '{'ABC'[at % 3]}' THEN {at + 1}"
    for at in range(30)
]


def test_the_kernel_agrees_with_a_chain_of_cases_in_sql():
    rows = [f'[{10 * at}..{10 * at + 7}) | not("{"ABC"[at % 3]}") | {at}' for at in range(30)]
    program = model(decision(rows, inputs=["x", "y"])).compile("choice")
    table = pa.table(
        {
            "x": [x % 331 - 10 for x in range(10_000)],
            "y": [("A", "B", "C", "D")[x % 4] for x in range(10_000)],
        }
    )
    rules = program.run(table.to_batches()[0]).column("rule")
    asked = table.append_column("rule", rules)
    query = f"SELECT count(*), count(DISTINCT rule) FROM asked WHERE rule = CASE {' '.join(CASES)} ELSE -1 END"
    with duckdb.connect() as connection:
        connection.register("asked", asked)
        assert connection.execute(query).fetchone() == (10_000, 31)


def test_rules_far_apart_are_told_apart():
    rows = [">= 150 | 200", *(f"{at} | {at}" for at in range(200))]
    first = model(decision(rows, inputs=["x"])).compile("choice")
    only = model(decision(rows, inputs=["x"], policy="UNIQUE")).compile("choice")
    batch = pa.record_batch({"x": [0, 63, 64, 149, 150, 199, 250]})
    assert first.run(batch).column("rule").to_pylist() == [2, 65, 66, 151, 1, 1, 1]
    assert only.run(batch).column("rule").to_pylist() == [2, 65, 66, 151, -2, -2, 1]


def test_a_batch_longer_than_a_block_keeps_its_order():
    program = model(decision([f"{at} | {at}" for at in range(200)], inputs=["x"])).compile("choice")
    values = [at * 7 % 211 for at in range(100_003)]
    decided = program.run(pa.record_batch({"x": pa.array(values, pa.int64())}))
    assert decided.column("answer").to_pylist() == [x if x < 200 else None for x in values]


def test_a_program_survives_a_trip_to_another_process():
    program = model(decision(['< 5 | "A" | 1', "- | - | 2"], inputs=["x", "y"])).compile("choice")
    batch = pa.record_batch({"x": [1, 9, None], "y": ["A", "A", None]})
    again = pickle.loads(pickle.dumps(program))
    assert again.run(batch).equals(program.run(batch))


def test_a_table_that_asks_nothing_needs_no_column():
    program = model(decision(["- | 1"], inputs=["x"])).compile("choice")
    assert program.input_names == ()
    assert program.run(pa.record_batch({"other": [1, 2]})).to_pydict() == {
        "rule": [1, 1],
        "answer": [1, 1],
    }


def test_the_answer_has_the_promised_types_even_for_no_rows():
    program = model(
        decision(['< 5 | 1 | "A" | true'], inputs=["x"], outputs=["n", "s", "b"])
    ).compile("choice")
    none = pa.record_batch({"x": pa.array([], pa.int64())})
    text = pa.dictionary(pa.int16(), pa.string())
    expected = pa.schema([("rule", pa.int16()), ("n", pa.int32()), ("s", text), ("b", pa.bool_())])
    assert program.run(none).schema == expected


@pytest.mark.parametrize("type_", [pa.int8(), pa.int16(), pa.int32(), pa.uint32(), pa.int64()])
def test_whole_numbers_of_any_width_are_decided_alike(type_):
    program = model(decision(["[3..100_] | 1".replace("_", "0"), "- | 2"], inputs=["x"])).compile(
        "choice"
    )
    decided = program.run(pa.record_batch({"x": pa.array([2, 3, 100, None], type_)}))
    assert decided.column("answer").to_pylist() == [2, 1, 1, 2]


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ({"y": [1]}, "needs the column 'x'"),
        ({"x": [1.5]}, "'x' of decision 'choice' is double; expected number"),
        ({"x": ["1"]}, "is string; expected number"),
        ({"x": [Decimal("1.5")]}, "is decimal"),
        ({"x": [True]}, "is bool; expected number"),
    ],
)
def test_a_column_that_is_missing_or_of_another_type_is_an_error(column, says):
    program = model(decision(["< 5 | 1"], inputs=["x"])).compile("choice")
    with pytest.raises(DecisionError, match=says):
        program.run(pa.record_batch(column))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('"X" | 1', r"row 2, column 'y': 'X' is no value of 'y'; expected A, B"),
        (
            '"A" | 1e-34',
            r"row 1, column 'answer': 70000 does not fit a column; expected at most 38",
        ),
        ('"A" | "one"', r"column 'answer': the outputs are of several kinds"),
    ],
)
def test_what_no_column_can_hold_is_refused_when_compiled(row, says):
    asked = model(decision(['"B" | 70000', row], inputs=["y"]))
    with pytest.raises(ModelError, match=says):
        asked.compile("choice", {"y": ["A", "B"]})
