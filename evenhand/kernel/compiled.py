"""Functions compiled by numba, with machine code kept between starts in a folder of our own."""

import os
import stat
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def cache_folder(wanted: Path) -> Path:
    """Make `wanted` for us alone and return it; when it cannot be ours, a fresh temporary folder.

    Compiled code is loaded from there, so a folder that another user owns or may write is not used.
    """
    try:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = wanted.stat()
    except OSError:
        return _temporary()
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if found.st_uid != os.geteuid() or shared or not os.access(wanted, os.W_OK):
        return _temporary()
    return wanted


def _temporary() -> Path:
    return Path(tempfile.mkdtemp(prefix="evenhand-compiled-"))


def _wanted() -> Path:
    try:
        release = version("evenhand")
    except PackageNotFoundError:
        release = "source"
    stated = os.environ.get("XDG_CACHE_HOME")
    base = Path(stated) if stated else Path(os.path.expanduser("~")) / ".cache"
    return base / "evenhand" / release / "compiled"


# numba, and every process we start, reads the variable while it is imported.
if "NUMBA_CACHE_DIR" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = str(cache_folder(_wanted()))

import numba  # noqa: E402

numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]  # type: ignore[attr-defined]  # where somebody else imported it before us


def compiled(function: F) -> F:
    """Compile on first call with each set of argument types, release the GIL, keep the code for next time."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))
