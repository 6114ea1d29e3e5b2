"""What stands in the code on a letter: which letter it is and until when, signed; nothing about her."""

import base64
import hashlib
import hmac
from datetime import date, timedelta
from uuid import UUID

GENUINE_DAYS = 180
_EPOCH = date(2020, 1, 1)


class NotOurs(ValueError):
    """A code that we did not make."""


def token(message_id: UUID, secret: bytes, *, until_on: date) -> str:
    """38 characters of an address: the letter's id, a day and a signature."""
    said = message_id.bytes + (until_on - _EPOCH).days.to_bytes(2, "big")
    return base64.urlsafe_b64encode(said + _signature(said, secret)).decode().rstrip("=")


def read_token(text: str, secret: bytes) -> tuple[UUID, date]:
    """The letter and the day until which its code is good. Raises NotOurs."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise NotOurs("not base64") from None
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != text:
        raise NotOurs("not as we write it")
    said, given = raw[:18], raw[18:]
    if len(said) != 18 or not hmac.compare_digest(given, _signature(said, secret)):
        raise NotOurs("not signed by us")
    return UUID(bytes=said[:16]), _EPOCH + timedelta(days=int.from_bytes(said[16:], "big"))


def _signature(said: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"letter" + said, hashlib.sha256).digest()[:10]
