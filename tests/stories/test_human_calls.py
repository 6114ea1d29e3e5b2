"""Calls at a click: the gate judges, the PBX is asked once, and what it tells is what counts.

A collector never sees the number; a call that may have been made counts and is never made again.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from evenhand.access.actions import StaffError, set_extension
from evenhand.adapters.pbx_calls.client import Pbx
from evenhand.adapters.pbx_calls.sandbox import TALK_SECONDS, Sandbox
from evenhand.adapters.signed import signed
from evenhand.casework.models import Case
from evenhand.casework.queries import point_rows
from evenhand.journal.models import Line
from evenhand.outreach import human_calls
from evenhand.outreach.channels import Dialling, NotHanded
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import ContactEvent, HumanCall
from evenhand.runtime.config import config
from evenhand.web.clock import clock as machine_clock
from tests.bank import NOON, a_night_with, mobile
from tests.contacts import MORNING, clock_at, in_force
from tests.world import a_collector, a_hold, a_supervisor, an_analyst, an_officer

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "a secret of the exchange"
NUMBER = "13800001234"


@pytest.fixture
def pbx(live_server, monkeypatch):
    """The sandbox of the PBX; `mode` is how it behaves."""
    with Sandbox(0, SECRET, "plain").serving() as sandbox:
        monkeypatch.setenv("EVENHAND_PBX_URL", sandbox.url)
        monkeypatch.setenv("EVENHAND_PBX_SECRET", SECRET)
        monkeypatch.setenv("EVENHAND_PUBLIC_URL", live_server.url)
        config.cache_clear()
        yield sandbox


@pytest.fixture
def anna(lake_home, pbx, tmp_path):
    """Anna has owed 500.00 for twenty days, and has a mobile number."""
    config.cache_clear()
    a_night_with(tmp_path / "feeds", mobile("C1", value=NUMBER))
    in_force()
    with clock_at():
        yield Case.objects.get()


@pytest.fixture
def collector(client, anna):
    """A collector of Anna's desk with a telephone on it."""
    staff = a_collector(anna.desk)
    set_extension(name=staff.username, extension="8001", now=NOON)
    client.force_login(staff)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def point_of(case):
    return point_rows(case.customer_id)[0].key


def clicks(client, case, key=None, **given):
    form = {"request_key": key or uuid4(), "point": point_of(case)} | given
    return client.post(reverse("workbench:case-call", args=[case.id]), form, follow=True)


def until(state):
    """Wait for what the PBX tells, however busy the machine is; what never comes fails in the end."""
    for _ in range(600):
        call = HumanCall.objects.get()
        if call.state == state:
            return call
        time.sleep(0.05)
    raise AssertionError(call.state)


def tells(call, *, secret=SECRET, signed_at=None, **said):
    body = json.dumps({"call": str(call.id), **said}).encode()
    moment = signed_at or machine_clock()
    headers = signed(secret, body, at=moment)
    return Client().post(
        reverse("pbx-told"), body, content_type="application/json", headers=headers
    )


def test_a_click_rings_her_by_a_permit_and_the_lines_word_counts(collector, anna, pbx):
    page = collector.get(reverse("workbench:case", args=[anna.id])).text
    assert NUMBER not in page
    assert reverse("workbench:case-call", args=[anna.id]) in page
    answer = clicks(collector, anna)
    assert "Your telephone rings first" in answer.text
    assert NUMBER not in answer.text
    call = until("ENDED")
    [asked] = pbx.taken
    assert (asked["extension"], asked["number"], asked["announce_recording"]) == (
        "8001",
        NUMBER,
        True,
    )
    event = ContactEvent.objects.get()
    assert (event.state, event.outcome, event.talk_seconds) == ("ENDED", "ANSWERED", TALK_SECONDS)
    assert (event.actor, event.act, event.line_record["source"]) == ("FIRST_PARTY", "CALL", "PBX")
    assert asked["until"] == event.reserved_until.isoformat()
    assert (call.outcome, call.reference, len(call.recording_sha256)) == (
        "ANSWERED",
        "sandbox-1",
        64,
    )
    assert call.ringing_at <= call.answered_at <= call.ended_at
    assert Line.objects.get(kind="CALL_RECORDED").detail["sha256"] == call.recording_sha256


def test_a_refused_call_rings_nobody_and_says_every_reason(collector, anna, pbx):
    a_hold(anna.customer, reason="DISPUTE")
    answer = clicks(collector, anna)
    assert "She may not be called now" in answer.text
    assert "On hold." in answer.text
    assert pbx.taken == []
    assert ContactEvent.objects.get().state == "REFUSED"
    assert not HumanCall.objects.exists()


