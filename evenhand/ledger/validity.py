"""May this claim be handed on? The checklist before an agency, a court or a buyer gets it: everything that is
missing."""

from dataclasses import dataclass
from datetime import date

PURPOSES = ("PLACEMENT", "SUIT", "SALE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is known of a claim on the day it is to be handed on; None where nobody knows. Gathered by the caller."""

    on: date
    identity_known: bool  # who owes is in the bank's files
    owed_minor: int
    figures_differ: bool  # from the core's, and nobody has explained why
    provisional_minor: int  # counted and not confirmed
    disputed: bool
    fraud: bool
    deceased: bool
    plan_kept: bool
    limitation_until: date | None  # the first day on which it is barred; None: not known


def what_is_missing(claim: Claim, purpose: str) -> tuple[str, ...]:
    """The codes of everything that stands against handing a claim on for a purpose; none: it may be.

    A court and a buyer need the limitation known and not past; an agency may be asked to collect what is barred only if
    it says so, which is the pack's to rule on.
    """
    assert purpose in PURPOSES
    past = claim.limitation_until is not None and claim.limitation_until <= claim.on
    checks = {
        "IDENTITY": not claim.identity_known,
        "SETTLED": claim.owed_minor <= 0,
        "BALANCE_DIFFERS": claim.figures_differ,
        "MONEY_NOT_CONFIRMED": claim.provisional_minor != 0 and purpose != "PLACEMENT",
        "DISPUTED": claim.disputed,
        "FRAUD": claim.fraud,
        "DECEASED": claim.deceased and purpose != "SUIT",
        "PLAN_KEPT": claim.plan_kept,
        "TIME_BARRED": past and purpose != "PLACEMENT",
        "LIMITATION_NOT_KNOWN": claim.limitation_until is None and purpose != "PLACEMENT",
    }
    return tuple(code for code, stands in checks.items() if stands)
