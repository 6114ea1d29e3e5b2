"""A message that is counted as the air counts it, filled from known slots, and refused for everything it lacks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.outreach.messages.checking import faults, text_terms
from evenhand.outreach.messages.segments import parts_of
from evenhand.outreach.messages.slots import SLOTS, TextRefused, filled, samples, slots_in

ZH = (
    "【示例银行】您尾号{card_tail}的信用卡当前应还{due}，请于{day}前还款。"
    "可通过手机银行还款，详询{hotline}。拒收请回复R"
)
EN = (
    "【Sample Bank】Your card ending {card_tail} has {due} due by {day}. Pay in the mobile app or call {hotline}. "
    "Reply STOP to opt out"
)


@pytest.mark.parametrize(
    ("text", "alphabet", "places", "parts"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 152 + "€" + "a" * 10, "GSM-7", 164, 2),
        ("款" * 70, "UCS-2", 70, 1),
        ("款" * 71, "UCS-2", 71, 2),
        ("款" * 134, "UCS-2", 134, 2),
        ("款" * 135, "UCS-2", 135, 3),
        ("款" * 66 + "𠮷" + "款" * 3, "UCS-2", 71, 2),
        ("款" * 137, "UCS-2", 137, 3),
    ],
)
def test_parts_are_counted_as_the_air_counts_them(text, alphabet, places, parts):
    found = parts_of(text)
    assert (found.alphabet, found.places, found.parts) == (alphabet, places, parts)


@given(st.text(max_size=400))
def test_a_longer_text_never_takes_fewer_parts(text):
    assert parts_of(text + "款").parts >= parts_of(text).parts


def test_a_good_text_has_no_faults_and_reads_in_both_languages():
    assert faults(ZH, EN, channel="TEXT") == ()
    said = filled(ZH, samples(), language="zh-hans", currency="CNY")
    assert "尾号1234" in said
    assert "¥1,234.56" in said
    assert "2026年10月8日" in said
    assert "8 October 2026" in filled(EN, samples(), language="en", currency="CNY")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t.replace("【示例银行】", ""), "NO_SIGNATURE"),
        (lambda t: t.replace("拒收请回复R", ""), "NO_OPT_OUT"),
        (
            lambda t: t.replace("，详询{hotline}", "").replace("手机银行", "柜台"),
            "NO_WAY_TO_THE_BANK",
        ),
        (lambda t: t + "点击 http://a.cn 还款", "LINK"),
        (lambda t: t + "，否则将上门通知您的家人和单位", "DISCLOSURE_TO_OTHERS"),
        (lambda t: t + "公安机关已立案，将拘留您", "FALSE_CRIMINAL_THREAT"),
        (lambda t: t + "请" * 300, "TOO_LONG"),
        (lambda t: t + "{secret}", "NOT_A_SLOT"),
        (lambda t: t + "{", "NOT_A_SLOT"),
        (lambda _t: " ", "EMPTY"),
        (lambda t: t + "{owed}", "OTHER_SLOTS"),
    ],
)
def test_everything_that_stands_against_a_text_is_named(change, code):
    assert code in {fault.code for fault in faults(change(ZH), EN, channel="TEXT")}


def test_an_agency_that_speaks_as_the_bank_is_found():
    codes = {
        fault.code
        for fault in faults(
            "我是示例银行信用卡中心，详询95500", "Call 95500", channel="PUSH", sender="AGENCY"
        )
    }
    assert "POSING_AS_BANK" in codes


@pytest.mark.parametrize(
    "wrong", ["{0}", "{due!r}", "{due.real}", "{due:>10}", "{}", "{{due}}", "}"]
)
def test_a_slot_is_a_name_and_never_code(wrong):
    with pytest.raises(TextRefused):
        slots_in(wrong)


def test_every_slot_has_a_sample_and_its_terms_are_read():
    for name in SLOTS:
        assert filled(f"{{{name}}}", samples(), language="zh", currency="CNY")
    assert text_terms().sms_parts_max == 4


def test_a_value_that_is_missing_is_no_message():
    with pytest.raises(KeyError):
        filled("{due}", {}, language="zh", currency="CNY")


def test_the_confirmation_of_an_opt_out_needs_no_way_out_and_says_nothing_else():
    zh = "【示例银行】您已退订，我行不再向您发送此类短信。如需联系请致电{hotline}。"
    en = "【Sample Bank】You have opted out. To reach us, call {hotline}."
    confirming = {"channel": "TEXT", "purpose": "OPT_OUT_CONFIRMATION"}
    assert faults(zh, en, **confirming) == ()
    more = faults(f"{zh}当前应还{{due}}。", f"{en} {{due}} is due.", **confirming)
    assert [(fault.code, fault.words) for fault in more] == [("MORE_THAN_CONFIRMS", "{due}")] * 2
