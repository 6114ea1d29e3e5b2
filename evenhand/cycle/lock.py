"""A night runs alone: no other night beside it, and no files coming in under it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_KEY = "hashtext('evenhand night')"


class NightRunning(RuntimeError):
    """A night is running on this database, or files are being loaded for one; try again when that is over."""


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Hold the night for this session alone; raises NightRunning when somebody has it. Gone with the session."""
    yield from _held("pg_try_advisory_lock", "pg_advisory_unlock", what)


@contextmanager
def beside_others(what: str) -> Iterator[None]:
    """Keep nights away while files are loaded; several may load at once. Raises NightRunning when a night runs."""
    yield from _held("pg_try_advisory_lock_shared", "pg_advisory_unlock_shared", what)


def _held(take: str, leave: str, what: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {take}({_KEY})")
        if not cursor.fetchone()[0]:
            raise NightRunning(
                f"{what} has to wait: a night is running on this database, or files are being loaded"
            )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {leave}({_KEY})")
