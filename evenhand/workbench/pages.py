"""What several screens need of a request."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest

from evenhand.cycle.queries import last_run_day


def staff_of(request: HttpRequest) -> Any:
    """Who asks; every screen is behind the log-in."""
    assert request.user.is_authenticated
    return request.user


def banking_day() -> date:
    """The day the figures are of; Http404 before the first night."""
    day = last_run_day()
    if day is None:
        raise Http404
    return day


def day_of(text: str) -> date | None:
    """A day of an address, none when absent; Http404 when it is no day."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
