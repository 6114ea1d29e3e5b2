"""Booking and allocation of a million payments against a COPY of the same postings, and one long statement of account.

./dev bench ledger --payments 1000000

The payments go through `ledger.booking.book_payments`, the same code that books one, in sets of 20,000 in two
processes; their own rows are there before, as intake writes them. Baseline: the postings that came of it, copied into a
table of the same shape by as many processes. Two payments an account; one in a hundred comes late for an early day and
has its account worked out again. The statement is of an account with five years of weekly charges and payments.

Goals: at least 20,000 payments a second on two cores; a statement in less than 100 ms.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import machine

DAY = date(2026, 9, 1)
NOW = datetime(2026, 10, 1, tzinfo=UTC)
PROCESSES, SET = 2, 20_000
GOAL = 20_000
PEOPLE = """
INSERT INTO portfolio_person (id, customer_key, partition, language, region, facts_seq)
SELECT uuidv7(), n, 0, 'zh', '', 0 FROM generate_series(1, {accounts}) n;
INSERT INTO ledger_book (id, customer_id, account_key, currency, opened_on, split, principal_minor, interest_minor,
  late_charge_minor, fee_minor, unsplit_minor, credit_minor, last_value_on, last_overdue_days)
SELECT uuidv7(), id, customer_key, 'CNY', '{day}', true, 900000, 30000, 5000, 10000, 0, 0, '{day}', 0
  FROM portfolio_person;
INSERT INTO ledger_posting (id, customer_id, book_id, kind, debit, credit, amount_minor, value_on, booked_on, booked_at,
  cause, detail)
SELECT uuidv7(), b.customer_id, b.id, 'OPENING', p.part, 'OPENING', p.minor, '{day}', '{day}', '{day}', b.id, ''
  FROM ledger_book b CROSS JOIN (VALUES ('PRINCIPAL', 900000), ('INTEREST', 30000), ('LATE_CHARGE', 5000),
                                     ('FEE', 10000)) AS p(part, minor)
"""
PAYMENTS = """
INSERT INTO ledger_receivedpayment (id, customer_id, account_key, reference_key, currency, amount_minor, value_on,
  received_at, source, overdue_days)
SELECT uuidv7(), p.id, p.customer_key, n, 'CNY', 1000 + (n::bigint * 7919) % 60000,
       '{day}'::date + CASE WHEN n % 100 = 0 THEN 1 ELSE 2 + (n / {accounts})::int END, '{now}', 'CORE_NIGHT',
       20 + n % 100
  FROM generate_series(1, {payments}) n JOIN portfolio_person p ON p.customer_key = 1 + n % {accounts}
"""
READ = """
SELECT id, account_key, reference_key, amount_minor, value_on, overdue_days, source FROM ledger_receivedpayment
 WHERE reference_key > %s AND reference_key <= %s ORDER BY reference_key
