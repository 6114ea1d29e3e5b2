"""Random tables of every hit policy hold the compiled kernel, the exact path and SQL to one answer."""

import os
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.dmn import DecisionError
from evenhand.dmn.cells import Cell, Span, literal_text
from tests.rules.dmn_random import POLICIES, Table, random_table

TABLES = 10_000 if os.environ.get("PROVE") == "1" else 1_000

tables = st.builds(
    random_table,
    st.sampled_from(POLICIES),
    seed=st.integers(0, 2**32),
    rules=st.one_of(st.integers(1, 12), st.sampled_from([63, 64, 65, 130])),
    columns=st.integers(1, 5),
    rows=st.integers(0, 24),
)


def differences(table: Table, answers: list[dict[str, object]]) -> list[str]:
    """What is said of a row by the kernel and not by the exact path; nothing when they agree."""
    return [
        f"row {at}: {answer} of {row}, {table.model['choice']}"
        for at, (row, answer) in enumerate(zip(table.rows, answers, strict=True))
        if not agrees(table, row, answer)
    ]


def agrees(table: Table, row: dict[str, object], answer: dict[str, object]) -> bool:
    """The rule and the outputs of one row are what `Model.explain` says."""
    asked = table.model["choice"]
    rule, given = answer["rule"], [answer[name] for name in table.outputs]
    try:
        why = table.model.explain("choice", row)
    except DecisionError:
        return rule == -2 and given == [None] * len(given)
    if asked.hit_policy in ("UNIQUE", "ANY", "PRIORITY", "FIRST"):
        expected = list((why.outputs or dict.fromkeys(table.outputs)).values())
        return rule == (why.rule or -1) and given == expected
    if asked.aggregation in ("SUM", "COUNT"):
        return rule == (None if why.matched else -1) and given == [why.value]
    if asked.aggregation:
        fired = rule == -1 if not why.matched else asked.rules[rule - 1].outputs == (why.value,)
        return fired and (rule == -1 or rule in why.matched) and given == [why.value]
    return agrees_in_a_list(table, why, rule, given)


def agrees_in_a_list(table, why, rules, given) -> bool:
    """A list holds every rule that matches, in its order, with the outputs of each."""
    asked = table.model["choice"]
    if sorted(rules) != list(why.matched):
        return False
    if asked.hit_policy != "OUTPUT ORDER" and rules != sorted(rules):
        return False
    if not rules:
        defaults = None if why.outputs is None else [[value] for value in why.outputs.values()]
        return given == (defaults or [None] * len(given))
    listed = [[asked.rules[rule - 1].outputs[at] for rule in rules] for at in range(len(given))]
    several = len(given) > 1
    values = [[item[n] if several else item for item in why.value] for n in table.outputs]
    return given == listed == values


@settings(max_examples=TABLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables)
def test_the_kernel_says_of_any_table_and_row_what_the_exact_path_says(table):
    decided = table.model.compile("choice").run(table.batch)
    assert not differences(table, decided.to_pylist())


@pytest.mark.parametrize("policy", POLICIES)
def test_a_bit_that_is_wrong_is_noticed(policy):
    """The comparison can fail: one rule is taken out of every class of every table."""
    noticed = 0
    for seed in range(12):
        table = random_table(policy, seed=seed, rules=3, columns=2, rows=24)
        program = table.model.compile("choice")
        assert not differences(table, program.run(table.batch).to_pylist())
        program.words[:] &= ~np.uint64(1 << seed % 3)
        noticed += bool(differences(table, program.run(table.batch).to_pylist()))
    assert noticed


def test_every_hit_policy_is_among_the_random_tables():
    drawn = [random_table(policy, seed=1, rules=3, columns=1, rows=1) for policy in POLICIES]
    named = {(t.model["choice"].hit_policy, t.model["choice"].aggregation) for t in drawn}
    assert len(named) == len(POLICIES) == 11


def sql_of(cell: Cell, column: str) -> str:
    """A cell as a condition that is never null: not("A") lets null pass, no interval lets it pass."""
    if not cell.tests:
        return "true"
    tests = " OR ".join(sql_of_test(test, column) for test in cell.tests)
    if not cell.negated:
        return f"coalesce({tests}, false)"
    of_null = "false" if any(isinstance(test, Span) for test in cell.tests) else "true"
    return f"coalesce(NOT ({tests}), {of_null})"


def sql_of_test(test: object, column: str) -> str:
    if not isinstance(test, Span):
        return f"{column} = {sql_literal(test)}"
    sides = []
    if test.low is not None:
        sides.append(f"{column} {'>=' if test.low_closed else '>'} {sql_literal(test.low)}")
    if test.high is not None:
        sides.append(f"{column} {'<=' if test.high_closed else '<'} {sql_literal(test.high)}")
    return f"({' AND '.join(sides)})"


def sql_literal(value: object) -> str:
    if isinstance(value, Decimal | bool):
        return literal_text(value)
    if isinstance(value, timedelta):
        return f"to_microseconds({value // timedelta(microseconds=1)})"
    kind = {datetime: "TIMESTAMP ", date: "DATE ", time: "TIME "}.get(type(value), "")
    return f"{kind}'{value}'"


def rules_by_sql(table: Table) -> list[int]:
    """The rule of every row, told by a chain of cases; each row carries its number, for DuckDB keeps no order."""
    asked = table.model["choice"]
    names = [column.expression for column in asked.inputs]
    conditions = {
        number: " AND ".join(
            sql_of(cell, name) for cell, name in zip(rule.cells, names, strict=True)
        )
        for number, rule in enumerate(asked.rules, start=1)
    }
    order = list(conditions)
    if asked.hit_policy == "PRIORITY":
        order.sort(
            key=lambda number: [
                output.allowed.index(value)
                for output, value in zip(
                    asked.outputs, asked.rules[number - 1].outputs, strict=True
                )
            ]
        )
    cases = [f"WHEN {conditions[number]} THEN {number}" for number in order]
    if asked.hit_policy == "UNIQUE":
        hits = " + ".join(f"({condition})::INTEGER" for condition in conditions.values())
        cases.insert(0, f"WHEN {hits} > 1 THEN -2")
    columns = [
        array.cast(pa.time64("us")) if pa.types.is_time(array.type) else array
        for array in table.batch.columns
    ]
    numbered = pa.table([*columns, pa.array(range(table.batch.num_rows))], [*names, "row"])
    with duckdb.connect() as connection:
        connection.register("asked", numbered)
        query = f"SELECT row, CASE {' '.join(cases)} ELSE -1 END FROM asked"
        found = dict(connection.execute(query).fetchall())
    return [found[row] for row in range(table.batch.num_rows)]


@settings(max_examples=TABLES // 20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.builds(
        random_table,
        st.sampled_from(["FIRST", "UNIQUE", "PRIORITY"]),
        seed=st.integers(0, 2**32),
        rules=st.integers(1, 12),
        columns=st.integers(1, 4),
        rows=st.integers(1, 40),
    )
)
def test_a_chain_of_cases_in_sql_finds_the_same_rule(table):
    decided = table.model.compile("choice").run(table.batch)
    assert decided.column("rule").to_pylist() == rules_by_sql(table)
