"""The bank's files as received: kept encrypted, opened whole or not at all, deleted in time."""

import hashlib
import os
from datetime import UTC, datetime

import pytest

from evenhand.runtime.files import PIECE_BYTES, TAG_BYTES, FileStore
from evenhand.runtime.keys import SealError, new_keys, read_keys

NOON = datetime(2026, 9, 28, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    new_keys(tmp_path / "keys.json", made_at=NOON)
    return FileStore(tmp_path / "raw", read_keys(tmp_path / "keys.json"))


@pytest.mark.parametrize(
    "size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES]
)
def test_a_file_opens_as_it_came_and_lies_encrypted(store, tmp_path, size):
    content = (b"000-1234,customer " * (size // 18 + 1))[:size]
    (tmp_path / "feed.csv").write_bytes(content)
    sha256 = store.keep(tmp_path / "feed.csv")
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert b"".join(store.open(sha256)) == content
    assert b"000-1234" not in store.place(sha256).read_bytes()


def test_a_file_kept_twice_lies_once(store, tmp_path):
    (tmp_path / "feed.csv").write_bytes(b"a")
    store.keep(tmp_path / "feed.csv")
    before = store.place(store.keep(tmp_path / "feed.csv")).read_bytes()
    assert store.place(store.keep(tmp_path / "feed.csv")).read_bytes() == before
    assert len(list(store.root.iterdir())) == 1


def cut_off(sealed):
    return sealed[: -(PIECE_BYTES + TAG_BYTES)]


def swapped(sealed):
    piece = PIECE_BYTES + TAG_BYTES
    head = len(sealed) - 3 * piece
    return (
        sealed[:head]
        + sealed[head + piece : head + 2 * piece]
        + sealed[head : head + piece]
        + sealed[-piece:]
    )


def changed(sealed):
    return sealed[:-5] + bytes([sealed[-5] ^ 1]) + sealed[-4:]


@pytest.mark.parametrize("spoil", [cut_off, swapped, changed])
def test_a_spoiled_file_does_not_open(store, tmp_path, spoil):
    (tmp_path / "feed.csv").write_bytes(os.urandom(3 * PIECE_BYTES))
    sha256 = store.keep(tmp_path / "feed.csv")
    place = store.place(sha256)
    place.write_bytes(spoil(place.read_bytes()))
    with pytest.raises(SealError):
        list(store.open(sha256))


def test_files_kept_before_an_instant_expire(store, tmp_path):
    shas = []
    for day in (1, 2, 3):
        (tmp_path / "feed.csv").write_bytes(bytes([day]))
        shas.append(store.keep(tmp_path / "feed.csv"))
        at = datetime(2026, 9, day, tzinfo=UTC).timestamp()
        os.utime(store.place(shas[-1]), (at, at))
    assert store.expire(datetime(2026, 9, 2, tzinfo=UTC)) == shas[:1]
    assert [p.stem for p in store.root.iterdir()] != shas
    assert b"".join(store.open(shas[1])) == b"\x02"
