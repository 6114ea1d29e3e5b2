"""What somebody looked for: a card's last digits or a customer's number stay in her session and out of addresses."""

import secrets

from django.http import HttpRequest

REMEMBERED = 20
TEXT_MAX_CHARACTERS = 40
_SEARCHES = "searches"


def remember(request: HttpRequest, text: str) -> str:
    """Keep a text that is looked for and return the key it stands under in an address; empty for no text."""
    text = text.replace("\0", "").strip()[:TEXT_MAX_CHARACTERS]
    if not text:
        return ""
    kept = list(request.session.get(_SEARCHES, {}).items())[1 - REMEMBERED :]
    key = secrets.token_urlsafe(9)
    request.session[_SEARCHES] = dict([*kept, (key, text)])
    return key


def searched(request: HttpRequest, key: str) -> str:
    """The text looked for under a key; empty when this session knows none."""
    text: str = request.session.get(_SEARCHES, {}).get(key, "")
    return text
