"""Holds, consents, opt-outs and preferences of a case: what stands, what stood, and the acts that change it."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.casework.actions import HoldRefused
from evenhand.casework.queries import CaseView, case_for, hold_rows, point_rows
from evenhand.cycle import day as acts
from evenhand.portfolio.queries import StandingRow, standing_rows
from evenhand.portfolio.standing_detail import StandingRefused
from evenhand.runtime.config import config
from evenhand.web.clock import clock
from evenhand.workbench import standing_forms as forms
from evenhand.workbench.once import done_before, once
from evenhand.workbench.pages import banking_day, staff_of, to_case
from evenhand.workbench.standing_page import account_choices, kinds_for, standing_context
from evenhand.workbench.standing_words import masked_points


def standing(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What stands about the person and what stood, with the forms to add to it."""
    case = case_for(staff_of(request), case_id)
    return render(request, "workbench/standing.html", standing_context(request, case, now=clock()))


@require_POST
def place_hold(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Place a hold with its effects, accounts and dates."""
    case = case_for(staff_of(request), case_id)
    form = forms.FullHold(request.POST, day=banking_day(), debts=account_choices(case))

    def act(given: dict[str, Any], now: datetime) -> None:
        acts.place_hold(
            customer_id=case.customer_id,
            reason=given["reason"],
            until_on=given["until_on"],
            review_on=given["review_on"],
            effects=given["effects"],
            debts=given.get("debts", ()),
            note=given["note"],
            by=staff_of(request).id,
            now=now,
            on=banking_day(),
        )

    return _done(request, case, form, act, said=_("The hold is placed."), hold_form=form)


@require_POST
def extend_hold(request: HttpRequest, case_id: UUID, hold_id: UUID) -> HttpResponse:
    """Let a hold stand until another day."""
    case = case_for(staff_of(request), case_id)
    _hold_of(case, hold_id)
    form = forms.Extension(request.POST, day=banking_day(), row=str(hold_id)[-12:])

    def act(given: dict[str, Any], now: datetime) -> None:
        acts.extend_hold(
            hold_id=hold_id,
            until_on=given["until_on"],
            review_on=given["review_on"],
            reason=given["reason"],
            by=staff_of(request).id,
            now=now,
            on=banking_day(),
        )

    return _done(request, case, form, act, said=_("The hold is extended."), row=hold_id)


@require_POST
@permission_required("access.lift_holds", raise_exception=True)
def lift_hold(request: HttpRequest, case_id: UUID, hold_id: UUID) -> HttpResponse:
    """Lift a hold before its end."""
    case = case_for(staff_of(request), case_id)
    _hold_of(case, hold_id)
    form = forms.Ending(request.POST, day=banking_day(), row=str(hold_id)[-12:])

    def act(given: dict[str, Any], now: datetime) -> None:
        acts.lift_hold(hold_id=hold_id, by=staff_of(request).id, reason=given["reason"], now=now)

    return _done(request, case, form, act, said=_("The hold is lifted."), row=hold_id)


@require_POST
def record(request: HttpRequest, case_id: UUID, kind: str) -> HttpResponse:
    """Record a wish or a state of a kind this member of staff may record."""
    staff = staff_of(request)
    case = case_for(staff, case_id)
    if kind not in forms.RECORDED_BY_FEW:
        raise Http404
    if kind not in kinds_for(staff):
        raise PermissionDenied
    points = masked_points(point_rows(case.customer_id))
    debts = account_choices(case)
    form = forms.Standing(request.POST, day=banking_day(), kind=kind, points=points, debts=debts)

    def act(given: dict[str, Any], now: datetime) -> None:
        acts.record_standing(
            customer_id=case.customer_id,
            kind=kind,
            detail=form.detail(),
            debts=given.get("debts", ()),
            from_at=now,
            until_at=_midnight(given["until_on"]),
            review_on=given["review_on"],
            source=given["source"],
            evidence=given["evidence"],
            by=staff.id,
            now=now,
        )

    said = _("It is recorded and holds at once.")
    return _done(request, case, form, act, said=said, standing_form=form, kind=kind)


@require_POST
def end(request: HttpRequest, case_id: UUID, fact_id: UUID) -> HttpResponse:
    """End a standing fact; what protects the person is ended by few."""
    staff = staff_of(request)
    case = case_for(staff, case_id)
    fact = _fact_of(case, fact_id)
    if fact.kind not in forms.ENDED_BY_ALL and not staff.has_perm("access.lift_holds"):
        raise PermissionDenied
    form = forms.Ending(request.POST, day=banking_day(), row=str(fact_id)[-12:])

    def act(given: dict[str, Any], now: datetime) -> None:
        acts.end_standing(fact_id=fact_id, by=staff.id, reason=given["reason"], now=now)

    return _done(request, case, form, act, said=_("It holds no longer."), row=fact_id)


def _done(
    request: HttpRequest,
    case: CaseView,
    form: Any,
    act: Callable[[dict[str, Any], datetime], None],
    *,
    said: str,
    row: UUID | None = None,
    **bound: Any,
) -> HttpResponse:
    """Do what a form asks for, once; a refusal is shown at its field, on its row if it has one, with nothing saved."""
    if done_before(request, request.POST.get("request_key", "")):
        return to_case(request, case.id, "workbench:standing")
    now = clock()
    refused = None if row is None else (row, form)
    if form.is_valid():
        try:
            key = form.cleaned_data["request_key"]
            if once(request, key, lambda: act(form.cleaned_data, now)):
                messages.success(request, said)
            return to_case(request, case.id, "workbench:standing")
        except (HoldRefused, StandingRefused) as refusal:
            form.add_error(None, str(refusal))
    context = standing_context(request, case, now=now, refused=refused, **bound)
    return render(request, "workbench/standing.html", context, status=422)


def _hold_of(case: CaseView, hold_id: UUID) -> None:
    if not any(row.id == hold_id for row in hold_rows(case.customer_id, banking_day())):
        raise Http404


def _fact_of(case: CaseView, fact_id: UUID) -> StandingRow:
    for row in standing_rows(case.customer_id, at=clock(), on=banking_day()):
        if row.id == fact_id:
            return row
    raise Http404


def _midnight(day: date | None) -> datetime | None:
    """The beginning of a day at the bank; none for none."""
    return None if day is None else datetime.combine(day, time.min, ZoneInfo(config().time_zone))
