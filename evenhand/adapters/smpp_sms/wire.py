"""What goes over the line, as SMPP 3.4 writes it: messages by smpp34, and the few short commands around them.

smpp34's own client answers a message before anybody has kept it; here an answer leaves when that is done.
"""

import struct
from asyncio import StreamReader

HEADER = struct.Struct(">IIII")  # length, command, status, sequence number
LENGTH_MAX = 70_000  # a message of 64 kB in its payload, and some more

GENERIC_NACK, RESPONSE = 0x80000000, 0x80000000
SUBMIT_SM, DELIVER_SM, UNBIND, BIND_TRANSCEIVER, ENQUIRE_LINK = 0x04, 0x05, 0x06, 0x09, 0x15
VERSION = 0x34

OK, SYSTEM_ERROR, UNKNOWN_COMMAND = 0x00, 0x08, 0x03
QUEUE_FULL, THROTTLED = 0x14, 0x58
LATER, NEVER = 0x64, 0x65  # what we answer: not now, deliver it again; or not at all

TAG_RECEIPTED, TAG_PAYLOAD, TAG_STATE = 0x001E, 0x0424, 0x0427
TAG_JOINED, TAG_JOINED_OF, TAG_JOINED_PART = 0x020C, 0x020E, 0x020F
Frame = tuple[int, int, int, bytes]  # command, status, sequence number, all of it


class NotSmpp(ConnectionError):
    """What came is not SMPP, so nothing after it can be read either."""


async def read_frame(line: StreamReader) -> Frame:
    """The next command, whole. Raises IncompleteReadError at the end of the line, and NotSmpp."""
    head = await line.readexactly(HEADER.size)
    length, command, status, sequence = HEADER.unpack(head)
    if not HEADER.size <= length <= LENGTH_MAX:
        raise NotSmpp(f"a command of {length} octets")
    return command, status, sequence, head + await line.readexactly(length - HEADER.size)


def command(name: int, sequence: int, *, status: int = OK, body: bytes = b"") -> bytes:
    """One command, or an answer to one."""
    return HEADER.pack(HEADER.size + len(body), name, status, sequence) + body


def numbered(frame: bytes, sequence: int) -> bytes:
    """A command with its sequence number in it."""
    return frame[:12] + sequence.to_bytes(4, "big") + frame[HEADER.size :]


def bind(user: str, password: str, sequence: int) -> bytes:
    """Ask for a session in both directions."""
    body = b"".join(text.encode("ascii") + b"\0" for text in (user, password, ""))
    return command(
        BIND_TRANSCEIVER, sequence, body=body + bytes([VERSION, 0, 0]) + b"\0"
    )  # our type, number and range are the centre's to know


def reference_in(frame: bytes) -> str:
    """The centre's reference in its answer to a message."""
    return frame[HEADER.size :].partition(b"\0")[0].decode("latin-1").strip()
