"""What a trial counts in one partition: what the night decided beside what the other strategy would decide.

Whole numbers only, nothing about one person. Tallies of partitions are added key by key (`tally.added`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.cycle.birth_years import AGE_BANDS
from evenhand.cycle.people import codes, ints
from evenhand.cycle.tally import Tally
from evenhand.cycle.treat import ACTIONS
from evenhand.strategy.judge import COLUMNS, TABLES

NOTICED = ("treatment", "channel", "tone", "offer")  # what the person herself would notice
GROUPS = ("segment", "bucket", "product", "region", "age_band")
MONEY = ("arrears_minor", "balance_minor")
NOT_SAID = "NOT_SAID"  # a person of whom the data has no region, no product
DEFAULT = "DEFAULT"  # no rule of the table fired
PHONE = "PHONE"
CHALLENGER = "CHALLENGER"

Bools = npt.NDArray[np.bool_]


def compared_columns(then: pa.Table, now: pa.Table) -> tuple[str, ...]:
    """The answers both strategies give; an older night may lack one."""
    return tuple(name for name in COLUMNS if name in then.column_names and name in now.column_names)


def differs(then: pa.Table, now: pa.Table, names: Sequence[str]) -> Bools:
    """Whether each answer differs for each person: one row per name, one column per person."""
    return np.array([_unlike(then[name], now[name]) for name in names])


def _unlike(then: pa.ChunkedArray, now: pa.ChunkedArray) -> Bools:
    if not pa.types.is_dictionary(then.type):
        return np.asarray(ints(then) != ints(now))
    left, right = codes(then), codes(now)
    places = ints(pc.fill_null(pc.index_in(right.dictionary, left.dictionary), -2))
    places = np.append(places, -1)  # nothing is found last, where index -1 looks
    return np.asarray(ints(left.indices, -1) != places[ints(right.indices, -1)])


def _any(rows: Bools) -> Bools:
    """Whether any row says so, for each person."""
    return np.asarray(rows.any(axis=0))


def in_case(decisions: pa.Table) -> Bools:
    """Whether each person's case is open after the night."""
    action = ints(decisions["action"])
    return np.isin(action, (ACTIONS.index("OPEN"), ACTIONS.index("KEEP")))


def tally_trial(
    then: pa.Table, now: pa.Table, facts: pa.Table, age_band: npt.NDArray[np.int16]
) -> Tally:
    """Count one partition: the decisions of the night, those of the trial, its facts and age bands, row for row.

    `concerned` are the people in a case or given something to do by either strategy, or treated differently; groups,
    flows and money count only them.
    """
    names = compared_columns(then, now)
    unlike = differs(then, now, names)
    differing = _any(unlike)
    noticed = _any(unlike[[name in NOTICED for name in names]])
    cases = in_case(now)
    concerned = differing | cases | ~_is(then["treatment"], "NONE") | ~_is(now["treatment"], "NONE")
    rows = np.flatnonzero(concerned)
    seen = _people_table(then, now, facts, age_band, differing, noticed).take(pa.array(rows))
    manual = ints(now["manual"]) == 1
    ours = pa.array(~_is(now["arm"], CHALLENGER))  # a challenger's rules are not these tables'
    return {
        "people": now.num_rows,
        "concerned": len(rows),
        "in_case": int(cases.sum()),
        "differing": int(differing.sum()),
        "noticed": int(noticed.sum()),
        "differs_in": {name: int(row.sum()) for name, row in zip(names, unlike, strict=True)},
        "manual": int(manual.sum()),
        "manual_by_treatment": _counted(now["treatment"].filter(pa.array(manual))),
        "arms": _counted(now["arm"].filter(now["arm"].is_valid())),
        "treatments": _flow(seen, "treatment"),
        "segments": _flow(seen, "segment"),
        "contacts": {"before": _counted(then["channel"]), "after": _counted(now["channel"])},
        "contacts_by_hold": {
            "before": _by_hold(then["channel"], facts["hold"]),
            "after": _by_hold(now["channel"], facts["hold"]),
        },
        "groups": {name: _group(seen, name) for name in GROUPS},
        "rules": {
            table: {"before": _rules(then, table, ours), "after": _rules(now, table, ours)}
            for table in TABLES
        },
    }


