"""The page of a robot's call: what was said, and its recording only for those who say what they listen for."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from evenhand.journal.models import Line
from evenhand.outreach import messages_kept
from evenhand.outreach.calls import CallEnd, keep_call
from evenhand.outreach.models import MessageText
from evenhand.outreach.texts import install_texts
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.world import DAY, NOW, a_case, a_collector, a_run, a_supervisor, an_analyst

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

SOUND = b"RIFF" + bytes(range(256)) * 4
SAID = (("ROBOT", "您好，这里是示例银行"), ("SHE", "1"), ("ROBOT", "谢谢"))


@pytest.fixture
def call():
    """A call in which she promised to pay, with its recording."""
    a_run(DAY)
    case = a_case()
    install_texts(is_demo=True, now=NOW)
    keys = read_keys(config().key_file)
    making = messages_kept.Making(
        contact=uuid4(), customer_id=case.customer_id, channel="CALL", adapter="sip", point="71", language="zh",
        text_id=MessageText.objects.get(name="remind-call").id, subject="", words="提醒", parts=1,
    )  # fmt: skip
    [made] = messages_kept.make([making], keys=keys, now=NOW)
    messages_kept.became([messages_kept.Became(made.id, "DELIVERED", "PROMISE")], now=NOW)
    end = CallEnd(
        outcome="ANSWERED", started_at=NOW, answered_at=NOW, ended_at=NOW + timedelta(seconds=30), talk_seconds=28,
        identified=True, wish="PROMISE", promised_on=DAY + timedelta(days=3), said=SAID,
    )  # fmt: skip
    return keep_call(made, end, SOUND, keys=keys)[0]


def to(name, call):
    return reverse(f"workbench:{name}", args=[call.message_id])


def test_the_page_shows_what_was_said_and_wished_in_both_languages(client, call):
    client.force_login(a_supervisor())
    for language, words in (("en", "promises to pay"), ("zh-hans", "承诺还款")):
        page = client.get(to("call", call), headers={"accept-language": language}).content.decode()
        assert words in page
        assert "您好，这里是示例银行" in page
        assert "<audio" not in page
    assert to("call", call) in client.get(reverse("workbench:post")).content.decode()


def test_who_listens_says_what_for_and_it_stands_in_the_journal(client, call):
    staff = a_supervisor()
    client.force_login(staff)
    assert client.get(to("call-recording", call)).status_code == 403
    assert client.post(to("call-hear", call), {"purpose": "CURIOSITY"}).status_code == 404
    assert client.post(to("call-hear", call), {"purpose": "DISPUTE"}).status_code == 302
    assert "<audio" in client.get(to("call", call)).content.decode()
    answer = client.get(to("call-recording", call))
    assert answer.content == SOUND
    assert answer["Content-Type"] == "audio/wav"
    line = Line.objects.get(kind="RECORDING_OPENED")
    assert line.who == str(staff.id)


def test_a_player_may_ask_for_a_part(client, call):
    client.force_login(a_supervisor())
    client.post(to("call-hear", call), {"purpose": "QUALITY"})
    part = client.get(to("call-recording", call), headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, SOUND[4:8])
    assert part["Content-Range"] == f"bytes 4-7/{len(SOUND)}"
    rest = client.get(to("call-recording", call), headers={"range": "bytes=1000-"})
    assert rest.content == SOUND[1000:]
    assert (
        client.get(to("call-recording", call), headers={"range": "bytes=9999-"}).status_code == 416
    )


def test_a_purpose_stated_half_an_hour_ago_is_stated_again(client, call, monkeypatch):
    client.force_login(a_supervisor())
    client.post(to("call-hear", call), {"purpose": "QUALITY"})
    from evenhand.workbench.views import calls

    later = calls.clock() + timedelta(minutes=31)
    monkeypatch.setattr(calls, "clock", lambda: later)
    assert client.get(to("call-recording", call)).status_code == 403


@pytest.mark.parametrize("staff", [a_collector, an_analyst])
def test_others_see_and_hear_nothing(client, call, staff):
    client.force_login(staff())
    assert client.get(to("call", call)).status_code == 403
    assert client.get(to("call-recording", call)).status_code == 403
    assert client.post(to("call-hear", call), {"purpose": "QUALITY"}).status_code == 403


def test_a_call_that_never_was_is_not_found(client, call):
    client.force_login(a_supervisor())
    assert client.get(reverse("workbench:call", args=[uuid4()])).status_code == 404
