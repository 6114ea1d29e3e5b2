"""The statement of account: what is owed and why, line by line to its source, and what settles it on a day."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.arrangements.queries import waiver_rows
from evenhand.casework.queries import (
    AccountLine,
    CaseView,
    account_lines,
    case_for,
    case_names,
    hold_spans,
)
from evenhand.cycle.gateway import begin_payment
from evenhand.cycle.intake import terms_of
from evenhand.cycle.validity import checklist
from evenhand.cycle.waiving import refund as give_back
from evenhand.cycle.waiving import reverse_charge
from evenhand.instructions.queries import of_account
from evenhand.ledger.actions import PostingRefused, PostingUnknown
from evenhand.ledger.queries import (
    NoBook,
    StatementLine,
    StatementOfAccount,
    break_rows,
    payoff,
    statement_of_account,
)
from evenhand.ledger.three_views import three_views
from evenhand.payments.actions import IntentRefused, shown
from evenhand.payments.gateway import GatewayFailed, gateway
from evenhand.payments.queries import intent_rows
from evenhand.portfolio.queries import loaded_files
from evenhand.runtime.config import config
from evenhand.web.clock import clock
from evenhand.workbench import forms
from evenhand.workbench.arrange_forms import Reason
from evenhand.workbench.pages import banking_day, day_of, staff_of, today

PAYOFF_DAYS_MAX = 366
PAGE = 100


def statement(request: HttpRequest, case_id: UUID, account: str) -> HttpResponse:
    """One account's statement to the last night; 404 unless the case is theirs and the account a line of it."""
    case, line = _theirs(request, case_id, account)
    return render(request, "workbench/statement.html", _context(request, case, line))


@require_POST
def pay(request: HttpRequest, case_id: UUID, account: str) -> HttpResponse:
    """Begin a payment at the gateway and show its page; the same form twice begins one."""
    case, line = _theirs(request, case_id, account)
    staff, now = staff_of(request), clock()
    form = forms.Payment(request.POST, currency=line.currency, day=banking_day())
    if not form.is_valid():
        context = _context(request, case, line) | {"pay_form": form}
        return render(request, "workbench/statement.html", context, status=422)
    intent, amount = form.cleaned_data["request_key"], form.cleaned_data["amount"]
    try:
        found = gateway()
        if found is None:
            raise Http404
        begin_payment(
            intent_id=intent,
            customer_id=case.customer_id,
            account_key=line.account_key,
            amount_minor=amount,
            currency=line.currency,
            by=staff.id,
            now=now,
        )
        notify = config().public_url + reverse("paygate-notified")
        page = found.begin(
            intent=intent, amount_minor=amount, currency=line.currency, notify=notify,
            language=case.language, now=now,
        )  # fmt: skip
        shown(intent_id=intent, pay_page=page)
        messages.success(request, _("The payment is begun; give her the page to pay on."))
    except (GatewayFailed, IntentRefused) as refusal:
        form.add_error(
            "amount", _("The gateway did not begin the payment: %(why)s") % {"why": refusal}
        )
        context = _context(request, case, line) | {"pay_form": form}
        return render(request, "workbench/statement.html", context, status=422)
    return redirect("workbench:statement", case_id=case.id, account=account)


@require_POST
@permission_required("access.correct_accounts", raise_exception=True)
def reverse_posting(
    request: HttpRequest, case_id: UUID, account: str, posting_id: UUID
) -> HttpResponse:
    """Take a charge or a waiver back by a counter-posting; twice takes it back once."""
    case, line = _theirs(request, case_id, account)
    form = Reason(request.POST, day=banking_day())
    if not form.is_valid():
        raise Http404
    try:
        reverse_charge(
            customer_id=case.customer_id, posting_id=posting_id, reason=form.cleaned_data["reason"],
            by=staff_of(request).id, now=clock(), on=max(banking_day(), today()),
        )  # fmt: skip
    except PostingUnknown:
        raise Http404 from None
    except PostingRefused:
        context = _context(request, case, line) | {"refusal": _("This is not taken back by hand.")}
        return render(request, "workbench/statement.html", context, status=422)
    messages.success(request, _("It is taken back, and the core is told."))
    return redirect("workbench:statement", case_id=case.id, account=account)


