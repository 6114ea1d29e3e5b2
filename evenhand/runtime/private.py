"""Files and folders that only we may read."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write a small file whole, readable by us alone."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)


def private_folder(path: Path) -> Path:
    """A folder that only we may open, made if it is not there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
