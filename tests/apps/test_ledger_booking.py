"""Every cent of a book is somewhere, whatever order its facts arrive in; nothing booked is ever changed."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from evenhand.journal.models import Line
from evenhand.ledger import actions as ledger
from evenhand.ledger.booking import Charge, post_charges
from evenhand.ledger.models import Book, Posting, ReceivedPayment
from evenhand.ledger.policy import RECEIVABLES
from evenhand.ledger.three_views import three_views
from tests.world import DAY, NOW, a_person

pytestmark = pytest.mark.django_db

OWED = {"PRINCIPAL": 900_000, "INTEREST": 30_000, "LATE_CHARGE": 5_000, "FEE": 10_000}
SUMS = """
SELECT side, sum(minor)::bigint FROM (
  SELECT debit AS side, amount_minor AS minor FROM ledger_posting WHERE book_id = %(book)s
  UNION ALL SELECT credit, -amount_minor FROM ledger_posting WHERE book_id = %(book)s) moved
 GROUP BY side
"""


def a_book(person, account_key=71, **owed):
    return ledger.open_book(
        person=person, account_key=account_key, currency="CNY", opened_on=DAY, owed_minor=owed or OWED, file_no=3,
        line=7, now=NOW,
    )  # fmt: skip


def pay(person, reference, minor, after=1, overdue_days=20, source="GATEWAY", account_key=71):
    return ledger.receive_payment(
        person=person, account_key=account_key, reference_key=reference, amount_minor=minor, currency="CNY",
        value_on=DAY + timedelta(days=after), source=source, overdue_days=overdue_days, now=NOW,
    )  # fmt: skip


def charge(line, part, minor, after, account_key=71):
    said = Charge(
        account_key=account_key, part=part, amount_minor=minor, value_on=DAY + timedelta(days=after), kind=part,
        file_no=4, line=line,
    )  # fmt: skip
    return post_charges([said], booked_on=DAY + timedelta(days=after), now=NOW)


def sums(book):
    """What the postings add up to, side by side, counted again by the database."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, {"book": book.id})
        return {side: minor for side, minor in cursor.fetchall() if minor}


def figures(book):
    book.refresh_from_db()
    owed = {part: getattr(book, f"{part.lower()}_minor") for part in RECEIVABLES}
    return {side: minor for side, minor in {**owed, "CREDIT": -book.credit_minor}.items() if minor}


def balanced(book):
    """The trial balance is nothing, and the figures of the book are the sums of its postings."""
    found = sums(book)
    assert sum(found.values()) == 0
    own = {side: minor for side, minor in found.items() if side in {*RECEIVABLES, "CREDIT"}}
    assert own == figures(book)
    return own


def test_a_book_opens_with_what_the_core_says_and_the_line_that_says_it():
    book = a_book(a_person())
    assert balanced(book) == OWED
    rows = Posting.objects.filter(book=book)
    assert {(row.kind, row.file_no, row.line) for row in rows} == {("OPENING", 3, 7)}
    assert book.split
    again = a_book(book.customer, PRINCIPAL=5)
    assert (again.id, balanced(again)) == (book.id, OWED)


def test_a_book_of_a_core_that_gives_no_parts_says_so():
    book = a_book(a_person(), UNSPLIT=945_000)
    assert not book.split
    pay(book.customer, 1, 45_000)
    assert balanced(book) == {"UNSPLIT": 900_000}


def test_money_is_allocated_and_provisional_until_the_core_confirms_it():
    book = a_book(a_person())
    assert pay(book.customer, 1, 40_000)
    assert not pay(book.customer, 1, 40_000)
    assert balanced(book) == {"PRINCIPAL": 900_000, "FEE": 5_000}
    assert sums(book)["PROVISIONAL"] == 40_000
    for _ in range(2):
        ledger.confirm_payments([1], on=DAY + timedelta(days=2), now=NOW)
        assert "PROVISIONAL" not in sums(book)
        assert sums(book)["RECEIVED"] == 40_000


def test_the_same_reference_with_another_sum_is_refused():
    book = a_book(a_person())
    pay(book.customer, 1, 40_000)
    with pytest.raises(ledger.ReferenceReused):
        pay(book.customer, 1, 40_001)


def test_money_that_comes_late_for_an_early_day_is_allocated_as_if_it_had_come_first():
    early, late = (1, 40_000, 1, 20), (2, 30_000, 40, 95)
    first, second = a_book(a_person(), 71), a_book(a_person(), 72)
    pay(first.customer, *early)
    pay(first.customer, *late)
    pay(second.customer, 11, *late[1:], account_key=72)
    assert figures(second)["PRINCIPAL"] == 870_000
    pay(second.customer, 12, *early[1:], account_key=72)
    assert balanced(first) == balanced(second)