def test_a_double_click_is_one_call(collector, anna, pbx):
    pbx.mode, key = "silent", uuid4()
    clicks(collector, anna, key)
    clicks(collector, anna, key)
    assert len(pbx.taken) == 1
    assert HumanCall.objects.count() == ContactEvent.objects.count() == 1


def test_two_clicks_at_the_same_moment_are_one_call(collector, anna, pbx):
    pbx.mode, key = "silent", uuid4()

    def click(_):
        try:
            return clicks(collector, anna, key).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(click, range(4))) == {200}
    assert len(pbx.taken) == 1
    assert ContactEvent.objects.count() == 1


def test_a_pbx_that_is_not_there_gives_the_permit_back(collector, anna, pbx, monkeypatch):
    monkeypatch.setenv("EVENHAND_PBX_URL", "http://127.0.0.1:9")
    config.cache_clear()
    answer = clicks(collector, anna)
    assert "did not take the call (NO_CONNECTION)" in answer.text
    assert HumanCall.objects.get().state == "NOT_MADE"
    event = ContactEvent.objects.get()
    assert (event.state, event.state_reason) == ("RELEASED", "REFUSED_BY_CHANNEL")


@pytest.mark.parametrize(("mode", "code"), [("refuses", "HTTP_409"), ("full", "HTTP_503")])
def test_a_pbx_that_takes_nothing_gives_the_permit_back(collector, anna, pbx, mode, code):
    pbx.mode = mode
    assert f"did not take the call ({code})" in clicks(collector, anna).text
    assert ContactEvent.objects.get().state == "RELEASED"


def test_a_line_that_broke_after_the_request_counts_and_nothing_is_rung_again(collector, anna, pbx):
    pbx.mode, key = "hangs", uuid4()
    assert "it counts, and is not made again" in clicks(collector, anna, key).text
    clicks(collector, anna, key)
    assert len(pbx.taken) == 1
    assert HumanCall.objects.get().state == "UNKNOWN"
    assert ContactEvent.objects.get().state == "SENT"
    call = HumanCall.objects.get()
    at = MORNING.isoformat()
    assert tells(call, event="ended", outcome="BUSY", started_at=at, ended_at=at).status_code == 204
    assert HumanCall.objects.get().outcome == "BUSY", "it was made after all, and the line says how"
    assert ContactEvent.objects.get().outcome == "BUSY"


def test_an_extension_nobody_takes_up_rings_nobody_and_counts_for_nothing(collector, anna, pbx):
    pbx.mode = "nobody-here"
    clicks(collector, anna)
    assert until("NOT_MADE").reason == "EXTENSION_NOT_TAKEN_UP"
    event = ContactEvent.objects.get()
    assert (event.state, event.state_reason) == ("RELEASED", "NEVER_DIALLED")


@pytest.mark.parametrize(("mode", "outcome"), [("busy", "BUSY"), ("no-answer", "UNANSWERED")])
def test_a_call_that_reaches_nobody_ends_as_what_it_was(collector, anna, pbx, mode, outcome):
    pbx.mode = mode
    clicks(collector, anna)
    assert until("ENDED").outcome == outcome
    assert ContactEvent.objects.get().outcome == outcome


def test_what_is_told_twice_is_done_once(collector, anna, pbx):
    pbx.mode = "twice"
    clicks(collector, anna)
    until("ENDED")
    for _ in range(200):
        if len(pbx.answers) == 6:
            break
        time.sleep(0.05)
    assert pbx.answers == [204] * 6
    assert Line.objects.filter(kind="CONTACT_RESULT").count() == 1
    assert Line.objects.filter(kind="CALL_RECORDED").count() == 1


