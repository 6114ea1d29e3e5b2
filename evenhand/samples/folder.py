"""A sample's folder: feed files, `manifest.toml` that names and sums them, and `portfolio.toml`."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from evenhand.kernel.digest import file_sha256
from evenhand.portfolio.feeds import FEEDS, Kind
from evenhand.runtime.lake import write_whole

SUMMED = {"payments": "amount"}  # the money column whose sum the manifest states
FORMATS = ("csv", "parquet")
_DESCRIPTIONS = ("manifest.toml", "portfolio.toml")


class SampleError(ValueError):
    """A sample that cannot be made; the message names what is wrong, where, and what was expected."""


@dataclass(frozen=True, slots=True)
class FeedFile:
    """One file of a sample. `total` sums the control column, or is None where the feed has none."""

    name: str
    feed: str
    rows: int
    sha256: str
    total: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a sample's folder says of itself. `origin` is what `evenhand sample` made it with."""

    name: str
    banking_day: date
    synthesised: tuple[str, ...]
    origin: Mapping[str, str | int]
    files: tuple[FeedFile, ...] = ()


@dataclass(slots=True)
class FeedWriter:
    """Writes one feed file, chunk after chunk, through a file beside its place.

    Chunks are tables with the feed's columns, any of them absent when optional. Money columns are int64 minor units
    of a currency with two digits and are written as decimal text.
    """

    path: Path
    feed: str
    rows: int = 0
    total_minor: int = 0
    columns: tuple[str, ...] = ()
    _sink: pq.ParquetWriter | pc_csv.CSVWriter | None = field(default=None)

    def write(self, table: pa.Table) -> None:
        """Append the rows of a table."""
        if summed := SUMMED.get(self.feed):
            self.total_minor += pc.sum(table.column(summed)).as_py() or 0
        self.rows += table.num_rows
        plain = as_text(self.feed, table)
        if self._sink is None:
            self.columns = tuple(plain.column_names)
            self._sink = self._open(plain.schema)
        self._sink.write_table(plain)

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter | pc_csv.CSVWriter:
        if self.path.suffix == ".parquet":
            return pq.ParquetWriter(self.path, schema, compression="zstd", compression_level=1)
        stream = pa.OSFile(str(self.path), "wb")
        stream.write((",".join(schema.names) + "\n").encode())
        options = pc_csv.WriteOptions(include_header=False, quoting_style="none")
        return _Closing(stream, pc_csv.CSVWriter(stream, schema, write_options=options))

    def close(self) -> FeedFile:
        """Finish the file and describe it."""
        assert self._sink is not None, "a feed file has at least a header"
        self._sink.close()
        total = Decimal(self.total_minor).scaleb(-2) if self.feed in SUMMED else None
        return FeedFile(self.path.name, self.feed, self.rows, file_sha256(self.path), total)


class _Closing:
    """A CSV writer that closes the stream below it too."""

    def __init__(self, stream: pa.NativeFile, writer: pc_csv.CSVWriter) -> None:
        self._stream, self._writer = stream, writer

    def write_table(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()
        self._stream.close()


def as_text(feed: str, table: pa.Table) -> pa.Table:
    """The table as the feed's file holds it: its columns in the feed's order, money as decimal text."""
    columns = {}
    known = {column.name: column for column in FEEDS[feed].columns}
    assert set(table.column_names) <= set(known), f"{feed} has no {table.column_names}"
    for name, column in known.items():
        if name not in table.column_names:
            assert not column.required, f"{feed}.{name} is required"
            continue
        values = table.column(name)
        columns[name] = decimal_text(values) if column.kind is Kind.MONEY else values
    return pa.table(columns)


def decimal_text(minor: pa.ChunkedArray) -> pa.ChunkedArray:
    """Minor units (two digits) as decimal text: 1234 → "12.34"."""
    assert minor.type == pa.int64()
    kind = pa.decimal128(20, 2)
    chunks = []
    for chunk in minor.chunks:
        whole = chunk.cast(pa.decimal128(20, 0))
        scaled = pa.Array.from_buffers(
            kind, len(whole), whole.buffers(), whole.null_count, whole.offset
        )
        chunks.append(scaled.cast(pa.string()))
    return pa.chunked_array(chunks, type=pa.string())


def empty_folder(folder: Path) -> None:
    """Make the folder, or clear it of an earlier sample; raise SampleError when it holds anything else."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = sorted(entry.name for entry in folder.iterdir())
    ours = {f"{feed}.{ending}" for feed in FEEDS for ending in FORMATS}
    if foreign := [name for name in entries if name not in ours | set(_DESCRIPTIONS)]:
        raise SampleError(f"{folder} holds {foreign[0]}; expected a folder for the sample alone")
    if entries and "manifest.toml" in entries:
        read_manifest(folder)
    elif entries:
        raise SampleError(f"{folder} holds {entries[0]} and no manifest; expected an empty folder")
    for name in entries:
        (folder / name).unlink()


def read_manifest(folder: Path) -> Mapping[str, Any]:
    """What a sample's `manifest.toml` says; raise SampleError when the folder is no sample of ours."""
    path = folder / "manifest.toml"
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SampleError(f"{folder} has no manifest.toml; expected a sample's folder") from None
    except tomllib.TOMLDecodeError as error:
        raise SampleError(f"manifest.toml: {error}") from None
    if told.get("sample") is not True or "origin" not in told:
        raise SampleError("manifest.toml: no sample; expected sample = true and [origin]")
    return told


def write_tables(
    folder: Path, tables: Mapping[str, pa.Table], *, file_format: str = "csv"
) -> tuple[FeedFile, ...]:
    """Write each table as one file named after its feed, into an emptied folder."""
    files = []
    for feed, table in tables.items():
        writer = FeedWriter(folder / f"{feed}.{file_format}", feed)
        writer.write(table)
        files.append(writer.close())
    return tuple(files)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `manifest.toml`."""
    lines = [
        "sample = true",
        f"name = {_quoted(manifest.name)}",
        f"banking_day = {_quoted(str(manifest.banking_day))}",
        f"synthesised = {_list(manifest.synthesised)}",
        "",
        "[origin]",
        *(f"{key} = {_quoted(value)}" for key, value in manifest.origin.items()),
    ]
    for file in manifest.files:
        lines += [
            "",
            "[[files]]",
            f"name = {_quoted(file.name)}",
            f"feed = {_quoted(file.feed)}",
            f"rows = {file.rows}",
            f"sha256 = {_quoted(file.sha256)}",
        ]
        if file.total is not None:
            lines.append(f'total = "{file.total}"')
    write_text(folder / "manifest.toml", lines)


def write_text(path: Path, lines: Iterable[str]) -> None:
    """Write a text file whole, each line ended."""
    content = "".join(f"{line}\n" for line in lines)
    write_whole(path, lambda beside: _put(beside, content))


def _put(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")


def _quoted(value: str | int) -> str:
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)


def _list(values: tuple[str, ...]) -> str:
    return "[\n" + "".join(f"    {_quoted(v)},\n" for v in values) + "]"
