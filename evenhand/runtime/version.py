"""Which code made this: the release and a digest of the package's own sources."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


@cache
def code_version() -> str:
    """The release and the first twelve digits of sha256 over all Python files of the package, e.g. ``0.1.0+3f…``."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(str(path.relative_to(PACKAGE)).encode() + b"\0" + path.read_bytes() + b"\0")
    try:
        release = version("evenhand")
    except PackageNotFoundError:
        release = "source"
    return f"{release}+{digest.hexdigest()[:12]}"
