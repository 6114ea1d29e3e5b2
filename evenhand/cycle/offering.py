"""What may be offered to a person, from what the desk knows of her: the same for collector, portal, agency and
robot."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Sum

from evenhand.arrangements.affordability import DEEPER, Afforded, Depth
from evenhand.arrangements.house import house
from evenhand.arrangements.models import Assessment, Plan, Waiver
from evenhand.arrangements.offers import FRAGILE, Offer, OfferFacts, offers
from evenhand.arrangements.plans import LIVE
from evenhand.casework.holds import standing_holds
from evenhand.casework.models import Case, CaseAccount
from evenhand.delinquency.models import ClockAct
from evenhand.kernel.banking_days import on_a_banking_day
from evenhand.ledger.models import Book
from evenhand.ledger.policy import RECEIVABLES
from evenhand.portfolio.models import Person

YEAR = timedelta(days=365)
VULNERABLE = frozenset({"VULNERABLE", "HARDSHIP", "RELIEF"})  # segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One account that an arrangement may be about, with what our ledger says is owed on it, by part."""

    account_key: int
    card_tail: str
    currency: str
    owed_minor: tuple[tuple[str, int], ...]

    @property
    def total_minor(self) -> int:
        """All of it."""
        return sum(minor for _, minor in self.owed_minor)


def accounts_owed(customer_id: UUID, *, currency: str) -> tuple[Owed, ...]:
    """The accounts of a person's case with a ledger in the portfolio's currency and something owed, the largest
    first."""
    lines = CaseAccount.objects.filter(case__customer_id=customer_id, left_on=None)
    tails = dict(lines.values_list("account_key", "card_tail"))
    books = Book.objects.filter(account_key__in=tails, currency=currency)
    found = [
        Owed(
            account_key=book.account_key,
            card_tail=tails[book.account_key],
            currency=book.currency,
            owed_minor=_owed(book),
        )
        for book in books
    ]
    return tuple(
        sorted(
            (one for one in found if one.total_minor > 0),
            key=lambda one: (-one.total_minor, one.account_key),
        )
    )


def _owed(book: Book) -> tuple[tuple[str, int], ...]:
    """By part, less what she has to her credit, which stands against principal first."""
    parts = {part: getattr(book, f"{part.lower()}_minor") for part in RECEIVABLES}
    credit = book.credit_minor
    for part in ("PRINCIPAL", "UNSPLIT", "INTEREST", "LATE_CHARGE", "FEE"):
        taken = min(credit, parts[part])
        parts[part], credit = parts[part] - taken, credit - taken
    return tuple(parts.items())


def offer_facts(
    customer_id: UUID, *, on: date, account_keys: Collection[int] = (), willing: bool = True
) -> tuple[OfferFacts, tuple[Owed, ...]]:
    """What offers to a person are made from, and the accounts they are about: those named, or all of her case's."""
    case = Case.objects.get(customer_id=customer_id)
    owed = accounts_owed(customer_id, currency=case.currency)
    if account_keys:
        owed = tuple(one for one in owed if one.account_key in set(account_keys))
    holds = frozenset(standing_holds(customer_id, on, [one.account_key for one in owed]))
    means = means_of(customer_id, on=on)
    return OfferFacts(
        on=on,
        currency=case.currency,
        owed_minor=_together(owed),
        arrears_minor=case.arrears_minor,
        overdue_days=(on - case.overdue_from_on).days if case.overdue_from_on else 0,
        range=case.offer,
        holds=holds,
        vulnerable=case.segment in VULNERABLE or bool(holds & FRAGILE),
        willing=willing,
        plan_running=Plan.objects.filter(customer_id=customer_id, state__in=LIVE).exists(),
        depth=Depth(means.depth) if means else Depth.NONE,
        afforded=afforded_by(means) if means else None,
        extended_on=_extended(customer_id),
        waived_minor=_waived_lately(customer_id, on),
        reaged_on=tuple(
            ClockAct.objects.filter(customer_id=customer_id, kind="REAGE").values_list(
                "from_on", flat=True
            )
        ),
    ), owed


def means_of(customer_id: UUID, *, on: date) -> Assessment | None:
    """What she last said of her means, while it is taken as it was: the deepest, and of those the latest."""
    rows = Assessment.objects.filter(
        customer_id=customer_id, taken_on__lte=on, valid_until_on__gt=on
    )
    found = list(rows.order_by("taken_at", "id"))
    if not found:
        return None
    latest = found[-1]
    deeper = [row for row in found if DEEPER[Depth(row.depth)] > DEEPER[Depth(latest.depth)]]
    same_word = [row for row in deeper if row.surplus_minor <= latest.surplus_minor]
    return same_word[-1] if same_word else latest


def afforded_by(row: Assessment) -> Afforded:
    """What was worked out from her means, as it was."""
    return Afforded(
        essentials_minor=row.essentials_minor,
        floor_minor=row.floor_minor,
        surplus_minor=row.surplus_minor,
        instalment_max_minor=row.instalment_max_minor,
    )


def region_of(customer_id: UUID) -> str:
    """Where the bank's files say a person lives; empty where they do not."""
    found: str = Person.objects.values_list("region", flat=True).get(id=customer_id)
    return found


def offers_to(
    customer_id: UUID, asker: str, *, on: date, account_keys: Collection[int] = ()
) -> tuple[Offer, ...]:
    """Every arrangement for a person and what stands against it, for one who asks."""
    facts, _ = offer_facts(customer_id, on=on, account_keys=account_keys)
    return offers(facts, asker, house(), moved=on_a_banking_day)


def _extended(customer_id: UUID) -> tuple[date, ...]:
    rows = Plan.objects.filter(customer_id=customer_id, kind="EXTENSION")
    return tuple(day for day in rows.values_list("agreed_on", flat=True) if day is not None)


def _waived_lately(customer_id: UUID, on: date) -> tuple[tuple[str, int], ...]:
    rows = Waiver.objects.filter(
        customer_id=customer_id, made_on__gt=on - YEAR, state__in=("ASKED", "BOOKED"), plan=None
    )
    return tuple(rows.values_list("part").annotate(Sum("amount_minor")))


def _together(owed: Sequence[Owed]) -> tuple[tuple[str, int], ...]:
    sums = dict.fromkeys(RECEIVABLES, 0)
    for one in owed:
        for part, minor in one.owed_minor:
            sums[part] += minor
    return tuple(sums.items())
