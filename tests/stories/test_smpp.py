"""Text messages straight to a message centre: every part has its receipt, and nothing leaves twice or is lost."""

import asyncio
import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat

from evenhand.adapters.smpp_sms import link, wire
from evenhand.adapters.smpp_sms.client import Smpp, link_to, of_settings
from evenhand.adapters.smpp_sms.session import Centre as Where
from evenhand.casework.models import Case
from evenhand.cycle import in_parts
from evenhand.cycle.dispatching import dispatch, lanes
from evenhand.kernel.ids import uuid7
from evenhand.outreach.channels import NotHanded, Outgoing, channels
from evenhand.outreach.health import health_rows
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import (
    ContactEvent,
    Message,
    MessagePart,
    MessageText,
    Reply,
    ReplyPart,
)
from evenhand.portfolio.models import StandingFact
from evenhand.runtime.config import config
from evenhand.runtime.keys import new_keys, read_keys
from tests.contacts import MORNING, clock_at
from tests.smsc import centre as message_centre
from tests.smsc import free_port
from tests.stories.test_dispatch_channels import a_bank_of, queued

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER, OTHER = "13800000000", "13800000100"
PASSWORD = "secret12"


def people(count, tmp_path):
    """People whose reminders are in Chinese and take three parts each."""
    a_bank_of(count, tmp_path)
    more = Value("本行以本条短信为准，如您已还款请忽略。" * 6)
    MessageText.objects.filter(channel="TEXT").update(zh=Concat("zh", more))


@pytest.fixture
def centre():
    """The message centre at the other end."""
    with message_centre() as found:
        yield found


@pytest.fixture
def anna(lake_home, tmp_path):
    """Anna, whose reminder is in Chinese and takes several parts."""
    people(1, tmp_path)
    return Case.objects.get()


def smpp(port, *, window=10, host="127.0.0.1", demo=True):
    where = Where(host=host, port=port, user="evenhand", password=PASSWORD, tls=None, window=window)
    return Smpp(link=link_to(where), host=host, sender="95500", demo=demo)


@contextmanager
def sending(centre, **given):
    """A dispatcher with its session bound."""
    with clock_at() as clock, lanes({"TEXT": smpp(centre.port, **given)}) as several:
        assert centre.bound.wait(10)
        yield Dispatcher(several, clock)


class Dispatcher:
    """Sends what is queued."""

    def __init__(self, several, clock):
        self.several, self.clock = several, clock
        self.link = several[0].channel.link

    def sends(self):
        return dict(dispatch(self.several, keys=read_keys(config().key_file), clock=gate_now))

    def sends_beside(self):
        """The same in a thread; returns its end to come."""

        def work():
            try:
                return self.sends()
            finally:
                connection.close()

        threads = ThreadPoolExecutor(1)
        found = threads.submit(work)
        threads.shutdown(wait=False)
        return found


def until(true, seconds=20):
    for _ in range(seconds * 20):
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


def state():
    return Message.objects.get().state


def states():
    return list(MessagePart.objects.order_by("number").values_list("state", flat=True))


def outgoing(text, to=NUMBER):
    return Outgoing(id=uuid7(), at=MORNING, to=to, text=text, language="zh-CN")


def test_a_long_reminder_leaves_in_parts_and_has_arrived_when_all_of_them_have(anna, centre):
    centre.says = ""
    with sending(centre) as dispatcher:
        queued()
        assert dispatcher.sends() == {"HANDED": 1}
        parts = Message.objects.get().parts
        assert parts == len(centre.taken) > 1
        for number in range(1, parts):
            centre.says_of(str(number), NUMBER, "DELIVRD")
            assert state() == "HANDED", "a part of it is still on its way"
        centre.says_of(str(parts), NUMBER, "DELIVRD")
        assert state() == "DELIVERED"
    words = "".join(centre.texts())
    assert words.startswith("【")
    assert "¥500.00" in words
    assert {one.destination_addr for one in centre.taken} == {NUMBER}
    assert {one.source_addr for one in centre.taken} == {"95500"}
    assert states() == ["DELIVERED"] * parts
    assert ContactEvent.objects.get().outcome == "DELIVERED"


@pytest.mark.parametrize(
    ("stat", "became", "outcome"),
    [
        ("UNDELIV", "FAILED", "UNDELIVERABLE"),
        ("REJECTD", "FAILED", "UNDELIVERABLE"),
        ("DELETED", "FAILED", "UNDELIVERABLE"),
        ("EXPIRED", "EXPIRED", "UNDELIVERABLE"),
        ("UNKNOWN", "HANDED", None),
        ("ACCEPTD", "HANDED", None),
        ("NONSENSE", "HANDED", None),
    ],
)
def test_one_part_that_did_not_arrive_decides_and_what_the_centre_does_not_know_decides_nothing(
    anna, centre, stat, became, outcome
):
    centre.says = ""
    with sending(centre) as dispatcher:
        queued()
        dispatcher.sends()
        assert centre.says_of("1", NUMBER, "DELIVRD") == 0
        assert centre.says_of("2", NUMBER, stat) == 0
        assert state() == became
    assert (ContactEvent.objects.get().outcome or None) == outcome


