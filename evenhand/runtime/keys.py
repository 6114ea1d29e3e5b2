"""The keys of an installation: what people's data is sealed with, and what their numbers are replaced by.

    sealed    b"\\x01", length of the key's name (1 byte), the name, nonce (12 bytes), ciphertext and tag (16 bytes)

AES-256-GCM. The bytes before the nonce and what the value is about are authenticated with it, so a value moved to
another person or another field does not open. The newest data key seals; every key of the file opens.
"""

import base64
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evenhand.kernel.compiled import compiled
from evenhand.runtime.private import write_private

Keys64 = npt.NDArray[np.int64]
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
_FORMAT = 1
_BINARY_BYTES_MAX = 2**31 - 1


class KeyFileError(ValueError):
    """The key file cannot be used; the message names it and says what to do, and holds nothing secret."""


class SealedError(ValueError):
    """A sealed value cannot be opened: its key is missing, or it was altered or is about something else."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key that seals; its name stands in everything it sealed."""

    name: str
    made_at: datetime
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The content of a key file. Data keys are in the order they were made; shows no secret when printed."""

    data_keys: tuple[DataKey, ...]
    blind_index_key: bytes = field(repr=False)
    token_key: bytes = field(repr=False)
    django_secret: str = field(repr=False)

    @property
    def newest(self) -> DataKey:
        """The key that seals."""
        return self.data_keys[-1]

    def seal(self, plain: bytes, *, about: bytes) -> bytes:
        """Seal bytes with the newest key; they open only with the same `about`."""
        header, nonce = _header(self.newest.name), os.urandom(NONCE_BYTES)
        cipher = _cipher(self.newest.secret)
        return header + nonce + cipher.encrypt(nonce, plain, header + about)

    def unseal(self, sealed: bytes, *, about: bytes) -> bytes:
        """The bytes that were sealed about the same thing; raises SealedError."""
        name = self.key_name(sealed)
        key = next((key for key in self.data_keys if key.name == name), None)
        if key is None:
            raise SealedError(f"sealed with the data key {name}, which is not in the key file")
        start = len(_header(name))
        nonce, content = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
        try:
            return _cipher(key.secret).decrypt(nonce, content, sealed[:start] + about)
        except (InvalidTag, ValueError):
            raise SealedError(
                f"the content was altered or is about something else; its data key is {name}"
            ) from None

    def key_name(self, sealed: bytes) -> str:
        """The name of the data key that sealed this; raises SealedError when nothing of ours did."""
        end = 2 + sealed[1] if len(sealed) > 1 else 0
        if len(sealed) < end + NONCE_BYTES + TAG_BYTES or sealed[0] != _FORMAT:
            raise SealedError("this is no sealed value, or it was cut off")
        name = sealed[2:end]
        if not name.isascii() or not name.decode("ascii").isprintable():
            raise SealedError("this is no sealed value: the name of its data key cannot be read")
        return name.decode("ascii")

    def open(self, sealed: bytes, about_key: int, field: str) -> str:
        """The text of one value of a column sealed by `seal_column`; raises SealedError."""
        return self.unseal(sealed, about=_about(about_key, field)).decode("utf-8")

    def seal_column(self, plain: pa.Array, about_keys: Keys64, field: str) -> pa.Array:
        """Each text sealed about (person, field), a binary array; null stays null.

        It is large_binary when the sealed bytes do not fit into a binary array.
        """
        assert len(plain) == len(about_keys)
        starts, texts = _flat(plain)
        present = ~np.asarray(plain.is_null().to_numpy(zero_copy_only=False), dtype=bool)
        header = _header(self.newest.name)
        overhead = len(header) + NONCE_BYTES + TAG_BYTES
        lengths = np.where(present, np.diff(starts) + overhead, 0)
        ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        rows = np.flatnonzero(present)
        nonces = os.urandom(NONCE_BYTES * len(rows))
        about = np.ascontiguousarray(about_keys, dtype="<i8").tobytes()
        tail, encrypt = field.encode("utf-8"), _cipher(self.newest.secret).encrypt
        content = texts[starts[0] : starts[-1]].tobytes()
        starts = starts - starts[0]
        sealed: list[bytes] = []
        put = sealed.append
        bounds = zip(rows.tolist(), starts[rows].tolist(), starts[rows + 1].tolist(), strict=True)
        for at, (row, start, end) in enumerate(bounds):
            nonce = nonces[at * NONCE_BYTES : (at + 1) * NONCE_BYTES]
            person = about[row * 8 : row * 8 + 8]
            put(header)
            put(nonce)
            put(encrypt(nonce, content[start:end], header + person + tail))
        return _binary(ends, b"".join(sealed), present)

    def tokens(self, refs: pa.Array, namespace: str) -> Keys64:
        """The keyed 64-bit token of each reference, the same for the same text in a namespace; 0 where null."""
        merged = refs.combine_chunks() if isinstance(refs, pa.ChunkedArray) else refs
        derived = hmac.digest(self.token_key, namespace.encode("utf-8"), hashlib.sha256)
        first, second = np.frombuffer(derived[:16], dtype="<u8")
        starts, texts = _flat(merged)
        found = np.empty(len(merged), dtype=np.uint64)
        _siphash_all(starts, texts, first, second, found)
        if merged.null_count:
            found[merged.is_null().to_numpy(zero_copy_only=False)] = 0
        return found.view(np.int64)

    def blind_index(self, text: str, field: str) -> bytes:
        """32 bytes by which the same text is found again without opening it; case and width make no difference."""
        plain = unicodedata.normalize("NFKC", text).strip().casefold()
        message = field.encode("utf-8") + b"\0" + plain.encode("utf-8")
        return hmac.digest(self.blind_index_key, message, hashlib.sha256)


def new_keys(path: Path, *, made_at: datetime) -> Keys:
    """Make a key file of mode 0600; raises KeyFileError when there is one."""
    keys = Keys(
        data_keys=(_new_data_key(made_at),),
        blind_index_key=secrets.token_bytes(KEY_BYTES),
        token_key=secrets.token_bytes(KEY_BYTES),
        django_secret=secrets.token_urlsafe(48),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        if os.path.lexists(path):
            raise KeyFileError(f"{path} exists; a key file is never overwritten")
        _write(path, keys)
    return keys


def rotate_keys(path: Path, *, made_at: datetime) -> Keys:
    """Add a data key that seals from now on; what older keys sealed stays readable. Raises KeyFileError."""
    if not path.parent.is_dir():
        return read_keys(path)
    with _locked(path):
        keys = read_keys(path)
        rotated = replace(keys, data_keys=(*keys.data_keys, _new_data_key(made_at)))
        _write(path.resolve(), rotated)
    return rotated


def read_keys(path: Path) -> Keys:
    """The keys of a file that belongs to us and that nobody else may read; raises KeyFileError."""
    try:
        with path.open("rb") as stream:
            require_private(path, os.fstat(stream.fileno()))
            content = stream.read()
    except FileNotFoundError:
        raise KeyFileError(
            f"there is no key file {path}; make one with `evenhand keys new` or bring back the one that was kept"
        ) from None
    except PermissionError:
        raise KeyFileError(f"the key file {path} belongs to another user") from None
    except IsADirectoryError:
        raise KeyFileError(f"{path} is a folder; expected the key file") from None
    try:
        return _keys_from(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyFileError(f"{path} is not a whole key file of Evenhand") from None


def require_private(path: Path, found: os.stat_result) -> None:
    """Raise KeyFileError unless an opened file belongs to us and nobody else may read it."""
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid != os.geteuid():
        raise KeyFileError(
            f"the key file {path} belongs to the user with number {found.st_uid}; "
            f"expected our own, {os.geteuid()}"
        )
    if mode & ~0o600:
        raise KeyFileError(f"the key file {path} has mode {mode:04o}; expected 0600")


def _keys_from(stated: Mapping[str, Any]) -> Keys:
    data_keys = tuple(
        DataKey(str(key["name"]), datetime.fromisoformat(key["made_at"]), _key(key["key"]))
        for key in stated["data_keys"]
    )
    names = {key.name for key in data_keys}
    if stated["format"] != _FORMAT or not data_keys or len(names) != len(data_keys):
        raise ValueError("format")
    secret = stated["django_secret"]
    if not isinstance(secret, str) or len(secret) < KEY_BYTES:
        raise ValueError("django_secret")
    return Keys(
        data_keys=data_keys,
        blind_index_key=_key(stated["blind_index_key"]),
        token_key=_key(stated["token_key"]),
        django_secret=secret,
    )


def _key(text: str) -> bytes:
    found = base64.b64decode(text, validate=True)
    if len(found) != KEY_BYTES:
        raise ValueError("length")
    return found


def _write(path: Path, keys: Keys) -> None:
    def text(key: bytes) -> str:
        return base64.b64encode(key).decode("ascii")

    stated = {
        "format": _FORMAT,
        "data_keys": [
            {"name": key.name, "made_at": key.made_at.isoformat(), "key": text(key.secret)}
            for key in keys.data_keys
        ],
        "blind_index_key": text(keys.blind_index_key),
        "token_key": text(keys.token_key),
        "django_secret": keys.django_secret,
    }
    write_private(path, json.dumps(stated, indent=2) + "\n")
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _new_data_key(made_at: datetime) -> DataKey:
    assert made_at.tzinfo is not None
    name = f"{made_at:%Y%m%d}-{secrets.token_hex(4)}"
    return DataKey(name, made_at, secrets.token_bytes(KEY_BYTES))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep others from changing a key file of the same folder meanwhile."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@lru_cache(maxsize=64)
def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(secret)


def _header(name: str) -> bytes:
    return bytes([_FORMAT, len(name)]) + name.encode("ascii")


def _about(about_key: int, field: str) -> bytes:
    return about_key.to_bytes(8, "little", signed=True) + field.encode("utf-8")


def _flat(texts: pa.Array) -> tuple[Keys64, npt.NDArray[np.uint8]]:
    """Where each text starts and the last ends, and the bytes they lie in."""
    large = texts.cast(pa.large_binary())
    if len(large) == 0:
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    _, offsets, data = large.buffers()
    starts = np.frombuffer(offsets, np.int64)[large.offset : large.offset + len(large) + 1]
    return starts, np.frombuffer(data, np.uint8) if data else np.zeros(0, dtype=np.uint8)


def _binary(ends: Keys64, content: bytes, present: npt.NDArray[np.bool_]) -> pa.Array:
    fits = ends[-1] <= _BINARY_BYTES_MAX
    kind, width = (pa.binary(), np.int32) if fits else (pa.large_binary(), np.int64)
    valid = None
    if not present.all():
        valid = pa.py_buffer(np.packbits(present, bitorder="little"))
    buffers = [valid, pa.py_buffer(ends.astype(width)), pa.py_buffer(content)]
    return pa.Array.from_buffers(kind, len(present), buffers)


# SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed function of short texts that nobody without the key can foresee.
_V0, _V1 = np.uint64(0x736F6D6570736575), np.uint64(0x646F72616E646F6D)
_V2, _V3 = np.uint64(0x6C7967656E657261), np.uint64(0x7465646279746573)
_FF, _BYTE, _WORD = np.uint64(0xFF), np.uint64(8), np.uint64(56)
_13, _16, _17, _21, _32, _64 = (np.uint64(n) for n in (13, 16, 17, 21, 32, 64))


@compiled
def _turn(word: Any, bits: Any) -> Any:
    return (word << bits) | (word >> (_64 - bits))


@compiled
def _round(v0: Any, v1: Any, v2: Any, v3: Any) -> Any:
    v0 += v1
    v1 = _turn(v1, _13) ^ v0
    v0 = _turn(v0, _32)
    v2 += v3
    v3 = _turn(v3, _16) ^ v2
    v0 += v3
    v3 = _turn(v3, _21) ^ v0
    v2 += v1
    v1 = _turn(v1, _17) ^ v2
    v2 = _turn(v2, _32)
    return v0, v1, v2, v3


@compiled
def _siphash(data: Any, start: Any, end: Any, first: Any, second: Any) -> Any:
    v0, v1, v2, v3 = first ^ _V0, second ^ _V1, first ^ _V2, second ^ _V3
    whole = start + (end - start) // 8 * 8
    for at in range(start, whole, 8):
        word = np.uint64(0)
        for byte in range(8):
            word |= np.uint64(data[at + byte]) << (np.uint64(byte) * _BYTE)
        v3 ^= word
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= word
    word = np.uint64(end - start) << _WORD
    for at in range(whole, end):
        word |= np.uint64(data[at]) << (np.uint64(at - whole) * _BYTE)
    v3 ^= word
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0 ^= word
    v2 ^= _FF
    for _ in range(4):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@compiled
def _siphash_all(starts: Any, data: Any, first: Any, second: Any, found: Any) -> Any:
    for row in range(len(found)):
        found[row] = _siphash(data, starts[row], starts[row + 1], first, second)
