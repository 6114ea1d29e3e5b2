"""A bank loses a machine: the backup of last night comes back on another, and last night is the same there."""

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from evenhand.cli.main import app
from evenhand.cycle.models import Run
from evenhand.kernel.digest import file_sha256
from evenhand.runtime import postgres
from evenhand.runtime.backup import restore
from evenhand.runtime.config import config, read_config
from evenhand.runtime.database import StoreError
from evenhand.runtime.keys import read_keys
from tests.bank import FIRST, Bank, account, customer, mobile, statement
from tests.conftest import SHARED

pytestmark = pytest.mark.django_db(transaction=True)
COMMAND = [sys.executable, "-c", "from evenhand.cli.main import main; main()"]


def evenhand(*words: str | Path, **settings: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, with some settings changed."""
    changed = {f"EVENHAND_{name.upper()}": str(value) for name, value in settings.items()}
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        env=os.environ | changed,
        capture_output=True,
        text=True,
        check=False,
    )


def here(*words: str | Path) -> tuple[int, str]:
    """Run a command in this process; returns its exit code and all it said."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output.strip()


def restored_to(place: dict[str, str], folder: Path) -> None:
    """Restore into another installation, in this process."""
    settings = {f"EVENHAND_{name.upper()}": str(value) for name, value in place.items()}
    restore(read_config(settings | {"EVENHAND_MODE": "demo"}), folder)


@pytest.fixture
def backup(bank, tmp_path):
    """A backup taken after the night."""
    code, said = here("backup", tmp_path / "backup")
    assert code == 0, said
    return tmp_path / "backup"


@pytest.fixture
def bank(tmp_path, lake_home):
    """A bank after one night: one of two people is overdue."""
    bank = Bank(tmp_path / "feeds")
    due_on = FIRST - timedelta(days=34)
    dates = (due_on - timedelta(days=20)).isoformat(), due_on.isoformat()
    bank.sends(
        FIRST,
        customers=[customer("C1"), customer("C2")],
        contact_points=[mobile("C1"), mobile("C2")],
        accounts=[account("A1", "C1"), account("A2", "C2")],
        statements=[statement("A1", "C1", *dates, "1000.00")],
    )
    bank.night(FIRST)
    return bank


@pytest.fixture
def elsewhere(request, tmp_path, bank):
    """Settings of another installation on the same server: an empty home, an empty database."""
    place = postgres.place_of(request.config.stash[SHARED] / "server")
    name = f"test_elsewhere_{tmp_path.name[-20:]}".replace("-", "_")
    postgres.make_database(place, name)
    addresses = postgres.addresses_at(place, database=name)
    yield {
        "home": tmp_path / "elsewhere",
        "database_url": addresses.app,
        "database_owner_url": addresses.owner,
    }
    with psycopg.connect(addresses.superuser.replace(name, "postgres"), autocommit=True) as server:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def cases(url: str) -> list[tuple]:
    """The open cases of a database, each with its account, as its app role reads them."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT * FROM casework_case c JOIN casework_caseaccount a ON a.case_id = c.id ORDER BY 1"
        ).fetchall()


def lake_files(home: Path) -> set[str]:
    """Every file of a lake, by its path in it."""
    lake = home / "lake"
    return {str(path.relative_to(lake)) for path in lake.rglob("*") if path.is_file()}


def test_a_backup_comes_back_elsewhere_and_last_night_is_the_same(bank, elsewhere, tmp_path):
    taken = evenhand("backup", tmp_path / "backup")
    assert taken.returncode == 0, taken.stderr
    assert f"after the night of {FIRST}" in taken.stdout
    home = elsewhere["home"]
    home.mkdir()
    shutil.copy(config().key_file, home / "keys.json")

    restored = evenhand("restore", tmp_path / "backup", **elsewhere)

    assert restored.returncode == 0, restored.stderr
    assert f"the key file {home / 'keys.json'} opens it" in restored.stdout
    assert lake_files(home) == lake_files(config().home)
    assert len(cases(elsewhere["database_url"])) == 1
    assert cases(elsewhere["database_url"]) == cases(config().database_url)
    again = evenhand("cycle", "replay", "--date", str(FIRST), "--json", **elsewhere)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["now"] == Run.objects.get().content_digest
    assert sealed_after(elsewhere) == (["seal 1"], "nothing found")


def sealed_after(elsewhere: dict) -> tuple[list[str], str]:
    """What sealing and verifying say after the restore, where transactions are numbered on from far above."""
    with psycopg.connect(elsewhere["database_url"]) as connection:
        assert connection.execute("SELECT journal_tx() > 10 ^ 15").fetchone() == (True,)
    sealed = evenhand("journal", "seal", **elsewhere)
    verified = evenhand("journal", "verify", **elsewhere)
    return sealed.stdout.splitlines(), verified.stdout.strip() or verified.stderr


def test_restoring_without_the_key_file_says_which_is_needed(backup, elsewhere):
    restored = evenhand("restore", backup, **elsewhere)
    name = read_keys(config().key_file).newest.name
    place = elsewhere["home"] / "keys.json"
    assert f"put the key file that holds {name} at {place}" in restored.stdout


def test_a_lake_with_one_altered_byte_is_not_restored(backup, elsewhere):
    path = next(path for path in (backup / "lake").rglob("*") if path.is_file())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match="its sha256 is another"):
        restored_to(elsewhere, backup)
    assert_untouched(elsewhere)


def test_a_backup_that_was_cut_off_is_no_backup(backup, elsewhere):
    (backup / "manifest.json").unlink()
    with pytest.raises(StoreError, match="is no backup"):
        restored_to(elsewhere, backup)
    assert_untouched(elsewhere)


def test_a_dump_that_fails_at_its_end_leaves_nothing_behind(backup, elsewhere):
    """By its sha256 the dump is whole, and yet the database cannot take it."""
    dump, manifest = backup / "database.dump", backup / "manifest.json"
    dump.write_bytes(dump.read_bytes()[:-200])
    stated = json.loads(manifest.read_text())
    stated["files"]["database.dump"] = file_sha256(dump)
    manifest.write_text(json.dumps(stated))
    with pytest.raises(StoreError, match="pg_restore failed"):
        restored_to(elsewhere, backup)
    assert_untouched(elsewhere)


def test_a_database_that_holds_a_table_is_not_restored_into(backup, elsewhere):
    with psycopg.connect(elsewhere["database_owner_url"], autocommit=True) as connection:
        connection.execute("CREATE TABLE theirs ()")
        with pytest.raises(StoreError, match="it has theirs"):
            restored_to(elsewhere, backup)
        connection.execute("DROP TABLE theirs")
    assert_untouched(elsewhere)


def test_a_backup_goes_into_no_folder_that_holds_something(bank, tmp_path):
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "theirs").touch()
    assert here("backup", tmp_path / "backup") == (2, f"{tmp_path / 'backup'} is not empty")


def test_what_a_killed_replay_left_in_the_lake_is_not_backed_up(bank, tmp_path):
    left = bank.lake.root / "replay-0123" / "state.parquet"
    left.parent.mkdir()
    left.touch()
    assert here("backup", tmp_path / "backup")[0] == 0
    assert (tmp_path / "backup" / "lake").is_dir()
    assert not (tmp_path / "backup" / "lake" / "replay-0123").exists()


def assert_untouched(elsewhere: dict) -> None:
    """Neither a lake nor a table came to be."""
    home = elsewhere["home"]
    assert not home.exists() or list(home.iterdir()) == []
    with psycopg.connect(elsewhere["database_owner_url"]) as connection:
        [tables] = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone()
    assert tables == 0
