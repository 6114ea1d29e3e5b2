"""What the print house and the post report of letters, as CSV: posted, or come back. Pure.

message,posted_on,tracking          and          message,returned_on,reason
"""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

REASONS = ("MOVED", "UNKNOWN", "INCOMPLETE", "REFUSED", "DECEASED")
TRACKING_MAX = 40


@dataclass(frozen=True, slots=True)
class Posted:
    """One letter given to the post."""

    message: UUID
    posted_on: date
    tracking: str


@dataclass(frozen=True, slots=True)
class Returned:
    """One letter that came back, and why."""

    message: UUID
    returned_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used: where it stands, which field, what it holds is never repeated, what was expected."""

    file: str
    line: int
    field: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, {self.field}: expected {self.expected}"


class NotPostings(ValueError):
    """The file as a whole is none; the message says what was expected."""


def read_posted(raw: bytes, name: str) -> tuple[list[Posted], list[BadRow]]:
    """The letters that were posted, and the rows that cannot be used. Raises NotPostings."""
    return _read(raw, name, {"message": _id, "posted_on": _day, "tracking": _tracking}, Posted)


def read_returned(raw: bytes, name: str) -> tuple[list[Returned], list[BadRow]]:
    """The letters that came back, and the rows that cannot be used. Raises NotPostings."""
    return _read(raw, name, {"message": _id, "returned_on": _day, "reason": _reason}, Returned)


def _read(
    raw: bytes, name: str, fields: Mapping[str, Callable[[str], Any]], kind: Callable[..., Any]
) -> tuple[list[Any], list[BadRow]]:
    try:
        rows = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        if list(rows.fieldnames or ()) != list(fields):
            raise NotPostings(f"{name}, line 1: expected the columns {','.join(fields)}")
        found, bad = [], []
        for row in rows:
            values, faults = {}, []
            for field, read in fields.items():
                try:
                    values[field] = read((row.get(field) or "").strip())
                except ValueError as error:
                    faults.append(BadRow(name, rows.line_num, field, str(error)))
            if None in row:
                faults.append(BadRow(name, rows.line_num, "row", f"{len(fields)} fields"))
            bad += faults
            if not faults:
                found.append(kind(**values))
    except UnicodeDecodeError:
        raise NotPostings(f"{name} is not UTF-8") from None
    except csv.Error as error:
        raise NotPostings(f"{name} is no CSV: {error}") from None
    return found, bad


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValueError("the id of a message, as the manifest names it") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a day such as 2026-09-30") from None


def _tracking(text: str) -> str:
    if not text or len(text) > TRACKING_MAX or not text.isprintable():
        raise ValueError(f"1 to {TRACKING_MAX} printable characters")
    return text


def _reason(text: str) -> str:
    if text not in REASONS:
        raise ValueError(f"one of {', '.join(REASONS)}")
    return text
