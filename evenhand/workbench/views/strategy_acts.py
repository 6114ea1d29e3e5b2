"""What is done to versions of the strategy: begun, checked, tried, approved, put in force, taken back."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.cycle.queries import last_run_day, run_days
from evenhand.cycle.strategies import activate as put_in_force
from evenhand.cycle.strategies import cancel_activation
from evenhand.dmn import ModelError
from evenhand.dmn.document import Document
from evenhand.rulebook import actions, queries
from evenhand.rulebook.spreadsheet import SheetError, from_xlsx
from evenhand.web.clock import clock
from evenhand.workbench import strategy_forms as forms
from evenhand.workbench import strategy_page
from evenhand.workbench.once import done_before, once
from evenhand.workbench.pages import staff_of
from evenhand.workbench.views.strategies import PAGE, list_context, version_context

write = permission_required("access.edit_strategies", raise_exception=True)
decide_on = permission_required("access.approve_strategies", raise_exception=True)


@require_POST
@write
def draft(request: HttpRequest) -> HttpResponse:
    """Begin a draft from a version, and open it."""
    form = forms.NewDraft(request.POST)
    made: list[int] = []

    def act() -> None:
        made.append(
            actions.draft(
                title=form.cleaned_data["title"],
                note=form.cleaned_data["note"],
                based_on=form.cleaned_data["based_on"],
                by=staff_of(request).id,
                now=clock(),
            )
        )

    if _refused(request, form, act):
        return _list(request, draft_form=form)
    return _to(made[0] if made else None)


@require_POST
@write
def set_capacities(request: HttpRequest) -> HttpResponse:
    """Say how many contacts of each channel the house can make in a day."""
    form = forms.Capacities(request.POST)

    def act() -> None:
        actions.set_capacities(
            contacts_per_day=form.contacts_per_day, by=staff_of(request).id, now=clock()
        )

    if _refused(request, form, act):
        return _list(request, capacity_form=form)
    return _to(None)


@require_POST
@write
def import_draft(request: HttpRequest) -> HttpResponse:
    """A draft from a file."""
    form = forms.ImportDraft(request.POST, request.FILES)
    made: list[int] = []

    def act() -> None:
        content = _uploaded(form.cleaned_data["file"], None)
        made.append(
            actions.import_draft(
                title=form.cleaned_data["title"],
                content=content,
                by=staff_of(request).id,
                now=clock(),
            )
        )

    if _refused(request, form, act):
        return _list(request, import_form=form)
    return _to(made[0] if made else None)


@require_POST
@write
def import_into(request: HttpRequest, number: int) -> HttpResponse:
    """A file in the place of a draft's tables."""
    form = forms.ImportInto(request.POST, request.FILES)

    def act() -> None:
        content = _uploaded(form.cleaned_data["file"], queries.content_of(number))
        actions.save(
            number=number,
            act="IMPORTED",
            detail={"file": form.cleaned_data["file"].name[-100:]},
            content=content,
            seen_revision=form.cleaned_data["seen_revision"],
            by=staff_of(request).id,
            now=clock(),
        )

    return _on_version(request, number, form, act, _("The file's tables are in the draft."))


@require_POST
@write
def check(request: HttpRequest, number: int) -> HttpResponse:
    """Check a version and keep what was found."""
    form, passed = forms.Once(request.POST), []

    def act() -> None:
        passed.append(actions.check(number=number, now=clock()))
        if passed == [False]:
            raise actions.StrategyRefused(
                _("The check found errors; mend them before the version is tried.")
            )

    return _on_version(request, number, form, act, _("The version is checked."), keep=True)


@require_POST
@write
def try_out(request: HttpRequest, number: int) -> HttpResponse:
    """Queue a trial over past nights."""
    form = forms.TryStrategy(request.POST, days=run_days(limit=31))

    def act() -> None:
        actions.ask_trial(
            number=number,
            nights=[date.fromisoformat(night) for night in form.cleaned_data["nights"]],
            by=staff_of(request).id,
            now=clock(),
        )

    return _on_version(request, number, form, act, _("The trial is queued."), bound="try_form")


@require_POST
@write
def ask(request: HttpRequest, number: int) -> HttpResponse:
    """Ask a second person."""
    form = forms.AskApproval(request.POST)

    def act() -> None:
        actions.ask_approval(
            number=number, note=form.cleaned_data["note"], by=staff_of(request).id, now=clock()
        )

    return _on_version(request, number, form, act, _("A second person is asked."))


