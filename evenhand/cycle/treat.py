"""Age, decide, compare with yesterday: one pure function of tables, for a partition by night and one person by day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.cycle.changed import accounts_changed, persons_changed
from evenhand.cycle.desk_effects import extra_payments, with_class_floor
from evenhand.cycle.desk_facts import no_desk_facts
from evenhand.cycle.people import (
    NEVER,
    AccountFigures,
    Ints,
    codes,
    day_number,
    gather,
    in_base,
    ints,
    match,
    numbers,
    rates_micro,
    taken,
)
from evenhand.cycle.promises import promise_facts
from evenhand.delinquency.ageing import BUCKETS, RISK_CLASSES
from evenhand.delinquency.columns import age_accounts
from evenhand.delinquency.rules import treatment_days
from evenhand.portfolio.terms import Portfolio
from evenhand.strategy.arms import Experiment, decide_in_arms
from evenhand.strategy.facts import FACTS
from evenhand.strategy.judge import CHOSEN, Strategy

ACTIONS = ("NONE", "OPEN", "KEEP", "CLOSE")
CLOSE_REASONS = ("", "CURED", "BELOW_THRESHOLD", "NOTHING_OWED")

ACCOUNT_COLUMNS = (
    "customer_key", "account_key", "product", "currency", "credit_limit_minor", "balance_minor", "core_status",
    "block_code", "autopay", "opened_on", "stated_overdue_days", "stated_on", "statement_on", "due_on",
    "minimum_due_minor", "past_due_minor", "value_on", "booked_on", "paid_minor",
)  # fmt: skip
PEOPLE_COLUMNS = (
    "customer_key", "language", "region", "deceased", "vulnerable", "phone_valid", "email_valid", "address_valid",
)  # fmt: skip
_CODE = pa.dictionary(pa.int16(), pa.string())

STATE = pa.schema(
    [
        ("customer_key", pa.int64()),
        ("account_key", pa.int64()),
        ("past_due", pa.bool_()),
        ("in_case", pa.bool_()),  # past due and owing, of a person whose case is open
        ("overdue_days", pa.int32()),
        ("overdue_from_on", pa.date32()),  # the day minus days past due; null when not past due
        ("computed_overdue_days", pa.int32()),
        ("stated_overdue_days", pa.int32()),
        ("oldest_due_on", pa.date32()),
        ("past_due_since_on", pa.date32()),  # first day of this spell past due
        ("arrears_minor", pa.int64()),  # currency of the account
        ("arrears_estimated", pa.bool_()),
        ("balance_minor", pa.int64()),
        ("due_minor", pa.int64()),
        ("next_due_on", pa.date32()),
        ("cycles_missed", pa.int8()),
        ("bucket", pa.int8()),
        ("ccm92", pa.int8()),
        ("fin2023", pa.int8()),
        ("risk_class", pa.int8()),
        ("roll", pa.int8()),  # buckets up since yesterday; 0 for an account not in yesterday's book
        ("cured", pa.bool_()),  # past due yesterday, not today
        ("difference", pa.int8()),
    ]
)
DECISIONS = pa.schema(
    [
        ("customer_key", pa.int64()),
        ("facts_seq", pa.int64()),
        ("action", pa.int8()),  # index into ACTIONS
        ("close_reason", pa.int8()),  # index into CLOSE_REASONS
        ("entries", pa.int16()),
        ("overdue_from_on", pa.date32()),  # the day minus days past due; null when not past due
        ("treatment_from_on", pa.date32()),
        ("bucket", pa.int8()),
        ("risk_class", pa.int8()),
        ("accounts_overdue", pa.int16()),
        ("arrears_minor", pa.int64()),  # base currency
        ("balance_minor", pa.int64()),
        ("promise", _CODE),
        ("segment", _CODE),
        ("treatment", _CODE),
        ("channel", _CODE),
        ("tone", _CODE),
        ("offer", _CODE),
        ("desk", _CODE),
        ("priority", pa.int32()),
        ("segment_rule", pa.int16()),
        ("treatment_rule", pa.int16()),
        ("contact_rule", pa.int16()),
        ("offer_rule", pa.int16()),
        ("arm", _CODE),  # the arm a person was assigned to; null when no experiment runs
        ("withheld", _CODE),  # the treatment the hold-out kept from her; null when it kept none
        ("manual", pa.bool_()),
        ("changed", pa.bool_()),  # what is published of this person differs from yesterday
    ]
)


@dataclass(frozen=True, slots=True)
class Before:
    """Yesterday's outputs of the same partition."""

    state: pa.Table
    decisions: pa.Table


