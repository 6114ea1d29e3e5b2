"""Amounts and days as they are spoken: read back by somebody who knows nothing of how they were made."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.adapters.sip_voice.prompts import catalogue
from evenhand.adapters.sip_voice.speech import amount_parts, date_parts, digit_parts
from evenhand.compliance.texts.forbidden import findings
from evenhand.compliance.texts.opening import opening_lacks

ZH = {clip.name: clip.zh for clip in catalogue()}
EN = {clip.name: clip.en for clip in catalogue()}


def zh(parts):
    return "".join(ZH[part] for part in parts)


def en(parts):
    return " ".join(EN[part] for part in parts)


UNITS = ("", "十", "百", "千", "万", "十万", "百万", "千万", "亿", "十亿", "百亿", "千亿")
SHORTER = (  # a number with each of its digits and units written out, made shorter sign by sign
    ("零[十百千]", "零"), ("零+", "零"), ("零(?=[万亿])", ""), ("亿万", "亿零"), ("零+", "零"), ("(?<=.)零$", ""),
    ("^一十", "十"), ("二(?=[百千])", "两"), ("^二(?=[万亿])", "两"), ("(?<=亿零)二(?=万)", "两"),
)  # fmt: skip


def written(number):
    """A Chinese number by way of its signs: nothing is reckoned."""
    digits = str(number)
    signs = "".join(f"{digit}{UNITS[len(digits) - at - 1]}" for at, digit in enumerate(digits))
    for of in ("万", "亿"):
        head, found, last = signs.rpartition(of)
        signs = head.replace(of, "") + found + last if found else signs
    for digit, sign in enumerate("零一二三四五六七八九"):
        signs = signs.replace(str(digit), sign)
    for pattern, shorter in SHORTER:
        signs = re.sub(pattern, shorter, signs)
    return signs


DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2}
TENS = {"十": 10, "百": 100, "千": 1000}


def number_of(text):
    """A Chinese number, read by its signs alone."""
    total = group = digit = 0
    for sign in text:
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in TENS:
            group += (digit or 1) * TENS[sign]
            digit = 0
        else:
            total += group + digit
            total = total * 10**8 if sign == "亿" else (total - (n := group + digit)) + n * 10**4
            group = digit = 0
    return total + group + digit


def minor_of(text):
    yuan, _, rest = text.partition("元") if "元" in text else ("", "", text)
    jiao, _, fen = rest.partition("角") if "角" in rest else ("", "", rest)
    return 100 * number_of(yuan) + 10 * number_of(jiao) + number_of(fen.strip("分"))


ENGLISH = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}


def english_number_of(words):
    """A number in English, read by its words."""
    total = group = 0
    for word in words:
        if word in ENGLISH:
            group += ENGLISH[word]
        elif word == "hundred":
            group *= 100
        else:
            total, group = total + group * SCALES[word], 0
    return total + group


def english_minor_of(text):
    whole, unit, rest = text.partition(" yuan")
    rest = rest.removeprefix(" and ") if unit else whole
    fen = english_number_of(rest.removesuffix(" fen").split()) if rest else 0
    return (100 * english_number_of(whole.split()) if unit else 0) + fen


@pytest.mark.parametrize(
    ("minor", "spoken"),
    [
        (0, "零元"), (5, "五分"), (50, "五角"), (200, "两元"), (222, "两元两角两分"), (1_005, "十元零五分"),
        (1_050, "十元五角"), (1_200, "十二元"), (2_000, "二十元"), (11_000, "一百一十元"), (20_200, "两百零二元"),
        (50_000, "五百元"), (100_100, "一千零一元"), (101_000, "一千零一十元"), (222_200, "两千两百二十二元"),
        (1_000_100, "一万零一元"), (1_010_000, "一万零一百元"), (1_200_000, "一万两千元"), (2_000_000, "两万元"),
        (12_000_000, "十二万元"), (20_000_000, "二十万元"), (100_001_000, "一百万零一十元"), (200_000_000, "两百万元"),
        (10_000_000_000, "一亿元"), (10_000_100_000, "一亿零一千元"), (1_248_630, "一万两千四百八十六元三角"),
        (200_200_020_000, "二十亿零两百万零两百元"), (10_012_000_000, "一亿零一十二万元"),
        (20_002_000_200, "两亿零两万零二元"), (1_000_100_010, "一千万一千元一角"), (12_000_050, "十二万元五角"),
    ],
)  # fmt: skip
def test_an_amount_is_said_as_people_say_it(minor, spoken):
    assert zh(amount_parts(minor, "CNY", "zh-CN")) == spoken


@given(st.integers(0, 10**14 - 1))
def test_whatever_is_owed_can_be_read_back_from_what_is_said(minor):
    said = zh(amount_parts(minor, "CNY", "zh-CN"))
    assert minor_of(said) == minor
    assert "零零" not in said
    assert english_minor_of(en(amount_parts(minor, "CNY", "en"))) == minor


def test_every_amount_to_a_thousand_yuan_can_be_read_back_in_both_languages():
    for minor in range(100_000):
        assert minor_of(zh(amount_parts(minor, "CNY", "zh-CN"))) == minor
        assert english_minor_of(en(amount_parts(minor, "CNY", "en"))) == minor


def numbers():
    """Numbers in which each digit is a nought, a one, a two or another, in any order."""
    return st.lists(st.sampled_from("001122" + "3456789"), min_size=1, max_size=12).map(
        lambda digits: int("".join(digits))
    )


@settings(max_examples=3_000, deadline=None)
@given(numbers())
def test_a_number_is_said_as_it_is_written_by_signs(number):
    expected = "两" if number == 2 else written(number)
    assert zh(amount_parts(100 * number, "CNY", "zh-CN")) == expected + "元"


def test_every_number_to_a_hundred_thousand_is_said_as_it_is_written_by_signs():
    wrong = [
        number
        for number in range(3, 100_000)
        if zh(amount_parts(100 * number, "CNY", "zh-CN")) != written(number) + "元"
    ]
    assert wrong == []


@given(st.integers(0, 99), st.integers(0, 10**6))
def test_a_gap_is_said_between_yuan_and_fen_alone(rest, yuan):
    said = zh(amount_parts(100 * yuan + rest, "CNY", "zh-CN"))
    assert ("元零" in said) == (yuan > 0 and 0 < rest < 10)
    assert ("角零" in said, "零角" in said, "零分" in said) == (False, False, False)


@pytest.mark.parametrize(
    ("minor", "spoken"),
    [
        (0, "zero yuan"), (5, "five fen"), (50_000, "five hundred yuan"), (1_005, "ten yuan and five fen"),
        (1_248_630, "twelve thousand four hundred eighty six yuan and thirty fen"), (2_100, "twenty one yuan"),
        (100_000_000, "one million yuan"), (11_900, "one hundred nineteen yuan"),
    ],
)  # fmt: skip
def test_an_amount_is_said_in_english(minor, spoken):
    assert en(amount_parts(minor, "CNY", "en")) == spoken


def test_every_day_of_a_leap_year_is_said_and_no_two_alike():
    days = [date(2028, 1, 1) + timedelta(days=n) for n in range(366)]
    assert len({zh(date_parts(day, "zh-CN")) for day in days}) == 366
    assert len({en(date_parts(day, "en")) for day in days}) == 366
    assert zh(date_parts(date(2026, 10, 20), "zh-CN")) == "十月二十日"
    assert zh(date_parts(date(2026, 12, 2), "zh-CN")) == "十二月二日"
    assert en(date_parts(date(2026, 10, 5), "en")) == "fifth of October"


@pytest.mark.parametrize(
    ("day", "chinese", "english"),
    [
        (date(2026, 1, 1), "一月一日", "first of January"),
        (date(2025, 12, 31), "二零二五年十二月三十一日", "thirty-first of December two thousand twenty five"),
        (date(2010, 2, 10), "二零一零年二月十日", "tenth of February two thousand ten"),
        (date(2027, 3, 22), "二零二七年三月二十二日", "twenty-second of March two thousand twenty seven"),
    ],
)  # fmt: skip
def test_the_year_is_said_where_it_is_another(day, chinese, english):
    this = date(2026, 7, 1)
    assert zh(date_parts(day, "zh-CN", year_of=this)) == chinese
    assert en(date_parts(day, "en", year_of=this)) == english


def test_digits_are_read_one_by_one():
    assert zh(digit_parts("4317", "zh-CN")) == "四三幺七"
    assert en(digit_parts("4317", "en")) == "four three one seven"


STOPS = "，。："


def read_as(clip):
    """Its signs, and the syllable that each is read as."""
    syllables = re.sub(f"[{STOPS}]", " ", clip.say).split()
    return re.sub(f"[{STOPS}]", "", clip.zh), syllables


@pytest.mark.parametrize(
    ("word", "read"), [("还款", "huan2 kuan3"), ("应还", "ying1 huan2"), ("重听", "chong2 ting1")]
)
def test_words_that_espeak_reads_wrong_are_spelt_for_it(word, read):
    signs = [(clip, read_as(clip)) for clip in catalogue() if word in clip.zh]
    assert signs
    for clip, (said, syllables) in signs:
        at = said.index(word)
        assert syllables[at : at + len(word)] == read.split(), clip.name


def test_what_is_spelt_has_a_syllable_for_each_sign():
    for clip in catalogue():
        said, syllables = read_as(clip)
        assert len(syllables) in ({len(said)} if clip.say else {0}), clip.name
        assert clip.say or "还" not in clip.zh, clip.name


def test_what_is_read_in_pinyin_stops_where_the_words_stop():
    told = [clip for clip in catalogue() if clip.say]
    for clip in told:
        assert re.sub(f"[^{STOPS}]", "", clip.say) == re.sub(f"[^{STOPS}]", "", clip.zh), clip.name
        assert re.fullmatch(rf"(?:[a-z]+[1-5]|[{STOPS}]|\s)+", clip.say), clip.name


def test_every_sentence_is_there_in_both_languages():
    sentences = [clip for clip in catalogue() if len(clip.en) > 20 or len(clip.zh) > 4]
    assert [clip.name for clip in sentences if not clip.zh or not clip.en] == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_nothing_the_robot_says_is_forbidden_to_say(language):
    said = [clip for clip in catalogue() if clip.words(language)]
    found = [
        (clip.name, finding.code)
        for clip in said
        for finding in findings(clip.words(language), sender="ROBOT", channel="CALL")
    ]
    assert found == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_what_is_due_is_told_without_pressure(language):
    words = {clip.name: clip.words(language) for clip in catalogue()}
    due = amount_parts(123_456, "CNY", language)
    since = ("since", *date_parts(date(2026, 9, 5), language))
    said = " ".join(
        words[part] for part in ("owed_before", *due, *since, "owed_after", "how_to_pay", "menu")
    )
    text = said if language == "en" else said.replace(" ", "")
    assert findings(text, sender="ROBOT", channel="CALL") == ()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("name", ["opening", "machine"])
def test_the_bank_names_itself_to_whoever_answers(name, language):
    words = {clip.name: clip.words(language) for clip in catalogue()}
    assert opening_lacks(words[name], sender="ROBOT") == ()


EARLY = (
    "opening", "check_id", "check_card", "check_wrong", "check_failed", "machine", "silence", "bye", "too_many",
)  # fmt: skip
OF_A_DEBT = {
    "zh-CN": ("逾期", "欠", "还", "账单", "催", "债", "款", "应付", "金额", "元", "付"),
    "en": ("due", "owe", "debt", "pay", "overdue", "collect", "amount", "balance", "bill", "yuan"),
}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_what_is_heard_before_the_check_and_by_machines_hints_at_no_debt(language):
    words = {clip.name: clip.words(language).lower() for clip in catalogue()}
    hints = [(name, hint) for name in EARLY for hint in OF_A_DEBT[language] if hint in words[name]]
    assert hints == []
