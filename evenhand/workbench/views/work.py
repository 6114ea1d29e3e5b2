"""A collector's work: the next case, what she types while she works on it, and the result."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.arrangements.actions import PromiseRefused
from evenhand.casework import work
from evenhand.casework.queries import CaseView, case_for
from evenhand.casework.result_codes import result_codes
from evenhand.casework.rules import Fault
from evenhand.cycle.next_case import next_case
from evenhand.cycle.resulting import ResultRefused, Typed, write_result
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from evenhand.web.clock import clock
from evenhand.workbench.case_page import case_context
from evenhand.workbench.pages import banking_day, staff_of, to_case
from evenhand.workbench.result_panel import call_of, form_of, said_by, typed_of


@require_POST
def get_next(request: HttpRequest) -> HttpResponse:
    """Put the next case into her hands and show it; where there is none, say when there will be."""
    offered = next_case(staff_of(request), on=banking_day(), now=clock())
    if offered.case_id is not None:
        return redirect("workbench:case", offered.case_id)
    if offered.opens_at is not None:
        messages.info(
            request,
            _("Nobody may be called now; the next from %(time)s.")
            % {"time": f"{localtime(offered.opens_at):%Y-%m-%d %H:%M}"},
        )
    elif offered.passed:
        messages.info(request, _("Nobody may be called now."))
    else:
        messages.info(request, _("No case waits for you."))
    return redirect("workbench:worklist")


@require_POST
def put_back(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Put a case back without a result."""
    staff = staff_of(request)
    case = case_for(staff, case_id)
    work.put_back(case_id=case.id, staff=staff.id)
    messages.info(request, _("The case is back; what you typed is kept for you."))
    return redirect("workbench:worklist")


@require_POST
def draft(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Keep what she has typed so far, and show what can still be said."""
    staff, day, now = staff_of(request), banking_day(), clock()
    case = _open(request, case_id)
    typed = typed_of(request.POST)
    work.take(case_id=case.id, staff=staff.id, codes=result_codes(), now=now)
    form = form_of(case, staff.username, typed, day=day)
    kept = {**form.typed, "request_key": form.request_key}
    work.keep_draft(
        case_id=case.id, staff=staff.id, typed=kept, keys=read_keys(config().key_file), now=now
    )
    note = request.headers.get("HX-Target") == "result-said"
    part = "result_said.html" if note else "result_choices.html"
    return render(request, f"workbench/{part}", {"case": case, "result": form})


@require_POST
def result(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Write the result; what is wrong is shown at its question, with nothing written."""
    staff, day, now = staff_of(request), banking_day(), clock()
    case = case_for(staff, case_id)
    typed = typed_of(request.POST)
    try:
        key = UUID(typed["request_key"])
    except ValueError:
        raise Http404 from None
    said, unread = said_by(typed, case.currency)
    try:
        if unread:
            raise ResultRefused(tuple(unread))
        written = Typed(said=said, note=typed["note"], call_id=call_of(typed))
        write_result(case_id=case.id, typed=written, by=staff.id, request_key=key, now=now, on=day)
    except ResultRefused as refusal:
        return _refused(request, case, typed, faults=refusal.faults)
    except PromiseRefused as refusal:
        return _refused(request, case, typed, refused=str(refusal))
    except work.InOtherHands as refusal:
        words = _("%(name)s works on this case now; nothing was written.") % {"name": refusal}
        return _refused(request, case, typed, refused=words)
    except work.ResultKeyReused:
        words = _("A result was written from this page before; open the case again.")
        return _refused(request, case, typed, refused=words)
    messages.success(request, _("The result is written."))
    if request.POST.get("then") == "next":
        return get_next(request)
    return to_case(request, case_id)


def _open(request: HttpRequest, case_id: UUID) -> CaseView:
    case = case_for(staff_of(request), case_id)
    if case.state != "OPEN":
        raise Http404
    return case


def _refused(
    request: HttpRequest,
    case: CaseView,
    typed: dict[str, str],
    *,
    faults: tuple[Fault, ...] = (),
    refused: str = "",
) -> HttpResponse:
    form = form_of(
        case, staff_of(request).username, typed, day=banking_day(), faults=faults, refused=refused
    )
    context: dict[str, Any] = case_context(request, case, result=form)
    return render(request, "workbench/case.html", context, status=422)
