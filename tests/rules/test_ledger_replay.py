"""How repayments are taken: by days past due at the value date, whatever the order in which they become known."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.compliance.dated import ParameterError
from evenhand.ledger.policy import PARAMETERS, allocation_on
from evenhand.ledger.replay import Fact, replay, waterfall

DAY = date(2026, 3, 1)


def order_of(overdue_days, on):
    return allocation_on(on).order(overdue_days)


def owed(key, part, minor, after=0):
    return Fact(
        key=key, kind="OWED", value_on=DAY + timedelta(days=after), amount_minor=minor, part=part
    )


def fact(key, kind, minor, after=0, overdue_days=0, part=""):
    return Fact(
        key=key, kind=kind, value_on=DAY + timedelta(days=after), amount_minor=minor, overdue_days=overdue_days,
        part=part,
    )  # fmt: skip


DEBT = [
    owed("a", "PRINCIPAL", 900_000),
    owed("b", "INTEREST", 30_000),
    owed("c", "LATE_CHARGE", 5_000),
    owed("d", "FEE", 10_000),
]


def left(*facts):
    outcome = replay([*DEBT, *facts], order_of)
    return {part: minor for part, minor in outcome.owed.items() if minor}, outcome.credit_minor


@pytest.mark.parametrize(
    ("overdue_days", "principal", "charges"),
    [
        (0, 900_000, 5_000),
        (1, 900_000, 5_000),
        (90, 900_000, 5_000),
        (91, 860_000, 45_000),
        (400, 860_000, 45_000),
    ],
)
def test_charges_come_first_to_day_90_and_principal_from_day_91(overdue_days, principal, charges):
    parts, credit = left(fact("p", "PAID", 40_000, after=1, overdue_days=overdue_days))
    assert parts["PRINCIPAL"] == principal
    assert sum(parts.values()) - parts["PRINCIPAL"] == charges
    assert credit == 0


def test_within_charges_the_order_is_the_banks_own():
    assert waterfall(36_000, {"INTEREST": 30_000, "LATE_CHARGE": 5_000, "FEE": 10_000}, order_of(10, DAY)) == {
        "INTEREST": 30_000, "LATE_CHARGE": 5_000, "FEE": 1_000,
    }  # fmt: skip


def test_what_is_paid_too_much_is_hers_and_settles_what_comes_next():
    parts, credit = left(fact("p", "PAID", 1_000_000, after=1))
    assert (parts, credit) == ({}, 55_000)
    outcome = replay(
        [*DEBT, fact("p", "PAID", 1_000_000, after=1), owed("e", "FEE", 20_000, after=3)], order_of
    )
    assert (outcome.credit_minor, outcome.total_minor) == (35_000, -35_000)
    assert [move for move in outcome.moves if move.cause == "e"] == [
        ("e", "CREDIT", "FEE", 20_000, DAY + timedelta(days=3))
    ]


def test_a_payment_taken_back_leaves_what_it_settled_owed_again():
    before, _ = left()
    after, credit = left(
        fact("p", "PAID", 40_000, after=1, overdue_days=20),
        fact("r", "TAKEN_BACK", 40_000, after=1),
    )
    assert (after, credit) == (before, 0)


def test_a_payment_of_the_same_sum_is_the_one_taken_back():
    small, large = fact("p1", "PAID", 10_000, 1, 20), fact("p2", "PAID", 25_000, 2, 95)
    parts, _ = left(small, large, fact("r", "TAKEN_BACK", 10_000, after=5))
    only_large, _ = left(large)
    assert parts == only_large


def test_a_fee_waived_after_it_was_paid_is_given_to_her_credit_and_settles_the_rest():
    parts, credit = left(
        fact("p", "PAID", 45_000, after=1, overdue_days=20),
        fact("w", "FORGIVEN", 10_000, after=2, part="FEE"),
    )
    assert (parts, credit) == ({"PRINCIPAL": 890_000}, 0)


facts_of_an_account = st.lists(
    st.tuples(
        st.sampled_from(["OWED", "PAID", "PAID", "PAID", "FORGIVEN", "TAKEN_BACK"]),
        st.integers(1, 500_000),
        st.integers(0, 6),
        st.sampled_from(["PRINCIPAL", "INTEREST", "LATE_CHARGE", "FEE"]),
    ),
    max_size=12,
)


def made(drawn):
    return [
        fact(
            f"{number:03}", kind, minor, after,
            overdue_days=80 + 4 * after if kind == "PAID" else 0,
            part=part if kind in {"OWED", "FORGIVEN"} else "",
        )
        for number, (kind, minor, after, part) in enumerate(drawn)
    ]  # fmt: skip


@given(facts_of_an_account, st.randoms())
def test_the_order_in_which_facts_arrive_changes_nothing(drawn, random):
    facts = [*DEBT, *made(drawn)]
    first = replay(facts, order_of)
    random.shuffle(facts)
    assert replay(facts, order_of) == first


@given(facts_of_an_account)
def test_no_cent_is_lost(drawn):
    facts = [*DEBT, *made(drawn)]
    outcome = replay(facts, order_of)
    sums = {kind: sum(f.amount_minor for f in facts if f.kind == kind) for kind in
            ("OWED", "PAID", "FORGIVEN", "TAKEN_BACK")}  # fmt: skip
    expected = sums["OWED"] - sums["PAID"] - sums["FORGIVEN"] + sums["TAKEN_BACK"]
    assert outcome.total_minor == expected
    assert all(minor >= 0 for minor in outcome.owed.values())
    for paid in (f for f in facts if f.kind == "PAID"):
        mine = [move for move in outcome.moves if move.cause == paid.key]
        assert sum(move.amount_minor for move in mine) == paid.amount_minor


@given(st.integers(1, 2_000_000), st.integers(1, 2_000_000), st.integers(0, 200))
def test_two_payments_of_one_day_settle_what_one_of_their_sum_does(one, two, overdue_days):
    apart = left(fact("p1", "PAID", one, 1, overdue_days), fact("p2", "PAID", two, 1, overdue_days))
    assert apart == left(fact("p", "PAID", one + two, 1, overdue_days))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "allocation.sequence"}, "not one of"),
        ({"value": ["CHARGES"]}, "each of CHARGES, PRINCIPAL"),
        ({"value": "CHARGES"}, "expected list"),
        ({"instrument": ""}, "no instrument"),
        ({"confidence": "Z"}, "confidence"),
        ({"name": "court.total_cost_ceiling", "value": "24"}, "between 0 and 1"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused(change, expected):
    row = {
        "name": "allocation.order_after",
        "value": ["PRINCIPAL", "CHARGES"],
        "instrument": "x",
        "confidence": "S",
    }
    PARAMETERS.check(row)
    with pytest.raises(ParameterError, match=expected):
        PARAMETERS.check(row | change)


def test_what_is_not_set_on_a_day_is_not_guessed():
    with pytest.raises(ParameterError, match=r"interest.daily_cap is not set on 2021-01-01"):
        PARAMETERS.value_on("interest.daily_cap", date(2021, 1, 1))
    assert PARAMETERS.value_on("interest.daily_cap", date(2020, 12, 31)) == Decimal("0.0005")
