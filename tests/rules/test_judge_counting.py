"""Counting: what counts, for whom, in which window, and whose it is."""

from datetime import UTC, datetime, timedelta

import pytest

from evenhand.compliance.facts import Debt, Event, Location, Standing
from tests.rules.judging import NOON, call, called, codes, facts, judged, rule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TALKS = rule(
    "cap",
    max=3,
    window={"period": "DAY"},
    counts={"act": "CALL", "direction": "OUT", "effective_talk": True},
)
ATTEMPTS = rule(
    "cap", max=2, window={"period": "DAY"}, per="POINT",
    counts={"act": "CALL", "direction": "OUT", "outcome": ["UNANSWERED", "BUSY"]},
)  # fmt: skip
BY_DEBT = rule(
    "cap", max=2, window={"days": 7}, per=["TO", "DEBT"], pool="COLLECTOR", presumes="VIOLATION",
    counts={"act": "CALL", "direction": "OUT", "outcome": {"not": ["BUSY", "OUT_OF_SERVICE"]}},
    consent={"scope": "CALLS", "days": 7, "ends_after": {"act": "CALL", "outcome": "CONVERSATION"}},
)  # fmt: skip
TWO_DEBTS = {"debts": (Debt("D1"), Debt("D2"))}


def talks(*who: str, **said):
    return [
        called(
            n * HOUR, "CONVERSATION", collector=collector, verified=True, talk_seconds=40, **said
        )
        for n, collector in enumerate(who, start=1)
    ]


def test_three_talks_are_counted_whoever_had_them():
    verdict = judged(facts(*talks("BANK", "A17", "A17")), TALKS)
    assert verdict.decision == "DENY"
    assert verdict.reasons[0].numbers == {
        "count": 3, "after": 4, "max": 3, "period": "DAY", "by": {"A17": 2, "BANK": 1},
    }  # fmt: skip


def test_the_third_talk_is_still_allowed():
    verdict = judged(facts(*talks("BANK", "A17")), TALKS)
    assert (verdict.decision, verdict.counts["R"]) == ("ALLOW", {"PERSON": 3})


def test_a_day_begins_at_midnight_where_the_person_lives():
    midnight = datetime(2026, 6, 16, 16, tzinfo=UTC)
    before = [
        Event(midnight - timedelta(seconds=n), "CALL", outcome="CONVERSATION") for n in (1, 2, 3)
    ]
    assert judged(facts(*before), TALKS).decision == "ALLOW"
    after = [
        Event(midnight + timedelta(seconds=n), "CALL", outcome="CONVERSATION") for n in (0, 1, 2)
    ]
    assert judged(facts(*after), TALKS).decision == "DENY"


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ({"talk_seconds": 95, "outcome": "UNANSWERED"}, True),  # typed against the line
        ({"talk_seconds": 9, "outcome": "CONVERSATION"}, False),
        ({"talk_seconds": 10, "outcome": "CONVERSATION"}, True),
        ({"talk_seconds": 3, "outcome": "ANSWERED", "verified": True}, True),
        ({"talk_seconds": 3, "outcome": "UNANSWERED", "verified": True}, True),
        ({"outcome": "ANSWERED"}, True),  # nobody measured it
        ({"outcome": "UNANSWERED"}, False),
        ({"outcome": "UNANSWERED", "talk_seconds": 0}, False),
        ({"outcome": "UNANSWERED", "actor": "AGENCY", "collector": "A17"}, True),  # no record of the line
        ({"outcome": "UNANSWERED", "actor": "AGENCY", "collector": "A17", "talk_seconds": 0}, False),
        ({"outcome": ""}, True),  # a permit out there, nothing reported yet
        ({"outcome": "CONVERSATION", "talk_seconds": 60, "direction": "IN"}, False),
    ],
)  # fmt: skip
def test_a_talk_counts_by_the_line(said, counts):
    events = [called(n * HOUR, **said) for n in (1, 2, 3)]
    assert judged(facts(*events), TALKS).decision == ("DENY" if counts else "ALLOW")


