"""The floor: who works on what, what is due, and what waits for a supervisor to look at it."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.access.queries import staff_names
from evenhand.arrangements.queries import promises_due
from evenhand.casework import floor_rows
from evenhand.casework.queries import case_names
from evenhand.casework.result_codes import result_codes
from evenhand.outreach import queries, results
from evenhand.outreach.gate import UnknownPermit
from evenhand.outreach.human_calls import talked
from evenhand.outreach.rules import NotARecord
from evenhand.runtime.config import config
from evenhand.web.clock import clock
from evenhand.workbench.pages import banking_day, staff_of

RULES_SHOWN = 12
lead = permission_required("access.lead_floor", raise_exception=True)


@lead
def floor(request: HttpRequest) -> HttpResponse:
    """Everything on one page; what waits comes first."""
    day, now = banking_day(), clock()
    idle = result_codes().idle_minutes
    since, until = _day_of(now)
    waits, holds = floor_rows.waiting_rows(), floor_rows.holds_due(on=day)
    noted = floor_rows.noted_rows(on=day)
    reviews = queries.to_review_rows(language=get_language() or "")
    people = floor_rows.collector_rows(on=day, now=now, idle_minutes=idle)
    whose = {
        *(row.customer_id for row in waits), *(row.customer_id for row in holds), *(row.customer_id for row in noted),
        *(row.customer_id for row in reviews), *(one.customer_id for one in people if one.customer_id),
    }  # fmt: skip
    cases = case_names(staff_of(request), whose)
    calls = talked(since=since, until=until)
    context: dict[str, Any] = {
        "day": day,
        "desks": floor_rows.desk_rows(on=day, now=now, idle_minutes=idle),
        "people": [
            (one, one.customer_id and cases.get(one.customer_id), calls.get(one.id))
            for one in people
        ],
        "promises": promises_due(day),
        "waits": [(row, cases.get(row.customer_id)) for row in waits],
        "holds": [(row, cases.get(row.customer_id), (day - row.review_on).days) for row in holds],
        "noted": [(row, cases.get(row.customer_id)) for row in noted],
        "reviews": _named(reviews, cases),
        "refusals": queries.refusals_by_rule(since=since, until=until)[:RULES_SHOWN],
    }
    return render(request, "workbench/floor.html", context)


@require_POST
@lead
def reviewed(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Say that she looked at a contact whose form and line disagree; what counts stays as it was."""
    try:
        results.reviewed(contact=contact_id, by=str(staff_of(request).id))
    except (UnknownPermit, NotARecord):
        raise Http404 from None
    messages.success(request, _("It is kept that you looked at it."))
    return redirect("workbench:floor")


def _named(rows: list[queries.ContactRow], cases: dict[UUID, Any]) -> list[tuple[Any, Any, str]]:
    names = staff_names(row.asked_by for row in rows)
    return [
        (row, cases.get(row.customer_id), names.get(row.asked_by, row.asked_by)) for row in rows
    ]


def _day_of(now: datetime) -> tuple[datetime, datetime]:
    """The bank's day of a moment, from midnight to midnight."""
    zone = ZoneInfo(config().time_zone)
    first = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    return first, first + timedelta(days=1)
