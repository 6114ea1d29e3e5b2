"""Whom the packs of the United States bind, and what they say when several layers speak."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from evenhand.compliance.facts import Act, Debt, Event, Facts, Location, Standing
from evenhand.compliance.judge import judge
from evenhand.compliance.nexts import next_allowed
from evenhand.compliance.packs import load_pack

NEW_YORK = "America/New_York"
FED = load_pack("us-fed")
NOON = datetime(2026, 6, 17, 16, tzinfo=UTC)  # in New York


def facts(*events, act="CALL", actor="AGENCY", at=NOON, state="", **more):
    known = {"state": state} if state else {}
    return Facts(
        Act(at, act, debts=("D1",), collector="A1", actor=actor, more=more),
        person="P1",
        locations=(Location("ADDRESS", NEW_YORK),),
        debts=(Debt("D1"),),
        events=events,
        known=known,
    )


def called(days_ago, outcome="UNANSWERED", *, collector="A1", hours=0, **more):
    at = NOON - timedelta(days=days_ago, hours=hours)
    return Event(
        at,
        "CALL",
        debts=("D1",),
        collector=collector,
        actor="AGENCY",
        outcome=outcome,
        talk_seconds=more.pop("talk_seconds", 0),
        more=more,
    )


def codes(verdict):
    return [reason.code for reason in verdict.reasons]


SEVEN = tuple(called(n, hours=1) for n in range(7))


def test_regulation_f_binds_an_agency_and_not_a_bank_in_its_own_name():
    assert codes(judge(facts(*SEVEN), [FED])) == ["CALL_FREQUENCY"]
    bank = judge(facts(*SEVEN, actor="FIRST_PARTY"), [FED])
    assert (bank.decision, bank.packs) == ("ALLOW", ())


@pytest.mark.parametrize(
    ("name", "state", "actor", "bound"),
    [
        ("us-ma", "US-MA", "FIRST_PARTY", True),
        ("us-ma", "US-NY", "FIRST_PARTY", False),
        ("us-dc", "US-DC", "FIRST_PARTY", True),
        ("us-wa", "US-WA", "AGENCY", True),
        ("us-wa", "US-WA", "FIRST_PARTY", False),
        ("us-ca", "US-CA", "FIRST_PARTY", True),
        ("us-tcpa", "", "FIRST_PARTY", True),
    ],
)
def test_a_state_binds_whom_it_names_where_the_debtor_lives(name, state, actor, bound):
    pack = load_pack(name)
    verdict = judge(facts(state=state, actor=actor), [pack])
    assert verdict.packs == ((pack.label,) if bound else ())


def test_a_number_nobody_knows_the_place_of_counts_as_the_stricter():
    known = judge(facts(*SEVEN[:2], state="US-MA"), [load_pack("us-ma")])
    assert codes(known) == ["STATE_FREQUENCY"]


def test_every_layer_that_refuses_is_reported_and_the_strictest_wins():
    verdict = judge(facts(*SEVEN, state="US-MA"), [FED, load_pack("us-ma"), load_pack("us-tcpa")])
    assert verdict.decision == "DENY"
    assert {(r.code, r.pack.partition("@")[0]) for r in verdict.reasons} == {
        ("CALL_FREQUENCY", "us-fed"),
        ("STATE_FREQUENCY", "us-ma"),
    }


def test_a_refusal_names_its_numbers_whose_acts_they_were_and_when_it_lifts():
    (reason,) = judge(facts(*SEVEN), [FED]).reasons
    assert (reason.numbers["count"], reason.numbers["max"]) == (7, 7)
    assert reason.numbers["by"] == {"A1": 7}
    midnight = datetime(2026, 6, 18, tzinfo=ZoneInfo(NEW_YORK))
    assert reason.lifts_at == midnight
    opens = midnight.replace(hour=8)
    assert next_allowed(facts(*SEVEN), [FED])["CALL"] == opens


def test_an_agencys_call_without_a_record_of_the_line_locks_like_a_talk():
    silent = called(1, talk_seconds=None)
    assert codes(judge(facts(silent), [FED])) == ["CONVERSATION_COOLDOWN"]
    assert codes(judge(facts(called(1)), [FED])) == []


def test_a_call_coded_unanswered_in_which_the_line_talked_locks_and_is_flagged():
    verdict = judge(facts(called(1, talk_seconds=95)), [FED])
    assert codes(verdict) == ["CONVERSATION_COOLDOWN"]
    assert "LINE_CONTRADICTS_RESULT" in verdict.flags


def test_three_seconds_with_whoever_answered_are_no_conversation():
    short = called(1, "ANSWERED", talk_seconds=3)._replace(verified=False)
    assert codes(judge(facts(short), [FED])) == []


def test_a_standing_opt_out_holds_beyond_the_events_kept():
    out = Standing("OPT_OUT", NOON - timedelta(days=900), more={"media": ["TEXT"]})
    asked = facts(act="TEXT", opt_out_notice=True, safe_harbor=True)._replace(standing=(out,))
    assert codes(judge(asked, [FED])) == ["MEDIUM_OPT_OUT"]
    assert next_allowed(asked, [FED])["TEXT"] is None


def test_an_unknown_outcome_counts_until_the_line_tells():
    pending = tuple(called(n, "", talk_seconds=None) for n in range(7))
    assert "CALL_FREQUENCY" in codes(judge(facts(*pending), [FED]))
