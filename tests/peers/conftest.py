"""Tests against programs we did not write; each has an installation of its own, as a story has."""

from tests.stories.conftest import lake_home

__all__ = ["lake_home"]
