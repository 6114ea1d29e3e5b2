"""evenhand serve and evenhand worker."""

import multiprocessing
import subprocess
import sys
from typing import Annotated

import typer

from evenhand.cli.edge import refuse, settings
from evenhand.journal.place import acting_from
from evenhand.runtime.config import Config

app = typer.Typer()

WORKER = [sys.executable, "-c", "from evenhand.cli.main import main; main()", "worker"]
PATIENCE_SECONDS = 10
REQUESTS_AT_ONCE = 4


@app.command()
def serve(
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer requests.")] = 1,
) -> None:
    """Serve the pages at EVENHAND_LISTEN until interrupted."""
    found = _opened()
    if not found.key_file.exists() and (found.mode == "live" or workers > 1):
        refuse(f"{found.key_file} does not exist; run `evenhand keys new`")
    _serve(found, workers=workers)


@app.command()
def worker() -> None:
    """Do the queued work until interrupted."""
    _opened()
    from procrastinate.contrib.django import app as queue

    connector = queue.connector.get_worker_connector()  # type: ignore[attr-defined]
    with acting_from("worker"), queue.replace_connector(connector):
        queue.run_worker()


def serve_with_worker() -> None:
    """Serve in the foreground with a worker beside it; both end on Ctrl-C or SIGTERM."""
    found = _opened()
    beside = subprocess.Popen(WORKER)  # noqa: S603
    try:
        _serve(found, workers=1)
    finally:
        beside.terminate()
        try:
            beside.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            beside.kill()


def _opened() -> Config:
    from evenhand.outreach.clock import require_real_clock
    from evenhand.runtime.database import StoreError, open_store
    from evenhand.runtime.keys import KeyFileError
    from evenhand.runtime.postgres_files import PostgresError

    found = settings()
    try:
        open_store(found)
        require_real_clock(found)
    except (KeyFileError, StoreError, PostgresError) as error:
        refuse(str(error))
    from django.db import connections

    connections.close_all()
    return found


def begin_processes_afresh() -> None:
    """Let processes begun from here on inherit nothing: one forked from a process that has set letters waits for
    threads that were not forked with it."""
    multiprocessing.set_start_method("spawn", force=True)


def _serve(found: Config, *, workers: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    begin_processes_afresh()
    host, _, port = found.listen.rpartition(":")
    Granian(
        "evenhand.site.wsgi:application",
        address=host.strip("[]"),
        port=int(port),
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=REQUESTS_AT_ONCE,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=PATIENCE_SECONDS,
    ).serve()
