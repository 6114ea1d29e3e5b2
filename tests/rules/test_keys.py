"""Keys: what is sealed opens again for the right person and field, and for nothing else."""

import json
import os
import re
import stat
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.runtime.keys import (
    KeyFileError,
    SealedError,
    _siphash,
    new_keys,
    read_keys,
    rotate_keys,
)

MADE_AT = datetime(2026, 9, 1, 3, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 3, tzinfo=UTC)
INT64 = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture
def path(tmp_path):
    """Where a key file is to lie."""
    return tmp_path / "home" / "keys.json"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Keys of one file, for tests that change nothing."""
    return new_keys(tmp_path_factory.mktemp("keys") / "keys.json", made_at=MADE_AT)


def test_a_new_key_file_is_ours_alone_and_reads_back(path):
    made = new_keys(path, made_at=MADE_AT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keys(path) == made
    assert re.fullmatch(r"20260901-[0-9a-f]{8}", made.newest.name)
    assert os.listdir(path.parent) == ["keys.json"]


def test_no_two_keys_of_a_file_are_alike(path):
    made = new_keys(path, made_at=MADE_AT)
    assert len({made.newest.secret, made.blind_index_key, made.token_key}) == 3


def test_a_key_file_is_never_overwritten(path):
    new_keys(path, made_at=MADE_AT)
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match=r"exists; a key file is never overwritten"):
        new_keys(path, made_at=LATER)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o644, 0o700, 0o4600])
def test_a_key_file_with_another_mode_is_refused_with_its_name_and_mode(path, mode):
    new_keys(path, made_at=MADE_AT)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=rf"keys\.json has mode {mode:04o}; expected 0600"):
        read_keys(path)


def test_a_key_file_of_another_user_is_refused(path, monkeypatch):
    new_keys(path, made_at=MADE_AT)
    other = os.geteuid() + 1
    if os.geteuid() == 0:
        os.chown(path, other, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: other)
    with pytest.raises(
        KeyFileError, match=r"belongs to the user with number \d+; expected our own"
    ):
        read_keys(path)


def test_a_missing_key_file_says_how_to_make_one(path):
    with pytest.raises(KeyFileError, match="evenhand keys new"):
        read_keys(path)
    with pytest.raises(KeyFileError, match="evenhand keys new"):
        rotate_keys(path, made_at=LATER)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"data_keys": []},
        {"data_keys": [{"name": "a", "made_at": "2026-09-01T00:00:00+00:00", "key": "c2hvcnQ="}]},
        {"token_key": None},
        {"blind_index_key": "not base64!"},
        {"django_secret": ""},
    ],
)
def test_a_damaged_key_file_is_refused_without_a_word_of_its_content(path, change):
    new_keys(path, made_at=MADE_AT)
    stated = json.loads(path.read_text())
    path.write_text(json.dumps(stated | change))
    with pytest.raises(KeyFileError, match="not a whole key file") as caught:
        read_keys(path)
    assert caught.value.__cause__ is None
    assert stated["token_key"] not in str(caught.value)


def test_a_truncated_key_file_is_refused(path):
    new_keys(path, made_at=MADE_AT)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(KeyFileError, match="not a whole key file"):
        read_keys(path)


def test_printed_keys_show_no_secret(keys):
    shown = repr(keys)
    assert keys.newest.name in shown
    assert "secret" not in shown
    assert "_key=" not in shown


@given(plain=st.binary(), about=st.binary())
def test_what_is_sealed_opens_about_the_same_thing(keys, plain, about):
    sealed = keys.seal(plain, about=about)
    assert keys.key_name(sealed) == keys.newest.name
    assert keys.unseal(sealed, about=about) == plain


def test_the_same_text_sealed_twice_differs(keys):
    assert keys.seal(b"1", about=b"") != keys.seal(b"1", about=b"")


@given(data=st.data())
def test_no_altered_byte_opens(keys, data):
    sealed = bytearray(keys.seal(b"plain", about=b"about"))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealedError):
        keys.unseal(bytes(sealed), about=b"about")


@given(cut=st.integers(0, 60))
def test_no_truncated_value_opens(keys, cut):
    sealed = keys.seal(b"a text of twenty bytes", about=b"about")
    assert cut < len(sealed)
    with pytest.raises(SealedError):
        keys.unseal(sealed[:cut], about=b"about")


def test_a_value_moved_to_another_person_or_field_does_not_open(keys):
    sealed = keys.seal_column(pa.array(["样例"]), np.array([7]), "customers.name")[0].as_py()
    assert keys.open(sealed, 7, "customers.name") == "样例"
    for key, field in [(8, "customers.name"), (7, "customers.employer"), (-7, "customers.name")]:
        with pytest.raises(SealedError, match=f"altered.*{keys.newest.name}"):
            keys.open(sealed, key, field)


def test_after_rotation_the_old_opens_and_the_new_seals(path):
    before = new_keys(path, made_at=MADE_AT)
    sealed = before.seal(b"plain", about=b"about")
    after = rotate_keys(path, made_at=LATER)
    assert read_keys(path) == after
    assert after.newest.name.startswith("20261201-")
    assert after.unseal(sealed, about=b"about") == b"plain"
    again = after.seal(b"plain", about=b"about")
    assert after.key_name(again) == after.newest.name != after.key_name(sealed)
    with pytest.raises(SealedError, match=f"{after.newest.name}, which is not in the key file"):
        before.unseal(again, about=b"about")


def test_rotation_changes_no_token_and_no_blind_index(path):
    before, after = new_keys(path, made_at=MADE_AT), rotate_keys(path, made_at=LATER)
    refs = pa.array(["A1", "A2"])
    assert before.tokens(refs, "account").tolist() == after.tokens(refs, "account").tolist()
    assert before.blind_index("x", "f") == after.blind_index("x", "f")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_rotation_follows_a_link_to_the_key_file(path, tmp_path):
    new_keys(path, made_at=MADE_AT)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    after = rotate_keys(link, made_at=LATER)
    assert link.is_symlink()
    assert read_keys(path) == after


@given(
    texts=st.lists(st.none() | st.text()),
    cut=st.integers(0, 5),
    kind=st.sampled_from([pa.string(), pa.large_string()]),
)
def test_a_sealed_column_opens_text_by_text(keys, texts, cut, kind):
    plain = pa.array(texts, kind).slice(cut)
    about = np.arange(len(plain), dtype=np.int64) - 2**62
    sealed = keys.seal_column(plain, about, "f")
    sealed.validate(full=True)
    assert sealed.type == pa.binary()
    opened = [
        None if value is None else keys.open(value, int(key), "f")
        for value, key in zip(sealed.to_pylist(), about, strict=True)
    ]
    assert opened == plain.to_pylist()


def test_a_null_that_hides_bytes_stays_null(keys):
    hidden = pa.Array.from_buffers(
        pa.string(),
        2,
        [pa.py_buffer(b"\x02"), pa.py_buffer(np.array([0, 3, 5], "<i4")), pa.py_buffer(b"abcde")],
    )
    sealed = keys.seal_column(hidden, np.array([1, 2]), "f")
    assert sealed[0].as_py() is None
    assert keys.open(sealed[1].as_py(), 2, "f") == "de"
    assert b"abc" not in sealed.buffers()[2].to_pybytes()


def test_siphash_gives_the_published_answer():
    """The vector of the paper's appendix A."""
    first, second = np.frombuffer(bytes(range(16)), "<u8")
    assert int(_siphash(np.arange(15, dtype=np.uint8), 0, 15, first, second)) == 0xA129CA6149BE45E5