def test_a_receipt_that_comes_before_the_answer_is_kept_for_it(anna, centre):
    centre.says, centre.holds = "", True
    with sending(centre) as dispatcher:
        queued()
        going = dispatcher.sends_beside()
        until(lambda: centre.held)
        centre.says_of("1", NUMBER, "DELIVRD")
        assert MessagePart.objects.get().message_id is None
        centre.answers()
        assert going.result(20) == {"HANDED": 1}
        for number in range(2, Message.objects.get().parts + 1):
            centre.says_of(str(number), NUMBER, "DELIVRD")
        assert state() == "DELIVERED"


def test_the_same_receipt_twice_and_another_after_it_change_nothing(anna, centre):
    centre.says = ""
    with sending(centre) as dispatcher:
        queued()
        dispatcher.sends()
        parts = Message.objects.get().parts
        for number in [*range(1, parts + 1), 1, 2]:
            assert centre.says_of(str(number), NUMBER, "DELIVRD") == 0
        assert centre.says_of("1", NUMBER, "UNDELIV") == 0
        assert state() == "DELIVERED"
    assert states() == ["DELIVERED"] * parts


def test_a_receipt_of_nobodys_message_is_kept_and_changes_nothing(anna, centre):
    centre.says = ""
    with sending(centre) as dispatcher:
        queued()
        dispatcher.sends()
        assert centre.says_of("4711", NUMBER, "DELIVRD") == 0
        assert state() == "HANDED"
    kept = MessagePart.objects.get(reference="4711")
    assert (kept.message_id, kept.state) == (None, "DELIVERED")


def test_a_receipt_that_comes_to_another_process_days_later_is_found(anna, centre):
    centre.says = ""
    with sending(centre) as dispatcher:
        queued()
        dispatcher.sends()
    with sending(centre) as dispatcher:
        dispatcher.clock.pass_by(hours=50)
        for number in range(1, Message.objects.get().parts + 1):
            centre.says_of(str(number), NUMBER, "DELIVRD", in_tag=False)
        assert state() == "DELIVERED"


def test_a_centre_that_writes_its_numbers_one_way_and_then_the_other_is_understood(
    lake_home, tmp_path, centre
):
    """Its answers say 10, 11 and 12 in hexadecimal; its receipts say 16, 17 and 18, which others were answered."""
    people(2, tmp_path)
    centre.says = ""
    with sending(centre) as dispatcher:
        queued()
        assert dispatcher.sends() == {"HANDED": 2}
        for first, number in ((10, NUMBER), (16, OTHER)):
            for part in parts_to(centre, number):
                MessagePart.objects.filter(reference=part.reference).update(
                    reference=f"was {part.reference}"
                )
            rows = MessagePart.objects.filter(reference__startswith="was ")
            for name, row in enumerate(rows.order_by("number"), first):
                MessagePart.objects.filter(id=row.id).update(reference=str(name))
        for name in ("16", "17", "18"):
            centre.says_of(name, NUMBER, "DELIVRD")
    arrived = MessagePart.objects.filter(state="DELIVERED")
    assert set(arrived.values_list("reference", flat=True)) == {"10", "11", "12"}
    assert sorted(Message.objects.values_list("state", flat=True)) == ["DELIVERED", "HANDED"]


def parts_to(centre, number):
    """The parts the centre took for a number, as they are kept."""
    names = [str(n) for n, one in enumerate(centre.taken, 1) if one.destination_addr == number]
    return list(MessagePart.objects.filter(reference__in=names).order_by("number"))


def test_a_centre_that_dies_before_it_answers_leaves_it_unknown_and_nothing_is_sent_twice(
    anna, centre
):
    centre.says, centre.holds = "", True
    with sending(centre) as dispatcher:
        queued()
        going = dispatcher.sends_beside()
        until(lambda: centre.held)
        centre.cut()
        assert going.result(20) == {"UNKNOWN": 1}
        centre.holds = False
        centre.comes_back()
        until(centre.bound.is_set)
        dispatcher.clock.pass_by(minutes=10)
        assert dispatcher.sends() == {}
    assert len(centre.taken) == 1
    assert Message.objects.get().reason == "LINE_BROKE"


