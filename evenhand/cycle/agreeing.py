"""Plans made, approved, agreed and taken back: each act judged by the same offers, and the person decided again.

What was agreed holds for her from that moment; what the bank's core has to do for it leaves as numbered instructions.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from evenhand.approvals import actions as approvals
from evenhand.arrangements import plans
from evenhand.arrangements.costs import CostTable, cost_table
from evenhand.arrangements.house import House, house
from evenhand.arrangements.models import Plan
from evenhand.arrangements.offers import (
    NO_SECOND_PERSON,
    WAIVED_PARTS,
    OfferFacts,
    Option,
    higher,
    offers,
    option,
    reage_needs,
    settlement_needs,
    waiver_needs,
)
from evenhand.arrangements.plans import PlanRefused, PlanTerms
from evenhand.arrangements.policy import FIELDS
from evenhand.arrangements.queries import schedule_of
from evenhand.arrangements.schedules import Method, Schedule, Terms, schedule
from evenhand.casework import actions as casework
from evenhand.cycle.offering import Owed, means_of, offer_facts
from evenhand.cycle.redeciding import changed, changing, locked
from evenhand.cycle.waiving import book_waiver
from evenhand.delinquency import actions as delinquency
from evenhand.instructions.actions import instruct
from evenhand.kernel.banking_days import on_a_banking_day
from evenhand.kernel.ids import uuid7
from evenhand.ledger.policy import PARAMETERS as LEDGER
from evenhand.outreach.lane import gate_now
from evenhand.portfolio import standing
from evenhand.portfolio.mapping import find_portfolio
from evenhand.portfolio.models import Person
from evenhand.runtime.config import config

SUBJECT = "PLAN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The plan that is asked for: months of a plan or parts of a settlement, its sum, a first day, what is waived."""

    kind: str
    months: int = 1
    method: str = Method.EQUAL_INSTALMENT
    first_on: date | None = None
    settlement_minor: int = 0
    account_keys: tuple[int, ...] = ()
    waives_minor: Mapping[str, int] = field(default_factory=dict)  # by part
    willing: bool = True
    note: str = ""


def propose_plan(
    *, customer_id: UUID, wanted: Wanted, asker: str, by: UUID | None, now: datetime, on: date
) -> UUID:
    """Draw a plan up: hers to agree to, or first a second person's to approve. Raises PlanRefused with every reason."""
    with locked(customer_id) as person:
        terms, role = plan_terms(customer_id, wanted, asker, on=on)
        plan = plans.make_plan(
            person=person,
            terms=terms,
            house=house(),
            assessment=means_of(customer_id, on=on),
            approval_role=role,
            asker=asker,
            note=wanted.note,
            by=by,
            now=now,
            on=on,
        )
        if role:
            assert by is not None
            approvals.ask(
                subject=SUBJECT, subject_id=plan.id, digest=plan.digest, asked_by=by, made_by=[by],
                note=wanted.note, now=now,
            )  # fmt: skip
        key: UUID = plan.id
        return key