def plain_siphash(key: bytes, text: bytes) -> int:
    """SipHash-2-4 as the paper states it, in whole numbers of any size."""
    size = 2**64
    low, high = (int.from_bytes(key[at : at + 8], "little") for at in (0, 8))
    names = [b"somepseu", b"dorandom", b"lygenera", b"tedbytes"]
    v = [
        int.from_bytes(name, "big") ^ k
        for name, k in zip(names, [low, high, low, high], strict=True)
    ]

    def turn(word: int, bits: int) -> int:
        return (word << bits | word >> (64 - bits)) % size

    def rounds(count: int) -> None:
        for _ in range(count):
            for a, b, bits in [(0, 1, 13), (2, 3, 16), (0, 3, 21), (2, 1, 17)]:
                v[a] = (v[a] + v[b]) % size
                v[b] = turn(v[b], bits) ^ v[a]
                if bits in {13, 17}:
                    v[a] = turn(v[a], 32)

    padded = text + bytes(7 - len(text) % 8) + bytes([len(text) % 256])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


@given(key=st.binary(min_size=16, max_size=16), text=st.binary(max_size=300))
def test_the_compiled_siphash_is_the_plain_one(key, text):
    first, second = np.frombuffer(key, "<u8")
    data = np.frombuffer(b"xyz" + text, np.uint8)
    assert int(_siphash(data, 3, 3 + len(text), first, second)) == plain_siphash(key, text)


@given(
    refs=st.lists(st.none() | st.text()),
    cut=st.integers(0, 5),
    kind=st.sampled_from([pa.string(), pa.large_string()]),
)
def test_a_token_depends_on_the_text_and_the_namespace_alone(keys, refs, cut, kind):
    column = pa.array(refs, kind)
    whole, part = keys.tokens(column, "account"), keys.tokens(column.slice(cut), "account")
    assert whole.dtype == np.int64
    assert whole[cut:].tolist() == part.tolist()
    chunked = pa.chunked_array([column.slice(0, cut), column.slice(cut)])
    assert keys.tokens(chunked, "account").tolist() == whole.tolist()
    assert [token == 0 for token in whole.tolist()] == [ref is None for ref in refs]
    assert len(set(whole.tolist())) == len(set(refs))


def test_namespaces_and_installations_give_other_tokens(keys, path):
    refs, other = pa.array(["A1"]), new_keys(path, made_at=MADE_AT)
    tokens = [
        keys.tokens(refs, "account"),
        keys.tokens(refs, "customer"),
        other.tokens(refs, "account"),
    ]
    assert len({int(found[0]) for found in tokens}) == 3


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("000-1234", " 000-1234 "),
        ("Ab", "aB"),
        ("１２３", "123"),
        ("straße", "STRASSE"),
        ("é", "é"),
    ],
)
def test_the_blind_index_finds_the_same_text_however_written(keys, text, same):
    assert keys.blind_index(text, "phone") == keys.blind_index(same, "phone")
    assert keys.blind_index(text, "phone") != keys.blind_index(text, "name")
    assert keys.blind_index(text, "phone") != keys.blind_index(text + "1", "phone")
