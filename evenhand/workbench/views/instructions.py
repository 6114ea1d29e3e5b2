"""The queue of what the bank's core still has to carry out: who owns it, how old it is, and what the core said."""

from collections.abc import Callable
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.casework.queries import case_names
from evenhand.instructions import actions
from evenhand.instructions.actions import InstructionRefused
from evenhand.instructions.queries import need_somebody, open_rows
from evenhand.web.clock import clock
from evenhand.workbench import arrange_forms as forms
from evenhand.workbench.pages import banking_day, staff_of

PAGE = 100
WHICH = ("", "MINE", "REJECTED", "LATE")
work = permission_required("access.work_instructions", raise_exception=True)


@work
def instructions(request: HttpRequest) -> HttpResponse:
    """What is not finished, the oldest first."""
    return _queue(request)


def _queue(request: HttpRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    staff, day = staff_of(request), banking_day()
    which = request.GET.get("which", "")
    after = request.GET.get("after", "0")
    if which not in WHICH or not (after.isascii() and after.isdecimal() and len(after) < 18):
        raise Http404
    owner = staff.id if which == "MINE" else None
    rows = open_rows(on=day, which=which, owner=owner, after=int(after), limit=PAGE + 1)
    shown = rows[:PAGE]
    listed = [row for row in shown if row.late] if which == "LATE" else list(shown)
    cases = case_names(staff, [row.customer_id for row in listed])
    context = {
        "rows": [(row, cases.get(row.customer_id)) for row in listed],
        "which": which,
        "need": need_somebody(),
        "mine": need_somebody(staff.id),
        "next": shown[-1].number if len(rows) > PAGE else 0,
        "paged": after != "0",
        "request_key": uuid4(),
        "refusal": refusal,
    }
    return render(request, "workbench/instructions.html", context, status=status)


@require_POST
@work
def retry(request: HttpRequest, instruction_id: UUID) -> HttpResponse:
    """Send it again."""
    staff = staff_of(request)
    return _acted(
        request,
        lambda: actions.retry(instruction_id=instruction_id, by=staff.id, now=clock()),
        _("It leaves with the next file."),
    )


@require_POST
@work
def give_up(request: HttpRequest, instruction_id: UUID) -> HttpResponse:
    """Stop sending it, for a reason."""
    staff = staff_of(request)
    form = forms.Reason(request.POST, day=banking_day())
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    return _acted(
        request,
        lambda: actions.give_up(
            instruction_id=instruction_id, reason=reason, by=staff.id, now=clock()
        ),
        _("It is given up; what was promised to her holds all the same."),
    )


@require_POST
@work
def take_over(request: HttpRequest, instruction_id: UUID) -> HttpResponse:
    """Make it one's own."""
    staff = staff_of(request)
    return _acted(
        request,
        lambda: actions.take_over(instruction_id=instruction_id, by=staff.id),
        _("It is yours."),
    )


def _acted(request: HttpRequest, act: Callable[[], None], done: str) -> HttpResponse:
    try:
        act()
    except actions.InstructionGone:
        raise Http404 from None
    except InstructionRefused as refusal:
        return _queue(request, str(refusal), status=422)
    messages.success(request, done)
    return redirect("workbench:instructions")
