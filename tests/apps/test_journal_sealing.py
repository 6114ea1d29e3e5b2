"""Seals over the journal; what is done behind its back is named, in the database and in a bundle, against an anchor."""

import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from typer.testing import CliRunner

from evenhand.cli.main import app
from evenhand.journal import bundle, sources
from evenhand.journal.actions import Act, of_person, record, record_many
from evenhand.journal.models import Line, Seal
from evenhand.journal.sealing import Restored, begin_again, seal, seal_all
from evenhand.journal.sealing_key import sealing_key, sealing_key_file
from evenhand.journal.sources import Source
from evenhand.journal.tasks import seal as job
from evenhand.runtime.config import config
from evenhand.runtime.database import as_owner
from evenhand.runtime.keys import KeyFileError

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 9, 28, 12, tzinfo=UTC)
ANNA, BEN = (of_person(UUID(int=n)) for n in (1, 2))
LIFTED = {"kind": "HOLD_LIFTED", "who": "robot", "at": NOW}


def add(stream, count):
    """Lines, each in a transaction of its own, no two alike."""
    for _ in range(count):
        detail = {"reason": "ILLNESS", "lift_reason": f"after {Line.objects.count()} others"}
        with transaction.atomic():
            record_many([Act(stream=stream, detail=detail, **LIFTED)])


@pytest.fixture
def key_file(tmp_path):
    return tmp_path / "keys.seal.json"


@pytest.fixture
def sealed(key_file):
    """Two seals over four lines of Anna and three of Ben, and one line of Anna after them."""
    add(ANNA, 3)
    add(BEN, 3)
    seal(key_file=key_file, now=NOW)
    add(ANNA, 1)
    seal(key_file=key_file, now=NOW)
    add(ANNA, 1)


def behind(*statements):
    """What the owner can do who takes the guards away."""
    tables = ("journal_line", "journal_seal")
    with psycopg.connect(config().database_owner_url) as owner:
        for table in tables:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            assert owner.execute(statement).rowcount != 0, statement
        for table in tables:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def wrong(**given):
    return [(finding.code, finding.place) for finding in bundle.check_database(**given)]


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


# Bundles


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


@pytest.fixture
def exported(sealed, tmp_path):
    bundle.export(tmp_path / "out.zip", scope=None, now=NOW)
    (tmp_path / "anchor.txt").write_text(bundle.anchor_text(after=None, contents=False))
    return tmp_path


def repacked(folder, change):
    """The bundle with its files changed by a function of (name, text)."""
    with zipfile.ZipFile(folder / "out.zip") as packed:
        files = {name: packed.read(name).decode() for name in packed.namelist()}
    with zipfile.ZipFile(folder / "forged.zip", "w") as packed:
        for name, text in files.items():
            packed.writestr(name, change(name, text))


def of_lines(change):
    """A change of the bundle's lines, as records."""

    def changed(name, text):
        if name != "lines.jsonl":
            return text
        lines = [json.loads(line) for line in text.splitlines()]
        return "".join(json.dumps(line) + "\n" for line in change(lines))

    return changed


def test_a_bundle_is_whole_by_itself_and_against_the_anchor(exported):
    assert verifier(exported, "out.zip") == (0, "8 lines, 0 other rows, 2 seals: nothing found\n")
    assert verifier(exported, "out.zip", "--anchor", "anchor.txt")[0] == 0
    with zipfile.ZipFile(exported / "out.zip") as packed:
        packed.extractall(exported / "folder")
    assert verifier(exported, "folder", "--anchor", "anchor.txt")[0] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [x | {"who": "y"} if x["number"] == 2 else x for x in lines], "line 2 was altered"),
        (lambda lines: [x for x in lines if x["number"] != 3], "line 3 was removed"),
        (lambda lines: [*lines, lines[0]], "line 1 was inserted"),
        (lambda lines: [x | {"number": {2: 3, 3: 2}.get(x["number"], x["number"])} for x in lines], "line 3 stands in"),
        (lambda lines: [x for x in lines if not x["stream"].endswith("2")], "is gone as a whole"),
    ],
    ids=["altered", "removed", "inserted", "reordered", "a stream gone"],
)  # fmt: skip
def test_what_was_done_in_a_bundle_is_named(exported, change, said):
    repacked(exported, of_lines(change))
    code, heard = verifier(exported, "forged.zip")
    assert code == 1
    assert said in heard


def test_lines_in_another_order_in_the_file_are_still_the_same_lines(exported):
    repacked(exported, of_lines(lambda lines: lines[::-1]))
    assert verifier(exported, "forged.zip")[0] == 0


def test_a_bundle_of_one_person_holds_her_lines_only_and_misses_any_that_is_gone(sealed, tmp_path):
    made = bundle.export(tmp_path / "out.zip", scope=ANNA, now=NOW)
    assert made == {"lines": 5, "rows": 0, "seals": 2}
    assert verifier(tmp_path, "out.zip")[0] == 0
    repacked(tmp_path, of_lines(lambda lines: [line for line in lines if line["number"] < 4]))
    code, said = verifier(tmp_path, "forged.zip", "--language", "zh")
    assert code == 1
    assert "PERSON/00000000-0000-0000-0000-000000000001 line 4 被删除" in said


@pytest.mark.parametrize("content", [b"", b"PK nonsense"])
def test_what_is_no_bundle_is_said_to_be_none(exported, content):
    (exported / "forged.zip").write_bytes(content)
    code, said = verifier(exported, "forged.zip")
    assert code == 2
    assert "is no journal exported by Evenhand" in said


def test_an_anchor_is_a_text_for_people_too(exported):
    text = (exported / "anchor.txt").read_text()
    assert "Seal 2 of the journal of Evenhand" in text
    assert "第 2 号封存" in text


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


# Commands


def here(*words):
    done = CliRunner().invoke(app, ["journal", *map(str, words)])
    return done.exit_code, done.output.strip()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EVENHAND_KEY_FILE", str(tmp_path / "keys.json"))
    config.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    config.cache_clear()


def test_the_commands_seal_verify_export_and_anchor(home):
    add(ANNA, 2)
    assert here("anchor") == (2, "there is no seal yet; run `evenhand journal seal`")
    assert here("seal") == (0, "seal 1")
    assert here("seal") == (0, "nothing new to seal")
    code, public = here("key")
    assert (code, len(bytes.fromhex(public))) == (0, 32)
    assert here("anchor", home / "anchor.txt")[0] == 0
    assert here("verify", "--anchor", home / "anchor.txt", "--key", public) == (0, "nothing found")
    out = home / "out.zip"
    assert here("export", "--all", out) == (0, f"{out}: 2 lines, 0 other rows, 1 seals")
    assert here("export", "--all", out) == (2, f"{out} exists; a bundle never overwrites a file")
    assert here("export", "--person", ANNA.id, home / "anna.zip")[0] == 0
    assert sealing_key_file(home / "keys.json").exists()
    behind("DELETE FROM journal_line WHERE number = 2")
    code, said = here("verify", "--language", "zh")
    assert (code, said) == (1, f"{ANNA} line 2 被删除")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["export", "x.zip"], "name one of --person, --stream and --all"),
        (["export", "x.zip", "--stream", "NIGHT/1"], "'NIGHT/1' is no stream; expected one such"),
        (["verify", "--anchor", "nowhere.txt"], "nowhere.txt is no anchor of Evenhand"),
    ],
)
def test_a_command_that_makes_no_sense_says_why(home, words, said):
    code, heard = here(*words)
    assert code == 2
    assert said in " ".join(heard.split())
