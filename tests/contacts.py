"""A gate to ask in tests: packs in force, weeks to file contacts in, and a clock that stands where it is put."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache

import psycopg

from evenhand.compliance.packs import loads_pack
from evenhand.outreach.weeks import make_weeks
from evenhand.rulebook.content import deflated, sha256_of
from evenhand.rulebook.models import PackActivation, PolicyPack
from evenhand.runtime.config import config
from evenhand.runtime.database import store

MORNING = datetime(2026, 9, 28, 2, tzinfo=UTC)  # a Monday, ten o'clock in Shanghai
SINCE = datetime(2026, 1, 1, tzinfo=UTC)

HOUSE = """
[pack]
name = "test"
version = "1"
title = { zh = "测试", en = "Test" }
layer = "HOUSE"
zone = "Asia/Shanghai"
valid_from = 2026-01-01

[[rule]]
id = "hours"
kind = "hours"
code = "CONTACT_HOURS"
effect = "DENY"
strength = "HOUSE"
instrument = "test"
confidence = "I"
valid_from = 2026-01-01
text = { zh = "时段外", en = "Outside {opens} to {closes}." }
when = { act = ["CALL", "TEXT", "VISIT"] }
opens = "08:00"
closes = "22:00"
zones = ["Asia/Shanghai"]

[[rule]]
id = "talks"
kind = "cap"
code = "TALK_FREQUENCY"
effect = "DENY"
strength = "HOUSE"
instrument = "test"
confidence = "I"
valid_from = 2026-01-01
text = { zh = "次数", en = "{count} of {max} talks." }
when = { act = "CALL", direction = "OUT" }
counts = { act = "CALL", direction = "OUT", effective_talk = true }
max = 3
window = { period = "DAY" }
per = "PERSON"
pool = "ALL"

[[rule]]
id = "hold"
kind = "hold"
code = "HOLD"
effect = "DENY"
strength = "HOUSE"
instrument = "test"
confidence = "I"
valid_from = 2026-01-01
text = { zh = "停催", en = "On hold." }
holds = ["DISPUTE", "COMPLAINT", "HARDSHIP"]
when = { act = ["CALL", "TEXT", "VISIT"] }
"""


def in_force(text: str = HOUSE, since: datetime = SINCE) -> None:
    """Put a pack in force, as one that came with the installation."""
    pack = loads_pack(text)
    row, _ = PolicyPack.objects.get_or_create(
        digest=pack.digest,
        defaults={
            "name": pack.name,
            "version": pack.version,
            "content": deflated(text.encode()),
            "content_sha256": sha256_of(text.encode()),
            "imported_at": since,
        },
    )
    PackActivation.objects.create(
        pack=row, act="ACTIVATE", state="APPROVED", from_on=since.date(), from_at=since,
        asked_at=since, decided_at=since,
    )  # fmt: skip


@cache
def weeks_from(first: datetime = MORNING) -> None:
    """Weeks around a moment; made once."""
    found = store(config())
    assert found is not None
    day = first.date()
    make_weeks(found, first=day - timedelta(days=28), last=day + timedelta(days=28))


@contextmanager
def clock_at(moment: datetime = MORNING) -> Iterator["Clock"]:
    """Let the gate's clock stand at a moment and be moved by hand."""
    weeks_from()
    clock = Clock()
    clock.stand_at(moment)
    _as_owner(CLOCK.format("SELECT at FROM gate_test_clock"))
    try:
        yield clock
    finally:
        _as_owner(CLOCK.format("SELECT clock_timestamp()"))


CLOCK = (
    "CREATE OR REPLACE FUNCTION gate_clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $${}$$"
)


class Clock:
    """The gate's clock in a test. It lies in a table, so that also transactions already begun see it move."""

    def __init__(self) -> None:
        _as_owner("CREATE TABLE IF NOT EXISTS gate_test_clock (at timestamptz NOT NULL)")
        _as_owner(
            "INSERT INTO gate_test_clock SELECT now() WHERE NOT EXISTS (SELECT FROM gate_test_clock)"
        )

    def stand_at(self, moment: datetime) -> None:
        """Let it show that moment until it is moved."""
        self.now = moment
        _as_owner("UPDATE gate_test_clock SET at = %s", moment)

    def pass_by(self, **time: float) -> None:
        """Let so much time pass."""
        self.stand_at(self.now + timedelta(**time))


def _as_owner(statement: str, *values: object) -> None:
    found = store(config())
    assert found is not None
    with psycopg.connect(found.owner, autocommit=True) as connection:
        connection.execute(statement, values or None)
