"""The stand-alone verifier names each thing that was done to lines, seals and anchors; hashes agree with the rules'."""

import copy
import random
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.journal import rules, verifier
from evenhand.journal.rules import FIRST, Stream, instant, leaf, line_hash, merkle_root, seal_hash
from evenhand.journal.verifier import Bundle, check

NOW = datetime(2026, 9, 28, 12, tzinfo=UTC)
STREAMS = (Stream("PERSON", "a"), Stream("PERSON", "b"), Stream("RUN", "2026-09-28"))
LATE = 4  # lines of each stream that are not sealed yet: the last one


def a_line(stream, number, previous, *, tx, who="w"):
    said = {
        "kind": "HOLD_LIFTED",
        "who": who,
        "why": "",
        "detail": {"reason": "ILLNESS", "number": number, "of": [True, None, "文"]},
        "where": "here",
    }
    at = NOW + timedelta(minutes=number)
    line = line_hash(stream=stream, number=number, at=at, previous=previous, **said)
    return said | {
        "stream": str(stream),
        "number": number,
        "at": instant(at),
        "previous": previous.hex(),
        "hash": line.hex(),
        "tx": tx,
    }


def a_seal(number, contents, previous, *, from_tx, until_tx):
    leaves = [leaf(key, bytes.fromhex(row)) for key, row in contents]
    said = {
        "number": number,
        "from_tx": from_tx,
        "until_tx": until_tx,
        "rows": len(contents),
        "root": merkle_root(leaves),
        "previous": previous,
        "public_key": bytes(32),
        "at": NOW,
    }
    stated = seal_hash(**said)
    shown = {k: v.hex() if isinstance(v, bytes) else v for k, v in said.items()}
    return shown | {"at": instant(NOW), "hash": stated.hex(), "signature": "00" * 64}


