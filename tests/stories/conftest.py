"""Each story has an installation of its own: a home, keys and a lake."""

import pytest

from evenhand.runtime.config import config


@pytest.fixture
def lake_home(tmp_path, monkeypatch):
    """An empty home for one story."""
    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path / "home"))
    config.cache_clear()
    yield config().home
    config.cache_clear()
