"""What a version of a pack changes, and what a rule sets, in the words of either language."""

from copy import deepcopy

import pytest

from evenhand.compliance.packfile.diff import changes
from evenhand.compliance.packfile.terms import in_words, sentence, terms
from evenhand.compliance.packs import load_pack, loads_pack, shipped_packs
from tests.pack_texts import pack_text

SMALL = loads_pack(pack_text()).content


def rule(content, id_):
    return next(each for each in content["rule"] if each["id"] == id_)


def changed(act):
    """The small pack after an act upon it, and what that is said to change, by language."""
    after = deepcopy(SMALL)
    act(after)
    found = changes(SMALL, after)
    return [
        [(change.heading(language), change.sentences(language)) for change in found]
        for language in ("zh-hans", "en")
    ]


def test_the_same_pack_changes_nothing():
    assert changes(SMALL, deepcopy(SMALL)) == []


def test_a_number_is_said_before_and_after():
    zh, en = changed(lambda pack: rule(pack, "S-TALKS").update(max=2))
    assert zh == [("规则 S-TALKS", ["上限：由 3 改为 2"])]
    assert en == [("Rule S-TALKS", ["at most: 3 → 2"])]


def test_codes_of_a_list_are_said_one_by_one():
    old = deepcopy(SMALL)
    rule(old, "S-HOURS")["when"]["act"] = ["CALL", "PUSH"]
    new = deepcopy(old)
    rule(new, "S-HOURS")["when"]["act"] = ["CALL", "LETTER"]
    [change] = changes(old, new)
    assert change.sentences("en") == [
        "applies to · act: added letter",
        "applies to · act: removed push message",
    ]


def test_a_rule_that_is_added_or_dropped_is_said_with_its_sentence():
    def act(pack):
        pack["rule"].append({**rule(pack, "S-TALKS"), "id": "S-NEW"})
        pack["rule"].remove(rule(pack, "S-HOURS"))

    zh, _ = changed(act)
    assert [heading for heading, _ in zh] == ["规则 S-NEW", "规则 S-HOURS"]
    assert [sentences[0][:2] for _, sentences in zh] == ["新增", "删除"]


def test_a_new_version_of_a_rule_with_its_day_is_added_beside_the_old():
    def act(pack):
        old = rule(pack, "S-TALKS")
        new = {**deepcopy(old), "valid_from": "2027-01-01", "max": 2}
        old["valid_to"] = "2027-01-01"
        pack["rule"].append(new)

    _, en = changed(act)
    assert en[0] == ("Rule S-TALKS", ["valid before: added 2027-01-01"])
    assert en[1][0] == "Rule S-TALKS"
    assert en[1][1][0].startswith("added: ")


def test_a_day_that_moved_is_one_change_and_no_new_rule():
    _, en = changed(lambda pack: rule(pack, "S-TALKS").update(valid_from="2026-03-01"))
    assert en == [("Rule S-TALKS", ["valid from: 2026-01-01 → 2026-03-01"])]


def test_a_parameter_and_the_head_are_compared_too():
    def act(pack):
        pack["pack"]["version"] = "2027.1"
        pack["parameter"][0]["value"] = 21

    zh, _ = changed(act)
    assert zh == [
        ("规则包", ["版本：由 1 改为 2027.1"]),
        ("参数 letters.days", ["取值：由 14 改为 21"]),
    ]


def test_a_window_is_said_as_a_whole():
    _, en = changed(lambda pack: rule(pack, "S-TALKS").update(window={"days": 3}))
    assert en == [("Rule S-TALKS", ["window: in a calendar day → within 3 days"])]


def test_a_sentence_shows_the_numbers_a_rule_sets_and_dots_for_what_only_a_verdict_knows():
    talks = rule(SMALL, "S-TALKS")
    assert sentence(talks["text"], talks, "en") == "… talks today, at most 3."
    assert sentence(talks["text"], talks, "zh-hans") == "今日已通话…次，上限3次。"


def test_conditions_are_spelt_out():
    condition = {
        "act": "CALL",
        "role": {"not": ["SPOUSE", "FRIEND"]},
        "collectors": {"min": 2},
        "state": {"given": False},
    }
    assert in_words("when", condition, "en") == (
        "act: call; with: none of spouse, friend; collectors: at least 2; state: not known"
    )
    assert in_words("when", condition, "zh-hans") == (
        "行为：电话；对象：不是配偶、朋友；人数：至少 2；州、省：未知"
    )


@pytest.mark.parametrize("name", shipped_packs())
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_rule_of_every_shipped_pack_can_be_said(name, language):
    for each in load_pack(name).content.get("rule", ()):
        assert sentence(each["text"], each, language)
        said = terms(each, language)
        assert all(term.label and term.value for term in said)
        if language == "zh-hans":
            assert not [term.label for term in said if term.label.isascii()]
