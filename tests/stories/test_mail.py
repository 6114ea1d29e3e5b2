"""Mail that really leaves: signed, with its way out; and bounces, complaints, robots and answers that come back."""

import base64
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import dkim
import pytest
from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from evenhand.adapters.smtp_mail.client import Smtp, _envelope
from evenhand.adapters.smtp_mail.mailbox import MailboxFailed, poll_once, read_mailbox
from evenhand.adapters.smtp_mail.signs import (
    message_of_return_path,
    opt_out_url,
    return_path,
)
from evenhand.adapters.smtp_mail.writing import Sender, as_bytes, mail
from evenhand.casework.models import Case
from evenhand.casework.queries import point_rows
from evenhand.cycle.dispatching import dispatch, lanes
from evenhand.kernel.ids import uuid7
from evenhand.outreach.asked import Asked
from evenhand.outreach.channels import NotHanded, Outgoing, Unsure
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import ContactEvent, Message, Reply
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.outreach.texts import install_texts
from evenhand.portfolio.models import PointState, StandingFact
from evenhand.rulebook.packs import shipped_content
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.bank import NOON, a_night_with, mobile
from tests.contacts import MORNING, clock_at, in_force

pytestmark = pytest.mark.django_db(transaction=True)

SECRET, DOMAIN = "a secret of the mail room", "bank.example"
ANNA = "anna@mx.example"
AT = datetime(2026, 9, 28, 2, tzinfo=UTC)


class Server:
    """A mail server's manners: what it answers, and what it took."""

    def __init__(self):
        self.answers, self.taken = {}, []

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        envelope.mail_from, envelope.mail_options = address, options
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options = options
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answers.get("DATA") == "dies":
            server.transport.abort()
        elif "DATA" in self.answers:
            return self.answers["DATA"]
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def server():
    """A mail server on this machine."""
    handler = Server()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = []

    def start():
        running.append(Controller(handler, hostname="127.0.0.1", port=port))
        running[0].start()

    handler.url, handler.starts = f"smtp://127.0.0.1:{port}", start
    handler.dies = lambda: running.pop().stop()
    start()
    yield handler
    if running:
        handler.dies()


def sender(**given):
    return Sender(
        name="示例银行",
        address=f"card@{DOMAIN}",
        public_url="http://127.0.0.1:8000",
        secret=SECRET,
        **given,
    )


def smtp(server, **given):
    return Smtp(**{"url": server.url, "sender": sender(), "demo": True} | given)


def outgoing(**given):
    said = {
        "id": uuid7(),
        "at": AT,
        "to": ANNA,
        "subject": "还款提醒",
        "text": "您好：\n\n应还<b>",
        "language": "zh",
    }
    return Outgoing(**said | given)


@pytest.fixture
def anna(lake_home, tmp_path, monkeypatch):
    """Anna owes, and has an address."""
    monkeypatch.setenv("EVENHAND_MAIL_SECRET", SECRET)
    monkeypatch.setenv("EVENHAND_MAIL_FROM", f"card@{DOMAIN}")
    config.cache_clear()
    yield owes(tmp_path)
    config.cache_clear()


def owes(tmp_path, address=ANNA):
    """Somebody has owed 500.00 for twenty days and has an address; returns her case."""
    a_night_with(tmp_path / "feeds", mobile("C1", kind="EMAIL", value=address))
    install_texts(is_demo=True, now=NOON)
    in_force(shipped_content("cn").decode())
    return Case.objects.get()


def queued(case, key="tonight"):
    case.customer.refresh_from_db()
    [point] = [row.key for row in point_rows(case.customer_id) if row.kind == "EMAIL"]
    entry = Wanted(
        customer_id=case.customer_id, facts_seq=case.customer.facts_seq,
        asked=Asked("EMAIL", point=point, purpose="REMIND"), request_key=key, not_before=MORNING,
        expires_at=MORNING + timedelta(hours=8),
    )  # fmt: skip
    enqueue([entry], by="night", now=MORNING)


def sent(server, **given):
    with lanes({"EMAIL": smtp(server, **given)}) as several:
        return dict(dispatch(several, keys=read_keys(config().key_file), clock=gate_now))


