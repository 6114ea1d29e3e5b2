"""The compiled kernel decides every row as the exact path does."""

import pickle
from datetime import timedelta
from decimal import Context, Decimal, localcontext

import duckdb
import pyarrow as pa
import pytest

from evenhand.dmn import DecisionError, ModelError
from evenhand.dmn.columns import INT64_MAX, INT64_MIN
from tests.rules.dmn_tables import decision, model

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


def test_a_column_that_stands_twice_and_what_is_no_batch_are_errors():
    program = model(decision(["< 5 | 1"], inputs=["x"])).compile("choice")
    ones = pa.array([1])
    with pytest.raises(DecisionError, match="needs the column 'x' once; the batch has 2 of it"):
        program.run(pa.RecordBatch.from_arrays([ones, ones], names=["x", "x"]))
    with pytest.raises(DecisionError, match="a Table was given; expected a RecordBatch"):
        program.run(pa.table({"x": ones}))


@pytest.mark.parametrize(
    "cell", ["< 5", '"A"', "true", "date(2026, 1, 1)", 'time("08:00:00")', 'duration("P1D")']
)
def test_a_column_that_arrow_knows_nothing_of_but_nulls_is_null(cell):
    program = model(decision([f"{cell} | 1", "- | 2"], inputs=["x"])).compile("choice")
    decided = program.run(pa.record_batch({"x": [None, None]}))
    assert decided.column("answer").to_pylist() == [2, 2]


@pytest.mark.parametrize(("unit", "value"), [("ns", 1), ("s", 2**62)])
def test_a_moment_that_no_cell_can_tell_is_an_error(unit, value):
    cell = '< date and time("2026-01-01T00:00:00")'
    program = model(decision([f"{cell} | 1"], inputs=["x"])).compile("choice")
    with pytest.raises(DecisionError, match="'x' holds values that are no whole microseconds"):
        program.run(pa.record_batch({"x": pa.array([value], pa.timestamp(unit))}))


def test_a_table_that_would_fill_the_memory_is_refused_when_compiled():
    cells = [",".join(str(1000 * row + 2 * at) for at in range(400)) for row in range(600)]
    asked = model(decision([f"{cell} | 1" for cell in cells], inputs=["x"]))
    with pytest.raises(ModelError, match=r"column 'x': 600 rules tell 480,001 classes of values"):
        asked.compile("choice")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('"X" | 1', r"row 2, column 'y': \"X\" is no value of 'y'; expected A, B"),
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


OVERLAPPING = ['< 5 | "B"', '< 10 | "A"', '< 3 | "B"']


def run(policy, rows=OVERLAPPING, **more):
    """Rule and answer of x = 1, 7, 20 and null."""
    program = model(decision(rows, inputs=["x"], policy=policy, **more)).compile("choice")
    decided = program.run(pa.record_batch({"x": pa.array([1, 7, 20, None], pa.int64())}))
    return decided.column("rule").to_pylist(), decided.column("answer").to_pylist()


@pytest.mark.parametrize(
    ("policy", "rules", "answers"),
    [
        ("FIRST", [1, 2, -1, -1], ["B", "A", None, None]),
        ("UNIQUE", [-2, 2, -1, -1], [None, "A", None, None]),
        ("ANY", [-2, 2, -1, -1], [None, "A", None, None]),
        ("PRIORITY", [2, 2, -1, -1], ["A", "A", None, None]),
        ("RULE ORDER", [[1, 2, 3], [2], [], []], [["B", "A", "B"], ["A"], None, None]),
        ("OUTPUT ORDER", [[2, 1, 3], [2], [], []], [["A", "B", "B"], ["A"], None, None]),
        ("COLLECT", [[1, 2, 3], [2], [], []], [["B", "A", "B"], ["A"], None, None]),
        ("COLLECT COUNT", [None, None, -1, -1], [3, 1, 0, 0]),
        ("COLLECT MIN", [2, 2, -1, -1], ["A", "A", None, None]),
        ("COLLECT MAX", [1, 2, -1, -1], ["B", "A", None, None]),
    ],
)
def test_every_hit_policy_folds_the_rules_that_match(policy, rules, answers):
    assert run(policy, values=['"A","B"']) == (rules, answers)


