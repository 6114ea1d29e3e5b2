"""Hours, locks and designated times: when, in which zones, and for how long."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from evenhand.compliance.facts import Debt, Event, Location, Standing
from tests.rules.judging import NOON, SHANGHAI, call, called, codes, facts, judged, rule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURS = rule("hours", opens="08:00", closes="21:00", zones=["DEBTOR"], unknown="DENY")
NEW_YORK, LOS_ANGELES = (
    Location("ADDRESS", f"America/{city}") for city in ("New_York", "Los_Angeles")
)


def at(clock: str, zone: str = "Asia/Shanghai", on: str = "2026-06-17") -> datetime:
    """A time on the wall somewhere, as an instant."""
    return datetime.fromisoformat(f"{on} {clock}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("clock", "decision"),
    [
        ("07:59:59", "DENY"),
        ("08:00", "ALLOW"),
        ("20:59:59", "ALLOW"),
        ("21:00", "DENY"),
        ("00:30", "DENY"),
    ],
)
def test_hours_open_at_the_first_minute_and_close_before_the_last(clock, decision):
    assert judged(facts(act=call(at=at(clock))), HOURS).decision == decision


@pytest.mark.parametrize(
    ("clock", "decision"),
    [("10:59", "DENY"), ("11:00", "ALLOW"), ("20:59", "ALLOW"), ("21:00", "DENY")],
)
def test_it_must_be_open_wherever_the_person_may_be(clock, decision):
    act = call(at=at(clock, "America/New_York"))
    verdict = judged(facts(act=act, locations=(NEW_YORK, LOS_ANGELES)), HOURS)
    assert verdict.decision == decision


def test_beijing_time_must_be_open_beside_the_persons_own():
    both = {**HOURS, "zones": ["DEBTOR", "Asia/Shanghai"], "closes": "22:00"}
    urumqi = (Location("ADDRESS", "Asia/Urumqi"),)
    late, early = call(at=at("22:30")), call(at=at("09:00"))
    assert (
        judged(facts(act=late, locations=urumqi), both).decision == "DENY"
    )  # half past eight in Urumqi
    assert judged(facts(act=early, locations=urumqi), both).decision == "DENY"  # seven in Urumqi
    assert judged(facts(act=call(at=at("10:00")), locations=urumqi), both).decision == "ALLOW"


@pytest.mark.parametrize("unknown", ["DENY", "REVIEW", "ALLOW"])
def test_where_nobody_knows_the_place_the_stated_answer_holds(unknown):
    assert judged(facts(locations=()), {**HOURS, "unknown": unknown}).decision == unknown


@pytest.mark.parametrize(
    ("on", "clock", "decision"),
    [
        ("2026-03-08", "08:30", "ALLOW"),  # the day clocks go forward in New York
        ("2026-03-08", "07:59", "DENY"),
        ("2026-11-01", "08:00", "ALLOW"),  # the day they go back
        ("2026-11-01", "21:00", "DENY"),
    ],
)
def test_the_clock_on_the_wall_counts_on_the_days_it_is_changed(on, clock, decision):
    act = call(at=at(clock, "America/New_York", on))
    assert judged(facts(act=act, locations=(NEW_YORK,)), HOURS).decision == decision


def test_a_weekday_may_be_closed_or_shorter():
    week = {
        **HOURS,
        "days": ["MO", "TU", "WE", "TH", "FR", "SA"],
        "by_day": {"SA": ["09:00", "13:00"]},
    }
    for on, clock, decision in (
        ("2026-06-20", "08:30", "DENY"),
        ("2026-06-20", "12:59", "ALLOW"),
        ("2026-06-20", "13:00", "DENY"),
        ("2026-06-21", "12:00", "DENY"),
    ):
        assert judged(facts(act=call(at=at(clock, on=on))), week).decision == decision


HOLIDAYS = [{"name": "CN", "days": [date(2026, 6, 19)], "through": date(2026, 6, 30)}]


@pytest.mark.parametrize(
    ("on", "decision"), [("2026-06-18", "ALLOW"), ("2026-06-19", "DENY"), ("2026-07-01", "REVIEW")]
)
def test_a_holiday_is_asked_only_where_a_rule_says_so_and_none_is_guessed(on, decision):
    act = call(at=at("12:00", on=on))
    asked = {**HOURS, "holidays": "CN", "unknown": "REVIEW"}
    assert judged(facts(act=act), asked, calendar=HOLIDAYS).decision == decision
    assert judged(facts(act=act), {**HOURS, "holidays": "NEVER_ASKED"}).decision == "ALLOW"


def test_consent_opens_other_hours_when_it_was_given_inside_these():
    agreed = {**HOURS, "consent": "LATE_CALLS", "consent_code": "PRIOR_CONSENT"}
    act = call(at=at("21:30"))
    given = {"more": {"consent_scopes": ["LATE_CALLS"]}}
    inside = called(NOON - at("15:00", on="2026-06-10"), "CONVERSATION", **given)
    outside = called(NOON - at("21:30", on="2026-06-10"), "CONVERSATION", **given)
    verdict = judged(facts(inside, act=act), agreed)
    assert (verdict.decision, codes(verdict)) == ("ALLOW", ["PRIOR_CONSENT"])
    assert judged(facts(outside, act=act), agreed).decision == "DENY"
    standing = Standing("CONSENT", NOON - DAY, more={"scope": "LATE_CALLS"})
    assert judged(facts(act=act, standing=(standing,)), agreed).decision == "ALLOW"


@pytest.mark.parametrize("more", [{"point": "A"}, {"points": ["A"]}, {"media": ["TEXT"]}])
def test_consent_for_another_number_or_medium_opens_nothing(more):
    agreed = {**HOURS, "consent": "LATE_CALLS"}
    consent = Standing("CONSENT", NOON - DAY, more={"scope": "LATE_CALLS", **more})
    act = call(at=at("21:30"), point="B")
    assert judged(facts(act=act, standing=(consent,)), agreed).decision == "DENY"


COOLDOWN = rule(
    "lock", after={"act": "CALL", "outcome": "CONVERSATION"}, days=7, first_day=1, per="DEBT"
)


@pytest.mark.parametrize(
    ("days", "first_day", "decision"),
    [(6, 1, "DENY"), (7, 1, "ALLOW"), (7, 0, "DENY"), (8, 0, "ALLOW")],
)
def test_a_lock_counts_days_from_the_event_or_from_the_next(days, first_day, decision):
    verdict = judged(
        facts(called(days * DAY, "CONVERSATION")), {**COOLDOWN, "first_day": first_day}
    )
    assert verdict.decision == decision


def test_a_talk_locks_who_ever_called_and_every_debt_discussed():
    debts = {"debts": (Debt("D1"), Debt("D2"), Debt("D3"))}
    inbound = called(
        DAY, "CONVERSATION", direction="IN", debts=("D1",), more={"debts_discussed": ["D1", "D2"]}
    )
    for debt, decision in (("D1", "DENY"), ("D2", "DENY"), ("D3", "ALLOW")):
        assert (
            judged(facts(inbound, act=call(debts=(debt,)), **debts), COOLDOWN).decision == decision
        )


def test_a_talk_typed_as_no_answer_locks_all_the_same():
    assert judged(facts(called(DAY, "UNANSWERED", talk_seconds=95)), COOLDOWN).decision == "DENY"


def test_a_talk_under_consent_still_locks_and_live_consent_lifts_it():
    lifted = {
        **COOLDOWN,
        "consent": {
            "scope": "CALLS",
            "days": 7,
            "ends_after": {"act": "CALL", "outcome": "CONVERSATION"},
        },
    }
    consent = Event(NOON - 2 * DAY, "EMAIL", "IN", more={"consent_calls_from": "2026-06-15"})
    before, under = called(3 * DAY, "CONVERSATION"), called(DAY, "CONVERSATION")
    assert judged(facts(before, consent), lifted).decision == "ALLOW"
    assert judged(facts(before, consent, under), lifted).decision == "DENY"


def test_a_lock_of_minutes_and_one_for_good():
    rapid = rule("lock", after={"outcome": "UNANSWERED"}, minutes=5, effect="REVIEW", per="TO")
    assert judged(facts(called(timedelta(minutes=4, seconds=59))), rapid).decision == "REVIEW"
    assert judged(facts(called(timedelta(minutes=5))), rapid).decision == "ALLOW"
    once = rule("lock", after={"outcome": "CONVERSATION"}, always=True, per="TO")
    assert (
        judged(facts(called(900 * DAY, "CONVERSATION", to="N"), act=call(to="N")), once).decision
        == "DENY"
    )
    assert (
        judged(facts(called(900 * DAY, "CONVERSATION", to="N"), act=call(to="M")), once).decision
        == "ALLOW"
    )


DISPUTED = rule(
    "lock", after={"direction": "IN", "dispute_written": True}, always=True, per="DEBT", received_by="validation_end",
    ends_with={"direction": "OUT", "content": "VERIFICATION"}, by_part=True,
)  # fmt: skip


def dispute(days_ago: int, **said) -> Event:
    more = {"dispute_written": True, "dispute_scope": "ALL", **said}
    return Event(NOON - days_ago * DAY, "LETTER", "IN", debts=("D1",), more=more)


@pytest.mark.parametrize(
    ("events", "known", "decision"),
    [
        ([dispute(3)], {"validation_end": "2026-06-30"}, "DENY"),
        ([dispute(3)], {"validation_end": "2026-06-13"}, "ALLOW"),
        ([dispute(3)], {}, "DENY"),  # nobody knows when the period ends
        ([dispute(3, received="2026-06-18T00:00:00+00:00")], {}, "ALLOW"),  # still in the post
        ([dispute(3), Event(NOON - DAY, "LETTER", debts=("D1",), more={"content": "VERIFICATION"})], {}, "ALLOW"),
        ([dispute(3), Event(NOON - 4 * DAY, "LETTER", debts=("D1",), more={"content": "VERIFICATION"})], {}, "DENY"),
        ([dispute(3), Event(NOON - DAY, "LETTER", debts=("D2",), more={"content": "VERIFICATION"})], {}, "DENY"),
        ([dispute(3, dispute_scope="LATE_FEE")], {}, "DENY"),
    ],
)  # fmt: skip
def test_a_dispute_locks_its_debt_until_it_is_answered(events, known, decision):
    debts = (Debt("D1"), Debt("D2"))
    assert judged(facts(*events, known=known, debts=debts), DISPUTED).decision == decision


def test_a_dispute_of_one_part_leaves_the_others():
    act = call(more={"components": ["PRINCIPAL"]})
    assert (
        judged(facts(dispute(3, dispute_scope="LATE_FEE"), act=act), DISPUTED).decision == "ALLOW"
    )
    assert (
        judged(facts(dispute(3, dispute_scope="PRINCIPAL"), act=act), DISPUTED).decision == "DENY"
    )


DESIGNATED = rule("preference", preference="INCONVENIENT_TIME")


@pytest.mark.parametrize(
    ("named", "clock", "decision"),
    [
        ({"opens": "09:00", "closes": "17:00"}, "09:00", "DENY"),
        ({"opens": "09:00", "closes": "17:00"}, "17:00", "ALLOW"),
        ({"opens": "09:00", "closes": "17:00", "days": ["SA", "SU"]}, "12:00", "ALLOW"),
        ({"days": ["WE"]}, "12:00", "DENY"),
        ({"opens": "22:00", "closes": "06:00"}, "05:59", "DENY"),  # a night worker's night
        ({"opens": "22:00", "closes": "06:00", "days": ["TU"]}, "05:59", "DENY"),
        ({"opens": "22:00", "closes": "06:00", "days": ["WE"]}, "05:59", "ALLOW"),
    ],
)
def test_a_designated_time_is_kept(named, clock, decision):
    named_on = Standing("INCONVENIENT_TIME", NOON - 30 * DAY, more=named)
    assert (
        judged(facts(act=call(at=at(clock)), standing=(named_on,)), DESIGNATED).decision == decision
    )


def test_a_message_in_a_designated_time_is_answered_once():
    named = Standing(
        "INCONVENIENT_TIME", NOON - 30 * DAY, more={"opens": "09:00", "closes": "17:00"}
    )
    answered = {**DESIGNATED, "when": {"act": ["CALL", "EMAIL"]}, "unless": [
        {"when": {"reply_in_designated_time": True}, "code": "RESPOND_ONCE", "effect": "ALLOW"}]}  # fmt: skip
    wrote, replied = Event(NOON - HOUR, "EMAIL", "IN"), Event(NOON - HOUR / 2, "EMAIL")
    email = {"act": call(act="EMAIL"), "standing": (named,)}
    assert codes(judged(facts(wrote, **email), answered)) == ["RESPOND_ONCE"]
    assert judged(facts(wrote, replied, **email), answered).decision == "DENY"
    assert judged(facts(wrote, standing=(named,)), answered).decision == "DENY"  # by another medium
    early = Event(NOON - 4 * HOUR, "EMAIL", "IN")  # at eight, when it suited her
    assert judged(facts(early, **email), answered).decision == "DENY"


def test_a_place_that_does_not_suit_is_not_used_and_an_unknown_one_is_as_stated():
    place = rule("preference", preference="INCONVENIENT_PLACE", unknown="REVIEW")
    named = (Standing("INCONVENIENT_PLACE", NOON - DAY, more={"place": "WORK"}),)
    for used, decision in (("WORK", "DENY"), ("MOBILE", "ALLOW"), ("", "REVIEW")):
        assert judged(facts(act=call(place=used), standing=named), place).decision == decision
    assert judged(facts(act=call(), locations=(SHANGHAI,)), place).decision == "ALLOW"
