"""Whether plans are kept: looked at every night and whenever money comes; not kept, one notice and a time to mend
it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from evenhand.approvals import actions as approvals
from evenhand.arrangements import actions as arrangements
from evenhand.arrangements import plans
from evenhand.arrangements.models import Plan, Promise
from evenhand.arrangements.queries import paid_for, schedule_of
from evenhand.arrangements.schedules import Kept, kept
from evenhand.casework import actions as casework
from evenhand.casework.models import Hold
from evenhand.cycle.agreeing import SUBJECT, mark, plan_locked, stops_interest
from evenhand.cycle.manifest import Manifest
from evenhand.cycle.redeciding import changed, locked, redecide
from evenhand.cycle.waiving import book_waiver
from evenhand.instructions.actions import instruct
from evenhand.kernel.ids import uuid7
from evenhand.ledger.models import Book
from evenhand.ledger.policy import RECEIVABLES
from evenhand.outreach.lane import gate_now
from evenhand.portfolio import standing
from evenhand.portfolio.models import Person, StandingFact
from evenhand.portfolio.persons import facts_changed
from evenhand.runtime.lake import Lake

State = Plan.State


def plan_kept(plan: Plan, *, on: date) -> Kept:
    """Where a plan stands on a day, by the money that came since it was made."""
    return kept(schedule_of(plan), paid_for(plan), on=on, grace_days=plan.grace_days)


def review_plans(*, manifest: Manifest, lake: Lake, now: datetime) -> dict[str, int]:
    """Look at every plan that may have moved by a night: run out, not kept, mended, completed, terminated.

    One transaction a person, who is decided again from that night's book; twice changes nothing. Returns how many came
    to each state.
    """
    on = manifest.banking_day
    due = Q(instalments__due_on__lt=on) & Q(state__in=plans.IN_FORCE)
    old = Q(state__in=(State.ASKED, State.OFFERED), offered_until_on__lt=on)
    found = (
        Plan.objects.filter(due | old)
        .order_by("customer_id")
        .values_list("id", flat=True)
        .distinct()
    )
    counted: Counter[str] = Counter()
    for plan_id in list(found):
        with plan_locked(plan_id) as (person, plan):
            before = plan.state
            if _review(person, plan, on=on, now=now):
                facts_changed(person)
                redecide([person.customer_key], cause="PLAN", now=now, manifest=manifest, lake=lake)
            if plan.state != before:
                counted[str(plan.state)] += 1
    return {f"plans_{state.lower()}": counted[state] for state in sorted(counted)}


def continue_promises(*, manifest: Manifest, lake: Lake, now: datetime) -> int:
    """Make the next part of each promise whose last part was kept; returns how many."""
    kept_ones = Promise.objects.filter(state=Promise.State.KEPT, continued_by=None).exclude(then=[])
    done = 0
    for customer_id in sorted(set(kept_ones.values_list("customer_id", flat=True))):
        with locked(customer_id) as person:
            later = Promise.objects.filter(customer=person, state=Promise.State.OPEN).exists()
            for promise in kept_ones.filter(customer=person):
                if not later:  # what she promised since then stands in its place
                    arrangements.continue_promise(promise=promise, person=person, now=now)
                    done += 1
            facts_changed(person)
            redecide([person.customer_key], cause="PROMISE", now=now, manifest=manifest, lake=lake)
    return done


def money_came(person: Person, *, on: date, now: datetime) -> None:
    """See whether money settles a person's plan or mends it. The caller holds her lock and decides her again."""
    for plan in Plan.objects.filter(customer=person, state__in=plans.IN_FORCE):
        found = plan_kept(plan, on=on)
        if found.completed or (plan.state == State.NOTICE and not found.missed_minor):
            _review(person, plan, on=on, now=now)


