"""A form sent twice is done once."""

from collections.abc import Callable
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpRequest

REMEMBERED = 50
_DONE = "done_requests"


def done_before(request: HttpRequest, request_key: str) -> bool:
    """Whether this session has done something under the key already."""
    return request_key in request.session.get(_DONE, [])


@transaction.atomic
def once(request: HttpRequest, request_key: UUID, act: Callable[[], None]) -> bool:
    """Do `act` unless this session has done it under the same key; returns whether it was done now.

    Two clicks at the same moment wait for each other, and the second reads what the first wrote. What `act` raises
    passes through and nothing is remembered.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(request_key)])
    stored = type(request.session)(request.session.session_key).load()
    done: list[str] = stored.get(_DONE, [])
    if str(request_key) in done:
        request.session[_DONE] = done
        return False
    act()
    request.session[_DONE] = [*done[1 - REMEMBERED :], str(request_key)]
    request.session.save()
    return True