@pytest.fixture
def whole(monkeypatch):
    """Six lines in each of three streams, five of them under two seals, and two rows of another table."""
    monkeypatch.setattr(verifier, "signed_rightly", lambda seal: None)
    lines, contents = [], {1: [], 2: []}
    for stream in STREAMS:
        previous = FIRST
        for number in range(1, 7):
            tx = {1: 10, 2: 10, 3: 20, 4: 20, 5: 20, 6: 30}[number]
            lines.append(a_line(stream, number, previous, tx=tx))
            previous = bytes.fromhex(lines[-1]["hash"])
            if tx < 30:
                contents[tx // 10].append((f"{stream}/{number}", lines[-1]["hash"]))
    rows = []
    for name in ("x", "y"):
        content = f"event {name}, 3 s"
        row = sha256(content.encode()).hexdigest()
        rows.append({"key": f"PERSON/a/event:{name}", "content": content, "hash": row, "tx": 10})
        contents[1].append((rows[-1]["key"], row))
    for held in contents.values():
        held.sort()
    first = a_seal(1, contents[1], FIRST, from_tx=0, until_tx=20)
    second = a_seal(2, contents[2], bytes.fromhex(first["hash"]), from_tx=20, until_tx=30)
    return Bundle("", lines, rows, [first, second], contents)


def found(bundle, **given):
    return [(f.code, f.place) for f in check(bundle, **given)]


def at(bundle, number, stream="PERSON/a"):
    return next(
        i
        for i, line in enumerate(bundle.lines)
        if (line["stream"], line["number"]) == (stream, number)
    )


def renumber(bundle, after, by, stream="PERSON/a"):
    for line in bundle.lines:
        if line["stream"] == stream and line["number"] > after:
            line["number"] += by


def rehash(bundle, since, stream="PERSON/a"):
    """What a forger does who knows how lines are hashed: chain everything from a line on anew."""
    previous = rules.FIRST.hex()
    for line in bundle.lines:
        if line["stream"] == stream:
            if line["number"] >= since:
                line["previous"] = previous
                line["hash"] = verifier.line_hash(line, line["number"], previous)
            previous = line["hash"]


def test_a_whole_journal_has_nothing_wrong(whole):
    assert found(whole) == []


@pytest.mark.parametrize("number", [1, 3, 5, 6])
@pytest.mark.parametrize("rehashed", [False, True], ids=["as it stood", "chained anew"])
@pytest.mark.parametrize("field", ["who", "at", "detail", "kind", "where", "why"])
def test_an_altered_line_is_named(whole, number, rehashed, field):
    whole.lines[at(whole, number)][field] = {} if field == "detail" else "2020"
    if rehashed:
        rehash(whole, number)
    if rehashed and number == 6:
        assert found(whole) == []  # the last line, not sealed yet, can still be said otherwise
    else:
        assert found(whole) == [("ALTERED", f"PERSON/a line {number}")]


@pytest.mark.parametrize("number", [1, 3, 5])
@pytest.mark.parametrize("way", ["gap", "closed", "chained anew"])
def test_a_removed_line_is_named(whole, number, way):
    del whole.lines[at(whole, number)]
    if way != "gap":
        renumber(whole, number, -1)
    if way == "chained anew":
        rehash(whole, number)
    assert found(whole) == [("REMOVED", f"PERSON/a line {number}")]


@pytest.mark.parametrize("number", [1, 3, 5])
@pytest.mark.parametrize("way", ["twice that number", "moved on", "chained anew"])
def test_an_inserted_line_is_named(whole, number, way):
    if way != "twice that number":
        renumber(whole, number - 1, 1)
    place = next(
        i for i, x in enumerate(whole.lines) if x["stream"] == "PERSON/a" and x["number"] >= number
    )
    previous = bytes.fromhex(whole.lines[place]["previous"])
    forged = a_line(STREAMS[0], number, previous, tx=10, who="forger")
    whole.lines.insert(place, forged)
    if way == "chained anew":
        rehash(whole, number)
    assert found(whole) == [("INSERTED", f"PERSON/a line {number}")]


@pytest.mark.parametrize("rehashed", [False, True], ids=["as they stood", "chained anew"])
@pytest.mark.parametrize(("one", "other"), [(2, 3), (1, 4), (4, 5)])
def test_reordered_lines_are_named(whole, one, other, rehashed):
    first, second = whole.lines[at(whole, one)], whole.lines[at(whole, other)]
    first["number"], second["number"] = other, one
    whole.lines.sort(key=lambda line: (line["stream"], line["number"]))
    if rehashed:
        rehash(whole, one)
    assert found(whole) == [
        ("REORDERED", f"PERSON/a line {one}"),
        ("REORDERED", f"PERSON/a line {other}"),
    ]


@pytest.mark.parametrize("count", [2, 3])
def test_the_last_lines_of_a_stream_are_missed_by_name(whole, count):
    kept = [x for x in whole.lines if x["stream"] != "PERSON/b" or x["number"] <= 6 - count]
    gone = [("REMOVED", f"PERSON/b line {number}") for number in range(7 - count, 6)]
    assert found(whole._replace(lines=kept)) == gone


def test_a_whole_stream_is_missed_by_name(whole):
    kept = [line for line in whole.lines if line["stream"] != "PERSON/b"]
    assert found(whole._replace(lines=kept)) == [("STREAM_GONE", "PERSON/b")]


def test_an_invented_stream_that_claims_to_be_old_is_named(whole):
    forged = a_line(Stream("PERSON", "c"), 1, FIRST, tx=15)
    assert found(whole._replace(lines=[*whole.lines, forged])) == [("INSERTED", "PERSON/c line 1")]


def test_two_things_done_to_one_stream_are_both_named(whole):
    whole.lines[at(whole, 2)]["who"] = "forger"
    del whole.lines[at(whole, 4)]
    assert found(whole) == [("ALTERED", "PERSON/a line 2"), ("REMOVED", "PERSON/a line 4")]


@pytest.mark.parametrize("number", [3, 5, 6])
def test_a_stored_hash_that_is_wrong_is_named(whole, number):
    whole.lines[at(whole, number)]["hash"] = "12" * 32
    assert ("ALTERED", f"PERSON/a line {number}") in found(whole)


# Rows that are not chained


def test_rows_of_other_tables_are_missed_altered_and_inserted_by_name(whole):
    one, other = copy.deepcopy(whole.rows)
    assert found(whole._replace(rows=[one])) == [("REMOVED", other["key"])]
    one["content"] += " and more"
    assert found(whole._replace(rows=[one, other])) == [("ALTERED", one["key"])]
    one["hash"] = sha256(one["content"].encode()).hexdigest()
    assert found(whole._replace(rows=[one, other])) == [("ALTERED", one["key"])]
    forged = other | {"key": "PERSON/a/event:z"}
    assert found(whole._replace(rows=[*whole.rows, forged])) == [("INSERTED", forged["key"])]
    assert found(whole._replace(rows=[*whole.rows, forged | {"tx": 30}])) == []


# Seals and anchors


def resealed(bundle):
    """What a forger does who has the signing key: seal his lines anew."""
    contents = {
        number: sorted(
            (f"{line['stream']}/{line['number']}", line["hash"])
            for line in bundle.lines
            if line["tx"] == number * 10
        )
        for number in (1, 2)
    }
    contents[1] = sorted(contents[1] + [(row["key"], row["hash"]) for row in bundle.rows])
    first = a_seal(1, contents[1], FIRST, from_tx=0, until_tx=20)
    second = a_seal(2, contents[2], bytes.fromhex(first["hash"]), from_tx=20, until_tx=30)
    return bundle._replace(seals=[first, second], contents=contents)


def test_a_journal_written_anew_from_its_first_line_differs_from_the_anchor(whole):
    anchor = [copy.deepcopy(whole.seals[1])]
    known = {2: list(whole.contents[2])}
    whole.lines[at(whole, 4)]["who"] = "forger"
    rehash(whole, 4)
    forged = resealed(whole)
    assert found(forged) == []
    assert found(forged, anchored=anchor) == [("SEAL_DIFFERS", "seal 2")]
    assert found(forged, anchored=anchor, anchored_contents=known) == [
        ("SEAL_DIFFERS", "seal 2"),
        ("ALTERED", "PERSON/a line 4"),
    ]


def test_lines_that_went_with_their_seal_are_missed_against_the_anchor(whole):
    anchor = [whole.seals[1]]
    kept = [line for line in whole.lines if line["tx"] == 10]
    cut = whole._replace(lines=kept, seals=whole.seals[:1], contents={1: whole.contents[1]})
    assert found(cut) == []
    assert found(cut, anchored=anchor) == [("SEAL_REMOVED", "seal 2")]
    missed = found(cut, anchored=anchor, anchored_contents={2: whole.contents[2]})
    assert missed == [("SEAL_REMOVED", "seal 2")] + [
        ("REMOVED", f"{stream} line {number}") for stream in STREAMS for number in (3, 4, 5)
    ]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"rows": 99}, {"SEAL_ALTERED", "CONTENTS_ALTERED"}),
        ({"root": "ab" * 32}, {"SEAL_ALTERED", "CONTENTS_ALTERED"}),
        ({"at": "2020"}, {"SEAL_ALTERED"}),
        ({"previous": "ab" * 32}, {"SEAL_ALTERED", "SEAL_BROKEN"}),
        ({"until_tx": 31}, {"SEAL_ALTERED"}),
        ({"number": 3}, {"SEAL_ALTERED", "SEAL_REMOVED", "CONTENTS_ALTERED"}),
    ],
)
def test_an_altered_seal_is_named(whole, change, codes):
    whole.seals[1] |= change
    assert codes <= {code for code, _ in found(whole)}


