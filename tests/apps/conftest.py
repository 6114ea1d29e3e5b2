"""Tests of one room with the database; those that open names or run nights have a home of their own."""

from datetime import UTC, datetime

import pytest

from evenhand.runtime.config import config
from evenhand.runtime.keys import new_keys

MADE_AT = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home with keys."""
    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path / "home"))
    config.cache_clear()
    new_keys(config().key_file, made_at=MADE_AT)
    yield config().home
    config.cache_clear()


@pytest.fixture
def key_file(tmp_path):
    """Where a sealing key is to lie."""
    return tmp_path / "keys.seal.json"


@pytest.fixture
def sealed(key_file):
    """Two seals over four lines of Anna and three of Ben, and one line of Anna after them."""
    from evenhand.journal.sealing import seal
    from tests.journals import ANNA, BEN, NOW, add

    add(ANNA, 3)
    add(BEN, 3)
    seal(key_file=key_file, now=NOW)
    add(ANNA, 1)
    seal(key_file=key_file, now=NOW)
    add(ANNA, 1)
