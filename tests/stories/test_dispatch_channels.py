"""Channels that fail, slow down or misbehave, and what people who agreed something are told instead of their debt."""

import threading
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from evenhand.arrangements.models import Promise
from evenhand.casework.models import Case
from evenhand.casework.queries import point_rows
from evenhand.cycle.dispatching import dispatch, lanes, receipt_came
from evenhand.cycle.queueing import queue_messages
from evenhand.outreach import messages_kept
from evenhand.outreach.asked import Asked
from evenhand.outreach.audit import audit_contacts
from evenhand.outreach.channels import NotHanded
from evenhand.outreach.guard import channel_terms
from evenhand.outreach.health import health_rows
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import ContactEvent, ContactQueue, Message
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.outreach.texts import install_texts
from evenhand.portfolio.models import PointState
from evenhand.rulebook.packs import shipped_content
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.bank import FIRST, NOON, Bank, account, customer, mobile, statement
from tests.contacts import MORNING, clock_at, in_force
from tests.world import a_promise

pytestmark = pytest.mark.django_db(transaction=True)

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT_ONCE = channel_terms()["TEXT"].at_once
PEOPLE = AT_ONCE + 4


class Scripted:
    """A channel that does what it is told, and remembers what it took."""

    name = "scripted"

    def __init__(self, failing=None):
        self.failing, self.taken, self.asked, self.lock = failing, [], 0, threading.Lock()

    def hand(self, message):
        with self.lock:
            self.asked += 1
            if self.failing is not None:
                raise self.failing
            self.taken.append(message)
        return f"ref-{message.id}"


def a_bank_of(people, tmp_path, cards=1, number="1380000{}00"):
    config.cache_clear()
    bank, refs = Bank(tmp_path / "feeds"), [f"C{number:02}" for number in range(people)]
    due = FIRST - timedelta(days=20)
    owned = [(ref, f"{ref}-{card}", f"{card}{ref[1:]}0") for ref in refs for card in range(cards)]
    bank.sends(
        FIRST,
        customers=[customer(ref) for ref in refs],
        contact_points=[mobile(ref, value=number.format(ref[1:])) for ref in refs],
        accounts=[account(name, ref, card_tail=tail) for ref, name, tail in owned],
        statements=[
            statement(name, ref, (due - timedelta(days=25)).isoformat(), due.isoformat(), "500.00")
            for ref, name, _ in owned
        ],
    )
    bank.night(FIRST)
    install_texts(is_demo=True, now=NOON)
    in_force()


def queued(act="TEXT", key="tonight"):
    for case in Case.objects.select_related("customer"):
        [point] = [row.key for row in point_rows(case.customer_id) if row.kind == "MOBILE"]
        entry = Wanted(
            customer_id=case.customer_id, facts_seq=case.customer.facts_seq,
            asked=Asked(act, point=point, purpose="REMIND"), request_key=f"{key} {case.customer_id}",
            not_before=MORNING, expires_at=MORNING + timedelta(hours=8),
        )  # fmt: skip
        enqueue([entry], by="night", now=MORNING)


def dispatched(several, at=0.0):
    return dict(
        dispatch(several, keys=read_keys(config().key_file), clock=gate_now, seconds=lambda: at)
    )


def test_what_the_channel_cannot_take_now_is_tried_again_later_and_not_for_ever(
    lake_home, tmp_path
):
    a_bank_of(1, tmp_path)
    channel = Scripted(NotHanded("HTTP_503", again=True))
    with clock_at() as clock, lanes({"TEXT": channel}) as several:
        queued()
        assert dispatched(several) == {"NOT_SENT": 1, "AGAIN": 1}
        assert dispatched(several) == {}, "not at once"
        clock.pass_by(minutes=2)
        assert dispatched(several) == {"NOT_SENT": 1, "AGAIN": 1}
        clock.pass_by(minutes=10)
        assert dispatched(several) == {"NOT_SENT": 1}, "three tries are enough"
        clock.pass_by(hours=1)
        assert dispatched(several) == {}
    assert set(ContactEvent.objects.values_list("state", flat=True)) == {"RELEASED"}


def test_a_channel_that_fails_is_left_alone_and_everybody_is_written_to_once_when_it_is_back(
    lake_home, tmp_path
):
    a_bank_of(PEOPLE, tmp_path)
    channel = Scripted(NotHanded("NO_CONNECTION", again=True))
    with clock_at() as clock, lanes({"TEXT": channel}) as several:
        queued()
        counted = dispatched(several)
        assert counted == {"NOT_SENT": PEOPLE, "AGAIN": PEOPLE}
        assert channel.asked == AT_ONCE, (
            "the first that were handed side by side, and nobody after them"
        )
        assert [row.rests for row in health_rows()] == [True]
        clock.pass_by(minutes=2)
        assert dispatched(several, at=1) == {}, "it is not asked while it rests"
        channel.failing = None
        assert dispatched(several, at=60) == {"HANDED": 1}, "it is tried with one"
        assert dispatched(several, at=61) == {"HANDED": PEOPLE - 1}
        assert [row.rests for row in health_rows()] == [False]
    assert len({message.to for message in channel.taken}) == len(channel.taken) == PEOPLE


