"""The compiled kernel against the other ways to run a decision table, in CPU time per row.

./dev bench kernel --rows 10000000 --rules 200

One FIRST table over 8 inputs (5 whole numbers, 3 strings; columns as the night has them), random rules and rows. In
the full table every rule asks all eight inputs and most rows match only the last; in the sparse one four or five, and
most rows match early, which spares a CASE chain most of its work. DuckDB runs the table as a CASE chain, Polars as
when/then, both with all their threads, strings as text and as codes (ENUM, Enum); zen-engine takes one record at a
time; numpy sums the columns once. A row means a further row: planning is printed apart and left out of the ratios, in
favour of the others. The kernel's own figure holds everything, outputs too. Every engine must find the same rules, or
the run fails.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import zen

from benchmarks.machine import machine
from benchmarks.strategies import CODES, INPUTS, make_facts, make_table
from evenhand.dmn import Model, Program, loads
from evenhand.dmn.cells import Cell, Span
from evenhand.dmn.tables import Decision

SIZES = (20, 200, 1000)
BATCH = 1_000_000
RECORDS = 1_000


def cpu(step: Callable[[], object], repeat: int = 3) -> float:
    """Seconds of CPU, all threads together, of the cheapest of some runs."""
    spent = []
    for _ in range(repeat):
        began = time.process_time()
        step()
        spent.append(time.process_time() - began)
    return min(spent)


def columns_sum(facts: pa.RecordBatch) -> int:
    """One pass over the columns the table reads: the floor."""
    total = 0
    for column in facts.columns:
        values = column.indices if pa.types.is_dictionary(column.type) else column
        total += int(values.to_numpy().sum())
    return total


def kernel_costs(programs: dict[int, Program], rows: int) -> tuple[float, dict[int, float]]:
    """CPU ns per row of the sum and of each program, batch after batch of rows that none has seen before."""
    floor, spent = 0.0, dict.fromkeys(programs, 0.0)
    for program in programs.values():
        program.run(make_facts(1_000, 0))
    batches = -(-rows // BATCH)
    for seed in range(batches):
        facts = make_facts(BATCH, seed)
        floor += cpu(lambda: columns_sum(facts))  # noqa: B023 - run at once
        for size, program in programs.items():
            spent[size] += cpu(lambda: program.run(facts))  # noqa: B023
    count = batches * BATCH / 1e9
    return floor / count, {size: seconds / count for size, seconds in spent.items()}


def sql(cell: Cell, name: str) -> str:
    """A cell of these tables as a condition in SQL."""
    if not isinstance(cell.tests[0], Span):
        words = ", ".join(f"'{word}'" for word in cell.tests)
        return f"{name} IN ({words})"
    low, high = cell.tests[0].low, cell.tests[0].high
    sides = [f"{name} >= {low}"] if low is not None else []
    return " AND ".join([*sides, f"{name} < {high}"] if high is not None else sides)


def expression(cell: Cell, name: str, *, coded: bool) -> pl.Expr:
    """The same for Polars."""
    if not isinstance(cell.tests[0], Span):
        kind = pl.Enum(CODES[name]) if coded else pl.String
        return pl.col(name).is_in(pl.Series([list(cell.tests)], dtype=pl.List(kind)).first())
    low, high = cell.tests[0].low, cell.tests[0].high
    sides = [pl.col(name) >= int(low)] if low is not None else []
    return pl.all_horizontal([*sides, pl.col(name) < int(high)] if high is not None else sides)


def asked(table: Decision) -> Iterable[tuple[int, list[tuple[Cell, str]]]]:
    """The rules but for the last, which matches anything: number, and the cells that ask something."""
    for number, rule in enumerate(table.rules[:-1], start=1):
        cells = zip(rule.cells, INPUTS, strict=True)
        yield number, [(cell, name) for cell, name in cells if cell.tests]


def duckdb_costs(
    table: Decision, facts: pa.RecordBatch, *, coded: bool
) -> tuple[float, float, np.ndarray]:
    """CPU seconds to plan, CPU ns a further row, and the rules."""
    cases = " ".join(
        f"WHEN {' AND '.join(f'({sql(cell, name)})' for cell, name in cells)} THEN {number}"
        for number, cells in asked(table)
    )
    numbered = pa.Table.from_batches([facts]).append_column(
        "row", pa.array(np.arange(facts.num_rows))
    )
    with duckdb.connect() as connection:
        connection.register("numbered", numbered)
        for name, words in CODES.items():
            listed = ", ".join(f"'{word}'" for word in words)
            connection.execute(f"CREATE TYPE {name}_codes AS ENUM ({listed})")
        kinds = {name: f"{name}_codes" if coded else "VARCHAR" for name in CODES}
        typed = [f"{n}::{kinds[n]} AS {n}" if n in kinds else n for n in (*INPUTS, "row")]
        connection.execute(f"CREATE TABLE facts AS SELECT {', '.join(typed)} FROM numbered")
        query = f"SELECT row, CASE {cases} ELSE {len(table.rules)} END AS rule FROM facts"

        def run(condition: str = "") -> pa.Table:
            return connection.sql(query + condition).to_arrow_table()

        plan, whole = cpu(lambda: run(" WHERE row < 0")), cpu(run)
        found = run().sort_by("row").column("rule").to_numpy()  # DuckDB keeps no order
    return plan, (whole - plan) / facts.num_rows * 1e9, found


def polars_costs(
    table: Decision, facts: pa.RecordBatch, *, coded: bool
) -> tuple[float, float, np.ndarray]:
    """The same for Polars."""
    frame = pl.from_arrow(pa.Table.from_batches([facts]))
    assert isinstance(frame, pl.DataFrame)
    frame = frame.with_columns([pl.col(name).cast(pl.String) for name in CODES])
    if coded:
        frame = frame.with_columns([pl.col(n).cast(pl.Enum(words)) for n, words in CODES.items()])
    chain = pl
    for number, cells in asked(table):
        whole = pl.all_horizontal([expression(cell, name, coded=coded) for cell, name in cells])
        chain = chain.when(whole).then(pl.lit(number, pl.Int16))
    rule = chain.otherwise(pl.lit(len(table.rules), pl.Int16)).alias("rule")
    plan = cpu(lambda: frame.head(0).select(rule))
    spent = cpu(lambda: frame.select(rule))
    found = frame.select(rule)["rule"].to_numpy()
    return plan, (spent - plan) / facts.num_rows * 1e9, found


def zen_costs(table: Decision, facts: pa.RecordBatch) -> tuple[float, np.ndarray]:
    """CPU ns a record, and the rules."""
    rules = [
        {"_id": f"r{number}", "answer": str(number)}
        | {
            name: str(cell) if cell.tests else ""
            for cell, name in zip(rule.cells, INPUTS, strict=True)
        }
        for number, rule in enumerate(table.rules, start=1)
    ]
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": name, "name": name, "field": name} for name in INPUTS],
        "outputs": [{"id": "answer", "name": "answer", "field": "answer"}],
        "rules": rules,
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": content},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": "a", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "b", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    records = facts.to_pylist()
    decision.evaluate(records[0])
    spent = cpu(lambda: [decision.evaluate(record) for record in records], 1)
    found = [decision.evaluate(record)["result"]["answer"] for record in records]
    return spent / len(records) * 1e9, np.array(found)


def scalar_costs(model: Model, facts: pa.RecordBatch) -> tuple[float, np.ndarray]:
    """CPU ms to evaluate and to explain one record, and the rules."""
    records = facts.to_pylist()

    def both() -> None:
        for record in records:
            model.evaluate("choice", record)
            model.explain("choice", record)

    found = [model.explain("choice", record).rule for record in records]
    return cpu(both) / len(records) * 1e3, np.array(found)


def agree(name: str, found: np.ndarray, rules: np.ndarray) -> None:
    """Stop the run when an engine found other rules than the kernel."""
    differ = int((found != rules[: len(found)]).sum())
    if differ:
        sys.exit(f"{name} finds another rule than the kernel in {differ:,} of {len(found):,} rows")


def verdict(reached: bool) -> str:
    """How every figure ends."""
    return "reached" if reached else "not reached"


def compare(model: Model, kernel: float, rows: int, *, kind: str) -> None:
    """Print what the other engines cost for one table, against `kernel` ns a row."""
    table = model["choice"]
    facts = make_facts(rows, 1_000)
    rules = model.compile("choice").run(facts).column("rule").to_numpy()
    last = (rules == len(table.rules)).mean()
    print(
        f"{len(table.rules)} rules, {kind} table ({last:.0%} of rows match only the last), "
        f"kernel {kernel:.2f} ns:"
    )
    for name, costs_of in (("DuckDB CASE chain", duckdb_costs), ("Polars when/then", polars_costs)):
        for coded in (False, True):
            plan, row, found = costs_of(table, facts, coded=coded)
            agree(name, found, rules)
            times = row / kernel
            print(
                f"  {name + (', codes' if coded else ', text'):26}{row:10,.0f} ns a row of {rows:,} (planning "
                f"{plan:.2f} s apart): {times:6,.0f}×, goal 200×: {verdict(times >= 200)}"
            )
    few = facts.slice(0, RECORDS)
    row, found = zen_costs(table, few)
    agree("zen-engine", found, rules)
    times = row / kernel
    print(
        f"  {'zen-engine':26}{row:10,.0f} ns a record of {RECORDS:,}: "
        f"{times:,.0f}×, goal 10,000×: {verdict(times >= 10_000)}"
    )
    milliseconds, found = scalar_costs(model, few)
    agree("Model.explain", found, rules)
    print(
        f"  evaluate and explain one record: {milliseconds:.2f} ms, "
        f"goal under 2: {verdict(milliseconds < 2)}"
    )


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--rules", type=int, default=200)
    options.add_argument("--others", type=int, default=200_000, help="rows for DuckDB and Polars")
    chosen = options.parse_args()
    print(machine())
    for full in (True, False):
        kind = "full" if full else "sparse"
        sizes = sorted({*SIZES, chosen.rules})
        models = {size: loads(make_table(size, full=full)) for size in sizes}
        programs = {size: model.compile("choice") for size, model in models.items()}
        floor, costs = kernel_costs(programs, chosen.rows)
        print(
            f"kernel, {kind} tables, {chosen.rows:,} rows, CPU ns a row; "
            f"numpy sum of the same columns {floor:.2f}"
        )
        for size, cost in costs.items():
            print(f"  {size:5} rules {cost:8.2f}   {cost / floor:5.1f} sums")
        compare(models[chosen.rules], costs[chosen.rules], chosen.others, kind=kind)
    print("every engine found the same rules")


if __name__ == "__main__":
    main()