"""


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--payments", type=int, default=1_000_000)
    chosen = options.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="ledger-", ignore_cleanup_errors=True) as folder:
        run(Path(folder), chosen.payments)


def run(home: Path, payments: int) -> None:
    """Make the server and its books, book, copy, and print ratios."""
    import os

    home.chmod(0o711)
    os.environ |= {"EVENHAND_HOME": str(home), "EVENHAND_MODE": "demo"}
    from evenhand.cli.edge import clock, with_django

    with_django()
    from evenhand.runtime import database, postgres
    from evenhand.runtime.config import config

    try:
        database.migrate(config(), now=clock(), verbosity=0)
        fill(home, payments)
        booked = seconds(book, payments)
        rows = postings(home)
        copied = copy_again(home)
        rate = f"{payments / booked:,.0f}/s   goal ≥ {GOAL:,}/s"
        print(f"{payments:,} payments booked and allocated in {booked:.1f} s: {rate}")
        print(
            f"COPY of the same {rows:,} postings: {copied:.1f} s; booking takes {booked / copied:.1f} times as long"
        )
        print(f"statement of account of five years: {statement():.0f} ms   goal < 100 ms")
    finally:
        postgres.stop(home)


def fill(home: Path, payments: int) -> None:
    """Accounts, half as many as payments, and the payments' own rows."""
    import psycopg

    from evenhand.runtime import postgres

    found = postgres.addresses(home)
    assert found is not None
    given = {"accounts": payments // 2, "payments": payments, "day": DAY, "now": NOW.isoformat()}
    with psycopg.connect(found.superuser, autocommit=True) as connection:
        for statement_ in (*PEOPLE.split(";"), PAYMENTS):
            connection.execute(statement_.format(**given))
        connection.execute("VACUUM (ANALYZE)")


def seconds(work: Callable[[int, int], None], payments: int) -> float:
    """How long two processes take that share the payments by account: odd and even sets."""
    from django.db import connections

    connections.close_all()
    context = get_context("fork")
    began = time.perf_counter()
    half = payments // PROCESSES
    processes = [
        context.Process(target=work, args=(n * half, (n + 1) * half)) for n in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return time.perf_counter() - began


def book(first: int, last: int) -> None:
    """Book the payments of one process, a set at a time, each in a transaction of its own."""
    from django.db import connection, transaction

    from evenhand.ledger.booking import Paid, book_payments

    names = (
        "id",
        "account_key",
        "reference_key",
        "amount_minor",
        "value_on",
        "overdue_days",
        "source",
    )
    for start in range(first, last, SET):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(READ, [start, min(start + SET, last)])
                found = [Paid(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
            book_payments(found, booked_on=DAY + timedelta(days=30), now=NOW)


def postings(home: Path) -> int:
    """How many postings there are; and that no cent is lost."""
    import psycopg

    from evenhand.runtime import postgres

    found = postgres.addresses(home)
    assert found is not None
    with psycopg.connect(found.superuser) as connection:
        (paid,) = connection.execute(
            "SELECT sum(amount_minor)::bigint FROM ledger_receivedpayment"
        ).fetchone() or (0,)
        received, rows = connection.execute(
            "SELECT sum(CASE WHEN debit = 'RECEIVED' THEN amount_minor WHEN credit = 'RECEIVED' THEN -amount_minor END)"
            "::bigint, count(*) FILTER (WHERE kind <> 'OPENING') FROM ledger_posting"
        ).fetchone() or (0, 0)
    assert received == paid, "a cent is lost"
    return int(rows)


def copy_again(home: Path) -> float:
    """Seconds to COPY the same rows into a table of the same shape, by as many processes."""
    import psycopg

    from evenhand.runtime import postgres

    found = postgres.addresses(home)
    assert found is not None
    with psycopg.connect(found.superuser, autocommit=True) as connection:
        connection.execute("CREATE TABLE copied (LIKE ledger_posting INCLUDING ALL)")
        files = []
        for n in range(PROCESSES):
            with connection.cursor().copy(
                "COPY (SELECT * FROM ledger_posting WHERE kind <> 'OPENING' AND"
                f" abs(hashtext(id::text)) % {PROCESSES} = {n}) TO STDOUT"
            ) as out:
                files.append(b"".join(bytes(block) for block in out))

    def one(data: bytes) -> None:
        with (
            psycopg.connect(found.superuser) as mine,
            mine.cursor().copy("COPY copied FROM STDIN") as into,
        ):
            into.write(data)

    context = get_context("fork")
    began = time.perf_counter()
    processes = [context.Process(target=one, args=(data,)) for data in files]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return time.perf_counter() - began


def statement() -> float:
    """Milliseconds, median of twenty, to read the statement of an account of five years."""
    from django.db import transaction

    from evenhand.ledger.actions import Opening, open_books, paid
    from evenhand.ledger.booking import Charge, book_payments, post_charges
    from evenhand.ledger.models import ReceivedPayment
    from evenhand.ledger.queries import statement_of_account
    from evenhand.portfolio.models import Person

    chance, key = random.Random(5), 10**12
    with transaction.atomic():
        person = Person.objects.create(customer_key=key, partition=0)
        opening = Opening(
            customer_id=person.id,
            account_key=key,
            currency="CNY",
            owed_minor={"PRINCIPAL": 900_000},
        )
        first = date(2021, 9, 1)
        open_books([opening], opened_on=first, now=NOW)
        for day in (first + timedelta(days=n) for n in range(1, 5 * 365, 7)):
            charge = Charge(account_key=key, part="INTEREST", amount_minor=chance.randint(100, 9_000), value_on=day,
                            kind="INTEREST", file_no=1, line=(day - first).days)  # fmt: skip
            post_charges([charge], booked_on=day, now=NOW)
            row = ReceivedPayment.objects.create(
                customer=person, account_key=key, reference_key=key + (day - first).days, currency="CNY",
                amount_minor=chance.randint(100, 9_000), value_on=day + timedelta(days=1), received_at=NOW,
                source="CORE_NIGHT", confirmed_on=day,
            )  # fmt: skip
            book_payments([paid(row)], booked_on=day, now=NOW)
    took = [timed(lambda: statement_of_account(key, until=date(2026, 9, 30))) for _ in range(20)]
    return statistics.median(took)


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
