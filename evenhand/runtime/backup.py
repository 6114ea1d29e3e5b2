"""A copy of everything but the keys, taken between two nights, and the way back.

DIR/database.dump    pg_dump, custom format
DIR/lake/…           the columnar files and the encrypted feeds
DIR/manifest.json    what it is, of which night, and the sha256 of each file; written last
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from evenhand.kernel.digest import file_sha256
from evenhand.runtime.config import Config
from evenhand.runtime.database import LOCK_TIMEOUT, Store, StoreError, ensure_running
from evenhand.runtime.keys import read_keys
from evenhand.runtime.postgres_files import installed_binaries
from evenhand.runtime.private import write_private

Boundary = Callable[[psycopg.Connection[Any]], dict[str, str] | None]


def backup(config: Config, target: Path, *, boundary: Boundary, now: datetime) -> dict[str, Any]:
    """Copy database and lake into an empty folder and return the manifest.

    `boundary` is given the owner's connection: it keeps nights from starting until its transaction ends, refuses
    (StoreError) while one is unfinished, and names the last. A folder without a manifest is no backup. Raises
    KeyFileError when the keys that open the backup cannot be named.
    """
    if target.exists() and any(target.iterdir()):
        raise StoreError(f"{target} is not empty")
    store, keys = ensure_running(config), read_keys(config.key_file)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with psycopg.connect(store.owner) as connection:
        connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        night = boundary(connection)
        _run("pg_dump", store, "--format=custom", "--file", str(target / "database.dump"))
        for path in _lake_files(config):
            copy = target / "lake" / path.relative_to(config.lake)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
    manifest = {
        "format": 1,
        "made_at": now.isoformat(timespec="seconds"),
        "mode": config.mode,
        "app_role": store.app_role,
        "owner_role": store.owner_role,
        "data_keys": [key.name for key in keys.data_keys],
        "night": night,
        "files": {
            path.relative_to(target).as_posix(): file_sha256(path)
            for path in sorted(target.rglob("*"))
            if path.is_file()
        },
    }
    write_private(target / "manifest.json", json.dumps(manifest, indent=2))
    return manifest


def restore(config: Config, source: Path) -> dict[str, Any]:
    """Bring a backup into an empty database and an empty lake, after checking every file of it.

    Raises StoreError with a sentence, and then nothing was changed.
    """
    manifest = _checked_manifest(source)
    store = ensure_running(config)
    for name, wanted, ours in (
        ("EVENHAND_MODE", manifest["mode"], config.mode),
        ("the app role", manifest["app_role"], store.app_role),
        ("the owner role", manifest["owner_role"], store.owner_role),
    ):
        if wanted != ours:
            raise StoreError(f"{name} of the backup is {wanted}, here it is {ours}")
    if config.lake.exists() and any(config.lake.iterdir()):
        raise StoreError(f"{config.lake} is not empty")
    _require_empty(store)
    arriving = config.lake.with_name("lake.arriving")
    shutil.rmtree(arriving, ignore_errors=True)
    try:
        arriving.mkdir(parents=True)
        if (source / "lake").exists():
            shutil.copytree(source / "lake", arriving, dirs_exist_ok=True)
        dump = str(source / "database.dump")
        _run("pg_restore", store, "--single-transaction", "--exit-on-error", "--no-owner", dump)
        _number_on(store)
    except BaseException:
        shutil.rmtree(arriving, ignore_errors=True)
        raise
    arriving.replace(config.lake)
    return manifest


def _number_on(store: Store) -> None:
    """Number transactions above those the journal sealed: another server begins its own count from below."""
    with psycopg.connect(store.owner) as connection:
        if connection.execute("SELECT to_regproc('journal_begin_again')").fetchone() != (None,):
            connection.execute("SELECT journal_begin_again()")


def _checked_manifest(source: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((source / "manifest.json").read_text("utf-8"))
        files = manifest["files"]
        if not manifest.keys() >= {"mode", "app_role", "owner_role", "data_keys", "night"}:
            raise KeyError("manifest")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise StoreError(
            f"{source} is no backup: its manifest.json is missing or spoiled"
        ) from None
    for name, sha256 in files.items():
        path = source / name
        if not path.is_file():
            raise StoreError(f"{name} of the backup is missing")
        if file_sha256(path) != sha256:
            raise StoreError(f"{name} of the backup was changed: its sha256 is another")
    found = {p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file()}
    if stray := sorted(found - set(files) - {"manifest.json"}):
        raise StoreError(f"{stray[0]} lies in the backup but not in its manifest")
    return manifest


def _require_empty(store: Store) -> None:
    with psycopg.connect(store.owner) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace LIMIT 1"
        ).fetchone()
    if tables:
        raise StoreError(f"the database is not empty: it has {tables[0]}")


def _lake_files(config: Config) -> list[Path]:
    """Every finished file: one being written is hidden until it is renamed, and a night tried or made again lies apart.

    The key file is never among them.
    """
    passing = (".", "replay-", "dry-run-")
    return [
        path
        for path in sorted(config.lake.rglob("*"))
        if path.is_file()
        and path != config.key_file
        and not any(part.startswith(passing) for part in path.relative_to(config.lake).parts)
    ]


def _run(program: str, store: Store, *arguments: str) -> None:
    """Run one of PostgreSQL's programs as the owner; the password goes by the environment, not the arguments."""
    address = conninfo_to_dict(store.owner)
    password = str(address.pop("password", ""))
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    done = subprocess.run(  # noqa: S603
        [str(installed_binaries() / program), "--dbname", make_conninfo("", **address), *arguments],
        env={**inherited, "PGPASSWORD": password, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        # Further lines may quote rows.
        raise StoreError(f"{program} failed: {done.stderr.strip().partition(chr(10))[0]}")