def test_money_taken_back_leaves_no_trace_in_the_figures_and_all_of_it_in_the_postings():
    book = a_book(a_person())
    pay(book.customer, 1, 40_000)
    before = Posting.objects.filter(book=book).count()
    pay(book.customer, 2, -40_000)
    assert balanced(book) == OWED
    assert Posting.objects.filter(book=book).count() > before


def test_a_wrong_fee_is_taken_back_and_what_had_paid_it_settles_something_else():
    book = a_book(a_person(), PRINCIPAL=900_000)
    charge(1, "FEE", 10_000, after=1)
    fee = Posting.objects.get(kind="CHARGE")
    pay(book.customer, 1, 10_000, after=2)
    assert balanced(book) == {"PRINCIPAL": 900_000}
    said = {
        "person": book.customer,
        "posting_id": fee.id,
        "by": None,
        "now": NOW,
        "on": DAY + timedelta(days=3),
    }
    counter = ledger.reverse(reason="charged twice", **said)
    assert ledger.reverse(reason="charged twice", **said) == counter
    assert balanced(book) == {"PRINCIPAL": 890_000}
    assert Line.objects.get(kind="POSTING_REVERSED").detail["reason"] == "charged twice"


def test_a_line_of_a_file_is_charged_once_and_credit_settles_it():
    book = a_book(a_person())
    pay(book.customer, 1, 1_000_000)
    assert charge(1, "INTEREST", 20_000, after=3) == 2
    assert charge(1, "INTEREST", 20_000, after=3) == 0
    assert balanced(book) == {"CREDIT": -35_000}


def test_a_charge_the_core_takes_back_is_no_longer_owed_and_what_paid_it_is_hers():
    book = a_book(a_person(), PRINCIPAL=100_000)
    charge(1, "FEE", 10_000, after=1)
    pay(book.customer, 1, 10_000, after=2)
    charge(2, "FEE", -10_000, after=3)
    assert balanced(book) == {"PRINCIPAL": 90_000}


def test_no_more_is_waived_than_is_owed_of_a_part_and_an_act_waives_once():
    book, act = a_book(a_person()), uuid4()
    said = {
        "person": book.customer,
        "account_key": 71,
        "part": "FEE",
        "act": act,
        "by": None,
        "now": NOW,
        "on": DAY,
    }
    with pytest.raises(ledger.PostingRefused, match="10000 is owed"):
        ledger.waive(amount_minor=10_001, **said)
    waived = ledger.waive(amount_minor=10_000, **said)
    assert ledger.waive(amount_minor=10_000, **said) == waived
    assert "FEE" not in balanced(book)


def test_only_what_she_has_to_her_credit_is_given_back():
    book = a_book(a_person())
    pay(book.customer, 1, 1_000_000)
    said = {
        "person": book.customer,
        "account_key": 71,
        "by": None,
        "now": NOW,
        "on": DAY + timedelta(days=2),
    }
    with pytest.raises(ledger.PostingRefused):
        ledger.refund(amount_minor=55_001, act=uuid4(), **said)
    ledger.refund(amount_minor=55_000, act=uuid4(), **said)
    assert balanced(book) == {}


def test_what_is_allocated_is_not_taken_back_by_hand():
    book = a_book(a_person())
    pay(book.customer, 1, 40_000)
    allocated = Posting.objects.filter(book=book, kind="ALLOCATION").first()
    with pytest.raises(ledger.PostingRefused, match="ALLOCATION"):
        ledger.reverse(
            person=book.customer, posting_id=allocated.id, reason="x", by=None, now=NOW, on=DAY
        )


