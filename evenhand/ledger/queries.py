"""Reads of the ledgers, as frozen rows for screens and commands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from evenhand.ledger.interest import Movement, balance_interest_minor
from evenhand.ledger.models import Book, Break, Posting, ReceivedPayment
from evenhand.ledger.policy import RECEIVABLES
from evenhand.portfolio.terms import Contract

OWN = (*RECEIVABLES, "CREDIT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is owed on an account at the end of a day, by part; amounts in minor units."""

    account_key: int
    currency: str
    as_of: date
    opened_on: date
    split: bool
    owed_minor: tuple[tuple[str, int], ...]  # by RECEIVABLES, in their order
    credit_minor: int
    provisional_minor: int  # of the money counted, what the core has yet to confirm

    @property
    def total_minor(self) -> int:
        """What is owed less what is to her credit."""
        return sum(minor for _, minor in self.owed_minor) - self.credit_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One posting as the statement of account shows it: above zero it adds to what is owed."""

    posting: UUID
    kind: str
    debit: str
    credit: str
    part: str  # the receivable or CREDIT that it changes; both where one settles the other
    change_minor: int  # of what is owed in total
    balance_minor: int  # in total, after it
    amount_minor: int
    value_on: date
    booked_on: date
    booked_at: datetime
    file_no: int | None
    line: int | None
    detail: str
    payment_source: str  # where the money of a payment comes from; else empty
    reversed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementOfAccount:
    """All that was booked to an account until a day, and what is owed then."""

    balance: Balance
    lines: tuple[StatementLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakRow:
    """One figure in which our book and the core differ."""

    account_key: int
    customer_id: UUID
    currency: str
    part: str
    ours_minor: int
    theirs_minor: int
    explanation: str
    since_on: date
    last_seen_on: date
    gone_on: date | None
    key: str  # where the next page starts after it


@dataclass(frozen=True, slots=True, kw_only=True)
class Payoff:
    """What it takes to settle an account on a day, if nothing else is booked to it until then."""

    on: date
    owed_minor: int  # at the end of the day it is worked out from, less credit
    interest_minor: (
        int | None
    )  # from then to the day; None where the core does not say what bears any

    @property
    def total_minor(self) -> int:
        """Owed and interest, never below nothing."""
        return max(self.owed_minor + (self.interest_minor or 0), 0)


class NoBook(LookupError):
    """The account has no ledger: it never came into collections here."""


def accounts_with_books(partition: int) -> list[tuple[int, UUID]]:
    """The accounts of a partition that have a book, with whose they are."""
    rows = Book.objects.filter(customer__partition=partition)
    return list(rows.values_list("account_key", "customer_id"))


def accounts_waiting() -> set[int]:
    """The accounts with money that no file of the core has confirmed."""
    rows = ReceivedPayment.objects.filter(confirmed_on=None)
    return set(rows.values_list("account_key", flat=True))


def statement_of_account(account_key: int, *, until: date) -> StatementOfAccount:
    """The statement of an account to the end of a day, by value date as the money is counted; raises NoBook."""
    book = Book.objects.filter(account_key=account_key).first()
    if book is None:
        raise NoBook(f"account {account_key} has no ledger")
    postings = list(book.postings.filter(value_on__lte=until).order_by("value_on", "id"))
    sources = dict(
        ReceivedPayment.objects.filter(account_key=account_key).values_list("id", "source")
    )
    reversed_ids = {posting.reverses_id for posting in postings if posting.reverses_id}
    return StatementOfAccount(
        balance=_balance(book, postings, until),
        lines=tuple(_lines(postings, sources, reversed_ids)),
    )


def balance_of(account_key: int, *, as_of: date) -> Balance:
    """What is owed on an account at the end of a day; raises NoBook."""
    return statement_of_account(account_key, until=as_of).balance


def payoff(
    balance: Balance, *, on: date, contract: Contract, frozen: Sequence[tuple[date, date]] = ()
) -> Payoff:
    """What settles an account on a day on or after its balance, with interest by contract; days of a freeze bear none.

    Principal bears interest, and so does interest where the contract compounds; charges and fees do not
    (银发〔2016〕111号).
    """
    assert on >= balance.as_of
    if not balance.split:
        return Payoff(on=on, owed_minor=balance.total_minor, interest_minor=None)
    owed = dict(balance.owed_minor)
    bearing = owed["PRINCIPAL"] + (owed["INTEREST"] if contract.compounds_monthly else 0)
    interest = balance_interest_minor(
        [Movement(balance.as_of, max(bearing - balance.credit_minor, 0))],
        since=balance.as_of,
        until=on,
        contract=contract,
        frozen=frozen,
    )
    return Payoff(on=on, owed_minor=balance.total_minor, interest_minor=interest)


def break_rows(
    account_keys: Sequence[int] | None = None, *, after: str = "", limit: int = 200
) -> tuple[BreakRow, ...]:
    """The open differences, the oldest first, from after a key; of some accounts, or of all. Raises ValueError for a
    key that is none."""
    rows = Break.objects.filter(gone_on=None).select_related("book")
    if account_keys is not None:
        rows = rows.filter(book__account_key__in=list(account_keys))
    if after:
        since, _, last = after.partition(".")
        day = date.fromisoformat(since)
        rows = rows.filter(since_on__gte=day).filter(Q(since_on__gt=day) | Q(id__gt=UUID(last)))
    return tuple(
        BreakRow(
            account_key=row.book.account_key,
            customer_id=row.customer_id,
            currency=row.book.currency,
            part=row.part,
            ours_minor=row.ours_minor,
            theirs_minor=row.theirs_minor,
            explanation=row.explanation,
            since_on=row.since_on,
            last_seen_on=row.last_seen_on,
            gone_on=row.gone_on,
            key=f"{row.since_on}.{row.id}",
        )
        for row in rows.order_by("since_on", "id")[:limit]
    )


def _balance(book: Book, postings: Sequence[Posting], until: date) -> Balance:
    sums = dict.fromkeys([*OWN, "PROVISIONAL"], 0)
    for posting in postings:
        if posting.debit in sums:
            sums[posting.debit] += posting.amount_minor
        if posting.credit in sums:
            sums[posting.credit] -= posting.amount_minor
    return Balance(
        account_key=book.account_key,
        currency=book.currency,
        as_of=until,
        opened_on=book.opened_on,
        split=book.split,
        owed_minor=tuple((part, sums[part]) for part in RECEIVABLES),
        credit_minor=-sums["CREDIT"],
        provisional_minor=sums["PROVISIONAL"],
    )


def _lines(
    postings: Sequence[Posting], sources: dict[UUID, str], reversed_ids: set[UUID]
) -> Iterator[StatementLine]:
    balance = 0
    for posting in postings:
        inside = [side for side in (posting.debit, posting.credit) if side in OWN]
        change = posting.amount_minor * ((posting.debit in OWN) - (posting.credit in OWN))
        balance += change
        yield StatementLine(
            posting=posting.id,
            kind=posting.kind,
            debit=posting.debit,
            credit=posting.credit,
            part=inside[0] if inside else "",
            change_minor=change,
            balance_minor=balance,
            amount_minor=posting.amount_minor,
            value_on=posting.value_on,
            booked_on=posting.booked_on,
            booked_at=posting.booked_at,
            file_no=posting.file_no,
            line=posting.line,
            detail=posting.detail,
            payment_source=sources.get(posting.cause, ""),
            reversed=posting.id in reversed_ids,
        )
