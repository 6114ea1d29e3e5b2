"""evenhand migrate, maintain, backup, restore, db …"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import typer

from evenhand.cli.edge import clock, refuse
from evenhand.runtime import database, postgres
from evenhand.runtime.backup import backup as take_backup
from evenhand.runtime.backup import restore as bring_back
from evenhand.runtime.config import SettingError, config
from evenhand.runtime.files import file_store
from evenhand.runtime.keys import KeyFileError, read_keys
from evenhand.runtime.postgres_files import PostgresError

app = typer.Typer(no_args_is_help=True)
server = typer.Typer(no_args_is_help=True, help="The embedded PostgreSQL. 内置数据库。")
app.add_typer(server, name="db")


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """What cannot be done is one sentence on standard error and exit code 2."""
    try:
        yield
    except (SettingError, KeyFileError, PostgresError, database.StoreError) as error:
        refuse(str(error))


@app.command()
def migrate() -> None:
    """Bring the database up to date, as its owner. 更新数据库结构。"""
    with _in_a_sentence():
        database.set_up_django(config())
        database.migrate(config(), now=clock())
        store = database.store(config())
        assert store is not None
        _make_weeks(store)
    from evenhand.access.actions import refresh_roles
    from evenhand.outreach.texts import install_texts
    from evenhand.rulebook.pack_acts import install_packs
    from evenhand.rulebook.pack_objections import PackRefused

    refresh_roles()
    try:
        installed = install_packs(is_demo=config().mode == "demo", now=clock())
        install_texts(is_demo=config().mode == "demo", now=clock())
    except PackRefused as refused:
        refuse(str(refused))
    if installed:
        typer.echo(f"policy packs in force: {', '.join(installed)}")


def _make_weeks(store: database.Store) -> None:
    from evenhand.outreach.weeks import make_coming_weeks

    make_coming_weeks(store, today=clock().date())


@app.command()
def maintain() -> None:
    """Delete raw feeds past EVENHAND_RAW_FEED_DAYS; make coming weeks of contacts. 清理到期文件，建立新分区。"""
    now = clock()
    with _in_a_sentence():
        before = now - timedelta(days=config().raw_feed_days)
        gone = file_store(config()).expire(before=before)
        typer.echo(f"raw feeds kept before {before.date()}: {gone} deleted")
        if database.store(config()) is not None:
            _maintain_contacts(database.ensure_running(config()), now)


def _maintain_contacts(store: database.Store, now: datetime) -> None:
    """Nothing of a contact is ever deleted here: weeks are made, and what was queued for a time now past expires."""
    from evenhand.outreach.weeks import expire_queued, make_coming_weeks

    made = make_coming_weeks(store, today=now.date())
    typer.echo(f"weeks of contacts and of the queue: {made} made")
    typer.echo(f"contacts queued for a time now past: {expire_queued(store)} expired")
    database.set_up_django(config())
    from evenhand.cycle.recordings import erase_what_is_due

    done = erase_what_is_due(now=now)
    typer.echo(f"recordings whose time is over: {done.erased} erased, {done.needed} still needed")


@app.command()
def backup(folder: Path) -> None:
    """Copy database, lake and files between two nights into an empty folder; never the keys. 备份。"""
    with _in_a_sentence():
        manifest = take_backup(config(), folder.absolute(), boundary=_boundary, now=clock())
    night = manifest["night"]
    typer.echo(
        f"{len(manifest['files'])} files in {folder}, "
        f"{'before the first night' if night is None else 'after the night of ' + night['banking_day']}"
    )


@app.command()
def restore(folder: Path) -> None:
    """Bring a backup into an empty database and home, after checking it whole. 恢复。"""
    with _in_a_sentence():
        manifest = bring_back(config(), folder.absolute())
    typer.echo(f"{len(manifest['files'])} files restored; keys are not part of a backup")
    typer.echo(_keys_needed(manifest["data_keys"]))
    if (night := manifest["night"]) is not None:
        typer.echo(
            f"`evenhand cycle replay --date {night['banking_day']}` proves it: "
            f"the digest is {night['content_digest']}"
        )


def _keys_needed(names: list[str]) -> str:
    path = config().key_file
    try:
        missing = set(names) - {key.name for key in read_keys(path).data_keys}
    except KeyFileError:
        return f"put the key file that holds {', '.join(names)} at {path}"
    if missing:
        return f"the key file {path} is another's: it lacks {', '.join(sorted(missing))}"
    return f"the key file {path} opens it"


@server.command()
def start() -> None:
    """Start the embedded server; it runs until it is stopped."""
    with _in_a_sentence():
        postgres.start(config().home)
    typer.echo("running")


@server.command()
def stop() -> None:
    """Stop the embedded server."""
    with _in_a_sentence():
        postgres.stop(config().home)
    typer.echo("stopped")


@server.command()
def status() -> None:
    """Say whether the embedded server answers; exit code 3 when it does not."""
    with _in_a_sentence():
        running = postgres.is_running(config().home)
    typer.echo("running" if running else "stopped")
    if not running:
        raise typer.Exit(3)


def _boundary(connection: psycopg.Connection[Any]) -> dict[str, str] | None:
    """Keep nights from starting, refuse between the start and the end of one, name the last."""
    try:
        connection.execute("LOCK TABLE cycle_run IN SHARE MODE")
    except psycopg.errors.UndefinedTable:
        raise database.StoreError(
            "the database has no tables yet; run `evenhand migrate`"
        ) from None
    except psycopg.errors.LockNotAvailable:
        raise database.StoreError("a night is at work; back up when it is published") from None
    unfinished = connection.execute(
        "SELECT banking_day FROM cycle_run WHERE state <> 'PUBLISHED' ORDER BY 1 LIMIT 1"
    ).fetchone()
    if unfinished:
        raise database.StoreError(
            f"the night of {unfinished[0]} is not published; finish it with `evenhand cycle run`"
        )
    last = connection.execute(
        "SELECT banking_day, content_digest FROM cycle_run ORDER BY banking_day DESC LIMIT 1"
    ).fetchone()
    return None if last is None else {"banking_day": str(last[0]), "content_digest": last[1]}
