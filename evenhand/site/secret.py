"""Django's secret: the one of the key file, or one of this process alone while there is no key file."""

import secrets
from pathlib import Path


def secret_key(key_file: Path) -> str:
    """What signs sessions and forms; raises KeyFileError when the key file cannot be used.

    Without a key file nothing is signed that another process reads: `evenhand migrate` and the like go on.
    """
    if not key_file.exists():
        return secrets.token_urlsafe(48)
    from evenhand.runtime.keys import read_keys  # most commands run before there are keys

    return read_keys(key_file).django_secret