@dataclass(frozen=True, slots=True)
class Treated:
    """Outputs of one partition, sorted by key, and the facts the strategy saw, row for row with `decisions`."""

    state: pa.Table
    decisions: pa.Table
    facts: pa.Table


def nothing_before() -> Before:
    """The evening before the first night."""
    return Before(STATE.empty_table(), DECISIONS.empty_table())


def treat(
    accounts: pa.Table,
    people: pa.Table,
    desk: pa.Table | None,
    before: Before | None,
    *,
    strategy: Strategy,
    portfolio: Portfolio,
    on: date,
    experiment: Experiment | None = None,
    challenger: Strategy | None = None,
) -> Treated:
    """Age every account of the book and decide for every person who has one.

    `accounts` and `people` are sorted by key (portfolio.book); `desk` has one row per person with a person row;
    `before` are yesterday's outputs, which only movement (roll, cure, first day past due, changed) is read from.
    `challenger` is the strategy that an experiment with one names; it decides for its arm.
    """
    desk = no_desk_facts() if desk is None else desk
    before = before or nothing_before()
    extra = extra_payments(accounts, desk, on)
    ageing = age_accounts(accounts, portfolio.ageing, on, extra)
    ageing = with_class_floor(ageing, accounts, desk)
    persons = _Persons.of(accounts, people, desk, before)
    rates = rates_micro(portfolio, codes(accounts["currency"]))
    bucket_before = numbers(
        taken(before.state["bucket"].combine_chunks(), persons.account_before), -1
    )
    figures = _figures(accounts, ageing, rates, bucket_before)
    sums = gather(persons.starts, figures, numbers(ageing["past_due"]))
    action, reason = _case_actions(sums, persons, portfolio)
    facts = _facts(accounts, people, persons, sums, action, portfolio, on)
    decided = decide_in_arms(
        _with_choices(facts, persons),
        persons.keys,
        strategy=strategy,
        experiment=experiment,
        challenger=challenger,
        on=on,
    )
    state = _state(accounts, ageing, figures, persons, action, before, portfolio, on)
    decisions = _decisions(facts, decided, persons, sums, action, reason, on)
    return Treated(state, _with_changed(state, decisions, persons, before, action), facts)


@dataclass(frozen=True, slots=True)
class _Persons:
    """Where each person's rows lie in the tables: -1 where a table has none."""

    keys: Ints
    starts: Ints  # into accounts, one more than people
    people_rows: Ints
    desk_rows: Ints
    account_before: Ints  # per account, into before.state
    person_before: Ints  # per person, into before.decisions
    desk: pa.Table

    @staticmethod
    def of(accounts: pa.Table, people: pa.Table, desk: pa.Table, before: Before) -> "_Persons":
        customer = ints(accounts["customer_key"])
        assert (np.diff(customer) >= 0).all(), "the book is sorted by customer"
        first = (
            np.flatnonzero(np.diff(customer, prepend=customer[:1] - 1))
            if len(customer)
            else customer
        )
        keys = customer[first]
        zeros = np.zeros(len(keys), dtype=np.int64)

        def rows(table: pa.Table) -> Ints:
            other = ints(table["customer_key"])
            return match((keys, zeros), (other, np.zeros(len(other), dtype=np.int64)))

        account_before = match(
            (customer, ints(accounts["account_key"])),
            (ints(before.state["customer_key"]), ints(before.state["account_key"])),
        )
        return _Persons(
            keys=keys,
            starts=np.append(first, len(customer)).astype(np.int64),
            people_rows=rows(people),
            desk_rows=rows(desk),
            account_before=account_before,
            person_before=rows(before.decisions),
            desk=desk,
        )

    def from_desk(self, name: str) -> pa.Array:
        return taken(self.desk[name].combine_chunks(), self.desk_rows)

    def where_desk(self, says: pa.ChunkedArray) -> Ints:
        """The people of whose desk row something is true."""
        return np.flatnonzero(numbers(taken(says.combine_chunks(), self.desk_rows)))


def _figures(
    accounts: pa.Table, ageing: pa.Table, rates: Ints, bucket_before: npt.NDArray[np.int8]
) -> AccountFigures:
    return AccountFigures(
        past_due=numbers(ageing["past_due"]) & numbers(ageing["owes"]),
        overdue_days=numbers(ageing["overdue_days"]),
        arrears=in_base(ints(ageing["arrears_minor"]), rates),
        balance=in_base(ints(accounts["balance_minor"]), rates),
        limit=in_base(ints(accounts["credit_limit_minor"]), rates),
        due=in_base(ints(ageing["due_minor"]), rates),
        next_due=numbers(ageing["next_due_on"], NEVER),
        last_paid=numbers(ageing["last_paid_on"], -1),
        payments=numbers(ageing["payments_recent"]),
        cycles=numbers(ageing["cycles_missed"]),
        bucket=numbers(ageing["bucket"]),
        bucket_before=bucket_before,
        autopay=numbers(accounts["autopay"]),
        first_payment_default=numbers(ageing["first_payment_default"]),
        risk=numbers(ageing["risk_class"]),
    )


