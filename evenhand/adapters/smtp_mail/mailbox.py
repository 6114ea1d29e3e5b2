"""The mailbox of what comes back: each mail is read, acted on, and only then marked as seen; twice is once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from imapclient import IMAPClient, SocketTimeout

from evenhand.adapters.loopback import on_this_machine, tls_for
from evenhand.adapters.smtp_mail.reading import Came, Unreadable, came
from evenhand.adapters.smtp_mail.signs import message_of_header, message_of_return_path
from evenhand.cycle.dispatching import receipt_came
from evenhand.cycle.replying import address_is_dead, opted_out_of, reply_came
from evenhand.outreach.models import Message
from evenhand.runtime.config import config
from evenhand.runtime.keys import Keys

AT_ONCE = 200
CONNECT_SECONDS, READ_SECONDS = 10, 60
# Bad, moved or no mailbox, no such system, one that takes no mail (RFC 3463, RFC 7505). 5.1.7 and 5.1.8 blame our own
# address, and must cost nobody hers.
DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
log = structlog.get_logger()


class MailboxFailed(RuntimeError):
    """The mailbox cannot be reached or opened; what was read before stands."""


class Box(Protocol):
    """What reading asks of `imapclient.IMAPClient`."""

    def search(self, criteria: Any) -> Iterable[int]:
        """The numbers of the mails that are so."""

    def fetch(self, messages: Any, data: Any) -> Mapping[int, Mapping[bytes, Any]]:
        """What is asked of those mails."""

    def add_flags(self, messages: Any, flags: Any) -> Any:
        """Mark those mails."""


def read_mailbox(box: Box, *, secret: str, domain: str, keys: Keys, now: datetime) -> Counter[str]:
    """Act on the mails nobody has seen; returns how many were of which kind. A mail that cannot be read is flagged."""
    done: Counter[str] = Counter()
    for number in list(box.search("UNSEEN"))[:AT_ONCE]:
        found = box.fetch([number], ["BODY.PEEK[]"]).get(number)
        if found is None:  # somebody else removed it meanwhile
            continue
        raw = found[b"BODY[]"]
        try:
            mail = came(raw)
        except Unreadable:
            done["UNREADABLE"] += 1
            box.add_flags([number], [b"\\Seen", b"\\Flagged"])
            continue
        done[_act(mail, sha256(raw).hexdigest(), secret, domain, keys, now)] += 1
        box.add_flags([number], [b"\\Seen"])
    return done


def _act(mail: Came, digest: str, secret: str, domain: str, keys: Keys, now: datetime) -> str:
    message_id = _about(mail, secret, domain)
    if mail.kind == "ANSWER":
        reply_came(
            channel="EMAIL", number=mail.sender, text=mail.words, reference=_reference(mail, digest),
            about=message_id, keys=keys, now=now,
        )  # fmt: skip
        return "ANSWER"
    if message_id is None:
        return "OF_NOBODY"
    if mail.kind in {"DELIVERED", "FAILED"}:
        receipt_came(message_id=message_id, status=mail.kind, reason=mail.status, now=now)
    if mail.kind == "FAILED" and mail.status in DEAD:
        address_is_dead(message_id=message_id, now=now)
    if mail.kind == "COMPLAINT":
        opted_out_of(
            message_id=message_id, evidence="complaint by her mail provider", keys=keys, now=now
        )
    return mail.kind


def _reference(mail: Came, digest: str) -> str:
    """The name of an answer: hashed, for who sends it chooses its Message-ID, and it may be of any length."""
    return sha256(mail.message_id.encode()).hexdigest() if mail.message_id else digest


def _about(mail: Came, secret: str, domain: str) -> UUID | None:
    """The message of ours it is about: by the return path, the envelope id, or the Message-ID, in this order."""
    for address in mail.returned_to:
        found = message_of_return_path(address, secret)
        if found and Message.objects.filter(id=found).exists():  # not, after an older backup
            return found
    with suppress(ValueError):
        named = UUID(mail.envelope_id)
        if Message.objects.filter(id=named).exists():
            return named
    named_by = message_of_header(mail.refers_to, domain)
    return named_by if named_by and Message.objects.filter(id=named_by).exists() else None


def poll_once(*, keys: Keys, now: datetime) -> Counter[str]:
    """Read the mailbox the settings name; nothing where they name none. Raises MailboxFailed."""
    found = config()
    if found.imap_url is None or found.mail_secret is None or found.mail_from is None:
        return Counter()
    where = urlsplit(found.imap_url)
    host = where.hostname or ""
    if found.mode == "demo" and not on_this_machine(host):
        raise MailboxFailed("a demo reads no mailbox outside this machine")
    secure = where.scheme == "imaps"
    if not secure and not on_this_machine(host):
        raise MailboxFailed("a mailbox outside this machine is read over imaps")
    try:
        with IMAPClient(
            host, where.port, ssl=secure, ssl_context=tls_for(host) if secure else None, use_uid=True,
            timeout=SocketTimeout(CONNECT_SECONDS, READ_SECONDS),
        ) as box:  # fmt: skip
            box.login(unquote(where.username or ""), unquote(where.password or ""))
            box.select_folder(where.path.strip("/") or "INBOX")
            return read_mailbox(
                box,
                secret=found.mail_secret,
                domain=found.mail_from.rpartition("@")[2],
                keys=keys,
                now=now,
            )
    except (OSError, IMAPClient.Error) as error:
        log.warning("mailbox_failed", fault=type(error).__name__)
        raise MailboxFailed("the mailbox cannot be read now") from None