def _people_table(
    then: pa.Table,
    now: pa.Table,
    facts: pa.Table,
    age_band: npt.NDArray[np.int16],
    differing: Bools,
    noticed: Bools,
) -> pa.Table:
    """One row per person: what she is counted by and what is counted of her."""
    bands = pa.DictionaryArray.from_arrays(pa.array(age_band), pa.array(AGE_BANDS))
    columns: dict[str, Any] = {
        "treatment_before": then["treatment"],
        "treatment_after": now["treatment"],
        "segment_before": then["segment"],
        "segment_after": now["segment"],
        "segment": then["segment"],
        "age_band": bands,
        "differing": differing,
        "noticed": noticed,
        "contacted_before": ~_is(then["channel"], "NONE"),
        "contacted_after": ~_is(now["channel"], "NONE"),
        "called_before": _is(then["channel"], PHONE),
        "called_after": _is(now["channel"], PHONE),
    }
    columns |= {name: facts[name] for name in ("bucket", "product", "region")}
    columns |= {name: now[name] for name in MONEY}
    return pa.table({name: _countable(column) for name, column in columns.items()})


def _countable(column: Any) -> Any:
    """Codes as one dictionary, truths as 0 and 1."""
    if isinstance(column, np.ndarray):
        return pa.array(column.astype(np.int64))
    return codes(column) if pa.types.is_dictionary(column.type) else column


def _is(column: pa.ChunkedArray, code: str) -> Bools:
    """Whether each value is the code."""
    coded = codes(column)
    place = pc.index(coded.dictionary, code).as_py()
    return np.asarray(ints(coded.indices, -1) == (place if place >= 0 else -2))


def _flow(seen: pa.Table, what: str) -> Tally:
    """From an answer before to an answer after: people and money."""
    before, after = f"{what}_before", f"{what}_after"
    flow: Tally = {}
    for row in _summed(seen, [before, after], MONEY):
        there = flow.setdefault(row[before], {})
        there[row[after]] = {"people": row["count_all"]} | {n: row[f"{n}_sum"] for n in MONEY}
    return flow


_GROUP_SUMS = (
    "differing", "noticed", "contacted_before", "contacted_after", "called_before", "called_after", "arrears_minor",
)  # fmt: skip


def _group(seen: pa.Table, name: str) -> Tally:
    """The people concerned by one of their marks, and how the strategies fall on them."""
    return {
        row[name] or NOT_SAID: {"people": row["count_all"]}
        | {summed: row[f"{summed}_sum"] for summed in _GROUP_SUMS}
        for row in _summed(seen, [name], _GROUP_SUMS)
    }


def _summed(table: pa.Table, keys: Sequence[str], sums: Sequence[str]) -> list[Mapping[str, Any]]:
    aggregates: list[Any] = [(name, "sum") for name in sums]
    rows: list[Mapping[str, Any]] = (
        table.group_by(list(keys), use_threads=False)
        .aggregate([*aggregates, ([], "count_all")])
        .to_pylist()
    )
    return rows


def _counted(column: pa.ChunkedArray) -> Tally:
    coded = codes(column)
    if not len(coded):
        return {}
    counts = np.bincount(ints(coded.indices), minlength=len(coded.dictionary))
    names = coded.dictionary.to_pylist()
    return {name: int(count) for name, count in zip(names, counts, strict=True) if count}


def _by_hold(channel: pa.ChunkedArray, hold: pa.ChunkedArray) -> Tally:
    """People by channel and by the hold that stands for them."""
    found: Tally = {}
    pairs = pa.table({"channel": _countable(channel), "hold": _countable(hold)})
    for row in _summed(pairs, ["channel", "hold"], ()):
        found.setdefault(row["channel"], {})[row["hold"]] = row["count_all"]
    return found


def _rules(decisions: pa.Table, table: str, rows: pa.Array) -> Tally:
    """How often each rule of a table fired, by its row as text; rows of an older night may lack a table."""
    if f"{table}_rule" not in decisions.column_names:
        return {}
    numbers, counts = np.unique(
        ints(decisions[f"{table}_rule"].filter(rows), -1), return_counts=True
    )
    return {
        str(number) if number > 0 else DEFAULT: int(count)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)
    }
