"""What the packs in force would say to the contacts of a trial."""

from datetime import date

import pytest

from evenhand.compliance.packs import load_pack, loads_pack
from evenhand.cycle.trial_law import said_by_packs
from tests.pack_texts import pack_text

DAY = date(2026, 9, 28)
CONTACTS = {
    "before": {"PHONE": {"NONE": 30, "FRAUD": 2}, "NONE": {"NONE": 500}},
    "after": {"PHONE": {"NONE": 10}, "SMS": {"NONE": 20, "DISPUTE": 1}, "NONE": {"NONE": 510}},
}


@pytest.fixture(scope="module")
def cn():
    return said_by_packs(CONTACTS, DAY, [load_pack("cn")])


def row(law, channel, hold="NONE"):
    return next(r for r in law["rows"] if (r["channel"], r["hold"]) == (channel, hold))


def test_it_says_by_which_packs_and_for_which_moment(cn):
    assert cn["packs"] == [load_pack("cn").label]
    assert (cn["at"], cn["zone"]) == ("2026-09-29T10:00+08:00", "Asia/Shanghai")


def test_a_plain_call_is_allowed_and_counted_before_and_after(cn):
    calls = row(cn, "PHONE")
    assert (calls["before"], calls["after"], calls["decision"]) == (30, 10, "ALLOW")
    assert calls["reasons"] == []


def test_a_contact_under_a_hold_is_refused_with_the_sentence_and_its_source(cn):
    for channel, hold in (("PHONE", "FRAUD"), ("SMS", "DISPUTE")):
        refused = row(cn, channel, hold)
        assert refused["decision"] == "DENY"
        [reason] = refused["reasons"]
        assert reason["zh"]
        assert reason["en"]
        assert reason["source"]


def test_whom_nobody_contacts_is_not_judged(cn):
    assert {r["channel"] for r in cn["rows"]} == {"PHONE", "SMS"}


def test_what_is_refused_only_because_the_act_is_not_planned_yet_depends_on_it():
    needs = """
[[rule]]
id = "S-RECORDED"
kind = "require"
code = "NOT_RECORDED"
effect = "DENY"
strength = "HOUSE"
instrument = "House rules"
confidence = "P"
valid_from = 2026-01-01
text = { zh = "须录音。", en = "Calls are recorded." }
when = { act = "CALL" }
needs = { recording = true }
unknown = "DENY"
"""
    law = said_by_packs(CONTACTS, DAY, [loads_pack(pack_text(more=needs))])
    assert row(law, "PHONE")["decision"] == "DEPENDS"
    assert row(law, "SMS")["decision"] == "ALLOW"


def test_the_hour_it_is_judged_for_is_held_against_the_packs_hours():
    law = said_by_packs(CONTACTS, DAY, [loads_pack(pack_text(opens="11:00"))])
    assert row(law, "PHONE")["decision"] == "DENY"