@require_POST
@write
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take the question back."""

    def act() -> None:
        actions.withdraw_approval(number=number, by=staff_of(request).id, now=clock())

    form = forms.Once(request.POST)
    return _on_version(request, number, form, act, _("The question is withdrawn."))


@require_POST
@decide_on
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Approve or refuse; 403 for anybody who had a hand in it."""
    strategy_page.version_or_404(number)
    question, person = queries.question_of(number), staff_of(request)
    if question is not None and not question.may_decide(person.id):
        raise PermissionDenied
    form = forms.DecideApproval(request.POST)

    def act() -> None:
        actions.decide_approval(
            number=number,
            verdict=form.cleaned_data["verdict"],
            reason=form.cleaned_data["reason"],
            by=person.id,
            now=clock(),
            read=form.cleaned_data["read"],
        )

    return _on_version(
        request, number, form, act, _("Your answer is recorded."), bound="decide_form"
    )


@require_POST
def activate(request: HttpRequest, number: int) -> HttpResponse:
    """Put an approved version in force from a banking day."""
    _may_activate(request)
    form = forms.ActivateStrategy(request.POST, day=last_run_day())

    def act() -> None:
        put_in_force(
            number=number,
            from_on=form.cleaned_data["from_on"],
            by=staff_of(request).id,
            now=clock(),
        )

    return _on_version(
        request,
        number,
        form,
        act,
        _("The version is in force from that night on."),
        bound="activate_form",
    )


@require_POST
def cancel(request: HttpRequest, number: int, activation_id: UUID) -> HttpResponse:
    """Take an activation back before its night."""
    _may_activate(request)

    def act() -> None:
        cancel_activation(activation_id=activation_id, by=staff_of(request).id, now=clock())

    form = forms.Once(request.POST)
    return _on_version(request, number, form, act, _("The activation is cancelled."))


@require_POST
@write
def restore(request: HttpRequest, number: int) -> HttpResponse:
    """A draft with the content of an old version."""
    form, made = forms.Once(request.POST), []

    def act() -> None:
        made.append(actions.restore(number=number, by=staff_of(request).id, now=clock()))

    strategy_page.version_or_404(number)
    if _refused(request, form, act):
        return _version(request, number)
    return _to(made[0] if made else None)


@require_POST
@write
def discard(request: HttpRequest, number: int) -> HttpResponse:
    """Give a draft up."""

    def act() -> None:
        actions.discard(number=number, by=staff_of(request).id, now=clock())

    form = forms.Once(request.POST)
    return _on_version(request, number, form, act, _("The draft is discarded."))


def _may_activate(request: HttpRequest) -> None:
    user = staff_of(request)
    if not (user.has_perm("access.edit_strategies") or user.has_perm("access.approve_strategies")):
        raise PermissionDenied


def _uploaded(file: Any, base: bytes | None) -> bytes:
    """The DMN document of an uploaded file; a workbook is read into the document it came from, where there is one."""
    content: bytes = file.read()
    name = file.name.rpartition("/")[2][-100:]
    try:
        if name.lower().endswith(".xlsx"):
            known = None if base is None else Document.read(base)
            return from_xlsx(content, known, name).write()
        return Document.read(content, name).write()
    except (ModelError, SheetError) as error:
        raise actions.StrategyRefused(str(error)) from None


def _refused(request: HttpRequest, form: django_forms.Form, act: Callable[[], None]) -> bool:
    """Do it once; true when it was not done, with the reason at the form."""
    if done_before(request, request.POST.get("request_key", "")):
        return False
    if not form.is_valid():
        return True
    try:
        once(request, form.cleaned_data["request_key"], act)
    except actions.StrategyRefused as refusal:
        form.add_error(None, str(refusal))
        return True
    return False


def _on_version(
    request: HttpRequest,
    number: int,
    form: django_forms.Form,
    act: Callable[[], None],
    done: str,
    *,
    bound: str = "",
    keep: bool = False,
) -> HttpResponse:
    """Do one act on a version and show it again; a refusal with nothing changed, unless `keep` says otherwise."""
    strategy_page.version_or_404(number)
    if done_before(request, request.POST.get("request_key", "")):
        return _to(number)
    if keep and form.is_valid():
        try:
            act()
        except actions.StrategyRefused as refusal:
            form.add_error(None, str(refusal))
            return _version(request, number, refused=form)
        messages.success(request, done)
        return _to(number)
    if _refused(request, form, act):
        return _version(request, number, refused=form, **({bound: form} if bound else {}))
    messages.success(request, done)
    return _to(number)


def _to(number: int | None) -> HttpResponse:
    if number is None:
        return redirect("workbench:strategies")
    return redirect("workbench:strategy", number)


def _version(request: HttpRequest, number: int, **bound: Any) -> HttpResponse:
    context = version_context(request, strategy_page.version_or_404(number), **bound)
    return render(request, "workbench/strategy.html", context, status=422)


def _list(request: HttpRequest, **bound: Any) -> HttpResponse:
    context = list_context(request, queries.version_rows(limit=PAGE + 1), **bound)
    return render(request, "workbench/strategies.html", context, status=422)
