"""A town of two hundred cardholders under a clock that runs fast, with a database server that can be killed."""

import contextlib
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

ORIGIN = datetime(2026, 9, 6, 23, 30, tzinfo=UTC)  # 07:30 in the morning at the bank
PEOPLE = 200
WEEKS_AHEAD = 10
PATIENT_PACK = """
[pack]
name = "simulation"
version = "1"
title = { zh = "模拟用规则包", en = "Pack of the simulation" }
layer = "HOUSE"
zone = "Asia/Shanghai"
valid_from = 2026-01-01

[[parameter]]
name = "contact.permit_seconds"
value = 43200
unit = "seconds"
instrument = "The clock of the simulation runs fast, so its permits last"
strength = "HOUSE"
confidence = "I"
valid_from = 2026-01-01
"""
UNLOCK = """
DO $$
DECLARE f record;
BEGIN
  FOR f IN SELECT pg_get_functiondef(p.oid) AS text FROM pg_proc p
            WHERE p.proname IN ('gate_open', 'gate_take') LOOP
    EXECUTE replace(replace(f.text, 'FOR NO KEY UPDATE SKIP LOCKED', ''), 'FOR NO KEY UPDATE', '');
  END LOOP;
END $$
"""


def build(home: Path, *, day_seconds: float, locked: bool) -> None:
    """Make the server, its tables, the people and the packs in force, and let the gate's clock run fast.

    Without `locked` the person lock is taken out of the gate's functions: the control, in which races must show.
    Django is set up by this.
    """
    from evenhand.runtime import database, postgres
    from evenhand.runtime.config import config

    addresses = postgres.start(home / "server", durable=False)
    os.environ |= {
        "EVENHAND_HOME": str(home),
        "EVENHAND_MODE": "demo",
        "EVENHAND_DATABASE_URL": addresses.app,
        "EVENHAND_DATABASE_OWNER_URL": addresses.owner,
        "DJANGO_SETTINGS_MODULE": "evenhand.site.settings",
    }
    import django

    django.setup()
    with psycopg.connect(addresses.superuser, autocommit=True) as superuser:
        # Processes are killed here, not the machine: what was written stays written without waiting for the disk,
        # but a commit is answered only when it is written.
        superuser.execute("ALTER DATABASE evenhand SET synchronous_commit = on")
    database.migrate(config(), now=ORIGIN - timedelta(days=1), verbosity=0)
    with psycopg.connect(addresses.owner, autocommit=True) as owner:
        app_role = database.store(config()).app_role
        owner.execute(
            "SELECT contact_make_weeks(%s::date, %s::date, %s)",
            [ORIGIN - timedelta(weeks=2), ORIGIN + timedelta(weeks=WEEKS_AHEAD), app_role],
        )
        owner.execute(_clock(owner, day_seconds))
        if not locked:
            owner.execute(UNLOCK)
    _settle()


def _clock(connection, day_seconds: float) -> str:
    """The gate's clock: a day from 07:30 to 07:30 passes in `day_seconds`, its last nine hours in a tenth of that."""
    began = connection.execute("SELECT clock_timestamp()::text").fetchone()[0]
    return f"""
CREATE OR REPLACE FUNCTION gate_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
  v_days double precision :=
    extract(epoch FROM clock_timestamp() - '{began}'::timestamptz)::double precision / {day_seconds};
  v_part double precision := v_days - floor(v_days);
BEGIN
  RETURN '{ORIGIN.isoformat()}'::timestamptz + floor(v_days) * interval '24 hours'
    + CASE WHEN v_part < 0.9 THEN v_part / 0.9 * interval '15 hours'
           ELSE interval '15 hours' + (v_part - 0.9) / 0.1 * interval '9 hours' END;
END $f$"""


def _settle() -> None:
    """The people, and the packs in force since before the first of them is reached: China's, without a house's own."""
    from evenhand.portfolio.models import Person
    from evenhand.rulebook.pack_acts import install_pack, shipped_content
    from evenhand.rulebook.packs import active_packs

    before = ORIGIN - timedelta(days=1)
    install_pack(content=shipped_content("cn"), file="cn/pack.toml", now=before)
    install_pack(content=PATIENT_PACK.encode(), file="simulation/pack.toml", now=before)
    assert {pack.name for pack in active_packs(ORIGIN)} == {"cn", "simulation"}
    Person.objects.bulk_create(
        Person(customer_key=number + 1, partition=0) for number in range(PEOPLE)
    )


def kill_server(home: Path, *, whole: bool) -> None:
    """Kill the postmaster, or one process that serves a connection, in the middle of whatever it does."""
    from evenhand.runtime import postgres

    found = postgres.processes(postgres.place_of(home / "server"))
    tops = [pid for pid, parent in found.items() if parent not in found]
    serving = [pid for pid in found if b"evenhand_app" in _command_line(pid) and pid not in tops]
    for pid in tops[:1] if whole or not serving else serving[:1]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def restore_server(home: Path) -> None:
    """Wait until the server has recovered and answers, starting it if nothing of it lives."""
    from evenhand.runtime import postgres

    postgres.start(home / "server", durable=False)