def plan_terms(customer_id: UUID, wanted: Wanted, asker: str, *, on: date) -> tuple[PlanTerms, str]:
    """The terms of a plan and whose approval it needs beside who asks; raises PlanRefused with all that is against
    it."""
    found, owed = offer_facts(
        customer_id, on=on, account_keys=wanted.account_keys, willing=wanted.willing
    )
    if not owed:
        raise PlanRefused("NOTHING_DUE")
    terms = house()
    waived, role = _waived(found, wanted, asker, terms)
    maker = {"EXTENSION": _extension, "SETTLEMENT": _settlement}.get(wanted.kind, _spread)
    rows, more, reasons = maker(found, wanted, asker, terms, sum(waived.values()))
    role = higher(role, more)
    if role and asker in NO_SECOND_PERSON:
        reasons = (*reasons, "PASSED_ON")
    if reasons:
        raise PlanRefused(*dict.fromkeys(reasons))
    plan_rate = {
        "ARTICLE_70": terms.terms.article_70_monthly_rate,
        "INSTALMENTS": terms.terms.monthly_rate,
    }
    return PlanTerms(
        kind=wanted.kind,
        currency=found.currency,
        owed_minor={part: minor for part, minor in found.owed_minor if minor},
        accounts_minor={one.account_key: one.total_minor for one in owed},
        waives_minor=_by_account(owed, waived),
        debt_minor=sum(row.principal_minor for row in rows.instalments),
        method=wanted.method,
        monthly_rate=plan_rate.get(wanted.kind, Decimal(0)),
        schedule=rows,
    ), role


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A plan worked out and not made: its way where there is one, whose approval it needs, and what is against it."""

    way: Option | None
    approval: str
    reasons: tuple[str, ...]
    waived_minor: int = 0


def try_plan(customer_id: UUID, wanted: Wanted, asker: str, *, on: date) -> Tried:
    """Work a plan by instalments out, for a page; nothing is kept."""
    found, owed = offer_facts(
        customer_id, on=on, account_keys=wanted.account_keys, willing=wanted.willing
    )
    if not owed:
        return Tried(way=None, approval="", reasons=("NOTHING_DUE",))
    try:
        waived, role = _waived(found, wanted, asker, house())
        if found.debt_minor - sum(waived.values()) < wanted.months:
            return Tried(way=None, approval="", reasons=("TOO_SMALL",))
        way = _way(found, wanted, asker, house(), sum(waived.values()))
    except PlanRefused as refusal:
        return Tried(way=None, approval="", reasons=refusal.reasons)
    return Tried(
        way=way,
        approval=higher(role, way.approval),
        reasons=way.reasons,
        waived_minor=sum(waived.values()),
    )


_Made = tuple[Schedule, str, tuple[str, ...]]


def _spread(
    found: OfferFacts, wanted: Wanted, asker: str, terms: House, waived_minor: int
) -> _Made:
    way = _way(found, wanted, asker, terms, waived_minor)
    return way.schedule, way.approval, way.reasons


def _way(found: OfferFacts, wanted: Wanted, asker: str, terms: House, waived_minor: int) -> Option:
    if wanted.kind not in ("INSTALMENTS", "ARTICLE_70"):
        raise PlanRefused("KIND")
    if wanted.first_on is not None:
        latest = found.on + timedelta(days=2 * terms.terms.first_due_days)
        if not found.on < wanted.first_on <= latest:
            raise PlanRefused("FIRST_DAY")
    return option(
        wanted.kind, wanted.months, found, asker, terms, moved=on_a_banking_day,
        method=Method(wanted.method), first_on=wanted.first_on, waived_minor=waived_minor,
    )  # fmt: skip


def _extension(found: OfferFacts, wanted: Wanted, asker: str, terms: House, _waived: int) -> _Made:
    offer = next(
        o for o in offers(found, asker, terms, moved=on_a_banking_day) if o.kind == "EXTENSION"
    )
    if offer.reasons:
        raise PlanRefused(*offer.reasons)
    latest = found.on + timedelta(days=terms.terms.extension_days_max)
    due_on = wanted.first_on or latest
    if not found.on < due_on <= latest:
        raise PlanRefused("FIRST_DAY")
    rows = schedule(
        Terms(
            principal_minor=found.arrears_minor, months=1, method=Method.EQUAL_INSTALMENT, first_on=due_on,
            moved=on_a_banking_day,
        )
    )  # fmt: skip
    return rows, offer.approval, ()


def _settlement(found: OfferFacts, wanted: Wanted, asker: str, terms: House, _waived: int) -> _Made:
    role, reasons = settlement_needs(found, wanted.settlement_minor, asker, terms)
    if not 1 <= wanted.months <= terms.terms.settlement_parts_max:
        reasons = (*reasons, "TERM")
    if reasons:
        raise PlanRefused(*dict.fromkeys(reasons))
    latest = found.on + timedelta(days=terms.terms.settlement_days)
    first_on = wanted.first_on or latest
    if not found.on < first_on <= latest:
        raise PlanRefused("FIRST_DAY")
    rows = schedule(
        Terms(
            principal_minor=wanted.settlement_minor, months=wanted.months, method=Method.EQUAL_INSTALMENT,
            first_on=first_on, moved=on_a_banking_day,
        )
    )  # fmt: skip
    return rows, role, ()


def _waived(
    found: OfferFacts, wanted: Wanted, asker: str, terms: House
) -> tuple[dict[str, int], str]:
    """What a plan waives by part, and whose approval that needs."""
    role = ""
    for part, minor in wanted.waives_minor.items():
        if part not in WAIVED_PARTS or wanted.kind in ("EXTENSION", "SETTLEMENT"):
            raise PlanRefused("WAIVER")
        needed, reasons = waiver_needs(found, part, minor, asker, terms)
        if reasons:
            raise PlanRefused(*reasons)
        role = higher(role, needed)
    return dict(wanted.waives_minor), role


def _by_account(owed: Sequence[Owed], waived: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """What is waived of each account: of the first that owes it, then of the next."""
    found: dict[str, dict[str, int]] = {}
    for part, minor in waived.items():
        left = minor
        for one in owed:
            taken = min(left, dict(one.owed_minor)[part])
            if taken:
                found.setdefault(str(one.account_key), {})[part] = taken
                left -= taken
        assert left == 0
    return found


@contextmanager
def plan_locked(plan_id: UUID) -> Iterator[tuple[Person, Plan]]:
    """One transaction about one plan, whose person is locked first. Raises Plan.DoesNotExist."""
    with locked(Plan.objects.values_list("customer_id", flat=True).get(id=plan_id)) as person:
        yield person, Plan.objects.get(id=plan_id)


def asked(subject_id: UUID) -> tuple[UUID, str, str]:
    """Whose it is, which role answers, and the digest of what is asked. Raises Plan.DoesNotExist."""
    row = Plan.objects.get(id=subject_id)
    return row.customer_id, row.approval_role, row.digest


def answered(
    plan_id: UUID, *, approved: bool, reason: str, by: UUID, now: datetime, on: date
) -> None:
    """Apply a second person's answer about a plan; the caller holds the person's lock."""
    plans.answer_plan(
        plan=Plan.objects.get(id=plan_id), approved=approved, reason=reason, by=by, now=now, on=on
    )


def withdraw_plan(*, plan_id: UUID, reason: str, by: UUID, now: datetime, on: date) -> None:
    """Take a plan back before it is in force; raises PlanRefused once it is."""
    with plan_locked(plan_id) as (_person, plan):
        if plan.state not in (Plan.State.ASKED, Plan.State.OFFERED):
            raise PlanRefused("IN_FORCE")
        approvals.withdraw(subject=SUBJECT, subject_id=plan.id, by=by, now=now)
        plans.end_plan(plan=plan, state=Plan.State.WITHDRAWN, reason=reason, by=by, now=now, on=on)


def costs_of(plan: Plan) -> CostTable:
    """The table of all costs of a plan, normal and default, by the contract of the portfolio."""
    contract = find_portfolio(config().portfolio_file, config().lake).contract
    return cost_table(
        schedule_of(plan),
        currency=plan.currency,
        daily_rate=contract.daily_rate,
        charge_rate=contract.late_charge_rate,
        year_days=LEDGER.value_on("interest.year_days", plan.made_on),
    )


def costs_of_plan(plan_id: UUID) -> CostTable:
    """The table of all costs of a plan, for a page."""
    return costs_of(Plan.objects.get(id=plan_id))


def show_costs(*, plan_id: UUID, online: bool, by: UUID | None, now: datetime) -> None:
    """Keep that the person is shown the table of costs now."""
    with plan_locked(plan_id) as (_person, plan):
        plans.show_costs(plan=plan, table=costs_of(plan), online=online, by=by, now=now)


def confirm_costs(*, plan_id: UUID, digest: str, by: UUID | None, now: datetime) -> None:
    """Keep that she has read the table of costs and confirms it. Raises PlanRefused."""
    with plan_locked(plan_id) as (_person, plan):
        plans.confirm_costs(plan=plan, digest=digest, by=by, now=now)


def agree_plan(
    *,
    plan_id: UUID,
    how: str,
    evidence: str,
    undertakes: bool,
    by: UUID | None,
    now: datetime,
    on: date,
) -> None:
    """Put a plan in force: collection stops, what is waived is waived, and the core is instructed.

    `undertakes` is her word to apply for no bank's card until it is settled. Raises PlanRefused.
    """
    with plan_locked(plan_id) as (person, plan):
        states = FIELDS if undertakes else FIELDS - {"NO_NEW_CARD_UNDERTAKING"}
        plans.agree_plan(
            plan=plan, how=how, evidence=evidence, states=sorted(states), by=by, now=now, on=on
        )
        keys = list(plan.accounts.order_by("id").values_list("account_key", flat=True))
        for key, parts in plan.waives_minor.items():
            for part, minor in parts.items():
                book_waiver(
                    waiver_id=uuid7(), person=person, account_key=int(key), part=part, amount_minor=minor,
                    currency=plan.currency, reason="PART_OF_PLAN", plan=plan, by=by, now=now, on=on,
                )  # fmt: skip
        _stop_collection(person, plan, keys, by=by, now=now, on=on)
        if plan.kind == Plan.Kind.EXTENSION:
            due_on = plan.instalments.get().due_on
            delinquency.pause_clock(
                person=person,
                cause="EXTENSION",
                from_on=on,
                until_on=due_on + timedelta(days=1),
                by=by,
                now=now,
            )
        _instruct(person, plan, keys, by=by, now=now, on=on)
        changed(person, cause="PLAN", now=now)


def _stop_collection(
    person: Person, plan: Plan, keys: Collection[int], *, by: UUID | None, now: datetime, on: date
) -> None:
    """Bank and agencies stop collecting while the plan is kept (CCM Article 70); reminders of it may go out."""
    debts = [str(key) for key in keys]
    last_on = plan.instalments.order_by("-number").values_list("due_on", flat=True)[0]
    standing.record(
        person=person, kind="PLAN_HONOURED", detail={}, debts=debts, from_at=min(now, gate_now()),
        review_on=None, source="CARDHOLDER", evidence=mark(plan), by=by, now=now,
    )  # fmt: skip
    effects = ["LEGAL", "SALE", *(["INTEREST", "FEES"] if stops_interest(plan) else [])]
    casework.place_hold(
        person=person, reason="PLAN", from_on=on, until_on=None,
        review_on=last_on + timedelta(days=plan.grace_days + 1), effects=effects, debts=debts,
        note=mark(plan), by=by, now=now,
    )  # fmt: skip


def _instruct(
    person: Person, plan: Plan, keys: Collection[int], *, by: UUID | None, now: datetime, on: date
) -> None:
    rows = schedule_of(plan).instalments
    kinds = ["PLAN_SETUP", *(["INTEREST_STOP", "FEE_STOP"] if stops_interest(plan) else [])]
    detail = {
        "kind": str(plan.kind),
        "instalments": len(rows),
        "first_on": rows[0].due_on.isoformat(),
        "last_on": rows[-1].due_on.isoformat(),
        "total_minor": sum(row.total_minor for row in rows),
    }
    for key in keys:
        for kind in kinds:
            instruct(
                person=person, account_key=key, kind=kind, amount_minor=plan.debt_minor if kind == "PLAN_SETUP" else
                None,
                currency=plan.currency, detail=detail if kind == "PLAN_SETUP" else {}, cause=plan.id,
                owner=plan.made_by_id, by=by, now=now, on=on,
            )  # fmt: skip


def stops_interest(plan: Plan) -> bool:
    """Whether no interest and no fee is charged while the plan is kept: its text says so where its own rate is
    nothing."""
    return plan.kind in (Plan.Kind.ARTICLE_70, Plan.Kind.INSTALMENTS) and not plan.monthly_rate


def mark(plan: Plan) -> str:
    """How a hold and a standing fact name the plan they follow from."""
    return f"plan {plan.id}"


def reage(*, customer_id: UUID, cause: str, asker: str, by: UUID, now: datetime, on: date) -> None:
    """Start treatment days afresh, as often as the bank allows and by who may. Raises PlanRefused."""
    with changing(customer_id, cause="CLOCK", now=now) as person:
        found, _ = offer_facts(customer_id, on=on)
        role, reasons = reage_needs(found, asker, house())
        if reasons or role:
            raise PlanRefused(*(reasons or ("AUTHORITY",)))
        delinquency.reage(person=person, cause=cause, from_on=on, by=by, now=now)
