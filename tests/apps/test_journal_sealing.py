"""Seals over the journal, and what is done behind its back, named in the database and against an anchor."""

from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection

from evenhand.journal import bundle, sources
from evenhand.journal.actions import record
from evenhand.journal.models import Line, Seal
from evenhand.journal.sealing import Restored, begin_again, seal, seal_all
from evenhand.journal.sealing_key import sealing_key
from evenhand.journal.sources import Source
from evenhand.journal.tasks import seal as job
from evenhand.runtime.config import config
from evenhand.runtime.database import as_owner
from evenhand.runtime.keys import KeyFileError
from tests.journals import ANNA, BEN, LIFTED, NOW, add, behind, verifier, wrong

pytestmark = pytest.mark.django_db(transaction=True)


# Sealing


def test_lines_are_sealed_once_and_seals_are_chained(sealed):
    first, second = Seal.objects.order_by("number")
    assert (first.rows, second.rows) == (6, 1)
    assert bytes(second.previous) == bytes(first.hash)
    assert (first.from_tx, first.until_tx) == (0, second.from_tx)
    assert wrong() == []


def test_nothing_new_gives_no_seal(key_file, sealed):
    assert seal_all(key_file=key_file, now=NOW) == [3]
    assert seal_all(key_file=key_file, now=NOW) == []


def test_a_line_of_a_transaction_still_open_does_not_slip_in_behind_a_seal(key_file):
    with psycopg.connect(config().database_url) as slow:
        record(cursor=slow.cursor(), stream=ANNA, detail={"reason": "ILLNESS"}, **LIFTED)
        add(BEN, 2)  # begun later, over sooner
        assert seal(key_file=key_file, now=NOW) is None
    assert seal(key_file=key_file, now=NOW) == 1
    assert Seal.objects.get().rows == 3
    assert wrong() == []


def test_many_rows_are_sealed_by_several_seals(key_file, monkeypatch):
    monkeypatch.setattr("evenhand.journal.sealing.ROWS_OF_A_SEAL_MAX", 2)
    add(ANNA, 5)
    assert seal_all(key_file=key_file, now=NOW) == [1, 2, 3]
    assert [s.rows for s in Seal.objects.order_by("number")] == [2, 2, 1]
    assert wrong() == []


def test_two_sealers_at_once_make_no_second_seal_of_the_same(key_file):
    add(ANNA, 1)
    with psycopg.connect(config().database_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('evenhand seal'))")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        with pytest.raises(DatabaseError, match="lock timeout"):
            seal(key_file=key_file, now=NOW)
        connection.close()
    assert seal(key_file=key_file, now=NOW) == 1


def test_the_worker_seals_with_the_key_beside_the_key_file(tmp_path, monkeypatch):
    monkeypatch.setenv("EVENHAND_KEY_FILE", str(tmp_path / "keys.json"))
    config.cache_clear()
    add(ANNA, 1)
    job(timestamp=0)
    monkeypatch.undo()
    config.cache_clear()
    made = tmp_path / "keys.seal.json"
    assert made.stat().st_mode & 0o777 == 0o600
    public = sealing_key(made, made_at=NOW).public_key().public_bytes_raw()
    assert bytes(Seal.objects.get().public_key) == public


def test_the_minute_is_what_seals_are_deferred_by():
    from procrastinate.contrib.django import app as queue

    periodic = queue.periodic_registry.periodic_tasks
    assert [task.cron for (name, _), task in periodic.items() if name == "journal.seal"] == [
        "* * * * *"
    ]


@pytest.mark.parametrize("spoiled", ["{}", "", '{"format": 1, "sealing_key": "eA=="}'])
def test_a_sealing_key_that_is_not_whole_is_refused(key_file, spoiled):
    key_file.write_text(spoiled)
    key_file.chmod(0o600)
    with pytest.raises(KeyFileError, match="not a whole sealing key"):
        sealing_key(key_file, made_at=NOW)


def test_a_sealing_key_that_others_may_read_is_refused(key_file):
    sealing_key(key_file, made_at=NOW)
    key_file.chmod(0o640)
    with pytest.raises(KeyFileError, match="0640; expected 0600"):
        sealing_key(key_file, made_at=NOW)


# Behind its back, in the database

