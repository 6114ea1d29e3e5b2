"""The worklist and a case."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from evenhand.arrangements.queries import open_promises
from evenhand.casework import queries
from evenhand.cycle.queries import last_run_day
from evenhand.delinquency.ageing import BUCKETS
from evenhand.strategy.codes import TREATMENTS
from evenhand.workbench.case_page import case_context
from evenhand.workbench.pages import staff_of
from evenhand.workbench.searched import remember, searched


def worklist(request: HttpRequest) -> HttpResponse:
    """The open cases of the desk by priority."""
    staff, day = staff_of(request), last_run_day()
    filters = queries.Filters(
        bucket=_known(request.GET.get("bucket", ""), BUCKETS),
        treatment=_known(request.GET.get("treatment", ""), TREATMENTS),
        search=searched(request, request.GET.get("found", "")),
    )
    rows = []
    if day is not None:
        after = request.GET.get("after", "")
        rows = queries.worklist(staff, day, filters, after=after, limit=queries.PAGE + 1)
    shown = rows[: queries.PAGE]
    promises = open_promises(row.customer_id for row in shown)
    count = queries.worklist_count(staff, filters) if day is not None else 0
    context = {
        "day": day,
        "rows": [(row, promises.get(row.customer_id)) for row in shown],
        "filters": filters,
        "found": request.GET.get("found", "") if filters.search else "",
        "buckets": BUCKETS[1:],
        "treatments": TREATMENTS,
        "count": min(count, queries.COUNTED),
        "more": count > queries.COUNTED,
        "next": shown[-1].key if len(rows) > queries.PAGE else "",
        "paged": "after" in request.GET,
    }
    return render(request, "workbench/worklist.html", context)


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Look for cases by a card's last digits or a customer's number, which stay out of the address."""
    key = remember(request, request.POST.get("q", ""))
    return redirect(f"{reverse('workbench:worklist')}{'?found=' * bool(key)}{key}")


def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One case: its accounts, the lines they come from, what was decided and why."""
    found = queries.case_for(staff_of(request), case_id)
    return render(request, "workbench/case.html", case_context(request, found))


def _known(code: str, codes: object) -> str:
    return code if code in codes else ""  # type: ignore[operator]