@require_POST
@permission_required("access.correct_accounts", raise_exception=True)
def refund(request: HttpRequest, case_id: UUID, account: str) -> HttpResponse:
    """Give back what she paid too much; the same form twice gives it back once."""
    case, line = _theirs(request, case_id, account)
    form = forms.Payment(request.POST, currency=line.currency, day=banking_day())
    if form.is_valid():
        try:
            give_back(
                customer_id=case.customer_id, account_key=line.account_key, by=staff_of(request).id, now=clock(),
                amount_minor=form.cleaned_data["amount"], act=form.cleaned_data["request_key"],
                on=max(banking_day(), today()),
            )  # fmt: skip
            messages.success(request, _("It is given back."))
            return redirect("workbench:statement", case_id=case.id, account=account)
        except PostingRefused:
            form.add_error("amount", _("That is more than she has to her credit."))
    context = _context(request, case, line) | {"refund_form": form}
    return render(request, "workbench/statement.html", context, status=422)


@permission_required("access.see_runs", raise_exception=True)
def breaks(request: HttpRequest) -> HttpResponse:
    """Every figure in which our books and the core differ, the oldest first."""
    after = request.GET.get("after", "")
    try:
        rows = break_rows(after=after, limit=PAGE + 1)
    except ValueError:
        raise Http404 from None
    shown_rows = rows[:PAGE]
    cases = case_names(staff_of(request), [row.customer_id for row in shown_rows])
    context = {
        "rows": [(row, cases.get(row.customer_id)) for row in shown_rows],
        "next": shown_rows[-1].key if len(rows) > PAGE else "",
        "paged": bool(after),
    }
    return render(request, "workbench/breaks.html", context)


def _theirs(request: HttpRequest, case_id: UUID, account: str) -> tuple[CaseView, AccountLine]:
    case = case_for(staff_of(request), case_id)
    for line in account_lines(case.id):
        if str(line.account_key) == account:
            return case, line
    raise Http404


def _context(request: HttpRequest, case: CaseView, line: AccountLine) -> dict[str, Any]:
    day = max(banking_day(), today())
    context: dict[str, Any] = {"case": case, "account": line, "day": day, "now": clock()}
    try:
        found = statement_of_account(line.account_key, until=day)
    except NoBook:
        return context | {"statement": None}
    on = _chosen(request.GET.get("on", ""), day)
    frozen = hold_spans(case.customer_id, "INTEREST", line.account_key, until=on)
    contract = terms_of(config()).contract
    return context | {
        "statement": found,
        "rows": _rows(found),
        "breaks": break_rows([line.account_key]),
        "waivers": waiver_rows(case.customer_id, line.account_key),
        "told": of_account(line.account_key, on=day),
        "views": three_views(line.account_key, until=day),
        "checklist": checklist(case.customer_id, line.account_key, on=day),
        "reason_form": Reason(initial={"request_key": uuid4()}, day=day),
        "refund_form": forms.Payment(
            initial={"request_key": uuid4()}, currency=line.currency, day=day
        ),
        "on": on,
        "last": day + timedelta(days=PAYOFF_DAYS_MAX),
        "payoff": payoff(found.balance, on=on, contract=contract, frozen=frozen),
        "intents": intent_rows(line.account_key),
        "pay_form": forms.Payment(initial={"request_key": uuid4()}, currency=line.currency, day=day)
        if config().paygate_url
        else None,
    }


def _chosen(text: str, day: date) -> date:
    return min(max(day_of(text) or day, day), day + timedelta(days=PAYOFF_DAYS_MAX))


def _rows(found: StatementOfAccount) -> list[tuple[StatementLine, Any]]:
    """The postings, the latest first, each with the file it comes from."""
    files = {file.file_no: file for file in loaded_files(until=found.balance.as_of)}
    return [(line, files.get(line.file_no or 0)) for line in reversed(found.lines)]
