"""Checks an exported journal of Evenhand, alone: nothing of Evenhand is needed, only Python 3.11.

    python verifier.py BUNDLE [--anchor FILE] [--key HEX] [--language zh]

BUNDLE is a file made by `evenhand journal export`, or the folder it was unpacked to. With an anchor, which is a copy
of a seal kept outside the installation, nothing that it covers can have been rewritten unseen. Signatures are checked
where the package `cryptography` is installed. Exit code 0: nothing found; 1: something was altered, removed, inserted
or reordered; 2: the bundle cannot be read.

How lines, seals and roots are written is in docs/why/journal.md of Evenhand.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

ZEROS = "0" * 64
NEAR = 50  # how far from its number a moved line is looked for
SAID = {
    "ALTERED": ("was altered", "被改动"),
    "REMOVED": ("was removed", "被删除"),
    "INSERTED": ("was inserted", "被插入"),
    "REORDERED": ("stands in the place of another: lines were reordered", "位置被调换"),
    "BROKEN": ("does not follow what stands before it", "与前一条不相接"),
    "STREAM_GONE": ("is gone as a whole", "整条日志流缺失"),
    "SEAL_ALTERED": ("was altered", "被改动"),
    "SEAL_REMOVED": ("is gone", "缺失"),
    "SEAL_BROKEN": ("does not follow the seal before it", "与前一封存不相接"),
    "SEAL_DIFFERS": ("is not the one in the anchor", "与锚点不符"),
    "CONTENTS_ALTERED": ("holds a list of rows that does not give its root", "所列条目与根不符"),
    "SIGNATURE_WRONG": ("has a signature that is not of its key", "签名无效"),
    "OTHER_KEY": ("is signed by another key than the one given", "由另一把密钥签名"),
}


class Finding(NamedTuple):
    """One thing that is not as it was: what, where, and what more is known."""

    code: str
    place: str
    note: str = ""

    def sentence(self, language: str = "en") -> str:
        """The finding in one sentence, English or Chinese."""
        english, chinese = SAID[self.code]
        said = f"{self.place} {english if language == 'en' else chinese}"
        return f"{said} ({self.note})" if self.note else said


class Sealed(NamedTuple):
    """What seals say of a row: its hash, and the number of the seal that holds it."""

    hash: str
    seal: int


class Unreadable(ValueError):
    """The bundle or the anchor cannot be read; the message says what was expected."""


Line = Mapping[str, Any]  # stream, number, kind, at, who, why, detail, where, previous, hash, tx
Row = Mapping[str, Any]  # key, content (the text that is hashed), hash, tx
Seal = Mapping[
    str, Any
]  # number, from_tx, until_tx, rows, root, previous, at, public_key, hash, signature


def canonical(value: Any) -> bytes:
    """The one way in which a value is written: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def line_hash(line: Line, number: int, previous: str) -> str:
    """The hash a line has at that number after that previous hash."""
    named = ("stream", "kind", "at", "who", "why", "detail", "where")
    stated = {name: line[name] for name in named} | {"number": number, "previous": previous}
    return hashlib.sha256(canonical(stated)).hexdigest()


def seal_hash(seal: Seal) -> str:
    """The hash of a seal: of everything it says, apart from the hash and its signature."""
    named = ("number", "from_tx", "until_tx", "rows", "root", "previous", "at", "public_key")
    return hashlib.sha256(canonical({name: seal[name] for name in named})).hexdigest()


def root_of(contents: Iterable[tuple[str, str]]) -> str:
    """The Merkle root over (key, hash) in the order of the keys, as in RFC 6962 section 2.1."""
    level = [
        hashlib.sha256(b"\0" + key.encode() + b"\n" + bytes.fromhex(row)).digest()
        for key, row in contents
    ]
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        odd = level[len(level) - len(level) % 2 :]
        pairs = zip(level[0::2], level[1::2], strict=False)
        level = [hashlib.sha256(b"\1" + a + b).digest() for a, b in pairs] + odd
    return level[0].hex()


# Seals


