"""A reply is read as a reasonable person reads it: a wish to be left alone, less than that, or something else."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.compliance.texts.plain import plain, word_list
from evenhand.compliance.texts.replies import read_reply, reads_as_opt_out

FILE = Path(__file__).parent / "cases" / "replies.tsv"
ROWS = [
    (row["answer"], frozenset(filter(None, row["media"].split(","))), row["text"])
    for row in csv.DictReader(
        FILE.read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE
    )
]


@pytest.mark.parametrize(("answer", "media", "text"), ROWS, ids=[row[2] for row in ROWS])
def test_a_reply_is_read(answer: str, media: frozenset[str], text: str) -> None:
    reading = read_reply(text)
    assert (reading.answer, reading.media) == (answer, media), reading
    assert reads_as_opt_out(text) is (answer == "YES")


def test_there_are_more_than_sixty_examples_each_way_and_few_are_words_of_the_list() -> None:
    yes = [text for answer, _, text in ROWS if answer == "YES"]
    assert len(yes) >= 60
    assert len(ROWS) - len(yes) >= 60
    data = word_list("opt_out.toml")
    listed = {
        word for rows in (data["whole"], data["clause"]) for row in rows for word in row["words"]
    }
    assert sum(plain(text).text in listed for text in yes) < len(yes) / 4


@pytest.mark.parametrize(
    ("text", "came_by", "covered", "free"),
    [
        ("STOP", "TEXT", {"TEXT"}, {"CALL", "EMAIL", "LETTER"}),
        ("unsubscribe", "EMAIL", {"EMAIL"}, {"TEXT", "CALL"}),
        ("stop calling me", "TEXT", {"CALL", "RINGLESS_VOICEMAIL"}, {"TEXT", "EMAIL"}),
        ("不要再给我发短信", "TEXT", {"TEXT"}, {"CALL", "LETTER"}),
        ("别再打电话了", "CALL", {"CALL"}, {"TEXT"}),
        ("do not contact me again", "TEXT", {"TEXT", "CALL", "EMAIL", "LETTER", "VISIT"}, set()),
        ("停止一切联系", "TEXT", {"TEXT", "CALL", "EMAIL", "LETTER", "VISIT"}, set()),
        ("I will pay", "TEXT", set(), {"TEXT", "CALL"}),
    ],
)
def test_a_wish_covers_the_media_it_names(
    text: str, came_by: str, covered: set[str], free: set[str]
) -> None:
    reading = read_reply(text)
    assert {act for act in covered | free if reading.covers(act, came_by=came_by)} == covered


@pytest.mark.parametrize(
    ("text", "cease"),
    [
        ("Cease and desist", True),
        ("Do not contact me in any way", True),
        ("I refuse to pay", True),
        ("停止一切联系", True),
        ("不要再联系我", True),
        ("STOP", False),
        ("stop texting me", False),
        ("退订", False),
    ],
)
def test_a_wish_to_end_all_communication_is_told_apart(text: str, cease: bool) -> None:
    assert read_reply(text).cease is cease


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert read_reply(text).opt_out == bool(read_reply(text).media)


@given(st.sampled_from([text for answer, _, text in ROWS if answer == "YES" and text.isascii()]))
def test_case_and_width_and_surrounding_space_change_nothing(text: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    for form in (text.lower(), text.upper(), f"  {text} ", wide):
        assert reads_as_opt_out(form), form


def test_a_reading_says_which_entry_of_the_list_decided() -> None:
    reading = read_reply("Hello, please stop texting me.")
    assert (reading.why, reading.words) == ("STOP_CONTACT_EN", "stop texting")
