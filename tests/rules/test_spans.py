"""How long an act stays allowed and when it is allowed again, found by asking the judge over a day."""

from datetime import UTC, datetime, timedelta

import pytest

from evenhand.compliance.facts import Act, Debt, Event, Facts, Location, Standing
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import load_pack
from evenhand.compliance.spans import allowed_from, allowed_until

PACKS = (load_pack("cn"), load_pack("house"))
NOON = datetime(2026, 9, 28, 4, tzinfo=UTC)  # a Monday in Shanghai
CLOSES = NOON.replace(hour=12, minute=30)  # the house's 20:30


def facts(at=NOON, **given):
    return Facts(
        act=Act(at, "CALL", place="MOBILE", point="m1"),
        person="p",
        locations=(Location("ADDRESS", "Asia/Shanghai"),),
        debts=(Debt("1"),),
        **given,
    )


def denied(facts, at):
    return judge(facts._replace(act=facts.act._replace(at=at)), PACKS).decision == "DENY"


@pytest.mark.parametrize(
    "at", [NOON, NOON + timedelta(minutes=17, seconds=5), CLOSES - timedelta(seconds=1)]
)
def test_an_act_is_allowed_until_the_minute_that_closes(at):
    assert allowed_until(facts(at), PACKS, at) == CLOSES


def test_a_time_she_asked_for_ends_the_span_before_the_hours_do():
    wish = Standing("INCONVENIENT_TIME", NOON - timedelta(days=9), None, (),
                    {"days": ["MO"], "opens": "14:07", "closes": "15:00"})  # fmt: skip
    assert allowed_until(facts(standing=(wish,)), PACKS, NOON) == NOON + timedelta(hours=2, minutes=7)  # fmt: skip


def test_within_a_horizon_in_which_nothing_changes_there_is_no_end():
    assert allowed_until(facts(), PACKS, NOON, horizon=timedelta(hours=2)) is None


def test_a_rule_that_does_not_say_when_it_lifts_is_asked_until_it_does():
    call = Event(NOON - timedelta(minutes=13), "CALL", outcome="UNANSWERED", point="m1")
    just_called = facts(events=(call,))
    again = allowed_from(just_called, PACKS, NOON)
    assert again is not None
    assert denied(just_called, again - timedelta(minutes=1))
    assert not denied(just_called, again)
    assert again - NOON < timedelta(minutes=49)


def test_what_does_not_lift_by_time_is_not_allowed_again():
    stop = Standing("OPT_OUT", NOON - timedelta(days=1), None, (), {"media": ["TEXT"]})
    text = facts(standing=(stop,))._replace(act=Act(NOON, "TEXT"))
    assert allowed_from(text, PACKS, NOON) is None
