"""What ageing promises a bank, said once each. Every sentence holds for the rules and for the columns alike."""

from dataclasses import asdict, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from evenhand.delinquency.ageing import AGEING, BUCKETS, RISK_CLASSES
from evenhand.delinquency.classification import classification_on
from evenhand.delinquency.columns import BookError, ExtraPayments, age_accounts
from evenhand.delinquency.rules import Account, Ageing, Payment, Statement, age, treatment_days
from evenhand.portfolio.terms import AgeingTerms, Leads, MinimumDueIs
from tests.rules.accounts_ageing import book, extra_payments

TERMS = AgeingTerms()
STATED = AgeingTerms(leads=Leads.STATED)
YUAN = 100
BALANCE = 100_000 * YUAN


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


JUNE = Statement(day("06-06"), day("06-26"), 1_000 * YUAN)
JULY = Statement(day("07-06"), day("07-26"), 1_900 * YUAN)
AUGUST = Statement(day("08-06"), day("08-26"), 2_850 * YUAN)
THREE = Account(statements=(JUNE, JULY, AUGUST), balance_minor=BALANCE, opened_on=day("05-20"))


def paid(booked: str, yuan: int, value: str | None = None) -> Payment:
    return Payment(day(value or booked), day(booked), yuan * YUAN)


def aged(
    account: Account, on: str, terms: AgeingTerms = TERMS, extra: tuple[Payment, ...] = ()
) -> Ageing:
    """The figures by the rules, after seeing that the columns say the same."""
    when = day(on)
    ageing = age(account, terms=terms, on=when, classification=classification_on(when), extra=extra)
    table = age_accounts(book([account]), terms, when, extra_payments([extra]))
    assert table.to_pylist() == [asdict(ageing)]
    return ageing


def with_payments(*payments: Payment) -> Account:
    return replace(THREE, payments=payments)


@pytest.mark.parametrize("days_late", [1, 4, 10, 30, 31, 90, 91, 180, 181, 400])
def test_an_account_paid_in_full_is_past_due_at_no_day_count(days_late):
    settled = replace(THREE, statements=(JUNE,), payments=(paid("06-20", 1_000),), balance_minor=0)
    when = JUNE.due_on + timedelta(days=days_late)
    ageing = age(settled, terms=TERMS, on=when, classification=classification_on(when))
    assert (ageing.past_due, ageing.owes, ageing.arrears_minor, ageing.due_minor) == (
        False,
        False,
        0,
        0,
    )


def test_a_missed_night_changes_nothing():
    """State follows from facts: ageing on the second day does not know whether the first was aged."""
    account = with_payments(paid("07-10", 400))
    aged(account, "07-28")
    assert aged(account, "07-30") == aged(with_payments(paid("07-10", 400)), "07-30")
    assert aged(account, "07-30").overdue_days == aged(account, "07-29").overdue_days + 1


def test_a_part_payment_that_moves_the_earliest_unpaid_due_date_re_ages_from_that_date():
    before, after = aged(THREE, "07-30"), aged(with_payments(paid("07-30", 1_000)), "07-30")
    assert (before.overdue_days, before.oldest_due_on) == (34, JUNE.due_on)
    assert (after.overdue_days, after.oldest_due_on) == (4, JULY.due_on)


def test_a_part_payment_short_of_the_oldest_minimum_moves_no_date():
    ageing = aged(with_payments(paid("07-30", 999)), "07-30")
    assert (ageing.overdue_days, ageing.arrears_minor) == (34, 901 * YUAN)


def test_two_hundred_days_past_due_on_the_first_load_lands_in_its_true_bucket_that_night():
    statements = tuple(
        Statement(
            JUNE.statement_on + timedelta(days=30 * k),
            JUNE.due_on + timedelta(days=30 * k),
            (k + 1) * 500,
        )
        for k in range(7)
    )
    when = JUNE.due_on + timedelta(days=200)
    account = Account(statements=statements, balance_minor=BALANCE)
    ageing = age(account, terms=TERMS, on=when, classification=classification_on(when))
    assert ageing.overdue_days == 200
    assert BUCKETS[ageing.bucket] == "M7+"
    assert RISK_CLASSES[ageing.risk_class] == "LOSS"
    assert ageing.cycles_missed == 7


def test_a_payment_with_an_earlier_value_date_re_ages_from_that_date():
    late_booked = with_payments(paid("07-20", 1_000, value="06-29"))
    assert aged(THREE, "07-20").overdue_days == 24
    assert not aged(late_booked, "07-20").past_due
    assert not aged(late_booked, "06-30").past_due, "the day before it was booked is corrected too"


