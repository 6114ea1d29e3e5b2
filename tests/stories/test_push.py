"""Messages in the bank's own app: handed over once, signed both ways, and what the gateway tells changes the case."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from evenhand.adapters.push_messages.client import Push
from evenhand.adapters.push_messages.sandbox import Sandbox
from evenhand.adapters.signed import signed
from evenhand.casework.queries import point_rows
from evenhand.cycle.dispatching import dispatch, lanes
from evenhand.outreach.asked import Asked
from evenhand.outreach.channels import NotHanded
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import ContactEvent, Message, Reply
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.portfolio.models import StandingFact
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from evenhand.web.clock import clock
from tests.contacts import MORNING, clock_at
from tests.stories.test_calls import anna
from tests.stories.test_dispatch import until

__all__ = ["anna"]
pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a secret shared with the app"


@pytest.fixture
def gateway(live_server, monkeypatch):
    """The gateway to the app, which tells the site that the test serves."""
    with Sandbox(0, SECRET, "plain").serving() as found:
        for name, value in {
            "PUSH_URL": found.url,
            "PUSH_SECRET": SECRET,
            "PUBLIC_URL": live_server.url,
        }.items():
            monkeypatch.setenv(f"EVENHAND_{name}", value)
        config.cache_clear()
        yield found
    config.cache_clear()


def sent(gateway, **given):
    said = {"url": gateway.url, "secret": SECRET, "public_url": config().public_url, "demo": True}
    with lanes({"PUSH": Push(**said | given)}) as several:
        return dict(dispatch(several, keys=read_keys(config().key_file), clock=gate_now))


def queued(case):
    case.customer.refresh_from_db()
    [point] = [row.key for row in point_rows(case.customer_id) if row.kind == "MOBILE"]
    entry = Wanted(
        customer_id=case.customer_id, facts_seq=case.customer.facts_seq, request_key="tonight", not_before=MORNING,
        asked=Asked("PUSH", actor="FIRST_PARTY", point=point, purpose="REMIND", more={"disclosures": ["INSTITUTION"]}),
        expires_at=MORNING + timedelta(hours=8),
    )  # fmt: skip
    enqueue([entry], by="night", now=MORNING)


def told(said, *, secret=SECRET, at=None):
    body = json.dumps(said).encode()
    headers = signed(secret, body, at=at or clock())
    return Client().post("/channels/push/told", body, "application/json", headers=headers)


@pytest.mark.parametrize(
    ("mode", "state", "outcome"),
    [
        ("plain", "DELIVERED", "DELIVERED"),
        ("twice", "DELIVERED", "DELIVERED"),
        ("fails", "FAILED", "UNDELIVERABLE"),
    ],
)
def test_a_message_leaves_once_and_ends_as_the_gateway_tells(anna, gateway, mode, state, outcome):
    gateway.mode = mode
    with clock_at():
        queued(anna)
        assert sent(gateway) == {"HANDED": 1}
        until(state, outcome)
        assert sent(gateway) == {}
    [message] = gateway.taken
    assert message["text"].startswith("您尾号4321")
    assert "¥500.00" in message["text"]
    assert Message.objects.get().reference == "push-1"
    assert ContactEvent.objects.get().outcome == outcome


@pytest.mark.parametrize(
    ("mode", "counted"),
    [("no-app", {"NOT_SENT": 1}), ("full", {"NOT_SENT": 1, "AGAIN": 1}), ("hangs", {"UNKNOWN": 1})],
)
def test_what_the_gateway_does_not_take_is_given_back_and_what_nobody_knows_counts(
    anna, gateway, mode, counted
):
    gateway.mode = mode
    with clock_at():
        queued(anna)
        assert sent(gateway) == counted
        assert sent(gateway) == {}
    assert ContactEvent.objects.get().state == ("SENT" if mode == "hangs" else "RELEASED")


def test_who_switches_messages_off_in_the_app_gets_no_more(anna, gateway):
    gateway.mode = "silent"
    with clock_at():
        queued(anna)
        sent(gateway)
    said = {"message": str(Message.objects.get().id), "event": "opted_out"}
    assert [told(said).status_code for _ in range(2)] == [204, 204]
    [fact] = StandingFact.objects.filter(kind="OPT_OUT")
    assert fact.detail == {"media": ["PUSH"]}
    assert Reply.objects.count() == 1


def test_what_is_forged_old_or_nonsense_changes_nothing_and_is_told_why(anna, gateway):
    gateway.mode = "silent"
    with clock_at():
        queued(anna)
        sent(gateway)
    message = Message.objects.get()
    said = {"message": str(message.id), "event": "delivered"}
    assert told(said, secret="another secret of nobody").status_code == 403
    assert told(said, at=clock() - timedelta(minutes=6)).status_code == 403
    for wrong, field in (
        ({"event": "read"}, "event:"), ({"message": "x"}, "message:"), ({"reason": "because"}, "reason:"),
        ({"message": "01920000-0000-7000-8000-000000000000"}, "message:"),
    ):  # fmt: skip
        answer = told(said | wrong)
        assert (answer.status_code, answer.content.decode().startswith(field)) == (422, True)
    message.refresh_from_db()
    assert message.state == "HANDED"
    assert told(said).status_code == 204


def test_a_demo_hands_nothing_to_another_machine():
    push = Push(url="https://push.example.com", secret=SECRET, public_url="", demo=True)
    from evenhand.outreach.channels import Outgoing

    leaving = Outgoing(id=Message().id, at=clock(), to="1", text="x", language="zh")
    with pytest.raises(NotHanded, match="OUTSIDE_THIS_MACHINE"):
        push.hand(leaving)
