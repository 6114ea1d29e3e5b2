"""The edge of the command line: Django set up, the database running, the clock read, progress drawn."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from evenhand.runtime.config import Config, SettingError, config


def clock() -> datetime:
    """The only clock of the command line."""
    return datetime.now(UTC)  # noqa: TID251


def settings() -> Config:
    """The settings, or one sentence on standard error and exit code 2."""
    try:
        return config()
    except SettingError as error:
        refuse(str(error))


def refuse(sentence: str) -> NoReturn:
    """Say why not, and leave with exit code 2."""
    typer.secho(sentence, fg="red", err=True)
    raise typer.Exit(2)


def with_django() -> Config:
    """Start the embedded server if it is ours to start, and set Django up."""
    found = settings()
    from evenhand.runtime.database import ensure_running

    ensure_running(found)
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenhand.site.settings")
    django.setup()
    return found


@contextmanager
def progress_bars(*, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """Bars on standard error with rate and remaining time; nothing when quiet or not a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _step, _done, _of: None
        return
    from rich.console import Console

    columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(),
               TextColumn("{task.speed:.1f}/s", justify="right"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as drawn:
        tasks: dict[str, object] = {}

        def show(step: str, done: int, of: int) -> None:
            task = tasks.setdefault(step, drawn.add_task(step, total=of))
            drawn.update(task, completed=done, total=of)  # type: ignore[arg-type]

        yield show
