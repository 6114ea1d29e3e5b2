"""Plans that add up to the cent, cost what they say, and are made only where they may be."""

from datetime import date, timedelta
from decimal import Decimal

import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.arrangements.answers import CaseError, answer_cost, answer_plan
from evenhand.arrangements.eligibility import (
    agreement_complete,
    cost_table_shown,
    may_activate,
    may_agree_plan,
    may_collect,
)
from evenhand.arrangements.policy import FIELDS
from evenhand.arrangements.schedules import (
    Method,
    Terms,
    early_payoff_minor,
    kept,
    schedule,
    yearly_cost,
)

FIRST = date(2026, 10, 31)
TODAY = date(2026, 9, 30)


def terms(**given):
    base = {
        "principal_minor": 1_200_000,
        "months": 12,
        "method": Method.EQUAL_INSTALMENT,
        "first_on": FIRST,
    }
    return Terms(**{**base, **given})


@given(
    st.integers(1_000, 50_000_000),
    st.integers(1, 60),
    st.sampled_from(list(Method)),
    st.integers(0, 300).map(lambda n: Decimal(n) / 10_000),
    st.integers(0, 30).map(lambda n: Decimal(n) / 100),
    st.integers(0, 50_000),
)
def test_every_schedule_settles_the_debt_to_the_cent(principal, months, method, rate, step, fee):
    plan = schedule(
        terms(
            principal_minor=principal,
            months=months,
            method=method,
            monthly_rate=rate,
            step=step,
            fee_minor=fee,
        )
    )
    assert len(plan.instalments) == months
    assert sum(row.principal_minor for row in plan.instalments) == principal
    assert plan.total_minor == principal + plan.cost_minor
    assert [row.due_on for row in plan.instalments] == sorted(
        {row.due_on for row in plan.instalments}
    )
    if not rate and not fee:
        assert plan.total_minor == principal


@pytest.mark.parametrize(
    ("months", "rate"), [(6, "0.005"), (12, "0.01"), (24, "0.0075"), (60, "0.0125")]
)
def test_equal_instalments_are_those_of_an_independent_library(months, rate):
    plan = schedule(terms(months=months, monthly_rate=Decimal(rate)))
    level = -npf.pmt(float(rate), months, 1_200_000)
    assert all(abs(row.total_minor - level) <= 1 for row in plan.instalments[:-1])
    assert abs(plan.instalments[-1].total_minor - level) <= months
    for row in plan.instalments[:-1]:
        assert (
            abs(row.interest_minor + npf.ipmt(float(rate), row.number, months, 1_200_000)) <= months
        )


@pytest.mark.parametrize(
    ("method", "rate", "fee"),
    [(Method.EQUAL_INSTALMENT, "0.01", 0), (Method.EQUAL_PRINCIPAL, "0.0125", 0), (Method.STEP_UP, "0.008", 0),
     (Method.EQUAL_INSTALMENT, "0", 36_000), (Method.EQUAL_INSTALMENT, "0.006", 12_000)],
)  # fmt: skip
def test_the_yearly_cost_is_that_of_an_independent_library(method, rate, fee):
    made = terms(
        months=24, method=method, monthly_rate=Decimal(rate), fee_minor=fee, step=Decimal("0.1")
    )
    plan = schedule(made)
    sums = [row.total_minor for row in plan.instalments]
    month = npf.irr([-1_200_000, *sums])
    cost = yearly_cost(1_200_000, sums)
    assert abs(float(cost.simple) - month * 12) < 1e-6
    assert abs(float(cost.effective) - ((1 + month) ** 12 - 1)) < 1e-6


def test_a_plan_without_interest_or_fee_costs_nothing_a_year():
    plan = schedule(terms())
    assert yearly_cost(1_200_000, [row.total_minor for row in plan.instalments]) == (
        yearly_cost(1_200_000, [1_200_000])
    )
    assert plan.cost_minor == 0


def test_steps_rise_once_a_year():
    plan = schedule(terms(months=36, method=Method.STEP_UP, step=Decimal("0.10")))
    sums = [row.total_minor for row in plan.instalments[:-1]]
    assert len(set(sums[:12])) == len(set(sums[12:24])) == 1
    assert abs(sums[12] / sums[0] - 1.1) < 1e-4


def test_the_last_day_of_a_month_stays_the_last_and_days_move_to_banking_days():
    days = [row.due_on for row in schedule(terms(months=5)).instalments]
    assert days == [
        date(2026, 10, 31),
        date(2026, 11, 30),
        date(2026, 12, 31),
        date(2027, 1, 31),
        date(2027, 2, 28),
    ]
    moved = schedule(terms(months=2, moved=lambda day: day + timedelta(days=2)))
    assert moved.instalments[0].due_on == date(2026, 11, 2)


@pytest.mark.parametrize(
    "given", [{"principal_minor": 0}, {"months": 0}, {"months": 121}, {"principal_minor": 5}, {"fee_minor": -1},
              {"monthly_rate": Decimal(1)}, {"step": Decimal(2)}]
)  # fmt: skip
def test_terms_that_make_no_schedule_are_refused(given):
    with pytest.raises(ValueError, match=r"schedule|rates"):
        terms(**given)


PLAN = schedule(terms())  # twelve times 1,000.00 from 31 October