def test_what_was_typed_against_the_line_is_flagged():
    assert judged(facts(called(HOUR, talk_seconds=95)), TALKS).flags == ("LINE_CONTRADICTS_RESULT",)


def test_an_agencys_call_without_a_record_is_flagged():
    verdict = judged(facts(called(HOUR, actor="AGENCY", collector="A17")), TALKS)
    assert verdict.flags == ("CALL_RECORD_MISSING",)


def test_a_call_with_talk_stays_an_attempt_too():
    events = [called(n * HOUR, talk_seconds=95, point="A") for n in (1, 2)]
    assert judged(facts(*events, act=call(point="A")), ATTEMPTS).decision == "DENY"


def test_attempts_are_counted_for_each_number():
    events = [called(HOUR, point="A"), called(2 * HOUR, point="A")]
    assert judged(facts(*events, act=call(point="B")), ATTEMPTS).decision == "ALLOW"
    assert judged(facts(*events, act=call(point="A")), ATTEMPTS).decision == "DENY"


def test_a_call_to_no_known_number_counts_with_all_of_them():
    events = [called(HOUR, point="A"), called(2 * HOUR, point="B")]
    assert judged(facts(*events, act=call()), ATTEMPTS).decision == "DENY"


def test_an_act_whose_outcome_would_not_count_is_no_excess():
    events = [called(HOUR, point="A"), called(2 * HOUR, point="A")]
    verdict = judged(facts(*events, act=call(point="A", outcome="CONVERSATION")), ATTEMPTS)
    assert (verdict.decision, verdict.counted) == ("ALLOW", {})


def test_another_number_agreed_with_the_person_holds():
    agreed = {**ATTEMPTS, "agreed": "agreed_unanswered_per_number_day"}
    events = [called(HOUR, point="A"), called(2 * HOUR, point="A")]
    known = {"agreed_unanswered_per_number_day": 3}
    assert judged(facts(*events, act=call(point="A"), known=known), agreed).decision == "ALLOW"
    assert judged(facts(*events, act=call(point="A")), agreed).decision == "DENY"


def test_each_debt_named_is_counted_and_others_are_not():
    events = [called(HOUR, debts=("D1", "D2")), called(2 * HOUR)]
    verdict = judged(facts(*events, act=call(debts=("D2",)), **TWO_DEBTS), BY_DEBT)
    assert verdict.counts["R"] == {"D1": 2, "D2": 2}
    assert (verdict.counted["R"], verdict.decision, verdict.presumption) == (
        ("D2",),
        "ALLOW",
        "COMPLIANCE",
    )
    verdict = judged(facts(*events, act=call(debts=("D1",)), **TWO_DEBTS), BY_DEBT)
    assert (verdict.decision, verdict.presumption) == ("DENY", "VIOLATION")


def test_a_call_that_named_no_debt_counts_for_one_of_them():
    events = [called(n * HOUR, debts=("D1", "D2"), more={"debts_mentioned": []}) for n in (1, 2, 3)]
    act = call(debts=("D1", "D2"), more={"debts_mentioned": []})
    verdict = judged(facts(*events, act=act, **TWO_DEBTS), BY_DEBT)
    assert (sum(verdict.counts["R"].values()), len(verdict.counted["R"])) == (4, 1)
    assert verdict.decision == "ALLOW"
    more = [*events, called(4 * HOUR, debts=("D1", "D2"), more={"debts_mentioned": []})]
    assert judged(facts(*more, act=act, **TWO_DEBTS), BY_DEBT).decision == "DENY"


def test_debts_of_one_group_count_as_one():
    events = [called(HOUR, debts=("D1",)), called(2 * HOUR, debts=("D2",))]
    group = {"debts": (Debt("D1", group="S"), Debt("D2", group="S"))}
    assert judged(facts(*events, act=call(debts=("D1",)), **group), BY_DEBT).decision == "DENY"
    assert judged(facts(*events, act=call(debts=("D1",)), **TWO_DEBTS), BY_DEBT).decision == "ALLOW"


