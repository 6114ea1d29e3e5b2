"""Reads about promises, plans, waivers and means, as frozen rows for screens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum

from evenhand.arrangements.models import (
    Assessment,
    CostTableShown,
    Plan,
    Promise,
    Relief,
    Waiver,
)
from evenhand.arrangements.schedules import (
    Instalment,
    Kept,
    Schedule,
    early_payoff_minor,
    kept,
)
from evenhand.ledger.models import ReceivedPayment


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One promise and what became of it; of a promise in parts, one part."""

    amount_minor: int  # of this part
    then: tuple[tuple[int, date], ...]  # the parts after it that are not made yet
    currency: str
    made_on: date
    due_on: date
    state: str
    settled_on: date | None
    taken_by: str
    made_at: datetime
    outcome: str  # its state; of one that was broken, whether it was kept in part, or late
    received_minor: int  # in its time, the days of grace included


def promise_rows(customer_id: UUID, *, grace_days: int) -> tuple[PromiseRow, ...]:
    """The promises of a person, the latest first, with what came of them (domain metrics: kept, partly kept, late)."""
    rows = Promise.objects.filter(customer_id=customer_id).select_related("taken_by", "continues")
    money = ReceivedPayment.objects.filter(customer_id=customer_id)
    paid = list(money.values_list("currency", "value_on", "amount_minor"))
    return tuple(
        _with_outcome(promise, paid, grace_days) for promise in rows.order_by("-made_at", "-id")
    )


def _with_outcome(
    promise: Promise, paid: Sequence[tuple[str, date, int]], grace_days: int
) -> PromiseRow:
    last = promise.due_on + timedelta(days=grace_days)
    mine = [(on, minor) for currency, on, minor in paid if currency == promise.currency]
    in_time = sum(minor for on, minor in mine if promise.made_on <= on <= last)
    ever = sum(minor for on, minor in mine if promise.made_on <= on)
    outcome = str(promise.state)
    if outcome == Promise.State.BROKEN:
        if ever >= promise.amount_minor:
            outcome = "LATE"
        elif in_time > 0:
            outcome = "PART"
    return replace(_row(promise), outcome=outcome, received_minor=max(in_time, 0))


@dataclass(frozen=True, slots=True)
class PromisesDue:
    """The promises that fall due on a day in one currency: how many and how much, and of these what is kept."""

    currency: str
    due: int
    due_minor: int
    kept: int
    kept_minor: int


def promises_due(on: date) -> list[PromisesDue]:
    """What was promised for a day; what was taken back is left out."""
    rows = Promise.objects.filter(due_on=on).exclude(state=Promise.State.WITHDRAWN)
    kept = Q(state=Promise.State.KEPT)
    found = rows.values("currency").annotate(
        due=Count("id"), due_minor=Sum("amount_minor"), kept=Count("id", filter=kept),
        kept_minor=Sum("amount_minor", filter=kept, default=0),
    )  # fmt: skip
    return [PromisesDue(**row) for row in found.order_by("currency")]


def open_promises(customer_ids: Iterable[UUID]) -> dict[UUID, PromiseRow]:
    """The promise not settled yet of each of these people who has one."""
    rows = Promise.objects.filter(customer_id__in=list(customer_ids), state=Promise.State.OPEN)
    found = rows.select_related("taken_by", "continues")
    return {promise.customer_id: _row(promise) for promise in found}


