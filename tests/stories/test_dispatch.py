"""Text messages that really leave: permitted, written, kept, handed over, received for; and answers that come back."""

import time
from datetime import timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from evenhand.adapters.kannel_sms.client import Kannel, receipt_url
from evenhand.adapters.kannel_sms.sandbox import Sandbox
from evenhand.casework.models import Case
from evenhand.casework.queries import point_rows
from evenhand.cycle.dispatching import dispatch, lanes, receipt_came
from evenhand.cycle.money import Money, receive_payments
from evenhand.cycle.queueing import queue_messages
from evenhand.cycle.unheard import unheard
from evenhand.outreach import messages_kept
from evenhand.outreach.asked import Asked
from evenhand.outreach.channels import NotHanded
from evenhand.outreach.lane import gate_now
from evenhand.outreach.message_rows import message_shares
from evenhand.outreach.models import ContactEvent, ContactQueue, Message, MessageText, Reply
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.outreach.texts import install_texts
from evenhand.portfolio.models import StandingFact
from evenhand.rulebook.packs import shipped_content
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.bank import FIRST, NOON, a_night_with, mobile
from tests.contacts import MORNING, clock_at, in_force

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a password of the sandbox"
NUMBER = "13800001234"


@pytest.fixture
def gateway(live_server, monkeypatch):
    """The sandbox of the text gateway; `mode` is how it behaves."""
    with Sandbox(0, PASSWORD, "plain").serving() as sandbox:
        monkeypatch.setenv("EVENHAND_KANNEL_URL", sandbox.url)
        monkeypatch.setenv("EVENHAND_KANNEL_PASSWORD", PASSWORD)
        monkeypatch.setenv("EVENHAND_PUBLIC_URL", live_server.url)
        config.cache_clear()
        yield sandbox


@pytest.fixture
def anna(lake_home, gateway, tmp_path):
    """Anna has owed 500.00 for twenty days, and has a mobile number."""
    config.cache_clear()
    a_night_with(tmp_path / "feeds", mobile("C1", value=NUMBER))
    install_texts(is_demo=True, now=NOON)
    in_force()
    return Case.objects.get()


def channel(sandbox):
    return {
        "TEXT": Kannel(
            url=sandbox.url,
            user="evenhand",
            password=PASSWORD,
            public_url=config().public_url,
            demo=True,
        )
    }


def queued(case, key="tonight"):
    case.customer.refresh_from_db()
    [point] = [row.key for row in point_rows(case.customer_id) if row.kind == "MOBILE"]
    entry = Wanted(
        customer_id=case.customer_id, facts_seq=case.customer.facts_seq,
        asked=Asked("TEXT", point=point, purpose="REMIND"), request_key=key, not_before=MORNING,
        expires_at=MORNING + timedelta(hours=8),
    )  # fmt: skip
    enqueue([entry], by="night", now=MORNING)


def sent(sandbox):
    with lanes(channel(sandbox)) as several:
        return dict(dispatch(several, keys=read_keys(config().key_file), clock=gate_now))


def until(state, outcome):
    """Wait for what the gateway says, however busy the machine is; what never comes fails in the end."""
    for _ in range(1200):
        if (found := so_far()) == (state, outcome):
            return
        time.sleep(0.05)
    raise AssertionError(found)


def so_far():
    return Message.objects.get().state, ContactEvent.objects.get().outcome or ""


def test_a_reminder_leaves_with_its_exact_words_kept_and_its_receipt_comes_back(anna, gateway):
    with clock_at():
        queued(anna)
        assert sent(gateway) == {"HANDED": 1}
        until("DELIVERED", "DELIVERED")
    [taken] = gateway.taken
    assert taken["to"] == NUMBER
    assert "尾号4321" in taken["text"]
    assert "¥500.00" in taken["text"]
    message = Message.objects.get()
    assert messages_kept.words_of(message, read_keys(config().key_file)) == taken["text"]
    assert taken["text"].encode() not in bytes(message.words)
    event = ContactEvent.objects.get()
    assert (event.state, event.outcome) == ("ENDED", "DELIVERED")
    with clock_at():
        assert sent(gateway) == {}


def test_a_payment_before_it_leaves_takes_it_back(anna, gateway):
    with clock_at():
        queued(anna)
        receive_payments(
            [
                Money(
                    customer_key=anna.customer.customer_key, partition=anna.customer.partition,
                    account_key=anna.accounts.get().account_key, reference_key=1, amount_minor=50_000, currency="CNY",
                    value_on=FIRST,
                )
            ],
            now=NOON,
        )  # fmt: skip
        assert sent(gateway) == {}
    assert gateway.taken == []


