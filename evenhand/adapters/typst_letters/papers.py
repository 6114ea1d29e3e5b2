"""Papers that a member of staff prints from a screen, as PDF: the agreement of a plan or settlement, a statement.

Each bears her name and address in clear, in her language; who printed it stands in the journal.
"""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from evenhand.adapters.typst_letters.documents import (
    Head,
    PlanTerms,
    plan_agreement,
    statement_letter,
)
from evenhand.adapters.typst_letters.documents import PlanRow as Printed
from evenhand.adapters.typst_letters.setting import Letter, in_both, set_letters
from evenhand.arrangements.queries import PlanRow, instalment_rows, plan_row
from evenhand.casework.queries import CaseView, account_lines, case_for, case_names
from evenhand.cycle.agreeing import costs_of_plan
from evenhand.cycle.queries import last_run_day
from evenhand.cycle.said import opened
from evenhand.journal.actions import of_person, record
from evenhand.ledger.policy import RECEIVABLES
from evenhand.ledger.queries import NoBook, StatementLine, statement_of_account
from evenhand.outreach.messages.checking import text_terms
from evenhand.portfolio.models import Person
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from evenhand.web.clock import clock
from evenhand.web.labels import label_of


@require_GET
def plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """The agreement of a plan with its table of costs, or of a settlement.

    404 unless its case is theirs to see and its terms are hers: offered, or agreed.
    """
    row = plan_row(plan_id)
    names = {} if row is None else case_names(_staff(request), [row.customer_id])
    if row is None or not row.is_hers or row.customer_id not in names:
        raise Http404
    case = case_for(_staff(request), names[row.customer_id].case_id)
    head, terms = _head(case, str(row.id)), _terms(row)
    settlement = row.kind == "SETTLEMENT"
    paper = _in_her_language(
        case, lambda lang: plan_agreement(head, lang=lang, terms=terms, settlement=settlement)
    )
    return _printed(request, case, paper, "AGREEMENT", row.id)


@require_GET
def statement(request: HttpRequest, case_id: UUID, account: str) -> HttpResponse:
    """The statement of one account until today; 404 unless the case is theirs and the account a line of it."""
    case = case_for(_staff(request), case_id)
    found = [line for line in account_lines(case.id) if str(line.account_key) == account]
    try:
        book = statement_of_account(found[0].account_key, until=_today()) if found else None
    except NoBook:
        book = None
    if book is None:
        raise Http404
    head, lines, balance = _head(case, f"{found[0].card_tail}-{case.id}"), book.lines, book.balance

    def made(lang: str) -> Letter:
        said = [
            (one.value_on, _words(one, lang), one.change_minor, one.balance_minor) for one in lines
        ]
        return statement_letter(
            head, lang=lang, lines=said, owed_minor=balance.total_minor, currency=balance.currency
        )

    paper = _in_her_language(case, made)
    return _printed(request, case, paper, "STATEMENT", case.id)


def _staff(request: HttpRequest) -> Any:
    return request.user


def _in_her_language(case: CaseView, make: Callable[[str], Letter]) -> Letter:
    if text_terms().letters_in_both:
        return in_both(make)
    return make("en" if case.language.startswith("en") else "zh")


def _words(line: StatementLine, language: str) -> str:
    said = label_of("posting", line.kind, language)
    return f"{said} {label_of('charge', line.detail, language)}" if line.detail else said


def _today() -> date:
    day = config().banking_date or clock().astimezone(ZoneInfo(config().time_zone)).date()
    return max(day, last_run_day() or day)


def _head(case: CaseView, number: str) -> Head:
    person = opened(Person.objects.get(id=case.customer_id), read_keys(config().key_file))
    addresses = [point.value for point in person.points if point.kind == "ADDRESS"]
    return Head(
        terms=text_terms(),
        name=person.name,
        address=addresses[0] if addresses else "",
        number=number[:18].upper(),
        on=_today(),
    )


def _terms(row: PlanRow) -> PlanTerms:
    instalments, _kept = instalment_rows(row.id, on=_today())
    costs = costs_of_plan(row.id)
    owed = tuple((part, row.owed_minor[part]) for part in RECEIVABLES if row.owed_minor.get(part))
    waived = sum(minor for parts in row.waives_minor.values() for minor in parts.values())
    return PlanTerms(
        debt_minor=row.debt_minor, owed_minor=owed, waived_minor=waived,
        instalments=tuple(
            Printed(one.number, one.due_on, one.principal_minor, one.interest_minor, one.fee_minor)
            for one in instalments
        ),
        currency=row.currency, grace_days=row.grace_days, cure_days=row.cure_days, yearly_simple=costs.yearly_simple,
        yearly_effective=costs.yearly_effective, default_yearly=costs.default_yearly,
        default_charge_rate=costs.default_charge_rate,
    )  # fmt: skip


def _printed(
    request: HttpRequest, case: CaseView, paper: Letter, kind: str, about: UUID
) -> HttpResponse:
    now = clock()
    found = set_letters([paper], at=now)
    with transaction.atomic():
        record(
            kind="PAPER_PRINTED", stream=of_person(case.customer_id), who=_staff(request).id, at=now, why=about,
            detail={"paper": kind},
        )  # fmt: skip
    answer = HttpResponse(found, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{kind.lower()}-{about}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer
