"""What a partition adds up to. Tallies of partitions are added key by key and must reconcile to zero."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.cycle.people import Ints, codes, in_base, ints, rates_micro
from evenhand.cycle.treat import ACTIONS, CLOSE_REASONS, Treated
from evenhand.delinquency.ageing import BUCKETS, RISK_CLASSES
from evenhand.portfolio.terms import Portfolio
from evenhand.strategy.arms import may_be_held_out

Tally = dict[str, Any]


def tally(accounts: pa.Table, people: pa.Table, treated: Treated, portfolio: Portfolio) -> Tally:
    """Count one treated partition; money in minor units of the base currency."""
    state, decisions = treated.state, treated.decisions
    past_due = ints(state["past_due"])
    owing = past_due & (ints(state["balance_minor"]) > 0)
    rates = rates_micro(portfolio, codes(accounts["currency"]))
    balance = in_base(ints(state["balance_minor"]), rates)
    arrears = in_base(ints(state["arrears_minor"]), rates)
    action = ints(decisions["action"])
    roll, difference = ints(state["roll"]), ints(state["difference"])
    moved = past_due | (roll != 0)
    bucket, risk = ints(state["bucket"]), ints(state["risk_class"])
    rows = np.flatnonzero(owing)
    return {
        "customers": people.num_rows,
        "people_decided": decisions.num_rows,
        "accounts": accounts.num_rows,
        "accounts_aged": state.num_rows,
        "past_due": int(past_due.sum()),
        "past_due_owing": int(owing.sum()),
        "cured": int(ints(state["cured"]).sum()),
        "rose_two": int(((roll >= 2) & (owing == 1)).sum()),
        "roll": {
            "better": int((moved & (roll < 0)).sum()),
            "same": int((moved & (roll == 0)).sum()),
            "worse": int((moved & (roll > 0)).sum()),
        },
        "differences": {
            "stated_vs_computed": int((difference & 1).astype(bool).sum()),
            "past_due": int((difference & 2).astype(bool).sum()),
        },
        "buckets": _by_class(bucket[rows], BUCKETS, arrears[rows], balance[rows]),
        "risk": _by_class(risk, RISK_CLASSES, arrears, balance),
        "cases_opened": int((action == ACTIONS.index("OPEN")).sum()),
        "cases_closed": int((action == ACTIONS.index("CLOSE")).sum()),
        "cases_open": int(((action == 1) | (action == 2)).sum()),
        "closed_by_reason": _closed(decisions, action),
        "treatments": _by_code(decisions, "treatment"),
        "segments": _by_code(decisions, "segment"),
        "arms": _arms(treated),
        "may_be_held_out": _may_be_held_out(treated),
    }


def _arms(treated: Treated) -> Tally:
    """By arm: people, those in a case, entered and cured this night, and from how many something was withheld."""
    decisions = treated.decisions
    if decisions["arm"].null_count == decisions.num_rows:
        return {}
    arm, withheld = codes(decisions["arm"]), ints(decisions["withheld"].is_valid())
    action, reason = ints(decisions["action"]), ints(decisions["close_reason"])
    index = ints(arm.indices)
    return {
        code: {
            "people": int((of_arm := index == place).sum()),
            "in_case": int((of_arm & np.isin(action, (1, 2))).sum()),
            "entered": int((of_arm & (action == ACTIONS.index("OPEN"))).sum()),
            "cured": int((of_arm & (reason == CLOSE_REASONS.index("CURED"))).sum()),
            "withheld": int((of_arm & (withheld == 1)).sum()),
        }
        for place, code in enumerate(arm.dictionary.to_pylist())
        if (index == place).any()
    }


def _may_be_held_out(treated: Treated) -> Tally:
    """People whom a hold-out might leave alone, by day past due: what an experiment is sized by before it starts."""
    rows = may_be_held_out(treated.facts)
    few = treated.facts.select(["overdue_days", "arrears_minor"]).take(pa.array(rows))
    grouped = few.group_by("overdue_days").aggregate([("arrears_minor", "sum"), ([], "count_all")])
    return {
        str(row["overdue_days"]): {
            "people": row["count_all"],
            "arrears_minor": row["arrears_minor_sum"],
        }
        for row in grouped.sort_by("overdue_days").to_pylist()
    }


def _by_class(classes: Ints, names: tuple[str, ...], arrears: Ints, balance: Ints) -> Tally:
    found: Tally = {}
    for index, name in enumerate(names):
        rows = classes == index
        if rows.any():
            found[name] = {
                "accounts": int(rows.sum()),
                "arrears_minor": int(arrears[rows].sum()),
                "balance_minor": int(balance[rows].sum()),
            }
    return found


def _closed(decisions: pa.Table, action: Ints) -> Tally:
    counts = np.bincount(ints(decisions["close_reason"])[action == ACTIONS.index("CLOSE")])
    return {CLOSE_REASONS[index]: int(count) for index, count in enumerate(counts) if count}


def _by_code(decisions: pa.Table, name: str) -> Tally:
    grouped = pa.table({"code": codes(decisions[name]), "arrears": decisions["arrears_minor"]})
    sums = grouped.group_by("code").aggregate([("arrears", "sum"), ([], "count_all")])
    return {
        row["code"]: {"people": row["count_all"], "arrears_minor": row["arrears_sum"]}
        for row in sums.to_pylist()
    }


def tally_files(facts: Mapping[str, list[pa.Table]], portfolio: Portfolio) -> Tally:
    """Count what the day's files brought to one partition; reversals take away from the money."""
    payments = facts.get("payments", [])
    minor = 0
    for table in payments:
        rates = rates_micro(portfolio, codes(_coded(table["currency"])))
        amounts = in_base(ints(table["amount_minor"]), rates)
        if "reverses_key" in table.column_names:
            amounts = np.where(ints(table["reverses_key"].is_valid()), -amounts, amounts)
        minor += int(amounts.sum())
    return {
        "rows_read": sum(table.num_rows for tables in facts.values() for table in tables),
        "statements": sum(table.num_rows for table in facts.get("statements", [])),
        "payments": sum(table.num_rows for table in payments),
        "payments_minor": minor,
    }


def _coded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)


def added(left: Tally, right: Tally) -> Tally:
    """The two tallies together, key by key."""
    total = dict(left)
    for key, value in right.items():
        if isinstance(value, Mapping):
            total[key] = added(total.get(key, {}), dict(value))
        else:
            total[key] = total.get(key, 0) + value
    return total
