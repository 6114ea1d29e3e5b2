"""What a message centre delivers, read: receipts of parts, whole replies, and parts of long ones.

A receipt names its part in a field of its own or in its text (SMPP 3.4, appendix B), and its state in either.
"""

import re
from typing import NamedTuple

import smpp34

from evenhand.adapters.smpp_sms import wire
from evenhand.adapters.smpp_sms.letters import WITH_HEADER, Header, text_of, without_header

RECEIPT, KINDS = 0x04, 0x3C  # in esm_class
ON_THE_WAY = frozenset({"ENROUTE", "ACCEPTD", "SCHEDULED", "BUFFRED"})
STATES = {
    "DELIVRD": "DELIVERED",
    "UNDELIV": "FAILED",
    "REJECTD": "FAILED",
    "DELETED": "FAILED",
    "EXPIRED": "EXPIRED",
}
CODES = {
    1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD",
}  # fmt: skip
_SAID = re.compile(r"\b(id|stat|err):\s*([^\s]+)", re.IGNORECASE)


class Receipt(NamedTuple):
    """What the centre says of a part: DELIVERED, FAILED, EXPIRED, UNKNOWN, or empty while it is on its way."""

    reference: str
    number: str
    state: str
    reason: str


class Written(NamedTuple):
    """What somebody wrote to the bank, whole or a part of it."""

    number: str
    text: str
    joined: Header | None


def read(came: smpp34.DeliverSm) -> Receipt | Written | None:
    """What came; None where it is neither a receipt of something nor words."""
    tags = {tag.tag: tag.value for tag in came.tlvs}
    data = came.short_message or tags.get(wire.TAG_PAYLOAD, b"")
    if came.esm_class & KINDS == RECEIPT:
        return _receipt(came.source_addr, data.decode("latin-1"), tags)
    if came.esm_class & KINDS:
        return None  # an acknowledgement of the telephone's, or a notice on the way
    header, rest = without_header(data) if came.esm_class & WITH_HEADER else (None, data)
    text = text_of(rest, came.data_coding)
    joined = header or _joined(tags)
    return Written(came.source_addr, text, joined) if came.source_addr and text else None


def _receipt(number: str, text: str, tags: dict[int, bytes]) -> Receipt | None:
    said = {name.lower(): value for name, value in _SAID.findall(text.partition("text:")[0])}
    named = tags.get(wire.TAG_RECEIPTED, b"").partition(b"\0")[0].decode("latin-1")
    reference = (named or said.get("id", "")).strip()
    code = tags.get(wire.TAG_STATE, b"")
    stat = said.get("stat", "").upper() or CODES.get(int.from_bytes(code, "big"), "")
    if not reference:
        return None
    state = "" if stat in ON_THE_WAY else STATES.get(stat, "UNKNOWN")
    return Receipt(reference, number, state, " ".join(filter(None, (stat, said.get("err", "")))))


def _joined(tags: dict[int, bytes]) -> Header | None:
    """Parts joined by fields of their own instead of a header."""
    names = (wire.TAG_JOINED, wire.TAG_JOINED_OF, wire.TAG_JOINED_PART)
    reference, of, part = (int.from_bytes(tags.get(name, b""), "big") for name in names)
    return Header(reference, of, part) if of > 1 and 1 <= part <= of else None
