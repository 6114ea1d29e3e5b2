"""The robot's calls against telephones we did not write: Debian's sipp answers, keys and refuses, baresip talks."""

import io
import os
import wave
from array import array
from datetime import date

import pytest

from evenhand.arrangements.models import Promise
from evenhand.outreach.calls import recording_of, said_in
from evenhand.outreach.models import CallRecord, ContactEvent, Message
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.contacts import clock_at
from tests.peers.baresip_phone import BARESIP, baresip_phone
from tests.peers.sipp_phone import SIPP, sipp_phone
from tests.stories.test_calls import CHECK, NUMBER, anna, called, queued, robot

__all__ = ["anna"]

COMMAND = "WITH_SYSTEM=1 python -m pytest tests/peers"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.system,
    pytest.mark.skipif(os.environ.get("WITH_SYSTEM") != "1", reason=f"run it with {COMMAND}"),
    pytest.mark.skipif(
        SIPP is None or BARESIP is None,
        reason=f"{COMMAND}, after apt-get install sip-tester baresip-core",
    ),
]


def rung(case, tmp_path, **given):
    with clock_at(), sipp_phone(tmp_path, **given) as port:
        queued(case)
        assert called(robot(port)) == {"HANDED": 1}
    return CallRecord.objects.get()


def test_she_keys_who_she_is_and_a_day_and_the_promise_stands(anna, tmp_path):
    call = rung(anna, tmp_path, keys=f"1,{CHECK},2,1005,1")
    assert (call.outcome, call.identified, call.wish) == ("ANSWERED", True, "PROMISE")
    assert Promise.objects.get().due_on == date(2026, 10, 5)
    assert ContactEvent.objects.get().conversation_at is not None
    keys = read_keys(config().key_file)
    with wave.open(io.BytesIO(recording_of(call.message_id, keys))) as sound:
        assert sound.getnframes() > 5 * 8_000
    assert ("SHE", "••••") in said_in(call.message_id, keys)
    assert str(Message.objects.get().id) in (tmp_path / "sipp.log").read_text(), (
        "the call says which message it is"
    )


@pytest.mark.parametrize(
    ("status", "outcome", "state"),
    [
        ("486 Busy Here", "BUSY", "ENDED"),
        ("603 Decline", "REJECTED", "ENDED"),
        ("404 Not Found", "EMPTY_NUMBER", "ENDED"),
        ("480 Temporarily Unavailable", "UNANSWERED", "ENDED"),
        ("503 Service Unavailable", "", "RELEASED"),
    ],
)
def test_each_refusal_is_what_it_is_and_what_was_never_dialled_counts_for_nothing(
    anna, tmp_path, status, outcome, state
):
    call = rung(anna, tmp_path, status=status)
    assert call.outcome == outcome
    assert ContactEvent.objects.get().state == state
    assert Message.objects.get().state == ("FAILED" if outcome else "NOT_SENT")


def test_a_telephone_that_is_nobodys_script_hears_the_robot_and_is_heard(anna, tmp_path):
    with clock_at(), baresip_phone(tmp_path, number=NUMBER) as port:
        queued(anna)
        assert called(robot(port, ring_seconds=20)) == {"HANDED": 1}
    call = CallRecord.objects.get()
    assert (call.outcome, call.identified, call.wish) == ("ANSWERED", None, "")
    with wave.open(
        io.BytesIO(recording_of(call.message_id, read_keys(config().key_file)))
    ) as sound:
        both = array("h", sound.readframes(sound.getnframes()))
    assert loudest(both[0::2]) > 1_000, "what the robot said"
    assert loudest(both[1::2]) > 1_000, "the tone of her telephone"
    [heard] = (tmp_path / "baresip").glob("*-dec.wav")
    with wave.open(str(heard)) as sound:
        assert loudest(array("h", sound.readframes(sound.getnframes()))) > 1_000


def loudest(samples):
    return max(abs(sample) for sample in samples)
