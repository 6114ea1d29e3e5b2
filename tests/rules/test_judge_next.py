"""The next lawful time: the first instant at which the same act is not denied, if only time passes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.compliance.facts import Debt, Event, Facts, Hold, Location, Standing
from evenhand.compliance.judge import judge
from evenhand.compliance.nexts import next_allowed
from tests.rules.judging import NOON, call, called, facts, pack, rule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
HOURS = rule("hours", opens="08:00", closes="22:00", unknown="DENY", when={"act": ["CALL", "TEXT"]})
WEEK = rule("cap", max=2, window={"days": 7}, counts={"act": "CALL"})
COOLDOWN = rule("lock", after={"outcome": "CONVERSATION"}, days=7, first_day=1)


def test_it_is_now_when_nothing_is_against_it():
    assert next_allowed(facts(), [pack(HOURS, WEEK)]) == {"CALL": NOON}


def test_after_the_day_closes_it_is_the_next_opening_for_each_act():
    late = facts(act=call(at=NOON + 11 * HOUR))
    morning = datetime(2026, 6, 18, 0, tzinfo=UTC)
    assert next_allowed(late, [pack(HOURS)], acts=["CALL", "TEXT", "LETTER"]) == {
        "CALL": morning, "TEXT": morning, "LETTER": NOON + 11 * HOUR,
    }  # fmt: skip


def test_a_full_week_frees_when_its_oldest_call_leaves_it_in_the_morning():
    full = facts(called(4 * DAY), called(2 * DAY))
    assert next_allowed(full, [pack(HOURS, WEEK)])["CALL"] == datetime(2026, 6, 20, 0, tzinfo=UTC)


def test_a_hold_with_an_end_lifts_then_and_one_without_never():
    ends = NOON + 3 * DAY
    stop = rule("hold", holds="DISPUTE")
    for until, expected in ((ends, ends), (None, None), (NOON + 61 * DAY, None)):
        held = facts(holds=(Hold("DISPUTE", NOON - DAY, until),))
        assert next_allowed(held, [pack(HOURS, stop)])["CALL"] == expected


def test_a_review_is_no_denial():
    assert next_allowed(facts(), [pack(rule("forbid", effect="REVIEW"))])["CALL"] == NOON


def test_no_hour_is_open_in_both_places_at_once():
    narrow = rule("hours", opens="08:00", closes="10:00", unknown="DENY")
    places = (
        Location("ADDRESS", "America/New_York"),
        Location("MOBILE_AREA_CODE", "Asia/Shanghai"),
    )
    assert next_allowed(facts(locations=places), [pack(narrow)])["CALL"] is None


ZONES = [
    "Asia/Shanghai",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Europe/London",
]
RULES = [
    HOURS,
    {
        **HOURS,
        "id": "H",
        "opens": "09:30",
        "closes": "12:00",
        "days": ["MO", "TU", "SA"],
        "zones": ["DEBTOR", "Asia/Shanghai"],
    },
    WEEK,
    {**WEEK, "max": 1, "window": {"period": "WEEK"}},
    {**WEEK, "max": 1, "window": {"period": "MONTH"}, "per": "DEBT"},
    {**WEEK, "max": 1, "window": {"minutes": 90}},
    COOLDOWN,
    {**COOLDOWN, "days": 2, "first_day": 0},
    rule("lock", after={"outcome": "UNANSWERED"}, hours=30),
    rule("hold", holds=["DISPUTE", "ILLNESS"]),
    rule("preference", preference="INCONVENIENT_TIME"),
    rule("streak", counts={"act": "CALL"}, per_day=1, days=2),
]
AUTUMN = datetime(2026, 10, 20, tzinfo=UTC)
instants = st.integers(0, 20 * 24 * 60).map(lambda minutes: AUTUMN + minutes * timedelta(minutes=1))
events = st.builds(
    lambda at, outcome, debts, more: Event(at, "CALL", outcome=outcome, debts=debts, more=more),
    instants,
    st.sampled_from(["UNANSWERED", "CONVERSATION", "BUSY"]),
    st.sampled_from([("D1",), ("D1", "D2"), ()]),
    st.sampled_from([{}, {"debts_mentioned": []}]),
)
holds = st.builds(
    lambda kind, start, end: Hold(kind, start, end),
    st.sampled_from(["DISPUTE", "ILLNESS"]),
    instants,
    st.one_of(st.none(), instants),
)
TIMES = [
    {"opens": "09:00", "closes": "17:00"},
    {"opens": "21:00", "closes": "09:00"},
    {"days": ["MO", "TU"]},
]
named = st.builds(
    lambda at, more: Standing("INCONVENIENT_TIME", at, more=more), instants, st.sampled_from(TIMES)
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_it_is_denied_before_and_allowed_then(data):
    rules = data.draw(st.lists(st.sampled_from(RULES), min_size=1, max_size=4, unique_by=repr))
    packs = [pack(*rules)]
    one = Facts(
        act=call(at=AUTUMN + 20 * DAY + data.draw(st.integers(0, 7 * 1440)) * timedelta(minutes=1)),
        person="P",
        locations=tuple(Location("ADDRESS", z) for z in data.draw(st.lists(st.sampled_from(ZONES), max_size=2))),
        debts=(Debt("D1"), Debt("D2")), events=tuple(data.draw(st.lists(events, max_size=6))),
        holds=tuple(data.draw(st.lists(holds, max_size=1))), standing=tuple(data.draw(st.lists(named, max_size=1))),
    )  # fmt: skip
    first = next_allowed(one, packs)["CALL"]

    def denied(at):
        return judge(one._replace(act=one.act._replace(at=at)), packs).decision == "DENY"

    last = first if first is not None else one.act.at + 30 * DAY
    if first is not None:
        assert not denied(first)
        assert first == one.act.at or denied(first - TICK)
    span = (last - one.act.at) // TICK
    for share in data.draw(st.lists(st.integers(0, 1000), max_size=6)):
        at = one.act.at + (span * share // 1000) * TICK
        assert at >= last or denied(at)


def test_the_horizon_ends_the_search():
    month = facts(holds=(Hold("DISPUTE", NOON - DAY, NOON + 10 * DAY),))
    stop = [pack(rule("hold", holds="DISPUTE"))]
    assert next_allowed(month, stop, horizon_days=9)["CALL"] is None
    assert next_allowed(month, stop, horizon_days=10)["CALL"] == NOON + 10 * DAY


@pytest.mark.parametrize("zone", ZONES)
def test_the_next_opening_is_a_time_on_the_wall_there(zone):
    late = datetime(2026, 10, 31, 23, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = next_allowed(
        facts(act=call(at=late), locations=(Location("ADDRESS", zone),)), [pack(HOURS)]
    )["CALL"]
    assert found.astimezone(ZoneInfo(zone)).isoformat()[:16] == "2026-11-01T08:00"


def test_a_need_that_time_meets_is_met_then():
    waits = rule(
        "require", unknown="DENY", needs=[{"spoke": True}, {"letter_sent": {"days_ago_min": 14}}]
    )
    sent = facts(known={"letter_sent": "2026-06-10"})
    assert next_allowed(sent, [pack(waits)])["CALL"] == datetime(2026, 6, 23, 16, tzinfo=UTC)
    assert next_allowed(facts(), [pack(waits)])["CALL"] is None


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"days": 3}, datetime(2026, 6, 17, 16, tzinfo=UTC)),
        ({"hours": 60}, NOON + 12 * HOUR + TICK),
    ],
)
def test_what_a_measure_refuses_lifts_when_the_measure_falls(window, expected):
    measure = {"name": "calls", "counts": {"act": "CALL"}, "window": window}
    busy = rule("forbid", when={"act": "CALL", "calls": {"min": 2}})
    one = facts(called(2 * DAY), called(HOUR))
    assert next_allowed(one, [pack(busy, measure=[measure])])["CALL"] == expected


def test_a_consent_that_starts_later_and_a_law_that_ends_lift_what_they_can():
    asks = rule("consent", scope="HOURS")
    later = facts(standing=(Standing("CONSENT", NOON + 5 * HOUR, more={"scope": "HOURS"}),))
    assert next_allowed(later, [pack(asks)])["CALL"] == NOON + 5 * HOUR
    ends = pack(rule("forbid", valid_to=date(2026, 6, 20)))
    assert next_allowed(facts(), [ends])["CALL"] == datetime(2026, 6, 19, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("until", "expected"),
    [(None, None), (NOON + 20 * DAY, NOON + 20 * DAY), (NOON + HOUR, NOON + HOUR)],
)
def test_times_that_leave_nothing_of_a_week_lift_only_when_they_end(until, expected):
    named = Standing("INCONVENIENT_TIME", NOON - DAY, until)
    kept = [pack(rule("preference", preference="INCONVENIENT_TIME"))]
    assert next_allowed(facts(standing=(named,)), kept)["CALL"] == expected