def test_a_payment_whose_value_date_has_not_come_does_not_count_yet():
    account = with_payments(paid("07-20", 1_000, value="07-22"))
    assert aged(account, "07-21").overdue_days == 25
    assert aged(account, "07-22").overdue_days == 0


def test_a_reversal_re_ages_as_if_the_payment_had_never_been_made():
    made, taken_back = paid("06-20", 1_000), paid("07-02", -1_000, value="06-20")
    assert not aged(with_payments(made), "07-02").past_due
    assert aged(with_payments(made, taken_back), "07-02").overdue_days == 6
    assert aged(with_payments(made, taken_back), "07-02").payments_recent == 0


def test_a_reversal_takes_back_the_payment_of_its_value_date_and_leaves_the_other():
    account = with_payments(
        paid("06-20", 600), paid("06-22", 400), paid("06-24", -600, value="06-20")
    )
    ageing = aged(account, "06-30")
    assert (ageing.arrears_minor, ageing.last_paid_on) == (600 * YUAN, day("06-22"))


def test_a_reversal_without_a_payment_of_its_value_date_takes_the_latest_booked_before_it():
    account = with_payments(
        paid("06-20", 600), paid("06-22", 400), paid("06-24", -400, value="06-23")
    )
    ageing = aged(account, "06-30")
    assert (ageing.arrears_minor, ageing.last_paid_on) == (400 * YUAN, day("06-20"))


def test_a_statement_issued_before_a_reversal_was_booked_keeps_its_increment():
    """The July minimum was stated while June counted as paid, so none of it is June's."""
    account = with_payments(paid("06-20", 1_000), paid("07-08", -1_000, value="06-20"))
    assert aged(account, "07-30").arrears_minor == 2_900 * YUAN


def test_a_payment_is_reversed_by_day_before_any_file_says_so():
    account = with_payments(paid("06-20", 1_000))
    reversal = (paid("07-02", -1_000, value="06-20"),)
    assert aged(account, "07-02", extra=reversal).overdue_days == 6


def test_a_payment_by_day_counts_at_once_and_lowers_what_is_owed():
    everything = (Payment(day("07-30"), day("07-30"), BALANCE),)
    assert aged(THREE, "07-30", extra=(paid("07-30", 1_000),)).overdue_days == 4
    assert not aged(THREE, "07-30", extra=everything).owes


def test_cured_means_all_arrears_are_paid():
    assert aged(with_payments(paid("07-30", 1_899)), "07-30").past_due
    assert aged(with_payments(paid("07-30", 1_899)), "07-30").arrears_minor == 1 * YUAN
    assert not aged(with_payments(paid("07-30", 1_900)), "07-30").past_due


def test_over_payment_never_pays_a_later_minimum():
    ageing = aged(with_payments(paid("06-20", 5_000)), "07-30")
    assert (ageing.overdue_days, ageing.arrears_minor) == (4, 1_900 * YUAN)


@pytest.mark.parametrize("balance_minor", [0, -1, -5_000])
def test_a_zero_or_credit_balance_is_past_due_by_no_computation(balance_minor):
    ageing = aged(replace(THREE, balance_minor=balance_minor), "09-30")
    assert not ageing.owes
    assert (ageing.past_due, ageing.computed_overdue_days, ageing.next_due_on) == (False, 0, None)


def test_arrears_and_what_is_due_are_at_most_the_balance():
    ageing = aged(replace(THREE, balance_minor=1_200 * YUAN), "07-27")
    assert (ageing.arrears_minor, ageing.due_minor) == (1_000 * YUAN, 200 * YUAN)


def test_a_minimum_of_zero_is_never_missed():
    nothing_asked = replace(JUNE, minimum_due_minor=0)
    ageing = aged(replace(THREE, statements=(nothing_asked,)), "09-30")
    assert (ageing.past_due, ageing.cycles_missed) == (False, 0)


def test_an_account_without_statements_or_payments_has_a_row_of_nothing():
    ageing = aged(Account(balance_minor=500), "07-30")
    assert (ageing.past_due, ageing.owes, ageing.last_paid_on) == (False, True, None)


@pytest.mark.parametrize(("on", "days"), [("06-26", 0), ("06-29", 0), ("06-30", 4), ("07-01", 5)])
def test_days_past_due_count_from_the_due_date_once_the_grace_is_over(on, days):
    assert aged(THREE, on).overdue_days == days


