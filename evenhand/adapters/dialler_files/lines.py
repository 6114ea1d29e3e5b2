"""Call lists and results as CSV in UTF-8, each with a head. Pure.

permit,case,number,language,until,purpose,tone,announce_recording
permit,outcome,started_at,answered_at,ended_at,talk_seconds,recording,recording_sha256

What is wrong is named by line and field with what was expected; what stands there is never repeated.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand.cycle.call_lists import NOT_DIALLED, CallResult, Listed
from evenhand.outreach.human_calls import CallTold
from evenhand.outreach.rules import VOICE_OUTCOMES

LIST = ("permit", "case", "number", "language", "until", "purpose", "tone", "announce_recording")
RESULTS = (
    "permit", "outcome", "started_at", "answered_at", "ended_at", "talk_seconds", "recording", "recording_sha256",
)  # fmt: skip
LINES_MAX = 200_000
RECORDING_MAX = 100
_SHA256 = re.compile(r"[0-9a-f]{64}")


class NotResults(ValueError):
    """The file as a whole is none; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used: where it stands, which field, and what was expected."""

    file: str
    line: int
    field: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, {self.field}: expected {self.expected}"


def list_file(rows: Iterable[Listed]) -> bytes:
    """A call list as it is written; times carry their zone."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, LIST, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        said = {name: str(value) for name, value in asdict(row).items()}
        said |= {
            "until": row.until.isoformat(timespec="seconds"),
            "announce_recording": "true" if row.announce_recording else "false",
        }
        writer.writerow(said)
    return text.getvalue().encode()


def read_results(raw: bytes, name: str) -> tuple[list[tuple[int, CallResult]], list[BadLine]]:
    """The results with their lines, and the lines that cannot be used. Raises NotResults."""
    try:
        rows = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        if tuple(rows.fieldnames or ()) != RESULTS:
            raise NotResults(f"{name}, line 1: expected the columns {','.join(RESULTS)}")
        found: list[tuple[int, CallResult]] = []
        bad: list[BadLine] = []
        for row in rows:
            if rows.line_num > LINES_MAX:
                raise NotResults(f"{name} has too many lines: expected at most {LINES_MAX}")
            result, faults = _result(row)
            bad += [BadLine(name, rows.line_num, *fault) for fault in faults]
            if result is not None:
                found.append((rows.line_num, result))
    except UnicodeDecodeError:
        raise NotResults(f"{name} is not UTF-8") from None
    except csv.Error as error:
        raise NotResults(f"{name} is no CSV: {error}") from None
    return found, bad


def _result(row: dict[str, Any]) -> tuple[CallResult | None, list[tuple[str, str]]]:
    values: dict[str, Any] = {}
    faults = []
    for field, read in _READERS.items():
        try:
            values[field] = read((row.get(field) or "").strip())
        except ValueError as error:
            faults.append((field, str(error)))
    if None in row:
        faults.append(("row", f"{len(RESULTS)} fields"))
    if faults:
        return None, faults
    permit, outcome = values.pop("permit"), values.pop("outcome")
    if outcome == NOT_DIALLED:
        return CallResult(permit, CallTold(not_dialled=NOT_DIALLED)), []
    return CallResult(permit, CallTold(outcome=outcome, **values)), []


def _permit(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValueError("the permit of a call list") from None


def _outcome(text: str) -> str:
    if text not in VOICE_OUTCOMES | {NOT_DIALLED}:
        raise ValueError(f"one of {', '.join(sorted(VOICE_OUTCOMES | {NOT_DIALLED}))}")
    return text


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError("a moment with its zone such as 2026-09-28T10:00:00+08:00")
    return found


def _seconds(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 5):
        raise ValueError("whole seconds from 0 to 99999")
    return int(text)


def _recording(text: str) -> str:
    if len(text) > RECORDING_MAX or not text.isprintable():
        raise ValueError(f"at most {RECORDING_MAX} printable characters")
    return text


def _sha256(text: str) -> str:
    if text and not _SHA256.fullmatch(text):
        raise ValueError("64 hexadecimal digits in lower case, or nothing")
    return text


_READERS: dict[str, Callable[[str], Any]] = {
    "permit": _permit,
    "outcome": _outcome,
    "started_at": _moment,
    "answered_at": _moment,
    "ended_at": _moment,
    "talk_seconds": _seconds,
    "recording": _recording,
    "recording_sha256": _sha256,
}