@pytest.mark.parametrize(
    "change", ["UPDATE ledger_posting SET amount_minor = 1", "DELETE FROM ledger_posting"]
)
def test_the_database_changes_no_posting(change):
    a_book(a_person())
    with (
        pytest.raises(DatabaseError, match="only added"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


def test_money_the_core_booked_before_the_book_opened_is_not_booked_again():
    book = a_book(a_person())
    ReceivedPayment.objects.create(
        customer=book.customer, account_key=71, reference_key=9, currency="CNY", amount_minor=40_000, value_on=DAY,
        received_at=NOW, confirmed_on=DAY,
    )  # fmt: skip
    pay(book.customer, 1, 10_000)
    pay(book.customer, 2, 1_000, after=0)  # out of order: all is worked out again
    assert balanced(book) == {
        "PRINCIPAL": 900_000,
        "INTEREST": 19_000,
        "LATE_CHARGE": 5_000,
        "FEE": 10_000,
    }


money = st.tuples(st.integers(-60_000, 400_000).filter(bool), st.integers(0, 5))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(money, min_size=1, max_size=6), st.randoms())
def test_any_order_of_arrival_gives_the_same_figures(payments, random):
    order = list(enumerate(payments, start=1))
    books = []
    for turn in range(2):
        key = uuid4().int >> 66
        book = a_book(a_person(), key)
        for number, (minor, after) in order:
            pay(book.customer, key + number, minor, after, overdue_days=86 + after, account_key=key)
        books.append(book)
        if turn == 0:
            random.shuffle(order)
    assert balanced(books[0]) == balanced(books[1])
    paid = Counter(
        row.amount_minor > 0
        for row in ReceivedPayment.objects.filter(account_key=books[0].account_key)
    )
    assert sum(paid.values()) == len(payments)
    received = sums(books[0]).get("PROVISIONAL", 0)
    assert received == sum(minor for minor, _ in payments)


def test_there_is_one_book_for_an_account():
    assert Book.objects.filter(account_key=a_book(a_person()).account_key).count() == 1


def test_three_orders_of_the_same_repayments_leave_the_same_total():
    person = a_person()
    a_book(person)
    pay(person, 1, 20_000, overdue_days=20)
    pay(person, 2, 100_000, after=3, overdue_days=95)
    regulatory, civil, criminal = three_views(71, until=DAY + timedelta(days=5))
    assert (regulatory.principal_minor, regulatory.charges_minor) == (800_000, 25_000)
    assert (civil.principal_minor, civil.charges_minor) == (825_000, 0)
    assert (criminal.principal_minor, criminal.charges_minor) == (780_000, 45_000)
    assert regulatory.total_minor == civil.total_minor == criminal.total_minor
    assert three_views(71, until=DAY)[0].principal_minor == 900_000


class Ledger(RuleBasedStateMachine):
    """Postings, reversals and payments as they come, in any order: the books balance after each."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.person = a_person()
        self.key = self.person.customer_key % 2**40
        self.book = a_book(self.person, self.key)
        self.given = sum(OWED.values())
        self.paid, self.lines = {}, 0

    @rule(
        minor=st.integers(1, 500_000),
        after=st.integers(1, 9),
        days=st.sampled_from([0, 20, 90, 91, 200]),
    )
    def pays(self, minor, after, days):
        reference = self.key + len(self.paid) + 1
        pay(self.person, reference, minor, after, overdue_days=days, account_key=self.key)
        self.paid[reference] = minor

    @rule(data=st.data())
    def a_payment_is_told_of_again(self, data):
        if self.paid:
            reference = data.draw(st.sampled_from(sorted(self.paid)))
            row = ReceivedPayment.objects.get(reference_key=reference)
            ledger.receive_payment(
                person=self.person, account_key=self.key, reference_key=reference, amount_minor=row.amount_minor,
                currency="CNY", value_on=row.value_on, now=NOW,
            )  # fmt: skip

    @rule(minor=st.integers(1, 300_000), after=st.integers(1, 9))
    def money_is_taken_back(self, minor, after):
        reference = self.key + len(self.paid) + 1
        pay(self.person, reference, -minor, after, account_key=self.key)
        self.paid[reference] = -minor

    @rule(
        part=st.sampled_from(["INTEREST", "LATE_CHARGE", "FEE"]),
        minor=st.integers(1, 20_000),
        after=st.integers(1, 9),
    )
    def is_charged(self, part, minor, after):
        self.lines += 1
        charge(self.lines, part, minor, after, account_key=self.key)
        self.given += minor

    @rule(part=st.sampled_from(["INTEREST", "FEE"]))
    def is_waived(self, part):
        self.book.refresh_from_db()
        owed = getattr(self.book, f"{part.lower()}_minor")
        if owed:
            ledger.waive(
                person=self.person, account_key=self.key, part=part, amount_minor=max(owed // 2, 1), act=uuid4(),
                by=None, now=NOW, on=DAY + timedelta(days=9),
            )  # fmt: skip
            self.given -= max(owed // 2, 1)

    @rule()
    def a_charge_is_reversed(self):
        standing = (
            Posting.objects.filter(book=self.book, kind="CHARGE", reversed_by=None)
            .order_by("id")
            .first()
        )
        if standing is not None:
            ledger.reverse(
                person=self.person, posting_id=standing.id, reason="wrong", by=None, now=NOW,
                on=DAY + timedelta(days=9),
            )  # fmt: skip
            self.given -= standing.amount_minor

    @invariant()
    def the_books_balance_and_no_cent_is_lost(self):
        found = balanced(self.book)
        assert sum(found.values()) == self.given - sum(self.paid.values()), (
            "what is owed is what was given less paid"
        )

    def teardown(self):
        transaction.savepoint_rollback(self.savepoint)


def test_whatever_happens_to_a_book_it_balances():
    run_state_machine_as_test(
        Ledger,
        settings=settings(max_examples=15, stateful_step_count=12, deadline=None, database=None),
    )
