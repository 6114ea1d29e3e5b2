"""Keys of contacts: version 7 UUIDs of the millisecond they are filed under, so a key says in which week to look."""

import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def contact_id(at: datetime) -> UUID:
    """A fresh key for a contact filed under `at`."""
    value = ((at - _EPOCH) // _MILLISECOND & (1 << 48) - 1) << 80
    random = int.from_bytes(os.urandom(10), "big")
    value |= 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)


def filed_between(contact: UUID) -> tuple[datetime, datetime]:
    """From when to when (exclusive) `at` of the contact with this key lies; empty for keys of other kinds."""
    if contact.version != 7:
        return _EPOCH, _EPOCH
    first = _EPOCH + timedelta(milliseconds=contact.int >> 80)
    return first, first + _MILLISECOND