def test_a_centre_that_was_away_is_bound_again_and_the_rest_is_sent(lake_home, tmp_path, centre):
    people(3, tmp_path)
    with sending(centre) as dispatcher:
        centre.cut()
        until(lambda: dispatcher.link.trouble)
        queued()
        for _ in range(8):
            assert dispatcher.sends() == {}, "nobody is taken from the queue while the line is down"
        [row] = health_rows()
        assert (row.name, row.rests) == ("smpp", True)
        assert row.reason in {"LINE_BROKE", "NO_CONNECTION"}
        centre.comes_back()
        until(lambda: not dispatcher.link.trouble)
        assert dispatcher.sends() == {"HANDED": 3}
        until(lambda: Message.objects.filter(state="DELIVERED").count() == 3)
        assert [row.rests for row in health_rows()] == [False]
    assert Message.objects.count() == 3


@pytest.mark.parametrize("status", [wire.QUEUE_FULL, wire.THROTTLED])
def test_a_centre_that_is_full_takes_it_later(anna, centre, status):
    centre.refuses, centre.refuses_by = 1, status
    with sending(centre) as dispatcher:
        queued()
        assert dispatcher.sends() == {"NOT_SENT": 1, "AGAIN": 1}
        assert centre.taken == []
        dispatcher.clock.pass_by(minutes=2)
        assert dispatcher.sends() == {"HANDED": 1}
        until(lambda: Message.objects.filter(state="DELIVERED").exists())
    assert set(ContactEvent.objects.values_list("state", flat=True)) == {"RELEASED", "ENDED"}


def test_what_the_centre_refuses_for_good_is_not_tried_again(anna, centre):
    centre.refuses, centre.refuses_by = 1, 0x0B  # no such address
    with sending(centre) as dispatcher:
        queued()
        assert dispatcher.sends() == {"NOT_SENT": 1}
        dispatcher.clock.pass_by(hours=1)
        assert dispatcher.sends() == {}
    assert centre.taken == []
    assert ContactEvent.objects.get().state == "RELEASED"


def test_a_later_part_that_finds_the_centre_full_is_tried_again_at_once(anna, centre):
    centre.refuses, centre.takes_first = 2, 1
    with sending(centre) as dispatcher:
        queued()
        assert dispatcher.sends() == {"HANDED": 1}
        until(lambda: state() == "DELIVERED")
    assert len(centre.taken) == Message.objects.get().parts


def test_half_a_message_is_unknown_counts_as_a_contact_and_is_never_sent_again(anna, centre):
    """She may have read the part that was taken: it cannot be given back, and cannot have arrived."""
    centre.refuses, centre.takes_first, centre.refuses_by = 9, 1, 0x0B
    with sending(centre) as dispatcher:
        queued()
        assert dispatcher.sends() == {"UNKNOWN": 1}
        until(lambda: states() == ["DELIVERED"])
        dispatcher.clock.pass_by(hours=1)
        assert dispatcher.sends() == {}
    message = Message.objects.get()
    assert (message.state, message.reason) == ("UNKNOWN", "PART_2_SMPP_0000000B")
    assert ContactEvent.objects.get().state == "SENT"


def test_no_more_parts_wait_for_an_answer_than_the_window_is_wide(lake_home, tmp_path, centre):
    people(5, tmp_path)
    centre.says, centre.holds = "", True
    with sending(centre, window=2) as dispatcher:
        queued()
        going = dispatcher.sends_beside()
        until(lambda: len(centre.held) == 2)
        time.sleep(0.5)
        assert len(centre.taken) == 2
        centre.answers()
        assert going.result(30) == {"HANDED": 5}


def test_an_answer_that_stops_the_channel_does_so_at_once(anna, centre):
    centre.says = ""
    with sending(centre) as dispatcher:
        queued()
        dispatcher.sends()
        queued(key="tomorrow")
        centre.writes(NUMBER, "退订")
        reply = Reply.objects.get()
        assert (reply.reading, reply.customer_id) == ("YES", anna.customer_id)
        assert StandingFact.objects.filter(kind="OPT_OUT").count() == 1
        assert dispatcher.sends() == {}, "what was queued before is void"


def words_of(reply):
    keys = read_keys(config().key_file)
    return keys.unseal(bytes(reply.words), about=reply.reference.encode()).decode()


def test_a_long_answer_is_read_as_one_however_its_parts_come(anna, centre):
    text = "我上个月已经还了这笔钱，请你们核实一下再来问我。" * 6
    with sending(centre) as dispatcher:
        queued()
        dispatcher.sends()
        centre.writes(NUMBER, text, parts=3)
        reply = Reply.objects.get()
    assert words_of(reply) == text
    assert reply.customer_id == anna.customer_id
    assert not ReplyPart.objects.exists()


