"""The same repayments in three orders, side by side: the regulator's, the civil code's, and the criminal court's.

As booked (CCM Article 57), as a court takes them where nothing else is agreed (民法典 561), and as the judicial
interpretation on card fraud counts them: every repayment is one of principal (2018 解释 Article 9).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from evenhand.ledger.booking import read_facts
from evenhand.ledger.models import Book
from evenhand.ledger.policy import Order, allocation_on
from evenhand.ledger.queries import NoBook
from evenhand.ledger.replay import Fact, replay

VIEWS = ("REGULATORY", "CIVIL", "CRIMINAL")
CRIMINAL: Order = ("PRINCIPAL", "UNSPLIT", "INTEREST", "LATE_CHARGE", "FEE")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is left of an account by one order, in minor units."""

    name: str  # of VIEWS
    principal_minor: int
    charges_minor: int
    credit_minor: int

    @property
    def total_minor(self) -> int:
        """All that is left, less credit: the same in every view."""
        return self.principal_minor + self.charges_minor - self.credit_minor


def three_views(account_key: int, *, until: date) -> tuple[View, ...]:
    """What is left of an account at the end of a day in each order; none where the core gives no parts.

    Raises NoBook.
    """
    book = Book.objects.filter(account_key=account_key).first()
    if book is None:
        raise NoBook(f"account {account_key} has no ledger")
    if not book.split:
        return ()
    by_book, _, _ = read_facts([book.id])
    facts = [fact for fact in by_book[book.id] if fact.value_on <= until]
    orders: dict[str, Callable[[int, date], Order]] = {
        "REGULATORY": lambda days, on: allocation_on(on).order(days),
        "CIVIL": lambda _days, on: allocation_on(on).civil or CRIMINAL,
        "CRIMINAL": lambda _days, _on: CRIMINAL,
    }
    return tuple(_view(name, facts, orders[name]) for name in VIEWS)


def _view(name: str, facts: list[Fact], order: Callable[[int, date], Order]) -> View:
    outcome = replay(facts, order)
    charges = sum(
        minor for part, minor in outcome.owed.items() if part not in ("PRINCIPAL", "UNSPLIT")
    )
    return View(
        name=name,
        principal_minor=outcome.owed.get("PRINCIPAL", 0),
        charges_minor=charges,
        credit_minor=outcome.credit_minor,
    )
