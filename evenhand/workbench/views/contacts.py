"""What was asked of the gate: the refusals with their reasons, and one contact with everything behind the answer."""

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from evenhand.access.actions import exported
from evenhand.access.queries import staff_names
from evenhand.casework.queries import case_names, customers_found
from evenhand.compliance.vocabulary import CONTACTS
from evenhand.outreach import queries
from evenhand.outreach.queries import ContactRow, RefusalFilters
from evenhand.runtime.config import config
from evenhand.web.clock import clock
from evenhand.workbench.contact_page import contact_context
from evenhand.workbench.contact_words import reason_words
from evenhand.workbench.pages import day_of, staff_of
from evenhand.workbench.searched import remember, searched

DAYS_AT_FIRST = 7
DAYS_MAX = 62
EXPORTED_MAX = 50_000
DECISIONS = ("DENY", "REVIEW")
EARLIEST, DAY = date(2000, 1, 1), timedelta(days=1)


class Sought(NamedTuple):
    """What the list of refusals was asked for. Days are the bank's, the last one included."""

    first: date
    last: date
    rule: str
    act: str
    collector: str
    decision: str
    found: str  # the key of what is looked for

    @property
    def query(self) -> str:
        """As it stands in an address."""
        given = QueryDict(mutable=True)
        values = self._asdict() | {"first": str(self.first), "last": str(self.last)}
        given.update({name: value for name, value in values.items() if value})
        return given.urlencode()


@permission_required("access.see_contacts", raise_exception=True)
def refused(request: HttpRequest) -> HttpResponse:
    """What the gate did not allow, by day, rule, channel, collector and decision."""
    now = clock()
    asked = _asked(request.GET, now)
    after = request.GET.get("after", "")
    try:
        rows = _rows(request, asked, after=after, limit=queries.PAGE + 1)
    except ValueError:
        raise Http404 from None
    shown = rows[: queries.PAGE]
    context = {
        "asked": asked,
        "search": searched(request, asked.found),
        "hidden": [(name, str(value)) for name, value in asked._asdict().items() if value],
        "rows": _shown(request, shown),
        "acts": sorted(CONTACTS),
        "rules": queries.rules_in_force(now),
        "decisions": DECISIONS,
        "days_max": DAYS_MAX,
        "next": shown[-1].key if len(rows) > queries.PAGE else "",
        "paged": bool(after),
    }
    return render(request, "workbench/refused.html", context)


@require_POST
@permission_required("access.see_contacts", raise_exception=True)
def find(request: HttpRequest) -> HttpResponse:
    """The same list by what the form says; what is looked for stays out of the address."""
    asked = _asked(request.POST, clock())
    asked = asked._replace(found=remember(request, request.POST.get("search", "")))
    return redirect(f"{reverse('workbench:refused')}?{asked.query}")


@require_POST
@permission_required("access.export_contacts", raise_exception=True)
def export(request: HttpRequest) -> HttpResponse:
    """The refusals of a selection as a file, without names or numbers; who took it is kept in the journal."""
    now = clock()
    asked = _asked(request.POST, now)
    rows = _rows(request, asked, after="", limit=EXPORTED_MAX)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    names = staff_names(row.asked_by for row in rows)
    for row in rows:
        writer.writerow([_safe(value) for value in _record(row, names)])
    exported(by=staff_of(request).id, what="REFUSALS", rows=len(rows), filters=asked.query, now=now)
    file = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    name = f"refused-{asked.first}-{asked.last}.csv"
    file["Content-Disposition"] = f'attachment; filename="{name}"'
    return file


def contact(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Why a contact was allowed or refused; 404 unless the person's case is theirs, or they see every contact."""
    staff = staff_of(request)
    customer = queries.customer_of(contact_id)
    if customer is None:
        raise Http404
    cases = case_names(staff, [customer])
    if customer not in cases and not staff.has_perm("access.see_contacts"):
        raise Http404
    view = queries.contact_view(contact_id, language=get_language() or "")
    assert view is not None
    context = contact_context(view)
    return render(request, "workbench/contact.html", context | {"case": cases.get(customer)})


_COLUMNS = (
    "contact", "at", "act", "role", "collector", "actor", "purpose", "asked_by", "decision", "rules", "codes",
    "reasons",
)  # fmt: skip


def _record(row: ContactRow, names: dict[str, str]) -> list[str]:
    said = [reason_words(reason) for reason in row.reasons]
    return [
        str(row.id),
        localtime(row.at).isoformat(timespec="seconds"),
        row.act,
        row.role,
        row.collector,
        row.actor,
        row.purpose,
        names.get(row.asked_by, row.asked_by),
        row.decision,
        " ".join(reason.rule for reason in said),
        " ".join(reason.code for reason in said),
        " | ".join(reason.said for reason in said),
    ]


def _safe(value: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _asked(given: QueryDict, now: datetime) -> Sought:
    today = localtime(now).date()
    last = min(max(day_of(given.get("last", "")) or today, EARLIEST), today + DAY)
    first = day_of(given.get("first", "")) or last - timedelta(days=DAYS_AT_FIRST - 1)
    if first > last:
        first = last
    first = max(first, last - timedelta(days=DAYS_MAX - 1))
    act, decision = given.get("act", ""), given.get("decision", "")
    return Sought(
        first,
        last,
        _text(given, "rule", 80),
        act if act in CONTACTS else "",
        _text(given, "collector", 40),
        decision if decision in DECISIONS else "",
        _text(given, "found", 40),
    )


def _text(given: QueryDict, name: str, characters_max: int) -> str:
    """A text to look for; a NUL is in none."""
    return given.get(name, "").replace("\0", "").strip()[:characters_max]


def _rows(request: HttpRequest, asked: Sought, *, after: str, limit: int) -> list[ContactRow]:
    search = searched(request, asked.found)
    customers = customers_found(staff_of(request), search) if search else None
    filters = RefusalFilters(
        since=_midnight(asked.first),
        until=_midnight(asked.last + timedelta(days=1)),
        rule=asked.rule,
        act=asked.act,
        collector=asked.collector,
        decision=asked.decision,
        customers=customers,
    )
    return queries.refused_rows(filters, language=get_language() or "", after=after, limit=limit)


def _shown(request: HttpRequest, rows: list[ContactRow]) -> list[dict[str, Any]]:
    cases = case_names(staff_of(request), [row.customer_id for row in rows])
    names = staff_names(row.asked_by for row in rows)
    return [
        {
            "row": row,
            "case": cases.get(row.customer_id),
            "asked_by": names.get(row.asked_by, row.asked_by),
            "said": [reason_words(reason) for reason in row.reasons],
        }
        for row in rows
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(config().time_zone))
