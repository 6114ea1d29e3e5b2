"""A day of arrangements for a demo: what people can afford, plans, waivers and a rest, through the acts a desk uses."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from evenhand.arrangements.affordability import Depth, Means
from evenhand.arrangements.giving_up import WaiverRefused
from evenhand.arrangements.plans import PlanRefused
from evenhand.cycle import agreeing, relieving, waiving
from evenhand.cycle.agreeing import Wanted, agree_plan, costs_of_plan, propose_plan
from evenhand.cycle.offering import accounts_owed

SHARE_LEFT = 20  # of what is owed, left over a month: one part in so many
LIVES_ON = 160_000


def a_day_of_agreements(
    *, people: Sequence[UUID], currency: str, by: Mapping[str, UUID], now: datetime, on: date
) -> int:
    """Arrange something with each of these people in turn; what may not be agreed is left. Returns how many were."""
    acts: tuple[Callable[..., None], ...] = (
        _plan_in_force, _plan_to_approve, _rest, _waiver_booked, _waiver_to_approve, _extension,
    )  # fmt: skip
    done = 0
    for index, customer_id in enumerate(people):
        try:
            acts[index % len(acts)](customer_id, currency, by, now, on)
            done += 1
        except (PlanRefused, WaiverRefused):
            continue
    return done


def _says(
    customer_id: UUID, currency: str, by: Mapping[str, UUID], now: datetime, on: date, left: int
) -> None:
    means = Means(
        depth=Depth.BUDGET,
        region="DEFAULT",
        income_minor=LIVES_ON + 21_300 + left,
        essentials_minor={"HOUSING": LIVES_ON - 68_700, "FOOD": 90_000},
        documents=("INCOME_PROOF", "BANK_STATEMENTS"),
    )
    relieving.take_means(
        customer_id=customer_id, means=means, currency=currency, by=by["collector"], now=now, on=on
    )


def _owed(customer_id: UUID, currency: str) -> int:
    return sum(one.total_minor for one in accounts_owed(customer_id, currency=currency))


def _plan_in_force(
    customer_id: UUID, currency: str, by: Mapping[str, UUID], now: datetime, on: date
) -> None:
    owed = _owed(customer_id, currency)
    _says(customer_id, currency, by, now, on, owed // SHARE_LEFT)
    plan = propose_plan(
        customer_id=customer_id, wanted=Wanted(kind="INSTALMENTS", months=24), asker="SUPERVISOR",
        by=by["supervisor"], now=now, on=on,
    )  # fmt: skip
    _agreed(plan, by["supervisor"], now, on)


def _plan_to_approve(
    customer_id: UUID, currency: str, by: Mapping[str, UUID], now: datetime, on: date
) -> None:
    _says(customer_id, currency, by, now, on, _owed(customer_id, currency) // (2 * SHARE_LEFT))
    wanted = Wanted(kind="ARTICLE_70", months=48, note="works half days since spring")
    try:
        propose_plan(
            customer_id=customer_id,
            wanted=wanted,
            asker="COLLECTOR",
            by=by["collector"],
            now=now,
            on=on,
        )
    except PlanRefused:
        shorter = Wanted(kind="INSTALMENTS", months=36)
        _says(customer_id, currency, by, now, on, _owed(customer_id, currency) // SHARE_LEFT)
        propose_plan(
            customer_id=customer_id,
            wanted=shorter,
            asker="COLLECTOR",
            by=by["collector"],
            now=now,
            on=on,
        )


def _rest(
    customer_id: UUID, currency: str, by: Mapping[str, UUID], now: datetime, on: date
) -> None:
    _says(customer_id, currency, by, now, on, 0)
    relieving.give_rest(
        customer_id=customer_id, asker="COLLECTOR", by=by["collector"], now=now, on=on,
        rest=relieving.Rest(stop_interest=True, advice_given=True),
    )  # fmt: skip


def _waiver_booked(
    customer_id: UUID, currency: str, by: Mapping[str, UUID], now: datetime, on: date
) -> None:
    _waive(customer_id, currency, "LATE_CHARGE", 1, by["supervisor"], "SUPERVISOR", now, on)


def _waiver_to_approve(
    customer_id: UUID, currency: str, by: Mapping[str, UUID], now: datetime, on: date
) -> None:
    _waive(customer_id, currency, "INTEREST", 2, by["collector"], "COLLECTOR", now, on)


def _waive(
    customer_id: UUID,
    currency: str,
    part: str,
    of: int,
    by: UUID,
    asker: str,
    now: datetime,
    on: date,
) -> None:
    for one in accounts_owed(customer_id, currency=currency)[:1]:
        waiving.request_waiver(
            waiver_id=uuid4(), customer_id=customer_id, account_key=one.account_key, part=part,
            amount_minor=dict(one.owed_minor)[part] // of, reason="HARDSHIP", note="", asker=asker, by=by,
            now=now, on=on,
        )  # fmt: skip


def _extension(
    customer_id: UUID, _currency: str, by: Mapping[str, UUID], now: datetime, on: date
) -> None:
    plan = propose_plan(
        customer_id=customer_id, wanted=Wanted(kind="EXTENSION"), asker="COLLECTOR", by=by["collector"],
        now=now, on=on,
    )  # fmt: skip
    _agreed(plan, by["collector"], now, on)


def _agreed(plan: UUID, by: UUID, now: datetime, on: date) -> None:
    agreeing.show_costs(plan_id=plan, online=False, by=by, now=now)
    agreeing.confirm_costs(plan_id=plan, digest=costs_of_plan(plan).digest, by=by, now=now)
    agree_plan(
        plan_id=plan,
        how="ORAL",
        evidence="recording 20260930-0417",
        undertakes=True,
        by=by,
        now=now,
        on=on,
    )
