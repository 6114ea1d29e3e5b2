"""Mail against Debian's own: Postfix takes and bounces it, Dovecot keeps it, OpenDKIM says whether it is whole."""

import base64
import os
import shutil
import smtplib
import ssl
import subprocess
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from evenhand.adapters.smtp_mail.mailbox import MailboxFailed, poll_once
from evenhand.adapters.smtp_mail.signs import message_id_header
from evenhand.adapters.smtp_mail.writing import Sender
from evenhand.outreach.models import Message, Reply
from evenhand.portfolio.models import PointState, StandingFact
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.bank import NOON
from tests.contacts import clock_at
from tests.peers.mail_house import ANNA, BANK, PASSWORD, PATH, PROGRAMS, mail_house
from tests.stories.test_mail import SECRET, owes, queued, sent

COMMAND = "WITH_SYSTEM=1 python -m pytest tests/peers"
MISSING = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.system,
    pytest.mark.skipif(os.environ.get("WITH_SYSTEM") != "1", reason=f"run it with {COMMAND}"),
    pytest.mark.skipif(
        bool(MISSING),
        reason=f"{COMMAND}, after apt-get install postfix dovecot-imapd dovecot-lmtpd opendkim",
    ),
    pytest.mark.skipif(
        os.geteuid() != 0, reason=f"Postfix is started by root alone: sudo {COMMAND}"
    ),
]


@pytest.fixture
def house():
    """Postfix and Dovecot on this machine, empty."""
    with mail_house() as found:
        yield found


@pytest.fixture
def bank(house, lake_home, monkeypatch):
    """Our settings name that house."""
    for name, value in {
        "MAIL_SECRET": SECRET, "MAIL_FROM": BANK, "SMTP_URL": house.smtp_url, "IMAP_URL": house.imap_url,
    }.items():  # fmt: skip
        monkeypatch.setenv(f"EVENHAND_{name}", value)
    config.cache_clear()
    yield house
    config.cache_clear()


@pytest.fixture(scope="module")
def key():
    """A key to sign with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def sender(key):
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )  # fmt: skip
    return Sender(
        name="示例银行", address=BANK, public_url="https://collections.bank.test", secret=SECRET,
        dkim_selector="evenhand", dkim_key=pem,
    )  # fmt: skip


def told(house, case, key):
    """Send her the reminder of the night."""
    queued(case)
    server = SimpleNamespace(url=house.smtp_url)
    assert sent(server, sender=sender(key)) == {"HANDED": 1}, house.log()
    return Message.objects.get()


def read():
    return dict(poll_once(keys=read_keys(config().key_file), now=NOON))


def opendkim(raw, key, folder):
    """Whether OpenDKIM finds a mail whole, by the key that it would read in the DNS."""
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"
    (folder / "dns").write_text(f"evenhand._domainkey.bank.test {record}\n")
    (folder / "opendkim.conf").write_text(f"Mode v\nTestDNSData {folder}/dns\n")
    (folder / "mail").write_bytes(raw)
    said = subprocess.run(
        ["opendkim", "-x", f"{folder}/opendkim.conf", "-vvv", "-t", f"{folder}/mail"],
        env={"PATH": PATH}, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return "succeeded" in said.stdout + said.stderr, said.stdout + said.stderr


def test_a_reminder_arrives_whole_and_the_notice_of_it_is_read_once(bank, key, tmp_path):
    case = owes(tmp_path, ANNA)
    with clock_at():
        message = told(bank, case, key)
        [raw] = bank.mails(ANNA, at_least=1)
        whole, said = opendkim(raw, key, tmp_path)
        assert whole, said
        changed, _ = opendkim(raw.replace(b"One-Click", b"Two-Click"), key, tmp_path)
        assert not changed
        assert (
            b"\r\nList-Unsubscribe: <https://collections.bank.test/channels/mail/opt-out?m=" in raw
        )
        bank.mails(BANK, at_least=1)
        assert read() == {"DELIVERED": 1}
        assert read() == {}
    message.refresh_from_db()
    assert message.state == "DELIVERED"


def test_a_mail_to_nobody_comes_back_and_its_address_is_used_no_more(bank, key, tmp_path):
    case = owes(tmp_path, "nobody@mx.test")
    with clock_at():
        message = told(bank, case, key)
        bank.mails(BANK, at_least=1)
        assert read() == {"FAILED": 1}
    message.refresh_from_db()
    assert (message.state, message.reason) == ("FAILED", "5.1.1")
    assert PointState.objects.get().reason == "HARD_BOUNCE"


def test_her_answer_comes_through_the_house_and_acts(bank, key, tmp_path):
    case = owes(tmp_path, ANNA)
    with clock_at():
        message = told(bank, case, key)
        answers(bank, message, "退订")
        bank.mails(BANK, at_least=2)
        assert read() == {"DELIVERED": 1, "ANSWER": 1}
    assert Reply.objects.get().state == "DONE"
    assert StandingFact.objects.get(kind="OPT_OUT").customer_id == case.customer_id


def answers(house, message, words):
    """Anna's own mail program answers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    raw = (
        f"From: {ANNA}\r\nTo: {BANK}\r\nSubject: Re\r\nMessage-ID: <1@mx.test>\r\n"
        f"In-Reply-To: {message_id_header(message.id, 'bank.test')}\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{words}\r\n"
    ).encode()
    with smtplib.SMTP("127.0.0.1", house.smtp_port, timeout=10) as line:
        line.starttls(context=context)
        line.login(ANNA, PASSWORD)
        line.sendmail(ANNA, [BANK], raw)


def test_a_mailbox_that_refuses_the_log_in_is_said_without_its_password(
    bank, tmp_path, monkeypatch
):
    owes(tmp_path)  # and there are keys
    monkeypatch.setenv("EVENHAND_IMAP_URL", bank.imap_url.replace("word", "lord"))
    config.cache_clear()
    with pytest.raises(MailboxFailed) as failed:
        read()
    assert "lord" not in str(failed.value)
