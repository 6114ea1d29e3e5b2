"""Reads about staff."""

from collections.abc import Iterable
from uuid import UUID

from evenhand.access.models import Staff


def names_of(keys: Iterable[str]) -> dict[str, str]:
    """The log-in names of staff by their keys as text; what is no key of staff, such as a robot's name, is left out."""
    ids = [key for text in set(keys) if (key := _uuid(text)) is not None]
    rows = Staff.objects.filter(id__in=ids).values_list("id", "username")
    return {str(key): name for key, name in rows}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
