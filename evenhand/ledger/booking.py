"""Booking and allocation of money, the same for one payment as for a million.

Money whose value date comes after everything booked is taken from the book's balances; an account that money reaches
out of order is worked out again as a whole (`replay`), and what comes out otherwise is counter-posted. This and the
bulk paths of a night are where the ledger speaks SQL; the reason is `benchmarks/ledger.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from evenhand.kernel.ids import uuid7
from evenhand.ledger.policy import Allocation, Order, allocation_on
from evenhand.ledger.replay import Fact, Move, Outcome, replay, waterfall

PARTS = ("PRINCIPAL", "INTEREST", "LATE_CHARGE", "FEE", "UNSPLIT")
FIXED = {"OPENING", "CHARGE", "WAIVER", "REFUND"}
"""Kinds of postings that are facts; ALLOCATION follows from them and from the money."""

_BOOKS = """
SELECT account_key, id, customer_id, opened_on, last_value_on, last_overdue_days, principal_minor, interest_minor,
       late_charge_minor, fee_minor, unsplit_minor, credit_minor
  FROM ledger_book WHERE account_key = ANY(%s::bigint[])
"""
_POSTINGS = """
SELECT p.book_id, p.id, p.kind, p.debit, p.credit, p.amount_minor, p.value_on, p.cause
  FROM ledger_posting p
 WHERE p.book_id = ANY(%s::uuid[]) AND p.reverses_id IS NULL
   AND NOT EXISTS (SELECT FROM ledger_posting r WHERE r.reverses_id = p.id)
"""
_LINES = """
SELECT book_id, file_no, line FROM ledger_posting WHERE book_id = ANY(%s::uuid[]) AND kind = 'CHARGE'
"""
_PAYMENTS = """
SELECT b.id, r.id, r.reference_key, r.amount_minor, r.value_on, r.overdue_days, r.source
  FROM ledger_receivedpayment r JOIN ledger_book b ON b.account_key = r.account_key
 WHERE b.id = ANY(%s::uuid[]) AND NOT (r.confirmed_on IS NOT NULL AND r.confirmed_on <= b.opened_on)
   AND NOT EXISTS (SELECT FROM ledger_receivedpayment c
                    WHERE c.reference_key = r.confirmed_by_key AND c.source = 'CORE_NIGHT')
"""
_COPY = """
COPY ledger_posting (id, customer_id, book_id, kind, debit, credit, amount_minor, value_on, booked_on, booked_at, cause,
  file_no, line, detail, reverses_id) FROM STDIN
"""
_UPDATE = """
UPDATE ledger_book b SET principal_minor = s.principal, interest_minor = s.interest, late_charge_minor = s.late_charge,
       fee_minor = s.fee, unsplit_minor = s.unsplit, credit_minor = s.credit, last_value_on = s.value_on,
       last_overdue_days = s.overdue_days
  FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
              %s::date[], %s::int[])
       AS s(id, principal, interest, late_charge, fee, unsplit, credit, value_on, overdue_days)
 WHERE b.id = s.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One payment that has its row, to be booked; below zero it takes an earlier one back. Codes as in the row."""

    id: UUID
    account_key: int
    reference_key: int
    amount_minor: int
    value_on: date
    overdue_days: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One charge of the core as a line of a file says it; below zero the core takes one back. `part` of RECEIVABLES."""

    account_key: int
    part: str
    amount_minor: int
    value_on: date
    kind: str  # the core's, such as PURCHASE or INTEREST
    file_no: int
    line: int


@dataclass(slots=True)
class _Book:
    """The balances of one book while money is booked to it."""

    id: UUID
    customer_id: UUID
    opened_on: date
    last_value_on: date
    overdue_days: int
    owed: dict[str, int]
    credit: int

    @classmethod
    def read(cls, row: Sequence[Any]) -> "_Book":
        _, id_, customer_id, opened_on, last_value_on, overdue_days, *figures, credit = row
        owed = dict(zip(PARTS, figures, strict=True))
        return cls(id_, customer_id, opened_on, last_value_on, overdue_days, owed, credit)


@dataclass(slots=True)
class _Writing:
    """Postings to be written, in one COPY."""

    booked_on: date
    booked_at: datetime
    rows: list[tuple[Any, ...]] = field(default_factory=list)

    def add(
        self,
        book: _Book,
        kind: str,
        debit: str,
        credit: str,
        amount_minor: int,
        value_on: date,
        cause: UUID,
        *,
        reverses: UUID | None = None,
        line: tuple[int | None, int | None] = (None, None),
        detail: str = "",
    ) -> None:
        self.rows.append(
            (uuid7(), book.customer_id, book.id, kind, debit, credit, amount_minor, value_on, self.booked_on,
             self.booked_at, cause, *line, detail, reverses)
        )  # fmt: skip


