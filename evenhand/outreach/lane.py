"""One transaction of the gate in two round trips, over Django's connection but past its cursors.

Only here and in the bulk paths is psycopg spoken to; the reason is `benchmarks/gate.py`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import psycopg
from django.db import connection, transaction
from psycopg.pq import TransactionStatus

Answer = TypeVar("Answer")
Rows = list[tuple[Any, ...]]


class Call(NamedTuple):
    """One statement and its values."""

    statement: str
    values: Sequence[Any]


def in_two_trips(
    first: Call, then: Callable[[Rows], tuple[Call | None, Answer]]
) -> tuple[Answer, Rows]:
    """Begin and run `first`; give its rows to `then`; run the statement it returns and commit.

    Returns the answer of `then` and the rows of the second statement.

    Always a transaction of its own, so that what it answers is committed: refused inside another (RuntimeError), but
    for the one a test case is wrapped in.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if connection.in_atomic_block:
            with transaction.atomic(durable=True):
                second, answer = then(_run(first))
                return answer, [] if second is None else _run(second)
        return _alone(connection.connection, first, then)


def read(call: Call) -> Rows:
    """The rows of one statement, in whatever transaction there is."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return _run(call)


def gate_now() -> datetime:
    """The gate's own clock. Read after the lock, once."""
    [(now,)] = read(Call("SELECT gate_clock()", ()))
    found: datetime = now
    return found


def own_cursor() -> "psycopg.Cursor[Any]":
    """A cursor in the transaction of `in_two_trips`."""
    return psycopg.Cursor(connection.connection)


def _run(call: Call) -> Rows:
    cursor = own_cursor()
    cursor.execute(call.statement, call.values)
    return cursor.fetchall()


def _alone(
    raw: psycopg.Connection[Any],
    first: Call,
    then: Callable[[Rows], tuple[Call | None, Answer]],
) -> tuple[Answer, Rows]:
    raw.prepare_threshold = 0  # Django's own cursors bind on the client and prepare nothing
    try:
        with raw.pipeline():
            psycopg.Cursor(raw).execute("BEGIN")
            rows = psycopg.Cursor(raw).execute(first.statement, first.values).fetchall()
        second, answer = then(rows)
        with raw.pipeline():
            written = psycopg.Cursor(raw)
            if second is not None:
                written.execute(second.statement, second.values)
            psycopg.Cursor(raw).execute("COMMIT")
        found = [] if second is None else written.fetchall()
    except BaseException:
        _give_up(raw)
        raise
    return answer, found


def _give_up(raw: psycopg.Connection[Any]) -> None:
    """Leave no transaction behind; a broken connection is dropped and made anew by the next call."""
    if raw.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
        raw.execute("ROLLBACK")
    elif raw.closed or raw.info.transaction_status != TransactionStatus.IDLE:
        connection.close()
