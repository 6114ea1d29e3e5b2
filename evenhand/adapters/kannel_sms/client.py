"""How a text message is handed to Kannel, or to whatever speaks as it does: one request, answered with what it took.

`sendsms` takes user, password, number, text and where the receipt goes. It answers 202 and "0: Accepted for delivery"
or "3: Queued for later delivery"; any other answer took nothing. A line that breaks after the request left leaves open
what it did.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from evenhand.adapters.loopback import on_this_machine
from evenhand.outreach.channels import NotHanded, Outgoing, Unsure
from evenhand.runtime.config import config

TIMEOUT_SECONDS = 5
TAKEN = ("0:", "3:")
RECEIPTS_WANTED = 31  # delivered, not delivered, buffered, accepted and refused by the centre


@dataclass(frozen=True, slots=True, kw_only=True)
class Kannel:
    """Where it is and the secret shared with it. In a demo it is on this machine or refused."""

    url: str
    user: str
    password: str = field(repr=False)
    public_url: str
    demo: bool
    name: str = "kannel"

    def hand(self, message: Outgoing) -> str:
        """Hand a text message over; returns our own reference, by which the receipt comes back."""
        where = urlsplit(self.url)
        if self.demo and not on_this_machine(where.hostname or ""):
            raise NotHanded("OUTSIDE_THIS_MACHINE")
        said = {
            "username": self.user,
            "password": self.password,
            "to": message.to,
            "text": message.text,
            "charset": "UTF-8",
            "coding": "0" if message.text.isascii() else "2",
            "dlr-mask": str(RECEIPTS_WANTED),
            "dlr-url": receipt_url(self.public_url, message.id, self.password),
        }
        kind = HTTPSConnection if where.scheme == "https" else HTTPConnection
        line = kind(where.hostname or "", where.port, timeout=TIMEOUT_SECONDS)
        try:
            line.connect()
        except OSError:
            raise NotHanded("NO_CONNECTION", again=True) from None
        try:
            line.request("GET", f"{where.path}/cgi-bin/sendsms?{urlencode(said)}")
            answer = line.getresponse()
            heard = answer.read(1_000).decode("utf-8", "replace")
        except (OSError, HTTPException):
            raise Unsure("LINE_BROKE") from None
        finally:
            line.close()
        if answer.status == 202 and heard.startswith(TAKEN):
            return str(message.id)
        raise NotHanded(f"HTTP_{answer.status}", again=answer.status >= 500)


def receipt_url(public_url: str, message_id: UUID, secret: str) -> str:
    """Where the receipt of a message goes; Kannel puts in the type and the answer of the centre."""
    return f"{public_url}/channels/kannel/receipt?m={message_id}&s={signature(message_id, secret)}&d=%d&a=%A"


def signature(message_id: UUID, secret: str) -> str:
    """What shows that an address of a receipt is ours."""
    return hmac.new(secret.encode(), message_id.bytes, hashlib.sha256).hexdigest()[:32]


def of_settings() -> Kannel | None:
    """The gateway that the settings name; None where they name none."""
    found = config()
    if found.kannel_url is None or found.kannel_password is None:
        return None
    return Kannel(
        url=found.kannel_url, user=found.kannel_user, password=found.kannel_password, public_url=found.public_url,
        demo=found.mode == "demo",
    )  # fmt: skip
