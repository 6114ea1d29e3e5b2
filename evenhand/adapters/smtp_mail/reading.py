"""What a mail that came back is: a notice of a delivery, a robot's answer, a complaint, or somebody's own words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import getaddresses

WORDS_MAX = 2_000
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_QUOTED = re.compile(
    r"^\s*(?:>|-{2,}\s*(?:original message|原始邮件)|on .{5,120} wrote:\s*$|在.{4,120}写道[:：]\s*$"
    r"|(?:发件人|from)[:：].*@)",
    re.I,
)


class Unreadable(ValueError):
    """What came is no mail that can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One mail that came, and what it says of which of ours."""

    kind: str  # DELIVERED, DELAYED, FAILED, COMPLAINT, AUTO or ANSWER
    message_id: str  # its own, with brackets; empty where it has none
    returned_to: tuple[str, ...]  # the addresses it was delivered to
    envelope_id: str  # ours, as a notice repeats it
    refers_to: str  # the Message-IDs it names
    status: str  # of a notice, such as 5.1.1, without what a server adds in words
    sender: str = field(repr=False)
    words: str = field(repr=False)


def came(raw: bytes) -> Came:
    """Read one mail; raises Unreadable."""
    try:
        mail = message_from_bytes(raw, policy=default)
        assert isinstance(mail, EmailMessage)
        return _came(mail)
    except Exception as error:  # anybody may send anything, and one mail must not stop the others
        raise Unreadable(type(error).__name__) from None


def _came(mail: EmailMessage) -> Came:
    notice = next(_parts(mail, "message/delivery-status"), None)
    abuse = next(_parts(mail, "message/feedback-report"), None)
    fields = _fields(notice) if notice is not None else {}
    kind = _kind_of_notice(fields) if notice is not None else ""
    if abuse is not None:
        kind = "COMPLAINT"
    elif not kind:
        kind = "AUTO" if _is_a_robot(mail) else "ANSWER"
    return Came(
        kind=kind, message_id=_text(mail, "Message-ID"), returned_to=tuple(_recipients(mail)),
        envelope_id=fields.get("original-envelope-id", ""), refers_to=_refers_to(mail), status=_status(fields),
        sender=next((address for _, address in getaddresses([_text(mail, "From")])), ""),
        words=_words(mail) if kind == "ANSWER" else "",
    )  # fmt: skip


def _kind_of_notice(fields: dict[str, str]) -> str:
    action, status = fields.get("action", "").lower(), _status(fields)
    if action in {"delivered", "relayed", "expanded"} or status.startswith("2."):
        return "DELIVERED"
    if action == "delayed" or (status.startswith("4.") and action != "failed"):
        return "DELAYED"
    return "FAILED"


def _status(fields: dict[str, str]) -> str:
    """The three figures alone: the words beside them may name her."""
    found = _STATUS.match(fields.get("status", ""))
    return "" if found is None else found.group()


def _fields(notice: Message) -> dict[str, str]:
    """All fields of a notice (RFC 3464), those of the message and of its one recipient."""
    found: dict[str, str] = {}
    blocks = notice.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, Message):
            found |= {name.lower(): str(value).strip() for name, value in block.items()}
    return found


def _is_a_robot(mail: EmailMessage) -> bool:
    """RFC 3834, and what robots said before it."""
    said = _text(mail, "Auto-Submitted").lower()
    return bool(
        (said and said != "no")
        or mail.get("X-Autoreply")
        or mail.get("X-Autorespond")
        or _text(mail, "Precedence").lower() in {"bulk", "junk", "auto_reply", "list"}
        or _text(mail, "Return-Path").strip() == "<>"
    )


def _recipients(mail: EmailMessage) -> Iterator[str]:
    for name in ("Delivered-To", "X-Original-To", "Envelope-To", "To"):
        for value in mail.get_all(name, []):
            yield from (address for _, address in getaddresses([str(value)]) if address)


def _refers_to(mail: EmailMessage) -> str:
    """The Message-IDs named by an answer, or by the headers of ours that a notice or a complaint brings back."""
    named = f"{_text(mail, 'In-Reply-To')} {_text(mail, 'References')}"
    for kind in ("message/rfc822", "text/rfc822-headers"):
        for part in _parts(mail, kind):
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                named += f" {inner[0].get('Message-ID', '')}"
            elif isinstance(inner, str):
                named += f" {message_from_bytes(inner.encode()).get('Message-ID', '')}"
    return named.strip()


def _words(mail: EmailMessage) -> str:
    """What she wrote herself, without what she quotes."""
    body = mail.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    text = body.get_content()
    if body.get_content_type() == "text/html":
        text = re.sub(
            r"<[^>]+>", " ", re.sub(r"(?is)<(script|style|blockquote).*?</\1>", " ", text)
        )
    kept = []
    for line in text.splitlines():
        if _QUOTED.match(line):
            break
        kept.append(line.strip())
    return _writable("\n".join(kept)).strip()[:WORDS_MAX]


def _parts(mail: Message, kind: str) -> Iterator[Message]:
    return (part for part in mail.walk() if part.get_content_type() == kind)


def _text(mail: Message, name: str) -> str:
    return _writable(str(mail.get(name, ""))).strip()


def _writable(text: str) -> str:
    """Without what no database takes: NUL, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
