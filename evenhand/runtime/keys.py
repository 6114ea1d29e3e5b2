"""The keys of an installation: what seals people's data, what finds it again, what hides the bank's numbers.

The key file is JSON, readable by its owner alone, and never part of a backup:

    data         named 256-bit keys for AES-GCM; the last one seals, each of them opens
    blind_index  256-bit key of HMAC-SHA256, to find a sealed value by equality
    token        128-bit key of SipHash-2-4, to turn the bank's numbers into 64-bit keys
    django       signs sessions and cookies

A sealed value is: length of the key's name, the name, 12 bytes of nonce, ciphertext, 16 bytes of tag.
"""

import base64
import hmac
import json
import os
import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evenhand.runtime.config import config
from evenhand.runtime.private import write_private

NONCE_BYTES = 12
DASHES_AND_BRACKETS = frozenset("()[]")


class KeyFileError(RuntimeError):
    """The key file cannot be used; the message says why and what to do."""


class SealError(ValueError):
    """A sealed value that does not open: another key, another person or field, or changed bytes."""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Keys:
    """The keys in memory. Shows none of them when printed."""

    data: Mapping[str, AESGCM]
    newest: str
    blind_index_key: bytes
    token_key: bytes
    django_secret: str

    def seal(self, text: str, about_key: int, field: str) -> bytes:
        """Encrypt a text about a person: it opens for the same 64-bit key and field only."""
        return self.seal_bytes(text.encode(), about=about(about_key, field))

    def open(self, sealed: bytes, about_key: int, field: str) -> str:
        """Decrypt a text about a person; raise SealError when it does not open."""
        return self.open_bytes(sealed, about=about(about_key, field)).decode()

    def seal_bytes(self, plaintext: bytes, *, about: bytes) -> bytes:
        """Encrypt under the newest data key. `about` is not stored and must be given again to open."""
        header = _header(self.newest)
        nonce = os.urandom(NONCE_BYTES)
        return header + nonce + self.data[self.newest].encrypt(nonce, plaintext, header + about)

    def open_bytes(self, sealed: bytes, *, about: bytes) -> bytes:
        """Decrypt what `seal_bytes` gave for the same `about`; raise SealError when it does not open."""
        name = key_name(sealed)
        if name not in self.data:
            raise SealError(f"sealed under the key {name!r}, which is not in the key file")
        end = 1 + sealed[0]
        nonce, rest = sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :]
        try:
            return self.data[name].decrypt(nonce, rest, sealed[:end] + about)
        except (InvalidTag, ValueError):
            raise SealError("the sealed value was changed, or is about something else") from None

    def seal_column(
        self, plain: pa.Array, about_keys: npt.NDArray[np.int64], field: str
    ) -> pa.Array:
        """Seal each text of a column for the person of `about_keys` (same length); null stays null.

        Each value opens with `open(value, key, field)`.
        """
        assert len(plain) == len(about_keys)
        header = _header(self.newest)
        encrypt = self.data[self.newest].encrypt
        fixed = header + _field(field)
        nonces = os.urandom(NONCE_BYTES * len(plain))
        persons = np.ascontiguousarray(about_keys, dtype="<i8").tobytes()
        sealed: list[bytes | None] = []
        for row, value in enumerate(plain.cast(pa.binary()).to_pylist()):
            if value is None:
                sealed.append(None)
                continue
            nonce = nonces[row * NONCE_BYTES : (row + 1) * NONCE_BYTES]
            person = persons[row * 8 : row * 8 + 8]
            sealed.append(header + nonce + encrypt(nonce, value, fixed + person))
        return pa.array(sealed, type=pa.binary())

    def blind_index(self, text: str, field: str) -> bytes:
        """32 bytes that are equal for equal normalised texts of the field, and say nothing else."""
        message = _field(field) + normalised(text).encode()
        return hmac.digest(self.blind_index_key, message, "sha256")

    def tokens(self, refs: pa.Array | pa.ChunkedArray, namespace: str) -> npt.NDArray[np.int64]:
        """A 64-bit key for each of the bank's own numbers, which hides it; no nulls.

        Equal numbers of one namespace ("customer", "account", "payment", …) get equal keys, and only there.
        """
        from evenhand.kernel.siphash import siphash

        key = hmac.digest(self.token_key, namespace.encode(), "sha256")[:16]
        return siphash(refs, key).view(np.int64)