CASES = {
    "altered": (
        ["UPDATE journal_line SET who = 'x' WHERE stream_id = '{anna}' AND number = 2"],
        [("ALTERED", "PERSON/{anna} line 2")],
    ),
    "altered in its detail": (
        ["UPDATE journal_line SET detail = '{{}}' WHERE stream_id = '{ben}' AND number = 3"],
        [("ALTERED", "PERSON/{ben} line 3")],
    ),
    "altered though not sealed yet": (
        ["UPDATE journal_line SET who = 'x' WHERE stream_id = '{anna}' AND number = 5"],
        [("ALTERED", "PERSON/{anna} line 5")],
    ),
    "removed": (
        ["DELETE FROM journal_line WHERE stream_id = '{anna}' AND number = 1"],
        [("REMOVED", "PERSON/{anna} line 1")],
    ),
    "removed and closed up": (
        [
            "DELETE FROM journal_line WHERE stream_id = '{anna}' AND number = 2",
            "UPDATE journal_line SET number = number - 1 WHERE stream_id = '{anna}' AND number = 3",
            "UPDATE journal_line SET number = number - 1 WHERE stream_id = '{anna}' AND number = 4",
            "UPDATE journal_line SET number = number - 1 WHERE stream_id = '{anna}' AND number = 5",
        ],
        [("REMOVED", "PERSON/{anna} line 2")],
    ),
    "the last two lines": (
        ["DELETE FROM journal_line WHERE stream_id = '{ben}' AND number > 1"],
        [("REMOVED", "PERSON/{ben} line 2"), ("REMOVED", "PERSON/{ben} line 3")],
    ),
    "a whole stream": (
        ["DELETE FROM journal_line WHERE stream_id = '{ben}'"],
        [("STREAM_GONE", "PERSON/{ben}")],
    ),
    "reordered": (
        [
            "UPDATE journal_line SET number = 99 WHERE stream_id = '{ben}' AND number = 2",
            "UPDATE journal_line SET number = 2 WHERE stream_id = '{ben}' AND number = 3",
            "UPDATE journal_line SET number = 3 WHERE stream_id = '{ben}' AND number = 99",
        ],
        [("REORDERED", "PERSON/{ben} line 2"), ("REORDERED", "PERSON/{ben} line 3")],
    ),
    "inserted": (
        [
            "UPDATE journal_line SET number = 4 WHERE stream_id = '{ben}' AND number = 3",
            "INSERT INTO journal_line SELECT gen_random_uuid(), stream_kind, stream_id, 3, kind, at, 'forger', why, "
            "detail, \"where\", previous, hash, tx FROM journal_line WHERE stream_id = '{ben}' AND number = 4",
        ],
        [("INSERTED", "PERSON/{ben} line 3")],
    ),
    "an invented stream": (
        [
            "INSERT INTO journal_line SELECT gen_random_uuid(), 'RUN', 'x', 1, kind, at, who, why, detail, \"where\", "
            "previous, hash, tx FROM journal_line WHERE stream_id = '{ben}' AND number = 1"
        ],
        [("ALTERED", "RUN/x line 1")],
    ),
    "the last seal": (
        ["DELETE FROM journal_seal WHERE number = 2"],
        [],  # by itself it is as if it had not been made; the anchor knows better
    ),
    "a seal": (
        ["UPDATE journal_seal SET sealed_at = sealed_at + interval '1 day' WHERE number = 1"],
        [("SEAL_ALTERED", "seal 1")],
    ),
    "a signature": (
        ["UPDATE journal_seal SET signature = decode(repeat('00', 64), 'hex') WHERE number = 2"],
        [("SIGNATURE_WRONG", "seal 2")],
    ),
}


def named(text):
    return text.format(anna=ANNA.id, ben=BEN.id)


@pytest.mark.parametrize("name", CASES)
def test_what_was_done_in_the_database_is_named(sealed, name):
    statements, expected = CASES[name]
    behind(*map(named, statements))
    assert wrong() == [(code, named(place)) for code, place in expected]


@pytest.mark.parametrize("name", CASES)
def test_what_was_done_in_the_database_is_named_by_the_bundle_made_of_it(sealed, name, tmp_path):
    statements, expected = CASES[name]
    behind(*map(named, statements))
    bundle.export(tmp_path / "out.zip", scope=None, now=NOW)
    code, said = verifier(tmp_path, "out.zip")
    assert code == bool(expected)
    assert all(named(place) in said for _, place in expected)


