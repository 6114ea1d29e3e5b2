"""What the page of a case shows, also when a form on it is refused."""

from datetime import date
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from evenhand.arrangements.queries import promise_rows
from evenhand.casework import queries
from evenhand.casework.assignment import GIVEN_BACK_FOR, KEPT_FOR, MOVED_FOR
from evenhand.casework.assignment_rows import collectors_of, kept_row
from evenhand.casework.queries import AccountLine, CaseView
from evenhand.cycle.intake import terms_of
from evenhand.cycle.money_queue import claim_rows
from evenhand.cycle.talk_guide import Figures, guide_for
from evenhand.payments.freshness import last_word
from evenhand.portfolio.history import (
    AccountHistory,
    LoadedFile,
    account_components,
    account_history,
)
from evenhand.portfolio.queries import loaded_files
from evenhand.runtime.config import config
from evenhand.runtime.lake import Lake
from evenhand.web.clock import clock
from evenhand.workbench import forms
from evenhand.workbench.arrange_page import agreed_context
from evenhand.workbench.call_panel import calls_context
from evenhand.workbench.contact_page import windows
from evenhand.workbench.explanation import explain
from evenhand.workbench.pages import banking_day, staff_of, today
from evenhand.workbench.result_panel import result_context
from evenhand.workbench.standing_page import what_stands
from evenhand.workbench.timeline import timeline_of


def case_context(request: HttpRequest, case: CaseView, **bound: Any) -> dict[str, Any]:
    """Everything on the page; `bound` are forms that were refused, by their names."""
    day, now = banking_day(), clock()
    lines = queries.account_lines(case.id)
    selected = _selected(lines, request.GET.get("account", ""))
    files = loaded_files(until=day)
    lake = Lake(config().lake)
    whose = (case.partition, case.customer_key, selected.account_key) if selected else None
    history = whose and account_history(lake, files, *whose)
    components = whose and account_components(lake, day, *whose)
    return {
        "case": case,
        "day": day,
        "overdue_days": _days(case.overdue_from_on, day),
        "treatment_days": _days(case.treatment_from_on, day),
        "lines": [(line, _days(line.overdue_from_on, day)) for line in lines],
        "selected": selected,
        "history": history and _history(history, files),
        "components": components,
        "components_file": components
        and next((file for file in files if file.file_no == components.balance_file), None),
        "charges_known": any(file.feed == "charges" for file in files),
        "promises": promise_rows(
            case.customer_id, grace_days=terms_of(config()).promise_grace_days
        ),
        **agreed_context(case, day=day),
        **calls_context(request, case),
        **result_context(request, case, day=day),
        "assigned": _assigned(request, case, day),
        "guide": _guide(case, lines),
        "stands": what_stands(case, day=day, now=now),
        "windows": windows(case) if case.state == "OPEN" else [],
        "timeline": timeline_of(case, before=_number(request.GET.get("before", ""))),
        "why": selected and explain(day, selected.account_key, case.currency),
        "promise_form": forms.Promise(
            initial={"request_key": uuid4(), "amount": None}, currency=case.currency, day=day
        ),
        "claims": claim_rows(case.customer_id),
        "last_word": last_word(now),
        "paid_form": forms.SaysPaid(
            initial={"request_key": uuid4()},
            currency=case.currency,
            day=day,
            today=max(day, today()),
        ),
        "hold_form": forms.Hold(initial={"request_key": uuid4()}, day=day),
    } | bound


def _assigned(request: HttpRequest, case: CaseView, day: date) -> dict[str, Any] | None:
    """Whose an open case is, and what who asks may do about it."""
    staff = staff_of(request)
    if case.state != "OPEN":
        return None
    may_move = staff.has_perm("access.assign_cases")
    return {
        "mine": case.owner == staff.username,
        "kept": kept_row(case.id, on=day),
        "may_move": may_move,
        "collectors": collectors_of(case.desk) if may_move else [],
        "moved_for": MOVED_FOR,
        "kept_for": KEPT_FOR,
        "given_back_for": GIVEN_BACK_FOR,
    }


def _guide(case: CaseView, lines: tuple[AccountLine, ...]) -> list[tuple[str, str]]:
    """What may be said to her, step by step, with its title in the page's language."""
    if case.state != "OPEN":
        return []
    behind = [line.card_tail for line in lines if line.left_on is None and line.arrears_minor > 0]
    figures = Figures(
        cards=(behind[0], len(behind)) if behind else None, due=case.arrears_minor, owed=case.balance_minor,
        overdue_days=_days(case.overdue_from_on, today()), currency=case.currency,
    )  # fmt: skip
    shown = guide_for(figures, language=case.language, today=today())
    return [(step.title.for_language(get_language() or ""), step.says) for step in shown]


def _selected(lines: tuple[AccountLine, ...], key: str) -> AccountLine | None:
    if not key:
        return lines[0] if lines else None
    for line in lines:
        if str(line.account_key) == key:
            return line
    raise Http404


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _days(since: date | None, day: date) -> int | None:
    return None if since is None else (day - since).days


def _history(history: AccountHistory, files: tuple[LoadedFile, ...]) -> dict[str, Any]:
    """Statements and payments, the latest first, each with the file it came from."""
    named = {file.file_no: file for file in files}
    return {
        "statements": [(row, named.get(row.file_no)) for row in reversed(history.statements)],
        "payments": [(row, named.get(row.file_no)) for row in reversed(history.payments)],
    }
