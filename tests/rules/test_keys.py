"""Sealing, finding again and hiding: the key file and what is done with it."""

import json
import os
import stat
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.kernel.siphash import siphash
from evenhand.runtime.keys import (
    KeyFileError,
    SealError,
    key_name,
    names_in_use,
    new_keys,
    read_keys,
    rotate,
)

NOON = datetime(2026, 9, 28, 12, tzinfo=UTC)
MASK = (1 << 64) - 1


@pytest.fixture
def path(tmp_path):
    new_keys(tmp_path / "keys.json", made_at=NOON)
    return tmp_path / "keys.json"


@pytest.fixture
def held(path):
    return read_keys(path)


def test_what_is_sealed_opens_and_names_its_key(held):
    sealed = held.seal_bytes("张三".encode(), about=b"7 name")
    assert "张三".encode() not in sealed
    assert key_name(sealed) == "d1"
    assert held.open_bytes(sealed, about=b"7 name").decode() == "张三"


def test_the_same_text_is_sealed_differently_each_time(held):
    assert held.seal_bytes(b"x", about=b"") != held.seal_bytes(b"x", about=b"")


def test_a_value_moved_to_another_person_does_not_open(held):
    with pytest.raises(SealError):
        held.open(held.seal("x", 7, "name"), 8, "name")


@pytest.mark.parametrize("position", [0, 1, 2, 5, 15, -1])
def test_a_changed_byte_does_not_open(held, position):
    sealed = bytearray(held.seal_bytes(b"value", about=b""))
    sealed[position] ^= 1
    with pytest.raises(SealError):
        held.open_bytes(bytes(sealed), about=b"")


def test_after_a_rotation_the_new_key_seals_and_the_old_still_opens(path, held):
    old = held.seal_bytes(b"old", about=b"")
    assert rotate(path, made_at=NOON) == "d2"
    both = read_keys(path)
    new = both.seal_bytes(b"new", about=b"")
    assert (both.open_bytes(old, about=b""), both.open_bytes(new, about=b"")) == (b"old", b"new")
    assert names_in_use([old, new, new]) == {"d1": 1, "d2": 2}
    with pytest.raises(SealError, match="'d2', which is not in the key file"):
        held.open_bytes(new, about=b"")


def test_a_column_is_sealed_for_each_person_of_it(held):
    people = np.array([5, -6, 7], dtype=np.int64)
    sealed = held.seal_column(pa.array(["甲", None, ""]), people, "name").to_pylist()
    assert sealed[1] is None
    assert held.open(sealed[0], 5, "name") == "甲"
    assert held.open(sealed[2], 7, "name") == ""
    with pytest.raises(SealError):
        held.open(sealed[0], 5, "employer")


def test_the_blind_index_finds_a_value_however_it_is_written(held):
    index = held.blind_index("138-0000 0000", "mobile")
    assert index == held.blind_index("１３８００００００００", "mobile")
    assert index != held.blind_index("13800000000", "identity_number")
    assert index != held.blind_index("13800000001", "mobile")
    assert len(index) == 32


def test_tokens_differ_by_namespace_and_by_installation(held, tmp_path):
    refs = pa.array(["C1", "C2", "C1"])
    customers, accounts = held.tokens(refs, "customer"), held.tokens(refs, "account")
    assert customers.dtype == np.int64
    assert customers[0] == customers[2] != customers[1]
    assert not set(customers) & set(accounts)
    new_keys(tmp_path / "other.json", made_at=NOON)
    assert not set(customers) & set(read_keys(tmp_path / "other.json").tokens(refs, "customer"))


def test_siphash_gives_the_published_vectors():
    """The first, second and sixteenth of the reference implementation's vectors, and the paper's example."""
    key = bytes(range(16))
    texts = pa.array([bytes(range(n)) for n in (0, 1, 15)], type=pa.binary())
    assert [hex(v) for v in siphash(texts, key)] == [
        "0x726fdb47dd0e0e31",
        "0x74f839c593dc67fd",
        "0xa129ca6149be45e5",
    ]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=300)), st.binary(min_size=16, max_size=16), st.integers(0, 5))
def test_siphash_of_a_column_is_siphash_of_each_value(values, key, start):
    column = pa.array(values, type=pa.binary())[start:]
    parts = pa.chunked_array([column[:2], column[2:].cast(pa.large_binary()).cast(pa.binary())])
    expected = [slow_siphash(key, value) for value in values[start:]]
    assert siphash(column, key).tolist() == expected
    assert siphash(column.cast(pa.large_binary()), key).tolist() == expected
    assert siphash(parts, key).tolist() == expected


def slow_siphash(key, text):
    """SipHash-2-4 written down from the paper."""

    def turn(x, b):
        return (x << b | x >> 64 - b) & MASK

    def sip_round():
        v[0] = v[0] + v[1] & MASK
        v[1] = turn(v[1], 13) ^ v[0]
        v[0] = turn(v[0], 32)
        v[2] = v[2] + v[3] & MASK
        v[3] = turn(v[3], 16) ^ v[2]
        v[0] = v[0] + v[3] & MASK
        v[3] = turn(v[3], 21) ^ v[0]
        v[2] = v[2] + v[1] & MASK
        v[1] = turn(v[1], 17) ^ v[2]
        v[2] = turn(v[2], 32)

    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]
    padded = text + bytes(7 - len(text) % 8) + bytes([len(text) % 256])
    for i in range(0, len(padded), 8):
        word = int.from_bytes(padded[i : i + 8], "little")
        v[3] ^= word
        sip_round()
        sip_round()
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(4):
        sip_round()
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def test_a_key_file_is_ours_alone_and_never_written_over(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(KeyFileError, match="not written over"):
        new_keys(path, made_at=NOON)


def _open_to_others(path):
    path.chmod(0o640)


def _not_json(path):
    path.write_text("{")


def _short_key(path):
    content = json.loads(path.read_text())
    content["data"][0]["key"] = "AAAA"
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (os.unlink, "evenhand keys new"),
        (_open_to_others, "chmod 600"),
        (_not_json, "is not JSON"),
        (_short_key, "is not a key file"),
    ],
)
def test_a_key_file_that_cannot_be_used_is_refused_with_a_sentence(path, spoil, sentence):
    spoil(path)
    with pytest.raises(KeyFileError, match=sentence):
        read_keys(path)


def test_keys_do_not_show_when_printed(path, held):
    content = json.loads(path.read_text())
    assert content["django"] not in repr(held)
    assert content["token"] not in repr(held)