class Box:
    """A mailbox: what lies in it, and what was marked."""

    def __init__(self, *mails):
        self.mails, self.flags = dict(enumerate(mails, 1)), {}

    def search(self, _):
        return [number for number in self.mails if b"\\Seen" not in self.flags.get(number, [])]

    def fetch(self, numbers, _):
        return {number: {b"BODY[]": self.mails[number]} for number in numbers}

    def add_flags(self, numbers, flags):
        for number in numbers:
            self.flags[number] = flags


def read(box):
    keys = read_keys(config().key_file)
    return dict(read_mailbox(box, secret=SECRET, domain=DOMAIN, keys=keys, now=NOON))


def bounce(message, action="failed", status="5.1.1"):
    to = return_path(message.id, SECRET, DOMAIN)
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {ANNA}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--b--\r\n"
    ).encode()


def answer(words, message=None, **headers):
    head = {
        "From": ANNA,
        "To": f"card@{DOMAIN}",
        "Message-ID": f"<{uuid7().hex}@mx.example>",
    } | headers
    if message:
        head["In-Reply-To"] = f"<{message.id.hex}@{DOMAIN}>"
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"{lines}Content-Type: text/plain; charset=utf-8\r\n\r\n{words}".encode()


def test_a_reminder_leaves_as_a_mail_with_a_way_back_and_a_way_out(anna, server):
    with clock_at():
        queued(anna)
        assert sent(server) == {"HANDED": 1}
    [envelope] = server.taken
    message = Message.objects.get()
    assert envelope.rcpt_tos == [ANNA]
    assert message_of_return_path(envelope.mail_from, SECRET) == message.id
    found = message_from_bytes(envelope.content, policy=default)
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, html = (found.get_body([kind]).get_content() for kind in ("plain", "html"))
    assert "¥500.00" in plain
    assert "尾号4321" in html
    assert found["Subject"] == "示例银行信用卡还款提醒"
    assert "<img" not in html
    assert html.count("http") == 1, "no link but the way out"


def test_what_is_written_is_shown_and_never_run():
    html = mail(outgoing(), sender(), at=AT).get_body(["html"]).get_content()
    assert "应还&lt;b&gt;" in html


def test_the_way_out_stands_in_one_piece_however_long_it_is():
    writing = replace(sender(), public_url=f"https://{'card-' * 20}center.bank.example")
    message = outgoing()
    head = as_bytes(mail(message, writing, at=AT), writing).split(b"\r\n\r\n")[0].split(b"\r\n")
    leave = opt_out_url(writing.public_url, message.id, SECRET)
    assert f"List-Unsubscribe: <{leave}>".encode() in head
    assert b"Content-Language: zh-CN" in head


def test_a_subject_that_would_add_a_header_is_refused():
    with pytest.raises(ValueError, match="linefeed"):
        mail(outgoing(subject="x\r\nBcc: all@mx.example"), sender(), at=AT)


@pytest.mark.parametrize(
    ("answers", "code", "again"),
    [
        ({"MAIL": "451 later"}, "SMTP_451", True),
        ({"RCPT": "550 no such user"}, "SMTP_550", False),
        ({"DATA": "452 full"}, "SMTP_452", True),
        ({"DATA": "554 refused"}, "SMTP_554", False),
    ],
)
def test_what_the_server_refuses_it_did_not_take(server, answers, code, again):
    server.answers = answers
    with pytest.raises(NotHanded, match=code) as refused:
        smtp(server).hand(outgoing())
    assert refused.value.again is again
    assert server.taken == []


def test_a_line_that_breaks_before_the_answer_leaves_it_open_and_it_is_not_sent_again(anna, server):
    server.answers = {"DATA": "dies"}
    with clock_at():
        queued(anna)
        assert sent(server) == {"UNKNOWN": 1}
        server.answers = {}
        assert sent(server) == {}
    server.answers = {"DATA": "dies"}
    with pytest.raises(Unsure):
        smtp(server).hand(outgoing())


def test_a_server_that_puts_off_then_dies_and_comes_back_takes_each_mail_once(anna, server):
    server.answers = {"MAIL": "451 later"}
    with clock_at() as clock:
        queued(anna)
        assert sent(server) == {"NOT_SENT": 1, "AGAIN": 1}
        server.dies()
        clock.pass_by(minutes=30)
        assert sent(server) == {"NOT_SENT": 1, "AGAIN": 1}
        server.answers = {}
        server.starts()
        clock.pass_by(hours=2)
        assert sent(server) == {"HANDED": 1}
        clock.pass_by(hours=2)
        assert sent(server) == {}
    assert len(server.taken) == 1
    states = ContactEvent.objects.order_by("at").values_list("state", flat=True)
    assert list(states) == ["RELEASED", "RELEASED", "SENT"]  # only what left counts
    reasons = Message.objects.order_by("made_at").values_list("state", "reason")
    assert list(reasons) == [
        ("NOT_SENT", "SMTP_451"),
        ("NOT_SENT", "NO_CONNECTION"),
        ("HANDED", ""),
    ]


