"""The server and its worker begin together, end together, and refuse what they cannot serve."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.browser import EVENHAND, PATIENCE_SECONDS, ROOT, free_port, wait_for

pytestmark = pytest.mark.kills

WITH_WORKER = [sys.executable, "-c", "from evenhand.cli.serve import serve_with_worker as s; s()"]


def settings(**changed: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **changed}


def children(pid: int) -> set[int]:
    """The processes that a process started and that still live."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return {int(child) for child in found.split()}


def lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_server_and_worker_end_together(django_db_setup: None, end: signal.Signals) -> None:
    port = free_port()
    environment = settings(EVENHAND_LISTEN=f"127.0.0.1:{port}")
    with subprocess.Popen(WITH_WORKER, env=environment) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}", server)
            started = children(server.pid)
            assert len(started) >= 2
            server.send_signal(end)
            assert server.wait(PATIENCE_SECONDS) == 0
            assert [pid for pid in started if lives(pid)] == []
        finally:
            server.kill()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"EVENHAND_MODE": "live"}, "this database was made for demo"),
        ({"EVENHAND_LISTEN": "nowhere"}, "an address and port such as"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(
    django_db_setup: None, changed: dict[str, str], sentence: str
) -> None:
    done = subprocess.run(
        [*EVENHAND, "serve"], env=settings(**changed), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
