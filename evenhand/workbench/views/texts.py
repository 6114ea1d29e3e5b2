"""The texts of messages: what is in use, drafts with everything that stands against them, and a second person's
answer."""

from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from evenhand.approvals.actions import ApprovalRefused
from evenhand.approvals.queries import open_question
from evenhand.outreach import texts
from evenhand.outreach.messages.slots import SLOTS, TEXT_MAX
from evenhand.outreach.text_rows import TextRow, previews, text_rows, versions_of
from evenhand.outreach.texts import SUBJECT, TextFaulty, TextRefused, Wording
from evenhand.web.clock import clock
from evenhand.workbench.pages import staff_of

write = permission_required("access.edit_texts", raise_exception=True)
approve = permission_required("access.approve_texts", raise_exception=True)


class Words(django_forms.Form):
    """The words of a text in both languages."""

    subject_zh = django_forms.CharField(
        label=gettext_lazy("Subject, Chinese"), max_length=200, required=False
    )
    subject_en = django_forms.CharField(
        label=gettext_lazy("Subject, English"), max_length=200, required=False
    )
    zh = django_forms.CharField(
        label=gettext_lazy("Chinese"), max_length=TEXT_MAX, required=False, strip=False,
        widget=django_forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    en = django_forms.CharField(
        label=gettext_lazy("English"), max_length=TEXT_MAX, required=False, strip=False,
        widget=django_forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip


@write
def listed(request: HttpRequest) -> HttpResponse:
    """Every text: the version in use and the draft."""
    return render(request, "workbench/texts.html", {"rows": text_rows()})


@write
def text(request: HttpRequest, name: str) -> HttpResponse:
    """One text: its versions, its words as they would arrive, and what stands against them."""
    return _page(request, name)


@write
def tried(request: HttpRequest, name: str) -> HttpResponse:
    """The words of the form as they would arrive; nothing is kept."""
    current = _versions(name)[0]
    found = _wording(Words(request.POST), current)
    if found is None:
        raise Http404
    return render(request, "workbench/text_preview.html", _shown(found))


@require_POST
@write
def save(request: HttpRequest, name: str) -> HttpResponse:
    """Write the draft."""
    current = _versions(name)[0]
    form = Words(request.POST)
    found = _wording(form, current)
    if found is None:
        return _page(request, name, form=form, status=422)
    texts.write(name=name, wording=found, by=staff_of(request).id, now=clock())
    messages.success(request, _("The draft is written."))
    return redirect("workbench:text", name=name)


@require_POST
@write
def ask(request: HttpRequest, name: str, text_id: UUID) -> HttpResponse:
    """Ask a second person to put the draft in use."""
    _of(name, text_id)
    try:
        texts.ask(text_id=text_id, note="", by=staff_of(request).id, now=clock())
    except TextFaulty as faulty:
        return _page(request, name, refusal=str(faulty), status=422)
    except (TextRefused, ApprovalRefused) as refusal:
        return _page(request, name, refusal=str(refusal), status=422)
    messages.success(request, _("A second person is asked."))
    return redirect("workbench:text", name=name)


@require_POST
@approve
def decide(request: HttpRequest, name: str, text_id: UUID) -> HttpResponse:
    """Approve or refuse."""
    _of(name, text_id)
    try:
        texts.decide(
            text_id=text_id, approval_id=UUID(request.POST.get("read", "")), verdict=request.POST.get("verdict", ""),
            reason=request.POST.get("reason", ""), by=staff_of(request).id, now=clock(),
        )  # fmt: skip
    except ApprovalRefused as refusal:
        return _page(request, name, refusal=str(refusal), status=422)
    except ValueError:
        raise Http404 from None
    messages.success(request, _("Answered."))
    return redirect("workbench:text", name=name)


def _versions(name: str) -> tuple[TextRow, ...]:
    rows = versions_of(name)
    if not rows:
        raise Http404
    return rows


def _of(name: str, text_id: UUID) -> None:
    if text_id not in {row.id for row in _versions(name)}:
        raise Http404


def _wording(form: Words, current: TextRow) -> Wording | None:
    if not form.is_valid():
        return None
    said = {key: value.replace("\r\n", "\n") for key, value in form.cleaned_data.items()}
    return Wording(channel=current.channel, purpose=current.purpose, **said)


def _shown(wording: Wording) -> dict[str, Any]:
    return {"previews": previews(wording), "faults": wording.faults}


def _page(
    request: HttpRequest,
    name: str,
    *,
    form: Words | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = _versions(name)
    staff, shown = staff_of(request), rows[0]
    question = open_question(SUBJECT, shown.id)
    said = {key: getattr(shown.wording, key) for key in ("subject_zh", "subject_en", "zh", "en")}
    context = {
        "rows": rows,
        "shown": shown,
        "form": form or Words(initial=said),
        "slots": SLOTS.items(),
        "question": question,
        "may_answer": question is not None
        and question.may_decide(staff.id)
        and staff.has_perm("access.approve_texts"),
        "refusal": refusal,
    } | _shown(shown.wording)
    return render(request, "workbench/text.html", context, status=status)
