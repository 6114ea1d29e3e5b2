"""The weekly partitions of contacts and of the queue. A contact whose week is not there is refused by the database."""

from datetime import date, timedelta
from typing import Any

import psycopg

from evenhand.runtime.database import Store

WEEKS_AHEAD = 8


def make_weeks(store: Store, *, first: date, last: date) -> int:
    """Make the weeks from that of one day to that of another, as the owner; returns how many tables were made."""
    with psycopg.connect(store.owner, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '5s'")
        return _make(connection, first, last, store.app_role)


def make_coming_weeks(store: Store, *, now: date) -> int:
    """Make this week and those that come, far enough ahead for two months without maintenance."""
    return make_weeks(store, first=now, last=now + timedelta(weeks=WEEKS_AHEAD))


def _make(connection: psycopg.Connection[Any], first: date, last: date, role: str) -> int:
    row = connection.execute(
        "SELECT contact_make_weeks(%s, %s, %s)", [first, last, role]
    ).fetchone()
    assert row is not None
    return int(row[0])