def test_what_is_due_shows_until_its_grace_is_over():
    assert (aged(THREE, "06-29").due_minor, aged(THREE, "06-29").next_due_on) == (
        1_000 * YUAN,
        JUNE.due_on,
    )
    assert (aged(THREE, "06-30").due_minor, aged(THREE, "06-30").next_due_on) == (0, None)


def test_a_statement_not_issued_yet_asks_for_nothing():
    assert aged(THREE, "07-05").due_minor == 0
    assert aged(THREE, "07-06").due_minor == 900 * YUAN


@pytest.mark.parametrize(
    ("tolerance_yuan", "days", "missed"), [(99, 34, 2), (100, 4, 1), (1_899, 4, 1), (1_900, 0, 0)]
)
def test_a_remainder_within_the_tolerance_counts_as_paid_until_it_adds_up(
    tolerance_yuan, days, missed
):
    terms = replace(TERMS, tolerance_minimum_minor=tolerance_yuan * YUAN)
    ageing = aged(with_payments(paid("07-05", 900)), "07-30", terms)
    assert (ageing.overdue_days, ageing.cycles_missed) == (days, missed)


def test_the_tolerance_of_the_full_balance_does_not_touch_ageing():
    generous = replace(TERMS, tolerance_full_minor=10**9)
    assert aged(THREE, "07-30", generous) == aged(THREE, "07-30")


def test_a_minimum_that_is_an_increment_contains_nothing_earlier():
    increments = replace(TERMS, minimum_due_is=MinimumDueIs.INCREMENT)
    assert aged(THREE, "07-30", increments).arrears_minor == 2_900 * YUAN


def test_the_past_due_the_feed_states_is_used_and_a_difference_is_marked():
    stated = replace(JULY, past_due_minor=950 * YUAN)
    ageing = aged(replace(THREE, statements=(JUNE, stated)), "07-30")
    assert (ageing.arrears_minor, ageing.difference) == (1_950 * YUAN, 2)
    agreeing = replace(JULY, past_due_minor=1_000 * YUAN)
    assert aged(replace(THREE, statements=(JUNE, agreeing)), "07-30").difference == 0


def test_the_stated_days_lead_where_the_portfolio_says_so_and_the_computed_are_kept():
    account = replace(THREE, stated_overdue_days=60, stated_on=day("07-28"))
    ageing = aged(account, "07-30", STATED)
    assert (ageing.overdue_days, ageing.computed_overdue_days) == (62, 34)
    assert (BUCKETS[ageing.bucket], ageing.difference) == ("M3", 1)
    assert aged(account, "07-30").overdue_days == 34


def test_a_stated_zero_stays_zero():
    account = replace(THREE, stated_overdue_days=0, stated_on=day("06-01"))
    ageing = aged(account, "07-30", STATED)
    assert (ageing.past_due, ageing.arrears_minor, ageing.difference) == (False, 0, 1)


def test_a_core_that_states_nothing_leaves_the_computed_days_to_lead():
    assert aged(THREE, "07-30", STATED).overdue_days == 34


def test_past_due_by_code_with_nothing_owed_is_past_due_and_owes_nothing():
    account = replace(THREE, stated_overdue_days=35, stated_on=day("07-30"), balance_minor=-10)
    ageing = aged(account, "07-30", STATED)
    assert (ageing.past_due, ageing.owes, ageing.arrears_minor, ageing.arrears_estimated) == (
        True,
        False,
        0,
        False,
    )


@pytest.mark.parametrize(("balance_yuan", "arrears_yuan"), [(100_000, 1_900), (300, 300)])
def test_arrears_the_statements_do_not_show_are_estimated_by_the_latest_minimum(
    balance_yuan, arrears_yuan
):
    account = replace(
        with_payments(paid("07-10", 1_000), paid("07-20", 900)),
        stated_overdue_days=35,
        stated_on=day("07-30"),
        balance_minor=balance_yuan * YUAN,
    )
    ageing = aged(account, "07-30", STATED)
    assert (ageing.arrears_minor, ageing.arrears_estimated) == (arrears_yuan * YUAN, True)


@pytest.mark.parametrize(
    ("opened_on", "payments", "expected"),
    [
        (day("05-20"), (), True),
        (day("04-05"), (), True),  # 62 days before the first statement
        (day("04-04"), (), False),  # the window may not start at the opening
        (None, (), False),
        (day("05-20"), (paid("06-20", 1_000),), False),  # the second is missed, not the first
    ],
)
def test_a_first_payment_default_is_the_first_minimum_ever_missed(opened_on, payments, expected):
    account = replace(THREE, opened_on=opened_on, payments=payments)
    assert aged(account, "07-30").first_payment_default is expected


