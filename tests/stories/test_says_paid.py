"""She says she has paid: nobody asks again while it is looked for, and what is found is hers."""

from datetime import timedelta
from uuid import uuid4

import pytest

from evenhand.arrangements.models import Promise
from evenhand.casework.models import Case, Hold
from evenhand.cycle.bank_money import load_statement, place_money
from evenhand.cycle.day import record_promise
from evenhand.cycle.money import Money, receive_payments
from evenhand.cycle.money_queue import account_named, unconfirmed_rows, waiting_rows
from evenhand.cycle.says_paid import says_paid, waiting_for
from evenhand.payments.models import PaidClaim, PaymentIntent
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.bank import FIRST, NOON, Bank, account, customer, next_day, statement
from tests.rules.statements import camt, entry
from tests.world import a_supervisor

pytestmark = pytest.mark.django_db

DUE = (FIRST - timedelta(days=20)).isoformat()
BILLED = (FIRST - timedelta(days=45)).isoformat()


@pytest.fixture
def bank(lake_home, tmp_path):
    """A bank whose customer owes a minimum of 500 yuan since twenty days."""
    bank = Bank(tmp_path / "feeds")
    bank.sends(
        FIRST, customers=[customer("C1", name="王秀兰")], accounts=[account("A1", "C1", card_tail="4321")],
        statements=[statement("A1", "C1", BILLED, DUE, "500.00")],
    )  # fmt: skip
    bank.night(FIRST)
    return bank


def case():
    return Case.objects.get()


def keys():
    return read_keys(config().key_file)


def claimed(minor=50_000, key=None, on=FIRST):
    return says_paid(
        claim_id=key or uuid4(),
        customer_id=case().customer_id,
        amount_minor=minor,
        paid_on=on,
        by=None,
        now=NOON,
        on=on,
    )


def money_waits(*entries):
    load_statement(camt(*entries), "a.xml", keys=keys(), now=NOON)


def test_three_days_of_peace_and_then_it_goes_on(bank):
    assert case().treatment != "HOLD"
    key = uuid4()
    assert claimed(key=key)
    assert claimed(key=key)
    assert case().treatment == "HOLD"
    assert Hold.objects.get().until_on == next_day(FIRST, 3)
    bank.sends(next_day(FIRST, 3), customers=[customer("C9")])
    bank.night(next_day(FIRST, 3))
    assert PaidClaim.objects.get().state == "NOT_FOUND"
    assert case().treatment != "HOLD"


def test_said_for_the_third_time_within_a_month_it_is_looked_for_and_pauses_nothing(bank):
    assert [claimed(), claimed(), claimed()] == [True, True, False]
    assert Hold.objects.count() == 2


def test_money_nobody_could_place_is_shown_with_whom_it_may_be_for(bank):
    money_waits(entry("E1", "500.00", by="王秀兰", text="还信用卡"))
    [row] = waiting_rows(keys())
    assert [one.reasons for one in row.found] == [("NAME", "ARREARS")]
    claimed()
    [claim] = PaidClaim.objects.all()
    assert [one.amount_minor for one in waiting_for(claim)] == [50_000]
    [row] = waiting_rows(keys())
    assert row.found[0].reasons == ("NAME", "SAYS_PAID", "ARREARS")
    assert row.words.remitter == "王秀兰"


def test_placed_it_ends_the_search_and_the_pause_and_cures_the_case(bank):
    claimed()
    money_waits(entry("E1", "500.00", by="王秀兰"))
    [row] = waiting_rows(keys())
    place_money(row.id, account_key=row.found[0].account_key, by=a_supervisor().id, now=NOON)
    claim = PaidClaim.objects.get()
    assert claim.state == "FOUND"
    assert Hold.objects.get().lifted_at is not None
    assert (case().state, case().close_reason) == ("CLOSED", "CURED")