def test_each_collector_has_a_count_of_its_own_where_the_rule_says_so():
    events = [called(HOUR, collector="A17"), called(2 * HOUR, collector="A17")]
    assert judged(facts(*events), BY_DEBT).decision == "ALLOW"
    assert judged(facts(*events), {**BY_DEBT, "pool": "ALL"}).decision == "DENY"


def test_calls_to_another_person_are_counted_apart():
    events = [called(HOUR, to="S"), called(2 * HOUR, to="S")]
    assert judged(facts(*events), BY_DEBT).decision == "ALLOW"
    assert judged(facts(*events, act=call(to="S")), BY_DEBT).decision == "DENY"


def test_a_busy_line_is_no_call_where_the_rule_says_so():
    events = [called(HOUR, "BUSY"), called(2 * HOUR, "BUSY"), called(3 * HOUR)]
    assert judged(facts(*events), BY_DEBT).counts["R"] == {"D1": 2}


@pytest.mark.parametrize(("days", "decision"), [(6, "DENY"), (7, "ALLOW")])
def test_seven_days_are_calendar_days_with_today_the_last(days, decision):
    events = [called(days * DAY - 11 * HOUR), called(days * DAY - 10 * HOUR)]
    assert judged(facts(*events), BY_DEBT).decision == decision


@pytest.mark.parametrize(
    ("period", "first"),
    [
        ("WEEK", datetime(2026, 6, 14, 16, tzinfo=UTC)),
        ("MONTH", datetime(2026, 5, 31, 16, tzinfo=UTC)),
    ],
)
def test_a_week_begins_on_monday_and_a_month_on_its_first(period, first):
    once = {**BY_DEBT, "max": 1, "window": {"period": period}}
    assert judged(facts(called(NOON - first)), once).decision == "DENY"
    assert judged(facts(called(NOON - first + timedelta(seconds=1))), once).decision == "ALLOW"


def test_calls_under_consent_are_never_counted():
    consent = Event(NOON - 3 * DAY, "EMAIL", "IN", more={"consent_calls_from": "2026-06-14"})
    events = [consent, *(called(2 * DAY + n * HOUR) for n in (1, 2, 3))]
    verdict = judged(facts(*events), BY_DEBT)
    assert (verdict.decision, verdict.counts["R"], verdict.counted["R"]) == ("ALLOW", {"D1": 0}, ())
    later = judged(facts(*events, act=call(at=NOON + 4 * DAY)), BY_DEBT)
    assert (later.decision, later.counts["R"]) == ("ALLOW", {"D1": 1})


@pytest.mark.parametrize(
    "ends",
    [
        Event(NOON - 2 * DAY, "EMAIL", "IN", more={"revoke_calls_consent": True}),
        called(2 * DAY, "CONVERSATION", debts=()),
    ],
    ids=["revoked", "spoken"],
)
def test_consent_ends_when_it_is_revoked_and_with_the_next_conversation(ends):
    consent = Event(NOON - 3 * DAY, "EMAIL", "IN", more={"consent_calls_from": "2026-06-14"})
    events = [consent, ends, called(DAY + HOUR), called(DAY + 2 * HOUR)]
    assert judged(facts(*events), BY_DEBT).decision == "DENY"


def test_consent_given_in_a_conversation_survives_that_conversation():
    spoken = called(DAY, "CONVERSATION", more={"consent_calls_from": "2026-06-16"})
    verdict = judged(facts(spoken, called(HOUR), called(2 * HOUR)), BY_DEBT)
    assert (verdict.decision, verdict.counts["R"]) == ("ALLOW", {"D1": 1})


