"""Interest and charges: by contract, within the law of the day; and the cases of the families ALLOC and INT."""

from datetime import date
from decimal import Decimal

import pytest

from evenhand.ledger.answers import CaseError, answer_allocation, answer_interest
from evenhand.ledger.interest import (
    Movement,
    annual_rate,
    balance_interest_minor,
    court_check,
    late_charge_minor,
    rate_allowed,
    simple_interest_minor,
    statement_interest_minor,
)
from evenhand.portfolio.terms import Contract, InterestOn

BOUGHT, DUE = date(2026, 1, 10), date(2026, 2, 25)
CONTRACT = Contract()
PURCHASE = [Movement(BOUGHT, 1_000_000)]


def interest(paid, until=date(2026, 3, 10), contract=CONTRACT, frozen=()):
    return statement_interest_minor(
        PURCHASE,
        [Movement(*row) for row in paid],
        due_on=DUE,
        until=until,
        contract=contract,
        frozen=frozen,
        grace_days=3,
        tolerance_full_minor=1_000,
    )


def test_a_statement_paid_in_full_in_time_bears_no_interest():
    assert interest([(DUE, 1_000_000)]) == 0
    assert interest([(date(2026, 2, 28), 1_000_000)]) == 0  # the last day of grace
    assert interest([(DUE, 999_000)]) == 0  # ten yuan missing
    assert interest([(date(2026, 3, 1), 1_000_000)]) > 0
    assert interest([(DUE, 998_999)]) > 0


def test_full_balance_interest_runs_from_the_posting_day_on_all_that_was_bought():
    # 10,000.00 for 46 days and 1,000.00 for the 13 days after 9,000.00 was paid on the due date
    assert interest([(DUE, 900_000)]) == 23_000 + 650


def test_interest_on_the_unpaid_part_runs_from_the_due_date():
    contract = Contract(interest_on=InterestOn.UNPAID_PART)
    assert interest([(DUE, 900_000)], contract=contract) == 650


def test_days_of_a_freeze_bear_none():
    frozen = [(date(2026, 3, 1), date(2026, 3, 6))]
    contract = Contract(interest_on=InterestOn.UNPAID_PART)
    assert interest([(DUE, 900_000)], contract=contract, frozen=frozen) == 400


def test_compounding_is_by_contract():
    owed = [Movement(date(2026, 1, 1), 1_000_000)]
    days = {"since": date(2026, 1, 1), "until": date(2026, 3, 1)}
    plain = balance_interest_minor(owed, contract=Contract(compounds_monthly=False), **days)
    compound = balance_interest_minor(owed, contract=CONTRACT, **days)
    assert plain == simple_interest_minor(1_000_000, 59, CONTRACT.daily_rate) == 29_500
    assert compound == 15_500 + 14_217  # 28 days on 10,155.00


@pytest.mark.parametrize(
    ("paid", "frozen", "charge"),
    [(0, False, 5_000), (60_000, False, 2_000), (100_000, False, 0), (0, True, 0)],
)
def test_the_late_payment_charge_is_of_what_is_missing(paid, frozen, charge):
    assert late_charge_minor(100_000, paid, CONTRACT, frozen=frozen) == charge


def test_the_contract_may_bound_the_late_payment_charge():
    contract = Contract(late_charge_min_minor=1_000, late_charge_max_minor=3_000)
    assert late_charge_minor(10_000, 0, contract) == 1_000
    assert late_charge_minor(100_000, 0, contract) == 3_000


@pytest.mark.parametrize(
    ("rate", "on", "allowed"),
    [
        ("0.0005", date(2019, 1, 1), True),
        ("0.00051", date(2019, 1, 1), False),
        ("0.00035", date(2019, 1, 1), True),
        ("0.00034", date(2019, 1, 1), False),
        ("0.0006", date(2020, 12, 31), False),
        ("0.0006", date(2021, 1, 1), True),
        ("0.0001", date(2021, 1, 1), True),
    ],
)
def test_cap_and_floor_hold_until_the_end_of_2020(rate, on, allowed):
    assert rate_allowed(Decimal(rate), on) is allowed


def test_the_yearly_rate_is_simple():
    assert annual_rate(Decimal("0.0005"), date(2026, 1, 1)) == Decimal("0.1825")


def test_a_court_cuts_only_what_it_is_asked_to():
    on = date(2026, 1, 1)
    checked = court_check(1_000_000, 365, 300_000, on, asked=True)
    assert (checked.supported_minor, checked.reducible_minor) == (240_000, 60_000)
    unasked = court_check(1_000_000, 365, 300_000, on, asked=False)
    assert (unasked.supported_minor, unasked.reducible_minor) == (300_000, 0)
    below = court_check(1_000_000, 365, 200_000, on, asked=True)
    assert (below.supported_minor, below.reducible_minor) == (200_000, 0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"dpd_at_value_date": 0, "payment": "10.00", "interest": "3.00", "fees": "1.00", "principal": "90.00"},
         {"rule_applies": False, "to_charges": "4.00", "to_principal": "6.00"}),
        ({"dpd_at_value_date": 30, "payment": "10.00", "interest": "3.00", "fees": "1.00", "principal": "2.00"},
         {"rule_applies": True, "credit_balance": "4.00", "order": "charges_first"}),
        ({"action": "offset against deposit", "cardholder_authorisation": False}, {"verdict": "deny"}),
        ({"action": "offset against deposit", "cardholder_authorisation": True}, {"verdict": "allow"}),
    ],
)  # fmt: skip
def test_cases_of_allocation(given, expected):
    answered = answer_allocation(given)
    assert {key: answered[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"daily_rate": "0.0006", "contract_date": "2019-05-01"},
         {"regulatory_cap": "0.0005", "floor": "0.00035", "rate_allowed": False, "verdict": "deny"}),
        ({"daily_rate": "0.0004", "year": 2018}, {"cap": "0.0005", "rate_allowed": True, "verdict": "allow"}),
        ({"daily_rate": "0.0005", "contract_date": "2023-05-01"}, {"cap": None, "must_show_annual_rate": "18.25%"}),
        ({"principal": "10000.00", "days": 30, "daily_rate": "0.0005"}, {"interest": "150.00"}),
        ({"charge": "overlimit_fee"}, {"verdict": "deny"}),
        ({"charge": "overlimit_fee", "contract_date": "2016-06-01"}, {"verdict": "allow"}),
        ({"principal": "10000.00", "days": 365, "claimed_interest_compound_penalty_fees": "3000.00",
          "debtor_asks_reduction": False}, {"supported_up_to": "3000.00", "reducible": "0.00"}),
    ],
)  # fmt: skip
def test_cases_of_interest(given, expected):
    answered = answer_interest(given)
    assert {key: answered[key] for key in expected} == expected


@pytest.mark.parametrize("answer", [answer_allocation, answer_interest])
def test_a_fact_nobody_knows_is_an_error(answer):
    with pytest.raises(CaseError, match="expected only"):
        answer({"weather": "fine"})
