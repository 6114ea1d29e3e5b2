"""What a collector does on a case: record a promise, place a hold, keep that she says she has paid. Each decides the
person again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.arrangements.actions import PromiseRefused
from evenhand.casework.actions import HoldRefused
from evenhand.casework.queries import CaseView, case_for
from evenhand.cycle.day import place_hold, record_promise
from evenhand.cycle.says_paid import says_paid as look_for_payment
from evenhand.web.clock import clock
from evenhand.workbench import forms
from evenhand.workbench.case_page import case_context
from evenhand.workbench.once import done_before, once
from evenhand.workbench.pages import banking_day, staff_of, to_case, today


@require_POST
def promise(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Record a promise; a refusal is shown at its field with nothing saved."""
    if done_before(request, request.POST.get("request_key", "")):
        return to_case(request, case_id)
    staff, day, now = staff_of(request), banking_day(), clock()
    case = case_for(staff, case_id)
    form = forms.Promise(request.POST, currency=case.currency, day=day)
    if not form.is_valid():
        return _refused(request, case, promise_form=form)

    def act() -> None:
        record_promise(
            customer_id=case.customer_id,
            amount_minor=form.cleaned_data["amount"],
            due_on=form.cleaned_data["due_on"],
            then=form.cleaned_data.get("then", ()),
            by=staff.id,
            now=now,
            on=day,
        )

    try:
        done = once(request, form.cleaned_data["request_key"], act)
    except PromiseRefused as refusal:
        form.add_error("amount", str(refusal))
        return _refused(request, case, promise_form=form)
    if done:
        messages.success(request, _("The promise is recorded and the case decided again."))
    return to_case(request, case_id)


@require_POST
def hold(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Place a hold; a refusal is shown at its field with nothing saved."""
    if done_before(request, request.POST.get("request_key", "")):
        return to_case(request, case_id)
    staff, day, now = staff_of(request), banking_day(), clock()
    case = case_for(staff, case_id)
    form = forms.Hold(request.POST, day=day)
    if not form.is_valid():
        return _refused(request, case, hold_form=form)

    def act() -> None:
        place_hold(
            customer_id=case.customer_id,
            reason=form.cleaned_data["reason"],
            until_on=form.cleaned_data["until_on"],
            by=staff.id,
            now=now,
            on=day,
        )

    try:
        done = once(request, form.cleaned_data["request_key"], act)
    except HoldRefused as refusal:
        form.add_error("until_on", str(refusal))
        return _refused(request, case, hold_form=form)
    if done:
        messages.success(request, _("The hold is placed and the case decided again."))
    return to_case(request, case_id)


@require_POST
def says_paid(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Keep that she says she has paid, and look for the money."""
    if done_before(request, request.POST.get("request_key", "")):
        return to_case(request, case_id)
    staff, day, now = staff_of(request), banking_day(), clock()
    case = case_for(staff, case_id)
    form = forms.SaysPaid(request.POST, currency=case.currency, day=day, today=max(day, today()))
    if not form.is_valid():
        return _refused(request, case, paid_form=form)
    pauses: list[bool] = []

    def act() -> None:
        pauses.append(
            look_for_payment(
                claim_id=form.cleaned_data["request_key"], customer_id=case.customer_id,
                amount_minor=form.cleaned_data["amount"], paid_on=form.cleaned_data["paid_on"], by=staff.id, now=now,
                on=day,
            )
        )  # fmt: skip

    if once(request, form.cleaned_data["request_key"], act):
        if pauses[0]:
            messages.success(request, _("The money is looked for, and nobody asks her meanwhile."))
        else:
            messages.info(
                request, _("It is kept and looked for; said too often, it pauses nothing any more.")
            )
    return to_case(request, case_id)


def _refused(request: HttpRequest, case: CaseView, **bound: Any) -> HttpResponse:
    context = case_context(request, case, **bound)
    return render(request, "workbench/case.html", context, status=422)
