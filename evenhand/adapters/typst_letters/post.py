"""Letters on their way to the print house: set and kept sealed as they are handed over, and gathered into runs.

    waiting/<message>.json.enc   what the next run prints
    kept/<message>.pdf.enc       the letter as it was set, for as long as messages are kept
    <number>/                    of the runs: letters.pdf, manifest.csv and manifest.json, for the print house, in clear

A run is there whole or not at all: its folder is written beside and renamed. What it holds is taken from `waiting`
afterwards, and again by the next run should this one have been cut off there.
"""

import csv
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from evenhand.adapters.typst_letters.setting import (
    Facts,
    Heading,
    Letter,
    Points,
    Signatures,
    Table,
    set_letters,
    set_run,
)
from evenhand.runtime.keys import Keys
from evenhand.runtime.private import private_folder

COLUMNS = ("sequence", "message", "first_page", "pages", "postcode", "sha256")
RUN_MAX = 5_000
_KINDS: dict[str, Any] = {
    "table": Table, "facts": Facts, "heading": Heading, "points": Points, "signatures": Signatures,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the print house."""

    number: int
    folder: Path
    letters: int
    pages: int


@dataclass(frozen=True, slots=True)
class LetterPost:
    """Where letters lie: sealed beneath `root`, which is backed up, and in clear as runs until they are fetched."""

    root: Path
    runs: Path
    keys: Keys = field(repr=False)

    def keep(self, message_id: UUID, letter: Letter, *, at: datetime) -> str:
        """Set a letter, keep it, and let it wait for the next run; returns the sha256 of the PDF. Twice is once."""
        pdf = set_letters([letter], at=at)
        for folder, name, plain in (
            ("kept", f"{message_id}.pdf.enc", pdf),
            ("waiting", f"{message_id}.json.enc", _packed(letter, at)),
        ):
            place = private_folder(self.root / folder) / name
            beside = place.with_name(f".{place.name}")
            beside.write_bytes(self.keys.seal(plain, about=b"letter " + message_id.bytes))
            os.replace(beside, place)
        return sha256(pdf).hexdigest()

    def pdf(self, message_id: UUID) -> bytes | None:
        """A letter as it was set; None where it is not kept."""
        place = self.root / "kept" / f"{message_id}.pdf.enc"
        if not place.exists():
            return None
        return self.keys.unseal(place.read_bytes(), about=b"letter " + message_id.bytes)

    def make_run(self, *, at: datetime) -> Run | None:
        """Gather what waits, the oldest first, into a run for the print house; None where nothing waits."""
        self._take_from_waiting()
        waiting = sorted((self.root / "waiting").glob("*.json.enc"))[:RUN_MAX]
        if not waiting:
            return None
        names = [UUID(place.name.partition(".")[0]) for place in waiting]
        letters = [
            _unpacked(self.keys.unseal(place.read_bytes(), about=b"letter " + name.bytes))[0]
            for name, place in zip(names, waiting, strict=True)
        ]
        pdf, firsts, pages = set_run(letters, at=at)
        runs = private_folder(self.runs)
        number = 1 + max(
            (int(run.name) for run in runs.iterdir() if run.name.isdecimal()), default=0
        )
        beside = runs / f".{number}.part"
        shutil.rmtree(beside, ignore_errors=True)
        private_folder(beside)
        (beside / "letters.pdf").write_bytes(pdf)
        rows = self._manifest(names, letters, firsts, pages)
        (beside / "manifest.csv").write_text(rows, encoding="utf-8", newline="")
        totals = {
            "run": number, "made_at": at.isoformat(), "letters": len(letters), "pages": pages,
            "sha256": {"letters.pdf": sha256(pdf).hexdigest(), "manifest.csv": sha256(rows.encode()).hexdigest()},
        }  # fmt: skip
        (beside / "manifest.json").write_text(json.dumps(totals, indent=1), encoding="utf-8")
        os.replace(beside, runs / str(number))
        self._take_from_waiting()
        return Run(number=number, folder=runs / str(number), letters=len(letters), pages=pages)

    def _manifest(
        self, names: list[UUID], letters: list[Letter], firsts: list[int], pages: int
    ) -> str:
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\r\n")
        rows.writerow(COLUMNS)
        ends = [*firsts[1:], pages + 1]
        for number, (name, letter, first, end) in enumerate(
            zip(names, letters, firsts, ends, strict=True), 1
        ):
            kept = self.pdf(name)
            digest = "" if kept is None else sha256(kept).hexdigest()
            rows.writerow([number, name, first, end - first, _postcode(letter), digest])
        return out.getvalue()

    def _take_from_waiting(self) -> None:
        """Nothing that a finished run holds waits for another."""
        for name in self._printed():
            with suppress(FileNotFoundError):
                (self.root / "waiting" / f"{name}.json.enc").unlink()

    def _printed(self) -> Iterator[str]:
        for manifest in (self.runs).glob("[0-9]*/manifest.csv"):
            with manifest.open(encoding="utf-8", newline="") as rows:
                yield from (row["message"] for row in csv.DictReader(rows))


def _postcode(letter: Letter) -> str:
    """The postcode, where the address begins or ends a line with one of six digits."""
    for line in letter.address:
        for word in (line[:6], line[-6:]):
            if len(word) == 6 and word.isascii() and word.isdecimal():
                return word
    return ""


def _packed(letter: Letter, at: datetime) -> bytes:
    said = {"letter": _said(letter), "at": at.isoformat()}
    return json.dumps(said, ensure_ascii=False).encode()


def _said(letter: Letter) -> dict[str, Any]:
    said = asdict(letter)
    said["blocks"] = [
        block if isinstance(block, str) else {"is": type(block).__name__.lower(), **asdict(block)}
        for block in letter.blocks
    ]
    said["other"] = None if letter.other is None else _said(letter.other)
    return said


def _unpacked(plain: bytes) -> tuple[Letter, datetime]:
    found = json.loads(plain)
    return _read(found["letter"]), datetime.fromisoformat(found["at"])


def _read(said: dict[str, Any]) -> Letter:
    said["blocks"] = tuple(
        block if isinstance(block, str) else _KINDS[block.pop("is")](**block)
        for block in said["blocks"]
    )
    if other := said.get("other"):
        said["other"] = _read(other)
    return Letter(**said)