def test_a_server_that_dies_with_the_mail_in_its_hands_leaves_it_open_for_ever(anna, server):
    server.answers = {"DATA": "dies"}
    with clock_at() as clock:
        queued(anna)
        assert sent(server) == {"UNKNOWN": 1}
        server.dies()
        server.answers = {}
        server.starts()
        clock.pass_by(hours=2)
        assert sent(server) == {}
    assert ContactEvent.objects.get().state == "SENT"  # it may have arrived, so it counts


@pytest.mark.parametrize("said", ["what is this", "299 odd", "354 go on"])
def test_an_answer_to_the_end_that_is_none_leaves_it_open(server, said):
    server.answers = {"DATA": said}
    with pytest.raises(Unsure):
        smtp(server).hand(outgoing())


@pytest.mark.parametrize(
    "to", ["анна@mx.example", "a@mx.example, b@mx.example", "a@mx\r\nX: y", ""]
)
def test_what_is_not_one_address_gets_no_mail(server, to):
    with pytest.raises(NotHanded, match="BAD_ADDRESS"):
        smtp(server).hand(outgoing(to=to))
    assert server.taken == []


class NoticesGiven:
    """A line to a server that gives notices, and what was said on it."""

    def __init__(self):
        self.said = []

    def has_extn(self, name):
        return name == "dsn"

    def mail(self, *said):
        self.said.append(said)
        return 250, b""

    rcpt = mail


def test_a_server_that_gives_notices_is_asked_for_them_by_the_messages_name():
    line, message = NoticesGiven(), outgoing()
    _envelope(line, message, sender())
    [(_, given), (_, wanted)] = line.said
    assert given == [f"ENVID={message.id}", "RET=HDRS"]
    assert wanted == [f"ORCPT=rfc822;{ANNA}", "NOTIFY=SUCCESS,FAILURE,DELAY"]


def test_nobody_listens_or_outside_a_demo_nothing_is_taken(server):
    with pytest.raises(NotHanded, match="NO_CONNECTION"):
        smtp(server, url="smtp://127.0.0.1:1").hand(outgoing())
    with pytest.raises(NotHanded, match="OUTSIDE_THIS_MACHINE"):
        smtp(server, url="smtp://mail.example.com").hand(outgoing())


def test_a_mail_signed_here_is_found_whole_and_a_changed_one_is_not():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )  # fmt: skip
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)
    signing = sender(dkim_key=pem, dkim_selector="evenhand")
    raw = as_bytes(mail(outgoing(), signing, at=AT), signing)
    assert dkim.verify(raw, dnsfunc=lambda *_, **__: record)
    assert b"list-unsubscribe-post" in raw.split(b"\r\n\r\n")[0].lower().split(b"h=")[1]
    assert not dkim.verify(raw.replace(b"One-Click", b"Two-Click"), dnsfunc=lambda *_, **__: record)


def given_sent(anna, server):
    with clock_at():
        queued(anna)
        sent(server)
    return Message.objects.get()


def test_an_address_that_does_not_exist_is_used_no_more(anna, server):
    message = given_sent(anna, server)
    with clock_at():
        assert read(Box(bounce(message))) == {"FAILED": 1}
    message.refresh_from_db()
    assert (message.state, message.reason) == ("FAILED", "5.1.1")
    assert ContactEvent.objects.get().outcome == "UNDELIVERABLE"
    state = PointState.objects.get()
    assert (state.reason, state.unusable_until) == ("HARD_BOUNCE", NOON + timedelta(days=180))


@pytest.mark.parametrize(
    ("action", "status", "state"),
    [
        ("relayed", "2.0.0", "DELIVERED"),
        ("delayed", "4.4.1", "HANDED"),
        ("failed", "5.2.2", "FAILED"),
        ("failed", "5.1.8", "FAILED"),  # it is our own address that was refused
    ],
)
def test_other_notices_say_what_became_of_it_and_leave_the_address_alone(
    anna, server, action, status, state
):
    message = given_sent(anna, server)
    with clock_at():
        box = Box(bounce(message, action, status))
        read(box)
        assert read(box) == {}, "a mail is read once"
        read(Box(bounce(message, action, status)))
    message.refresh_from_db()
    assert message.state == state
    assert not PointState.objects.filter(unusable_until__isnull=False).exists()


