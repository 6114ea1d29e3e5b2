"""Surrogate keys: version 7 UUIDs, ordered by the millisecond they were made."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """Return a fresh RFC 9562 version 7 UUID: 48 bits of Unix milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)
