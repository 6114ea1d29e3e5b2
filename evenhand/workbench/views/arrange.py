"""The negotiation page of a case: what she can afford, what may be offered, and what is drawn up from it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.arrangements.affordability import MeansRefused
from evenhand.arrangements.giving_up import WaiverRefused
from evenhand.arrangements.plans import PlanRefused
from evenhand.casework.queries import CaseView, case_for
from evenhand.cycle import relieving, waiving
from evenhand.cycle.agreeing import Wanted, propose_plan, try_plan
from evenhand.cycle.agreeing import reage as start_afresh
from evenhand.cycle.offering import accounts_owed
from evenhand.web.clock import clock
from evenhand.web.labels import label_of
from evenhand.workbench import arrange_forms as forms
from evenhand.workbench.arrange_page import (
    arrange_context,
    asker_of,
    tried_context,
)
from evenhand.workbench.once import done_before, once
from evenhand.workbench.pages import banking_day, staff_of, to_case

CAUSE_MAX = 30  # characters of a clock act's cause


def arrange(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What she can afford and what may be offered; 404 unless the case is theirs."""
    staff = staff_of(request)
    case = case_for(staff, case_id)
    bound: dict[str, Any] = {}
    if "months" in request.GET:
        bound["wish_form"] = _wish(request.GET, case)
    return render(request, "workbench/arrange.html", arrange_context(case, staff, **bound))


