"""A message as a mail: plain text and the same as simple HTML, with nothing in it that tells who opened it."""

from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from html import escape

import dkim

from evenhand.adapters.smtp_mail.signs import message_id_header, opt_out_url
from evenhand.outreach.channels import Outgoing

SIGNED_HEADERS = (
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"content-language",
    b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
LEAVE = {"zh": "不再接收此类邮件", "en": "Stop mail of this kind"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes: the bank's name and address, where one click goes, and how a mail is signed, if we sign it."""

    name: str
    address: str
    public_url: str
    secret: str = field(repr=False)
    dkim_selector: str = ""
    dkim_key: bytes = field(default=b"", repr=False)  # PEM; empty: the mail server signs

    @property
    def domain(self) -> str:
        """The domain of the address."""
        return self.address.rpartition("@")[2]


class _WholeAddresses(EmailPolicy):
    """Leaves the way out as it is: a long address would be written as encoded words, which no mail program follows."""

    def fold(self, name: str, value: str) -> str:
        """One header as lines."""
        if name == "List-Unsubscribe":
            return f"{name}: {value}{self.linesep}"
        lines: str = super().fold(name, value)
        return lines

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header as lines, in bytes."""
        if name == "List-Unsubscribe":
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


def mail(message: Outgoing, sender: Sender, *, at: datetime) -> EmailMessage:
    """The mail, with one-click unsubscribe (RFC 8058) and the word that no robot should answer it (RFC 3834)."""
    mailbox, _, domain = sender.address.rpartition("@")
    leave = opt_out_url(sender.public_url, message.id, sender.secret)
    written = EmailMessage(policy=_WholeAddresses(linesep=SMTP.linesep))
    written["From"] = Address(sender.name, mailbox, domain)
    written["To"] = message.to
    written["Subject"] = message.subject or sender.name
    written["Date"] = format_datetime(at)
    written["Message-ID"] = message_id_header(message.id, sender.domain)
    written["Auto-Submitted"] = "auto-generated"
    written["List-Unsubscribe"] = f"<{leave}>"
    written["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    words = LEAVE["en" if message.language == "en" else "zh"]
    written.set_content(f"{message.text}\n\n{words}: {leave}\n", cte="base64")
    written.add_alternative(_html(message, leave, words), subtype="html", cte="base64")
    # last, for content that is set takes such headers with it
    written["Content-Language"] = "en" if message.language == "en" else "zh-CN"
    return written


def as_bytes(written: EmailMessage, sender: Sender) -> bytes:
    """The mail as it goes over the line, signed with the sender's key where there is one."""
    plain = written.as_bytes()
    if not sender.dkim_key:
        return plain
    line: bytes = dkim.sign(
        plain, sender.dkim_selector.encode(), sender.domain.encode(), sender.dkim_key,
        include_headers=list(SIGNED_HEADERS),
    )  # fmt: skip
    return line + plain


def _html(message: Outgoing, leave: str, words: str) -> str:
    paragraphs = "".join(
        f'<p style="margin:0 0 1em">{escape(part).replace(chr(10), "<br>")}</p>'
        for part in message.text.split("\n\n")
        if part.strip()
    )
    lang = "en" if message.language == "en" else "zh-CN"
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>{escape(message.subject)}</title></head>"
        '<body style="margin:0;padding:24px;background:#f1f5f9">'
        '<div style="max-width:560px;margin:auto;padding:28px;background:#fff;border:1px solid #e2e8f0;'
        "border-radius:8px;font:16px/1.6 -apple-system,'PingFang SC','Microsoft YaHei',sans-serif;color:#0f172a\">"
        f"{paragraphs}"
        f'<p style="margin:1.5em 0 0;font-size:13px;color:#475569"><a style="color:#475569" href="{escape(leave)}">'
        f"{words}</a></p></div></body></html>"
    )