def _case_actions(
    sums: dict[str, Ints], persons: _Persons, portfolio: Portfolio
) -> tuple[Ints, Ints]:
    """What happens to each person's case, and why it closes if it does."""
    open_before = ints(persons.from_desk("case_open"))
    overdue = sums["accounts_overdue"] > 0
    stays = overdue & (sums["owed_overdue"] > portfolio.case_threshold_minor)
    action = np.select(
        [(open_before == 1) & stays, (open_before == 1) & ~stays, (open_before == 0) & stays],
        [ACTIONS.index("KEEP"), ACTIONS.index("CLOSE"), ACTIONS.index("OPEN")],
        ACTIONS.index("NONE"),
    )
    reason = np.select(
        [action != ACTIONS.index("CLOSE"), overdue, sums["stated_only"] == 1],
        [0, CLOSE_REASONS.index("BELOW_THRESHOLD"), CLOSE_REASONS.index("NOTHING_OWED")],
        CLOSE_REASONS.index("CURED"),
    )
    return action, reason


def _facts(
    accounts: pa.Table,
    people: pa.Table,
    persons: _Persons,
    sums: dict[str, Ints],
    action: Ints,
    portfolio: Portfolio,
    on: date,
) -> pa.Table:
    today = day_number(on)
    lead = pa.array(sums["lead"])
    promise = promise_facts(
        accounts, persons.desk, persons.starts, persons.desk_rows, portfolio, on
    )
    limit = sums["limit"]
    columns: dict[str, Any] = {
        "overdue_days": sums["overdue_days"],
        "treatment_days": _treatment_days(sums["overdue_days"], persons, on),
        "bucket": pa.DictionaryArray.from_arrays(sums["bucket"].astype(np.int16), list(BUCKETS)),
        "arrears_minor": sums["arrears"],
        "balance_minor": sums["balance"],
        "limit_minor": limit,
        "utilisation_percent": pa.array(
            sums["balance"] * 100 // np.maximum(limit, 1), mask=limit <= 0
        ),
        "accounts": np.diff(persons.starts),
        "accounts_overdue": sums["accounts_overdue"],
        "cycles_missed": sums["cycles"],
        "days_to_due": pa.array(sums["next_due"] - today, mask=sums["next_due"] == NEVER),
        "due_minor": sums["due"],
        "days_since_payment": pa.array(today - sums["last_paid"], mask=sums["last_paid"] < 0),
        "payments_recent": sums["payments"],
        "entries": ints(persons.from_desk("entries")) + (action == ACTIONS.index("OPEN")),
        "promises_broken": ints(persons.from_desk("promises_broken")),
        "promise": promise,
        "hold": pc.fill_null(codes(persons.from_desk("hold")).cast(pa.string()), "NONE"),
        "autopay": sums["autopay"] == 1,
        "rose_two": sums["rose_two"] == 1,
        "first_payment_default": sums["first_payment_default"] == 1,
        "risk_class": pa.DictionaryArray.from_arrays(
            sums["risk"].astype(np.int16), list(RISK_CLASSES)
        ),
    }
    for name in ("deceased", "vulnerable", "phone_valid", "email_valid", "address_valid"):
        columns[name] = ints(taken(people[name].combine_chunks(), persons.people_rows)) == 1
    for name in ("core_status", "block_code", "product"):
        columns[name] = codes(accounts[name]).take(lead)
    for name in ("region", "language"):
        columns[name] = taken(codes(people[name]), persons.people_rows)
    return pa.table({fact.name: _typed(columns[fact.name], fact.kind) for fact in FACTS})


def _with_choices(facts: pa.Table, persons: _Persons) -> pa.Table:
    manual = persons.from_desk("manual_treatment")
    return facts if manual.null_count == len(manual) else facts.append_column(CHOSEN, manual)


def _typed(values: Any, kind: str) -> pa.Array:
    array = values if isinstance(values, pa.Array) else pa.array(values)
    if kind == "int":
        return array.cast(pa.int64())
    if kind == "bool":
        return array.cast(pa.bool_())
    return array if pa.types.is_dictionary(array.type) else array.dictionary_encode().cast(_CODE)


