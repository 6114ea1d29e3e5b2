"""Who speaks is said at the start, a letter shows what it must, and word lists that cannot be used are refused."""

from typing import Any

import pytest

from evenhand.compliance.texts.forbidden import findings
from evenhand.compliance.texts.letters import missing_fields
from evenhand.compliance.texts.opening import opening_lacks, read_opening
from evenhand.compliance.texts.plain import TextsError, compiled, plain, word_list

NOBODY = ("AGENCY_NOT_NAMED", "INSTITUTION_NOT_NAMED", "RELATION_NOT_STATED")
AS_BANK = ("SPEAKS_AS_BANK", "AGENCY_NOT_NAMED", "RELATION_NOT_STATED")


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("您好，这里是某某资产管理公司，受某某银行委托，就您的信用卡还款事宜与您联系。", ()),
        ("您好，我是华信信息科技有限公司的小王，受某某银行委托与您联系。", ()),
        ("您好，我是某某银行委托的华信公司，工号1023。", ()),
        ("您好，我是恒信律师事务所，接受某某银行的委托。", ()),
        ("我们是鼎盛催收公司，某某银行委托我们处理您的信用卡欠款。", ()),
        ("您好，我是某某银行信用卡中心的。", AS_BANK),
        ("我是某某銀行信用卡中心的陳小姐", AS_BANK),
        ("您好，我是华信公司的小王，关于您的信用卡。", NOBODY[1:]),
        ("您好，我姓王，找李先生。", NOBODY),
        (
            "Hello, this is Robin Smith from Harbor Collections, calling on behalf of Redwood Bank.",
            (),
        ),
        (
            "Good morning, my name is Sam with Harbor Recovery LLC. We were engaged by Redwood Bank.",
            (),
        ),
        ("This is XX Bank", AS_BANK),
        ("Hi, it's Dana from Redwood Bank.", AS_BANK),
        ("Hi, I'm calling from Redwood Bank about your card.", AS_BANK),
        ("Hi, this is Robin Smith from Harbor Collections.", NOBODY[1:]),
        ("Hello, is this Ms. Jones?", NOBODY),
    ],
)
def test_an_agency_names_itself_and_the_bank_that_entrusted_it(
    text: str, lacks: tuple[str, ...]
) -> None:
    assert opening_lacks(text, sender="AGENCY") == lacks


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("您好，我是某某银行信用卡中心的客服，工号1023。", ()),
        ("【某某银行】您的信用卡已逾期。", ()),
        ("Hello, this is Redwood Bank, credit card department.", ()),
        ("喂，您好，请问是李先生吗？", ("INSTITUTION_NOT_NAMED",)),
        ("您好，我是银行的。", ("INSTITUTION_NOT_NAMED",)),
        ("This is your bank calling.", ("INSTITUTION_NOT_NAMED",)),
        ("Hi, it's Sam about your account.", ("INSTITUTION_NOT_NAMED",)),
    ],
)
@pytest.mark.parametrize("sender", ["FIRST_PARTY", "ROBOT"])
def test_a_bank_names_itself(text: str, lacks: tuple[str, ...], sender: str) -> None:
    assert opening_lacks(text, sender=sender) == lacks


def test_a_debt_buyer_names_itself_and_does_not_speak_as_the_bank() -> None:
    ours = "This is Harbor Receivables. We own the account you opened with Redwood Bank."
    assert opening_lacks(ours, sender="DEBT_BUYER") == ()
    assert "SPEAKS_AS_BANK" in opening_lacks("This is Redwood Bank.", sender="DEBT_BUYER")


def test_an_opening_is_read_in_the_words_found() -> None:
    read = read_opening("您好，我是华信公司的小王，受某某银行委托与您联系。")
    assert (read.bank, read.entrusted, read.as_bank) == ("某某银行", "受某某银行委托", "")
    assert "华信公司" in read.agency


def test_an_opening_by_an_unknown_sender_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected one of"):
        opening_lacks("您好", sender="BANK")


SEVEN = ("NAME", "REASON", "RIGHTS", "QUERY", "CONTACT", "SEAL", "OTHER")


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (SEVEN, ()),
        (SEVEN[:5], ("SEAL", "OTHER")),
        ((), SEVEN),
        (dict.fromkeys(SEVEN, "shown"), ()),
        (dict.fromkeys(SEVEN, "shown") | {"SEAL": None, "NAME": "  "}, ("NAME", "SEAL")),
        (dict.fromkeys(SEVEN, True) | {"SEAL": False}, ("SEAL",)),
        ((*SEVEN, "EXTRA"), ()),
    ],
)
def test_a_letter_lacks_the_fields_it_does_not_show(given: Any, missing: tuple[str, ...]) -> None:
    assert missing_fields(given, SEVEN) == missing


def test_one_text_is_not_taken_for_field_codes() -> None:
    with pytest.raises(TypeError, match="field codes"):
        missing_fields("NAME", SEVEN)


def test_the_plain_form_keeps_where_each_character_came_from() -> None:
    read = plain("退　訂　ＡＢ  c…")
    assert read.text == "退订 ab c..."
    assert read.span(0, 2) == (0, 3)
    assert len(read.text) == len(read.places)


def test_traditional_characters_have_one_simplified_form_each() -> None:
    data = word_list("characters.toml")
    assert len(data["traditional"]) == len(set(data["traditional"])) == len(data["simplified"])
    assert plain(data["traditional"]).text == data["simplified"]
    assert plain(data["simplified"]).text == data["simplified"]


@pytest.mark.parametrize(
    ("find", "expected"),
    [("{nobody}", "no words are named 'nobody'"), ("(", "is no pattern")],
)
def test_a_pattern_that_cannot_be_used_says_where_it_stands(find: str, expected: str) -> None:
    with pytest.raises(TextsError, match=f"a file, an entry: .*{expected}"):
        compiled(find, {}, where="a file, an entry")


def test_every_entry_of_the_lists_has_its_own_id_or_code() -> None:
    replies = word_list("opt_out.toml")
    ids = [r["id"] for name in ("aside", "limited", "phrase") for r in replies[name]]
    bans = [ban["code"] for ban in word_list("forbidden.toml")["ban"]]
    assert len(ids) == len(set(ids))
    assert len(bans) == len(set(bans))


def test_a_plain_reminder_breaks_no_ban() -> None:
    assert findings("本短信仅为还款提醒，退订回TD。", sender="AGENCY", channel="TEXT") == ()