def book_payments(payments: Sequence[Paid], *, booked_on: date, now: datetime) -> int:
    """Book payments that have their rows and allocate them; returns how many postings that took.

    The caller holds the locks of the people. Payments of accounts without a book, and those that a file carried before
    the book was opened, are left: the opening balance holds them.
    """
    if not payments:
        return 0
    by_account: dict[int, list[Paid]] = defaultdict(list)
    for payment in payments:
        by_account[payment.account_key].append(payment)
    books = _books(by_account)
    writing, again, orders = _Writing(booked_on, now), {}, _Orders()
    for account_key, book in books.items():
        mine = sorted(by_account[account_key], key=lambda p: (p.value_on, p.reference_key))
        if mine[0].value_on > book.last_value_on and all(p.amount_minor > 0 for p in mine):
            for payment in mine:
                _append(book, payment, writing, orders)
        else:
            again[book.id] = book
    _work_out_again(again, writing, orders)
    _write(writing, books.values())
    return len(writing.rows)


def post_charges(charges: Sequence[Charge], *, booked_on: date, now: datetime) -> int:
    """Post what the core charged, each line of a file once; returns how many postings that took.

    The caller holds the locks of the people. Charges of accounts without a book are left.
    """
    by_account: dict[int, list[Charge]] = defaultdict(list)
    for charge in charges:
        by_account[charge.account_key].append(charge)
    books = _books(by_account)
    done = {row[:3] for row in _rows(_LINES, [book.id for book in books.values()])}
    writing, again = _Writing(booked_on, now), {}
    for account_key, book in books.items():
        mine = [c for c in by_account[account_key] if (book.id, c.file_no, c.line) not in done]
        if not mine:
            continue
        if (
            book.credit
            or min(c.value_on for c in mine) <= book.last_value_on
            or any(c.amount_minor < 0 for c in mine)
        ):
            again[book.id] = book
        for charge in mine:
            _charge(book, charge, writing)
    _write(writing, books.values())
    posted, writing.rows = len(writing.rows), []
    _work_out_again(again, writing, _Orders())
    _write(writing, again.values())
    return posted + len(writing.rows)


def _charge(book: _Book, charge: Charge, writing: _Writing) -> None:
    sides = (charge.part, "CHARGED") if charge.amount_minor > 0 else ("CHARGED", charge.part)
    writing.add(
        book, "CHARGE", *sides, abs(charge.amount_minor), charge.value_on, book.id,
        line=(charge.file_no, charge.line), detail=charge.kind,
    )  # fmt: skip
    if charge.amount_minor > 0:
        book.owed[charge.part] += charge.amount_minor
    book.last_value_on = max(book.last_value_on, charge.value_on)


def work_out_again(account_keys: Iterable[int], *, booked_on: date, now: datetime) -> int:
    """Work accounts out again after something else than money was posted; returns how many postings that took."""
    books = _books(list(account_keys))
    writing = _Writing(booked_on, now)
    _work_out_again({book.id: book for book in books.values()}, writing, _Orders())
    _write(writing, books.values())
    return len(writing.rows)


def _append(book: _Book, payment: Paid, writing: _Writing, orders: "_Orders") -> None:
    """Money that comes after all that is booked."""
    order = orders(payment.overdue_days, payment.value_on)
    side = side_of(payment.source)
    for part, amount in waterfall(payment.amount_minor, book.owed, order).items():
        writing.add(book, "ALLOCATION", side, part, amount, payment.value_on, payment.id)
        if part == "CREDIT":
            book.credit += amount
        else:
            book.owed[part] -= amount
    book.last_value_on, book.overdue_days = payment.value_on, payment.overdue_days


def side_of(source: str) -> str:
    """The ledger account that money of a source comes from: the core's, or what it has yet to confirm."""
    return "RECEIVED" if source == "CORE_NIGHT" else "PROVISIONAL"


def _work_out_again(books: Mapping[UUID, _Book], writing: _Writing, orders: "_Orders") -> None:
    if not books:
        return
    facts, booked, sides = read_facts(books)
    for book_id, book in books.items():
        outcome = replay(facts[book_id], orders)
        _counter_post(book, outcome, booked[book_id], sides, writing)
        book.owed, book.credit = dict(outcome.owed), outcome.credit_minor
        last = max(facts[book_id], key=lambda f: f.value_on, default=None)
        money = [f for f in facts[book_id] if f.kind == "PAID"]
        book.last_value_on = book.opened_on if last is None else last.value_on
        book.overdue_days = (
            max(money, key=lambda f: (f.value_on, f.key)).overdue_days if money else 0
        )


