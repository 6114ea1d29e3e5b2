"""Why an account is treated as it is, on the last night or an earlier one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from evenhand.casework.queries import case_of_account
from evenhand.cycle.queries import run_days
from evenhand.workbench.explanation import explain
from evenhand.workbench.pages import banking_day, day_of, staff_of

KEY_BITS = 63


def why(request: HttpRequest, account_key: str) -> HttpResponse:
    """The decision explained from the night's own files; 404 unless the account's case is theirs to see."""
    key = _key(account_key)
    case = case_of_account(staff_of(request), key)
    day = day_of(request.GET.get("on", "")) or banking_day()
    explained = explain(day, key, case.currency)
    if explained is None:
        raise Http404
    context = {"case": case, "why": explained, "day": day, "days": run_days()}
    return render(request, "workbench/why.html", context)


def _key(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > len(str(2**KEY_BITS)):
        raise Http404
    key = int(text)
    if not -(2**KEY_BITS) <= key < 2**KEY_BITS:
        raise Http404
    return key