def about(person_key: int, field: str) -> bytes:
    """What a sealed field of a person is bound to: the field's name and the person's 64-bit key."""
    return _field(field) + person_key.to_bytes(8, "little", signed=True)


def key_name(sealed: bytes) -> str:
    """The name of the data key a value was sealed under."""
    if not sealed or len(sealed) < 1 + sealed[0] + NONCE_BYTES + 16:
        raise SealError("not a sealed value: too short")
    return sealed[1 : 1 + sealed[0]].decode("ascii", errors="replace")


def names_in_use(sealed: Iterable[bytes]) -> Counter[str]:
    """How many of the values were sealed under each key."""
    return Counter(key_name(value) for value in sealed)


def normalised(text: str) -> str:
    """The text without differences of width, case, blanks, dashes and brackets."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if not (c.isspace() or c in DASHES_AND_BRACKETS or _dash(c)))


def _dash(character: str) -> bool:
    return unicodedata.category(character) == "Pd"


def _field(field: str) -> bytes:
    return field.encode() + b"\0"


def _header(name: str) -> bytes:
    return bytes([len(name)]) + name.encode("ascii")


def new_keys(path: Path, *, made_at: datetime) -> None:
    """Make a key file with fresh keys; raise KeyFileError when there is one already."""
    if path.exists():
        raise KeyFileError(f"{path} exists; a lost key loses the data, so it is not written over")
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "data": [_data_key("d1", made_at)],
        "blind_index": _fresh(32),
        "token": _fresh(16),
        "django": secrets.token_urlsafe(48),
    }
    write_private(path, json.dumps(content, indent=2))


def rotate(path: Path, *, made_at: datetime) -> str:
    """Add a data key, which seals from now on, and return its name. Older keys still open."""
    content = _read(path)
    name = f"d{len(content['data']) + 1}"
    content["data"].append(_data_key(name, made_at))
    write_private(path, json.dumps(content, indent=2))
    return name


def read_keys(path: Path) -> Keys:
    """Read a key file; raise KeyFileError when it is missing, open to others, or no key file."""
    content = _read(path)
    try:
        data = {key["name"]: AESGCM(_bytes(key["key"], 32)) for key in content["data"]}
        return Keys(
            data=data,
            newest=content["data"][-1]["name"],
            blind_index_key=_bytes(content["blind_index"], 32),
            token_key=_bytes(content["token"], 16),
            django_secret=str(content["django"]),
        )
    except (KeyError, IndexError, TypeError, ValueError):
        raise KeyFileError(
            f"{path} is not a key file of Evenhand; restore it from where you keep it"
        ) from None


@cache
def keys() -> Keys:
    """The keys of this process, read once from EVENHAND_KEY_FILE."""
    return read_keys(config().key_file)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = path.stat()
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise KeyFileError(f"{path} does not exist; make one with `evenhand keys new`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"{path} cannot be read: {type(error).__name__}") from None
    if found.st_mode & 0o077:
        raise KeyFileError(f"{path} may be read by other users; run `chmod 600` on it")
    try:
        content: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError:
        raise KeyFileError(f"{path} is not JSON; restore it from where you keep it") from None
    return content


def _data_key(name: str, made_at: datetime) -> dict[str, str]:
    return {"name": name, "made_at": made_at.isoformat(timespec="seconds"), "key": _fresh(32)}


def _fresh(length: int) -> str:
    return base64.b64encode(os.urandom(length)).decode()


def _bytes(text: str, length: int) -> bytes:
    value = base64.b64decode(text, validate=True)
    if len(value) != length:
        raise ValueError("a key of another length")
    return value