def check_seals(
    seals: Iterable[Seal],
    contents: Mapping[int, Sequence[tuple[str, str]]],
    anchored: Sequence[Seal] = (),
    key: str = "",
) -> Iterator[Finding]:
    """What is wrong with the seals: each alone, their chain, their signatures, and against anchored ones."""
    expected, previous, until_tx = 1, ZEROS, None
    found: dict[int, str] = {}
    for seal in sorted(seals, key=lambda seal: int(seal["number"])):
        number, place = seal["number"], f"seal {seal['number']}"
        found[number] = seal_hash(seal)
        for gone in range(expected, number):
            yield Finding("SEAL_REMOVED", f"seal {gone}")
        if number == expected and (
            seal["previous"] != previous or until_tx not in (None, seal["from_tx"])
        ):
            yield Finding("SEAL_BROKEN", place)
        if found[number] != seal["hash"]:
            yield Finding("SEAL_ALTERED", place)
        held = contents.get(number, ())
        if root_of(held) != seal["root"] or len(held) != seal["rows"]:
            yield Finding("CONTENTS_ALTERED", place)
        if signed_rightly(seal) is False:
            yield Finding("SIGNATURE_WRONG", place)
        if key and seal["public_key"] != key:
            yield Finding("OTHER_KEY", place, seal["public_key"])
        expected, previous, until_tx = number + 1, seal["hash"], seal["until_tx"]
    for seal in anchored:
        number = seal["number"]
        if number not in found:
            yield Finding("SEAL_REMOVED", f"seal {number}", f"anchored, of {seal['rows']} rows")
        elif found[number] != seal_hash(seal):
            yield Finding("SEAL_DIFFERS", f"seal {number}")


