"""One transaction of the gate in two round trips, over Django's connection but past its cursors and psycopg's.

Only here and in the bulk paths is PostgreSQL spoken to so; the reason is `benchmarks/gate.py`: statements go as one
simple query each way, which costs the client a third of what pipelined cursors do.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection, transaction
from psycopg.pq import DiagnosticField, Escaping, ExecStatus, TransactionStatus

Answer = TypeVar("Answer")
Rows = list[tuple[Any, ...]]
Texts = list[tuple[str | None, ...]]
# What is read after the lock must be of after the lock, whatever the server's default is.
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
_PREPARED: "WeakKeyDictionary[psycopg.Connection[Any], set[str]]" = WeakKeyDictionary()


class Call(NamedTuple):
    """One statement, `%s` for each of its values. Values are texts, numbers, keys, instants, spans, bytes and lists.

    One with a name is prepared under it once in each connection; the same name is always the same statement.
    """

    statement: str
    values: Sequence[Any]
    name: str = ""


class Writing(NamedTuple):
    """What is written in the second trip: rows to COPY, where there are many, and then statements."""

    calls: tuple[Call, ...] = ()
    copy: str = ""
    rows: Sequence[Sequence[Any]] = ()


def in_two_trips(first: Call, then: Callable[[Texts], tuple[Writing, Answer]]) -> Answer:
    """Begin and run `first`; give its rows, as texts, to `then`; run what it returns, commit, and return its answer.

    Always a transaction of its own, so that what it answers is committed: refused inside another (RuntimeError), but
    for the one a test case is wrapped in.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if connection.in_atomic_block:
            with transaction.atomic(durable=True):
                raw = connection.connection
                writing, answer = then(_run(raw, _text(raw, first)))
                _write(raw, writing, "")
            return answer
        return _alone(connection.connection, first, then)


def _alone(
    raw: psycopg.Connection[Any],
    first: Call,
    then: Callable[[Texts], tuple[Writing, Answer]],
) -> Answer:
    try:
        writing, answer = then(_run(raw, f"{_BEGIN}; {_text(raw, first)}"))
        _write(raw, writing, "COMMIT")
    except BaseException as error:
        _give_up(raw)
        if isinstance(error, psycopg.errors.InvalidSqlStatementName):
            _PREPARED.pop(raw, None)  # somebody between us and the server forgets what was prepared
        raise
    return answer


def _write(raw: psycopg.Connection[Any], writing: Writing, finish: str) -> None:
    if writing.rows:
        with psycopg.Cursor(raw).copy(writing.copy) as copy:
            for row in writing.rows:
                copy.write_row(row)
    _run(raw, "; ".join([*[_text(raw, call) for call in writing.calls], finish]))


def _run(raw: psycopg.Connection[Any], text: str) -> Texts:
    """The rows of the last statement of a text."""
    result = raw.pgconn.exec_(text.encode())
    if result.status in {ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY}:
        return []
    if result.status != ExecStatus.TUPLES_OK:
        state = (result.error_field(DiagnosticField.SQLSTATE) or b"08006").decode()
        raise _error(state)(result.error_message.decode(errors="replace").strip())
    return [
        tuple(
            None if (value := result.get_value(row, column)) is None else value.decode()
            for column in range(result.nfields)
        )
        for row in range(result.ntuples)
    ]


def _error(state: str) -> type[psycopg.Error]:
    try:
        return psycopg.errors.lookup(state)
    except KeyError:
        return psycopg.DatabaseError


def _give_up(raw: psycopg.Connection[Any]) -> None:
    """Leave no transaction behind; a broken connection is dropped and made anew by the next call."""
    if raw.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
        raw.pgconn.exec_(b"ROLLBACK")
    if raw.closed or raw.info.transaction_status != TransactionStatus.IDLE:
        connection.close()


def _text(raw: psycopg.Connection[Any], call: Call) -> str:
    escape = Escaping(raw.pgconn).escape_literal
    values = [_literal(escape, value) for value in call.values]
    if not call.name:
        return call.statement % tuple(values)
    known = _PREPARED.setdefault(raw, set())
    if call.name not in known:
        numbered = call.statement % tuple(f"${number + 1}" for number in range(len(values)))
        _run(raw, f"PREPARE {call.name} AS {numbered}")
        known.add(call.name)
    return f"EXECUTE {call.name}({', '.join(values)})"


def _literal(escape: Callable[[bytes], bytes], value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return escape(value.encode()).decode()
    if isinstance(value, UUID):
        return f"'{value}'"
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'"
    if isinstance(value, timedelta):
        return f"'{value.total_seconds():.6f} seconds'"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    if isinstance(value, list | tuple):
        return _literal(escape, array(value))
    return str(int(value))


def array(values: Sequence[object]) -> str:
    """A list as PostgreSQL writes arrays."""
    quoted = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}" if values else "{}"


def read(call: Call) -> Rows:
    """The rows of one statement, typed, in whatever transaction there is."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = own_cursor()
        cursor.execute(call.statement, call.values)
        return [] if cursor.description is None else cursor.fetchall()


def run(call: Call) -> Texts:
    """The rows of one statement, as texts, in the transaction there is.

    Django's transaction begins with the first statement that psycopg sees; what goes past it would each be one of its
    own, and a lock taken so would be let go at once.
    """
    assert connection.in_atomic_block, "a lock is kept by a transaction"
    with connection.wrap_database_errors:
        raw = connection.connection
        if raw.info.transaction_status == TransactionStatus.IDLE:
            psycopg.Cursor(raw).execute("SELECT 1")
        return _run(raw, _text(raw, call))


def own_cursor() -> "psycopg.Cursor[Any]":
    """A cursor of psycopg's in the transaction there is."""
    return psycopg.Cursor(connection.connection)


def gate_now() -> datetime:
    """The gate's own clock. Read after the lock, once."""
    [(now,)] = read(Call("SELECT gate_clock()", ()))
    found: datetime = now
    return found
