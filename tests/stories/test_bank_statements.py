"""A bank statement over a night: what names an account is booked once, what does not waits until somebody places it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from evenhand.casework.models import Case
from evenhand.cycle.bank_money import (
    AccountUnknown,
    MoneyGone,
    WrongSplit,
    load_statement,
    note_money,
    opened,
    place_money,
    return_money,
    split_money,
)
from evenhand.cycle.gateway import Notice, begin_payment, notice_came
from evenhand.cycle.money import Money, receive_payments
from evenhand.journal.models import Line
from evenhand.ledger.models import ReceivedPayment
from evenhand.ledger.queries import balance_of
from evenhand.payments.models import PaymentIntent, RepeatedMoney, StatementFile, UnmatchedMoney
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.bank import FIRST, NOON, Bank, account, customer, next_day, payment, statement
from tests.rules.statements import camt, entry
from tests.world import a_supervisor

pytestmark = pytest.mark.django_db

SECOND = next_day(FIRST)
DUE = (FIRST - timedelta(days=20)).isoformat()


@pytest.fixture
def bank(lake_home, tmp_path):
    """A bank whose customer owes a minimum of 500 yuan since twenty days."""
    found = Bank(tmp_path / "feeds")
    billed = (FIRST - timedelta(days=45)).isoformat()
    found.sends(
        FIRST, customers=[customer("C1")], accounts=[account("A1", "C1")],
        statements=[statement("A1", "C1", billed, DUE, "500.00")],
    )  # fmt: skip
    found.night(FIRST)
    return found


def keys():
    return read_keys(config().key_file)


def load(*entries, name="a.xml"):
    return load_statement(camt(*entries), name, keys=keys(), now=NOON)


def booked():
    return sorted(ReceivedPayment.objects.values_list("amount_minor", flat=True))


def gateway_told(bank, reference="PG1", amount_minor=50_000):
    money = Money(
        customer_key=bank.key("customer", "C1"), partition=bank.partition("C1"),
        account_key=bank.key("account", "A1"), reference_key=bank.key("payment", reference),
        amount_minor=amount_minor, currency="CNY", value_on=FIRST, source="GATEWAY",
    )  # fmt: skip
    receive_payments([money], now=NOON)


def test_money_that_names_an_account_cures_the_case_at_once(bank):
    row = load(entry("B1", "500.00", ref="A1"))
    assert (row.state, row.entries_in, row.entries_booked) == ("LOADED", 1, 1)
    assert ReceivedPayment.objects.get().source == "BANK_STATEMENT"
    assert (Case.objects.get().state, Case.objects.get().close_reason) == ("CLOSED", "CURED")


def test_the_same_file_and_the_same_entry_in_another_file_are_booked_once(bank):
    first = load(entry("B1", "500.00", ref="A1"))
    assert load(entry("B1", "500.00", ref="A1")).id == first.id
    later = load(entry("B1", "500.00", ref="A1"), entry("B2", "20.00", ref="A1"), name="b.xml")
    assert booked() == [2_000, 50_000]
    assert (later.entries_known, later.entries_booked) == (1, 1)


def test_two_equal_entries_without_a_reference_of_the_bank_are_two_payments(bank):
    row = load(entry("", "20.00", ref="A1"), entry("", "20.00", ref="A1"))
    again = load(entry("", "20.00", ref="A1"), entry("", "20.00", ref="A1"), entry("B3", "1.00"))
    assert (row.entries_booked, again.entries_known) == (2, 2)
    assert booked() == [2_000, 2_000]


def test_what_went_out_is_nobodys_payment_and_money_taken_back_owes_again(bank):
    load(entry("B1", "500.00", ref="A1"))
    back = entry("B2", "500.00", ref="A1", sign="DBIT", extra="<RvslInd>true</RvslInd>")
    row = load(back, entry("B3", "9.00", ref="A1", sign="DBIT"))
    assert (row.entries_booked, row.entries_outgoing) == (1, 1)
    assert booked() == [-50_000, 50_000]
    assert Case.objects.get().state == "OPEN"


def test_a_refused_file_is_a_row_with_its_place_and_books_nothing(bank):
    row = load(entry("B1", "500.00", ref="A1"), entry("B2", "1e9", ref="A1"))
    assert row.state == "REFUSED"
    assert (row.refusal["line"], row.refusal["element"]) == (7, "Ntry/Amt")
    assert booked() == []
    assert load(entry("B1", "500.00", ref="A1"), entry("B2", "9.00", ref="A1")).state == "LOADED"


def test_a_statement_and_then_the_feed_is_one_payment(bank):
    load(entry("B1", "500.00", ref="A1"))
    bank.sends(
        SECOND, accounts=[account("A1", "C1", balance="9500.00")],
        payments=[payment("A1", "C1", "CORE7", FIRST.isoformat(), "500.00")],
    )  # fmt: skip
    bank.night(SECOND)
    assert booked() == [50_000]
    assert ReceivedPayment.objects.get().confirmed_on == SECOND


def test_the_feed_and_then_a_statement_is_booked_once(bank):
    bank.sends(
        SECOND, accounts=[account("A1", "C1", balance="9500.00")],
        payments=[payment("A1", "C1", "CORE7", FIRST.isoformat(), "500.00")],
    )  # fmt: skip
    bank.night(SECOND)
    load(entry("B1", "500.00", ref="A1"))
    assert not ReceivedPayment.objects.filter(confirmed_on=None).exists()
    assert balance_of(bank.key("account", "A1"), as_of=SECOND).total_minor == 950_000


@pytest.mark.parametrize("said", [{"ref": "A1"}, {}], ids=["account named", "by sum and day alone"])
def test_what_the_gateway_told_of_is_not_booked_again(bank, said):
    gateway_told(bank)
    row = load(entry("B1", "500.00", **said))
    assert (row.entries_known, booked()) == (1, [50_000])
    assert RepeatedMoney.objects.count() == 1


def test_two_equal_payments_of_which_the_gateway_told_one_are_two(bank):
    gateway_told(bank)
    row = load(entry("B1", "500.00", ref="A1"), entry("B2", "500.00", ref="A1"))
    assert (row.entries_booked, row.entries_known) == (1, 1)
    assert booked() == [50_000, 50_000]


def test_what_a_statement_carried_is_not_booked_again_when_the_gateway_tells_of_it(bank):
    intent = uuid4()
    begin_payment(
        intent_id=intent, customer_id=Case.objects.get().customer_id, account_key=bank.key("account", "A1"),
        amount_minor=50_000, currency="CNY", by=None, now=NOON,
    )  # fmt: skip
    load(entry("B1", "500.00", ref="A1"))
    notice = Notice(
        notice="n1", sha256="0" * 64, intent=intent, state="PAID", amount_minor=50_000, currency="CNY",
        reference="PG1", at=NOON,
    )  # fmt: skip
    assert notice_came(notice, now=NOON)
    assert booked() == [50_000]
    assert PaymentIntent.objects.get().state == "PAID"
    assert not notice_came(notice, now=NOON)


def test_a_sum_alone_places_no_money_of_a_stranger(bank):
    gateway_told(bank, "PG1")
    gateway_told(bank, "PG2")
    row = load(entry("B1", "500.00"))
    assert (row.entries_waiting, booked()) == (1, [50_000, 50_000])


@pytest.fixture
def waiting(bank):
    """Five hundred yuan of somebody."""
    load(entry("B1", "500.00"))
    return UnmatchedMoney.objects.get()


def test_what_a_remitter_wrote_is_sealed(waiting):
    with connection.cursor() as cursor:
        cursor.execute("SELECT m::text FROM payments_unmatchedmoney m")
        assert "甲乙" not in cursor.fetchone()[0]
    assert "甲乙" in opened(waiting.words, waiting.reference_key, keys())


def test_waiting_money_is_placed_once(bank, waiting):
    by = a_supervisor().id
    place_money(waiting.id, account_key=bank.key("account", "A1"), by=by, now=NOON)
    with pytest.raises(MoneyGone):
        place_money(waiting.id, account_key=bank.key("account", "A1"), by=by, now=NOON)
    assert (booked(), Case.objects.get().state) == ([50_000], "CLOSED")
    line = Line.objects.get(kind="MONEY_SETTLED")
    assert (line.detail["state"], line.who) == ("PLACED", str(by))
    assert load(entry("B1", "500.00"), entry("B9", "1.00", sign="DBIT")).entries_known == 1


def test_money_is_not_placed_on_an_account_of_nobody(waiting):
    with pytest.raises(AccountUnknown):
        place_money(waiting.id, account_key=5, by=a_supervisor().id, now=NOON)
    waiting.refresh_from_db()
    assert waiting.state == "WAITING"


def test_returned_money_is_booked_nowhere(waiting):
    return_money(waiting.id, by=a_supervisor().id, now=NOON)
    waiting.refresh_from_db()
    assert (waiting.state, booked()) == ("RETURNED", [])


def test_split_money_waits_in_parts_that_add_up(bank, waiting):
    by = a_supervisor().id
    for parts in ([50_000], [50_001, -1], [30_000, 10_000]):
        with pytest.raises(WrongSplit):
            split_money(waiting.id, parts_minor=parts, keys=keys(), by=by, now=NOON)
    first, second = split_money(
        waiting.id, parts_minor=[30_000, 20_000], keys=keys(), by=by, now=NOON
    )
    assert "甲乙" in opened(first.words, first.reference_key, keys())
    place_money(first.id, account_key=bank.key("account", "A1"), by=by, now=NOON)
    return_money(second.id, by=by, now=NOON)
    assert booked() == [30_000]


def test_notes_are_kept_sealed_in_their_order(waiting):
    by = a_supervisor().id
    for text in ("问过王女士", "第二次"):
        note_money(waiting.id, text=text, keys=keys(), by=by, now=NOON)
    waiting.refresh_from_db()
    said = opened(waiting.notes, waiting.reference_key, keys())
    assert said.index("问过王女士") < said.index("第二次")
    assert "王女士".encode() not in bytes(waiting.notes)


def test_a_load_that_was_killed_books_the_rest_when_it_is_loaded_again(bank, monkeypatch):
    entries = [entry(f"B{n}", "1.00", ref="A1") for n in range(4)]
    monkeypatch.setattr("evenhand.cycle.bank_money.AT_ONCE", 2)
    calls = []

    def dies(money, *, now):
        calls.append(len(money))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return receive_payments(money, now=now)

    with monkeypatch.context() as dying:
        dying.setattr("evenhand.cycle.bank_money.receive_payments", dies)
        with pytest.raises(KeyboardInterrupt):
            load(*entries)
    assert (booked(), StatementFile.objects.count()) == ([100, 100], 0)
    row = load(*entries)
    assert (row.entries_known, row.entries_booked, booked()) == (2, 2, [100] * 4)
