"""What the two database roles may and may not do."""

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from evenhand.runtime.config import config
from evenhand.runtime.database import StoreError, require_mode
from evenhand.runtime.models import Installation

pytestmark = pytest.mark.django_db


def rows(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_tests_run_as_the_app_role():
    assert rows("SELECT current_user") == [("evenhand_app",)]


def test_the_app_role_owns_nothing_and_passes_no_barrier():
    assert rows("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == [(0,)]
    assert rows("SELECT count(*) FROM pg_proc WHERE proowner = current_user::regrole") == [(0,)]
    assert rows(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles "
        "WHERE rolname = current_user"
    ) == [(False, False, False, False)]
    assert rows("SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole") == [
        (0,)
    ]


def test_the_app_role_may_read_and_write_every_table_but_the_two_that_tell_what_this_database_is():
    unreadable = rows(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
        "AND NOT relispartition AND NOT has_table_privilege(oid, 'SELECT')"
    )
    assert unreadable == []


def test_the_app_role_reaches_a_week_of_contacts_only_through_their_table():
    readable = rows(
        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND has_table_privilege(oid, 'SELECT')"
    )
    assert readable == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "TRUNCATE runtime_installation",
        "DROP TABLE runtime_installation",
        "UPDATE runtime_installation SET mode = 'LIVE'",
        "DELETE FROM runtime_installation",
        "ALTER TABLE cycle_run ADD COLUMN mine int",
    ],
)
def test_the_app_role_is_refused(statement):
    refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_database_born_as_a_demo_is_refused_as_live(monkeypatch):
    require_mode(config())
    monkeypatch.setenv("EVENHAND_MODE", "live")
    config.cache_clear()
    try:
        with pytest.raises(StoreError, match="made for demo"):
            require_mode(config())
    finally:
        monkeypatch.undo()
        config.cache_clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_after_real_transactions_the_tables_are_empty_again(time):
    from evenhand.access.models import Staff

    assert not Staff.objects.exists()
    Staff.objects.create(username=f"somebody-{time}")
    assert Installation.objects.get().mode == "DEMO"


def test_the_owner_role_is_no_superuser():
    with psycopg.connect(config().database_owner_url) as owner:
        assert owner.execute(
            "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (False, False)
