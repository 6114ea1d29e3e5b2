"""The gate's clock in a live database is the server's own, or nothing is served."""

from django.db import connection

from evenhand.runtime.config import Config
from evenhand.runtime.database import StoreError

REAL = ["SELECT", "clock_timestamp()"]


def clock_is_real() -> bool:
    """Whether `gate_clock()` is the function that the migrations made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE oid = 'gate_clock()'::regprocedure")
        row = cursor.fetchone()
    return row is not None and row[0].split() == REAL


def require_real_clock(config: Config) -> None:
    """Refuse a live database whose gate has another clock; raises StoreError."""
    if config.mode == "live" and not clock_is_real():
        raise StoreError(
            "gate_clock() was replaced in this live database; contacts would be judged at made-up times"
        )
