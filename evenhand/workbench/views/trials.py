"""A trial: its report, the people it would treat differently and why, and both as files to take away."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import permission_required
from django.contrib.staticfiles import finders
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.casework.queries import cases_of
from evenhand.cycle.trial import NightUnreadable
from evenhand.cycle.trial_people import NotListed, Wanted
from evenhand.cycle.trying import (
    TrialRunning,
    how_far,
    is_stalled,
    people_of,
    problem_in,
    try_again,
    why_of,
)
from evenhand.dmn import ModelError
from evenhand.rulebook.queries import TrialRow, UnknownStrategy, trial_row, version_row
from evenhand.web.labels import LABELS, label_of
from evenhand.workbench.explanation import groups_of, tables_of
from evenhand.workbench.pages import day_of, staff_of
from evenhand.workbench.templatetags.trial_tags import group_label
from evenhand.workbench.trial_page import SMALL, night_of, nights_of
from evenhand.workbench.trial_sheet import workbook_of

PAGE = 50
STYLES = "web/app.css"
FILTERS = ("treatment_before", "treatment_after", "channel_before", "channel_after", "bucket", "region")  # fmt: skip
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@permission_required("access.see_strategies", raise_exception=True)
def trial(request: HttpRequest, trial_id: UUID) -> HttpResponse:
    """The report of a trial for one of its nights, the last unless `?night=` names another; or how far it has got."""
    found = _trial(trial_id)
    context = _waiting(found) | {"version": version_row(found.number)}
    if found.state == "DONE":
        night = night_of(found.report, day_of(request.GET.get("night", "")))
        if night is None:
            raise Http404
        context |= _report(found) | {"night": night}
    return render(request, "workbench/trial.html", context)


@permission_required("access.see_strategies", raise_exception=True)
def state(request: HttpRequest, trial_id: UUID) -> HttpResponse:
    """How far a trial has got, for the page that waits; once it is done the page is told to read its report."""
    found = _trial(trial_id)
    if found.state == "DONE":
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "workbench/trial_waiting.html", _waiting(found))


@require_POST
@permission_required("access.edit_strategies", raise_exception=True)
def again(request: HttpRequest, trial_id: UUID) -> HttpResponse:
    """Start a trial again whose worker is gone; where one works on it nothing is done."""
    _trial(trial_id)
    with suppress(TrialRunning):
        try_again(trial_id)
    return redirect("workbench:trial", trial_id)


@permission_required("access.see_strategies", raise_exception=True)
def people(request: HttpRequest, trial_id: UUID, day: date) -> HttpResponse:
    """The people who would be treated differently, a page of them, by facts and never by name."""
    found = _trial(trial_id)
    figures = _night_figures(found, day)
    asked = {name: request.GET.get(name, "") for name in FILTERS}
    wanted = Wanted(**asked)
    rows = list(
        islice(people_of(found, day, wanted, _place(request.GET.get("after", ""))), PAGE + 1)
    )
    shown = rows[:PAGE]
    cases = cases_of(staff_of(request), [row.customer_key for row in shown])
    context = {
        "trial": found,
        "day": day,
        "currency": found.report["currency"],
        "differing": figures["differing"],
        "rows": [(row, cases.get(row.customer_key)) for row in shown],
        "filters": _filters(figures, asked),
        "query": urlencode({name: code for name, code in asked.items() if code}),
        "next": "{}.{}".format(*shown[-1].place) if len(rows) > PAGE else "",
        "paged": "after" in request.GET,
    }
    return render(request, "workbench/trial_people.html", context)


@permission_required("access.see_strategies", raise_exception=True)
def person(
    request: HttpRequest, trial_id: UUID, day: date, partition: int, customer_key: str
) -> HttpResponse:
    """Why both strategies answer as they do for one person, side by side."""
    found = _trial(trial_id)
    _night_figures(found, day)
    try:
        both = why_of(found, day, (partition, _whole(customer_key)))
    except (NotListed, NightUnreadable, ModelError):
        raise Http404 from None
    currency = found.report["currency"]
    before, after = tables_of(both.before, currency), tables_of(both.after, currency)
    opened = _opened(both.before, both.after)
    row = both.person
    context = {
        "trial": found,
        "day": day,
        "person": row,
        "case_id": cases_of(staff_of(request), [row.customer_key]).get(row.customer_key),
        "sides": (
            (_("What the night decided"), row.before, (), before),
            (_("What the draft would decide"), row.after, row.differing, after),
        ),
        "opened": opened,
        "groups": groups_of(both.facts, currency),
    }
    return render(request, "workbench/trial_why.html", context)


@permission_required("access.see_strategies", raise_exception=True)
def as_file(request: HttpRequest, trial_id: UUID) -> HttpResponse:
    """The report as one page that needs nothing beside it, with all its nights."""
    found = _done(trial_id)
    pages = [night_of(found.report, day) for day in nights_of(found.report)]
    context = _report(found) | {
        "trial": found,
        "version": version_row(found.number),
        "pages": pages,
        "style": mark_safe(_styles()),  # noqa: S308 – our own style sheet, not what somebody wrote
    }
    response = render(request, "workbench/trial_file.html", context)
    response.headers["Content-Disposition"] = f'attachment; filename="{_name(found)}.html"'
    return response


@permission_required("access.see_strategies", raise_exception=True)
def workbook(request: HttpRequest, trial_id: UUID) -> FileResponse:
    """The totals and the people who would be treated differently as a workbook, without names."""
    found = _done(trial_id)
    listed = ((day, people_of(found, day)) for day in nights_of(found.report))
    stream = workbook_of(found.report, listed, get_language() or "")
    return FileResponse(
        stream, as_attachment=True, filename=f"{_name(found)}.xlsx", content_type=SHEET_TYPE
    )


def _trial(trial_id: UUID) -> TrialRow:
    try:
        return trial_row(trial_id)
    except UnknownStrategy:
        raise Http404 from None


def _done(trial_id: UUID) -> TrialRow:
    found = _trial(trial_id)
    if found.state != "DONE":
        raise Http404
    return found


def _waiting(found: TrialRow) -> dict[str, Any]:
    stalled = is_stalled(found)
    far = how_far(found.id) if found.state == "RUNNING" else None
    return {
        "trial": found,
        "stalled": stalled,
        "polling": found.state in ("QUEUED", "RUNNING"),
        "far": far,
        "problem": problem_in(found.problem, get_language() or ""),
    }


def _report(found: TrialRow) -> dict[str, Any]:
    return {"report": found.report, "nights": nights_of(found.report), "small": SMALL}


def _night_figures(found: TrialRow, day: date) -> Mapping[str, Any]:
    for night in found.report.get("nights", ()):
        if night["banking_day"] == day.isoformat():
            return dict(night)
    raise Http404


def _filters(
    night: Mapping[str, Any], asked: Mapping[str, str]
) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """Each filter with its name, its title and what it may be set to: only what the night holds."""
    moved = night["treatments"]
    codes: dict[str, Iterable[str]] = {
        "treatment_before": dict.fromkeys(row["before"] for row in moved),
        "treatment_after": dict.fromkeys(row["after"] for row in moved),
        "channel_before": LABELS["channel"],
        "channel_after": LABELS["channel"],
        "bucket": (row["code"] for row in night["groups"].get("bucket", ())),
        "region": (row["code"] for row in night["groups"].get("region", ())),
    }
    titles = {
        "treatment_before": _("Treatment before"),
        "treatment_after": _("Treatment after"),
        "channel_before": _("Channel before"),
        "channel_after": _("Channel after"),
        "bucket": _("Bucket"),
        "region": _("Region"),
    }
    return [
        (name, titles[name], [(c, _words(name, c), asked[name] == c) for c in codes[name]])
        for name in FILTERS
    ]


def _words(name: str, code: str) -> str:
    kind = name.partition("_")[0]
    if kind in ("treatment", "channel"):
        return label_of(kind, code, get_language() or "")
    return group_label(code, kind)


def _opened(before: Iterable[Any], after: Iterable[Any]) -> list[str]:
    """The rules that fired in tables where the two strategies went different ways."""
    pairs = zip(before, after, strict=False)
    return [
        step.rule_id
        for pair in pairs
        for step in pair
        if (pair[0].rule_id, pair[0].outputs) != (pair[1].rule_id, pair[1].outputs)
    ]


def _place(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    partition, _dot, key = text.partition(".")
    return _whole(partition), _whole(key)


def _whole(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 19:
        raise Http404
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise Http404
    return number


def _styles() -> str:
    path = finders.find(STYLES)
    assert path, "the style sheet is built with the package"
    return Path(path).read_text(encoding="utf-8")


def _name(found: TrialRow) -> str:
    return f"evenhand-trial-{found.number}-{found.nights[-1]}"
