"""The statement of account: what is owed and why, line by line to its source, and what settles it on a day."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from evenhand.casework.queries import account_lines, case_for, hold_spans
from evenhand.cycle.intake import terms_of
from evenhand.ledger.queries import (
    NoBook,
    StatementLine,
    StatementOfAccount,
    break_rows,
    payoff,
    statement_of_account,
)
from evenhand.portfolio.queries import loaded_files
from evenhand.runtime.config import config
from evenhand.workbench.pages import banking_day, day_of, staff_of

PAYOFF_DAYS_MAX = 366


def statement(request: HttpRequest, case_id: UUID, account: str) -> HttpResponse:
    """One account's statement to the last night; 404 unless the case is theirs and the account a line of it."""
    case = case_for(staff_of(request), case_id)
    day = banking_day()
    line = next((row for row in account_lines(case.id) if str(row.account_key) == account), None)
    if line is None:
        raise Http404
    context: dict[str, Any] = {"case": case, "account": line, "day": day}
    try:
        found = statement_of_account(line.account_key, until=day)
    except NoBook:
        return render(request, "workbench/statement.html", context | {"statement": None})
    on = _chosen(request.GET.get("on", ""), day)
    frozen = hold_spans(case.customer_id, "INTEREST", line.account_key, until=on)
    context |= {
        "statement": found,
        "rows": _rows(found),
        "breaks": break_rows([line.account_key]),
        "on": on,
        "last": day + timedelta(days=PAYOFF_DAYS_MAX),
        "payoff": payoff(found.balance, on=on, contract=terms_of(config()).contract, frozen=frozen),
    }
    return render(request, "workbench/statement.html", context)


def _chosen(text: str, day: date) -> date:
    return min(max(day_of(text) or day, day), day + timedelta(days=PAYOFF_DAYS_MAX))


def _rows(found: StatementOfAccount) -> list[tuple[StatementLine, Any]]:
    """The postings, the latest first, each with the file it comes from."""
    files = {file.file_no: file for file in loaded_files(until=found.balance.as_of)}
    return [(line, files.get(line.file_no or 0)) for line in reversed(found.lines)]
