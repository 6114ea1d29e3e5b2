"""The table of all costs (综合融资成本明示表) shown before an instalment is agreed: normal and default costs,
annualised."""

import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal

from evenhand.arrangements.schedules import Schedule, yearly_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class CostTable:
    """Everything an instalment plan costs when it is kept, and what is charged when it is not; nothing else may be."""

    currency: str
    principal_minor: int
    interest_minor: int
    fee_minor: int
    total_minor: int
    yearly_simple: Decimal
    yearly_effective: Decimal
    default_daily_rate: Decimal  # interest on what is not paid, by contract
    default_yearly: Decimal
    default_charge_rate: Decimal  # of what is missed, by contract

    @property
    def digest(self) -> str:
        """Of exactly what is shown."""
        plain = {name: str(value) for name, value in asdict(self).items()}
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def cost_table(
    plan: Schedule, *, currency: str, daily_rate: Decimal, charge_rate: Decimal, year_days: int
) -> CostTable:
    """The table of a schedule. Rates of default are the contract's; source: 个人贷款业务明示综合融资成本规定."""
    principal = sum(row.principal_minor for row in plan.instalments)
    yearly = yearly_cost(principal, [row.total_minor for row in plan.instalments])
    return CostTable(
        currency=currency,
        principal_minor=principal,
        interest_minor=sum(row.interest_minor for row in plan.instalments),
        fee_minor=sum(row.fee_minor for row in plan.instalments),
        total_minor=plan.total_minor,
        yearly_simple=yearly.simple,
        yearly_effective=yearly.effective,
        default_daily_rate=daily_rate,
        default_yearly=daily_rate * year_days,
        default_charge_rate=charge_rate,
    )
