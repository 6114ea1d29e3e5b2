"""Every code and every name that packs and facts are written in has its words in both languages."""

from collections.abc import Iterator, Mapping

import pytest

from evenhand.compliance import packs, vocabulary
from evenhand.compliance.kinds import KINDS
from evenhand.compliance.packfile import questions
from evenhand.compliance.packfile.terms import ABOUT
from evenhand.compliance.packs import load_pack, shipped_packs
from evenhand.compliance.words import codes as words
from evenhand.compliance.words.parameters import (
    parameter_in_words,
    unit_in_words,
    value_in_words,
)
from evenhand.compliance.words.questions import (
    CODES_OF,
    KEYS,
    NAMES_OF_FACTS,
    OTHER_CODES,
    QUESTIONS,
)

VOCABULARIES = (
    questions.OF_ACT,
    questions.OF_EVENT,
    questions.OF_STANDING,
    questions.OF_HOLD,
)
HOW = {
    "not", "all", "min", "max", "given", "days_ago_min", "days_ago_max", "days_min", "days_max", "or_absent",
    "zh", "en",
}  # fmt: skip  # said by a sentence of their own
PARAMETERS = [(name, each) for name in shipped_packs() for each in load_pack(name).parameters]
CODES = [
    "ACTS", "DIRECTIONS", "ROLES", "ACTORS", "PLACES", "OUTCOMES", "PURPOSES", "BASES", "EFFECTS", "HOLDS", "STANDING",
    "ACTIONS",
]  # fmt: skip


@pytest.mark.parametrize("name", CODES)
def test_every_code_of_the_vocabulary_has_words(name):
    assert not getattr(vocabulary, name) - getattr(words, name).keys()


@pytest.mark.parametrize(
    ("codes", "worded"),
    [
        (packs.LAYERS, words.LAYERS),
        (packs.STRENGTHS, words.STRENGTHS),
        (packs.CONFIDENCES, words.CONFIDENCES),
        (packs.EFFECTS, words.DECISIONS),
        (KINDS, words.KINDS),
        (questions.MEDIA, words.MEDIA),
        (questions.SCOPES, words.SCOPES),
    ],
)
def test_every_code_of_a_pack_has_words(codes, worded):
    assert not set(codes) - set(worded)


@pytest.mark.parametrize("names", VOCABULARIES)
def test_everything_that_may_be_asked_has_words_and_so_has_every_answer(names):
    assert sorted(name for name in names if name not in QUESTIONS and name not in KEYS) == []
    without = [
        (name, code)
        for name, question in names.items()
        for code in question.values
        if code
        and code not in CODES_OF.get(name, {})
        and code not in OTHER_CODES
        and code not in words.ACTORS
    ]
    assert without == []


def _keys(table: Mapping) -> Iterator[str]:
    for key, value in table.items():
        yield key
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Mapping):
                yield from _keys(inner)


@pytest.mark.parametrize("name", shipped_packs())
def test_every_key_of_a_shipped_pack_has_words(name):
    pack = load_pack(name)
    own = {table["name"] for table in pack.content.get("measure", ())}
    tables = [*pack.content.get("rule", ()), *pack.content.get("measure", ()), pack.content["pack"]]
    keys = {key for table in tables for key in _keys(table)} - own - HOW - ABOUT
    assert sorted(key for key in keys if key not in KEYS and key not in QUESTIONS) == []
    named = {rule[key] for rule in tables for key in NAMES_OF_FACTS if isinstance(rule.get(key), str)}  # fmt: skip
    assert sorted(name for name in named - own if name not in QUESTIONS) == []


@pytest.mark.parametrize(("pack", "each"), PARAMETERS)
def test_a_parameter_of_a_shipped_pack_is_said_in_either_language(pack, each):
    said = {}
    for language in ("zh-hans", "en"):
        assert parameter_in_words(each.name, language), (pack, each.name)
        said[language] = value_in_words(each.value, language)
        codes = [each.value] if isinstance(each.value, str) else each.value
        if isinstance(codes, list) and any(code[:1].isalpha() for code in codes):
            assert not any(word.isupper() for word in said[language].split()), said[language]
    if each.unit:
        assert not unit_in_words(each.unit, "zh-hans").isascii()
        assert unit_in_words(each.unit, "en") == each.unit


@pytest.mark.parametrize("name", shipped_packs())
def test_what_a_shipped_pack_notes_has_words(name):
    noted = {rule.code for rule in load_pack(name).rules if rule.effect == "FLAG"}
    assert noted <= words.FLAGS.keys()


@pytest.mark.parametrize("name", shipped_packs())
def test_the_notes_of_a_shipped_pack_are_chinese_on_the_one_side_and_english_on_the_other(name):
    pack = load_pack(name)
    notes = [pack.notes, *(each.note for each in (*pack.rules, *pack.parameters))]
    for note in filter(None, notes):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in note.zh), note.zh
        assert sum(letter.isascii() for letter in note.en) > len(note.en) * 0.7, note.en
