"""Calling a cardholder at a click, and how the call goes."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.casework import work
from evenhand.casework.queries import case_for
from evenhand.cycle.calling import Clicked, NoNumber, call_at_click
from evenhand.outreach.channels import exchange
from evenhand.outreach.gate import KeyReused
from evenhand.web.clock import clock
from evenhand.workbench.call_panel import calls_context
from evenhand.workbench.pages import staff_of, to_case


class Call(forms.Form):
    """Which number to call; the key makes a second click do nothing."""

    request_key = forms.UUIDField()
    point = forms.RegexField(r"^-?\d{1,20}$")


@require_POST
def call(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Call a number of the cardholder; a refusal leads to its page with every reason.

    404 unless the case is theirs, open, and the number hers; 403 for who has no extension.
    """
    staff = staff_of(request)
    case = case_for(staff, case_id)
    pbx = exchange()
    if not staff.extension or pbx is None:
        raise PermissionDenied
    form = Call(request.POST)
    if case.state != "OPEN" or not form.is_valid():
        raise Http404
    try:
        clicked = call_at_click(
            customer_id=case.customer_id, point=form.cleaned_data["point"], by=staff.id, extension=staff.extension,
            language=case.language, purpose="REMIND" if case.treatment == "REMIND" else "COLLECT",
            request_key=form.cleaned_data["request_key"], exchange=pbx, clock=clock,
        )  # fmt: skip
    except (NoNumber, KeyReused):
        raise Http404 from None
    _say(request, clicked)
    if clicked.state == "REFUSED":
        return redirect("workbench:contact", clicked.contact)
    return to_case(request, case_id)


def calls(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The panel of calls alone, which asks again while one is going on."""
    staff = staff_of(request)
    case = case_for(staff, case_id)
    work.seen(case_id=case.id, staff=staff.id, now=clock())  # who talks is not idle
    shown = {"case": case, "alone": True, **calls_context(request, case)}
    return render(request, "workbench/calls.html", shown)


def _say(request: HttpRequest, clicked: Clicked) -> Any:
    match clicked.state:
        case "REFUSED":
            messages.error(request, _("She may not be called now; nobody was rung."))
        case "NOT_MADE" if clicked.reason in ("LAPSED", "SETTLED"):
            messages.error(request, _("The permit lapsed before the call; nobody was rung."))
        case "NOT_MADE":
            messages.error(
                request,
                _(
                    "The telephone system did not take the call (%(code)s); nobody was rung, and nothing counts."
                )
                % {"code": clicked.reason},
            )
        case "UNKNOWN":
            messages.warning(
                request,
                _(
                    "Nobody can say whether the telephone system took the call: it counts, and is not made again."
                ),
            )
        case _:
            messages.success(request, _("Your telephone rings first; take it up."))
