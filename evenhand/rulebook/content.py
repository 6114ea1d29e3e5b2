"""The document of a version as it is stored: deflated, with the sha256 of what was written and of what it says."""

import hashlib
import zlib

from evenhand.dmn import ModelError, loads


def deflated(content: bytes) -> bytes:
    """A document as a row holds it."""
    return zlib.compress(content, 6)


def inflated(stored: bytes | memoryview) -> bytes:
    """The document back."""
    return zlib.decompress(bytes(stored))


def sha256_of(content: bytes) -> str:
    """Of the document as written, labels, comments and layout included."""
    return hashlib.sha256(content).hexdigest()


def digest_of(content: bytes) -> str:
    """Of what the tables say; empty while they cannot be read."""
    try:
        return loads(content).digest
    except ModelError:
        return ""
