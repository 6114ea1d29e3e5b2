"""The key seals are signed with: an Ed25519 key in a private file of its own beside the key file.

Who reads the database and the backups cannot sign; who takes this file can, which is why anchors are kept outside.
"""

import base64
import json
import os
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evenhand.runtime.keys import KeyFileError, require_private
from evenhand.runtime.private import write_private

_FORMAT = 1


def sealing_key_file(key_file: Path) -> Path:
    """Where the sealing key lies for an installation with this key file."""
    return key_file.with_name(f"{key_file.stem}.seal{key_file.suffix or '.json'}")


def sealing_key(path: Path, *, made_at: datetime) -> Ed25519PrivateKey:
    """The key of a file that belongs to us alone, made when there is none; raises KeyFileError.

    The caller keeps others from making one at the same time.
    """
    if not os.path.lexists(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate().private_bytes_raw()
        stated = {
            "format": _FORMAT,
            "made_at": made_at.isoformat(),
            "sealing_key": base64.b64encode(made).decode("ascii"),
        }
        write_private(path, json.dumps(stated, indent=2) + "\n")
    with path.open("rb") as stream:
        require_private(path, os.fstat(stream.fileno()))
        content = stream.read()
    try:
        stated = json.loads(content)
        if stated["format"] != _FORMAT:
            raise ValueError("format")
        secret = base64.b64decode(stated["sealing_key"], validate=True)
        return Ed25519PrivateKey.from_private_bytes(secret)
    except (ValueError, KeyError, TypeError):
        raise KeyFileError(f"{path} is not a whole sealing key of Evenhand") from None
