"""The robot's calls over real SIP, against telephones in a process of their own: keys change the case.

Nobody hears of a debt before she has shown who she is; each wish is done before anything else; every call ends as
something, is recorded, and counts once.
"""

import io
import time
import wave
from datetime import date, timedelta
from functools import partial

import pytest

from evenhand.adapters.sip_voice.client import Sip, call_terms, plan_of, tell
from evenhand.adapters.sip_voice.dialler import Dialler, Trunk
from evenhand.adapters.sip_voice.prompts import load_prompts, make_tones
from evenhand.adapters.sip_voice.talking import Waits
from evenhand.arrangements.models import Promise
from evenhand.casework.models import Case
from evenhand.casework.queries import point_rows
from evenhand.cycle.called import call_ended
from evenhand.cycle.dispatching import dispatch, lanes, waits_for_lines
from evenhand.cycle.unheard import unheard
from evenhand.outreach.asked import Asked
from evenhand.outreach.calls import CallEnd, recording_of, said_in
from evenhand.outreach.channels import NotHanded
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import CallRecord, ContactEvent, Message, Reply
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.outreach.texts import install_texts
from evenhand.payments.models import PaidClaim
from evenhand.portfolio.models import PointState, StandingFact
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.bank import NOON, a_night_with, mobile
from tests.contacts import MORNING, clock_at, in_force
from tests.telephones import telephones

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "13800001234"
CHECK = "4321"


@pytest.fixture
def anna(lake_home, tmp_path):
    """Anna has owed 500.00 for twenty days on the card that ends in 4321, and has a mobile number."""
    config.cache_clear()
    make_tones(config().home / "prompts")
    a_night_with(tmp_path / "feeds", mobile("C1", value=NUMBER))
    install_texts(is_demo=True, now=NOON)
    in_force()
    return Case.objects.get()


def robot(port, **given):
    said = {
        "user": "evenhand", "password": "", "host": "127.0.0.1", "port": port, "person": "", "lines": 4,
        "ring_seconds": 3, "waits": Waits(first_key=3, next_key=2, call=60),
    }  # fmt: skip
    dialler = Dialler(Trunk(**said | given), partial(load_prompts, config().home / "prompts"), tell)
    return Sip(dialler=dialler, host="127.0.0.1", demo=True)


def queued(case, key="tonight"):
    case.customer.refresh_from_db()
    [point] = [row.key for row in point_rows(case.customer_id) if row.kind == "MOBILE"]
    more = {"recording": True, "disclosures": ["INSTITUTION"]}
    entry = Wanted(
        customer_id=case.customer_id, facts_seq=case.customer.facts_seq, request_key=key, not_before=MORNING,
        asked=Asked("CALL", actor="ROBOT", point=point, purpose="REMIND", more=more),
        expires_at=MORNING + timedelta(hours=8),
    )  # fmt: skip
    enqueue([entry], by="night", now=MORNING)


def called(channel):
    """Take what is queued and wait until every call has ended; returns what the dispatcher counted."""
    with lanes({"CALL": channel}) as several:
        return dict(dispatch(several, keys=read_keys(config().key_file), clock=gate_now))


def rung(case, mode="answers", keys="", **given):
    """One call to Anna, whose telephone behaves so."""
    with clock_at(), telephones(mode, keys) as port:
        queued(case)
        assert called(robot(port, **given)) == {"HANDED": 1}
    return CallRecord.objects.get()


def robot_said(call):
    said = said_in(call.message_id, read_keys(config().key_file))
    return "".join(words for who, words in said if who == "ROBOT")


def test_she_shows_who_she_is_and_promises_and_the_case_waits_for_that_day(anna):
    call = rung(anna, keys=f"1,{CHECK},2,1005,1")
    assert (call.outcome, call.identified, call.wish) == ("ANSWERED", True, "PROMISE")
    promise = Promise.objects.get()
    assert (promise.amount_minor, promise.due_on) == (50_000, date(2026, 10, 5))
    message = Message.objects.get()
    assert (message.state, message.reason) == ("DELIVERED", "PROMISE")
    event = ContactEvent.objects.get()
    assert (event.state, event.outcome, event.verified) == ("ENDED", "ANSWERED", True)
    assert event.conversation_at is not None
    assert event.talk_seconds == call.talk_seconds > 3


def test_the_recording_holds_both_sides_sealed_and_the_transcript_no_keys_of_the_check(anna):
    call = rung(anna, keys=f"1,{CHECK},9")
    keys = read_keys(config().key_file)
    with wave.open(io.BytesIO(recording_of(call.message_id, keys))) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (2, 8_000)
        assert sound.getnframes() > 3 * 8_000
        frames = sound.readframes(sound.getnframes())
    assert any(frames[0::4]), "what the robot said"
    [kept] = (config().lake / "recordings").iterdir()
    assert b"RIFF" not in kept.read_bytes()
    assert "当前应还五百元，逾期开始于九月八日" in robot_said(call)
    assert CHECK not in str(said_in(call.message_id, keys))
    assert ("SHE", "••••") in said_in(call.message_id, keys)
    assert len(call.recording_sha256) == 64


def test_who_asks_for_no_more_calls_is_called_no_more(anna):
    call = rung(anna, keys="9")
    assert (call.wish, call.identified) == ("STOP", None)
    fact = StandingFact.objects.get(kind="OPT_OUT")
    assert fact.detail == {"points": [Message.objects.get().point]}, (
        "whoever answers may speak for the number"
    )


