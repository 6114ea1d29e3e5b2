"""`evenhand keys` and `evenhand maintain`: what they do and what they say."""

import os
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from evenhand.cli import keys as keys_command
from evenhand.cli import store as store_command
from evenhand.cli.main import app
from evenhand.runtime.config import config
from evenhand.runtime.files import file_store
from evenhand.runtime.keys import read_keys

NOON = datetime(2026, 9, 28, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home, and noon on a certain day."""
    for name in [name for name in os.environ if name.startswith("EVENHAND_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(keys_command, "clock", lambda: NOON)
    monkeypatch.setattr(store_command, "clock", lambda: NOON)
    config.cache_clear()
    yield tmp_path / "home"
    config.cache_clear()


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def test_keys_are_made_once_rotated_and_shown_without_a_secret(home):
    assert run("keys", "new")[0] == 0
    code, said = run("keys", "new")
    assert (code, said.strip()) == (
        2,
        f"{home / 'keys.json'} exists; a key file is never overwritten",
    )
    assert run("keys", "rotate")[0] == 0
    code, said = run("keys", "check")
    made = read_keys(home / "keys.json")
    old, new = (key.name for key in made.data_keys)
    assert (code, said.splitlines()) == (
        0,
        [
            f"{old} of 2026-09-28 opens",
            f"{new} of 2026-09-28 seals and opens",
        ],
    )


@pytest.mark.parametrize("word", ["check", "rotate"])
def test_a_key_file_others_may_read_is_refused_with_exit_code_2(home, word):
    run("keys", "new")
    (home / "keys.json").chmod(0o644)
    assert run("keys", word) == (
        2,
        f"the key file {home / 'keys.json'} has mode 0644; expected 0600\n",
    )


def test_maintain_deletes_the_raw_files_that_are_kept_too_long(home, tmp_path, monkeypatch):
    monkeypatch.setenv("EVENHAND_RAW_FEED_DAYS", "30")
    run("keys", "new")
    store = file_store(config())
    for name, days in [("old", 31), ("new", 29)]:
        (tmp_path / name).write_text(name)
        kept = store.path_of(store.keep(tmp_path / name))
        os.utime(kept, (NOON.timestamp() - days * 86_400,) * 2)
    assert run("maintain") == (0, "raw feeds kept before 2026-08-29: 1 deleted\n")
    assert [path.name for path in store.root.iterdir()] == [kept.name]
