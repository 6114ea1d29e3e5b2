"""Policy packs: what is in force and the law behind it, what a version changes, and the acts of those who may."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.kernel.ids import uuid7
from evenhand.rulebook import pack_acts
from evenhand.rulebook.pack_objections import PackRefused
from evenhand.rulebook.pack_rows import activation_row, pack_content
from evenhand.rulebook.packs import UnknownPack, shipped_content
from evenhand.runtime.config import config
from evenhand.web.clock import clock
from evenhand.workbench import pack_forms as forms
from evenhand.workbench import pack_page
from evenhand.workbench.once import done_before, once
from evenhand.workbench.pages import staff_of

see = permission_required("access.see_packs", raise_exception=True)
write = permission_required("access.edit_packs", raise_exception=True)
decide_on = permission_required("access.approve_packs", raise_exception=True)


@see
def packs(request: HttpRequest) -> HttpResponse:
    """All packs: what is in force, what is to come, what a second person is asked about."""
    return _list(request, forms.ImportPack(initial={"request_key": uuid7()}))


@see
def pack(request: HttpRequest, name: str) -> HttpResponse:
    """One version of a pack: the law behind each number, and what may be done with it."""
    return _page(request, name, request.GET.get("version", ""))


@see
def compare(request: HttpRequest, name: str) -> HttpResponse:
    """Any two versions of a pack: what the second changes against the first, in words."""
    versions = {each.version: each for each in pack_page.versions_of(name)}
    old, new = (versions.get(request.GET.get(key, "")) for key in ("old", "new"))
    if old is None or new is None or old.pack is None:
        raise Http404
    context = {
        "name": name,
        "old": old,
        "new": new,
        "versions": list(versions.values()),
        "changes": pack_page.changed_in_words(old.pack.content, new),
    }
    return render(request, "workbench/pack_compare.html", context)


@see
def export(request: HttpRequest, name: str) -> HttpResponse:
    """The file of a version, as it was brought in, to take away."""
    shown = pack_page.version_or_404(name, request.GET.get("version", ""))
    content = pack_content(shown.digest) if shown.row else shipped_content(name)
    response = HttpResponse(content, content_type="application/toml")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{shown.version}.toml"'
    return response


@require_POST
@write
def import_pack(request: HttpRequest) -> HttpResponse:
    """Bring a file in; nothing of it is in force by that."""
    form, made = forms.ImportPack(request.POST, request.FILES), []

    def act() -> None:
        file = form.cleaned_data["file"]
        made.append(
            pack_acts.import_pack(
                content=file.read(),
                file=file.name.rpartition("/")[2][-100:],
                by=staff_of(request).id,
                now=clock(),
            )
        )

    if _refused(request, form, act):
        return _list(request, form, status=422)
    if not made:
        return redirect("workbench:packs")
    return _to(*pack_page.name_and_version(made[0]))


@require_POST
@write
def ask(request: HttpRequest, name: str) -> HttpResponse:
    """Ask a second person to put a version in force, which is brought in with it where it was not yet."""
    shown, now = pack_page.version_or_404(name, request.POST.get("version", "")), clock()
    form = pack_page.ask_form(shown, now, request.POST)

    def act() -> None:
        by = staff_of(request).id
        digest = shown.digest
        if shown.row is None:
            content = shipped_content(name)
            assert content is not None
            digest = pack_acts.import_pack(content=content, file=f"{name}.toml", by=by, now=now)
        pack_acts.ask_activation(
            digest=digest,
            from_on=form.cleaned_data["from_on"],
            note=form.cleaned_data["note"],
            statement=form.cleaned_data.get("statement", ""),
            by=by,
            now=now,
            is_live=config().mode == "live",
        )

    return _on_pack(request, name, form, act, _("A second person is asked."), bound="ask_form")


@require_POST
@write
def ask_out(request: HttpRequest, name: str) -> HttpResponse:
    """Ask a second person to take the pack out of force."""
    shown, now = pack_page.version_or_404(name, ""), clock()
    form = pack_page.out_form(shown, now, request.POST)

    def act() -> None:
        pack_acts.ask_deactivation(
            name=name,
            from_on=form.cleaned_data["from_on"],
            note=form.cleaned_data["note"],
            by=staff_of(request).id,
            now=now,
        )

    return _on_pack(request, name, form, act, _("A second person is asked."), bound="out_form")


@require_POST
@decide_on
def decide(request: HttpRequest, name: str, activation_id: UUID) -> HttpResponse:
    """Approve or refuse; 403 for anybody who had a hand in it."""
    row, person = _asked_or_404(name, activation_id), staff_of(request)
    if row.question is not None and row.is_open and not row.question.may_decide(person.id):
        raise PermissionDenied
    form = forms.DecideApproval(request.POST)

    def act() -> None:
        pack_acts.decide_activation(
            activation_id=activation_id,
            verdict=form.cleaned_data["verdict"],
            reason=form.cleaned_data["reason"],
            by=person.id,
            now=clock(),
            read_question=form.cleaned_data["read"],
        )

    said = _("Your answer is recorded.")
    return _on_pack(request, name, form, act, said, bound="decide_form")


@require_POST
@write
def withdraw(request: HttpRequest, name: str, activation_id: UUID) -> HttpResponse:
    """Take the question back."""
    _asked_or_404(name, activation_id)
    form = forms.Once(request.POST)

    def act() -> None:
        pack_acts.withdraw_activation(
            activation_id=activation_id, by=staff_of(request).id, now=clock()
        )

    return _on_pack(request, name, form, act, _("The question is withdrawn."))


def _asked_or_404(name: str, activation_id: UUID) -> Any:
    try:
        row = activation_row(activation_id)
    except UnknownPack:
        raise Http404 from None
    if row.name != name:
        raise Http404
    return row


def _refused(request: HttpRequest, form: django_forms.Form, act: Callable[[], None]) -> bool:
    """Do it once; true when it was not done, with all reasons at the form."""
    if done_before(request, request.POST.get("request_key", "")):
        return False
    if not form.is_valid():
        return True
    try:
        once(request, form.cleaned_data["request_key"], act)
    except PackRefused as refusal:
        for reason in str(refusal).splitlines():
            form.add_error(None, reason)
        return True
    return False


def _on_pack(
    request: HttpRequest,
    name: str,
    form: django_forms.Form,
    act: Callable[[], None],
    done: str,
    *,
    bound: str = "",
) -> HttpResponse:
    """Do one act on a pack and show its page again; a refusal with nothing changed."""
    version = request.POST.get("version", "")
    if _refused(request, form, act):
        forms_refused = {bound: form} if bound else {}
        return _page(request, name, version, status=422, refused=form, **forms_refused)
    messages.success(request, done)
    return _to(name, version)


def _page(
    request: HttpRequest, name: str, version: str, status: int = 200, **bound: Any
) -> HttpResponse:
    context = pack_page.page_context(request, name, version, clock(), **bound)
    return render(request, "workbench/pack.html", context, status=status)


def _list(request: HttpRequest, form: forms.ImportPack, status: int = 200) -> HttpResponse:
    context = pack_page.list_context(request, clock(), import_form=form)
    return render(request, "workbench/packs.html", context, status=status)


def _to(name: str, version: str) -> HttpResponse:
    address = reverse("workbench:pack", args=[name])
    return redirect(f"{address}?version={version}" if version else address)
