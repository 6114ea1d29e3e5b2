"""Every code that packs and facts are written in has its words in both languages."""

import pytest

from evenhand.compliance import vocabulary, words


@pytest.mark.parametrize(
    "name", ["ACTS", "DIRECTIONS", "ROLES", "ACTORS", "PLACES", "OUTCOMES", "PURPOSES", "BASES", "EFFECTS", "HOLDS", "STANDING"]
)  # fmt: skip
def test_every_code_of_the_vocabulary_has_words(name):
    assert not getattr(vocabulary, name) - getattr(words, name).keys()
