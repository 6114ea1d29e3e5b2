"""What became of each repayment of one account: the same facts in any order of arrival give the same allocation.

Facts are taken by value date; on one day what is owed comes before what is paid. Nothing here is added to a figure that
stood before: the whole is worked out again, and what differs from what is booked is counter-posted by the caller.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from evenhand.ledger.policy import RECEIVABLES, Order

RANKS = {"OWED": 0, "FORGIVEN": 1, "PAID": 2, "TAKEN_BACK": 3, "GIVEN_BACK": 4}
"""On one value date: what is owed, what is waived, what is paid, payments taken back, over-payments given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that happened to an account. `key` is that of its posting or payment and orders facts of one day."""

    key: str
    kind: str  # of RANKS
    value_on: date
    amount_minor: int  # above zero
    part: str = ""  # of RECEIVABLES, of what is owed or waived
    overdue_days: int = 0  # at the value date, of what is paid

    def __post_init__(self) -> None:
        assert self.kind in RANKS
        assert self.amount_minor > 0
        assert (self.part in RECEIVABLES) == (self.kind in {"OWED", "FORGIVEN"})


class Move(NamedTuple):
    """Money of one fact that settles a receivable, or becomes or leaves the credit of the account.

    From PAID to a receivable or CREDIT, from CREDIT to a receivable, or from a receivable or CREDIT back to PAID.
    """

    cause: str
    debit: str
    credit: str
    amount_minor: int
    value_on: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is owed by part after all facts, the credit, and the moves that led there."""

    owed: Mapping[str, int]
    credit_minor: int
    moves: tuple[Move, ...]

    @property
    def total_minor(self) -> int:
        """What is owed less what she has to her credit."""
        return sum(self.owed.values()) - self.credit_minor


def waterfall(amount_minor: int, owed: Mapping[str, int], order: Sequence[str]) -> dict[str, int]:
    """How much of an amount goes to each part, in order; what is left over is under CREDIT, where there is any."""
    assert amount_minor >= 0
    parts: dict[str, int] = {}
    for part in order:
        taken = min(amount_minor, max(owed.get(part, 0), 0))
        if taken:
            parts[part] = taken
            amount_minor -= taken
    if amount_minor:
        parts["CREDIT"] = amount_minor
    return parts


def replay(facts: Iterable[Fact], order_of: Callable[[int, date], Order]) -> Outcome:
    """Work out the moves of all facts of one account. `order_of` gives the order for days past due at a value date."""
    return _Replay(order_of).run(sorted(facts, key=_place))


def _place(fact: Fact) -> tuple[date, int, str]:
    return fact.value_on, RANKS[fact.kind], fact.key


class _Replay:
    """One pass over the facts of an account."""

    def __init__(self, order_of: Callable[[int, date], Order]) -> None:
        self.order_of = order_of
        self.owed = dict.fromkeys(RECEIVABLES, 0)
        self.credit = 0
        self.moves: list[Move] = []
        self.settled: list[tuple[str, str, int]] = []  # cause, part, amount: the latest at the end
        self.overdue_days = 0

    def run(self, facts: Sequence[Fact]) -> Outcome:
        take = {
            "OWED": self.owe,
            "FORGIVEN": self.forgive,
            "PAID": self.pay,
            "TAKEN_BACK": self.take_back,
            "GIVEN_BACK": self.give_back,
        }
        for fact in facts:
            take[fact.kind](fact)
            assert self.credit >= 0
        return Outcome(dict(self.owed), self.credit, tuple(self.moves))

    def owe(self, fact: Fact) -> None:
        self.owed[fact.part] += fact.amount_minor
        self.use_credit(fact)

    def forgive(self, fact: Fact) -> None:
        self.owed[fact.part] -= fact.amount_minor
        beyond = -min(self.owed[fact.part], 0)
        if beyond:  # it was paid before: the money is hers
            self.move(fact, fact.part, "CREDIT", beyond)
            self.owed[fact.part] += beyond
            self.credit += beyond
            self.use_credit(fact)

    def pay(self, fact: Fact) -> None:
        self.overdue_days = fact.overdue_days
        order = self.order_of(fact.overdue_days, fact.value_on)
        for part, amount in waterfall(fact.amount_minor, self.owed, order).items():
            self.settle(fact, part, amount)

    def settle(self, fact: Fact, part: str, amount: int) -> None:
        self.move(fact, "PAID", part, amount)
        self.settled.append((fact.key, part, amount))
        if part == "CREDIT":
            self.credit += amount
        else:
            self.owed[part] -= amount

    def take_back(self, fact: Fact) -> None:
        """Undo the latest settlements, those of the same sum first; what no payment covers is owed as principal."""
        left = fact.amount_minor
        sums: dict[str, int] = {}
        for cause, _, amount in self.settled:
            sums[cause] = sums.get(cause, 0) + amount
        same = [cause for cause, total in sums.items() if total == left]
        chosen = [row for row in self.settled if same and row[0] == same[-1]] or self.settled
        for cause, part, amount in reversed(list(chosen)):
            if not left:
                break
            undone = min(amount, left)
            left -= undone
            self.settled.remove((cause, part, amount))
            if amount > undone:
                self.settled.append((cause, part, amount - undone))
            self.undo(fact, part, undone)
        if left:
            self.move(fact, "PRINCIPAL", "PAID", left)
            self.owed["PRINCIPAL"] += left

    def undo(self, fact: Fact, part: str, amount: int) -> None:
        """Take money out of where it went; credit that was used since is taken from what it settled."""
        if part == "CREDIT":
            free = min(amount, self.credit)
            self.credit -= free
            if free:
                self.move(fact, "CREDIT", "PAID", free)
            amount, part = amount - free, "PRINCIPAL"
        if amount:
            self.move(fact, part, "PAID", amount)
            self.owed[part] += amount

    def give_back(self, fact: Fact) -> None:
        assert fact.amount_minor <= self.credit, "no more is given back than there is to her credit"
        self.credit -= fact.amount_minor

    def use_credit(self, fact: Fact) -> None:
        """Settle what is owed out of credit, in the order of the last money's days past due."""
        if not self.credit:
            return
        order = self.order_of(self.overdue_days, fact.value_on)
        for part, amount in waterfall(self.credit, self.owed, order).items():
            if part != "CREDIT":
                self.move(fact, "CREDIT", part, amount)
                self.owed[part] -= amount
                self.credit -= amount

    def move(self, fact: Fact, debit: str, credit: str, amount: int) -> None:
        self.moves.append(Move(fact.key, debit, credit, amount, fact.value_on))