def option(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One plan worked out as the calculator is moved; nothing is kept."""
    staff = staff_of(request)
    case = case_for(staff, case_id)
    form = _wish(request.GET, case)
    if not form.is_valid():
        return render(
            request, "workbench/arrange_option.html", {"form": form, "case": case}, status=422
        )
    tried = try_plan(case.customer_id, form.wanted(), asker_of(staff), on=banking_day())
    context = tried_context(case, tried, form.cleaned_data["months"])
    return render(request, "workbench/arrange_option.html", context)


@require_POST
def means(request: HttpRequest, case_id: UUID, depth: str) -> HttpResponse:
    """Keep what she said of her means."""
    staff = staff_of(request)
    case = case_for(staff, case_id)
    made = {"declaration": forms.Declaration, "budget": forms.Budget}[depth]
    form = made(request.POST, currency=case.currency, day=banking_day())

    def act() -> None:
        relieving.take_means(
            customer_id=case.customer_id, means=form.means(), currency=case.currency, by=staff.id, now=clock(),
            on=banking_day(),
        )  # fmt: skip

    return _done(request, case, form, f"{depth}_form", act, _("What she can afford is worked out."))


@require_POST
def propose(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Draw up the plan that was worked out."""
    case = case_for(staff_of(request), case_id)
    form = _wish(request.POST, case)
    return _drawn_up(request, case, form, "wish_form", lambda: form.wanted())


@require_POST
def extension(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Draw up an extension."""
    case = case_for(staff_of(request), case_id)
    form = forms.Extension(request.POST, day=banking_day())
    return _drawn_up(
        request, case, form, "extension_form",
        lambda: Wanted(kind="EXTENSION", first_on=form.cleaned_data["due_on"]),
    )  # fmt: skip


@require_POST
def settlement(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Draw up a settlement."""
    case = case_for(staff_of(request), case_id)
    form = forms.Settlement(request.POST, currency=case.currency, day=banking_day())

    def wanted() -> Wanted:
        said = form.cleaned_data
        return Wanted(
            kind="SETTLEMENT", months=said["parts"], settlement_minor=said["sum"], note=said["note"]
        )

    return _drawn_up(request, case, form, "settlement_form", wanted)


@require_POST
def waiver(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask for a part of an account to be given up; within authority it is booked at once."""
    staff = staff_of(request)
    case = case_for(staff, case_id)
    owed = accounts_owed(case.customer_id, currency=case.currency)
    form = forms.WaiverWish(
        request.POST, currency=case.currency, day=banking_day(),
        accounts={one.account_key: one.card_tail for one in owed},
    )  # fmt: skip

    def act() -> None:
        said = form.cleaned_data
        waiving.request_waiver(
            waiver_id=said["request_key"], customer_id=case.customer_id, account_key=int(said["account"]),
            part=said["part"], amount_minor=said["amount"], reason=said["reason"], note=said["note"],
            asker=asker_of(staff), by=staff.id, now=clock(), on=banking_day(),
        )  # fmt: skip

    done = _("The waiver is recorded; what needs a second person waits in the approvals.")
    return _done(request, case, form, "waiver_form", act, done)


@require_POST
def rest(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Give a rest to one with nothing left over."""
    staff = staff_of(request)
    case = case_for(staff, case_id)
    form = forms.RestWish(request.POST, currency=case.currency, day=banking_day())

    def act() -> None:
        said = form.cleaned_data
        relieving.give_rest(
            customer_id=case.customer_id, asker=asker_of(staff), by=staff.id, now=clock(), on=banking_day(),
            rest=relieving.Rest(
                token_minor=said["token"], stop_interest=said["stop_interest"], specialist=said["specialist"],
                advice_given=said["advice_given"],
            ),
        )  # fmt: skip

    done = _("Nobody asks her for money until somebody has looked again.")
    return _done(request, case, form, "rest_form", act, done)


@require_POST
def reage(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Start the treatment clock afresh, as often as the bank allows; days past due go on by contract."""
    staff = staff_of(request)
    case = case_for(staff, case_id)
    form = forms.Reason(request.POST, day=banking_day())

    def act() -> None:
        start_afresh(
            customer_id=case.customer_id, cause=form.cleaned_data["reason"][:CAUSE_MAX], asker=asker_of(staff),
            by=staff.id, now=clock(), on=banking_day(),
        )  # fmt: skip

    return _done(request, case, form, "reage_form", act, _("Treatment days start afresh."))


def _wish(data: Any, case: CaseView) -> forms.PlanWish:
    return forms.PlanWish(data, currency=case.currency, day=banking_day())


def _drawn_up(
    request: HttpRequest, case: CaseView, form: Any, name: str, wanted: Callable[[], Wanted]
) -> HttpResponse:
    """Draw a plan up and show it, or the page again with everything that is against it."""
    staff = staff_of(request)
    if done_before(request, request.POST.get("request_key", "")):
        return redirect("workbench:arrange", case_id=case.id)
    made: list[UUID] = []

    def act() -> None:
        made.append(
            propose_plan(
                customer_id=case.customer_id, wanted=wanted(), asker=asker_of(staff), by=staff.id, now=clock(),
                on=banking_day(),
            )
        )  # fmt: skip

    answer = _done(request, case, form, name, act, _("The plan is drawn up."))
    return redirect("workbench:plan", plan_id=made[0]) if made else answer


def _done(
    request: HttpRequest, case: CaseView, form: Any, name: str, act: Callable[[], None], done: str
) -> HttpResponse:
    """Do what a form asks once, or show the page again with its refusal and nothing saved."""
    staff = staff_of(request)
    if not form.is_valid():
        context = arrange_context(case, staff, **{name: form})
        return render(request, "workbench/arrange.html", context, status=422)
    try:
        if once(request, form.cleaned_data["request_key"], act):
            messages.success(request, done)
    except (PlanRefused, WaiverRefused) as refusal:
        form.add_error(None, words_of(refusal.reasons))
    except MeansRefused as refusal:
        form.add_error(None, str(refusal))
    if form.errors:
        context = arrange_context(case, staff, **{name: form})
        return render(request, "workbench/arrange.html", context, status=422)
    return to_case(request, case.id, "workbench:arrange")


def words_of(reasons: tuple[str, ...]) -> str:
    """What stands against something, in the reader's language."""
    language = get_language() or ""
    mark = "；" if language.startswith("zh") else "; "
    return _("Not possible: %(why)s.") % {
        "why": mark.join(label_of("offer_reason", reason, language) for reason in reasons)
    }
