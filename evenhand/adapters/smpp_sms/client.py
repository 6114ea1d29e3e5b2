"""How a text message is handed to a message centre by SMPP 3.4, and how what the centre says is kept.

The centre answers each part before the next one leaves. An answer that does not come leaves open what it did.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import smpp34
from django.db import connection

from evenhand.adapters.loopback import on_this_machine, tls_for
from evenhand.adapters.smpp_sms.heard import Receipt, read
from evenhand.adapters.smpp_sms.letters import WITH_HEADER, Octets, octets_of
from evenhand.adapters.smpp_sms.link import Link
from evenhand.adapters.smpp_sms.session import Centre
from evenhand.cycle.in_parts import (
    part_receipt_came,
    parts_taken,
    replies_overdue,
    reply_part_came,
)
from evenhand.cycle.replying import reply_came
from evenhand.outreach.channels import NotHanded, Outgoing
from evenhand.outreach.lane import gate_now
from evenhand.outreach.parts_kept import Part
from evenhand.outreach.replies_joined import Piece
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys

PORT, PORT_TLS = 2775, 3550
NAME = "smpp"
DIALLED = frozenset("+0123456789")
UNKNOWN, INTERNATIONAL, LETTERS = 0, 1, 5  # type of a number
ISDN = 1  # its plan
RECEIPT_WANTED = 1  # of the end, good or bad
TEXT_MAX = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Smpp:
    """The line to the message centre, and whether it may leave this machine."""

    link: Link
    host: str
    sender: str
    demo: bool
    name: str = field(default=NAME)

    def listen(self) -> None:
        """Bind, and hear receipts and replies from now on."""
        if not self.demo or on_this_machine(self.host):
            self.link.listen()

    def trouble(self) -> str:
        """Why the centre takes nothing now, such as WRONG_PASSWORD; empty where it does."""
        if self.demo and not on_this_machine(self.host):
            return "OUTSIDE_THIS_MACHINE"
        return self.link.trouble

    def hand(self, message: Outgoing) -> str:
        """Hand a text message over in its parts; returns the centre's reference of the first."""
        if self.demo and not on_this_machine(self.host):
            raise NotHanded("OUTSIDE_THIS_MACHINE")
        number = "".join(sign for sign in message.to if sign in DIALLED)
        if not number:
            raise NotHanded("NO_NUMBER")
        try:
            parts = [
                submit_of(octets, to=number, sender=self.sender)
                for octets in octets_of(message.text, reference=message.id.bytes[-1])
            ]
        except smpp34.SmppError:
            raise NotHanded("NOT_SMPP") from None
        return self.link.send(message.id, parts)[0]

    def close(self) -> None:
        """Keep what is being heard, and unbind."""
        self.link.close()


def submit_of(octets: Octets, *, to: str, sender: str) -> bytes:
    """One part as it leaves, but for its sequence number. Raises SmppError for what SMPP cannot say."""
    source_type, source_plan = _type_of(sender)
    type_, plan = _type_of(to)
    return smpp34.SubmitSm(
        sender.lstrip("+"), to.lstrip("+"), octets.data,
        source_addr_ton=source_type, source_addr_npi=source_plan, dest_addr_ton=type_, dest_addr_npi=plan,
        esm_class=WITH_HEADER if octets.has_header else 0, registered_delivery=RECEIPT_WANTED,
        data_coding=octets.coding,
    ).encode()  # fmt: skip


def _type_of(address: str) -> tuple[int, int]:
    if address.startswith("+"):
        return INTERNATIONAL, ISDN
    if all(sign in DIALLED for sign in address):
        return UNKNOWN, ISDN if address else UNKNOWN
    return LETTERS, UNKNOWN


def keep_taken(several: Sequence[Part]) -> None:
    """Keep parts the centre took, in the thread that keeps."""
    with _in_database():
        parts_taken(several, adapter=NAME, now=gate_now())


def keep_heard(came: smpp34.DeliverSm) -> None:
    """Keep a receipt or a reply, in the thread that keeps; the centre is answered after it."""
    found = read(came)
    if found is None or (isinstance(found, Receipt) and not found.state):
        return
    with _in_database():
        keys, now = read_keys(config().key_file), gate_now()
        if isinstance(found, Receipt):
            part_receipt_came(
                adapter=NAME, reference=found.reference, number=found.number, state=found.state, reason=found.reason,
                keys=keys, now=now,
            )  # fmt: skip
        elif found.joined is not None:
            joined = found.joined
            piece = Piece(found.number, found.text, joined.reference, joined.part, joined.of)
            reply_part_came(piece, adapter=NAME, keys=keys, now=now)
        else:
            text = found.text[:TEXT_MAX]
            reply_came(
                channel="TEXT", number=found.number, text=text, reference="", keys=keys, now=now
            )


def tidy() -> None:
    """Take long replies as they are whose rest never came."""
    with _in_database():
        replies_overdue(keys=read_keys(config().key_file), now=gate_now())


@contextmanager
def _in_database() -> Iterator[None]:
    """The connection of the thread, kept from one work to the next; after a fault the next has another."""
    try:
        yield
    except Exception:
        connection.close()
        raise


def of_settings() -> Smpp | None:
    """The message centre that the settings name; None where they name none."""
    found = config()
    if found.smpp_url is None or found.smpp_password is None:
        return None
    parts = urlsplit(found.smpp_url)
    host, secure = parts.hostname or "", parts.scheme == "ssmpp"
    centre = Centre(
        host=host, port=parts.port or (PORT_TLS if secure else PORT), user=unquote(parts.username or "evenhand"),
        password=found.smpp_password, tls=tls_for(host) if secure else None, window=found.smpp_window,
    )  # fmt: skip
    return Smpp(
        link=link_to(centre), host=host, sender=found.smpp_sender or "", demo=found.mode == "demo"
    )


def link_to(centre: Centre) -> Link:
    """A line to a message centre whose word is kept in our database."""
    return Link(centre, taken=keep_taken, heard=keep_heard, tidy=tidy)
