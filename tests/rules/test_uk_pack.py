"""The United Kingdom's pack: a breathing space has effects of its own, and the day it ends by."""

from datetime import UTC, date, datetime, timedelta

import pytest

from evenhand.compliance.deadlines import deadlines
from evenhand.compliance.facts import Act, Debt, Facts, Hold, Location
from evenhand.compliance.judge import judge
from evenhand.compliance.nexts import next_allowed
from evenhand.compliance.packs import load_pack
from evenhand.compliance.vocabulary import CONTACTS, EFFECTS

UK = load_pack("uk")
NOON = datetime(2026, 6, 17, 11, tzinfo=UTC)
ENDS = datetime(2026, 7, 31, 23, tzinfo=UTC)  # midnight in London
SPACE = Hold(
    "BREATHING_SPACE",
    NOON - timedelta(days=10),
    ENDS,
    debts=("D1",),
    effects=tuple(sorted(EFFECTS)),
)


def facts(act="CALL", *, holds=(SPACE,), debts=("D1",), **fields):
    return Facts(
        Act(fields.pop("at", NOON), act, debts=debts, **fields),
        person="P1",
        locations=(Location("ADDRESS", "Europe/London"),),
        debts=(Debt("D1"), Debt("D2")),
        holds=holds,
    )


def codes(verdict):
    return [reason.code for reason in verdict.reasons]


@pytest.mark.parametrize("act", sorted(CONTACTS | {"START_LEGAL_ACTION"}))
def test_no_contact_and_no_proceedings_about_a_debt_in_a_breathing_space(act):
    assert codes(judge(facts(act), [UK])) == ["BREATHING_SPACE"]
    assert judge(facts(act, debts=("D2",)), [UK]).decision == "ALLOW"


def test_a_charge_is_refused_in_words_of_its_own():
    charge = facts("CHARGE", more={"charge_kind": "INTEREST"})
    assert codes(judge(charge, [UK])) == ["MORATORIUM_NO_CHARGES"]


@pytest.mark.parametrize(
    "passes",
    [
        {"purpose": "AT_DEBTOR_REQUEST"},
        {"purpose": "COMPLAINT_RESPONSE"},
        {"basis": "REQUIRED_BY_LAW"},
        {"role": "DEBT_ADVISER", "to": "ADVISER"},
    ],
)
def test_what_regulation_eleven_lets_pass_is_named(passes):
    verdict = judge(facts("LETTER", **passes), [UK])
    assert (verdict.decision, codes(verdict)) == ("ALLOW", ["MORATORIUM_EXCEPTION"])


def test_the_next_lawful_moment_is_the_first_after_the_notice_says_it_ends():
    assert next_allowed(facts(), [UK])["CALL"] == ENDS
    assert next_allowed(facts(holds=(SPACE._replace(until_at=None),)), [UK])["CALL"] is None


def test_two_holds_are_both_reported():
    dispute = Hold("DISPUTE", NOON - timedelta(days=1), None, effects=("CONTACT", "LEGAL"))
    found = codes(judge(facts(holds=(SPACE, dispute)), [UK]))
    assert found == ["BREATHING_SPACE", "DISPUTE_HOLD"]


def test_the_agent_is_told_only_where_there_is_one():
    received = facts("HOLD_RECEIVED")
    placed = received._replace(known={"placed_with": "AGENCY-1"})
    assert judge(received, [UK]).actions == ()
    assert judge(placed, [UK]).actions == ("NOTIFY_AGENT", "STOP_AGENT_WORK")


def test_an_open_crisis_has_a_first_day_and_no_last():
    known = {"register_entry": "2026-06-01", "moratorium": "MENTAL_HEALTH_CRISIS"}
    found = deadlines(facts("HOLD_RECEIVED")._replace(known=known), [UK])
    assert {name: due.day for name, due in found.items()} == {"starts": date(2026, 6, 2)}
