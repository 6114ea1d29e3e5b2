"""A plan: its schedule, its costs, what the bank's books say, and the acts on it; and the inbox of what waits for
approval."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.approvals.actions import ApprovalRefused
from evenhand.arrangements.giving_up import WaiverRefused
from evenhand.arrangements.plans import PlanRefused
from evenhand.arrangements.queries import (
    PlanRow,
    budgets_to_look_at,
    plan_row,
    plans_under_notice,
    reliefs_due,
)
from evenhand.casework.queries import CaseView, case_for, case_names
from evenhand.cycle import agreeing, keeping
from evenhand.cycle.approving import SUBJECTS, QuestionGone, answer, questions
from evenhand.cycle.relieving import ReliefGone
from evenhand.cycle.relieving import look_again as look_at_rest
from evenhand.web.clock import clock
from evenhand.workbench import arrange_forms as forms
from evenhand.workbench.arrange_page import asker_of, plan_context
from evenhand.workbench.once import once
from evenhand.workbench.pages import banking_day, staff_of, to_case
from evenhand.workbench.views.arrange import words_of


def plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """One plan; 404 unless its case is theirs to see."""
    case, row = _theirs(request, plan_id)
    return render(request, "workbench/plan.html", plan_context(case, row, staff_of(request)))


@require_POST
def show_costs(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Say that she is shown the table of costs now."""
    _theirs(request, plan_id)
    agreeing.show_costs(plan_id=plan_id, online=False, by=staff_of(request).id, now=clock())
    return redirect("workbench:plan", plan_id=plan_id)


@require_POST
def confirm_costs(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Say that she has read the table and confirms it."""
    case, row = _theirs(request, plan_id)

    def act() -> None:
        digest = agreeing.costs_of_plan(plan_id).digest
        agreeing.confirm_costs(plan_id=plan_id, digest=digest, by=staff_of(request).id, now=clock())

    return _acted(request, case, row, act, {})


@require_POST
def agree(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Put the plan in force."""
    case, row = _theirs(request, plan_id)
    form = forms.Agreement(request.POST, day=banking_day())

    def act() -> None:
        said = form.cleaned_data
        agreeing.agree_plan(
            plan_id=plan_id, how=said["how"], evidence=said["evidence"], undertakes=said["undertakes"],
            by=staff_of(request).id, now=clock(), on=banking_day(),
        )  # fmt: skip

    return _acted(
        request,
        case,
        row,
        act,
        {"agreement_form": form},
        _("The plan is in force and collection rests."),
    )


@require_POST
def withdraw(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Take the plan back before it is in force."""
    return _ended(request, plan_id, agreeing.withdraw_plan)


@require_POST
def end(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """End a plan in force, for a reason."""
    return _ended(request, plan_id, keeping.end_plan)


def _ended(request: HttpRequest, plan_id: UUID, end_it: Callable[..., None]) -> HttpResponse:
    case, row = _theirs(request, plan_id)
    form = forms.Reason(request.POST, day=banking_day())

    def act() -> None:
        end_it(
            plan_id=plan_id, reason=form.cleaned_data["reason"], by=staff_of(request).id, now=clock(),
            on=banking_day(),
        )  # fmt: skip

    return _acted(request, case, row, act, {"reason_form": form})


@permission_required("access.approve_arrangements", raise_exception=True)
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for a second person who stands high enough, the oldest first; and budgets worth a look."""
    return render(request, "workbench/approvals.html", _inbox(request))


@require_POST
@permission_required("access.approve_arrangements", raise_exception=True)
def decide(request: HttpRequest, subject: str, subject_id: UUID) -> HttpResponse:
    """Approve or refuse; a refusal of the answer itself is shown where it was given."""
    if subject not in SUBJECTS:
        raise Http404
    staff = staff_of(request)
    try:
        answer(
            subject=subject, subject_id=subject_id, approval_id=UUID(request.POST.get("read", "")),
            verdict=request.POST.get("verdict", ""), reason=request.POST.get("reason", ""), role=asker_of(staff),
            by=staff.id, now=clock(), on=banking_day(),
        )  # fmt: skip
        messages.success(request, _("Answered."))
    except ApprovalRefused as refusal:
        return render(
            request, "workbench/approvals.html", _inbox(request, str(refusal)), status=422
        )
    except (PlanRefused, WaiverRefused) as refusal:
        context = _inbox(request, words_of(refusal.reasons))
        return render(request, "workbench/approvals.html", context, status=422)
    except (QuestionGone, ValueError):
        raise Http404 from None
    return redirect("workbench:approvals")


@require_POST
@permission_required("access.approve_arrangements", raise_exception=True)
def look_again(request: HttpRequest, relief_id: UUID) -> HttpResponse:
    """Say that somebody has looked at a rest again: what it stopped ends."""
    try:
        look_at_rest(relief_id=relief_id, by=staff_of(request).id, now=clock(), on=banking_day())
    except ReliefGone:
        raise Http404 from None
    messages.success(request, _("Looked at again; what the rest stopped has ended."))
    return redirect("workbench:approvals")


def _inbox(request: HttpRequest, refusal: str = "") -> dict[str, Any]:
    staff = staff_of(request)
    rows = questions(asker_of(staff))
    budgets = budgets_to_look_at(limit=20)
    rests, missed = reliefs_due(on=banking_day()), plans_under_notice()
    people = [row.customer_id for listed in (rows, budgets, rests, missed) for row in listed]
    cases = case_names(staff, people)
    return {
        "rows": [
            (row, cases.get(row.customer_id), row.question.may_decide(staff.id)) for row in rows
        ],
        "rests": [(row, cases.get(row.customer_id)) for row in rests],
        "missed": [(row, cases.get(row.customer_id)) for row in missed],
        "budgets": [(row, cases.get(row.customer_id)) for row in budgets],
        "refusal": refusal,
    }


def _theirs(request: HttpRequest, plan_id: UUID) -> tuple[CaseView, PlanRow]:
    row = plan_row(plan_id)
    if row is None:
        raise Http404
    staff = staff_of(request)
    name = case_names(staff, [row.customer_id]).get(row.customer_id)
    if name is None:
        raise Http404
    return case_for(staff, name.case_id), row


def _acted(
    request: HttpRequest,
    case: CaseView,
    row: PlanRow,
    act: Callable[[], None],
    bound: dict[str, Any],
    done: str = "",
) -> HttpResponse:
    """Do an act on a plan once; a refusal is shown on its page with nothing saved."""
    form = next(iter(bound.values()), None)
    try:
        if form is None:
            act()
        elif form.is_valid() and once(request, form.cleaned_data["request_key"], act) and done:
            messages.success(request, done)
    except PlanRefused as refusal:
        bound["refusal"] = words_of(refusal.reasons)
    if "refusal" in bound or (form is not None and form.errors):
        context = plan_context(case, row, staff_of(request), **bound)
        return render(request, "workbench/plan.html", context, status=422)
    answer_to = to_case(request, case.id)
    if answer_to.headers["Location"] == reverse("workbench:case", args=[case.id]):
        return redirect("workbench:plan", plan_id=row.id)
    return answer_to
