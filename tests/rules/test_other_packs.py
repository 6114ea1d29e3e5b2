"""The packs that are data only, and the house's own: what they must all have, and what they leave alone."""

from datetime import UTC, datetime, timedelta

import pytest

from evenhand.compliance.facts import Act, Event, Facts, Location
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import HISTORY_DAYS_KEPT, load_pack, packs_window_days, shipped_packs

HOUSE = load_pack("house")
MORNING = datetime(2026, 9, 1, 2, tzinfo=UTC)  # ten o'clock in Shanghai


def test_all_packs_are_there():
    assert set(shipped_packs()) == {
        "cn", "us-fed", "uk", "house", "us-tcpa", "us-ma", "us-dc", "us-nyc", "us-wa", "us-ca",
        "in", "id", "ph", "hk", "sg", "eu",
    }  # fmt: skip


@pytest.mark.parametrize("name", shipped_packs())
def test_a_pack_says_where_each_number_comes_from(name):
    pack = load_pack(name)
    assert pack.name == name
    assert pack.notes
    assert packs_window_days([pack]) <= HISTORY_DAYS_KEPT
    for rule in pack.rules:
        assert rule.instrument
        assert rule.text.zh != rule.text.en
        assert rule.strength != "HOUSE" or name == "house" or rule.note, rule.id


def test_the_houses_own_pack_quotes_no_law():
    assert {rule.strength for rule in HOUSE.rules} == {"HOUSE"}
    assert {rule.instrument for rule in HOUSE.rules} == {"本行规定 | House policy"}


def facts(*events, act="CALL", at=MORNING, **fields):
    return Facts(
        Act(at, act, **fields),
        person="P1",
        locations=(Location("ADDRESS", "Asia/Shanghai"),),
        events=events,
    )


def called(hours_ago, collector="BANK", actor="FIRST_PARTY"):
    return Event(
        MORNING - timedelta(hours=hours_ago),
        "CALL",
        collector=collector,
        actor=actor,
        outcome="UNANSWERED",
        talk_seconds=0,
    )


def test_the_house_counts_bank_agencies_and_robots_together():
    by_all = (
        called(6), called(5, "A1", "AGENCY"), called(4, "A2", "AGENCY"), called(3, "BANK", "ROBOT"), called(2),
    )  # fmt: skip
    afternoon = MORNING + timedelta(hours=6)
    (reason,) = judge(facts(*by_all, at=afternoon), [HOUSE]).reasons
    assert reason.code == "HOUSE_CALLS_A_DAY"
    assert reason.numbers["by"] == {"A1": 1, "A2": 1, "BANK": 3}


def test_the_house_never_loosens_the_law():
    late = MORNING + timedelta(hours=11)  # nine in the evening
    asked = facts(at=late, purpose="AT_DEBTOR_REQUEST")
    assert judge(asked, [HOUSE]).decision == "ALLOW"
    philippines = load_pack("ph")
    midnight = asked._replace(act=asked.act._replace(at=MORNING + timedelta(hours=14)))
    assert judge(midnight, [HOUSE, philippines]).decision == "DENY"


def test_a_pause_between_calls_does_not_stop_a_letter():
    assert judge(facts(called(0.5)), [HOUSE]).decision == "DENY"
    assert judge(facts(called(0.5), act="LETTER"), [HOUSE]).decision == "ALLOW"
