"""The tests' database: one embedded server a session, one database a worker, migrated as owner, used as app.

`pytest tests/rules` alone loads no Django and starts no server.
"""

import fcntl
import os
import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A test is no stopwatch: these machines are shared, and the first example waits for the compiler.
settings.register_profile(
    "shared machines", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared machines")

SHARED = pytest.StashKey[Path]()
MADE_AT = datetime(2026, 9, 1, tzinfo=UTC)
TEMPLATE = "evenhand_template"
SEQUENCES = """
    SELECT objid::regclass::text FROM pg_depend
    WHERE classid = 'pg_class'::regclass AND refobjid = %s::regclass AND deptype IN ('a', 'i')
      AND (SELECT relkind FROM pg_class WHERE oid = objid) = 'S'
"""


def pytest_configure(config: pytest.Config) -> None:
    """Point the settings at a home of this run before Django reads them."""
    if all("tests/rules" in Path(path).absolute().as_posix() for path in config.args):
        return
    worker = getattr(config, "workerinput", None)
    if worker is None:
        shared = Path(tempfile.mkdtemp(prefix="evenhand-test-", dir="/tmp"))
        shared.chmod(0o711)  # the server's user passes through it
        config.add_cleanup(lambda: _clear(shared))
    else:
        shared = Path(worker["shared"])
    config.stash[SHARED] = shared
    for name in [name for name in os.environ if name.startswith("EVENHAND_")]:
        del os.environ[name]
    os.environ["EVENHAND_HOME"] = str(shared / (worker["workerid"] if worker else "main"))
    os.environ["EVENHAND_MODE"] = "demo"
    os.environ["EVENHAND_PROCESSES"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "evenhand.site.settings"
    import django

    django.setup()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a worker of pytest-xdist where the session's server lies."""
    if SHARED in node.config.stash:
        node.workerinput["shared"] = str(node.config.stash[SHARED])


def _clear(shared: Path) -> None:
    from evenhand.runtime import postgres

    postgres.remove(shared / "server")
    shutil.rmtree(shared, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_blocker):
    """A database of this worker's own, copied from one that was migrated once; the settings name it."""
    from django.db import connection
    from django.db.backends.postgresql.operations import DatabaseOperations

    from evenhand.runtime import database, postgres
    from evenhand.runtime.config import config

    shared = request.config.stash[SHARED]
    name = f"test_{Path(os.environ['EVENHAND_HOME']).name}"
    with (shared / "lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        postgres.start(shared / "server", durable=False)
        place = postgres.place_of(shared / "server")
        if not (shared / "migrated").exists():
            postgres.make_database(place, TEMPLATE)
            _use(postgres.addresses_at(place, database=TEMPLATE))
            database.migrate(config(), now=MADE_AT, verbosity=0)
            connection.close()
            (shared / "migrated").touch()
        postgres.make_database(place, name, template=TEMPLATE)
        addresses = postgres.addresses_at(place, database=name)
        _use(addresses)
    with pytest.MonkeyPatch.context() as patch:
        empty = _emptied_by(addresses.superuser)
        patch.setattr(DatabaseOperations, "execute_sql_flush", empty)
        yield
    with django_db_blocker.unblock():
        connection.close()


def _use(addresses) -> None:
    """Make the settings of this process, and of those it starts, name these addresses."""
    from django.db import connection

    from evenhand.runtime.config import config
    from evenhand.runtime.database import django_database

    os.environ["EVENHAND_DATABASE_URL"] = addresses.app
    os.environ["EVENHAND_DATABASE_OWNER_URL"] = addresses.owner
    config.cache_clear()
    connection.close()
    connection.settings_dict.update(django_database(config()))


def _by_hand() -> set[str]:
    """Tables of ours that migrations make in SQL, which Django does not empty by itself."""
    from django.apps import apps

    ours = [model._meta for model in apps.get_models() if model.__module__.startswith("evenhand.")]
    return {meta.db_table for meta in ours if not meta.managed}


def _emptied_by(superuser: str):
    """How tables are emptied after a test with real transactions.

    The app role may not, and tables that are only ever added to refuse even their owner. Only what holds rows is
    emptied: most tables are empty after most tests, and a TRUNCATE of them all takes as long as the test.
    """

    def empty(self, statements) -> None:
        import psycopg

        named = {table for statement in statements for table in re.findall(r'"(\w+)"', statement)}
        tables = sorted((named | _by_hand()) - {"runtime_installation"})
        held = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables
        )
        with psycopg.connect(superuser) as connection:
            connection.execute("SET session_replication_role = replica")  # no guard, no key
            for (table,) in connection.execute(held).fetchall():
                connection.execute(f'DELETE FROM "{table}"')
                for (sequence,) in connection.execute(SEQUENCES, [f'"{table}"']).fetchall():
                    connection.execute(f"ALTER SEQUENCE {sequence} RESTART")

    return empty