def test_her_own_wish_for_no_more_calls_is_for_every_number_of_hers(anna):
    rung(anna, keys=f"1,{CHECK},9")
    assert StandingFact.objects.get(kind="OPT_OUT").detail == {"media": ["PHONE"]}


def test_somebody_else_at_her_number_hears_nothing_of_a_debt_and_is_called_no_more(anna):
    call = rung(anna, keys="3")
    assert (call.wish, call.identified) == ("WRONG_PERSON", False)
    assert ContactEvent.objects.get().verified is False
    assert ContactEvent.objects.get().conversation_at is None
    assert "应还" not in robot_said(call)
    assert PointState.objects.get().unusable_until > gate_now()


def test_who_says_she_has_paid_is_left_in_peace_while_it_is_looked_for(anna):
    rung(anna, keys=f"1,{CHECK},1")
    assert PaidClaim.objects.get().state == "OPEN"


def test_who_asks_for_a_person_is_on_the_list_of_those_to_be_called_back(anna):
    rung(anna, keys=f"1,{CHECK},0")
    reply = Reply.objects.get()
    assert (reply.channel, reply.state, reply.customer_id) == ("CALL", "TO_READ", anna.customer_id)


@pytest.mark.parametrize(
    ("mode", "outcome", "state"),
    [
        ("busy", "BUSY", "FAILED"),
        ("no-answer", "UNANSWERED", "FAILED"),
        ("machine", "VOICEMAIL", "FAILED"),
        ("hangs-up", "ANSWERED", "DELIVERED"),
        ("silent", "ANSWERED", "DELIVERED"),
    ],
)
def test_a_call_that_finds_nobody_ends_as_what_it_was(anna, mode, outcome, state):
    call = rung(anna, mode)
    assert (call.outcome, Message.objects.get().state) == (outcome, state)
    assert (ContactEvent.objects.get().state, ContactEvent.objects.get().outcome) == (
        "ENDED",
        outcome,
    )
    assert "应还" not in robot_said(call)


def test_the_telephones_die_in_the_middle_and_the_call_still_ends(anna):
    with clock_at(), telephones("silent") as port:
        queued(anna)
        channel = robot(port, waits=Waits(first_key=20, next_key=2, call=6))
        with lanes({"CALL": channel}) as several:
            dispatch(several, keys=read_keys(config().key_file), clock=gate_now)
            time.sleep(1.5)
            assert waits_for_lines(several) is False
    call = CallRecord.objects.get()
    assert (call.outcome, call.hung_up) == ("ANSWERED", True)


def test_a_trunk_that_is_not_there_rings_nobody(anna):
    with clock_at():
        queued(anna)
        assert called(robot(9, ring_seconds=1)) == {"HANDED": 1}
    assert CallRecord.objects.get().outcome == "UNANSWERED", "nothing proves that it did not ring"


def test_missing_clips_are_found_before_anybody_is_rung(anna):
    (config().home / "prompts" / "zh-CN" / "menu.wav").unlink()
    with clock_at():
        queued(anna)
        assert called(robot(9)) == {"NOT_SENT": 1, "AGAIN": 1}
    assert Message.objects.get().reason == "NO_PROMPTS"
    assert ContactEvent.objects.get().state == "RELEASED"


def test_a_demo_calls_nobody_outside_of_this_machine(anna):
    channel = Sip(dialler=None, host="trunk.example.com", demo=True)
    with clock_at():
        queued(anna)
        assert called(channel_with_lines(channel)) == {"NOT_SENT": 1}
    assert Message.objects.get().reason == "OUTSIDE_THIS_MACHINE"


def channel_with_lines(channel):
    class Alone:
        name = "sip"
        hand = staticmethod(channel.hand)

    return Alone()


def test_who_cannot_be_asked_who_she_is_is_not_called():
    channel = Sip(dialler=None, host="127.0.0.1", demo=True)
    with pytest.raises(NotHanded, match="NO_CHECK"):
        channel.hand(type("M", (), {"about": None, "language": "zh"})())
    assert plan_of(None, "zh") is None
    assert call_terms().promise_days_max > 0


def test_the_same_end_told_twice_is_done_once(anna):
    call = rung(anna, keys=f"1,{CHECK},2,1005,1")
    end = CallEnd(outcome="ANSWERED", identified=True, wish="STOP", started_at=MORNING)
    keys = read_keys(config().key_file)
    said = {"message_id": call.message_id, "end": end, "recording": b"", "keys": keys, "now": NOON}
    assert call_ended(**said) is False
    assert not StandingFact.objects.filter(kind="OPT_OUT").exists()


def test_a_recording_that_cannot_be_written_loses_nothing_else(anna, monkeypatch):
    monkeypatch.setattr("evenhand.outreach.calls._write", full_disk)
    call = rung(anna, keys=f"1,{CHECK},9")
    assert call.recording_lost
    assert call.recording_sha256 == ""
    assert StandingFact.objects.filter(kind="OPT_OUT").exists()


def full_disk(*_):
    raise OSError(28, "No space left on device")


def test_a_call_whose_process_ended_with_it_is_unknown_and_counts(anna):
    rung(anna, "no-answer")
    CallRecord.objects.all().delete()
    Message.objects.update(state="HANDED", settled_at=None)
    assert unheard(now=MORNING + timedelta(minutes=10)) == {}
    assert unheard(now=MORNING + timedelta(hours=1)) == {"CALL": 1}
    assert Message.objects.get().state == "UNKNOWN"