@pytest.mark.parametrize(
    ("mode", "state", "outcome"),
    [
        ("twice", "DELIVERED", "DELIVERED"),
        ("fails", "FAILED", "UNDELIVERABLE"),
        ("silent", "HANDED", ""),
    ],
)
def test_whatever_the_gateway_says_of_it_is_what_became_of_it(anna, gateway, mode, state, outcome):
    gateway.mode = mode
    with clock_at():
        queued(anna)
        sent(gateway)
        until(state, outcome)
        time.sleep(0.3)  # whatever else comes has come
    assert len(gateway.taken) == 1
    assert so_far() == (state, outcome)


def test_what_the_gateway_did_not_take_is_given_back_and_counts_no_more(anna, gateway):
    gateway.mode = "refuses"
    with clock_at():
        queued(anna)
        assert sent(gateway) == {"NOT_SENT": 1, "AGAIN": 1}
    assert (Message.objects.get().state, Message.objects.get().reason) == ("NOT_SENT", "HTTP_503")
    assert ContactEvent.objects.get().state == "RELEASED"


def test_a_line_that_breaks_leaves_it_open_and_it_is_never_sent_again(anna, gateway):
    gateway.mode = "hangs"
    with clock_at():
        queued(anna)
        assert sent(gateway) == {"UNKNOWN": 1}
        gateway.mode = "plain"
        assert sent(gateway) == {}
        until("DELIVERED", "DELIVERED")  # the receipt says that it had gone after all
    assert len(gateway.taken) == 1


def test_a_dispatcher_that_dies_sends_nothing_twice_and_gives_back_what_it_had_not_handed(
    anna, gateway, monkeypatch
):
    def killed(*_, **__):
        raise KeyboardInterrupt

    with clock_at():
        queued(anna)
        with monkeypatch.context() as patch:
            patch.setattr(messages_kept, "claim", killed)
            with pytest.raises(KeyboardInterrupt):
                sent(gateway)
        Message.objects.update(made_at=gate_now() - timedelta(minutes=6))
        assert sent(gateway) == {"NOT_SENT": 1}
        assert ContactEvent.objects.get().state == "RELEASED"
        queued(anna, "again")
        with monkeypatch.context() as patch:
            patch.setattr(Kannel, "hand", killed)
            with pytest.raises(KeyboardInterrupt):
                sent(gateway)
        Message.objects.filter(state="HANDING").update(made_at=gate_now() - timedelta(minutes=6))
        assert sent(gateway) == {"UNKNOWN": 1}
    assert gateway.taken == []


def test_without_a_text_in_use_nothing_leaves(anna, gateway):
    MessageText.objects.update(state="RETIRED")
    with clock_at():
        queued(anna)
        assert sent(gateway) == {"NOT_SENT": 1}
    assert gateway.taken == []


def test_a_message_nobody_heard_of_again_is_unknown_after_three_days_and_a_late_receipt_is_taken(
    anna, gateway
):
    with clock_at():
        queued(anna)
        gateway.mode = "silent"
        assert sent(gateway) == {"HANDED": 1}
        now = gate_now()
    assert unheard(now=now + timedelta(days=2)) == {}
    assert unheard(now=now + timedelta(days=4)) == {"TEXT": 1}
    assert unheard(now=now + timedelta(days=4)) == {}
    message = Message.objects.get()
    assert (message.state, message.reason) == ("UNKNOWN", "NOTHING_HEARD")
    event = ContactEvent.objects.get()
    assert (event.state, event.state_reason, event.outcome) == ("ENDED", "contact.unheard", "")
    [shares] = message_shares(since=now - timedelta(hours=1))
    assert (shares.percents, shares.too_many_unknown) == ((("UNKNOWN", 1, 100.0),), True)
    assert receipt_came(message_id=message.id, status="DELIVERED", reason="late", now=now)
    event.refresh_from_db()
    assert (event.state_reason, event.outcome) == ("", "DELIVERED")
    [shares] = message_shares(since=now - timedelta(hours=1))
    assert (shares.counts, shares.too_many_unknown) == ((("DELIVERED", 1),), False)
    assert message_shares(since=now + timedelta(days=1)) == ()


def replied(text, secret=PASSWORD, reference="r1", number=f"+86{NUMBER}"):
    return Client().get(
        f"/channels/kannel/reply?s={quote(secret)}&from={quote(number)}&text={quote(text)}&id={reference}"
    )