def signed_rightly(seal: Seal) -> bool | None:
    """Whether the signature is of the seal's hash by its key; None where `cryptography` is not installed."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return None
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(seal["public_key"]))
        public.verify(bytes.fromhex(seal["signature"]), bytes.fromhex(seal["hash"]))
    except (InvalidSignature, ValueError):
        return False
    return True


# Lines


def check_lines(
    lines: Iterable[Line], sealed: Mapping[str, Mapping[int, Sealed]], until_tx: int
) -> Iterator[Finding]:
    """What is wrong with the lines, which come stream by stream.

    `sealed` says what the seals hold, by stream and number; rows of transactions before `until_tx` are all sealed.
    """
    met = set()
    for stream, group in groupby(lines, key=lambda line: line["stream"]):
        met.add(stream)
        known = sealed.get(stream, {})
        found = list(group)
        if not _whole(found, known, until_tx):
            yield from _Stream(stream, found, known, until_tx).findings()
    for stream in sorted(sealed.keys() - met):
        yield Finding("STREAM_GONE", stream, f"{len(sealed[stream])} sealed lines")


def _whole(lines: Sequence[Line], known: Mapping[int, Sealed], until_tx: int) -> bool:
    """Whether nothing is wrong with a stream."""
    previous = ZEROS
    for number, line in enumerate(lines, start=1):
        if line["number"] != number or line["previous"] != previous:
            return False
        previous = line["hash"]
        if line_hash(line, number, line["previous"]) != previous:
            return False
        if number in known:
            if known[number].hash != previous:
                return False
        elif line["tx"] < until_tx:
            return False
    return max(known, default=0) <= len(lines)


class _Stream:
    """A stream that is not whole: which line each of its rows truly is, and what follows from that."""

    def __init__(
        self, stream: str, lines: Sequence[Line], known: Mapping[int, Sealed], until_tx: int
    ) -> None:
        self.stream, self.known, self.until_tx = stream, known, until_tx
        self.lines = sorted(lines, key=lambda line: int(line["number"]))
        self.true = self._true_numbers()

    def findings(self) -> Iterator[Finding]:
        steady = _longest_rising([number for number in self.true if number])
        moved = {number for number in self.true if number} - steady
        found = list(self._gaps(steady, moved))
        wrong = [line["number"] != n for line, n in zip(self.lines, self.true, strict=True) if n]
        if not found and any(wrong):
            moved = {
                n
                for line, n in zip(self.lines, self.true, strict=True)
                if line["number"] != n and n
            }
        found += [Finding("REORDERED", self._place(number)) for number in sorted(moved)]
        found += self._kept_wrongly(bool(found))
        yield from found or [Finding("BROKEN", self.stream)]

    def _place(self, number: int) -> str:
        return f"{self.stream} line {number}"

    def _true_numbers(self) -> list[int]:
        """For each row the number of the line it is by its content; 0 when it is none that is known."""
        found: list[int] = []
        before: Line = {"number": 0, "hash": ZEROS}
        for line in self.lines:
            number = 0
            if line["tx"] >= self.until_tx and self._follows(line, before):
                number = max([*self.known, *found], default=0) + 1
            near = (n for n in self._candidates(line) if n not in found and self._is(line, n))
            found.append(number or next(near, 0))
            before = line
        return found

    @staticmethod
    def _follows(line: Line, before: Line) -> bool:
        """Whether a line that no seal holds is right by itself and after the row before it, wherever that stands."""
        number, previous = before["number"] + 1, before["hash"]
        if (line["number"], line["previous"]) != (number, previous):
            return False
        return bool(line_hash(line, number, previous) == line["hash"])

    def _candidates(self, line: Line) -> list[int]:
        """Numbers a row may be the line of, the likeliest first: a row that must be sealed is one of the sealed."""
        number = line["number"]
        same = [sealed for sealed, known in self.known.items() if known.hash == line["hash"]]
        near = sorted(range(max(number - NEAR, 1), number + NEAR), key=lambda n: abs(n - number))
        found = [*same, number, *near]
        if line["tx"] < self.until_tx:
            found.sort(key=lambda n: n not in self.known)
        return found

    def _is(self, line: Line, number: int) -> bool:
        """Whether the row's content is that of the line of a number: as sealed, else as it says itself."""
        if number not in self.known:
            return bool(line_hash(line, number, line["previous"]) == line["hash"])
        before = self.known[number - 1].hash if number - 1 in self.known else line["previous"]
        first = ZEROS if number == 1 else before
        return line_hash(line, number, first) == self.known[number].hash

    def _gaps(self, steady: set[int], moved: set[int]) -> Iterator[Finding]:
        """Walk from one line that stands firm to the next: what lies between was altered, removed or inserted."""
        strangers: list[Line] = []
        last = 0
        unknown = [x["number"] for x, n in zip(self.lines, self.true, strict=True) if not n]
        top = max([*self.known, *self.true, *unknown], default=0)
        for line, number in [*zip(self.lines, self.true, strict=True), ({}, top + 1)]:
            if not number:
                strangers.append(line)
            elif number in steady or number == top + 1:
                missing = [n for n in range(last + 1, number) if n not in moved]
                yield from (Finding("ALTERED", self._place(n)) for n in missing[: len(strangers)])
                yield from (Finding("REMOVED", self._place(n)) for n in missing[len(strangers) :])
                for stranger in strangers[len(missing) :]:
                    yield Finding("INSERTED", self._place(stranger["number"]))
                strangers, last = [], number

    def _kept_wrongly(self, explained: bool) -> Iterator[Finding]:
        """Rows whose content is right or not sealed, but whose hashes or transaction are not."""
        before: Line | None = None
        for line, number in zip(self.lines, self.true, strict=True):
            if number and number in self.known and number == line["number"] and not explained:
                if line["hash"] != self.known[number].hash:
                    yield Finding("ALTERED", self._place(number), "its stored hash")
                elif line_hash(line, number, line["previous"]) != line["hash"]:
                    yield Finding("ALTERED", self._place(number), "its stored previous hash")
            elif number and number not in self.known:
                if line["tx"] < self.until_tx:
                    yield Finding(
                        "INSERTED",
                        self._place(line["number"]),
                        "older than the last seal, which lacks it",
                    )
                elif not explained and line["previous"] != (before["hash"] if before else ZEROS):
                    sealed = number - 1 in self.known or number == 1
                    yield (
                        Finding("BROKEN", self._place(number))
                        if sealed
                        else Finding("ALTERED", self._place(number - 1))
                    )
            before = line


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The members of a longest rising run, members left out in between allowed."""
    ends: list[int] = []
    at: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_left(ends, number)
        before[number] = at[place - 1] if place else None
        ends[place:] = [number, *ends[place + 1 :]]
        at[place:] = [number, *at[place + 1 :]]
    found: set[int] = set()
    last = at[-1] if at else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found


# Rows of other tables that are sealed with the lines


def check_rows(
    rows: Iterable[Row], sealed: Mapping[str, Sealed], until_tx: int
) -> Iterator[Finding]:
    """What is wrong with sealed rows that are not chained."""
    met = set()
    for row in rows:
        key = row["key"]
        again, known = key in met, sealed.get(key)
        met.add(key)
        said = hashlib.sha256(row["content"].encode()).hexdigest()
        if again or (known is None and row["tx"] < until_tx):
            yield Finding("INSERTED", key)
        elif said != row["hash"] or (known is not None and known.hash != said):
            yield Finding("ALTERED", key)
    for key in sorted(sealed.keys() - met):
        yield Finding("REMOVED", key, f"sealed in seal {sealed[key].seal}")


def sealed_rows(
    contents: Mapping[int, Iterable[tuple[str, str]]], scope: str = ""
) -> tuple[dict[str, dict[int, Sealed]], dict[str, Sealed]]:
    """What the seals hold within a scope: lines by stream and number, other rows by key."""
    lines: dict[str, dict[int, Sealed]] = {}
    rows: dict[str, Sealed] = {}
    for seal, held in contents.items():
        for key, row in held:
            stream, _, last = key.rpartition("/")
            if scope and stream != scope:
                continue
            if last.isdecimal():
                lines.setdefault(stream, {})[int(last)] = Sealed(row, seal)
            else:
                rows[key] = Sealed(row, seal)
    return lines, rows


# Files


class Bundle(NamedTuple):
    """An exported journal: of all streams, or of the one in `scope`."""

    scope: str
    lines: Iterable[Line]
    rows: Iterable[Row]
    seals: list[dict[str, Any]]
    contents: dict[int, list[tuple[str, str]]]


def read_bundle(path: Path) -> Bundle:
    """Read a bundle from its file or folder; raises Unreadable."""
    try:
        if path.is_dir():
            return _bundle(
                {
                    f.relative_to(path).as_posix(): f.read_bytes()
                    for f in path.rglob("*")
                    if f.is_file()
                }
            )
        with zipfile.ZipFile(path) as packed:
            return _bundle({name: packed.read(name) for name in packed.namelist()})
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{path} is no journal exported by Evenhand: {error}") from None


def _bundle(files: Mapping[str, bytes]) -> Bundle:
    about = json.loads(files["about.json"])
    if about["format"] != 1:
        raise ValueError(f"its format is {about['format']}; this verifier reads format 1")
    seals = _jsons(files["seals.jsonl"])
    contents = {
        s["number"]: read_contents(files.get(f"contents/{s['number']}.txt", b"").decode())
        for s in seals
    }
    lines = sorted(_jsons(files["lines.jsonl"]), key=lambda line: (line["stream"], line["number"]))
    return Bundle(about["scope"], lines, _jsons(files["rows.jsonl"]), seals, contents)


def _jsons(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.decode("utf-8").split("\n") if line]


def read_contents(text: str) -> list[tuple[str, str]]:
    """The (key, hash) of each row a seal holds, from its list of them."""
    split = (line.rpartition(" ") for line in text.split("\n") if line)
    return [(key, row) for key, _, row in split]


def read_anchor(path: Path) -> tuple[list[dict[str, Any]], dict[int, list[tuple[str, str]]]]:
    """The anchored seals, and what they hold where the anchor says so.

    An anchor is a text; its lines that begin with a brace are seals, and the words around them are for people.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        seals = [json.loads(line) for line in lines if line.startswith("{")]
        contents = {s["number"]: read_contents(s["contents"]) for s in seals if "contents" in s}
        for seal in seals:
            seal_hash(seal)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{path} is no anchor of Evenhand: {error}") from None
    if not seals:
        raise Unreadable(f"{path} holds no seal")
    return seals, contents