def test_the_last_day_of_consent_is_covered_and_no_other():
    given = {"consent_calls_from": "2026-06-16", "consent_calls_until": "2026-06-16"}
    consent = Event(NOON - DAY - 3 * HOUR, "EMAIL", "IN", more=given)
    covered = [called(DAY), called(DAY - HOUR)]
    assert judged(facts(consent, *covered), BY_DEBT).counts["R"] == {"D1": 1}
    assert judged(facts(consent, called(HOUR), called(2 * HOUR)), BY_DEBT).decision == "DENY"


def test_a_standing_consent_covers_like_one_given_in_a_message():
    consent = Standing("CONSENT", NOON - 2 * DAY, more={"scope": "CALLS"})
    events = [called(HOUR), called(2 * HOUR)]
    assert judged(facts(*events, standing=(consent,)), BY_DEBT).decision == "ALLOW"
    other = Standing("CONSENT", NOON - 2 * DAY, more={"scope": "HOURS"})
    assert judged(facts(*events, standing=(other,)), BY_DEBT).decision == "DENY"


def test_minutes_are_counted_back_from_the_act():
    soon = rule("cap", max=1, window={"minutes": 5}, counts={"act": "CALL"})
    assert judged(facts(called(timedelta(minutes=5))), soon).decision == "DENY"
    assert judged(facts(called(timedelta(minutes=5, seconds=1))), soon).decision == "ALLOW"


def test_many_texts_on_days_running_without_a_reply_go_to_review():
    streak = rule(
        "streak", when={"act": "TEXT"}, effect="REVIEW", per_day=2, days=3,
        counts={"act": "TEXT", "direction": "OUT"}, broken_by={"act": "TEXT", "direction": "IN"},
    )  # fmt: skip
    texts = [Event(NOON - d * DAY - n * HOUR, "TEXT") for d in (1, 2) for n in (1, 2)]
    act = call(act="TEXT")
    assert judged(facts(*texts, Event(NOON - HOUR, "TEXT"), act=act), streak).decision == "REVIEW"
    assert judged(facts(*texts, act=act), streak).decision == "ALLOW"
    reply = Event(NOON - 36 * HOUR, "TEXT", "IN")
    assert (
        judged(facts(*texts, reply, Event(NOON - HOUR, "TEXT"), act=act), streak).decision
        == "ALLOW"
    )


def test_a_measure_is_asked_by_its_name():
    measure = {
        "name": "failed_days", "window": {"days": 10}, "of": "DAYS", "before_today": True,
        "counts": {"act": "CALL", "outcome": "UNANSWERED"}, "unbroken_by": {"outcome": "CONVERSATION"},
    }  # fmt: skip
    lost = rule("require", needs={"failed_days": {"min": 3}})
    events = [called(n * DAY) for n in (0, 1, 2, 3)]
    assert judged(facts(*events), lost, measure=[measure]).decision == "ALLOW"
    assert judged(facts(*events[:3]), lost, measure=[measure]).decision == "DENY"
    spoken = called(2 * DAY + HOUR, "CONVERSATION")
    assert judged(facts(*events, spoken), lost, measure=[measure]).decision == "DENY"


def test_flags_decide_nothing():
    verdict = judged(facts(called(HOUR)), {**TALKS, "max": 0, "effect": "FLAG"})
    assert (verdict.decision, codes(verdict), verdict.flags) == ("ALLOW", [], ("R",))


def test_days_are_those_of_the_first_place_where_the_person_lives():
    late = Location("ADDRESS", "America/New_York")  # where NOON is the first minute of the 17th
    once = {**TALKS, "max": 1}
    assert judged(facts(called(HOUR, "CONVERSATION"), locations=(late,)), once).decision == "ALLOW"
    assert judged(facts(called(HOUR, "CONVERSATION")), once).decision == "DENY"
    in_shanghai = {**once, "zone": "Asia/Shanghai"}
    assert (
        judged(facts(called(HOUR, "CONVERSATION"), locations=(late,)), in_shanghai).decision
        == "DENY"
    )
