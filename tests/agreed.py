"""A cardholder who owes 31,050 yuan for ninety-five days, and what a desk does with her, for stories."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from evenhand.access.models import Staff
from evenhand.arrangements.affordability import Depth, Means
from evenhand.arrangements.models import Plan
from evenhand.casework.models import Case
from evenhand.cycle import agreeing, relieving
from evenhand.cycle.agreeing import Wanted, agree_plan, propose_plan
from evenhand.cycle.money import Money, receive_payments
from evenhand.instructions.models import Instruction
from evenhand.ledger.queries import balance_of
from tests.bank import FIRST, NOON, Bank, account, customer, statement

YUAN = 100
LATE = FIRST - timedelta(days=95)


def a_bank_of_anna(folder: Path) -> Bank:
    """Anna has owed 31,050 yuan for 95 days, and the core says of what."""
    bank = Bank(folder)
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        accounts=[account("A1", "C1", balance="31050.00")],
        balances=[{
            "customer_ref": "C1", "account_ref": "A1", "currency": "CNY", "principal": "30000.00",
            "interest": "900.00", "late_charge": "150.00", "fee": "0.00", "unbilled_instalments": "0.00",
        }],
        statements=[
            statement("A1", "C1", (LATE - timedelta(days=20)).isoformat(), LATE.isoformat(), "3105.00",
                      balance="31050.00")
        ],
    )  # fmt: skip
    bank.night(FIRST)
    return bank


def says(anna: Case, by: Staff, income: int = 3_500, on: Any = FIRST) -> None:
    """She gives a whole budget of so much income and 2,100 yuan of essentials."""
    means = Means(
        depth=Depth.BUDGET, region="DEFAULT", income_minor=income * YUAN, documents=("INCOME_PROOF",),
        essentials_minor={"HOUSING": 1_200 * YUAN, "FOOD": 900 * YUAN},
    )  # fmt: skip
    relieving.take_means(
        customer_id=anna.customer_id, means=means, currency="CNY", by=by.id, now=NOON, on=on
    )


def proposed(
    anna: Case, by: Staff, asker: str = "COLLECTOR", on: Any = FIRST, **wanted: Any
) -> Plan:
    """A plan drawn up: an individual agreement of 36 months unless said otherwise."""
    given = {"kind": "ARTICLE_70", "months": 36} | wanted
    return Plan.objects.get(
        id=propose_plan(
            customer_id=anna.customer_id,
            wanted=Wanted(**given),
            asker=asker,
            by=by.id,
            now=NOON,
            on=on,
        )
    )


def agreed(
    plan: Plan, by: Staff, on: Any = FIRST, how: str = "ORAL", evidence: str = "recording 17"
) -> Plan:
    """The plan in force, its table of costs shown and confirmed."""
    agreeing.show_costs(plan_id=plan.id, online=False, by=by.id, now=NOON)
    agreeing.confirm_costs(
        plan_id=plan.id,
        digest=agreeing.costs_of(plan).digest,
        by=by.id,
        now=NOON + timedelta(seconds=30),
    )
    agree_plan(
        plan_id=plan.id, how=how, evidence=evidence, undertakes=True, by=by.id, now=NOON, on=on
    )
    plan.refresh_from_db()
    return plan


def pays(anna: Case, minor: int, on: Any, key: int = 1) -> None:
    """Money that comes on a day."""
    receive_payments(
        [
            Money(
                customer_key=anna.customer.customer_key, partition=anna.customer.partition,
                account_key=anna.accounts.get().account_key, reference_key=key, amount_minor=minor,
                currency="CNY", value_on=on,
            )
        ],
        now=NOON + (on - FIRST) + timedelta(minutes=1),
    )  # fmt: skip


def balance(anna: Case) -> int:
    """What our ledger says is owed."""
    return balance_of(
        anna.accounts.get().account_key, as_of=FIRST + timedelta(days=999)
    ).total_minor


def instructed() -> list[str]:
    """What the core was told, by kind."""
    return sorted(Instruction.objects.values_list("kind", flat=True))
