"""Reads one file of the bank into columns of text under our names, or refuses it whole.

Nothing is judged here but the file itself: its encoding, its header, its trailer and its manifest. A row that has too
few or too many fields is the only fault of a row seen here, because no column can be made of it.
"""

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from evenhand.portfolio.feeds import Feed, Kind
from evenhand.portfolio.terms import Encoding, Layout, Sign

TRAILER = b"#TRAILER"
MANIFESTS = ("manifest.toml", "manifest.json")


class FileRefusedError(ValueError):
    """A file that cannot be taken, as a whole. Nothing of it is applied."""

    def __init__(self, rule: str, *, line: int = 0, field: str = "", expected: str = "") -> None:
        super().__init__(
            f"{rule}"
            + (f", line {line}" if line else "")
            + (f", {field}" if field else "")
            + f": expected {expected}"
        )
        self.reason: dict[str, Any] = {
            "rule": rule,
            "line": line,
            "field": field,
            "expected": expected,
        }


@dataclass(frozen=True, slots=True)
class Fault:
    """One field of one line that was refused. `value` is still in clear: mask it before it leaves the process."""

    line: int
    field: str
    value: str
    rule: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a manifest or trailer says of a file; None where it says nothing."""

    feed: str | None = None
    sha256: str | None = None
    rows: int | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a folder says of itself: its files by name, columns that are made up, and whether it is a sample."""

    files: Mapping[str, Stated] = field(default_factory=dict)
    synthesised: tuple[str, ...] = ()
    sample: bool = False
    banking_day: str | None = None

    def marks(self, feed: str) -> list[str]:
        """The made-up columns of one feed."""
        at = f"{feed}."
        return [name.removeprefix(at) for name in self.synthesised if name.startswith(at)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One file as text. `columns` holds our names, null where blank; `lines` the line of each row in the file."""

    columns: pa.Table
    lines: npt.NDArray[np.int32]
    ragged: tuple[Fault, ...] = ()
    encoding: str = "UTF-8"
    stated: Stated = field(default_factory=Stated)
    layout: Layout = field(default_factory=Layout)

    @property
    def rows_in(self) -> int:
        """Every row of the file, good or bad."""
        return len(self.lines) + len(self.ragged)


def read_manifest(folder: Path) -> Manifest:
    """What `manifest.toml` or `manifest.json` of a folder states; empty without one.

    Raises FileRefusedError when the manifest itself cannot be understood.
    """
    for name in MANIFESTS:
        path = folder / name
        if path.exists():
            try:
                text = path.read_text(encoding="utf-8")
                return _manifest(tomllib.loads(text) if name.endswith("toml") else json.loads(text))
            except (ValueError, KeyError, AttributeError, TypeError, InvalidOperation) as error:
                raise FileRefusedError(
                    "manifest.readable",
                    field=name,
                    expected=f"[[files]] with name, sha256, rows, total ({error})",
                ) from None
    return Manifest()


def _manifest(content: Mapping[str, Any]) -> Manifest:
    known = {"files", "synthesised", "sample", "banking_day", "name", "origin"}
    if unknown := set(content) - known:
        raise ValueError(f"{sorted(unknown)[0]} is not known")
    return Manifest(
        files={entry["name"]: _stated(entry) for entry in content.get("files", [])},
        synthesised=tuple(content.get("synthesised", ())),
        sample=bool(content.get("sample", False)),
        banking_day=None if (day := content.get("banking_day")) is None else str(day),
    )


def _stated(value: Mapping[str, Any]) -> Stated:
    if unknown := set(value) - {"name", "feed", "sha256", "rows", "total"}:
        raise ValueError(f"{sorted(unknown)[0]} is not known")
    total = value.get("total")
    return Stated(
        feed=value.get("feed"),
        sha256=value.get("sha256"),
        rows=value.get("rows"),
        total=None if total is None else Decimal(str(total)),
    )


def read_sheet(content: bytes, feed: Feed, layout: Layout, stated: Stated | None) -> Sheet:
    """Read the bytes of one file, CSV or Parquet, by what they are; raise FileRefusedError."""
    stated = stated or Stated()
    if stated.sha256 and hashlib.sha256(content).hexdigest() != stated.sha256.lower():
        raise FileRefusedError("file.sha256", expected="the digest stated in the manifest")
    read = _read_parquet if content[:4] == b"PAR1" else _read_csv
    sheet = read(content, feed, layout)
    sheet = replace(sheet, stated=_both(stated, sheet.stated))
    if sheet.stated.rows is not None and sheet.stated.rows != sheet.rows_in:
        raise FileRefusedError(
            "file.rows", expected=f"{sheet.stated.rows} rows, found {sheet.rows_in}"
        )
    return sheet


def _both(manifest: Stated, trailer: Stated) -> Stated:
    for name in ("rows", "total"):
        said, also = getattr(manifest, name), getattr(trailer, name)
        if said is not None and also is not None and said != also:
            raise FileRefusedError(f"file.{name}", expected="trailer and manifest to agree")
    return replace(
        manifest,
        rows=trailer.rows if manifest.rows is None else manifest.rows,
        total=trailer.total if manifest.total is None else manifest.total,
    )


def _read_csv(content: bytes, feed: Feed, layout: Layout) -> Sheet:
    text, encoding = _as_utf8(content, layout.encoding)
    text, stated = _cut_trailer(text, layout)
    whole, text = text.endswith(b"\n"), _stripped(text)
    if text.count(b'"') % 2:
        raise FileRefusedError("file.quotes", expected="every quotation mark to be closed")
    header = _header(text, layout)
    taken = _columns_taken(header, feed, layout)
    table, bad = _parse(text, layout, list(taken.values()))
    if bad and not whole and bad[-1][0] == table.num_rows + len(bad) + 1:
        raise FileRefusedError("file.truncated", line=bad[-1][0], expected="a whole last line")
    lines, ragged = _lines(table, bad, '"' in layout.delimiter or b'"' in text)
    columns = pa.table({ours: table.column(theirs) for ours, theirs in taken.items()})
    return Sheet(
        columns=_complete(columns, feed, layout, len(lines)),
        lines=lines,
        ragged=ragged,
        encoding=encoding,
        stated=stated,
        layout=layout,
    )


def _as_utf8(content: bytes, stated: Encoding) -> tuple[bytes, str]:
    """The text as UTF-8 without a mark at its head, and the name of the encoding it came in."""
    if content.startswith(b"\xef\xbb\xbf"):
        if stated is Encoding.GB18030:
            raise FileRefusedError(
                "file.encoding", expected="GB18030 as stated, found UTF-8 with mark"
            )
        content, name = content[3:], "UTF-8-SIG"
    else:
        name = "UTF-8"
    if stated is not Encoding.GB18030:
        try:
            offsets = pa.py_buffer(np.array([0, len(content)], dtype=np.int64))
            parts = [None, offsets, pa.py_buffer(content)]
            pc.cast(pa.Array.from_buffers(pa.large_binary(), 1, parts), pa.large_string())
        except pa.ArrowInvalid:
            if stated is Encoding.UTF_8 or name == "UTF-8-SIG":
                raise FileRefusedError("file.encoding", expected="UTF-8 throughout") from None
        else:
            return content, name
    try:
        return content.decode("gb18030").encode(), "GB18030"
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileRefusedError("file.encoding", line=line, expected="UTF-8 or GB18030") from None


def _stripped(text: bytes) -> bytes:
    """Without empty lines at its end; not a copy when there is at most one line break."""
    return text if text[-2:].strip(b"\r\n") else text.rstrip(b"\r\n")


def _cut_trailer(text: bytes, layout: Layout) -> tuple[bytes, Stated]:
    if TRAILER not in text[-4_096:]:
        return text, Stated()
    body = text.rstrip(b"\r\n")
    start = body.rfind(b"\n") + 1
    last = body[start:]
    if not last.startswith(TRAILER):
        return text, Stated()
    parts = last.decode("utf-8").split(layout.delimiter)
    try:
        rows = int(parts[1])
        total = Decimal(parts[2]) if len(parts) > 2 and parts[2].strip() else None
    except (IndexError, ValueError, InvalidOperation):
        line = body.count(b"\n") + 1
        raise FileRefusedError(
            "file.trailer",
            line=line,
            expected=f"#TRAILER{layout.delimiter}rows{layout.delimiter}sum",
        ) from None
    return text[:start], Stated(rows=rows, total=total)


def _header(text: bytes, layout: Layout) -> list[str]:
    end = text.find(b"\n")
    first = (text if end < 0 else text[:end]).decode("utf-8")
    names = next(csv.reader(io.StringIO(first), delimiter=layout.delimiter), [])
    if not names:
        raise FileRefusedError("file.header", line=1, expected="a line of column names")
    if repeated := {n for n in names if names.count(n) > 1}:
        raise FileRefusedError(
            "file.header", line=1, field=sorted(repeated)[0], expected="each column name once"
        )
    return names


def _columns_taken(header: Sequence[str], feed: Feed, layout: Layout) -> dict[str, str]:
    """Our names and theirs, of the columns to read; refuses missing and unknown ones."""
    taken = {}
    for column in feed.columns:
        theirs = layout.columns.get(column.name, column.name)
        if theirs in header:
            if column.name in layout.constants:
                raise FileRefusedError(
                    "column.constant", line=1, field=theirs, expected="it absent"
                )
            taken[column.name] = theirs
        elif column.name in layout.columns or (
            column.required and column.name not in layout.constants
        ):
            raise FileRefusedError("column.present", line=1, field=theirs, expected="this column")
    unread = set(header) - set(taken.values())
    if "*" not in layout.ignore and (unknown := unread - set(layout.ignore)):
        raise FileRefusedError(
            "column.known",
            line=1,
            field=sorted(unknown)[0],
            expected="a column of the feed, or its name under `ignore`",
        )
    return taken


def _parse(
    text: bytes, layout: Layout, theirs: list[str]
) -> tuple[pa.Table, list[tuple[int, int, int, str]]]:
    """Parse in parallel; only when a row is ragged, again in order so that each such row is known."""
    bad: list[tuple[int, int, int, str]] = []

    def note(row: Any) -> str:
        bad.append((row.number, row.expected_columns, row.actual_columns, row.text))
        return "skip"

    def run(in_order: bool) -> pa.Table:
        return pacsv.read_csv(
            pa.py_buffer(text),
            read_options=pacsv.ReadOptions(use_threads=not in_order, block_size=1 << 22),
            parse_options=pacsv.ParseOptions(
                delimiter=layout.delimiter,
                newlines_in_values=b'"' in text,
                ignore_empty_lines=False,
                invalid_row_handler=note if in_order else None,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(theirs, pa.string()),
                include_columns=theirs,
                strings_can_be_null=True,
                null_values=[""],
            ),
        )

    try:
        return run(in_order=False), bad
    except pa.ArrowInvalid:
        pass
    try:
        return run(in_order=True), bad
    except pa.ArrowInvalid:
        raise FileRefusedError("file.readable", expected="comma separated values") from None


def _lines(
    table: pa.Table, bad: list[tuple[int, int, int, str]], quoted: bool
) -> tuple[npt.NDArray[np.int32], tuple[Fault, ...]]:
    """The line each row starts on: rows, ragged ones included, and the line breaks inside quoted values."""
    total = table.num_rows + len(bad)
    heights = np.ones(total + 2, dtype=np.int32)  # by physical row, the header is row 1
    good = np.ones(total + 2, dtype=np.bool_)
    good[:2] = False
    for number, _, _, text in bad:
        good[number] = False
        heights[number] += text.count("\n")
    if quoted:
        inside = np.zeros(table.num_rows, dtype=np.int32)
        for column in table.columns:
            inside += pc.fill_null(pc.count_substring(column, "\n"), 0).to_numpy()
        heights[good] += inside
    starts = np.concatenate([[0, 1], 1 + np.cumsum(heights[1:-1])]).astype(np.int32)
    ragged = tuple(
        Fault(int(starts[n]), "", text, "row.columns", f"{expected} fields, found {actual}")
        for n, expected, actual, text in bad
    )
    return starts[good], ragged


def _complete(columns: pa.Table, feed: Feed, layout: Layout, rows: int) -> pa.Table:
    """Add constants, fill defaults."""
    for column in feed.columns:
        name = column.name
        if name in layout.constants:
            value = pa.repeat(pa.scalar(layout.constants[name], pa.string()), rows)
            columns = columns.append_column(name, value)
        elif name in layout.defaults and name in columns.column_names:
            at = columns.column_names.index(name)
            filled = pc.fill_null(columns.column(name), layout.defaults[name])
            columns = columns.set_column(at, name, filled)
    return columns


def _read_parquet(content: bytes, feed: Feed, layout: Layout) -> Sheet:
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowInvalid, OSError):
        raise FileRefusedError("file.truncated", expected="a whole Parquet file") from None
    taken = _columns_taken(table.column_names, feed, layout)
    columns, native = {}, False
    for ours, theirs in taken.items():
        column, kind = table.column(theirs), feed.column(ours).kind
        if pa.types.is_floating(column.type):
            raise FileRefusedError(
                "column.exact", field=theirs, expected="text, a decimal or an integer"
            )
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if not pa.types.is_string(column.type):
            native |= kind in {Kind.MONEY, Kind.DATE}
            column = column.cast(pa.string())
        columns[ours] = pc.if_else(pc.equal(column, ""), None, column)
    if native:
        layout = replace(
            layout, dates="%Y-%m-%d", decimal_mark=".", thousands_mark="", sign=Sign.LEADING
        )
    rows = table.num_rows
    return Sheet(
        columns=_complete(pa.table(columns), feed, layout, rows),
        lines=np.arange(1, rows + 1, dtype=np.int32),
        encoding="Parquet",
        layout=layout,
    )