def test_a_smaller_sum_is_not_what_she_said(bank):
    claimed()
    receive_payments(
        [
            Money(
                customer_key=case().customer.customer_key, partition=case().customer.partition,
                account_key=case().accounts.get().account_key, reference_key=9, amount_minor=10_000, currency="CNY",
                value_on=FIRST,
            )
        ],
        now=NOON,
    )  # fmt: skip
    assert PaidClaim.objects.get().state == "OPEN"


def test_a_promise_and_a_number_in_the_words_are_hints_too(bank):
    record_promise(
        customer_id=case().customer_id,
        amount_minor=12_345,
        due_on=FIRST,
        by=None,
        now=NOON,
        on=FIRST,
    )
    assert Promise.objects.exists()
    money_waits(entry("E1", "123.45", by="somebody", text="客户号 C1 还款"))
    [row] = waiting_rows(keys())
    assert row.found[0].reasons == ("PROMISE",)  # C1 is too short to be taken for a number


def test_a_stranger_of_the_same_sum_is_a_hint_and_books_nothing(bank):
    money_waits(entry("E1", "500.00", by="某公司", text="货款"))
    [row] = waiting_rows(keys())
    assert row.found[0].reasons == ("ARREARS",)
    assert case().state == "OPEN"


def test_an_account_is_named_by_its_number_or_by_digits_that_mean_one_card(bank):
    key = bank.key("account", "A1")
    assert account_named("A1", keys()) == key
    assert account_named("4321", keys()) == key
    assert account_named("9999", keys()) is None


def test_what_the_core_does_not_confirm_in_two_banking_days_is_on_the_queue(bank):
    receive_payments(
        [
            Money(
                customer_key=case().customer.customer_key, partition=case().customer.partition,
                account_key=case().accounts.get().account_key, reference_key=9, amount_minor=10_000, currency="CNY",
                value_on=FIRST, source="GATEWAY",
            )
        ],
        now=NOON,
    )  # fmt: skip
    assert unconfirmed_rows(on=next_day(FIRST, 2)) == ()
    [row] = unconfirmed_rows(on=next_day(FIRST, 14))  # the holidays of October lie between
    assert row.age_days > 2


def test_a_payment_nothing_was_heard_of_runs_out(bank):
    from evenhand.cycle.gateway import begin_payment
    from evenhand.payments.actions import expire_intents

    begin_payment(
        intent_id=uuid4(), customer_id=case().customer_id, account_key=case().accounts.get().account_key,
        amount_minor=5_000, currency="CNY", by=None, now=NOON,
    )  # fmt: skip
    assert expire_intents(now=NOON) == 0
    assert expire_intents(now=NOON + timedelta(days=9)) == 1
    assert PaymentIntent.objects.get().state == "EXPIRED"


@pytest.mark.parametrize(
    ("paid", "outcome"),
    [((200, 4), "PART"), ((500, 4), "LATE"), ((500, 3), "KEPT"), (None, "BROKEN")],
)
def test_a_promise_is_kept_in_part_late_or_not_by_what_came_and_when(bank, paid, outcome):
    """Due on the first day with three days of grace: 200 of 500 in time is a part, 500 after the grace is late."""
    from evenhand.arrangements.queries import promise_rows

    record_promise(
        customer_id=case().customer_id,
        amount_minor=50_000,
        due_on=FIRST,
        by=None,
        now=NOON,
        on=FIRST,
    )
    if paid is not None:
        amount, after = paid
        first = min(after, 3) if outcome == "PART" else after
        receive_payments(
            [
                Money(
                    customer_key=case().customer.customer_key, partition=case().customer.partition,
                    account_key=case().accounts.get().account_key, reference_key=9, amount_minor=amount * 100,
                    currency="CNY", value_on=next_day(FIRST, first),
                )
            ],
            now=NOON,
        )  # fmt: skip
    later = next_day(FIRST, 5)
    bank.sends(later, customers=[customer("C9")])
    bank.night(later)
    [row] = promise_rows(case().customer_id, grace_days=3)
    assert row.outcome == outcome