_Booked = dict[UUID, dict[UUID, list[tuple[UUID, Move]]]]


def read_facts(books: Iterable[UUID]) -> tuple[dict[UUID, list[Fact]], _Booked, dict[str, str]]:
    """By book, what happened to its account; by cause, the allocations that stand; by key of a payment, its side and
    id.

    What the core had booked before a book opened stands in its opening and is no fact of it.
    """
    keys = list(books)
    facts: dict[UUID, list[Fact]] = defaultdict(list)
    booked: _Booked = defaultdict(lambda: defaultdict(list))
    for book_id, id_, kind, debit, credit, amount, value_on, cause in _rows(_POSTINGS, keys):
        if kind in FIXED:
            facts[book_id].append(_fact(id_, kind, debit, credit, amount, value_on))
        elif kind == "ALLOCATION":
            move = Move(str(cause), debit, credit, amount, value_on)
            booked[book_id][cause].append((id_, move))
    sides: dict[str, str] = {}
    for book_id, id_, reference, amount, value_on, overdue_days, source in _rows(_PAYMENTS, keys):
        kind = "PAID" if amount > 0 else "TAKEN_BACK"
        key = f"{reference + 2**63:020d}"
        facts[book_id].append(
            Fact(key=key, kind=kind, value_on=value_on, amount_minor=abs(amount), overdue_days=overdue_days)
        )  # fmt: skip
        sides[key] = f"{side_of(source)} {id_}"
    return facts, booked, sides


def _fact(id_: UUID, kind: str, debit: str, credit: str, amount: int, value_on: date) -> Fact:
    if kind == "WAIVER":
        return Fact(
            key=str(id_), kind="FORGIVEN", value_on=value_on, amount_minor=amount, part=credit
        )
    if kind == "REFUND":
        return Fact(key=str(id_), kind="GIVEN_BACK", value_on=value_on, amount_minor=amount)
    if debit == "CHARGED":
        return Fact(
            key=str(id_), kind="FORGIVEN", value_on=value_on, amount_minor=amount, part=credit
        )
    return Fact(key=str(id_), kind="OWED", value_on=value_on, amount_minor=amount, part=debit)


def _counter_post(
    book: _Book,
    outcome: Outcome,
    booked: Mapping[UUID, Sequence[tuple[UUID, Move]]],
    sides: Mapping[str, str],
    writing: _Writing,
) -> None:
    """Reverse the allocations of each cause that came out otherwise, and post them as they came out."""
    wanted: dict[UUID, list[Move]] = defaultdict(list)
    for move in outcome.moves:
        side, _, payment = sides.get(move.cause, "").partition(" ")
        cause = UUID(payment or move.cause)
        debit, credit = (side if s == "PAID" else s for s in (move.debit, move.credit))
        wanted[cause].append(Move(str(cause), debit, credit, move.amount_minor, move.value_on))
    for cause in {*wanted, *booked}:
        before = booked.get(cause, ())
        if sorted(move for _, move in before) == sorted(wanted[cause]):
            continue
        for id_, move in before:
            writing.add(
                book, "REVERSAL", move.credit, move.debit, move.amount_minor, move.value_on, cause, reverses=id_
            )  # fmt: skip
        for move in wanted[cause]:
            writing.add(
                book, "ALLOCATION", move.debit, move.credit, move.amount_minor, move.value_on, cause
            )


class _Orders:
    """The order of allocation for days past due at a value date, each looked up once."""

    def __init__(self) -> None:
        self.policies: dict[date, Allocation] = {}

    def __call__(self, overdue_days: int, value_on: date) -> Order:
        policy = self.policies.get(value_on)
        if policy is None:
            policy = self.policies[value_on] = allocation_on(value_on)
        return policy.order(overdue_days)


def _books(account_keys: Iterable[int]) -> dict[int, _Book]:
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, [list(account_keys)])
        return {row[0]: _Book.read(row) for row in cursor.fetchall()}


def _rows(statement: str, books: Iterable[UUID]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(books)])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _write(writing: _Writing, books: Iterable[_Book]) -> None:
    connection.ensure_connection()
    with connection.cursor() as wrapped:
        cursor: Any = wrapped.cursor
        if writing.rows:
            with cursor.copy(_COPY) as copy:
                for row in writing.rows:
                    copy.write_row(row)
        rows = [
            (book.id, *(book.owed[part] for part in PARTS), book.credit, book.last_value_on, book.overdue_days)
            for book in books
        ]  # fmt: skip
        if rows:
            wrapped.execute(_UPDATE, [list(column) for column in zip(*rows, strict=True)])
