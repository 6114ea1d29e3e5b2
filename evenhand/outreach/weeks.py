"""The weekly partitions of contacts and of the queue. A contact whose week is not there is refused by the database."""

from datetime import date, timedelta
from typing import Any

import psycopg

from evenhand.runtime.database import Store, StoreError

WEEKS_AHEAD = 8


def make_weeks(store: Store, *, first: date, last: date) -> int:
    """Make the weeks from that of one day to that of another, as the owner; returns how many tables were made."""
    with psycopg.connect(store.owner, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '5s'")
        try:
            return _make(connection, first, last, store.app_role)
        except psycopg.errors.UndefinedFunction:
            raise StoreError("the database has no tables yet; run `evenhand migrate`") from None


def make_coming_weeks(store: Store, *, today: date) -> int:
    """Make this week and those that come, far enough ahead for two months without maintenance."""
    return make_weeks(store, first=today, last=today + timedelta(weeks=WEEKS_AHEAD))


def expire_queued(store: Store) -> int:
    """Let what is queued for a time now past expire; returns how many entries did. Those due are left to the gate."""
    with psycopg.connect(store.owner) as connection:
        return connection.execute(
            "UPDATE contact_queue SET state = 'EXPIRED', state_reason = 'contact.late', decided_at = gate_clock()"
            " WHERE state = 'QUEUED' AND expires_at <= gate_clock() AND not_before < gate_clock()"
        ).rowcount


def _make(connection: psycopg.Connection[Any], first: date, last: date, role: str) -> int:
    row = connection.execute(
        "SELECT contact_make_weeks(%s, %s, %s)", [first, last, role]
    ).fetchone()
    assert row is not None
    return int(row[0])
