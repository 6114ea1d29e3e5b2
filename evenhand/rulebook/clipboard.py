"""Blocks of cells as spreadsheets put them on the clipboard: cells parted by tabs, rows by line breaks.

A spreadsheet puts quotes around a cell that holds a tab or a line break and doubles the quotes within. It leaves other
cells alone, so the text ``"M1"`` keeps its quotes: they are part of what the analyst wrote.
"""

import re
from collections.abc import Sequence

_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?=\t|\r|\n|\Z)')
_UNCLOSED = re.compile(r'"(?:[^"]|"")*\Z')  # would run on into the next cell
_BARE = re.compile(r"[^\t\r\n]*")
_BREAK = re.compile(r"\r\n|\r|\n")


def to_tsv(block: Sequence[Sequence[str]]) -> str:
    """The rows as text, each ended by a line break as spreadsheets do; `from_tsv` gives them back exactly."""
    return "".join("\t".join(map(_as_cell, row)) + "\r\n" for row in block)


def from_tsv(text: str) -> list[list[str]]:
    """The rows of a copied block. A last empty line is the end of the row before it, not a row."""
    rows: list[list[str]] = []
    row: list[str] = []
    at = 0
    while at < len(text) or row:
        cell, at = _cell_at(text, at)
        row.append(cell)
        if text[at : at + 1] == "\t":
            at += 1
            continue
        rows.append(row)
        row = []
        if ends := _BREAK.match(text, at):
            at = ends.end()
    return rows


def _as_cell(text: str) -> str:
    if re.search(r"[\t\r\n]", text) or _quoted(text, 0) or _UNCLOSED.match(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _cell_at(text: str, at: int) -> tuple[str, int]:
    """The cell that begins there, and where it ends."""
    if quoted := _quoted(text, at):
        return quoted[1].replace('""', '"'), quoted.end()
    bare = _BARE.match(text, at)
    assert bare is not None
    return bare[0], bare.end()


def _quoted(text: str, at: int) -> re.Match[str] | None:
    """A cell in quotes that a spreadsheet put there: it holds what needs them, or quotes that were doubled."""
    match = _QUOTED.match(text, at)
    return match if match and re.search(r'[\t\r\n]|""', match[1]) else None
