"""Addresses that say which message they are about and that we made them: return paths and the one-click address."""

import hashlib
import hmac
import re
from uuid import UUID

_RETURN = re.compile(r"bounces\+([0-9a-f]{32})-([0-9a-f]{32})@", re.I)


def signature(message_id: UUID, secret: str, *, about: str) -> str:
    """32 characters that show an address of a message is ours; another `about` gives others."""
    said = about.encode() + message_id.bytes
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()[:32]


def signed(message_id: UUID, given: str, secret: str, *, about: str) -> bool:
    """Whether that is the signature, compared without telling how far it is right."""
    return hmac.compare_digest(given.encode(), signature(message_id, secret, about=about).encode())


def return_path(message_id: UUID, secret: str, domain: str) -> str:
    """Where what cannot be delivered goes back to (variable envelope return path)."""
    return f"bounces+{message_id.hex}-{signature(message_id, secret, about='return')}@{domain}"


def message_of_return_path(address: str, secret: str) -> UUID | None:
    """The message a return path is about; None for an address that is not one of ours."""
    found = _RETURN.search(address)
    if found is None:
        return None
    message_id = UUID(found.group(1))
    return (
        message_id if signed(message_id, found.group(2).lower(), secret, about="return") else None
    )


def message_id_header(message_id: UUID, domain: str) -> str:
    """The Message-ID of a mail."""
    return f"<{message_id.hex}@{domain}>"


def message_of_header(text: str, domain: str) -> UUID | None:
    """The message that a Message-ID, In-Reply-To or References names; None where none of ours is there."""
    found = re.search(rf"<([0-9a-f]{{32}})@{re.escape(domain)}>", text, re.I)
    return None if found is None else UUID(found.group(1))


def opt_out_url(public_url: str, message_id: UUID, secret: str) -> str:
    """The address that ends mail to her with one click (RFC 8058)."""
    signed_by = signature(message_id, secret, about="opt-out")
    return f"{public_url}/channels/mail/opt-out?m={message_id}&s={signed_by}"