def _review(person: Person, plan: Plan, *, on: date, now: datetime) -> bool:
    """Move a plan to where it stands; returns whether a decision about the person may follow."""
    if plan.state in (State.ASKED, State.OFFERED):
        approvals.withdraw(subject=SUBJECT, subject_id=plan.id, by=None, now=now)
        plans.end_plan(plan=plan, state=State.LAPSED, reason="", by=None, now=now, on=on)
        return False
    if plan.state not in plans.IN_FORCE:
        return False
    found = plan_kept(plan, on=on)
    if found.completed:
        _complete(person, plan, now=now, on=on)
    elif not found.missed_minor:
        if plan.state == State.ACTIVE:
            return False
        plans.mended(plan=plan, by=None, now=now)
    elif plan.state == State.ACTIVE:
        plans.notice_given(plan=plan, missed_on=_missed(plan, found, on), by=None, now=now, on=on)
    elif plan.cure_until_on is not None and on >= plan.cure_until_on:
        _terminate(person, plan, now=now, on=on)
    else:
        return False
    return True


def _missed(plan: Plan, found: Kept, on: date) -> list[date]:
    rows = schedule_of(plan).instalments
    return [
        row.due_on
        for row, settled in zip(rows, found.settled_minor, strict=True)
        if settled < row.total_minor and row.due_on + timedelta(days=plan.grace_days) < on
    ]


def _complete(person: Person, plan: Plan, *, now: datetime, on: date) -> None:
    keys = _keys(plan)
    if plan.kind == Plan.Kind.SETTLEMENT:
        for book in Book.objects.filter(account_key__in=keys).order_by("account_key"):
            for part in RECEIVABLES:
                owed = getattr(book, f"{part.lower()}_minor")
                if owed:
                    book_waiver(
                        waiver_id=uuid7(), person=person, account_key=book.account_key, part=part, amount_minor=owed,
                        currency=book.currency, reason="SETTLED", plan=plan, by=None, now=now, on=on,
                    )  # fmt: skip
    plans.end_plan(plan=plan, state=State.COMPLETED, reason="", by=None, now=now, on=on)
    _let_go(person, plan, now=now, why="COMPLETED")


def _terminate(person: Person, plan: Plan, *, now: datetime, on: date) -> None:
    plans.end_plan(plan=plan, state=State.TERMINATED, reason="", by=None, now=now, on=on)
    _let_go(person, plan, now=now, why="TERMINATED")
    kinds = ["PLAN_CANCEL", *(["INTEREST_RESTART", "FEE_RESTART"] if stops_interest(plan) else [])]
    for key in _keys(plan):
        for kind in kinds:
            instruct(
                person=person, account_key=key, kind=kind, amount_minor=None, currency=plan.currency, cause=plan.id,
                owner=plan.made_by_id, by=None, now=now, on=on,
            )  # fmt: skip


def _let_go(person: Person, plan: Plan, *, now: datetime, why: str) -> None:
    """End what the plan stopped: the hold and the standing fact that follow from it."""
    for hold in Hold.objects.filter(
        customer=person, reason="PLAN", note=mark(plan), lifted_at=None
    ):
        casework.lift_hold(hold_id=hold.id, by=None, reason=f"plan {why.lower()}", now=now)
    facts = StandingFact.objects.filter(
        customer=person, kind="PLAN_HONOURED", evidence=mark(plan), ended_at=None
    )
    for fact in facts:
        standing.end(
            fact_id=fact.id, by=None, reason=f"plan {why.lower()}", now=min(now, gate_now())
        )


def _keys(plan: Plan) -> Sequence[int]:
    return list(plan.accounts.order_by("account_key").values_list("account_key", flat=True))


def end_plan(*, plan_id: UUID, reason: str, by: UUID, now: datetime, on: date) -> None:
    """End a plan in force by hand, for a reason: she asks for it, or the case goes elsewhere. Raises PlanRefused."""
    with plan_locked(plan_id) as (person, plan):
        if plan.state not in plans.IN_FORCE:
            raise plans.PlanRefused("NOT_IN_FORCE")
        if not reason.strip():
            raise plans.PlanRefused("NO_REASON")
        plans.end_plan(plan=plan, state=State.TERMINATED, reason=reason, by=by, now=now, on=on)
        _let_go(person, plan, now=now, why="TERMINATED")
        changed(person, cause="PLAN", now=now)
