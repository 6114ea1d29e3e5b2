"""What is known of a claim before it is handed on, gathered from every room."""

from datetime import date
from uuid import UUID

from evenhand.arrangements.models import Plan
from evenhand.arrangements.plans import IN_FORCE
from evenhand.casework.holds import standing_holds
from evenhand.ledger.models import Break
from evenhand.ledger.queries import balance_of
from evenhand.ledger.validity import PURPOSES, Claim, what_is_missing
from evenhand.portfolio.models import Person, StandingFact


def claim_of(customer_id: UUID, account_key: int, *, on: date) -> Claim:
    """A claim as it stands on a day; raises NoBook. When it is barred is not known until limitation is kept."""
    balance = balance_of(account_key, as_of=on)
    holds = standing_holds(customer_id, on, [account_key])
    unexplained = (Break.Explanation.UNKNOWN, Break.Explanation.NOT_SENT)
    disputed = StandingFact.objects.filter(customer_id=customer_id, kind="DISPUTED", ended_at=None)
    return Claim(
        on=on,
        identity_known=Person.objects.filter(id=customer_id, identity__isnull=False).exists(),
        owed_minor=balance.total_minor,
        figures_differ=Break.objects.filter(
            book__account_key=account_key, gone_on=None, explanation__in=unexplained
        ).exists(),
        provisional_minor=balance.provisional_minor,
        disputed="DISPUTE" in holds or disputed.exists(),
        fraud="FRAUD" in holds,
        deceased="DECEASED" in holds,
        plan_kept=Plan.objects.filter(customer_id=customer_id, state__in=IN_FORCE).exists(),
        limitation_until=None,
    )


def checklist(
    customer_id: UUID, account_key: int, *, on: date
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """For each purpose, everything that stands against handing the claim on. Raises NoBook."""
    claim = claim_of(customer_id, account_key, on=on)
    return tuple((purpose, what_is_missing(claim, purpose)) for purpose in PURPOSES)
