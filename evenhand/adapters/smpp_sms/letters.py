"""Letters on the air: the GSM alphabet of 3GPP TS 23.038, UCS-2, and the header that joins parts (TS 23.040)."""

from collections.abc import Sequence
from typing import NamedTuple

from evenhand.outreach.messages.segments import parts_of, split

GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
MORE = dict(zip("\f^{}\\[~]|€", b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", strict=True))
ESCAPE = 0x1B
_OCTETS = {sign: bytes([place]) for place, sign in enumerate(GSM)} | {
    sign: bytes([ESCAPE, octet]) for sign, octet in MORE.items()
}
_SECOND = {octet: sign for sign, octet in MORE.items()}

CODING_GSM, CODING_UCS2 = 0x00, 0x08
WITH_HEADER = 0x40  # in esm_class
JOINED_8, JOINED_16 = 0x00, 0x08


class Octets(NamedTuple):
    """One part as it leaves: its coding, whether a header stands before it, and its octets."""

    coding: int
    has_header: bool
    data: bytes


class Header(NamedTuple):
    """What joins a part with the others of its message."""

    reference: int
    of: int
    part: int


def octets_of(text: str, reference: int) -> Sequence[Octets]:
    """The parts of a text, as many as it is counted to have; `reference` (0 to 255) joins them."""
    gsm = parts_of(text).alphabet == "GSM-7"
    coding = CODING_GSM if gsm else CODING_UCS2
    pieces = [_gsm(piece) if gsm else piece.encode("utf-16-be") for piece in split(text)]
    if len(pieces) == 1:
        return [Octets(coding, has_header=False, data=pieces[0])]
    return [
        Octets(coding, True, bytes([5, JOINED_8, 3, reference, len(pieces), number]) + piece)
        for number, piece in enumerate(pieces, 1)
    ]


def _gsm(text: str) -> bytes:
    return b"".join(_OCTETS[sign] for sign in text)


def text_of(data: bytes, coding: int) -> str:
    """What was written, by the coding it says; what nobody can read stands as �."""
    kind = coding & 0x0F if coding < 0x10 or coding >= 0xF0 else coding
    if kind == CODING_UCS2:
        return data[: len(data) // 2 * 2].decode("utf-16-be", "replace").replace("\0", "")
    if kind == CODING_GSM:
        return _read_gsm(data)
    return data.decode("ascii" if kind == 0x01 else "latin-1", "replace").replace("\0", "")


def _read_gsm(data: bytes) -> str:
    """Octets of the GSM alphabet, one a sign; what a centre passes on beyond it is read as Latin-1."""
    if any(octet > 0x7F for octet in data):
        return data.decode("latin-1")
    text, octets = "", iter(data)
    for octet in octets:
        text += GSM[octet] if octet != ESCAPE else _SECOND.get(next(octets, 0x20), " ")
    return text


def without_header(data: bytes) -> tuple[Header | None, bytes]:
    """The header that joins parts, where there is one, and what was written."""
    if not data or data[0] >= len(data):
        return None, data
    header, rest = data[1 : 1 + data[0]], data[1 + data[0] :]
    while len(header) >= 2:
        kind, length = header[0], header[1]
        said, header = header[2 : 2 + length], header[2 + length :]
        if kind == JOINED_8 and len(said) == 3:
            return _joined(said[0], said[1], said[2]), rest
        if kind == JOINED_16 and len(said) == 4:
            return _joined(said[0] << 8 | said[1], said[2], said[3]), rest
    return None, rest


def _joined(reference: int, of: int, part: int) -> Header | None:
    return Header(reference, of, part) if of > 1 and 1 <= part <= of else None
