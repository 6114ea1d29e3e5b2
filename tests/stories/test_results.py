"""A collector's day: the next case that may be called, what she writes of it, and all that follows at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from evenhand.arrangements.actions import PromiseRefused
from evenhand.arrangements.models import Promise
from evenhand.casework import work
from evenhand.casework.models import AtWork, Case, ContactResult, Hold, ResultDraft
from evenhand.casework.next_rows import result_rows
from evenhand.casework.queries import point_rows
from evenhand.casework.result_codes import result_codes
from evenhand.casework.rules import Said
from evenhand.compliance.packs import SHIPPED
from evenhand.cycle.day import end_standing
from evenhand.cycle.next_case import next_case
from evenhand.cycle.queueing import queue_messages
from evenhand.cycle.resulting import ResultRefused, Typed, write_result
from evenhand.journal.models import Line
from evenhand.outreach import human_calls
from evenhand.outreach.gate import request_contact, sent
from evenhand.outreach.human_calls import Begun, CallTold, Way
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import ContactEvent
from evenhand.payments.models import PaidClaim
from evenhand.portfolio.models import PointState, StandingFact
from evenhand.portfolio.standing import ALL_OF_THEM, calls_refused
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.bank import FIRST, NOON, a_night_with, mobile
from tests.contacts import clock_at, in_force
from tests.world import a_collector, a_hold, a_standing_fact

pytestmark = pytest.mark.django_db(transaction=True)

CODES = result_codes()


@pytest.fixture
def anna(lake_home, tmp_path):
    """Anna has owed 500.00 for twenty days, and is to be called."""
    a_night_with(tmp_path / "feeds", mobile("C1"))
    in_force((SHIPPED / "cn" / "pack.toml").read_text(encoding="utf-8"))
    Case.objects.update(channel="PHONE")
    with clock_at():
        yield Case.objects.get()


@pytest.fixture
def collector(anna):
    return a_collector(anna.desk)


def a_call(case, staff, *, outcome="ANSWERED", talk_seconds=42):
    """A call of hers that has ended, as the line tells it."""
    [point] = [row.key for row in point_rows(case.customer_id)]
    permit = request_contact(
        customer_id=case.customer_id, request_key=uuid4().hex, by=str(staff.id), act="CALL", point=point,
        place="MOBILE", more={"recording": True},
    )  # fmt: skip
    begun = Begun(
        permit.id,
        case.customer_id,
        Way.PBX,
        point,
        permit.reserved_until,
        by=staff.id,
        extension="8001",
    )
    call, _ = human_calls.begin(begun, now=gate_now())
    sent(permit, by="pbx")
    told = CallTold(
        outcome=outcome, started_at=gate_now(), answered_at=gate_now(), ended_at=gate_now(), talk_seconds=talk_seconds,
    )  # fmt: skip
    human_calls.ended(call, told, now=gate_now())
    call.refresh_from_db()
    return call


def writes(case, staff, said, *, key=None, **typed):
    return write_result(
        case_id=case.id, typed=Typed(said=said, **typed), by=staff.id, request_key=key or uuid4(), now=NOON, on=FIRST
    )  # fmt: skip


def said(talk, **given):
    in_person = {"act": "CALL_IN", "line": "ANSWERED", "who": "HERSELF", "talk": talk}
    talked = CODES.talks[talk]
    follows = {"next": talked.next[0], "reason": "JOB_LOST" if talked.reason == "ASKED" else ""}
    if follows["next"] in CODES.after_days:
        follows["next_on"] = FIRST + timedelta(days=2)
    return Said(**in_person | follows | given)


def promised(**given):
    return said("PROMISED", amount_minor=50_000, pays_on=FIRST + timedelta(days=3))._replace(
        **given
    )


def test_a_promise_its_call_and_the_next_step_are_one_result(anna, collector):
    call = a_call(anna, collector)
    work.take(case_id=anna.id, staff=collector.id, codes=CODES, now=NOON)
    row = writes(
        anna, collector, promised(act="CALL_OUT"), call_id=call.id, note="周五发工资后还清"
    )
    promise = Promise.objects.get()
    assert (promise.amount_minor, promise.due_on) == (50_000, FIRST + timedelta(days=3))
    event = ContactEvent.objects.get()
    assert (event.outcome, event.verified, event.contradiction) == ("CONVERSATION", True, False)
    anna.refresh_from_db()
    assert (anna.next_act, anna.next_on, anna.worked_on) == (
        "WAIT_FOR_MONEY",
        FIRST + timedelta(days=2),
        FIRST,
    )
    assert anna.promise == "OPEN"
    assert not AtWork.objects.exists()
    assert b"\xe5\x91\xa8\xe4\xba\x94" not in bytes(row.note)
    [shown] = result_rows(anna.id)
    assert (shown.talk, shown.note) == ("PROMISED", "周五发工资后还清")
    line = Line.objects.get(kind="RESULT_WRITTEN")
    assert (line.who, line.why, line.detail["talk"]) == (
        str(collector.id),
        str(call.contact),
        "PROMISED",
    )
    assert "周五" not in str(line.detail)


def test_the_same_sent_twice_is_written_once_and_another_under_its_key_is_refused(anna, collector):
    key = uuid4()
    first = writes(anna, collector, promised(), key=key)
    assert writes(anna, collector, promised(), key=key).id == first.id
    with pytest.raises(work.ResultKeyReused):
        writes(anna, collector, promised(amount_minor=1), key=key)
    assert (ContactResult.objects.count(), Promise.objects.count()) == (1, 1)


def test_two_clicks_at_the_same_moment_write_one_result(anna, collector):
    key = uuid4()

    def click(_):
        try:
            return writes(anna, collector, promised(), key=key).id
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as several:
        assert len(set(several.map(click, range(4)))) == 1
    assert (ContactResult.objects.count(), Promise.objects.count()) == (1, 1)


def test_a_promise_that_is_refused_leaves_nothing_written(anna, collector):
    with pytest.raises(PromiseRefused):
        writes(anna, collector, promised(pays_on=FIRST - timedelta(days=3)))
    assert not ContactResult.objects.exists()
    anna.refresh_from_db()
    assert anna.worked_on is None


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        ("DISPUTES", "DISPUTE"), ("COMPLAINS", "COMPLAINT"), ("HARDSHIP", "HARDSHIP"), ("FRAUD", "FRAUD"),
        ("UNWELL", "ILLNESS"),
    ],
)  # fmt: skip
def test_what_she_says_rests_all_contact_at_once_and_is_looked_at_again(
    anna, collector, talk, reason
):
    writes(anna, collector, said(talk))
    hold = Hold.objects.get()
    assert (hold.reason, hold.effects, hold.placed_by_id) == (reason, ["CONTACT"], collector.id)
    assert hold.review_on == FIRST + timedelta(days=CODES.talks[talk].rests_days)
    asked = request_contact(
        customer_id=anna.customer_id,
        request_key="after",
        by="t",
        act="CALL",
        point="m1",
        more={"recording": True},
    )
    assert not asked.allowed
    writes(anna, collector, said(talk))
    assert Hold.objects.count() == 1


def test_a_stop_a_payment_and_a_wrong_number_do_what_they_say(anna, collector):
    writes(anna, collector, said("STOP"))
    assert StandingFact.objects.get(kind="OPT_OUT").detail == {"media": ["PHONE"]}
    writes(anna, collector, said("SAYS_PAID"))
    assert PaidClaim.objects.get().customer_id == anna.customer_id


def test_who_wants_no_calls_is_offered_to_nobody_and_called_by_no_robot(anna, collector):
    Case.objects.update(treatment="CALL", tone="GENTLE")
    night = {"zone": ZoneInfo("Asia/Shanghai"), "by": "night", "now": gate_now()}
    assert queue_messages(on=FIRST, **night) == 1
    assert next_case(collector, on=FIRST, now=gate_now()).case_id == anna.id
    writes(anna, collector, said("STOP"))
    later = {"on": FIRST + timedelta(days=1), "now": gate_now()}
    Case.objects.update(next_act="", next_on=None, treatment="CALL", tone="GENTLE", channel="PHONE")
    offered = next_case(collector, **later)
    assert (offered.case_id, offered.passed) == (None, 0)
    assert queue_messages(on=FIRST + timedelta(days=1), **night) == 0
    end_standing(
        fact_id=StandingFact.objects.get().id, by=None, reason="she asked for it", now=gate_now()
    )
    Case.objects.update(treatment="CALL", tone="GENTLE", channel="PHONE")
    assert next_case(collector, **later).case_id == anna.id


def test_a_wish_about_one_number_leaves_the_others(anna):
    for points, refused in (
        (["7"], {"7"}),
        (["8"], {"7", "8"}),
        (None, ALL_OF_THEM),
        (["9"], ALL_OF_THEM),
    ):
        detail = {"media": ["PHONE"]} | ({"points": points} if points else {})
        a_standing_fact(anna.customer, detail=detail, from_at=NOON)
        assert calls_refused(now=NOON) == {anna.customer_id: refused}
    assert calls_refused(now=NOON - timedelta(days=1)) == {}


def test_a_number_that_is_not_hers_is_left_alone(anna, collector):
    call = a_call(anna, collector)
    wrong = said("WRONG_NUMBER", act="CALL_OUT", who="SOMEBODY_ELSE")
    writes(anna, collector, wrong, call_id=call.id)
    assert PointState.objects.get().reason == "WRONG_PERSON"
    assert next_case(collector, on=FIRST + timedelta(days=1), now=NOON).case_id is None


def test_what_is_typed_against_the_line_counts_as_the_stricter_and_is_looked_at(anna, collector):
    call = a_call(anna, collector, outcome="ANSWERED", talk_seconds=65)
    nobody = Said("CALL_OUT", "NO_ANSWER", next="CALL", next_on=FIRST + timedelta(days=1))
    writes(anna, collector, nobody, call_id=call.id)
    event = ContactEvent.objects.get()
    assert (event.outcome, event.contradiction) == ("ANSWERED", True)
    with pytest.raises(ResultRefused, match="call TOLD_OTHERWISE"):
        writes(anna, collector, promised(act="CALL_OUT"), call_id=call.id)


def test_nobody_writes_of_a_call_that_our_line_did_not_make_or_another_made(anna, collector):
    other = a_collector(anna.desk)
    call = a_call(anna, other)
    for call_id in (None, call.id, uuid4()):
        with pytest.raises(ResultRefused, match="act NO_CALL"):
            writes(anna, collector, promised(act="CALL_OUT"), call_id=call_id)
    assert not ContactResult.objects.exists()


def test_words_the_linter_minds_are_kept_with_the_note_and_refuse_nothing(anna, collector):
    row = writes(anna, collector, said("EXPLAINED"), note="不还就把你抓起来坐牢")
    assert row.note_findings
    assert Line.objects.get(kind="RESULT_WRITTEN").detail["note_findings"] == row.note_findings


def test_the_next_case_is_held_for_one_person_until_she_is_done(anna, collector):
    other = a_collector(anna.desk)
    assert next_case(collector, on=FIRST, now=NOON).case_id == anna.id
    assert next_case(collector, on=FIRST, now=NOON).case_id == anna.id
    assert next_case(other, on=FIRST, now=NOON).case_id is None
    with pytest.raises(work.InOtherHands, match=collector.username):
        writes(anna, other, promised())
    later = NOON + timedelta(minutes=CODES.idle_minutes + 1)
    assert next_case(other, on=FIRST, now=later).case_id == anna.id


def test_two_who_ask_at_once_are_not_given_the_same_case(anna, collector):
    staff = [collector, a_collector(anna.desk), a_collector(anna.desk)]

    def asks(one):
        try:
            return next_case(one, on=FIRST, now=NOON).case_id
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as several:
        found = list(several.map(asks, staff))
    assert sorted(found, key=str) == sorted([anna.id, None, None], key=str)


def test_nobody_is_offered_whom_the_gate_would_refuse_now(anna, collector):
    with clock_at(gate_now() + timedelta(hours=14)):  # midnight in Shanghai
        offered = next_case(collector, on=FIRST, now=NOON)
    assert (offered.case_id, offered.passed) == (None, 1)
    assert offered.opens_at is not None
    a_hold(anna.customer)
    assert next_case(collector, on=FIRST, now=NOON).passed == 0


def test_a_case_comes_again_on_its_day_and_not_before(anna, collector):
    writes(anna, collector, said("LATER", next_on=FIRST + timedelta(days=2)))
    days = [next_case(collector, on=FIRST + timedelta(days=n), now=NOON).case_id for n in range(3)]
    assert days == [None, None, anna.id]


def test_who_is_of_another_desk_or_not_its_owner_is_offered_nothing(anna, collector):
    elsewhere = a_collector("LATE")
    assert next_case(elsewhere, on=FIRST, now=NOON).case_id is None
    Case.objects.update(owner=elsewhere)
    assert next_case(collector, on=FIRST, now=NOON).case_id is None
    assert next_case(elsewhere, on=FIRST, now=NOON).case_id == anna.id


def test_a_draft_is_sealed_hers_alone_and_gone_when_the_result_is_written(anna, collector):
    keys = read_keys(config().key_file)
    typed = {"note": "她说周五", "act": "CALL_IN"}
    work.keep_draft(case_id=anna.id, staff=collector.id, typed=typed, keys=keys, now=NOON)
    assert "周五".encode() not in bytes(ResultDraft.objects.get().typed)
    assert work.draft_of(anna.id, collector.id, keys) == typed
    assert work.draft_of(anna.id, a_collector(anna.desk).id, keys) == {}
    writes(anna, collector, said("EXPLAINED"))
    assert not ResultDraft.objects.exists()
