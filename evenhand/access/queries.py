"""Reads about staff."""

from collections.abc import Iterable
from uuid import UUID

from evenhand.access.models import Staff


def staff_names(ids: Iterable[str]) -> dict[str, str]:
    """The names of members of staff by their ids as text; texts that are no such id are left out."""
    keys = []
    for text in ids:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue  # a robot's name
    rows = Staff.objects.filter(id__in=keys).values_list("id", "username")
    return {str(key): name for key, name in rows}
