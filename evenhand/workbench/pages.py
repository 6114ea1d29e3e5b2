"""What several screens need of a request."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from evenhand.casework.queries import case_for
from evenhand.cycle.queries import last_run_day
from evenhand.runtime.config import config
from evenhand.web.clock import clock


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


def today() -> date:
    """The bank's day: the stated one, else that of the clock."""
    return config().banking_date or localtime(clock()).date()


def day_of(text: str) -> date | None:
    """A day of an address, none when absent; Http404 when it is no day."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None


def to_case(request: HttpRequest, case_id: UUID, page: str = "workbench:case") -> HttpResponse:
    """A page of the case again, or the worklist when what was done moved it to another desk."""
    try:
        case_for(staff_of(request), case_id)
    except Http404:
        messages.info(request, _("The case is with another desk now."))
        return redirect("workbench:worklist")
    return redirect(page, case_id)
