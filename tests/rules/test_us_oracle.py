"""Regulation F's counting against an answer worked without the judge, over any history of three weeks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.compliance.facts import Act, Debt, Event, Facts, Location
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import load_pack
from tests.rules.oracle_reg_f import HOURS_A_DAY, KINDS, NOT_CONNECTED, answer

FED = load_pack("us-fed").binding_all()
ZONE = ZoneInfo("America/New_York")
FIRST_DAY = datetime(2026, 2, 23)  # noqa: DTZ001 - a day on the wall; summer time begins two weeks later
DEBTS = ("D1", "D2")
OUTCOMES = {
    "TALK": "CONVERSATION",
    "TALK_IN": "CONVERSATION",
    "ABANDONED_IN": "ABANDONED",
    "TEXT": "",
    "CONSENT": "",
    "REVOKED": "",
}
LAST_HOUR = 21 * HOURS_A_DAY
hours = st.integers(0, LAST_HOUR - 1)
contacts = st.lists(
    st.tuples(
        hours,
        st.sampled_from((*KINDS, "UNANSWERED", "UNANSWERED", "TALK")),
        st.sampled_from([("D1",), ("D2",), DEBTS]),
    ),
    max_size=25,
    unique_by=lambda contact: contact[0],
)


def on_the_wall(hour):
    """The instant of an hour of the day, minutes apart so that none falls together where the clock jumps."""
    day, rest = divmod(hour, HOURS_A_DAY)
    wall = FIRST_DAY + timedelta(days=day, hours=rest, minutes=rest)
    return wall.replace(tzinfo=ZONE).astimezone(UTC)


def event(contact):
    hour, kind, debts = contact
    message = kind in ("TEXT", "CONSENT", "REVOKED")
    inward = kind.endswith("_IN") or kind in ("CONSENT", "REVOKED")
    day = (FIRST_DAY + timedelta(hours=hour)).date().isoformat()
    more = {"CONSENT": {"consent_calls_from": day}, "REVOKED": {"revoke_calls_consent": True}}
    return Event(
        on_the_wall(hour),
        "TEXT" if message else "CALL",
        "IN" if inward else "OUT",
        debts=debts,
        outcome=OUTCOMES.get(kind, kind),
        more=more.get(kind, {}),
    )


@settings(max_examples=400, deadline=None)
@given(contacts, st.integers(8, LAST_HOUR - 1), st.sampled_from(DEBTS))
def test_the_judge_counts_and_locks_as_worked_by_hand(past, hour, debt):
    past = [contact for contact in past if contact[0] < hour]
    facts = Facts(
        Act(on_the_wall(hour), "CALL", debts=(debt,)),
        person="P1",
        locations=(Location("ADDRESS", ZONE.key),),
        debts=tuple(map(Debt, DEBTS)),
        events=tuple(map(event, past)),
    )
    verdict = judge(facts, [FED])
    codes = {reason.code for reason in verdict.reasons}
    added = debt in verdict.counted.get("RF-CALLS-7-IN-7", ())
    counted, locked = answer(past, hour, debt)
    assert verdict.counts["RF-CALLS-7-IN-7"][debt] - added == counted
    assert ("CONVERSATION_COOLDOWN" in codes) == locked
    assert ("CALL_FREQUENCY" in codes) == (added and counted >= 7)
    assert set(NOT_CONNECTED) < set(KINDS)