@pytest.mark.parametrize(
    ("pauses", "reaged_on", "days"),
    [
        ((), None, 34),
        (((day("07-01"), day("07-11")),), None, 24),
        (((day("07-01"), day("07-11")), (day("07-05"), day("07-16"))), None, 19),  # overlapping
        (((day("06-01"), day("06-27")),), None, 34),  # over before the first day past due
        (((day("07-26"), day("12-31")),), None, 29),  # still running
        (((day("06-01"), day("12-31")),), None, 0),
        ((), day("07-20"), 10),
        ((), day("07-30"), 0),
        ((), day("08-01"), 34),  # not yet
        ((), day("06-01"), 34),  # before it was past due
        (((day("07-01"), day("07-25")),), day("07-20"), 6),
    ],
)
def test_treatment_days_leave_out_pauses_and_start_anew_at_a_re_ageing(pauses, reaged_on, days):
    assert treatment_days(34, day("07-30"), pauses, reaged_on) == days


def test_the_contractual_clock_knows_no_pause():
    """Nothing a person decides is an input of ageing: `age` takes facts and terms alone."""
    assert aged(THREE, "07-30").overdue_days == 34
    assert treatment_days(0, day("07-30"), [(day("07-01"), day("07-11"))], day("07-05")) == 0


def test_the_floors_of_2023_are_not_in_force_before_their_day():
    before, after = (classification_on(date(2023, month, 30)) for month in (6, 7))
    assert (before.classes(400).fin2023, after.classes(400).fin2023) == (0, 4)
    assert before.classes(400).risk_class == 4, "Art. 92 stood before"


def test_columns_read_slices_chunks_and_missing_lists_as_they_are():
    accounts = [with_payments(paid("07-30", 100 * k)) for k in range(7)]
    whole = book(accounts)
    expected = age_accounts(whole, TERMS, day("07-30"))
    chunked = pa.concat_tables([whole.slice(0, 3), whole.slice(3, 1), whole.slice(4)])
    assert age_accounts(chunked, TERMS, day("07-30")) == expected
    assert age_accounts(whole.slice(2, 3), TERMS, day("07-30")) == expected.slice(2, 3)
    no_payments = whole
    for name in ("value_on", "booked_on", "paid_minor"):
        place, kind = whole.schema.get_field_index(name), whole.schema.field(name).type
        values = [None, *whole.column(name).to_pylist()[1:]]
        no_payments = no_payments.set_column(place, name, pa.array(values, kind))
    assert age_accounts(no_payments, TERMS, day("07-30")) == expected


def test_columns_of_an_empty_book_are_an_empty_table_of_the_schema():
    empty = age_accounts(book([]), TERMS, day("07-30"))
    assert (empty.num_rows, empty.schema) == (0, AGEING)


def test_extra_payments_find_their_row_across_chunks():
    whole = book([THREE] * 4)
    chunked = pa.concat_tables([whole.slice(0, 2), whole.slice(2)])
    payment = paid("07-30", 1_000)
    aged_table = age_accounts(
        chunked, TERMS, day("07-30"), extra_payments([(), (payment,), (), (payment,)])
    )
    assert aged_table.column("overdue_days").to_pylist() == [34, 4, 34, 4]


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("balance_minor", [None], "balance_minor is null"),
        ("due_on", [[JUNE.due_on]], "due_on and statement_on differ in length"),
        ("paid_minor", [[None]], "paid_minor"),
    ],
)
def test_a_book_with_a_hole_is_refused_by_the_name_of_its_column(name, values, said):
    whole = book([with_payments(paid("07-30", 1))])
    place, kind = whole.schema.get_field_index(name), whole.schema.field(name).type
    with pytest.raises(BookError, match=said):
        age_accounts(whole.set_column(place, name, pa.array(values, kind)), TERMS, day("07-30"))
    with pytest.raises(BookError, match=f"no column {name}"):
        age_accounts(whole.drop_columns([name]), TERMS, day("07-30"))


def test_extra_payments_out_of_order_break_a_promise():
    with pytest.raises(AssertionError, match="sorted by row"):
        ExtraPayments(
            np.array([1, 0]), np.zeros(2, np.int32), np.zeros(2, np.int32), np.zeros(2, np.int64)
        )