def test_any_takes_rules_that_agree_for_one():
    assert run("ANY", ['< 5 | "A"', '< 10 | "A"'])[0] == [1, 2, -1, -1]


def test_sums_are_exact_and_keep_their_fractions():
    rows = ["< 5 | 0.1", "< 10 | 0.2", "< 3 | -4.25"]
    assert run("COLLECT SUM", rows)[1] == [Decimal("-3.95"), Decimal("0.20"), None, None]
    assert run("COLLECT SUM", ["< 5 | 1", "< 10 | 2"])[1] == [3, 2, None, None]


def test_an_output_keeps_all_of_its_34_digits_whatever_the_caller_has_set():
    long = "0.1234567890123456789012345678901234"
    with localcontext(Context(prec=5)):
        assert run("FIRST", [f"< 5 | {long}"])[1] == [Decimal(long), None, None, None]
        assert run("COLLECT SUM", ["< 5 | 1234567.5"])[1][0] == Decimal("1234567.5")


@pytest.mark.parametrize(
    ("policy", "rows", "default", "answers"),
    [
        ("COLLECT SUM", ["< 5 | 0.5"], "-1", [Decimal("0.5"), -1, -1, -1]),
        ("COLLECT COUNT", ["< 5 | 9"], "-1", [1, -1, -1, -1]),
        ("COLLECT", ["< 5 | 9"], "-1", [[9], [-1], [-1], [-1]]),
        ("COLLECT MIN", ["< 5 | 9"], "-1", [9, -1, -1, -1]),
    ],
)
def test_the_default_stands_where_no_rule_matches(policy, rows, default, answers):
    assert run(policy, rows, defaults=[default])[1] == answers


def test_lists_of_several_outputs_lie_side_by_side():
    rows = ['< 5 | "A" | 1', "< 10 | null | 2.5"]
    program = model(
        decision(rows, inputs=["x"], outputs=["word", "share"], policy="RULE ORDER")
    ).compile("choice")
    decided = program.run(pa.record_batch({"x": [1, 9, 99]}))
    assert decided.to_pydict() == {
        "rule": [[1, 2], [2], []],
        "word": [["A", None], [None], None],
        "share": [[Decimal("1.0"), Decimal("2.5")], [Decimal("2.5")], None],
    }


def test_no_rows_keep_the_types_of_every_policy():
    none = pa.record_batch({"x": pa.array([], pa.int64())})

    def types(policy, rows):
        program = model(decision(rows, inputs=["x"], policy=policy)).compile("choice")
        return program.run(none).schema.types

    assert types("COLLECT", ["< 5 | 1"]) == [pa.list_(pa.int16()), pa.list_(pa.int32())]
    assert types("COLLECT SUM", ["< 5 | 1"]) == [pa.int16(), pa.int64()]
    assert types("COLLECT SUM", ["< 5 | 1.25"]) == [pa.int16(), pa.decimal128(38, 2)]
    assert types("COLLECT COUNT", ['< 5 | "A"']) == [pa.int16(), pa.int32()]
    assert types("COLLECT MAX", ["< 5 | 5000000000"]) == [pa.int16(), pa.decimal128(38, 0)]


@pytest.mark.parametrize(
    ("policy", "rows", "default", "says"),
    [
        ("COLLECT SUM", ['< 5 | "A"'], None, "row 1, column 'answer': \"A\" cannot be added"),
        ("COLLECT SUM", ["< 5 | 1", "- | null"], None, "row 2, column 'answer': null cannot"),
        ("COLLECT SUM", ["< 5 | 9e18", "- | 9e18"], None, "may need more than"),
        ("COLLECT SUM", ["< 5 | 9"], '"none"', 'the default "none" is no number'),
        ("COLLECT COUNT", ["< 5 | 9"], "0.5", "is no count"),
        ("COLLECT MIN", ["< 5 | 1", "- | null"], None, "row 2, column 'answer': null has no place"),
    ],
)
def test_outputs_that_cannot_be_folded_exactly_are_refused_when_compiled(
    policy, rows, default, says
):
    defaults = [default] if default else ()
    asked = model(decision(rows, inputs=["x"], policy=policy, defaults=defaults))
    with pytest.raises(ModelError, match=says):
        asked.compile("choice")