def check(
    bundle: Bundle,
    anchored: Sequence[Seal] = (),
    anchored_contents: Mapping[int, list[tuple[str, str]]] | None = None,
    key: str = "",
) -> list[Finding]:
    """Everything that is wrong with a bundle, against seals that are anchored and what they hold."""
    found = list(check_seals(bundle.seals, bundle.contents, anchored, key))
    contents = dict(bundle.contents)
    for seal in anchored:
        held = (anchored_contents or {}).get(seal["number"])
        if held is not None and root_of(held) == seal["root"]:
            contents[seal["number"]] = (
                held  # of a seal that was taken away or rewritten, the anchor knows it better
            )
    lines, rows = sealed_rows(contents, bundle.scope)
    until_tx = max((seal["until_tx"] for seal in [*bundle.seals, *anchored]), default=0)
    found += check_lines(bundle.lines, lines, until_tx)
    found += check_rows(bundle.rows, rows, until_tx)
    return found


def main() -> int:
    """Check the bundle named on the command line and say what is wrong with it."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("bundle", type=Path)
    options.add_argument("--anchor", type=Path, help="a copy of a seal, kept outside")
    options.add_argument(
        "--key", default="", help="the public key every seal must be signed by, in hex"
    )
    options.add_argument("--language", choices=("en", "zh"), default="en")
    chosen = options.parse_args()
    try:
        bundle = read_bundle(chosen.bundle)
        anchored, contents = read_anchor(chosen.anchor) if chosen.anchor else ([], {})
        found = check(bundle, anchored, contents, chosen.key)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    for finding in found:
        print(finding.sentence(chosen.language))
    print(_sum(bundle, len(found), chosen.language))
    return 1 if found else 0


def _sum(bundle: Bundle, found: int, language: str) -> str:
    counts = (len(list(bundle.lines)), len(list(bundle.rows)), len(bundle.seals))
    unchecked = bundle.seals and signed_rightly(bundle.seals[0]) is None
    if language == "zh":
        said = "{} 条日志、{} 条联系记录、{} 个封存：".format(*counts)
        said += f"发现 {found} 处问题" if found else "未发现问题"
        return said + ("；未安装 cryptography，签名未核对" if unchecked else "")
    said = "{} lines, {} other rows, {} seals: ".format(*counts)
    said += f"{found} findings" if found else "nothing found"
    return said + ("; signatures not checked, cryptography is not installed" if unchecked else "")


if __name__ == "__main__":
    sys.exit(main())