def test_an_answer_whose_rest_never_comes_is_read_as_far_as_it_came(anna, centre):
    with sending(centre) as dispatcher:
        queued()
        dispatcher.sends()
        data = bytes([5, 0, 3, 9, 2, 1]) + "退订".encode("utf-16-be")
        assert centre.delivers(NUMBER, data, header=True) == 0
        keys = read_keys(config().key_file)
        assert in_parts.replies_overdue(keys=keys, now=gate_now()) == 0
        assert not Reply.objects.exists()
        sealed = bytes(ReplyPart.objects.get().words)
        assert "退订".encode() not in sealed
        dispatcher.clock.pass_by(minutes=11)
        assert in_parts.replies_overdue(keys=keys, now=gate_now()) == 1
    assert words_of(Reply.objects.get()) == "退订"
    assert StandingFact.objects.filter(kind="OPT_OUT").count() == 1


@pytest.mark.parametrize(
    ("coding", "data", "text"),
    [
        (0x00, b"STOP \x1b\x65 \x00", "STOP € @"),  # the GSM alphabet
        (0x03, "Café".encode("latin-1"), "Café"),
        (0x08, "退订".encode("utf-16-be"), "退订"),
    ],
)
def test_an_answer_is_read_in_the_letters_it_was_written_in(anna, centre, coding, data, text):
    with sending(centre):
        assert centre.delivers(NUMBER, data, coding=coding) == 0
    assert words_of(Reply.objects.get()) == text


def test_what_could_not_be_kept_is_refused_for_now_and_comes_again(anna, centre, monkeypatch):
    with sending(centre):
        with monkeypatch.context() as broken:
            broken.setattr("evenhand.adapters.smpp_sms.client.reply_came", None)
            assert centre.delivers(NUMBER, "退订".encode("utf-16-be")) == wire.LATER
        assert not Reply.objects.exists()
        assert centre.delivers(NUMBER, "退订".encode("utf-16-be")) == 0
        assert Reply.objects.count() == 1


@contextmanager
def refusing(status):
    """A centre that lets nobody in."""
    port, loop = free_port(), asyncio.new_event_loop()

    async def line(reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            _, _, number, _ = await wire.read_frame(reader)
            name = wire.BIND_TRANSCEIVER | wire.RESPONSE
            writer.write(wire.command(name, number, status=status))
            await writer.drain()
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(line, "127.0.0.1", port))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def test_a_wrong_password_stands_on_the_page_of_the_channels_and_uses_up_no_try(anna):
    with refusing(0x0E) as port, clock_at(), lanes({"TEXT": smpp(port)}) as several:
        queued()
        for _ in range(5):
            assert Dispatcher(several, None).sends() == {}
        [row] = health_rows()
        assert (row.act, row.rests, row.reason) == ("TEXT", True, "WRONG_PASSWORD")
        with pytest.raises(NotHanded, match="WRONG_PASSWORD") as refusal:
            several[0].channel.hand(outgoing("你好"))
    assert refusal.value.again
    assert not Message.objects.exists()


def test_a_demo_hands_nothing_to_a_centre_outside_this_machine(anna):
    channel = smpp(2775, host="192.0.2.1")
    with clock_at(), lanes({"TEXT": channel}) as several:
        queued()
        assert Dispatcher(several, None).sends() == {}
        assert [row.reason for row in health_rows()] == ["OUTSIDE_THIS_MACHINE"]
        with pytest.raises(NotHanded, match="OUTSIDE_THIS_MACHINE"):
            channel.hand(outgoing("你好"))


def test_an_answer_that_is_too_late_is_unsure_but_its_receipt_is_found(anna, centre, monkeypatch):
    monkeypatch.setattr(link, "ANSWER_SECONDS", 0.3)
    centre.says, centre.holds = "", True
    with sending(centre) as dispatcher:
        queued()
        assert dispatcher.sends() == {"UNKNOWN": 1}
        centre.answers()
        until(lambda: states() == ["TAKEN"])
        centre.says_of("1", NUMBER, "UNDELIV")
        assert state() == "FAILED"


def test_the_first_of_two_ways_that_the_settings_name_is_taken(lake_home, monkeypatch):
    new_keys(config().key_file, made_at=MORNING)
    monkeypatch.setenv("EVENHAND_SMPP_URL", "smpp://bank@127.0.0.1:2775")
    monkeypatch.setenv("EVENHAND_SMPP_PASSWORD", PASSWORD)
    config.cache_clear()
    assert channels()["TEXT"].name == "smpp"
    found = of_settings()
    assert (found.host, found.sender) == ("127.0.0.1", "")
    monkeypatch.setenv("EVENHAND_KANNEL_URL", "http://127.0.0.1:13013")
    monkeypatch.setenv("EVENHAND_KANNEL_PASSWORD", "a password of sixteen")
    config.cache_clear()
    assert channels()["TEXT"].name == "kannel"