@pytest.mark.parametrize("last", [10**5, INT64_MAX - 1])
@pytest.mark.parametrize("spread", [1, 500, 10**6, 10**13])
def test_cuts_are_found_however_close_or_far_apart_they_lie(spread, last):
    cuts = sorted({*range(5), *(5 + at * spread for at in range(1, 90)), last})
    program = model(decision([f"< {at} | {at}" for at in cuts], inputs=["x"])).compile("choice")
    values = sorted({cut + step for cut in cuts for step in (-1, 0, 1)} | {INT64_MIN})
    decided = program.run(pa.record_batch({"x": pa.array(values, pa.int64())}))
    expected = [next((cut for cut in cuts if value < cut), None) for value in values]
    assert decided.column("answer").to_pylist() == expected


@pytest.mark.parametrize(
    ("policy", "rules", "answers"),
    [
        ("FIRST", [1, 2, -2, -1], [1, 2, None, 9]),
        ("RULE ORDER", [[1, 2], [2], [-2], []], [[1, 2], [2], None, [9]]),
        ("COLLECT SUM", [None, None, -2, -1], [3, 2, None, 9]),
        ("COLLECT COUNT", [None, None, -2, -1], [2, 1, None, 9]),
    ],
)
def test_a_value_that_is_not_allowed_breaks_the_table(policy, rules, answers):
    limited = {"limits": ["[0..10]"], "defaults": ["9"]}
    assert run(policy, ["< 5 | 1", "< 10 | 2"], **limited) == (rules, answers)


def test_a_limited_input_is_needed_even_when_no_cell_asks_for_it():
    asked = model(decision(["- | 1"], inputs=["x"], limits=["[0..10]"]))
    program = asked.compile("choice")
    assert program.input_names == ("x",)
    decided = program.run(pa.record_batch({"x": [5, 11, None]}))
    assert decided.column("rule").to_pylist() == [1, -2, 1]


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ('< date and time("2026-09-01T00:00:00Z")', "row 1, column 'x': the cell .* names a zone"),
        ('< duration("P1Y")', "asks for a years and months duration, which no column holds"),
        ("< y + 1", "row 1, column 'x'"),
    ],
)
def test_a_cell_that_no_column_can_answer_is_refused_when_compiled(cell, says):
    with pytest.raises(ModelError, match=says):
        model(decision([f"{cell} | - | 1"], inputs=["x", "y"])).compile("choice")


def test_dates_times_and_durations_are_classed_in_any_unit():
    row = 'date("2026-09-01") | [time("08:00:00")..time("21:00:00")) | <= duration("P1D") | 1'
    program = model(decision([row], inputs=["x", "y", "z"])).compile("choice")
    days = pa.array([20697, 20698], pa.int32()).cast(pa.date32())  # 2026-09-01 is day 20,697
    for clock, span in (("s", "ms"), ("ns", "ns")):
        kind = pa.time32(clock) if clock == "s" else pa.time64(clock)
        second = {"s": 1, "ns": 10**9}[clock]
        opens = pa.array([8 * 3600 * second, 21 * 3600 * second]).cast(
            pa.int32() if clock == "s" else pa.int64()
        )
        waits = pa.array([timedelta(days=1), timedelta(days=2)], pa.duration(span))
        for other in range(2):
            batch = pa.record_batch(
                {"x": days, "y": opens.cast(kind).take([0, other]), "z": waits.take([other, 0])}
            )
            found = program.run(batch).column("rule").to_pylist()
            assert found == [(-1 if other else 1), -1]


def test_a_column_with_a_zone_is_refused_where_cells_have_none():
    row = '< date and time("2026-09-01T00:00:00") | 1'
    program = model(decision([row], inputs=["x"])).compile("choice")
    with pytest.raises(DecisionError, match="expected date and time"):
        program.run(pa.record_batch({"x": pa.array([1], pa.timestamp("us", "UTC"))}))
