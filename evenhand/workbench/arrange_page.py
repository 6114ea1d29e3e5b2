"""What the negotiation page and the page of a plan show."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from evenhand.approvals.queries import open_question
from evenhand.arrangements.house import house, reaches
from evenhand.arrangements.queries import (
    AssessmentRow,
    PlanRow,
    assessment_rows,
    costs_shown,
    instalment_rows,
    live_plan,
    payoff_of,
    plan_rows,
    relief_rows,
    waiver_rows,
)
from evenhand.arrangements.restructured import Observation, observation
from evenhand.arrangements.schedules import Method
from evenhand.casework.queries import CaseView
from evenhand.cycle.agreeing import SUBJECT, Tried, Wanted, costs_of_plan, try_plan
from evenhand.cycle.offering import accounts_owed, offer_facts, offers_to, region_of
from evenhand.instructions.queries import of_cause, of_causes
from evenhand.kernel.banking_days import on_a_banking_day
from evenhand.ledger.policy import RECEIVABLES
from evenhand.workbench import arrange_forms as forms
from evenhand.workbench.pages import banking_day

START_MONTHS = 12
WEEK = timedelta(days=7)


def asker_of(staff: Any) -> str:
    """With whose authority a member of staff asks."""
    if staff.has_perm("access.approve_all_arrangements"):
        return "MANAGER"
    return "SUPERVISOR" if staff.has_perm("access.approve_arrangements") else "COLLECTOR"


def arrange_context(case: CaseView, staff: Any, **bound: Any) -> dict[str, Any]:
    """The negotiation page of a case; `bound` are forms that were refused, by their names."""
    day, asker = banking_day(), asker_of(staff)
    facts, owed = offer_facts(case.customer_id, on=day)
    means = assessment_rows(case.customer_id)
    region = forms.region_or_default(region_of(case.customer_id))
    money: dict[str, Any] = {"currency": case.currency, "day": day}
    accounts = {one.account_key: one.card_tail for one in owed}
    wish = bound.get("wish_form")
    found = Wanted(kind="INSTALMENTS", months=START_MONTHS)
    if wish is not None and wish.is_valid():
        found = wish.wanted()
    offers = offers_to(case.customer_id, asker, on=day)
    tried = try_plan(case.customer_id, found, asker, on=day)
    return {
        "case": case,
        "day": day,
        "facts": facts,
        "owed": owed,
        "means": means[0] if means else None,
        "offers": offers,
        "asker": asker,
        "plan": live_plan(case.customer_id),
        "tried": tried,
        "income_share": _of_income(tried, means[0] if means else None),
        "months": found.months,
        "declaration_form": forms.Declaration(
            initial=forms.initial(uuid4(), region=region), **money
        ),
        "budget_form": forms.Budget(initial=forms.initial(uuid4(), region=region), **money),
        "wish_form": forms.PlanWish(
            initial=forms.initial(
                uuid4(), kind=found.kind, months=found.months, method=Method.EQUAL_INSTALMENT.value
            ),
            **money,
        ),
        "extension_form": forms.Extension(
            initial=forms.initial(uuid4(), due_on=on_a_banking_day(day + WEEK)), day=day
        ),
        "settlement_form": forms.Settlement(initial=forms.initial(uuid4()), **money),
        "waiver_form": forms.WaiverWish(initial=forms.initial(uuid4()), accounts=accounts, **money),
        "rest_form": forms.RestWish(initial=forms.initial(uuid4()), **money),
        "reage_form": forms.Reason(initial=forms.initial(uuid4()), day=day, row="-reage"),
        "house": house().affordability,
    } | bound


def tried_context(case: CaseView, tried: Tried, months: int) -> dict[str, Any]:
    """The worked-out plan alone, as the calculator asks for it."""
    facts, _owed = offer_facts(case.customer_id, on=banking_day())
    means = assessment_rows(case.customer_id)
    said = {"case": case, "tried": tried, "months": months, "facts": facts}
    return said | {"income_share": _of_income(tried, means[0] if means else None)}


def _of_income(tried: Tried, means: AssessmentRow | None) -> Decimal | None:
    """What share of her income the instalment is; None where it is not known."""
    if tried.way is None or means is None or not means.said["income_minor"]:
        return None
    return Decimal(tried.way.monthly_minor) / Decimal(means.said["income_minor"])


def plan_context(case: CaseView, plan: PlanRow, staff: Any, **bound: Any) -> dict[str, Any]:
    """The page of a plan."""
    day = banking_day()
    rows, found = instalment_rows(plan.id, on=day)
    question = open_question(SUBJECT, plan.id)
    asker = asker_of(staff)
    tails = {
        one.account_key: one.card_tail
        for one in accounts_owed(case.customer_id, currency=plan.currency)
    }
    told = of_cause(plan.id, on=day)
    waivers = [
        row for row in waiver_rows(case.customer_id) if str(row.account_key) in plan.waives_minor
    ]
    return {
        "case": case,
        "plan": plan,
        "day": day,
        "rows": rows,
        "kept": found,
        "paid_minor": sum(found.settled_minor),
        "payoff_minor": payoff_of(plan.id, on=day) if plan.in_force else None,
        "tails": [tails.get(key, "") for key in plan.account_keys],
        "costs": costs_of_plan(plan.id),
        "costs_shown": costs_shown(plan.id),
        "instructions": told,
        "waivers": waivers,
        "watched": _observation(plan, rows),
        "question": question,
        "may_answer": question is not None
        and question.may_decide(staff.id)
        and reaches(asker, plan.approval_role),
        "agreement_form": forms.Agreement(initial=forms.initial(uuid4()), day=day),
        "reason_form": forms.Reason(initial=forms.initial(uuid4()), day=day),
        "owed_parts": [
            (part, plan.owed_minor[part]) for part in RECEIVABLES if part in plan.owed_minor
        ],
    } | bound


def agreed_context(case: CaseView, *, day: date) -> dict[str, Any]:
    """What the case page says of plans, waivers and rests, with the core's answers."""
    plans = plan_rows(case.customer_id)
    waivers = waiver_rows(case.customer_id)[:5]
    told = of_causes([row.id for row in waivers], on=day)
    return {
        "plan": next((row for row in plans if row.lives), None),
        "plans": plans[:5],
        "waivers": [(row, told.get(row.id, [])) for row in waivers],
        "reliefs": relief_rows(case.customer_id)[:3],
    }


def _observation(plan: PlanRow, rows: Any) -> Observation | None:
    if plan.kind != "ARTICLE_70" or plan.agreed_on is None:
        return None
    missed = [date.fromisoformat(day) for day in plan.restarts_on]
    return observation(plan.agreed_on, due_on=[row.due_on for row in rows], missed_on=missed)
