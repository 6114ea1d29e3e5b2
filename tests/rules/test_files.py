"""Raw feeds: kept encrypted, given back byte for byte, refused when a byte, their length or their order changed."""

import hashlib
import os
from datetime import UTC, datetime

import pytest

from evenhand.runtime import files
from evenhand.runtime.files import FileStore, RawFileError
from evenhand.runtime.keys import SealedError, new_keys, rotate_keys

MADE_AT = datetime(2026, 9, 1, 3, tzinfo=UTC)
CHUNK, SEALED_CHUNK = files.CHUNK_BYTES, files.CHUNK_BYTES + 16


@pytest.fixture
def store(tmp_path):
    """An empty store with keys."""
    new_keys(tmp_path / "keys.json", made_at=MADE_AT)
    return FileStore(tmp_path / "raw", tmp_path / "keys.json")


@pytest.fixture
def keep(store, tmp_path):
    """Keeps bytes as a file of the bank's; returns their sha256."""

    def keep(content: bytes) -> str:
        path = tmp_path / "feed.csv"
        path.write_bytes(content)
        return store.keep(path)

    return keep


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_kept_file_comes_back_byte_for_byte(store, keep, tmp_path, size):
    content = os.urandom(size)
    sha256 = keep(content)
    assert sha256 == hashlib.sha256(content).hexdigest()
    pieces = list(store.read(sha256))
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= CHUNK
    store.copy_to(sha256, tmp_path / "out" / "feed.csv")
    assert (tmp_path / "out" / "feed.csv").read_bytes() == content


def test_nothing_of_the_content_lies_in_clear(store, keep):
    sha256 = keep(b"customer_ref,name\n" + b"C1,a name that must not be seen\n" * 50)
    assert b"must not be seen" not in store.path_of(sha256).read_bytes()


def test_the_same_bytes_are_written_once(store, keep):
    sha256 = keep(b"same")
    before = store.path_of(sha256).stat()
    assert keep(b"same") == sha256
    assert store.path_of(sha256).stat() == before
    assert os.listdir(store.root) == [f"{sha256}.enc"]


def test_a_file_kept_before_a_rotation_opens_after_it(store, keep):
    sha256 = keep(b"old")
    rotate_keys(store.key_file, made_at=MADE_AT)
    assert b"".join(store.read(sha256)) == b"old"


def damaged(sealed: bytes, damage: str) -> bytes:
    """A sealed file of three chunks, spoilt."""
    start = 2 + int.from_bytes(sealed[:2], "big")
    head, body = sealed[:start], sealed[start:]
    first, second, third = (
        body[at : at + SEALED_CHUNK] for at in range(0, len(body), SEALED_CHUNK)
    )
    match damage:
        case "last chunk missing":
            return head + first + second
        case "one byte missing":
            return sealed[:-1]
        case "one byte more":
            return sealed + b"\0"
        case "chunks in another order":
            return head + second + first + third
        case "a chunk twice":
            return head + first + first + second + third
        case "no chunk":
            return head
        case "a byte altered":
            return head + first + second[:99] + bytes([second[99] ^ 1]) + second[100:] + third
    raise AssertionError(damage)


@pytest.mark.parametrize(
    "damage",
    [
        "last chunk missing",
        "one byte missing",
        "one byte more",
        "chunks in another order",
        "a chunk twice",
        "no chunk",
        "a byte altered",
    ],
)
def test_a_damaged_file_is_refused_and_nothing_is_written_out(store, keep, tmp_path, damage):
    sha256 = keep(os.urandom(2 * CHUNK + 5))
    path = store.path_of(sha256)
    path.write_bytes(damaged(path.read_bytes(), damage))
    with pytest.raises(RawFileError, match=f"{sha256}.enc was altered or cut off"):
        store.copy_to(sha256, tmp_path / "out" / "feed.csv")
    assert os.listdir(tmp_path / "out") == []


@pytest.mark.parametrize("length", [0, 1, 2, 40])
def test_a_file_cut_off_in_its_head_is_refused(store, keep, length):
    sha256 = keep(b"content")
    os.truncate(store.path_of(sha256), length)
    with pytest.raises(SealedError):
        list(store.read(sha256))


def test_a_file_under_anothers_name_is_refused(store, keep):
    one, other = keep(b"one"), keep(b"other")
    store.path_of(one).replace(store.path_of(other))
    with pytest.raises(SealedError):
        list(store.read(other))


def test_a_file_that_is_not_kept_says_so(store):
    with pytest.raises(RawFileError, match="is not kept"):
        list(store.read("0" * 64))


def test_files_kept_before_the_instant_expire_and_the_rest_stay(store, keep):
    old, new = keep(b"old"), keep(b"new")
    remains = store.root / f".{old}.enc.0123"
    remains.write_bytes(b"of a killed writer")
    for path in (store.path_of(old), remains):
        os.utime(path, (MADE_AT.timestamp() - 1,) * 2)
    os.utime(store.path_of(new), (MADE_AT.timestamp(),) * 2)
    assert store.expire(before=MADE_AT) == 1
    assert os.listdir(store.root) == [f"{new}.enc"]


def test_an_empty_store_has_nothing_to_expire(tmp_path):
    assert FileStore(tmp_path / "none", tmp_path / "none.json").expire(before=MADE_AT) == 0
