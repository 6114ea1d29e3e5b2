"""Experiments: the list, one with its size and cost, planning, approval by a second person, stopping."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.cycle import experiments as nights
from evenhand.cycle.queries import last_run_day
from evenhand.rulebook import experiments
from evenhand.rulebook.experiment_rows import challengers, experiment_rows
from evenhand.rulebook.experiments import ExperimentRefused
from evenhand.web.clock import clock
from evenhand.workbench.experiment_forms import (
    AskForm,
    DecideForm,
    ExperimentForm,
    StopForm,
    first_initial,
    initial_of,
)
from evenhand.workbench.experiment_page import (
    experiment_or_404,
    page_context,
    shares_of,
    size_context,
)
from evenhand.workbench.once import done_before, once
from evenhand.workbench.pages import staff_of

see = permission_required("access.see_strategies", raise_exception=True)
edits = permission_required("access.edit_strategies", raise_exception=True)
approves = permission_required("access.approve_strategies", raise_exception=True)
PAGE = 30
NUMBER_DIGITS_MAX = 8


@see
def listed(request: HttpRequest) -> HttpResponse:
    """All experiments, the latest first."""
    before = request.GET.get("before", "")
    known = before.isascii() and before.isdecimal() and len(before) <= NUMBER_DIGITS_MAX
    rows, day = experiment_rows(PAGE + 1, int(before) if known else None), last_run_day()
    context = {
        "rows": [
            (
                row,
                row.stage(day),
                shares_of(row.champion_share, row.challenger_share, row.holdout_share),
            )
            for row in rows[:PAGE]
        ],
        "next": rows[PAGE - 1].number if len(rows) > PAGE else "",
        "may_edit": staff_of(request).has_perm("access.edit_strategies"),
    }
    return render(request, "workbench/experiments.html", context)


@see
def experiment(request: HttpRequest, number: int) -> HttpResponse:
    """One experiment: what it asks, of whom, at what cost, and where it stands."""
    row = experiment_or_404(number)
    return render(request, "workbench/experiment.html", page_context(request, row))


@edits
def new(request: HttpRequest) -> HttpResponse:
    """Plan an experiment; sent twice, it is planned once."""
    if request.method != "POST":
        day = last_run_day()
        start_on = None if day is None else day + timedelta(days=1)
        form = ExperimentForm(
            initial=first_initial(start_on) | {"request_key": uuid4()}, versions=challengers()
        )
        return render(request, "workbench/experiment_form.html", {"form": form})
    if done_before(request, request.POST.get("request_key", "")):
        return redirect("workbench:experiments")
    form = ExperimentForm(request.POST, versions=challengers())
    staff, now, made = staff_of(request), clock(), []

    def act() -> None:
        made.append(experiments.plan_experiment(plan=form.plan(), by=staff.id, now=now))

    if form.is_valid():
        try:
            once(request, form.cleaned_data["request_key"], act)
        except ExperimentRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("workbench:experiment", made[0]) if made else _to_list()
    return render(request, "workbench/experiment_form.html", _form(form), status=422)


@edits
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Write a draft anew, unless somebody else did meanwhile; a question about it is taken back if anything changed."""
    row = experiment_or_404(number)
    if request.method != "POST":
        form = ExperimentForm(
            initial=initial_of(row) | {"request_key": uuid4()}, versions=challengers()
        )
        return render(request, "workbench/experiment_form.html", {"form": form, "experiment": row})
    form = ExperimentForm(request.POST, versions=challengers())
    if form.is_valid():
        try:
            experiments.change_experiment(
                number=number,
                plan=form.plan(),
                by=staff_of(request).id,
                now=clock(),
                seen=form.cleaned_data["seen"],
            )
        except ExperimentRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("workbench:experiment", number)
    context = _form(form) | {"experiment": row}
    return render(request, "workbench/experiment_form.html", context, status=422)


@edits
@require_POST
def size(request: HttpRequest) -> HttpResponse:
    """The size and the cost of what is being typed, for the form to show while it is."""
    form = ExperimentForm(request.POST, versions=challengers())
    return render(request, "workbench/experiment_size.html", _form(form))


@edits
@require_POST
def ask(request: HttpRequest, number: int) -> HttpResponse:
    """Put the question to a second person."""
    form = AskForm(request.POST, auto_id="ask_%s")

    def act(by: Any) -> None:
        nights.ask_approval(number=number, note=form.cleaned_data["note"], by=by, now=clock())

    return _done(request, number, form, "ask_form", act, _("A second person is asked to approve."))


@approves
@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Approve or refuse, as a second person."""
    form = DecideForm(request.POST, auto_id="decide_%s")

    def act(by: Any) -> None:
        nights.decide_approval(number=number, by=by, now=clock(), **form.cleaned_data)

    return _done(request, number, form, "decide_form", act, _("Your answer is recorded."))


@see
@require_POST
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Stop it from the next night on; who plans experiments may, and who approves them."""
    staff = staff_of(request)
    if not (
        staff.has_perm("access.edit_strategies") or staff.has_perm("access.approve_strategies")
    ):
        raise PermissionDenied
    form = StopForm(request.POST, auto_id="stop_%s")

    def act(by: Any) -> None:
        nights.stop_experiment(
            number=number, reason=form.cleaned_data["reason"], by=by, now=clock()
        )

    said = _("The experiment is stopped; the next night goes without it.")
    return _done(request, number, form, "stop_form", act, said)


@edits
@require_POST
def discard(request: HttpRequest, number: int) -> HttpResponse:
    """Give a draft up."""

    def act(by: Any) -> None:
        experiments.discard_experiment(number=number, by=by, now=clock())

    return _done(request, number, None, "", act, _("The draft is given up."))


def _done(
    request: HttpRequest,
    number: int,
    form: Any,
    name: str,
    act: Callable[[Any], None],
    said: str,
) -> HttpResponse:
    """Do one act on an experiment, or show the page again with what was refused, nothing saved."""
    row, bound = experiment_or_404(number), {name: form} if form is not None else {}
    if form is not None and not form.is_valid():
        context = page_context(request, row, **bound)
        return render(request, "workbench/experiment.html", context, status=422)
    try:
        act(staff_of(request).id)
    except ExperimentRefused as refused:
        context = page_context(request, row, problem=str(refused), **bound)
        return render(request, "workbench/experiment.html", context, status=422)
    messages.success(request, said)
    return redirect("workbench:experiment", number)


def _form(form: ExperimentForm) -> dict[str, Any]:
    """A bound form with the size of what is typed, where that much is."""
    if not form.can_be_sized():
        return {"form": form}
    plan_like, measure = form.cleaned_data, form.measure()
    design = {
        "baseline": str(measure.baseline),
        "effect": str(measure.effect),
        "power": str(measure.power),
        "alpha": str(measure.alpha),
        "measure_days": measure.measure_days,
        "daily_rate": str(plan_like["daily_rate"] / 100),
    }
    return {"form": form} | size_context(
        design,
        challenger_share=int(plan_like["challenger_share"] * 100),
        holdout_share=int(plan_like["holdout_share"] * 100),
        holdout_days_max=plan_like["holdout_days_max"],
        days=(plan_like["stop_on"] - plan_like["start_on"]).days,
    )


def _to_list() -> HttpResponse:
    return redirect("workbench:experiments")