@pytest.mark.parametrize(
    ("jump", "counted", "state"),
    [
        (timedelta(hours=3), {"NOT_SENT": 1}, "LAPSED"),  # a permit is good for minutes
        (timedelta(minutes=1), {"HANDED": 1}, "SENT"),
        (-timedelta(hours=1), {"HANDED": 1}, "SENT"),
        (-timedelta(hours=5), {"NOT_SENT": 1}, "LAPSED"),  # it is five in the morning now
    ],
)
def test_a_clock_that_jumps_before_the_hand_over_sends_nothing_late_and_nothing_twice(
    lake_home, tmp_path, monkeypatch, jump, counted, state
):
    a_bank_of(1, tmp_path)
    in_force(shipped_content("cn").decode())
    channel, make = Scripted(), messages_kept.make
    with clock_at() as clock, lanes({"TEXT": channel}) as several:
        queued()

        def made(*given, **named):
            clock.stand_at(clock.now + jump)
            return make(*given, **named)

        monkeypatch.setattr("evenhand.cycle.dispatching.messages_kept.make", made)
        assert dispatched(several) == counted
        assert dispatched(several) == {}
        clock.stand_at(MORNING + timedelta(minutes=3))
        assert dispatched(several) == {}
        event = ContactEvent.objects.get()
        assert event.state == state
        assert event.sent_at is None or event.sent_at >= event.at
        if state == "SENT":
            clock.stand_at(MORNING - timedelta(minutes=30))  # and jumps again before the receipt
            [message] = Message.objects.all()
            assert receipt_came(
                message_id=message.id, status="DELIVERED", reason="", now=gate_now()
            )
            event.refresh_from_db()
            assert (event.outcome, event.contradiction) == ("DELIVERED", False)
        found = audit_contacts(since=MORNING - timedelta(days=1), until=MORNING + timedelta(days=1))
        assert dict(found.counts) == {}
    assert len(channel.taken) == counted.get("HANDED", 0)


def test_a_fault_of_an_adapter_leaves_open_what_it_did_and_nothing_is_sent_again(
    lake_home, tmp_path
):
    a_bank_of(1, tmp_path)
    channel = Scripted(ZeroDivisionError())
    with clock_at() as clock, lanes({"TEXT": channel}) as several:
        queued()
        assert dispatched(several) == {"UNKNOWN": 1}
        clock.pass_by(hours=1)
        assert dispatched(several) == {}
    assert Message.objects.get().reason == "CHANNEL_FAULT"


def test_what_another_channel_serves_is_left_for_it(lake_home, tmp_path):
    a_bank_of(1, tmp_path)
    with clock_at(), lanes({"TEXT": Scripted()}) as several:
        queued("EMAIL", "mail")
        assert dispatched(several) == {}
        assert ContactQueue.objects.get().state == "QUEUED"


def test_who_owes_on_several_cards_gets_one_message_about_all_of_them(lake_home, tmp_path):
    a_bank_of(1, tmp_path, cards=2)
    channel = Scripted()
    with clock_at(), lanes({"TEXT": channel}) as several:
        queued()
        assert dispatched(several) == {"HANDED": 1}
    [message] = channel.taken
    assert "等2张信用卡" in message.text
    assert "¥1,000.00" in message.text


def test_who_promised_is_reminded_of_the_promise_the_day_before_and_of_nothing_else(
    lake_home, tmp_path
):
    a_bank_of(1, tmp_path)
    person, channel = Case.objects.get().customer, Scripted()
    a_promise(person, amount_minor=30_000, due_on=FIRST + timedelta(days=1))
    Case.objects.update(treatment="WAIT", channel="NONE")
    said = {"on": FIRST, "zone": SHANGHAI, "by": "night", "now": MORNING}
    with clock_at() as clock, lanes({"TEXT": channel}) as several:
        assert queue_messages(**said) == 1
        assert queue_messages(**said) == 0
        clock.pass_by(seconds=1)
        assert dispatched(several) == {"HANDED": 1}
    [message] = channel.taken
    assert "¥300.00" in message.text
    assert "2026年9月29日" in message.text
    assert "500.00" not in message.text


def test_a_promise_that_is_withdrawn_takes_its_reminder_back(lake_home, tmp_path):
    a_bank_of(1, tmp_path)
    person, channel = Case.objects.get().customer, Scripted()
    promise = a_promise(person, amount_minor=30_000, due_on=FIRST + timedelta(days=1))
    Case.objects.update(treatment="WAIT", channel="NONE")
    with clock_at(), lanes({"TEXT": channel}) as several:
        queue_messages(on=FIRST, zone=SHANGHAI, by="night", now=MORNING)
        Promise.objects.filter(id=promise.id).update(state="WITHDRAWN", settled_on=FIRST)
        person.facts_seq += 1
        person.save(update_fields=["facts_seq"])
        assert dispatched(several) == {}
    assert ContactQueue.objects.get().state_reason == "contact.facts-changed"


def test_what_is_no_number_is_not_written_to_and_asked_for_no_more(lake_home, tmp_path):
    a_bank_of(1, tmp_path, number="1380000{}")
    channel = Scripted()
    with clock_at(), lanes({"TEXT": channel}) as several:
        queued()
        assert dispatched(several) == {"NOT_SENT": 1}
        assert ContactEvent.objects.get().state == "RELEASED"
        assert PointState.objects.get().reason == "NOT_A_NUMBER"
        said = {"on": FIRST, "zone": SHANGHAI, "by": "night", "now": MORNING + timedelta(hours=1)}
        Case.objects.update(treatment="REMIND", channel="SMS")
        assert queue_messages(**said) == 0
    assert channel.taken == []
