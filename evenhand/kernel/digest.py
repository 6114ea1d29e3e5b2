"""Content digests: what a table says, whatever file, compression or row group it lies in."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc


def content_digest(table: pa.Table) -> str:
    """sha256 over the canonical form of a table whose rows stand in key order.

    Canonical form: for each column in schema order its name and type, the validity of each row as a byte,
    and the values little-endian with nulls as zero; text as its lengths and UTF-8. Dictionaries are
    decoded first, so equal content gives equal digests.
    """
    digest = hashlib.sha256(f"{table.num_rows}\n".encode())
    for field in table.schema:
        column = table.column(field.name).combine_chunks()
        _update(digest, field.name, column)
    return digest.hexdigest()


def _update(digest: "hashlib._Hash", name: str, column: pa.Array) -> None:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    digest.update(f"{name}:{column.type}\n".encode())
    digest.update(pc.cast(column.is_valid(), pa.uint8()).to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_list(column.type):
        digest.update(pc.fill_null(pc.list_value_length(column), 0).to_numpy().tobytes())
        _update(digest, f"{name}[]", column.flatten())
    elif pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        digest.update(pc.fill_null(pc.binary_length(column), 0).to_numpy().tobytes())
        digest.update(b"".join(v for v in column.cast(pa.binary()).to_pylist() if v is not None))
    elif pa.types.is_boolean(column.type):
        digest.update(pc.cast(pc.fill_null(column, False), pa.uint8()).to_numpy().tobytes())
    else:
        width = pa.int32() if pa.types.is_date32(column.type) else column.type
        digest.update(pc.fill_null(column.cast(width), 0).to_numpy().tobytes())


def file_sha256(path: Path) -> str:
    """sha256 of the bytes of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
