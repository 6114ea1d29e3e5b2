"""What the database itself keeps of contacts, from the app role and from the owner; its weeks and its clock."""

from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from evenhand.outreach import gate
from evenhand.outreach.asked import Asked
from evenhand.outreach.clock import clock_is_real, require_real_clock
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.outreach.weeks import WEEKS_AHEAD, expire_queued, make_coming_weeks
from evenhand.runtime.config import config
from evenhand.runtime.database import StoreError, store
from tests.contacts import MORNING, clock_at, in_force
from tests.world import a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def permit():
    in_force()
    with clock_at():
        yield gate.request_contact(
            customer_id=a_person().id, request_key="k", by="t", act="CALL", point="m1"
        )


def as_app(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    "change",
    ["decision = 'DENY'", "facts = '{}'", "verdict = '{}'", "at = at + interval '1 second'", "customer_id = id",
     "row_hash = ''", "request_key = 'other'", "reserved_until = at + interval '9 days'"],
)  # fmt: skip
def test_the_app_may_not_change_what_was_judged(permit, change):
    with pytest.raises(ProgrammingError, match="permission denied"):
        as_app(f"UPDATE contact_event SET {change} WHERE id = %s", permit.id)


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}", "ALTER TABLE {} DISABLE TRIGGER ALL"],
)
@pytest.mark.parametrize("table", ["contact_event", "contact_queue", "contact_request"])
def test_the_app_may_not_make_contacts_disappear(permit, table, statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        as_app(statement.format(table))


def test_the_app_reaches_no_week_past_its_table(permit):
    for statement in ("SELECT * FROM {}", "DELETE FROM {}", "UPDATE {} SET state = 'SENT'"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            as_app(statement.format("contact_event_20260928"))


@pytest.mark.parametrize(
    ("before", "after"),
    [("RESERVED", "REPORTED"), ("LAPSED", "RESERVED"), ("ENDED", "RELEASED"), ("RELEASED", "SENT")],
)
def test_a_contact_goes_forward_only(permit, before, after):
    def become(state):
        as_app("UPDATE contact_event SET state = %s WHERE id = %s", state, permit.id)

    if before != "RESERVED":
        become(before)
    with pytest.raises(IntegrityError, match=f"{before} and cannot become {after}"):
        become(after)


def test_a_live_database_refuses_a_made_up_clock():
    live = replace(config(), mode="live")
    assert clock_is_real()
    require_real_clock(live)
    with clock_at():
        assert not clock_is_real()
        require_real_clock(config())
        with pytest.raises(StoreError, match="made-up times"):
            require_real_clock(live)


def test_maintenance_makes_the_coming_weeks_once():
    found = store(config())
    today = date(2031, 1, 1)
    assert make_coming_weeks(found, today=today) == 2 * (WEEKS_AHEAD + 1)
    assert make_coming_weeks(found, today=today) == 0
    with psycopg.connect(found.owner, autocommit=True) as owner:
        for table in ("contact_event", "contact_queue"):
            for week in range(WEEKS_AHEAD + 1):
                day = date(2030, 12, 30) + timedelta(weeks=week)
                owner.execute(f"DROP TABLE {table}_{day:%Y%m%d}")


@pytest.mark.django_db(transaction=True)
def test_maintenance_lets_what_nobody_took_expire():
    person = a_person()
    with clock_at() as clock:
        enqueue(
            [
                Wanted(
                    customer_id=person.id, facts_seq=0, asked=Asked("CALL"), request_key=str(n),
                    not_before=MORNING, expires_at=MORNING + timedelta(hours=hours),
                )
                for n, hours in enumerate((1, 5))
            ],
            by="night",
            now=MORNING,
        )  # fmt: skip
        clock.pass_by(hours=2)
        assert expire_queued(store(config())) == 1
        assert expire_queued(store(config())) == 0
