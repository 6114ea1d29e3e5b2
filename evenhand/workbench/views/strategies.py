"""Versions of the strategy: the list, one version, two compared, and files taken away."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from evenhand.cycle.queries import last_run_day, run_days
from evenhand.dmn.documents.document import Document
from evenhand.dmn.documents.export import exported
from evenhand.kernel.ids import uuid7
from evenhand.rulebook import queries
from evenhand.rulebook.experiment_rows import experiment_from
from evenhand.rulebook.spreadsheet import to_xlsx
from evenhand.workbench import strategy_page
from evenhand.workbench.pages import staff_of
from evenhand.workbench.strategy_forms import (
    ActivateStrategy,
    Capacities,
    ImportDraft,
    NewDraft,
    TryStrategy,
)
from evenhand.workbench.strategy_words import TableChanges, changes_in_words, steps_in_words

see = permission_required("access.see_strategies", raise_exception=True)
PAGE = 30
STEPS_SHOWN = 40
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@see
def strategies(request: HttpRequest) -> HttpResponse:
    """All versions, what is in force and what is to be."""
    before = request.GET.get("before", "")
    rows = queries.version_rows(
        limit=PAGE + 1, before=int(before) if before.isdecimal() and len(before) < 8 else None
    )
    return render(request, "workbench/strategies.html", list_context(request, rows))


def list_context(
    request: HttpRequest, rows: list[queries.VersionRow], **bound: Any
) -> dict[str, Any]:
    """What the list shows; `bound` are forms that were refused."""
    day = last_run_day()
    activations = queries.activation_rows()
    standing = [row for row in activations if row.cancelled_at is None]
    here = next((row for row in standing if day is not None and row.from_on <= day), None)
    return {
        "rows": rows[:PAGE],
        "next": rows[PAGE - 1].number if len(rows) > PAGE else "",
        "day": day,
        "in_force": here,
        "coming": [row for row in reversed(standing) if day is None or row.from_on > day],
        "versions": rows[:PAGE],
        "draft_form": NewDraft(initial={"request_key": uuid7(), "based_on": here and here.number}),
        "import_form": ImportDraft(initial={"request_key": uuid7()}),
        "waiting": queries.waiting(),
        "capacities": queries.capacity_rows(),
        "capacity_form": Capacities(initial={"request_key": uuid7(), **queries.capacities()}),
        "can_edit": request.user.has_perm("access.edit_strategies"),
    } | bound


@see
def strategy(request: HttpRequest, number: int) -> HttpResponse:
    """One version: where it stands, what it changes, what may be done next."""
    version = strategy_page.version_or_404(number)
    return render(request, "workbench/strategy.html", version_context(request, version))


def version_context(
    request: HttpRequest, version: queries.VersionRow, **bound: Any
) -> dict[str, Any]:
    """What the page of a version shows; `bound` are forms that were refused."""
    person, day = staff_of(request), last_run_day()
    content = queries.content_of(version.number)
    force = None if day is None else queries.in_force(day)
    coming = [each for each in version.from_on if day is None or each > day]
    is_active = force is not None and force.number == version.number
    base = _compared_with(version, force)
    question = queries.question_of(version.number)
    steps = queries.revision_rows(version.number, limit=STEPS_SHOWN)
    return {
        "version": version,
        "tabs": strategy_page.tabs(content),
        "steps": strategy_page.steps(version, is_active=is_active),
        "is_active": is_active,
        "coming": coming,
        **strategy_page.findings_context(content),
        "base": base,
        "changes": [] if base is None else changed_in_words(base, version.number),
        "revisions": steps_in_words(steps, content, strategy_page.base_currency()),
        "question": question,
        "questions": queries.questions_of(version.number),
        "may_decide": question is not None and question.may_decide(person.id),
        "trials": queries.trial_rows(version.number, limit=5),
        "activations": [row for row in queries.activation_rows() if row.number == version.number],
        "day": day,
        "request_key": uuid7(),
        "try_form": TryStrategy(days=run_days(limit=31)),
        "activate_form": ActivateStrategy(day=day),
        "experiment": None if day is None else experiment_from(day),
        "can_edit": strategy_page.may_edit(request, version),
        "is_analyst": person.has_perm("access.edit_strategies"),
        "is_approver": person.has_perm("access.approve_strategies"),
    } | bound


def _compared_with(version: queries.VersionRow, force: queries.InForce | None) -> int | None:
    if force is not None and force.number != version.number:
        return force.number
    return version.based_on


def changed_in_words(old: int, new: int) -> list[TableChanges]:
    """What `new` changes against `old`, table by table."""
    return changes_in_words(
        queries.content_of(old), queries.content_of(new), strategy_page.base_currency()
    )


@see
def compare(request: HttpRequest) -> HttpResponse:
    """Any two versions: what the second changes against the first, in words."""
    rows = queries.version_rows(limit=200)
    numbers = {row.number: row for row in rows}
    chosen = []
    for name in ("old", "new"):
        text = request.GET.get(name, "")
        if not text.isdecimal() or int(text) not in numbers:
            raise Http404
        chosen.append(int(text))
    old, new = chosen
    context = {
        "old": numbers[old],
        "new": numbers[new],
        "rows": rows,
        "changes": changed_in_words(old, new),
    }
    return render(request, "workbench/strategy_compare.html", context)


@see
def export(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """A version as a DMN document or a workbook, to take away; of a revision when one is named."""
    version = strategy_page.version_or_404(number)
    wanted = request.GET.get("revision", "")
    if wanted.isdecimal() and len(wanted) < 8:
        try:
            content = queries.revision_content(number, int(wanted))
        except queries.UnknownStrategy:
            raise Http404 from None
    else:
        content = queries.content_of(number)
    if kind == "xlsx":
        body, media = to_xlsx(Document.read(content)), WORKBOOK
    else:
        body, media = exported(content), "application/xml"
    response = HttpResponse(body, content_type=media)
    name = f"strategy-{version.number}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
