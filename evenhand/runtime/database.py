"""Where the database is, in which role we speak to it, and how its tables come to be."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import IsolationLevel, sql
from psycopg.conninfo import conninfo_to_dict

from evenhand.runtime import postgres
from evenhand.runtime.config import Config

LOCK_TIMEOUT = "5s"


class StoreError(RuntimeError):
    """The database cannot be used by this installation; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The connection URLs of the two roles."""

    app: str
    owner: str

    @property
    def app_role(self) -> str:
        """The name of the role that may neither own nor alter tables."""
        return str(conninfo_to_dict(self.app)["user"])

    @property
    def owner_role(self) -> str:
        """The name of the role that owns the tables."""
        return str(conninfo_to_dict(self.owner)["user"])


def store(config: Config) -> Store | None:
    """The stated addresses, else those of the embedded server; None when none was started yet."""
    if config.database_url is not None:
        assert config.database_owner_url is not None
        return Store(app=config.database_url, owner=config.database_owner_url)
    found = postgres.addresses(config.home)
    return None if found is None else Store(app=found.app, owner=found.owner)


def ensure_running(config: Config) -> Store:
    """Start the embedded server unless an address is stated or it runs; return the addresses.

    Raises PostgresError when the embedded server cannot serve.
    """
    if config.database_url is None:
        postgres.start(config.home)
    found = store(config)
    assert found is not None
    return found


def django_database(config: Config) -> dict[str, Any]:
    """Connection settings of the app role, from the stated address or the embedded server's files."""
    found = store(config)
    if found is None:
        # No server was made yet: name a place that cannot answer, never the machine's own server.
        return _django_settings(f"postgresql:///none?host={Path(os.devnull) / 'none'}")
    return _django_settings(found.app)


def _django_settings(url: str) -> dict[str, Any]:
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        # Facts are read after a lock, so they must be of after the lock, whatever the server's default is.
        "OPTIONS": {**parts, "isolation_level": IsolationLevel.READ_COMMITTED},
    }


@contextmanager
def as_owner(config: Config) -> Iterator[None]:
    """Let Django's default connection speak as the owner role, waiting for no lock longer than LOCK_TIMEOUT.

    Migrations find the name of the app role in `current_setting('evenhand.app_role')`.
    """
    from django.db import connection

    found = store(config)
    assert found is not None
    settings = _django_settings(found.owner)
    role = found.app_role.replace("\\", "\\\\").replace(" ", "\\ ")
    settings["OPTIONS"]["options"] = f"-c lock_timeout={LOCK_TIMEOUT} -c evenhand.app_role={role}"
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(settings)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def migrate(config: Config, *, now: datetime, verbosity: int = 1) -> None:
    """Bring the tables up to date as the owner; the first time, record for ever whether this is a demo.

    Django must be set up. Tables made from here on may be read and written by the app role, unless their
    migration takes that right away.
    """
    from django.core.management import call_command
    from django.db import connection as django_connection

    from evenhand.runtime.models import Installation

    found = store(config)
    assert found is not None
    with psycopg.connect(found.owner, autocommit=True) as connection:
        let_app_use_new_tables(connection, found.app_role)
    if Installation._meta.db_table in django_connection.introspection.table_names():
        require_mode(config)
    with as_owner(config):
        call_command("migrate", interactive=False, verbosity=verbosity)
        Installation.objects.get_or_create(
            single=True, defaults={"mode": config.mode.upper(), "made_at": now}
        )
    require_mode(config)


def let_app_use_new_tables(connection: psycopg.Connection[Any], app_role: str) -> None:
    """Grant the app role the use of what the connected owner will make; it is never given ownership."""
    role = sql.Identifier(app_role)
    for grant in (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
        "ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {}",
    ):
        connection.execute(sql.SQL(grant).format(role))


def require_mode(config: Config) -> None:
    """Refuse a database that was born in the other mode. Django must be set up and migrations applied."""
    from evenhand.runtime.models import Installation

    born = Installation.objects.get(single=True).mode
    if born != config.mode.upper():
        raise StoreError(
            f"this database was made for {born.lower()} and stays so for ever; "
            f"EVENHAND_MODE is {config.mode}"
        )


def open_store(config: Config) -> None:
    """What most commands do first: start the embedded server if there is to be one, set Django up, check the mode."""
    set_up_django(config)
    from django.db import connection
    from django.db.utils import ProgrammingError

    try:
        require_mode(config)
    except ProgrammingError:
        connection.close()
        raise StoreError("the database has no tables yet; run `evenhand migrate`") from None


def set_up_django(config: Config) -> None:
    """Start the embedded server if it is ours to start, then set Django up; nothing is read from the database."""
    import django

    ensure_running(config)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenhand.site.settings")
    django.setup()
