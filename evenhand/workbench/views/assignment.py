"""Giving cases to collectors: a batch looked at, done and undone; one case moved, kept or given back."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.access.actions import StaffError, set_absent, set_work
from evenhand.casework import assignment, assignment_rows
from evenhand.casework.assigning import assignment_terms
from evenhand.casework.assignment import AssignmentRefused
from evenhand.casework.queries import case_for, case_names
from evenhand.web.clock import clock
from evenhand.workbench.pages import banking_day, staff_of, to_case
from evenhand.workbench.strategy_page import base_currency

assigns = permission_required("access.assign_cases", raise_exception=True)


@assigns
def listed(request: HttpRequest) -> HttpResponse:
    """What is to be shared out, who could take it, and the batches so far."""
    day = banking_day()
    context = {
        "day": day,
        "currency": base_currency(),
        "unassigned": assignment_rows.unassigned_rows(),
        "hands": assignment_rows.hand_rows(on=day),
        "batches": assignment_rows.batch_rows(),
    }
    return render(request, "workbench/assignment.html", context)


@assigns
def batch(request: HttpRequest, number: int) -> HttpResponse:
    """One batch: what each collector has before and after, and what nobody gets."""
    row = assignment_rows.batch_row(number)
    if row is None:
        raise Http404
    left = assignment_rows.left_rows(number)
    cases = case_names(staff_of(request), {one.customer_id for one in left})
    context = {
        "batch": row,
        "currency": base_currency(),
        "shares": assignment_rows.shares_of(number, on=banking_day()),
        "left": [(one, cases.get(one.customer_id)) for one in left],
    }
    return render(request, "workbench/assignment_batch.html", context)


@require_POST
@assigns
def make(request: HttpRequest) -> HttpResponse:
    """Work a batch out, to be looked at."""
    try:
        number = assignment.preview(
            desk=request.POST.get("desk", ""), rebalances=request.POST.get("rebalances") == "yes", on=banking_day(),
            by=staff_of(request).id, now=clock(),
        )  # fmt: skip
    except AssignmentRefused:
        raise Http404 from None
    return redirect("workbench:assignment-batch", number)


@require_POST
@assigns
def act(request: HttpRequest, number: int, what: str) -> HttpResponse:
    """Do, undo or discard a batch."""
    by, on, now = staff_of(request).id, banking_day(), clock()
    acts: dict[str, tuple[Callable[[], None], str]] = {
        "do": (
            lambda: assignment.do(number=number, by=by, on=on, now=now),
            _("The cases are given."),
        ),
        "undo": (
            lambda: assignment.undo(number=number, by=by, now=now),
            _("What nobody had worked on is taken back."),
        ),
        "discard": (lambda: assignment.discard(number=number), _("The batch is put aside.")),
    }
    if what not in acts:
        raise Http404
    do, done = acts[what]
    try:
        do()
    except AssignmentRefused as refusal:
        if str(refusal) == "NO_BATCH":
            raise Http404 from None
        messages.error(request, _("That cannot be done with this batch any more."))
        return redirect("workbench:assignment-batch", number)
    messages.success(request, done)
    return redirect("workbench:assignment-batch", number)


@require_POST
@assigns
def work(request: HttpRequest, name: str) -> HttpResponse:
    """Say what a collector is given, or when she is away."""
    said, by, now = request.POST, staff_of(request).id, clock()
    try:
        if "from_on" in said:
            set_absent(
                name=name, from_on=_day(said.get("from_on", "")), until_on=_day(said.get("until_on", "")),
                reason=said.get("reason", ""), by=by, now=now,
            )  # fmt: skip
        else:
            limit = said.get("limit", "").strip()
            set_work(
                name=name, speaks=said.getlist("speaks"), desk=said.get("desk", ""), by=by, now=now,
                caseload_max=int(limit) if limit else None,
            )  # fmt: skip
    except (StaffError, ValueError):
        messages.error(request, _("That cannot be; nothing was changed."))
    else:
        messages.success(request, _("It is kept for %(name)s.") % {"name": name})
    return redirect("workbench:assignment")


@require_POST
@assigns
def move(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Give one case to another collector of its desk."""
    to, reason = request.POST.get("to", ""), request.POST.get("reason", "")
    by, now = staff_of(request).id, clock()
    return _on_case(
        request,
        case_id,
        lambda: assignment.move(case_id=case_id, to=to, reason=reason, by=by, now=now),
    )


@require_POST
def keep(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Keep a case of one's own until a day."""
    reason, until_on = request.POST.get("reason", ""), _day(request.POST.get("until_on", ""))
    by, now = staff_of(request).id, clock()
    return _on_case(
        request, case_id,
        lambda: assignment.keep(
            case_id=case_id, reason=reason, until_on=until_on, by=by, on=banking_day(), now=now
        ),
    )  # fmt: skip


@require_POST
def give_back(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Let a case of one's own go back to the desk."""
    reason, by, now = request.POST.get("reason", ""), staff_of(request).id, clock()
    return _on_case(
        request,
        case_id,
        lambda: assignment.give_back(case_id=case_id, reason=reason, by=by, now=now),
    )


def _on_case(request: HttpRequest, case_id: UUID, do: Callable[[], None]) -> HttpResponse:
    case_for(staff_of(request), case_id)
    terms = assignment_terms()
    said = {
        "NOT_OPEN": _("The case is closed."),
        "NOT_HERS": _("The case is not yours."),
        "NOBODY": _("Nobody of this name works the desk of the case."),
        "COMPLAINED_OF": _("She complained while this person was on the line."),
        "FULL": _("This person has as many cases as she may hold."),
        "REASON": _("Say why."),
        "DAY": _("Keep it for one to %(days)s days.") % {"days": terms.kept_days_max},
        "QUOTA": _("You keep %(count)s cases already.") % {"count": terms.kept_max},
    }
    try:
        do()
    except AssignmentRefused as refusal:
        messages.error(request, said[str(refusal)])
    else:
        messages.success(request, _("It is done."))
    return to_case(request, case_id)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min