@pytest.mark.parametrize(
    ("paid", "on", "missed", "late"),
    [
        ([], date(2026, 10, 31), 0, 0),
        ([], date(2026, 11, 3), 0, 0),  # the last day of grace
        ([], date(2026, 11, 4), 100_000, 4),
        ([(date(2026, 11, 3), 100_000)], date(2026, 11, 4), 0, 0),
        ([(date(2026, 11, 3), 60_000)], date(2026, 11, 4), 40_000, 4),
        ([(date(2026, 10, 1), 250_000)], date(2026, 12, 10), 0, 0),
        ([(date(2026, 10, 1), 150_000)], date(2026, 12, 10), 50_000, 10),
        ([(date(2026, 12, 11), 900_000)], date(2026, 12, 10), 200_000, 40),
    ],
)
def test_missed_part_and_early_payments(paid, on, missed, late):
    found = kept(PLAN, paid, on=on, grace_days=3)
    assert (found.missed_minor, found.late_days) == (missed, late)
    assert not found.completed


def test_what_is_paid_early_counts_ahead_and_all_of_it_completes_the_plan():
    ahead = kept(PLAN, [(date(2026, 10, 1), 250_000)], on=date(2026, 11, 1), grace_days=3)
    assert (ahead.ahead_minor, ahead.next_due_on) == (150_000, date(2026, 12, 31))
    done = kept(PLAN, [(date(2026, 10, 1), 1_200_000)], on=date(2026, 10, 2), grace_days=3)
    assert (done.completed, done.next_due_on) == (True, None)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 300_000)), max_size=8),
    st.integers(0, 400),
)
def test_no_cent_paid_on_a_plan_is_lost(payments, day):
    paid = [(FIRST + timedelta(days=after - 30), minor) for after, minor in payments]
    on = FIRST + timedelta(days=day)
    found = kept(PLAN, paid, on=on, grace_days=3)
    money = sum(minor for value_on, minor in paid if value_on <= on)
    assert sum(found.settled_minor) == min(money, PLAN.total_minor)


def test_what_settles_a_plan_early_is_the_principal_left_and_the_days_of_the_month():
    plan = schedule(terms(monthly_rate=Decimal("0.01")))
    left = sum(row.principal_minor for row in plan.instalments[6:])
    assert early_payoff_minor(plan, 6, monthly_rate=Decimal("0.01"), days=0) == left
    assert early_payoff_minor(plan, 6, monthly_rate=Decimal("0.01"), days=15) == left + round(
        left * 0.005
    )
    assert early_payoff_minor(plan, 12, monthly_rate=Decimal("0.01"), days=15) == 0


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, ()),
        ({"months": 60}, ()),
        ({"months": 61}, ("TERM",)),
        ({"willing": False, "exceeds_ability": False}, ("EXCEEDS_ABILITY", "WILLING")),
        ({"surplus_covers": False}, ("SURPLUS",)),
    ],
)
def test_a_plan_is_for_who_cannot_pay_all_and_can_pay_this(change, missing):
    found = may_agree_plan(
        TODAY, **{"exceeds_ability": True, "willing": True, "months": 24, **change}
    )
    assert (found.allowed, found.missing) == (not missing, missing)


def test_an_agreement_states_all_that_article_70_wants():
    assert agreement_complete(TODAY, FIELDS).allowed
    for field in FIELDS:
        assert agreement_complete(TODAY, FIELDS - {field}).missing == (field,)


def test_a_plan_made_by_word_of_mouth_needs_its_recording():
    assert may_activate(TODAY, oral=True, recorded=False).missing == ("RECORDING",)
    assert may_activate(TODAY, oral=True, recorded=True).allowed
    assert may_activate(TODAY, oral=False, recorded=False).allowed


def test_nobody_collects_while_a_plan_is_kept():
    assert not may_collect(TODAY, active=True, missed=False).allowed
    assert may_collect(TODAY, active=True, missed=True).allowed
    assert may_collect(TODAY, active=False, missed=False).allowed


@pytest.mark.parametrize(
    ("on", "change", "missing"),
    [
        (date(2026, 8, 1), {}, ()),
        (date(2026, 7, 31), {"confirmed": False, "seconds_read": None, "shown_apart": False}, ()),
        (date(2026, 8, 1), {"seconds_read": 9}, ("READ",)),
        (
            date(2026, 8, 1),
            {"confirmed": False, "shown_apart": False},
            ("SHOWN_APART", "CONFIRMED"),
        ),
        (date(2026, 8, 1), {"online": False, "seconds_read": None, "shown_apart": False}, ()),
        (date(2026, 8, 1), {"online": False, "confirmed": False}, ("CONFIRMED",)),
    ],
)
def test_the_table_of_costs_is_read_and_confirmed_before_signing(on, change, missing):
    shown = {"online": True, "shown_apart": True, "seconds_read": 10, "confirmed": True, **change}
    assert cost_table_shown(on, **shown).missing == missing


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"debt_exceeds_ability": True, "willing": True, "term_months": 60},
            {"verdict": "eligible"},
        ),
        ({"debt_exceeds_ability": True, "willing": False, "term_months": 12}, {"verdict": "deny"}),
        ({"plan": "active", "missed": True, "action": "call"}, {"verdict": "allow"}),
        ({"plan": "oral", "recording": True}, {"verdict": "allow_activation"}),
        (
            {"agreement_fields": [name.lower() for name in sorted(FIELDS)]},
            {"verdict": "complete", "missing": []},
        ),
    ],
)
def test_cases_of_plans(given, expected):
    answered = answer_plan(given)
    assert {key: answered[key] for key in expected} == expected


def test_cases_of_costs():
    online = {
        "signed": "2026-08-02",
        "channel": "portal",
        "table_popup": True,
        "forced_read": True,
        "confirmed": True,
    }
    assert answer_cost(online) == {"verdict": "allow"}
    for step in ("table_popup", "forced_read", "confirmed"):
        assert answer_cost(online | {step: False}) == {"verdict": "deny"}


@pytest.mark.parametrize("answer", [answer_plan, answer_cost])
def test_a_fact_nobody_knows_is_an_error(answer):
    with pytest.raises(CaseError, match="expected only"):
        answer({"weather": "fine"})