def _treatment_days(overdue_days: Ints, persons: _Persons, on: date) -> Ints:
    """Days past due less what a person paused or re-aged; only who has such an act is looked at one by one."""
    days, desk = overdue_days.copy(), persons.desk
    pauses_held = pc.fill_null(pc.greater(pc.list_value_length(desk["paused"]), 0), False)
    for row in persons.where_desk(pc.or_(pauses_held, desk["reaged_on"].is_valid())):
        source = int(persons.desk_rows[row])
        paused = desk["paused"][source].as_py() or []
        pauses = list(zip(paused[::2], paused[1::2], strict=True))
        if days[row]:
            days[row] = treatment_days(
                int(days[row]), on, pauses, desk["reaged_on"][source].as_py()
            )
    return days


def _decisions(
    facts: pa.Table,
    decided: pa.Table,
    persons: _Persons,
    sums: dict[str, Ints],
    action: Ints,
    reason: Ints,
    on: date,
) -> pa.Table:
    today = day_number(on)
    manual = persons.from_desk("manual_treatment")
    columns = {
        "customer_key": persons.keys,
        "facts_seq": ints(persons.from_desk("facts_seq")),
        "action": action,
        "close_reason": reason,
        "entries": facts["entries"],
        "overdue_from_on": _days_ago(facts["overdue_days"], today),
        "treatment_from_on": _days_ago(facts["treatment_days"], today, facts["overdue_days"]),
        "bucket": sums["bucket"],
        "risk_class": sums["risk"],
        "accounts_overdue": sums["accounts_overdue"],
        "arrears_minor": sums["arrears"],
        "balance_minor": sums["balance"],
        "promise": facts["promise"],
        **{name: decided[name] for name in decided.column_names},
        "manual": manual.is_valid(),
    }
    return pa.table(
        {name: _as(columns[name], DECISIONS.field(name).type) for name in DECISIONS.names[:-1]}
    )


def _with_changed(
    state: pa.Table, decisions: pa.Table, persons: _Persons, before: Before, action: Ints
) -> pa.Table:
    in_case = action != ACTIONS.index("NONE")
    changed = np.isin(action, (ACTIONS.index("OPEN"), ACTIONS.index("CLOSE")))
    changed |= persons_changed(
        decisions, np.flatnonzero(in_case), before.decisions, persons.person_before
    )
    changed |= accounts_changed(state, persons.starts, before.state, persons.account_before)
    return decisions.append_column("changed", pa.array(changed & in_case))


def _days_ago(
    days: pa.ChunkedArray, today: int, unless_zero: pa.ChunkedArray | None = None
) -> pa.Array:
    number = numbers(days)
    none = (number if unless_zero is None else numbers(unless_zero)) == 0
    return pa.array((today - number).astype(np.int32, copy=False), mask=none).cast(pa.date32())


def _as(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, np.ndarray):
        values = pa.array(values)
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return values if values.type == kind else values.cast(kind)


def _state(
    accounts: pa.Table,
    ageing: pa.Table,
    figures: AccountFigures,
    persons: _Persons,
    action: Ints,
    before: Before,
    portfolio: Portfolio,
    on: date,
) -> pa.Table:
    past_due = numbers(ageing["past_due"])
    was_past_due = numbers(taken(before.state["past_due"].combine_chunks(), persons.account_before))
    since = numbers(
        taken(before.state["past_due_since_on"].combine_chunks(), persons.account_before), -1
    )
    since = np.array(since, dtype=np.int32)
    entered = np.flatnonzero(past_due & (since < 0))
    days = numbers(ageing["overdue_days"])[entered]
    since[entered] = day_number(on) - days + np.minimum(days, portfolio.ageing.grace_days + 1)
    in_case = np.repeat((action == 1) | (action == 2), np.diff(persons.starts))
    columns: dict[str, Any] = {name: ageing[name] for name in ageing.column_names}
    columns |= {
        "customer_key": accounts["customer_key"],
        "account_key": accounts["account_key"],
        "balance_minor": accounts["balance_minor"],
        "overdue_from_on": _days_ago(ageing["overdue_days"], day_number(on)),
        "in_case": figures.past_due & in_case,
        "past_due_since_on": pa.array(since, mask=~past_due).cast(pa.date32()),
        "roll": np.where(figures.bucket_before < 0, 0, figures.bucket - figures.bucket_before),
        "cured": was_past_due & ~past_due,
    }
    return pa.table({field.name: _as(columns[field.name], field.type) for field in STATE}, STATE)
