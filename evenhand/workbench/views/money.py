"""Money nobody could place, what the core has not confirmed, and notifications that were refused."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.casework.queries import case_names
from evenhand.cycle.bank_money import (
    AccountUnknown,
    MoneyGone,
    WrongSplit,
    note_money,
    place_money,
    return_money,
    split_money,
)
from evenhand.cycle.money_queue import (
    account_named,
    currency_of,
    refused_notices,
    unconfirmed_rows,
    waiting_count,
    waiting_rows,
)
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from evenhand.web.clock import clock
from evenhand.workbench import forms
from evenhand.workbench.pages import banking_day, staff_of

PAGE = 50
WHICH = ("", "UNCONFIRMED", "NOTICES")
place = permission_required("access.place_payments", raise_exception=True)


@place
def payments(request: HttpRequest) -> HttpResponse:
    """The queue, the oldest first, with whom each sum may be for."""
    return _queue(request)


def _queue(request: HttpRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    which, after = request.GET.get("which", ""), request.GET.get("after", "")
    if which not in WHICH:
        raise Http404
    context: dict[str, Any] = {
        "which": which,
        "count": waiting_count(),
        "refusal": refusal,
        "paged": bool(after),
    }
    if which == "UNCONFIRMED":
        late = unconfirmed_rows(on=banking_day())
        cases = case_names(staff_of(request), [row.customer_id for row in late])
        context["late"] = [(row, cases.get(row.customer_id)) for row in late]
    elif which == "NOTICES":
        context["notices"] = refused_notices()
    else:
        try:
            rows = waiting_rows(read_keys(config().key_file), after=after, limit=PAGE + 1)
        except ValueError:
            raise Http404 from None
        shown = rows[:PAGE]
        people = [one.customer_id for row in shown for one in row.found]
        cases = case_names(staff_of(request), people)
        context["rows"] = [
            (row, [(one, cases.get(one.customer_id)) for one in row.found], uuid4())
            for row in shown
        ]
        context["next"] = shown[-1].key if len(rows) > PAGE else ""
    return render(request, "workbench/payments.html", context, status=status)


@require_POST
@place
def place_on(request: HttpRequest, money_id: UUID) -> HttpResponse:
    """Place a sum on an account: booked, and the person decided again."""
    form = forms.Placing(request.POST, day=banking_day())
    if not form.is_valid():
        return _queue(request, _("Say which account it is for."), status=422)
    keys = read_keys(config().key_file)
    account = _key(request.POST.get("key", "")) or account_named(form.cleaned_data["account"], keys)
    if account is None:
        return _queue(request, _("No single account in collections has this number."), status=422)
    found = account
    return _acted(
        request,
        lambda: place_money(money_id, account_key=found, by=staff_of(request).id, now=clock()),
        _("The money is placed and the person decided again."),
    )


@require_POST
@place
def give_back(request: HttpRequest, money_id: UUID) -> HttpResponse:
    """Say that a sum goes back to who sent it."""
    return _acted(
        request,
        lambda: return_money(money_id, by=staff_of(request).id, now=clock()),
        _("It goes back to who sent it."),
    )


@require_POST
@place
def split(request: HttpRequest, money_id: UUID) -> HttpResponse:
    """Split a sum into parts that wait each on its own."""
    currency = currency_of(money_id)
    if currency is None:
        raise Http404
    form = forms.Splitting(request.POST, currency=currency, day=banking_day())
    if not form.is_valid():
        return _queue(request, _("Write the parts as amounts with blanks between."), status=422)
    keys = read_keys(config().key_file)

    def act() -> None:
        split_money(
            money_id,
            parts_minor=form.cleaned_data["parts"],
            keys=keys,
            by=staff_of(request).id,
            now=clock(),
        )

    return _acted(request, act, _("Each part waits on its own."))


@require_POST
@place
def note(request: HttpRequest, money_id: UUID) -> HttpResponse:
    """Keep what was found out about a sum."""
    form = forms.Noting(request.POST, day=banking_day())
    if not form.is_valid():
        return _queue(request, _("Write what you found out."), status=422)
    keys = read_keys(config().key_file)

    def act() -> None:
        note_money(
            money_id,
            text=form.cleaned_data["text"],
            keys=keys,
            by=staff_of(request).id,
            now=clock(),
        )

    return _acted(request, act, _("It is noted."))


def _key(text: str) -> int | None:
    """The account of a suggestion."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdecimal() and len(digits) < 20 else None


def _acted(request: HttpRequest, act: Callable[[], object], done: str) -> HttpResponse:
    """Do an act once: who comes second is told that the sum waits no longer."""
    try:
        act()
    except MoneyGone:
        return _queue(request, _("This money waits no longer: somebody was quicker."), status=409)
    except AccountUnknown:
        return _queue(
            request, _("No case has this account, or it is in another currency."), status=422
        )
    except WrongSplit:
        return _queue(request, _("The parts do not add up to the whole."), status=422)
    messages.success(request, done)
    return redirect("workbench:payments")
