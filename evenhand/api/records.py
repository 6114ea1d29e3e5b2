"""Records that an outside system signs: Ed25519 over the one way to write them (journal.rules.canonical)."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evenhand.journal.rules import NotCanonical, canonical

SIGNATURE_BYTES = 64


def is_signed(record: Mapping[str, Any], signature: str, public_key: bytes | None) -> bool:
    """Whether the signature (base64) is that of the key over the record; false without a key or a signature."""
    if public_key is None:
        return False
    try:
        signed = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signed, canonical(record))
    except (binascii.Error, ValueError, InvalidSignature, NotCanonical):
        return False
    return len(signed) == SIGNATURE_BYTES


def sent_record(body: bytes, name: str) -> Mapping[str, Any]:
    """The record in a body as it was written by who signed it, before anything of it was read as a time."""
    found: Mapping[str, Any] = json.loads(body)[name]
    return found