def test_a_seal_in_the_middle_that_is_gone_is_named(whole):
    cut = whole._replace(seals=whole.seals[1:])
    assert ("SEAL_REMOVED", "seal 1") in found(cut)


def test_a_list_of_rows_that_does_not_give_the_root_is_named(whole):
    key, _ = whole.contents[1][0]
    whole.contents[1][0] = (key, "ab" * 32)
    assert ("CONTENTS_ALTERED", "seal 1") in found(whole)


# Chance


@given(seed=st.integers(0, 10**9))
def test_whatever_is_done_to_a_sealed_line_is_found(seed):
    luck = random.Random(seed)
    stream, previous, lines, contents = STREAMS[0], FIRST, [], []
    for number in range(1, luck.randint(3, 12)):
        lines.append(a_line(stream, number, previous, tx=10))
        previous = bytes.fromhex(lines[-1]["hash"])
        contents.append((f"{stream}/{number}", lines[-1]["hash"]))
    before = copy.deepcopy(lines)
    match luck.choice(["alter", "remove", "double", "swap"]):
        case "alter":
            luck.choice(lines)["who"] = "forger"
        case "remove":
            del lines[luck.randrange(len(lines))]
        case "double":
            lines.insert(0, dict(luck.choice(lines)))
        case "swap":
            one, other = luck.sample(lines, 2)
            one["number"], other["number"] = other["number"], one["number"]
    if luck.random() < 0.5 and lines:
        lines.sort(key=lambda line: line["number"])
        for place, line in enumerate(lines, start=1):
            line["number"] = place
            line["previous"] = lines[place - 2]["hash"] if place > 1 else FIRST.hex()
            line["hash"] = verifier.line_hash(line, place, line["previous"])
    sealed, _ = verifier.sealed_rows({1: sorted(contents)})
    named = list(verifier.check_lines(lines, sealed, 20))
    assert bool(named) == (sorted(lines, key=lambda x: x["number"]) != before)


@given(count=st.integers(0, 70))
def test_the_roots_of_the_rules_and_of_the_verifier_are_one(count):
    contents = [(f"RUN/{n:03}", f"{n:064x}") for n in range(count)]
    leaves = [leaf(key, bytes.fromhex(row)) for key, row in contents]
    assert merkle_root(leaves).hex() == verifier.root_of(contents)


def test_the_root_is_that_of_rfc_6962():
    def split(leaves):
        if len(leaves) == 1:
            return leaves[0]
        middle = 1 << (len(leaves) - 1).bit_length() - 1
        return sha256(b"\1" + split(leaves[:middle]) + split(leaves[middle:])).digest()

    for count in range(1, 40):
        leaves = [leaf(str(n), bytes(32)) for n in range(count)]
        assert merkle_root(leaves) == split(leaves)