def test_an_answer_that_is_clear_acts_at_once_and_others_wait_for_somebody(anna, server):
    message = given_sent(anna, server)
    clear, other = answer("退订", message), answer("下周发工资", message)
    with clock_at():
        for _ in range(2):
            assert read(Box(clear, other, answer("away", **{"Auto-Submitted": "auto-replied"}))) == {
                "ANSWER": 2, "OF_NOBODY": 1,
            }  # fmt: skip
    assert StandingFact.objects.filter(kind="OPT_OUT").count() == 1
    assert sorted(Reply.objects.values_list("state", flat=True)) == ["DONE", "TO_READ"]


def test_a_forged_return_path_and_a_mail_that_is_none_change_nothing(anna, server):
    message = given_sent(anna, server)
    forged = bounce(message).replace(
        return_path(message.id, SECRET, DOMAIN).encode(), b"bounces+x@bank.example"
    )
    box = Box(forged, b"\xff\xfe")
    with clock_at():
        counted = read(box)
    assert counted["OF_NOBODY"] == 1
    message.refresh_from_db()
    assert message.state == "HANDED"


def test_a_notice_about_a_message_that_is_not_kept_any_more_is_of_nobody(anna):
    with clock_at():
        assert read(Box(bounce(Message(id=uuid7())))) == {"OF_NOBODY": 1}


def test_whatever_name_an_answer_gives_itself_it_is_kept_and_takes_nobody_elses(anna, server):
    message = given_sent(anna, server)
    long = "x" * 110
    names = [
        "<a\0b@mx.example>",
        f"<{long}1@mx.example>",
        f"<{long}2@mx.example>",
        f"opt-out of {message.id}",
    ]
    with clock_at():
        several = [answer(f"words {n}", message, **{"Message-ID": n}) for n in names]
        assert read(Box(*several)) == {"ANSWER": 4}
        assert Reply.objects.count() == 4
        assert Client().post(opt_out_url("", message.id, SECRET)).status_code == 200
    assert StandingFact.objects.filter(kind="OPT_OUT").count() == 1


def test_a_mail_that_somebody_else_took_away_stops_nothing(anna, server):
    message = given_sent(anna, server)
    box = Box(bounce(message), bounce(message))
    box.fetch = lambda numbers, _: {2: {b"BODY[]": box.mails[2]}} if numbers == [2] else {}
    with clock_at():
        assert read(box) == {"FAILED": 1}


def test_one_click_stops_mail_at_once_and_looking_at_the_page_does_not(anna, server):
    message = given_sent(anna, server)
    url = opt_out_url("", message.id, SECRET)
    page = Client()
    with clock_at():
        assert page.get(url).status_code == 200
        assert not StandingFact.objects.filter(kind="OPT_OUT").exists()
        for _ in range(2):
            assert page.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
        fact = StandingFact.objects.get(kind="OPT_OUT")
        assert fact.detail == {"media": ["EMAIL"]}
        queued(anna, "after")
        assert sent(server) == {"REFUSED": 1}
    assert page.post(url[:-1] + "0").status_code in {403, 200 if url.endswith("0") else 403}
    assert page.post("/channels/mail/opt-out?m=x&s=y").status_code == 403


def test_a_mailbox_that_cannot_be_reached_is_said_and_breaks_nothing(anna, monkeypatch):
    keys = read_keys(config().key_file)
    assert poll_once(keys=keys, now=NOON) == {}
    for url, words in (
        ("imap://anna:secret@127.0.0.1:1", "cannot be read"),
        ("imaps://anna:secret@mail.example.com", "outside this machine"),
    ):
        monkeypatch.setenv("EVENHAND_IMAP_URL", url)
        config.cache_clear()
        with pytest.raises(MailboxFailed, match=words):
            poll_once(keys=keys, now=NOON)


def test_many_mails_side_by_side_are_each_taken_once(server):
    channel, several = smtp(server), [outgoing() for _ in range(20)]
    threads = [threading.Thread(target=channel.hand, args=(one,)) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({envelope.mail_from for envelope in server.taken}) == 20