@pytest.mark.parametrize("mode", ["forged", "late"])
def test_what_is_not_signed_or_not_of_now_changes_nothing(collector, anna, pbx, mode):
    pbx.mode = mode
    clicks(collector, anna)
    until("ENDED")
    assert sorted(set(pbx.answers)) == [204, 403]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"event": "paused"}, "event: expected ringing, answered or ended"),
        ({"event": "ringing"}, "at: expected a moment such as"),
        ({"event": "ringing", "at": "2026-09-28T10:00:00"}, "at: expected a moment with its zone"),
        ({"event": "answered", "at": "2027-09-28T10:00:00+08:00"}, "at: expected a moment that is past"),
        ({"event": "ended", "outcome": "DELIVERED"}, "outcome: expected one of"),
        ({"event": "ended", "not_dialled": "no idea"}, "not_dialled: expected a code"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_by_field_and_changes_nothing(
    collector, anna, pbx, said, sentence
):
    pbx.mode = "silent"
    clicks(collector, anna)
    answer = tells(HumanCall.objects.get(), **said)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert HumanCall.objects.get().state == "HANDED"


def test_a_call_nobody_asked_for_is_not_understood(anna):
    call = type("C", (), {"id": uuid4()})
    assert tells(call, event="ringing", at=MORNING.isoformat()).status_code == 422
    assert tells(call, secret="a secret of somebody").status_code == 403
    early = machine_clock() - timedelta(minutes=6)
    assert tells(call, signed_at=early, event="ringing").status_code == 403


def test_a_call_whose_end_is_never_told_is_unknown_and_counts(collector, anna, pbx):
    pbx.mode = "silent"
    clicks(collector, anna)
    assert human_calls.left_behind(now=gate_now() + timedelta(minutes=29)) == 0
    assert human_calls.left_behind(now=gate_now() + timedelta(minutes=31)) == 1
    assert HumanCall.objects.get().state == "UNKNOWN"
    event = ContactEvent.objects.get()
    assert (event.state, event.state_reason, event.outcome) == ("ENDED", "contact.unheard", "")
    page = collector.get(reverse("workbench:contact", args=[event.id])).text
    assert "nobody told how it went; it counts" in page


def test_when_a_call_has_ended_its_result_is_asked_for(collector, anna, pbx):
    clicks(collector, anna)
    call = until("ENDED")
    panel = collector.get(reverse("workbench:calls", args=[anna.id])).text
    assert reverse("workbench:result-draft", args=[anna.id]) in panel
    assert str(call.id) in collector.get(reverse("workbench:case", args=[anna.id])).text
    collector.force_login(a_supervisor())
    assert str(call.id) not in collector.get(reverse("workbench:case", args=[anna.id])).text


def test_who_may_not_call_rings_nobody(client, anna, pbx):
    other = {"LATE", "EARLY", "MIDDLE", "CARE"} - {anna.desk}
    stranger, at_her_desk = a_collector(sorted(other)[0]), a_collector(anna.desk)
    set_extension(name=stranger.username, extension="8002", now=NOON)
    for staff, status in (
        (stranger, 404),
        (at_her_desk, 403),
        (an_analyst(), 404),
        (an_officer(), 403),
    ):
        client.force_login(staff)
        assert clicks(client, anna).status_code == status
    client.force_login(at_her_desk)
    page = client.get(reverse("workbench:case", args=[anna.id])).text
    assert reverse("workbench:case-call", args=[anna.id]) not in page
    assert pbx.taken == []
    assert not ContactEvent.objects.exists()


def test_only_who_works_cases_is_given_an_extension():
    for staff in (an_analyst(), an_officer()):
        with pytest.raises(StaffError, match="calls nobody"):
            set_extension(name=staff.username, extension="8001", now=NOON)
    with pytest.raises(StaffError, match="is no extension"):
        set_extension(name=a_collector().username, extension="8001;hangup", now=NOON)
    with pytest.raises(StaffError, match="nobody is called"):
        set_extension(name="nobody", extension="8001", now=NOON)
    staff = a_supervisor()
    for extension in ("8001", "8001", ""):
        set_extension(name=staff.username, extension=extension, now=NOON)
    staff.refresh_from_db()
    assert staff.extension == ""
    assert Line.objects.filter(kind="EXTENSION_SET").count() == 2


def test_a_number_that_is_not_hers_is_not_found(collector, anna, pbx):
    for point in ("1", "x", NUMBER):
        assert clicks(collector, anna, point=point).status_code == 404
    assert pbx.taken == []
    assert not ContactEvent.objects.exists()


def test_a_demo_rings_nobody_outside_of_this_machine(anna):
    call = human_calls.begin(
        human_calls.Begun(uuid4(), anna.customer_id, "PBX", "1", MORNING, extension="8001"),
        now=MORNING,
    )[0]
    far = Pbx(url="https://pbx.example.com", secret=SECRET, public_url="", demo=True)
    with pytest.raises(NotHanded, match="OUTSIDE_THIS_MACHINE"):
        far.ring(
            Dialling(
                id=call.id,
                at=NOON,
                permitted_at=MORNING,
                until=MORNING,
                extension="8001",
                to=NUMBER,
                language="zh-CN",
            )
        )
