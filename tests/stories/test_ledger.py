"""The ledger of a debt over some nights: opened from a line, booked from lines, held against the core's own figures."""

from datetime import timedelta

import pytest

from evenhand.cycle import books, money
from evenhand.cycle.manifest import read_manifest
from evenhand.ledger.models import Book, Break, Posting, ReceivedPayment
from evenhand.ledger.queries import balance_of, break_rows, statement_of_account
from tests.bank import FIRST, NOON, Bank, account, customer, next_day, payment, statement

pytestmark = pytest.mark.django_db

SECOND, THIRD = next_day(FIRST), next_day(FIRST, 2)
DUE = (FIRST - timedelta(days=20)).isoformat()
STATEMENTS = [
    statement("A1", "C1", (FIRST - timedelta(days=45)).isoformat(), DUE, "500.00"),
]


def components(principal, interest="100.00", late_charge="25.00", fee="0.00", on=SECOND):
    """A line of balances; a file of the same bytes as another would not be loaded again, so its day stands in it."""
    return {
        "customer_ref": "C1", "account_ref": "A1", "currency": "CNY", "principal": principal, "interest": interest,
        "late_charge": late_charge, "fee": fee, "unbilled_instalments": f"{on:%d}.00",
    }  # fmt: skip


def charge(key, kind, amount, on=SECOND):
    return {
        "customer_ref": "C1", "account_ref": "A1", "currency": "CNY", "charge_ref": key, "kind": kind,
        "value_on": on.isoformat(), "posted_on": on.isoformat(), "amount": amount,
    }  # fmt: skip


@pytest.fixture
def bank(lake_home, tmp_path):
    """A bank in an empty home."""
    return Bank(tmp_path / "feeds")


@pytest.fixture
def overdue(bank):
    """Anna's card is past due and the core says what it is made of."""
    bank.sends(
        FIRST, customers=[customer("C1")], accounts=[account("A1", "C1", balance="10125.00")],
        balances=[components("10000.00", on=FIRST)], statements=STATEMENTS,
    )  # fmt: skip
    bank.night(FIRST)
    return bank


def owed(bank, on):
    found = balance_of(bank.key("account", "A1"), as_of=on)
    return {part: minor for part, minor in found.owed_minor if minor}


def test_a_book_opens_when_the_case_does_with_the_line_the_core_sent(overdue):
    book = Book.objects.get()
    assert (book.opened_on, book.split) == (FIRST, True)
    assert owed(overdue, FIRST) == {
        "PRINCIPAL": 1_000_000,
        "INTEREST": 10_000,
        "LATE_CHARGE": 2_500,
    }
    lines = statement_of_account(book.account_key, until=FIRST).lines
    assert {line.kind for line in lines} == {"OPENING"}
    assert all(line.file_no and line.line == 2 for line in lines)


def test_the_days_lines_are_booked_and_the_figures_are_the_cores(overdue):
    overdue.sends(
        SECOND, accounts=[account("A1", "C1", balance="9850.00")],
        balances=[components("9825.00", "25.00", "0.00", "0.00")],
        charges=[charge("F1", "INTEREST", "25.00")],
        payments=[payment("A1", "C1", "P1", SECOND.isoformat(), "300.00")],
    )  # fmt: skip
    run = overdue.night(SECOND)
    # 300.00 takes interest 100.00 + 25.00 and the late charge before principal: 20 days past due
    assert owed(overdue, SECOND) == {"PRINCIPAL": 985_000}
    assert run.totals["ledger_charges"] == 1
    assert run.totals["ledger_payments"] == 1
    differ = {(row.part, row.ours_minor, row.theirs_minor) for row in break_rows()}
    assert differ == {("PRINCIPAL", 985_000, 982_500), ("INTEREST", 0, 2_500)}
    assert run.totals["ledger_differ"] == 2


def test_a_difference_stays_listed_until_it_is_gone(overdue):
    overdue.sends(
        SECOND,
        accounts=[account("A1", "C1", balance="10145.00")],
        balances=[components("10020.00")],
    )
    overdue.night(SECOND)
    [row] = break_rows()
    assert (row.part, row.theirs_minor - row.ours_minor, row.explanation) == (
        "PRINCIPAL",
        2_000,
        "NOT_SENT",
    )
    overdue.sends(
        THIRD, accounts=[account("A1", "C1", balance="10145.00")], balances=[components("10020.00", on=THIRD)],
        charges=[charge("F9", "PURCHASE", "20.00")],
    )  # fmt: skip
    overdue.night(THIRD)
    assert break_rows() == ()
    gone = Break.objects.get()
    assert (gone.since_on, gone.gone_on) == (SECOND, THIRD)


def received(bank, reference, minor, on=SECOND, source="GATEWAY"):
    return money.receive_payments(
        [
            money.Money(
                customer_key=bank.key("customer", "C1"), partition=bank.partition("C1"),
                account_key=bank.key("account", "A1"), reference_key=bank.key("payment", reference),
                amount_minor=minor, currency="CNY", value_on=on, source=source,
            )
        ],
        now=NOON,
    )  # fmt: skip


def test_money_known_by_day_is_provisional_and_the_night_confirms_it(overdue):
    assert received(overdue, "P1", 30_000) == 1
    by_day = balance_of(overdue.key("account", "A1"), as_of=SECOND)
    assert (by_day.total_minor, by_day.provisional_minor) == (982_500, 30_000)
    overdue.sends(
        SECOND, accounts=[account("A1", "C1", balance="9825.00")],
        balances=[components("9825.00", "0.00", "0.00")],
        payments=[payment("A1", "C1", "P1", SECOND.isoformat(), "300.00")],
    )  # fmt: skip
    overdue.night(SECOND)
    after = balance_of(overdue.key("account", "A1"), as_of=SECOND)
    assert (after.total_minor, after.provisional_minor) == (982_500, 0)
    assert break_rows() == ()
    assert ReceivedPayment.objects.get().confirmed_on == SECOND


