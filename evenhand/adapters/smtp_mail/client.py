"""How a mail is handed to the bank's mail server: SMTP submission with envelope id and notices (RFC 3461).

What the server refuses before it answers the end of the data it did not take. A line that breaks while that answer is
waited for leaves open whether it did.
"""

import smtplib
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import getaddresses
from urllib.parse import unquote, urlsplit

from evenhand.adapters.loopback import on_this_machine, tls_for
from evenhand.adapters.smtp_mail.signs import return_path
from evenhand.adapters.smtp_mail.writing import Sender, as_bytes, mail
from evenhand.outreach.channels import NotHanded, Outgoing, Unsure
from evenhand.outreach.messages.checking import text_terms
from evenhand.runtime.config import config

TIMEOUT_SECONDS = 20
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """Where the mail server is, and who writes. In a demo it is on this machine or refused."""

    url: str = field(repr=False)  # it may hold a password
    sender: Sender
    demo: bool
    name: str = "smtp"

    def hand(self, message: Outgoing) -> str:
        """Hand a mail over; returns its envelope id, by which notices come back."""
        where = urlsplit(self.url)
        host = where.hostname or ""
        if self.demo and not on_this_machine(host):
            raise NotHanded("OUTSIDE_THIS_MACHINE")
        if not _is_one_address(message.to):
            raise NotHanded("BAD_ADDRESS")
        data = as_bytes(mail(message, self.sender, at=message.at), self.sender)
        try:
            line = _connected(where.scheme, host, where.port or PORTS[where.scheme])
        except smtplib.SMTPResponseException as answer:
            raise NotHanded(f"SMTP_{answer.smtp_code}", again=True) from None
        except (OSError, smtplib.SMTPException):
            raise NotHanded("NO_CONNECTION", again=True) from None
        try:
            _prepare(
                line,
                where.scheme,
                host,
                unquote(where.username or ""),
                unquote(where.password or ""),
            )
            _envelope(line, message, self.sender)
            return _give(line, message, data)
        finally:
            line.close()


def _is_one_address(text: str) -> bool:
    """Whether it names one mailbox that any server takes; the bank's files may hold two, or letters of any script."""
    return text.isascii() and text.isprintable() and getaddresses([text]) == [("", text)]


def _connected(scheme: str, host: str, port: int) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=tls_for(host))
    return smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)


def _prepare(line: smtplib.SMTP, scheme: str, host: str, user: str, password: str) -> None:
    """Greet, go over to TLS, log in. Anything that fails here took nothing."""
    try:
        line.ehlo()
        if scheme == "smtp" and line.has_extn("starttls"):
            line.starttls(context=tls_for(host))
            line.ehlo()
        elif scheme == "smtp" and not on_this_machine(host):
            raise NotHanded("NO_TLS")
        if user:
            line.login(user, password)
    except smtplib.SMTPResponseException as answer:
        raise NotHanded(f"SMTP_{answer.smtp_code}", again=answer.smtp_code < 500) from None
    except (OSError, smtplib.SMTPException):
        raise NotHanded("NO_CONNECTION", again=True) from None


def _envelope(line: smtplib.SMTP, message: Outgoing, sender: Sender) -> None:
    """From whom and to whom, with the notices asked for where the server gives them."""
    sees_notices = line.has_extn("dsn")
    given = [f"ENVID={message.id}", "RET=HDRS"] if sees_notices else []
    wanted = (
        [f"ORCPT=rfc822;{_xtext(message.to)}", "NOTIFY=SUCCESS,FAILURE,DELAY"]
        if sees_notices
        else []
    )
    try:
        for code, _ in (
            line.mail(return_path(message.id, sender.secret, sender.domain), given),
            line.rcpt(message.to, wanted),
        ):
            if code not in {250, 251}:
                raise NotHanded(f"SMTP_{code}", again=code < 500)
    except (OSError, smtplib.SMTPException):
        raise NotHanded("LINE_BROKE_EARLY", again=True) from None


def _xtext(address: str) -> str:
    """An address as RFC 3461 writes it in a parameter."""
    return address.replace("+", "+2B").replace("=", "+3D")


def _give(line: smtplib.SMTP, message: Outgoing, data: bytes) -> str:
    """The data and its end; from the end on the server may have taken it."""
    try:
        code, _ = line.data(data)
    except smtplib.SMTPDataError as refusal:
        raise NotHanded(f"SMTP_{refusal.smtp_code}", again=refusal.smtp_code < 500) from None
    except (OSError, smtplib.SMTPException):
        raise Unsure("LINE_BROKE") from None
    if 400 <= code < 600:
        raise NotHanded(f"SMTP_{code}", again=code < 500)
    if code != 250:  # such as -1, of an answer that is none: it had the whole mail by then
        raise Unsure(f"SMTP_{code}")
    with suppress(OSError, smtplib.SMTPException):
        line.putcmd("quit")
    return str(message.id)


def of_settings() -> Smtp | None:
    """The mail server that the settings name; None where they name none."""
    found = config()
    if found.smtp_url is None or found.mail_from is None or found.mail_secret is None:
        return None
    return Smtp(url=found.smtp_url, sender=sender_of_settings(), demo=found.mode == "demo")


def sender_of_settings() -> Sender:
    """Who writes, by the settings."""
    found = config()
    assert found.mail_from is not None
    assert found.mail_secret is not None
    key = found.dkim_key_file.read_bytes() if found.dkim_key_file else b""
    return Sender(
        name=text_terms().bank_zh, address=found.mail_from, public_url=found.public_url, secret=found.mail_secret,
        dkim_selector=found.dkim_selector, dkim_key=key,
    )  # fmt: skip
