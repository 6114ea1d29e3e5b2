"""What no facts can make ageing do, tried on facts that hypothesis thinks up."""

from dataclasses import asdict, replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.delinquency.classification import classification_on
from evenhand.delinquency.columns import age_accounts
from evenhand.delinquency.rules import Account, Ageing, Payment, Statement, age, treatment_days
from evenhand.portfolio.terms import AgeingTerms, MinimumDueIs
from tests.rules.accounts_ageing import book

ON = date(2026, 9, 21)
AMOUNTS = st.integers(0, 5_000) | st.sampled_from((0, 1, 1_000))
TERMS = st.builds(
    AgeingTerms,
    grace_days=st.integers(0, 10),
    tolerance_minimum_minor=st.sampled_from((0, 0, 100, 1_000)),
    minimum_due_is=st.sampled_from(MinimumDueIs),
)


@st.composite
def statements(draw):
    """Up to six in monthly cycles, the latest issued within the last month."""
    first_on = ON - timedelta(days=draw(st.integers(0, 29)))
    return tuple(
        Statement(issued_on, issued_on + timedelta(days=20), draw(AMOUNTS))
        for back in range(draw(st.integers(0, 6)))
        for issued_on in (first_on - timedelta(days=30 * back),)
    )


@st.composite
def payments(draw):
    """Booked in the last half year, each of its booking day or an earlier one."""
    booked_on = ON - timedelta(days=draw(st.integers(0, 180)))
    value_on = booked_on - timedelta(days=draw(st.sampled_from((0, 0, 1, 40))))
    return Payment(value_on, booked_on, draw(st.integers(1, 5_000)))


ACCOUNTS = st.builds(
    Account,
    statements=statements(),
    payments=st.lists(payments(), max_size=6).map(tuple),
    balance_minor=st.sampled_from((-100, 0, 700, 10**6)),
)


def aged(account: Account, terms: AgeingTerms, on: date) -> Ageing:
    return age(account, terms=terms, on=on, classification=classification_on(on))


@settings(max_examples=200, deadline=None)
@given(ACCOUNTS, TERMS, payments())
def test_another_payment_never_raises_arrears_days_or_what_is_due_in_all(account, terms, payment):
    before = aged(account, terms, ON)
    after = aged(replace(account, payments=(*account.payments, payment)), terms, ON)
    assert after.overdue_days <= before.overdue_days
    assert after.arrears_minor <= before.arrears_minor
    if not terms.tolerance_minimum_minor:  # what is tolerated is asked for in the next minimum
        assert after.arrears_minor + after.due_minor <= before.arrears_minor + before.due_minor


@settings(max_examples=200, deadline=None)
@given(ACCOUNTS, TERMS)
def test_without_new_facts_a_day_adds_one_day_past_due_or_the_day_after_grace(account, terms):
    today, tomorrow = (aged(account, terms, ON + timedelta(days=n)) for n in (0, 1))
    rises = 1 if today.past_due else terms.grace_days + 1
    assert tomorrow.overdue_days in ({0, today.overdue_days + 1} if today.past_due else {0, rises})
    assert tomorrow.past_due >= today.past_due, "time alone cures nothing"


@settings(max_examples=100, deadline=None)
@given(ACCOUNTS, TERMS, st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_listed_changes_nothing(account, terms, draw):
    listed, paid = list(account.statements), list(account.payments)
    draw.shuffle(listed)
    draw.shuffle(paid)
    shuffled = replace(account, statements=tuple(listed), payments=tuple(paid))
    assert aged(shuffled, terms, ON) == aged(account, terms, ON)
    assert age_accounts(book([shuffled]), terms, ON).to_pylist() == [
        asdict(aged(account, terms, ON))
    ]


@settings(max_examples=200, deadline=None)
@given(ACCOUNTS, TERMS)
def test_a_payment_reversed_whole_leaves_what_is_unpaid_as_if_never_made(account, terms):
    """Unless a statement was issued between the two: it keeps what it was issued with."""
    payment = Payment(ON, ON, 1_000)
    both = (*account.payments, payment, replace(payment, paid_minor=-1_000))
    assert aged(replace(account, payments=both), terms, ON) == aged(account, terms, ON)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 400),
    st.lists(st.tuples(st.integers(-450, 30), st.integers(1, 200)), max_size=4),
    st.none() | st.integers(-450, 30),
)
def test_treatment_days_are_contractual_days_less_each_paused_day_once(days, spans, reaged):
    pauses = [(ON + timedelta(days=a), ON + timedelta(days=a + n)) for a, n in spans]
    reaged_on = None if reaged is None else ON + timedelta(days=reaged)
    starts = reaged_on if reaged_on and reaged_on <= ON else date.min
    counted = [
        on
        for back in range(days)
        for on in (ON - timedelta(days=back),)
        if on > starts and not any(a <= on < b for a, b in pauses)
    ]
    assert treatment_days(days, ON, pauses, reaged_on) == len(counted)
