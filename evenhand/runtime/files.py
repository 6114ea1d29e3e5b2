"""The bank's files as they were received, encrypted and named by the sha256 of what they hold.

    <sha256>.enc    length of the sealed file key (2 bytes, big-endian), the sealed file key, then the chunks
    chunk           at most 1 MiB of the file under AES-256-GCM, and its tag (16 bytes)

Each file has a key of its own, sealed with the installation's data key about the file's sha256. The nonce of a
chunk is its number (11 bytes, big-endian) and 1 for the last chunk, 0 before: a file that was cut, put together
in another order or given another's name does not open.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evenhand.kernel.digest import file_sha256
from evenhand.runtime.config import Config
from evenhand.runtime.keys import NONCE_BYTES, TAG_BYTES, read_keys
from evenhand.runtime.lake import write_whole

CHUNK_BYTES = 1 << 20


class RawFileError(ValueError):
    """A kept file cannot be given back, or a file changed while it was kept; the message names it."""


@dataclass(frozen=True, slots=True)
class FileStore:
    """The encrypted files of one folder; the key file is read when a file is kept or read."""

    root: Path
    key_file: Path

    def path_of(self, sha256: str) -> Path:
        """Where the file of that content lies, kept or not."""
        assert re.fullmatch(r"[0-9a-f]{64}", sha256), "a sha256 in hexadecimal"
        return self.root / f"{sha256}.enc"

    def keep(self, path: Path) -> str:
        """Keep a file unless the same bytes are kept already; returns the sha256 of the bytes in hexadecimal.

        Raises RawFileError when the file changes meanwhile, and KeyFileError.
        """
        sha256 = file_sha256(path)
        place = self.path_of(sha256)
        if not place.exists():
            write_whole(place, lambda beside: self._seal(path, sha256, beside))
        return sha256

    def _seal(self, path: Path, sha256: str, beside: Path) -> None:
        secret = AESGCM.generate_key(bit_length=256)
        sealed = read_keys(self.key_file).seal(secret, about=_about(sha256))
        cipher, seen = AESGCM(secret), hashlib.sha256()
        with path.open("rb") as plain, beside.open("wb") as out:
            out.write(len(sealed).to_bytes(2, "big") + sealed)
            for number, chunk, last in _chunks(plain, CHUNK_BYTES):
                seen.update(chunk)
                out.write(cipher.encrypt(_nonce(number, last=last), chunk, None))
        if seen.hexdigest() != sha256:
            raise RawFileError(f"{path.name} changed while it was kept")

    def read(self, sha256: str) -> Iterator[bytes]:
        """The bytes of a kept file, in pieces of at most 1 MiB, each proved before it is given.

        Raises RawFileError when the file is not kept or was altered, SealedError and KeyFileError when its key
        cannot be opened.
        """
        try:
            stream = self.path_of(sha256).open("rb")
        except FileNotFoundError:
            raise RawFileError(f"the file {sha256} is not kept, or no longer") from None
        with stream:
            sealed = stream.read(int.from_bytes(stream.read(2), "big"))
            secret = read_keys(self.key_file).unseal(sealed, about=_about(sha256))
            cipher = AESGCM(secret)
            for number, chunk, last in _chunks(stream, CHUNK_BYTES + TAG_BYTES):
                try:
                    yield cipher.decrypt(_nonce(number, last=last), chunk, None)
                except (InvalidTag, ValueError):
                    raise RawFileError(
                        f"{sha256}.enc was altered or cut off at its chunk {number}"
                    ) from None

    def copy_to(self, sha256: str, path: Path) -> None:
        """Write a kept file out in clear, whole or not at all; raises what `read` raises."""

        def write(beside: Path) -> None:
            beside.touch(mode=0o600)
            with beside.open("wb") as out:
                out.writelines(self.read(sha256))

        write_whole(path, write)

    def expire(self, *, before: datetime) -> int:
        """Delete the files that were kept before an instant, and return how many; remains of killed writers go too."""
        assert before.tzinfo is not None
        found = sorted(self.root.iterdir()) if self.root.is_dir() else []
        expired = [path for path in found if path.stat().st_mtime < before.timestamp()]
        for path in expired:
            path.unlink()
        return sum(path.suffix == ".enc" for path in expired)


def file_store(config: Config) -> FileStore:
    """The store of this installation's raw feeds."""
    return FileStore(config.lake / "raw", config.key_file)


def _about(sha256: str) -> bytes:
    return b"file " + bytes.fromhex(sha256)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1, "big") + bytes([last])


def _chunks(stream: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """The chunks of a stream with their numbers from 0, and whether each is the last; at least one, maybe empty."""
    number, chunk = 0, stream.read(size)
    while following := stream.read(size):
        yield number, chunk, False
        number, chunk = number + 1, following
    yield number, chunk, True
