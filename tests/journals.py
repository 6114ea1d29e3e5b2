"""Lines, seals and what a forger may do to them, for tests of the journal."""

import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from django.db import transaction

from evenhand.journal import bundle
from evenhand.journal.actions import Act, of_person, record_many
from evenhand.journal.models import Line
from evenhand.runtime.config import config

NOW = datetime(2026, 9, 28, 12, tzinfo=UTC)
ANNA, BEN = (of_person(UUID(int=n)) for n in (1, 2))
LIFTED = {"kind": "HOLD_LIFTED", "who": "robot", "at": NOW}


def add(stream, count):
    """Lines, each in a transaction of its own, no two alike."""
    for _ in range(count):
        detail = {"reason": "ILLNESS", "lift_reason": f"after {Line.objects.count()} others"}
        with transaction.atomic():
            record_many([Act(stream=stream, detail=detail, **LIFTED)])


def behind(*statements):
    """What the owner can do who takes the guards away."""
    tables = ("journal_line", "journal_seal", "contact_event")
    with psycopg.connect(config().database_owner_url) as owner:
        for table in tables:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            assert owner.execute(statement).rowcount != 0, statement
        for table in tables:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def wrong(**given):
    """What the verifier says of the database, without its notes."""
    return [(finding.code, finding.place) for finding in bundle.check_database(**given)]


def verifier(folder, *words):
    """Run the verifier that came with a bundle, alone: no packages of ours, no folder of ours."""
    with zipfile.ZipFile(folder / "out.zip") as packed:
        packed.extract("verifier.py", folder)
    done = subprocess.run(
        [sys.executable, "-I", "verifier.py", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
