"""What screens read of contacts: when an act is allowed next, what was refused and why, one contact with everything."""

from datetime import timedelta
from uuid import uuid4

import pytest

from evenhand.compliance.packs import SHIPPED
from evenhand.outreach import gate
from evenhand.outreach.asked import Asked
from evenhand.outreach.queries import (
    RefusalFilters,
    contact_rows,
    contact_view,
    customer_of,
    next_times,
    refused_rows,
    rules_in_force,
)
from evenhand.outreach.results import ended
from evenhand.outreach.rules import LineRecord
from tests.contacts import MORNING, clock_at, in_force
from tests.world import a_case, a_hold, a_line, a_person, a_standing_fact

pytestmark = pytest.mark.django_db

CALL = Asked("CALL", point="m1", place="MOBILE")
TODAY = (MORNING - timedelta(hours=12), MORNING + timedelta(hours=22))


@pytest.fixture
def clock():
    in_force((SHIPPED / "cn" / "pack.toml").read_text("utf-8"))
    with clock_at() as found:
        yield found


def ask(person, **asked):
    return gate.request_contact(
        customer_id=person.id,
        request_key=str(uuid4()),
        by="t",
        **{"act": "CALL", "point": "m1", "place": "MOBILE"} | asked,
    )


def talk(person, **asked):
    permit = gate.sent(ask(person, **asked), by="t")
    return ended(contact=permit.id, by="t", line=LineRecord("ANSWERED", "PBX", 60))


def a_debtor():
    case = a_case()
    a_line(case)
    return case.customer


def test_a_call_is_allowed_now_and_until_the_hour_that_closes(clock):
    [found] = next_times(a_debtor().id, [CALL], language="en")
    assert (found.now, found.at, found.then) == ("ALLOW", MORNING, "ALLOW")
    assert found.until == MORNING.replace(hour=14)  # 22:00 in Shanghai


def test_at_night_the_next_call_is_in_the_morning_and_the_hours_say_why(clock):
    clock.stand_at(MORNING.replace(hour=15))
    [found] = next_times(a_debtor().id, [CALL], language="en")
    tomorrow = MORNING.replace(hour=0) + timedelta(days=1)  # 08:00 in Shanghai
    assert (found.now, found.at, found.until) == ("DENY", tomorrow, tomorrow + timedelta(hours=14))
    assert [reason.rule for reason in found.reasons] == ["CN-COL-HOURS"]


def test_a_channel_that_was_opted_out_of_has_no_next_time_and_the_others_have(clock):
    person = a_debtor()
    a_standing_fact(person, from_at=MORNING - timedelta(days=1))
    text, call = next_times(person.id, [Asked("TEXT"), CALL], language="zh-hans")
    assert (text.at, call.at) == (None, MORNING)
    assert [r.decision for r in text.reasons] == ["DENY"]
    assert text.reasons[0].sentence


def test_nothing_is_reserved_or_locked_by_looking(clock):
    person = a_debtor()
    next_times(person.id, [CALL], language="en")
    assert contact_rows(person.id, since=TODAY[0], language="en") == []


def test_after_three_talks_the_refusal_says_who_made_them_and_the_view_has_the_numbers(clock):
    person = a_debtor()
    for collector, actor in (("BANK", "FIRST_PARTY"), ("X", "AGENCY"), ("X", "AGENCY")):
        talk(person, collector=collector, actor=actor)
        clock.pass_by(minutes=30)
    refused = ask(person)
    view = contact_view(refused.id, language="en")
    [reason] = view.said
    assert (reason.rule, reason.numbers["by"]) == ("CN-COL-TALK3", {"BANK": 1, "X": 2})
    assert (
        reason.sentence
        == "3 effective talks today (the bank 1, agency X 2); at most 3 are allowed."
    )
    assert "GB/T 45251-2025" in reason.instrument
    counted = {each.rule: each for each in view.counts}
    assert (counted["CN-COL-TALK3"].count, counted["CN-COL-TALK3"].max) == (4, 3)
    assert counted["CN-COL-TALK3"].by == {"BANK": 1, "X": 2}
    [again] = view.next_times
    assert again.at == MORNING.replace(hour=0) + timedelta(days=1)
    assert len(view.facts.events) == 3
    assert customer_of(refused.id) == person.id


def test_a_contact_that_is_none_is_none():
    assert (contact_view(uuid4(), language="en"), customer_of(uuid4())) == (None, None)


def refusals(**given):
    return refused_rows(RefusalFilters(*TODAY, **given), language="en")


def test_refusals_are_found_by_rule_channel_collector_decision_and_person(clock):
    held, other = a_debtor(), a_debtor()
    a_hold(held, reason="DISPUTE")
    ask(other)
    first = ask(held)
    clock.stand_at(MORNING.replace(hour=15))
    second = ask(other, collector="X", actor="AGENCY")
    clock.pass_by(seconds=1)
    third = ask(held, act="TEXT", point="")
    assert [row.id for row in refusals()] == [third.id, second.id, first.id]
    assert [row.id for row in refusals(rule="CN-COL-HOURS")] == [third.id, second.id]
    assert [row.id for row in refusals(act="TEXT")] == [third.id]
    assert [row.id for row in refusals(collector="X")] == [second.id]
    assert [row.id for row in refusals(decision="REVIEW")] == []
    assert [row.id for row in refusals(customers=(held.id,))] == [third.id, first.id]
    assert refusals(customers=()) == []
    assert refusals(rule='x" || true') == []


def test_refusals_are_paged_by_key_and_by_day(clock):
    person = a_debtor()
    a_hold(person)
    rows = []
    for _ in range(5):
        rows.insert(0, ask(person).id)
        clock.pass_by(seconds=1)
    found, after = [], ""
    while page := refused_rows(RefusalFilters(*TODAY), language="en", after=after, limit=2):
        found += [row.id for row in page]
        after = page[-1].key
    assert found == rows
    assert refused_rows(RefusalFilters(TODAY[1], TODAY[1] + timedelta(days=1)), language="en") == []
    with pytest.raises(ValueError, match=r"."):
        refused_rows(RefusalFilters(*TODAY), language="en", after="yesterday")


def test_without_a_pack_nothing_is_allowed_next_and_the_refusal_says_so():
    with clock_at():
        person = a_person()
        [found] = next_times(person.id, [CALL], language="en")
        assert (found.now, found.at) == ("DENY", None)
        refused = ask(person)
        [row] = refusals()
        view = contact_view(refused.id, language="en")
    assert [(r.code, r.pack) for r in row.reasons] == [("NO_PACK_IN_FORCE", "gate@1")]
    assert (view.said, view.packs) == (row.reasons, ())


def test_the_rules_of_the_packs_in_force_are_named(clock):
    assert "CN-COL-HOURS" in rules_in_force(MORNING)