def test_the_last_seals_with_their_lines_are_missed_against_the_anchor(sealed, tmp_path):
    anchor, full = tmp_path / "anchor.txt", tmp_path / "full.txt"
    anchor.write_text(bundle.anchor_text(after=None, contents=False))
    full.write_text(bundle.anchor_text(after=0, contents=True))
    behind(
        named("DELETE FROM journal_line WHERE stream_id = '{anna}' AND number > 3"),
        "DELETE FROM journal_seal WHERE number = 2",
    )
    assert wrong() == []
    assert wrong(anchor=anchor) == [("SEAL_REMOVED", "seal 2")]
    assert wrong(anchor=full) == [
        ("SEAL_REMOVED", "seal 2"),
        ("REMOVED", named("PERSON/{anna} line 4")),
    ]


def test_a_journal_that_was_written_and_sealed_anew_differs_from_the_anchor(
    sealed, tmp_path, key_file
):
    anchor = tmp_path / "anchor.txt"
    anchor.write_text(bundle.anchor_text(after=None, contents=False))
    public = bytes(Seal.objects.get(number=1).public_key).hex()
    behind("TRUNCATE journal_line, journal_seal")
    add(BEN, 4)
    other_key = tmp_path / "other.json"
    seal(key_file=other_key, now=NOW)
    add(BEN, 1)
    seal(key_file=other_key, now=NOW)
    assert wrong() == []
    assert wrong(anchor=anchor) == [("SEAL_DIFFERS", "seal 2")]
    assert wrong(key=public) == [("OTHER_KEY", "seal 1"), ("OTHER_KEY", "seal 2")]


# Rows of other tables


@pytest.fixture
def events(monkeypatch):
    """Another room's table, whose rows are sealed with the lines."""
    with psycopg.connect(config().database_owner_url) as owner:
        owner.execute(
            "CREATE TABLE tried_event (id int PRIMARY KEY, customer_id uuid, said text, tx bigint DEFAULT journal_tx())"
        )
    source = Source(
        name="tried",
        table="tried_event",
        key="'PERSON/' || customer_id || '/tried:' || id",
        stream="'PERSON/' || customer_id",
        hash="sha256(convert_to(said, 'UTF8'))",
        content="said",
    )
    monkeypatch.setattr(sources, "_SOURCES", dict(sources._SOURCES))
    sources.register(source)
    yield
    connection.close()
    with psycopg.connect(config().database_owner_url) as owner:
        owner.execute("DROP TABLE tried_event")


def test_rows_that_another_room_registers_are_sealed_and_missed(events, key_file, tmp_path):
    with connection.cursor() as cursor:
        for number, said in enumerate(("called", "texted", "写信")):
            cursor.execute("INSERT INTO tried_event VALUES (%s, %s, %s)", [number, ANNA.id, said])
    add(ANNA, 1)
    seal(key_file=key_file, now=NOW)
    assert Seal.objects.get().rows == 4
    assert wrong() == []
    bundle.export(tmp_path / "out.zip", scope=ANNA, now=NOW)
    assert verifier(tmp_path, "out.zip") == (0, "1 lines, 3 other rows, 1 seals: nothing found\n")
    with psycopg.connect(config().database_owner_url) as owner:
        owner.execute("DELETE FROM tried_event WHERE id = 0")
        owner.execute("UPDATE tried_event SET said = 'nothing' WHERE id = 1")
    assert wrong() == [
        ("ALTERED", f"{ANNA}/tried:1"),
        ("REMOVED", f"{ANNA}/tried:0"),
    ]


# Another server


def test_a_database_whose_transactions_are_numbered_from_below_its_seals_is_refused_until_it_begins_again(
    sealed, key_file
):
    behind("UPDATE journal_seal SET until_tx = until_tx + 1000000 WHERE number = 2")
    with pytest.raises(Restored, match="begin-again"):
        seal(key_file=key_file, now=NOW)
    with pytest.raises(psycopg.Error, match="begin-again"):
        add(BEN, 1)
    try:
        with as_owner(config()):
            begin_again()
        add(BEN, 1)
        assert seal(key_file=key_file, now=NOW + timedelta(minutes=1)) == 3
        assert Line.objects.order_by("-tx").first().tx > 10**15
    finally:
        with psycopg.connect(config().database_owner_url) as owner:
            owner.execute(
                "CREATE OR REPLACE FUNCTION journal_base() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE "
                "AS 'SELECT 0::bigint'"
            )
