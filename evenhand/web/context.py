"""What the frame of every page shows."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from evenhand.cycle.queries import last_run_day
from evenhand.portfolio.queries import marks_of


def banking_day(request: HttpRequest) -> dict[str, Any]:
    """`banking_day` of the last night and `synthesised`, its made-up columns; both read only when a page asks."""

    def last() -> Any:
        return last_run_day() if _is_staff(request) else None

    known = cache(last)

    def marks() -> list[str]:
        day = known()
        return [] if day is None else sorted(marks_of(until=day))

    return {"banking_day": SimpleLazyObject(known), "synthesised": SimpleLazyObject(marks)}


def _is_staff(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated
