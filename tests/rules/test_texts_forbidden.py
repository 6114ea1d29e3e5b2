"""What a text may not say is found in many ways of saying it, and what is lawful is left alone.

The phrases were written before the patterns they are tried on, but by the same hand, so the rates flatter. `tuned` was
looked at while the patterns were made. Half of the first phrases were `held_out` and tried once, at the end: 82 of 83
forbidden ones were found, 3 of 64 lawful ones wrongly. `unseen` came last, in plain words: 45 of 48, none of 24
wrongly. Rounds written to evade (part of `tuned` now) were found by 27, 34, 52, 74 and 38 in a hundred when first
tried, with 4 of 250 lawful ones wrongly, and of 80 more lawful ones, close to what is forbidden, 3: a phrase that goes
out of its way gets through, which is why free text is also reviewed by people.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from evenhand.compliance.texts.forbidden import BANS, findings

CASES = Path(__file__).parent / "cases"


class Phrase(NamedTuple):
    language: str
    ban: str  # "-": lawful
    sender: str
    text: str


def phrases(half: str) -> Iterator[Phrase]:
    with (CASES / f"texts_{half}.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield Phrase(**row)


def codes(phrase: Phrase) -> set[str]:
    return {f.code for f in findings(phrase.text, sender=phrase.sender, channel="CALL")}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("half", ["tuned", "held_out", "unseen"])
def test_each_forbidden_phrase_is_found_by_its_ban(half: str, language: str) -> None:
    missed = [
        phrase
        for phrase in phrases(half)
        if phrase.language == language and phrase.ban != "-" and phrase.ban not in codes(phrase)
    ]
    assert missed == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("half", ["tuned", "held_out", "unseen"])
def test_lawful_phrases_are_left_alone(half: str, language: str) -> None:
    wrongly = [
        (phrase.text, codes(phrase))
        for phrase in phrases(half)
        if phrase.language == language and phrase.ban == "-" and codes(phrase)
    ]
    assert wrongly == []


def test_there_are_sixty_phrases_each_way_and_every_ban_in_both_languages() -> None:
    counted = Counter((p.language, p.ban) for half in ("tuned", "held_out") for p in phrases(half))
    for language in ("zh", "en"):
        assert {ban for tongue, ban in counted if tongue == language} == BANS | {"-"}
        assert counted[language, "-"] >= 60
        assert sum(n for (tongue, ban), n in counted.items() if tongue == language) >= 120


def test_the_halves_share_no_phrase() -> None:
    texts = [p.text for half in ("tuned", "held_out", "unseen") for p in phrases(half)]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    "text",
    [
        "我们会通知您的家人",
        "我們會通知您的家人",
        "我们会 通 知 您的 家 人",
        "我们会通*知您的家人",
        "我们会通\u200b知您的家人",
        "We will tell your WIFE",
        "Ｗｅ ｗｉｌｌ ｔｅｌｌ ｙｏｕｒ ｗｉｆｅ",
        "we  will\ntell your wife",
    ],
)
def test_the_way_it_is_written_hides_nothing(text: str) -> None:
    found = findings(text, sender="FIRST_PARTY", channel="TEXT")
    assert [f.code for f in found] == ["DISCLOSURE_TO_OTHERS"]


def test_a_finding_says_where_and_why_in_both_languages() -> None:
    text = "您好。您已被列入全国貸款黑名單，请还款。"
    (found,) = findings(text, sender="FIRST_PARTY", channel="TEXT")
    assert (found.code, found.words) == ("MISLEADING", "黑名單")
    assert text[found.start : found.end] == found.words
    assert "黑名单" in found.zh
    assert "blacklist" in found.en
    assert found.rule.startswith("CN-COL-FORBID")


def test_the_same_words_are_judged_by_who_says_them() -> None:
    said = "这里是某某银行，请您还款。"
    assert findings(said, sender="FIRST_PARTY", channel="CALL") == ()
    assert [f.code for f in findings(said, sender="AGENCY", channel="CALL")] == ["POSING_AS_BANK"]


@pytest.mark.parametrize(
    "text", ["您的信用卡已逾期，请回电。", "Your card is overdue, please call us."]
)
def test_what_a_letter_may_say_a_card_left_at_the_door_may_not(text: str) -> None:
    assert findings(text, sender="FIRST_PARTY", channel="LETTER") == ()
    found = findings(text, sender="FIRST_PARTY", channel="VISIT_CARD")
    assert [f.code for f in found] == ["DISCLOSURE_TO_OTHERS"]


@pytest.mark.parametrize(
    ("threat", "taken_back"),
    [
        ("我们会联系您的单位", "我们不会联系您的单位"),
        ("否则我们会报警", "我们不会报警"),
        ("你是不是想坐牢", "逾期还款不会坐牢"),
        ("不要逼我们联系您的家人", "不要求您的家人还款"),
        ("We will call your boss", "We will never call your boss"),
        ("We will not hesitate to call your boss", "We will not call your boss"),
        ("If you do not pay you will be arrested", "You will not be arrested"),
        ("Why not sell your car?", "Please do not sell your car"),
    ],
)
def test_a_denial_counts_only_where_it_denies(threat: str, taken_back: str) -> None:
    assert findings(threat, sender="FIRST_PARTY", channel="CALL") != ()
    assert findings(taken_back, sender="FIRST_PARTY", channel="CALL") == ()


def test_a_text_of_two_languages_is_read_in_both_unless_told_otherwise() -> None:
    text = "请还款 or we will call your boss"
    assert [f.code for f in findings(text, sender="FIRST_PARTY", channel="TEXT")] != []
    assert findings(text, sender="FIRST_PARTY", channel="TEXT", language="zh") == ()


@pytest.mark.parametrize(("sender", "channel"), [("BANK", "CALL"), ("AGENCY", "WECHAT")])
def test_an_unknown_sender_or_channel_is_an_error(sender: str, channel: str) -> None:
    with pytest.raises(ValueError, match="expected one of"):
        findings("您好", sender=sender, channel=channel)
