"""Files kept as they came: named by the sha256 of their content, encrypted, deleted after a time.

A stored file is a sealed 32-byte file key (its length in two bytes before it), then pieces: AES-GCM under the file
key with the piece's number as nonce and, as associated data, whether it is the last. A piece that is changed,
missing, moved or cut off does not open. Neither keeping nor opening holds more than one piece in memory.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evenhand.kernel.digest import file_sha256
from evenhand.runtime.config import Config
from evenhand.runtime.keys import Keys, SealError, read_keys
from evenhand.runtime.lake import write_whole

PIECE_BYTES = 1 << 20
TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class FileStore:
    """Encrypted files under one folder."""

    root: Path
    keys: Keys

    def keep(self, path: Path) -> str:
        """Store a file and return the sha256 of its content; keeping it again changes nothing but its age."""
        sha256 = file_sha256(path)
        place = self.place(sha256)
        if place.exists():
            os.utime(place)
            return sha256
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(place, lambda beside: self._seal(path, beside, sha256))
        return sha256

    def open(self, sha256: str) -> Iterator[bytes]:
        """The content in pieces; raise FileNotFoundError, or SealError at the first piece that does not open."""
        digest = hashlib.sha256()
        with self.place(sha256).open("rb") as stream:
            length = int.from_bytes(stream.read(2), "big")
            file_key = self.keys.open_bytes(stream.read(length), about=sha256.encode())
            cipher = AESGCM(file_key)
            for number, (sealed, last) in enumerate(_pieces(stream, PIECE_BYTES + TAG_BYTES)):
                try:
                    piece = cipher.decrypt(_nonce(number), sealed, b"last" if last else b"")
                except (InvalidTag, ValueError):
                    raise SealError(f"piece {number} of file {sha256} was changed") from None
                digest.update(piece)
                yield piece
        if digest.hexdigest() != sha256:
            raise SealError(f"the content of file {sha256} is another")

    def expire(self, before: datetime) -> list[str]:
        """Delete the files last kept before the instant and return their sha256s."""
        assert before.tzinfo is not None
        gone = []
        for place in sorted(self.root.glob("*.enc")):
            if datetime.fromtimestamp(place.stat().st_mtime, UTC) < before:
                place.unlink()
                gone.append(place.stem)
        return gone

    def place(self, sha256: str) -> Path:
        """Where a file lies, or would lie."""
        assert len(sha256) == 64
        return self.root / f"{sha256}.enc"

    def _seal(self, path: Path, beside: Path, sha256: str) -> None:
        file_key = AESGCM.generate_key(256)
        cipher, digest = AESGCM(file_key), hashlib.sha256()
        sealed_key = self.keys.seal_bytes(file_key, about=sha256.encode())
        with path.open("rb") as plain, beside.open("xb") as out:
            out.write(len(sealed_key).to_bytes(2, "big") + sealed_key)
            for number, (piece, last) in enumerate(_pieces(plain, PIECE_BYTES)):
                digest.update(piece)
                out.write(cipher.encrypt(_nonce(number), piece, b"last" if last else b""))
        if digest.hexdigest() != sha256:
            raise OSError(f"{path.name} changed while it was read")


def file_store(config: Config) -> FileStore:
    """The store of the raw feeds of an installation."""
    return FileStore(config.lake / "raw", read_keys(config.key_file))


def _pieces(stream: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """The content in pieces of `size`, each with whether it is the last; one empty piece of an empty file."""
    piece = stream.read(size)
    while True:
        following = stream.read(size) if len(piece) == size else b""
        yield piece, not following
        if not following:
            return
        piece = following


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
