"""Out and back: everything but the keys, between two nights, whole or not at all."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from evenhand.runtime import postgres

pytestmark = pytest.mark.kills


def evenhand(home, *arguments, **variables):
    clean = {name: text for name, text in os.environ.items() if not name.startswith("EVENHAND_")}
    return subprocess.run(
        [sys.executable, "-c", "from evenhand.cli.main import main; main()", *map(str, arguments)],
        env={**clean, "EVENHAND_HOME": str(home), "EVENHAND_MODE": "demo", **variables},
        capture_output=True,
        text=True,
    )


def done(result):
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def folder():
    """A folder with a migrated home `first`, a backup of it and an unused home `second`."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-test-", dir="/tmp"))
    folder.chmod(0o711)
    first = folder / "first"
    done(evenhand(first, "keys", "new"))
    done(evenhand(first, "migrate"))
    feed = folder / "feed.csv"
    feed.write_text("customer_ref\nC1\n")
    keep = "import sys; from pathlib import Path; from evenhand.runtime.config import config; "
    keep += "from evenhand.runtime.files import file_store; file_store(config()).keep(Path(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", keep, feed],
        env={**os.environ, "EVENHAND_HOME": str(first)},
        check=True,
    )
    done(evenhand(first, "backup", folder / "backup"))
    yield folder
    for home in (first, folder / "second"):
        postgres.remove(home)
    shutil.rmtree(folder)


def tables(home):
    with psycopg.connect(postgres.addresses(home).app) as connection:
        return connection.execute(
            "SELECT relname, coalesce(relacl, acldefault('r', relowner))::text, attname, attacl::text FROM pg_class "
            "LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attacl IS NOT NULL "
            "WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1, 3"
        ).fetchall()


def test_a_backup_holds_no_key(folder):
    keys = json.loads((folder / "first" / "keys.json").read_text())
    secret = keys["data_keys"][0]["key"].encode()
    assert (folder / "first" / "keys.json").is_file()
    for path in (folder / "backup").rglob("*"):
        assert path.name != "keys.json"
        assert path.is_dir() or secret not in path.read_bytes()


@pytest.mark.parametrize("spoiled", ["database.dump", "manifest.json"])
def test_a_spoiled_backup_changes_nothing(folder, tmp_path, spoiled):
    shutil.copytree(folder / "backup", tmp_path / "backup")
    with (tmp_path / "backup" / spoiled).open("ab") as stream:
        stream.write(b"!")
    refused = evenhand(folder / "second", "restore", tmp_path / "backup")
    assert refused.returncode == 2
    assert spoiled in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (folder / "second" / "lake").exists()


def test_a_backup_of_a_demo_is_not_restored_as_live(folder):
    refused = evenhand(folder / "second", "restore", folder / "backup", EVENHAND_MODE="live")
    assert (refused.returncode, "EVENHAND_MODE" in refused.stderr) == (2, True)


def test_a_backup_comes_back_whole_into_an_empty_home(folder):
    second = folder / "second"
    done(evenhand(second, "restore", folder / "backup"))
    assert tables(second) == tables(folder / "first") != []
    feeds = [p.name for p in (second / "lake" / "raw").iterdir()]
    assert feeds == [p.name for p in (folder / "first" / "lake" / "raw").iterdir()]
    assert len(feeds) == 1
    assert "No migrations to apply" in done(evenhand(second, "migrate"))
    again = evenhand(second, "restore", folder / "backup")
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)


def test_no_backup_is_taken_while_a_night_is_unfinished(folder, tmp_path):
    add = (
        "INSERT INTO cycle_run (id, banking_day, state, cut_off_at, manifest_sha256, content_digest, strategy_digest, "
        "code_version, experiment, totals, difference, started_at) "
        "VALUES (gen_random_uuid(), '2026-09-28', 'STARTED', now(), '', '', '', 'test', '{}', '{}', 0, now())"
    )
    with psycopg.connect(postgres.addresses(folder / "first").owner, autocommit=True) as owner:
        owner.execute(add)
        refused = evenhand(folder / "first", "backup", tmp_path / "backup")
        owner.execute("DELETE FROM cycle_run")
    assert refused.returncode == 2
    assert "the night of 2026-09-28 is not published" in refused.stderr
    assert not (tmp_path / "backup" / "manifest.json").exists()


def test_the_server_is_stopped_and_started_by_command(folder):
    first = folder / "first"
    assert done(evenhand(first, "db", "stop")) == "stopped\n"
    assert evenhand(first, "db", "status").returncode == 3
    assert done(evenhand(first, "db", "start")) == "running\n"
    assert done(evenhand(first, "db", "status")) == "running\n"
    assert "0 deleted" in done(evenhand(first, "maintain"))