def test_a_stop_acts_at_once_and_other_words_are_for_somebody_to_read(anna, gateway, monkeypatch):
    in_force(shipped_content("cn").decode())
    monkeypatch.setattr("evenhand.adapters.kannel_sms.views.clock", gate_now)
    with clock_at():
        queued(anna)
        sent(gateway)
        until("DELIVERED", "DELIVERED")
        assert replied("明天发工资就还", reference="r0").status_code == 200
        assert Reply.objects.get().state == "TO_READ"
        for _ in range(2):
            assert replied("退订").status_code == 200
        assert StandingFact.objects.filter(kind="OPT_OUT").count() == 1
        assert Reply.objects.filter(state="DONE").count() == 1
        queued(anna, "after")
        assert sent(gateway) | sent(gateway) == {"REFUSED": 1, "HANDED": 1}, "it was heard, no more"
        assert replied("退订", reference="r2").status_code == 200
        assert sent(gateway) == {}, "once"
    assert ["您已退订" in one["text"] for one in gateway.taken] == [False, True]
    assert "退订".encode() not in bytes(Reply.objects.filter(state="DONE").first().words)


def test_a_reply_that_the_gateway_passes_on_as_ucs_2_is_read_as_what_she_wrote(anna, gateway):
    in_force(shipped_content("cn").decode())
    with clock_at():
        queued(anna)
        sent(gateway)
        wide = quote("退订".encode("utf-16-be"))
        Client().get(
            f"/channels/kannel/reply?s={quote(PASSWORD)}&from={NUMBER}&id=r1&charset=UTF-16BE&text={wide}"
        )
    assert (Reply.objects.get().reading, Reply.objects.get().customer_id) == (
        "YES",
        anna.customer_id,
    )


def test_a_reply_of_a_number_nobody_wrote_to_is_kept_for_somebody_to_read(anna, gateway):
    assert replied("你好", number="13900000000").status_code == 200
    assert (Reply.objects.get().customer, Reply.objects.get().state) == (None, "TO_READ")


def test_what_is_not_signed_changes_nothing(anna, gateway):
    with clock_at():
        queued(anna)
        gateway.mode = "silent"
        sent(gateway)
    message = Message.objects.get()
    forged = (
        receipt_url("", message.id, "another password of nobody")
        .replace("%d", "1")
        .replace("%A", "x")
    )
    assert Client().get(forged).status_code == 403
    assert Client().get("/channels/kannel/receipt?m=x").status_code == 403
    assert replied("退订", secret="wrong").status_code == 403
    assert Message.objects.get().state == "HANDED"
    assert not Reply.objects.exists()


def test_a_demo_hands_nothing_to_anybody_outside_this_machine(anna):
    message = type(
        "M", (), {"id": Case.objects.get().id, "to": "1", "text": "x", "language": "zh"}
    )()
    outside = Kannel(
        url="http://sms.example.com", user="u", password=PASSWORD, public_url="", demo=True
    )
    with pytest.raises(NotHanded, match="OUTSIDE"):
        outside.hand(message)
    nobody = Kannel(url="http://127.0.0.1:1", user="u", password=PASSWORD, public_url="", demo=True)
    with pytest.raises(NotHanded, match="NO_CONNECTION"):
        nobody.hand(message)


def test_the_night_queues_a_message_for_each_case_whose_channel_it_is_and_once(anna, gateway):
    Case.objects.update(channel="SMS", treatment="REMIND")
    said = {"on": FIRST, "zone": ZoneInfo("Asia/Shanghai"), "by": "night", "now": MORNING}
    with clock_at():
        assert queue_messages(**said) == 1
        assert queue_messages(**said) == 0
        assert sent(gateway) == {"HANDED": 1}
    late = queue_messages(
        **said | {"on": FIRST + timedelta(days=1), "now": MORNING + timedelta(hours=12)}
    )
    assert late == 1
    entry = ContactQueue.objects.order_by("-not_before").first()
    assert entry.not_before == MORNING + timedelta(hours=22, minutes=30), (
        "after hours it is for the next morning"
    )


def test_who_has_no_number_is_left_for_another_channel(anna, gateway):
    Case.objects.update(channel="SMS", treatment="REMIND")
    anna.customer.identity = None
    anna.customer.save(update_fields=["identity"])
    said = {"on": FIRST, "zone": ZoneInfo("Asia/Shanghai"), "by": "night", "now": MORNING}
    assert queue_messages(**said) == 0
