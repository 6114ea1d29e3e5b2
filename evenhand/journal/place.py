"""From where people act, said once at the edge that knows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_PLACE: ContextVar[str] = ContextVar("place", default="")
_CHARACTERS_MAX = 80


@contextmanager
def acting_from(place: str) -> Iterator[None]:
    """Let the acts within say where they came from: an address, or a word such as `command line`."""
    token = _PLACE.set(place[:_CHARACTERS_MAX])
    try:
        yield
    finally:
        _PLACE.reset(token)


def place() -> str:
    """Where the present act comes from; empty when no edge said so."""
    return _PLACE.get()