def test_money_the_core_names_otherwise_is_known_by_sum_and_value_date_and_counted_once(overdue):
    received(overdue, "G-1", 30_000)
    received(overdue, "G-2", 30_000)  # two alike on one day
    overdue.sends(
        SECOND, accounts=[account("A1", "C1", balance="9825.00")],
        balances=[components("9825.00", "0.00", "0.00")],
        payments=[payment("A1", "C1", "CORE-1", SECOND.isoformat(), "300.00")],
    )  # fmt: skip
    run = overdue.night(SECOND)
    assert run.totals["ledger_payments"] == 0
    after = balance_of(overdue.key("account", "A1"), as_of=SECOND)
    assert (after.total_minor, after.provisional_minor) == (952_500, 30_000)
    assert [row.confirmed_on for row in ReceivedPayment.objects.order_by("id")] == [SECOND, None]
    assert {row.explanation for row in break_rows()} == {"PROVISIONAL"}
    overdue.sends(THIRD, payments=[payment("A1", "C1", "CORE-2", SECOND.isoformat(), "300.00")])
    overdue.night(THIRD)
    after = balance_of(overdue.key("account", "A1"), as_of=THIRD)
    assert (after.total_minor, after.provisional_minor) == (952_500, 0)
    assert ReceivedPayment.objects.count() == 2


def test_money_of_another_day_or_sum_is_not_taken_for_the_cores(overdue):
    received(overdue, "G-1", 30_000, on=FIRST)
    overdue.sends(
        SECOND,
        payments=[
            payment("A1", "C1", "CORE-1", SECOND.isoformat(), "300.00"),
            payment("A1", "C1", "CORE-2", FIRST.isoformat(), "300.01"),
        ],
    )
    overdue.night(SECOND)
    assert ReceivedPayment.objects.get(source="GATEWAY").confirmed_on is None
    after = balance_of(overdue.key("account", "A1"), as_of=SECOND)
    assert after.total_minor == 1_012_500 - 90_001


def test_the_core_first_and_then_the_gateway_is_one_payment(overdue):
    overdue.sends(SECOND, payments=[payment("A1", "C1", "P1", SECOND.isoformat(), "300.00")])
    overdue.night(SECOND)
    assert received(overdue, "P1", 30_000) == 0
    assert received(overdue, "G-7", 30_000) == 1  # the gateway's own name for it
    assert balance_of(overdue.key("account", "A1"), as_of=SECOND).total_minor == 982_500
    assert received(overdue, "G-8", 30_000) == 1  # another of the same sum is another payment
    assert balance_of(overdue.key("account", "A1"), as_of=SECOND).total_minor == 952_500
    received(
        overdue, "G-9", 1_000, on=FIRST
    )  # out of order: all of the account is worked out again
    assert balance_of(overdue.key("account", "A1"), as_of=SECOND).total_minor == 951_500


def test_what_the_core_has_not_booked_yet_explains_the_difference(overdue):
    received(overdue, "P1", 30_000)
    overdue.sends(
        SECOND,
        accounts=[account("A1", "C1", balance="10125.00")],
        balances=[components("10000.00")],
    )
    overdue.night(SECOND)
    assert {row.explanation for row in break_rows()} == {"PROVISIONAL"}


def test_booking_a_night_again_changes_nothing(overdue):
    overdue.sends(
        SECOND, accounts=[account("A1", "C1", balance="9850.00")],
        balances=[components("9825.00", "25.00", "0.00", "0.00")],
        charges=[charge("F1", "INTEREST", "25.00")],
        payments=[payment("A1", "C1", "P1", SECOND.isoformat(), "300.00")],
    )  # fmt: skip
    overdue.night(SECOND)
    before = list(Posting.objects.order_by("id").values())
    broken = list(Break.objects.order_by("id").values())
    books.book_night(read_manifest(overdue.lake.manifest(SECOND)), overdue.lake, now=NOON)
    assert list(Posting.objects.order_by("id").values()) == before
    assert list(Break.objects.order_by("id").values()) == broken


def test_a_reversed_payment_is_owed_again(overdue):
    overdue.sends(SECOND, payments=[payment("A1", "C1", "P1", SECOND.isoformat(), "300.00")])
    overdue.night(SECOND)
    overdue.sends(
        THIRD,
        payments=[payment("A1", "C1", "P2", THIRD.isoformat(), "300.00", reverses_ref="P1")],
    )
    overdue.night(THIRD)
    assert owed(overdue, THIRD) == {
        "PRINCIPAL": 1_000_000,
        "INTEREST": 10_000,
        "LATE_CHARGE": 2_500,
    }


def test_a_bank_that_sends_no_components_has_a_book_of_one_figure(bank):
    bank.sends(
        FIRST, customers=[customer("C1")], accounts=[account("A1", "C1")], statements=STATEMENTS
    )
    bank.night(FIRST)
    assert not Book.objects.get().split
    bank.sends(
        SECOND, accounts=[account("A1", "C1", balance="9700.00")],
        payments=[payment("A1", "C1", "P1", SECOND.isoformat(), "300.00")],
    )  # fmt: skip
    run = bank.night(SECOND)
    assert owed(bank, SECOND) == {"UNSPLIT": 970_000}
    assert (run.totals["ledger_compared"], run.totals["ledger_differ"]) == (1, 0)
