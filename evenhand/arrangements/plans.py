"""What is done to plans and to what a person said of her means. The caller holds her lock and decides her again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from evenhand.arrangements.affordability import Means, afforded, is_round, said
from evenhand.arrangements.costs import CostTable
from evenhand.arrangements.eligibility import agreement_complete, cost_table_shown, may_activate
from evenhand.arrangements.house import House
from evenhand.arrangements.models import (
    Assessment,
    CostTableShown,
    Plan,
    PlanAccount,
    PlanInstalment,
)
from evenhand.arrangements.restructured import observation
from evenhand.arrangements.schedules import Schedule
from evenhand.journal import actions as journal
from evenhand.journal.rules import digest_of
from evenhand.portfolio.models import Person

State, Kind = Plan.State, Plan.Kind
LIVE = (State.ASKED, State.OFFERED, State.ACTIVE, State.NOTICE)
IN_FORCE = (State.ACTIVE, State.NOTICE)
WAYS = ("SIGNED", "ONLINE", "ORAL")
NO_COSTS = (Kind.EXTENSION, Kind.SETTLEMENT)  # nothing is charged for them, so no table is owed


class PlanRefused(ValueError):
    """A plan that cannot be made, agreed or ended; `reasons` are codes, each of which says one thing."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """What a plan says. Money in minor units of the currency; owed by part, waived by account and part."""

    kind: str
    currency: str
    owed_minor: Mapping[str, int]
    accounts_minor: Mapping[int, int]  # what is owed on each account
    waives_minor: Mapping[str, Mapping[str, int]]
    debt_minor: int
    method: str
    monthly_rate: Decimal
    schedule: Schedule

    @property
    def digest(self) -> str:
        """Of exactly these terms."""
        return digest_of({
            "kind": self.kind,
            "currency": self.currency,
            "owed_minor": dict(self.owed_minor),
            "accounts_minor": {str(key): minor for key, minor in self.accounts_minor.items()},
            "waives_minor": {key: dict(parts) for key, parts in self.waives_minor.items()},
            "debt_minor": self.debt_minor,
            "method": str(self.method),
            "monthly_rate": str(self.monthly_rate),
            "instalments": [
                [row.due_on.isoformat(), row.principal_minor, row.interest_minor, row.fee_minor]
                for row in self.schedule.instalments
            ],
        })  # fmt: skip


def take_means(
    *,
    person: Person,
    means: Means,
    currency: str,
    house: House,
    by: UUID | None,
    now: datetime,
    on: date,
) -> Assessment:
    """Keep what she said of her means and what is left over; one word for word like another's by the same hand says
    so."""
    found, words = afforded(means, house), said(means)
    same = None
    if by is not None and any(words["essentials_minor"].values()):  # type: ignore[attr-defined]
        since = on - timedelta(days=house.affordability.same_budget_days)
        others = Assessment.objects.filter(taken_by_id=by, said=words, taken_on__gt=since)
        same = others.exclude(customer=person).order_by("taken_at", "id").first()
    made = Assessment.objects.create(
        customer=person,
        depth=means.depth,
        said=words,
        documents=list(means.documents),
        currency=currency,
        essentials_minor=found.essentials_minor,
        floor_minor=found.floor_minor,
        surplus_minor=found.surplus_minor,
        instalment_max_minor=found.instalment_max_minor,
        round_figures=is_round(means, house),
        same_as=same,
        taken_by_id=by,
        taken_on=on,
        valid_until_on=on + timedelta(days=house.affordability.valid_days),
        taken_at=now,
    )
    journal.record(
        kind="MEANS_TAKEN",
        stream=journal.of_person(person.id),
        who=by,
        at=now,
        detail={
            "assessment": str(made.id),
            "depth": str(means.depth),
            "surplus_minor": found.surplus_minor,
            "currency": currency,
        },
    )
    return made


def make_plan(
    *,
    person: Person,
    terms: PlanTerms,
    house: House,
    assessment: Assessment | None,
    approval_role: str,
    asker: str,
    note: str,
    by: UUID | None,
    now: datetime,
    on: date,
) -> Plan:
    """Make a plan to be approved, or hers to agree to where nobody has to. Raises PlanRefused while another stands."""
    if Plan.objects.filter(customer=person, state__in=LIVE).exists():
        raise PlanRefused("PLAN_RUNNING")
    plan = Plan.objects.create(
        customer=person,
        kind=terms.kind,
        state=State.ASKED if approval_role else State.OFFERED,
        currency=terms.currency,
        debt_minor=terms.debt_minor,
        owed_minor=dict(terms.owed_minor),
        waives_minor={key: dict(parts) for key, parts in terms.waives_minor.items()},
        method=str(terms.method),
        monthly_rate=terms.monthly_rate,
        grace_days=house.terms.grace_days,
        cure_days=house.terms.cure_days,
        assessment=assessment,
        digest=terms.digest,
        approval_role=approval_role,
        note=note,
        made_by_id=by,
        asker=asker,
        made_on=on,
        made_at=now,
        offered_until_on=on + timedelta(days=house.terms.signature_days),
    )
    PlanAccount.objects.bulk_create(
        PlanAccount(plan=plan, account_key=key, owed_minor=minor)
        for key, minor in terms.accounts_minor.items()
    )
    PlanInstalment.objects.bulk_create(
        PlanInstalment(
            plan=plan, number=row.number, due_on=row.due_on, principal_minor=row.principal_minor,
            interest_minor=row.interest_minor, fee_minor=row.fee_minor,
        )
        for row in terms.schedule.instalments
    )  # fmt: skip
    tell("PLAN_MADE", plan, by=by, now=now, months=len(terms.schedule.instalments))
    return plan


def answer_plan(
    *, plan: Plan, approved: bool, reason: str, by: UUID, now: datetime, on: date
) -> None:
    """Let a plan be hers to agree to, or refuse it, as the second person said."""
    if plan.state != State.ASKED:
        raise PlanRefused("NOT_ASKED")
    if approved:
        plan.state = State.OFFERED
        plan.offered_until_on = on + (plan.offered_until_on - plan.made_on)
        plan.save(update_fields=["state", "offered_until_on"])
        tell("PLAN_APPROVED", plan, by=by, now=now)
    else:
        end_plan(plan=plan, state=State.REFUSED, reason=reason, by=by, now=now, on=on)


def show_costs(
    *, plan: Plan, table: CostTable, online: bool, by: UUID | None, now: datetime
) -> CostTableShown:
    """Keep that the table of costs is shown now; shown again and not confirmed yet, the first time stands."""
    before = CostTableShown.objects.filter(
        plan=plan, digest=table.digest, confirmed_at=None
    ).first()
    if before is not None:
        return before
    plain = {name: str(getattr(table, name)) for name in table.__slots__}
    return CostTableShown.objects.create(
        plan=plan, digest=table.digest, table=plain, online=online, shown_at=now, shown_by_id=by
    )


def confirm_costs(*, plan: Plan, digest: str, by: UUID | None, now: datetime) -> bool:
    """Keep that she has read the table that was shown and confirms it. Raises PlanRefused where it was not."""
    shown = CostTableShown.objects.filter(plan=plan, digest=digest).order_by("-shown_at").first()
    if shown is None:
        raise PlanRefused("COSTS_NOT_SHOWN")
    if shown.confirmed_at is not None:
        return False
    missing = _costs_missing(shown, at=now, on=plan.made_on)
    if missing:
        raise PlanRefused(*(f"COSTS_{what}" for what in missing))
    shown.confirmed_at = now
    shown.save(update_fields=["confirmed_at"])
    tell("COSTS_CONFIRMED", plan, by=by, now=now, table=digest)
    return True


def _costs_missing(shown: CostTableShown, *, at: datetime, on: date) -> tuple[str, ...]:
    seconds = int((at - shown.shown_at).total_seconds())
    return cost_table_shown(
        on, online=shown.online, shown_apart=True, seconds_read=seconds, confirmed=True
    ).missing


def agree_plan(
    *,
    plan: Plan,
    how: str,
    evidence: str,
    states: Sequence[str],
    by: UUID | None,
    now: datetime,
    on: date,
) -> None:
    """Put a plan in force. Raises PlanRefused with everything that is missing: time, costs, recording, text."""
    if plan.state != State.OFFERED:
        raise PlanRefused("NOT_OFFERED")
    missing: list[str] = []
    if how not in WAYS:
        missing.append("HOW")
    if on > plan.offered_until_on:
        missing.append("RUN_OUT")
    if not evidence.strip():
        missing.append("RECORDING" if how == "ORAL" else "EVIDENCE")
    missing += may_activate(on, oral=how == "ORAL", recorded=bool(evidence.strip())).missing
    if plan.kind == Kind.ARTICLE_70:
        missing += agreement_complete(on, states).missing
    if plan.kind not in NO_COSTS:
        shown = plan.cost_tables.exclude(confirmed_at=None).exists()
        found = cost_table_shown(
            on, online=False, shown_apart=shown, seconds_read=None, confirmed=shown
        )
        missing += ["COSTS_NOT_CONFIRMED"] if found.missing else []
    if missing:
        raise PlanRefused(*dict.fromkeys(missing))
    plan.state, plan.agreed_on, plan.agreed_how = State.ACTIVE, on, how
    plan.evidence, plan.states = evidence[:200], sorted(states)
    plan.watched_until_on = _watched_until(plan, on)
    fields = ["state", "agreed_on", "agreed_how", "evidence", "states", "watched_until_on"]
    plan.save(update_fields=fields)
    tell("PLAN_AGREED", plan, by=by, now=now, how=how)


def _watched_until(plan: Plan, on: date) -> date | None:
    """Until when the debt is watched as restructured: its terms were changed because she could not pay."""
    if plan.kind != Kind.ARTICLE_70:
        return None
    due_on = list(plan.instalments.order_by("number").values_list("due_on", flat=True))
    missed = [date.fromisoformat(day) for day in plan.restarts_on]
    return observation(on, due_on=due_on, missed_on=missed).until_on


def notice_given(
    *, plan: Plan, missed_on: Sequence[date], by: UUID | None, now: datetime, on: date
) -> None:
    """Say that a plan is not kept: one notice, and a time to mend it before anything follows."""
    assert plan.state == State.ACTIVE
    plan.state, plan.notice_on = State.NOTICE, on
    plan.cure_until_on = on + timedelta(days=plan.cure_days)
    plan.restarts_on = sorted({*plan.restarts_on, *(day.isoformat() for day in missed_on)})
    plan.watched_until_on = _watched_until(plan, on)
    fields = ["state", "notice_on", "cure_until_on", "restarts_on", "watched_until_on"]
    plan.save(update_fields=fields)
    tell("PLAN_NOT_KEPT", plan, by=by, now=now, until_on=plan.cure_until_on.isoformat())


def mended(*, plan: Plan, by: UUID | None, now: datetime) -> None:
    """Say that what was missed is paid, and the plan goes on."""
    assert plan.state == State.NOTICE
    plan.state, plan.cure_until_on = State.ACTIVE, None
    plan.save(update_fields=["state", "cure_until_on"])
    tell("PLAN_MENDED", plan, by=by, now=now)


def end_plan(
    *, plan: Plan, state: str, reason: str, by: UUID | None, now: datetime, on: date
) -> None:
    """End a plan: completed, terminated, refused, withdrawn or lapsed."""
    assert state not in LIVE
    if plan.state not in LIVE:
        raise PlanRefused("ENDED")
    plan.state, plan.ended_on, plan.end_reason = state, on, reason[:200]
    plan.save(update_fields=["state", "ended_on", "end_reason"])
    tell("PLAN_ENDED", plan, by=by, now=now, state=str(state), reason=reason[:200])


def tell(kind: str, plan: Plan, *, by: UUID | None, now: datetime, **more: Any) -> None:
    """Add a line about a plan to the person's stream."""
    journal.record(
        kind=kind,
        stream=journal.of_person(plan.customer_id),
        who=by,
        at=now,
        detail={
            "plan": str(plan.id),
            "plan_kind": str(plan.kind),
            "amount_minor": plan.debt_minor,
            "currency": plan.currency,
            **more,
        },
    )
