"""The nights and the quarantine."""

from datetime import date

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from evenhand.cycle import queries
from evenhand.portfolio.queries import files_of_day, quarantine_rows
from evenhand.workbench.charts import buckets, shares
from evenhand.workbench.pages import day_of

PAGE = 100
CHECKS = {
    "rows": (_("rows in the files"), _("rows loaded and quarantined")),
    "rows_read": (_("rows loaded"), _("rows read by the night")),
    "accounts": (_("accounts carried on or new"), _("accounts in the book")),
    "accounts_aged": (_("accounts in the book"), _("accounts aged")),
    "buckets": (_("accounts past due that owe"), _("sum of the buckets")),
    "risk": (_("accounts in the book"), _("sum of the risk classes")),
    "people": (_("people decided"), _("sum of the treatments")),
}
NIGHTS = 20


@permission_required("access.see_runs", raise_exception=True)
def runs(request: HttpRequest) -> HttpResponse:
    """The last night, or the earlier ones before `?before=`."""
    before = day_of(request.GET.get("before", ""))
    nights = queries.run_rows(before=before, limit=NIGHTS + 1)
    if before is None and nights:
        return redirect("workbench:run", nights[0].banking_day)
    return render(request, "workbench/runs.html", _list(nights))


@permission_required("access.see_runs", raise_exception=True)
def run(request: HttpRequest, day: date) -> HttpResponse:
    """One night: what went in, what came out, and that the two agree."""
    night = queries.run_row(day)
    if night is None:
        raise Http404
    context = {
        "night": night,
        "totals": night.totals,
        "currency": night.totals.get("currency", ""),
        "buckets": buckets(night.totals.get("buckets", {})),
        "treatments": shares(night.totals.get("treatments", {})),
        "segments": shares(night.totals.get("segments", {})),
        "checks": [
            (*CHECKS.get(check["check"], (check["check"], "")), check)
            for check in night.totals.get("checks", [])
        ],
        "files": files_of_day(day),
    }
    return render(
        request, "workbench/run.html", context | _list(queries.run_rows(limit=NIGHTS + 1))
    )


@permission_required("access.see_runs", raise_exception=True)
def quarantine(request: HttpRequest) -> HttpResponse:
    """The refused fields of a banking day's files, all or of one file."""
    day = day_of(request.GET.get("day", "")) or queries.last_run_day()
    file_no = _number(request.GET.get("file", ""))
    rows = (
        ()
        if day is None
        else quarantine_rows(
            day, of_file=file_no, after=_after(request.GET.get("after", "")), limit=PAGE + 1
        )
    )
    context = {
        "day": day,
        "days": queries.run_days(),
        "files": () if day is None else files_of_day(day),
        "file_no": file_no,
        "rows": rows[:PAGE],
        "next": f"{rows[PAGE - 1].file_no}.{rows[PAGE - 1].line}.{rows[PAGE - 1].field}"
        if len(rows) > PAGE
        else "",
        "paged": "after" in request.GET,
    }
    return render(request, "workbench/quarantine.html", context)


@permission_required("access.see_runs", raise_exception=True)
def differences(request: HttpRequest, day: date) -> HttpResponse:
    """The accounts whose stated and computed figures differ on a night."""
    rows = queries.difference_rows(day, after=_place(request.GET.get("after", "")), limit=PAGE + 1)
    if rows is None:
        raise Http404
    context = {
        "day": day,
        "rows": rows[:PAGE],
        "next": ".".join(map(str, rows[PAGE - 1].place)) if len(rows) > PAGE else "",
        "paged": "after" in request.GET,
    }
    return render(request, "workbench/differences.html", context)


def _place(text: str) -> tuple[int, int, int] | None:
    if not text:
        return None
    try:
        partition, customer, account = map(int, text.split("."))
    except ValueError:
        raise Http404 from None
    return partition, customer, account


def _list(nights: list[queries.RunRow]) -> dict[str, object]:
    return {
        "nights": nights[:NIGHTS],
        "before": nights[NIGHTS - 1].banking_day if len(nights) > NIGHTS else None,
    }


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise Http404
    return int(text)


def _after(text: str) -> tuple[int, int, str] | None:
    if not text:
        return None
    file_no, _, rest = text.partition(".")
    line, _, field = rest.partition(".")
    return _number(file_no) or 0, _number(line) or 0, field
