"""Which policy packs are in force at an instant. No pack in force means that nothing is known to be allowed: the gate
refuses everything then."""

from datetime import datetime

from django.db import connection


def active_digests(at: datetime) -> list[str]:
    """The digests of the packs in force at an aware instant, by name of the pack; none where none is in force.

    One statement, `SELECT rulebook_active_packs(at)`: who asks for facts anyway may ask it there.
    """
    assert at.tzinfo is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT rulebook_active_packs(%s)", [at])
        (digests,) = cursor.fetchone()
    found: list[str] = digests
    return found