def _row(promise: Promise) -> PromiseRow:
    return PromiseRow(
        amount_minor=promise.amount_minor
        - (promise.continues.amount_minor if promise.continues else 0),
        then=tuple((minor, date.fromisoformat(day)) for minor, day in promise.then)
        if promise.state == Promise.State.OPEN
        else (),
        currency=promise.currency,
        made_on=promise.made_on,
        due_on=promise.due_on,
        state=promise.state,
        settled_on=promise.settled_on,
        taken_by=promise.taken_by.get_username() if promise.taken_by else "",
        made_at=promise.made_at,
        outcome=str(promise.state),
        received_minor=0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One plan and where it stands; money in minor units of its currency."""

    id: UUID
    customer_id: UUID
    kind: str
    state: str
    currency: str
    debt_minor: int
    owed_minor: dict[str, int]
    waives_minor: dict[str, dict[str, int]]
    method: str
    monthly_rate: Decimal
    grace_days: int
    cure_days: int
    digest: str
    approval_role: str
    note: str
    made_by: str
    made_by_id: UUID | None
    asker: str
    made_on: date
    made_at: datetime
    offered_until_on: date
    agreed_on: date | None
    agreed_how: str
    evidence: str
    states: list[str]
    notice_on: date | None
    cure_until_on: date | None
    ended_on: date | None
    end_reason: str
    restarts_on: list[str]
    account_keys: tuple[int, ...]

    @property
    def in_force(self) -> bool:
        """Whether collection rests because of it."""
        return self.state in (Plan.State.ACTIVE, Plan.State.NOTICE)

    @property
    def is_hers(self) -> bool:
        """Whether its terms are hers to hold in her hands: offered to her now, or agreed."""
        return self.agreed_on is not None or self.state == Plan.State.OFFERED

    @property
    def lives(self) -> bool:
        """Whether another plan has to wait for its end."""
        return self.in_force or self.state in (Plan.State.ASKED, Plan.State.OFFERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentRow:
    """One instalment with how much of it is settled and how it stands on a day."""

    number: int
    due_on: date
    principal_minor: int
    interest_minor: int
    fee_minor: int
    total_minor: int
    settled_minor: int
    state: str  # SETTLED, PART, DUE, LATE or TO_COME


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRow:
    """One waiver and where it stands."""

    id: UUID
    customer_id: UUID
    account_key: int
    part: str
    amount_minor: int
    currency: str
    reason: str
    note: str
    state: str
    approval_role: str
    made_by: str
    made_on: date
    booked_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentRow:
    """What she said of her means, and what is left over a month."""

    id: UUID
    customer_id: UUID
    depth: str
    said: dict[str, Any]
    documents: list[str]
    currency: str
    essentials_minor: int
    floor_minor: int
    surplus_minor: int
    instalment_max_minor: int
    round_figures: bool
    repeated: bool
    taken_by: str
    taken_on: date
    valid_until_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefRow:
    """One rest and the day on which somebody looks again."""

    id: UUID
    customer_id: UUID
    review_on: date
    token_minor: int
    currency: str
    stops_interest: str
    specialist: bool
    advice_given: bool
    given_by: str
    given_on: date


def schedule_of(plan: Plan) -> Schedule:
    """The instalments of a plan in order."""
    names = ("number", "due_on", "principal_minor", "interest_minor", "fee_minor")
    return Schedule(
        tuple(Instalment(*row) for row in plan.instalments.order_by("number").values_list(*names))
    )


def paid_for(plan: Plan) -> list[tuple[date, int]]:
    """Value dates and sums of the money that came to a plan's accounts since it was made, what was taken back below
    zero."""
    keys = list(plan.accounts.values_list("account_key", flat=True))
    rows = ReceivedPayment.objects.filter(account_key__in=keys, received_at__gte=plan.made_at)
    return list(rows.order_by("value_on", "id").values_list("value_on", "amount_minor"))


def plan_rows(customer_id: UUID) -> tuple[PlanRow, ...]:
    """The plans of a person, the latest first."""
    rows = Plan.objects.filter(customer_id=customer_id).select_related("made_by")
    return tuple(
        _plan_row(plan) for plan in rows.prefetch_related("accounts").order_by("-made_at", "-id")
    )


def plan_row(plan_id: UUID) -> PlanRow | None:
    """A plan by its key."""
    rows = Plan.objects.select_related("made_by").prefetch_related("accounts")
    plan = rows.filter(id=plan_id).first()
    return None if plan is None else _plan_row(plan)


def live_plan(customer_id: UUID) -> PlanRow | None:
    """The plan that stands between a person and the bank, if one does."""
    return next((row for row in plan_rows(customer_id) if row.lives), None)


def instalment_rows(plan_id: UUID, *, on: date) -> tuple[tuple[InstalmentRow, ...], Kept]:
    """The instalments of a plan as they stand on a day, and how it is kept."""
    plan = Plan.objects.get(id=plan_id)
    rows = schedule_of(plan)
    money = paid_for(plan) if plan.agreed_on else []
    found = kept(rows, money, on=on, grace_days=plan.grace_days)
    return tuple(
        InstalmentRow(
            number=row.number, due_on=row.due_on, principal_minor=row.principal_minor,
            interest_minor=row.interest_minor, fee_minor=row.fee_minor, total_minor=row.total_minor,
            settled_minor=settled, state=_stands(row, settled, on, plan.grace_days),
        )
        for row, settled in zip(rows.instalments, found.settled_minor, strict=True)
    ), found  # fmt: skip


def payoff_of(plan_id: UUID, *, on: date) -> int:
    """What settles a plan on a day: the principal left of it and this month's interest, less what is paid ahead."""
    plan = Plan.objects.get(id=plan_id)
    rows = schedule_of(plan)
    found = kept(rows, paid_for(plan), on=on, grace_days=plan.grace_days)
    whole = sum(
        settled == row.total_minor
        for row, settled in zip(rows.instalments, found.settled_minor, strict=True)
    )
    if whole == len(rows.instalments):
        return 0
    since = rows.instalments[whole - 1].due_on if whole else plan.agreed_on or plan.made_on
    days = max((on - since).days, 0)
    left = early_payoff_minor(rows, whole, monthly_rate=plan.monthly_rate, days=days)
    return max(left - found.settled_minor[whole], 0)


def _stands(row: Instalment, settled_minor: int, on: date, grace_days: int) -> str:
    if settled_minor >= row.total_minor:
        return "SETTLED"
    if (on - row.due_on).days > grace_days:
        return "LATE"
    if row.due_on <= on:
        return "DUE"
    return "PART" if settled_minor else "TO_COME"


def waiver_rows(customer_id: UUID, account_key: int | None = None) -> tuple[WaiverRow, ...]:
    """The waivers of a person, of one account or of all, the latest first."""
    rows = Waiver.objects.filter(customer_id=customer_id).select_related("made_by")
    if account_key is not None:
        rows = rows.filter(account_key=account_key)
    names = [name for name in WaiverRow.__dataclass_fields__ if name != "made_by"]
    return tuple(
        WaiverRow(made_by=_name(row.made_by), **{name: getattr(row, name) for name in names})
        for row in rows.order_by("-made_at", "-id")
    )


def assessment_rows(customer_id: UUID) -> tuple[AssessmentRow, ...]:
    """What a person said of her means, the latest first."""
    rows = Assessment.objects.filter(customer_id=customer_id).select_related("taken_by")
    return tuple(_assessment_row(row) for row in rows.order_by("-taken_at", "-id"))


def budgets_to_look_at(*, limit: int = 100) -> tuple[AssessmentRow, ...]:
    """Budgets all of round figures or word for word like another's by the same hand, the latest first."""
    rows = Assessment.objects.filter(Q(round_figures=True) | Q(same_as__isnull=False))
    return tuple(
        _assessment_row(row)
        for row in rows.select_related("taken_by").order_by("-taken_at", "-id")[:limit]
    )


def relief_rows(customer_id: UUID) -> tuple[ReliefRow, ...]:
    """The rests given to a person, the latest first."""
    rows = Relief.objects.filter(customer_id=customer_id).select_related("given_by")
    return tuple(_relief_row(row) for row in rows.order_by("-given_at", "-id"))


def reliefs_due(*, on: date, limit: int = 100) -> tuple[ReliefRow, ...]:
    """The rests somebody has to look at again by a day, the oldest first."""
    rows = Relief.objects.filter(review_on__lte=on, reviewed_on=None).select_related("given_by")
    return tuple(_relief_row(row) for row in rows.order_by("review_on", "id")[:limit])


def plans_under_notice(*, limit: int = 100) -> tuple[PlanRow, ...]:
    """The plans that are not kept and may still be mended, the nearest end first."""
    rows = Plan.objects.filter(state=Plan.State.NOTICE).select_related("made_by")
    found = rows.prefetch_related("accounts").order_by("cure_until_on", "id")
    return tuple(_plan_row(plan) for plan in found[:limit])


def costs_shown(plan_id: UUID) -> tuple[datetime, datetime | None] | None:
    """When a plan's table of costs was last shown and confirmed; None before the first time."""
    row = CostTableShown.objects.filter(plan_id=plan_id).order_by("-shown_at").first()
    return None if row is None else (row.shown_at, row.confirmed_at)


def _plan_row(plan: Plan) -> PlanRow:
    own = [name for name in PlanRow.__dataclass_fields__ if name not in ("made_by", "account_keys")]
    return PlanRow(
        made_by=_name(plan.made_by),
        account_keys=tuple(sorted(one.account_key for one in plan.accounts.all())),
        **{name: getattr(plan, name) for name in own},
    )


def _assessment_row(row: Assessment) -> AssessmentRow:
    names = [n for n in AssessmentRow.__dataclass_fields__ if n not in ("taken_by", "repeated")]
    return AssessmentRow(
        taken_by=_name(row.taken_by),
        repeated=row.same_as_id is not None,
        **{name: getattr(row, name) for name in names},
    )


def _relief_row(row: Relief) -> ReliefRow:
    names = [name for name in ReliefRow.__dataclass_fields__ if name != "given_by"]
    return ReliefRow(given_by=_name(row.given_by), **{name: getattr(row, name) for name in names})


def _name(staff: Any) -> str:
    return staff.get_username() if staff else ""
