"""The queue of money: what nobody could place with whom it may be for, what the core has not confirmed, what was
refused."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import pyarrow as pa
from django.db.models import Q

from evenhand.casework.models import CaseAccount
from evenhand.cycle.suggesting import Suggestion, Words, suggestions, words_of
from evenhand.kernel.banking_days import banking_days_between
from evenhand.ledger.models import ReceivedPayment
from evenhand.payments.models import GatewayNotice, PaidClaim, UnmatchedMoney
from evenhand.payments.policy import payment_terms
from evenhand.runtime.keys import Keys

WAITING = UnmatchedMoney.State.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """One sum that waits to be placed, with what stands with it in clear and whom it may be for."""

    id: UUID
    amount_minor: int
    currency: str
    value_on: date
    booked_on: date
    received_at: datetime
    file: str
    line: int | None
    words: Words
    found: tuple[Suggestion, ...]

    @property
    def key(self) -> str:
        """Where the next page starts after it."""
        return str(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnconfirmedRow:
    """Money counted that no file of the core has carried; `age_days` are banking days."""

    customer_id: UUID
    account_key: int
    amount_minor: int
    currency: str
    value_on: date
    source: str
    received_at: datetime
    age_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notification of the gateway that was refused, and why."""

    notice: str
    reason: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """One word of a person that she has paid."""

    id: UUID
    amount_minor: int | None
    currency: str
    paid_on: date | None
    made_on: date
    until_on: date | None
    state: str
    made_by: str


def waiting_rows(keys: Keys, *, after: str = "", limit: int = 50) -> tuple[WaitingRow, ...]:
    """Sums that wait, the oldest first, from after a key. Raises ValueError for a key that is none."""
    rows = UnmatchedMoney.objects.filter(state=WAITING).select_related("file")
    if after:
        rows = rows.filter(id__gt=UUID(after))
    found = list(rows.order_by("id")[:limit])
    hints = suggestions(found, keys)
    return tuple(
        WaitingRow(
            id=row.id,
            amount_minor=row.amount_minor,
            currency=row.currency,
            value_on=row.value_on,
            booked_on=row.booked_on,
            received_at=row.received_at,
            file=row.file.name if row.file else "",
            line=row.line,
            words=words_of(row, keys),
            found=hints[row.id],
        )
        for row in found
    )


def currency_of(money_id: UUID) -> str | None:
    """The currency of a sum that waits; None for one that does not."""
    rows = UnmatchedMoney.objects.filter(id=money_id, state=WAITING)
    found: str | None = rows.values_list("currency", flat=True).first()
    return found


def waiting_count() -> int:
    """How many sums wait."""
    return UnmatchedMoney.objects.filter(state=WAITING).count()


def unconfirmed_rows(*, on: date, limit: int = 200) -> tuple[UnconfirmedRow, ...]:
    """Money by day that the core has not confirmed within the bank's banking days, the oldest first."""
    most = payment_terms().provisional_banking_days
    rows = ReceivedPayment.objects.filter(
        confirmed_on=None, value_on__lt=on - timedelta(days=most)
    ).order_by("value_on", "id")[:limit]
    found = [(row, banking_days_between(row.value_on, on)) for row in rows]
    return tuple(
        UnconfirmedRow(
            customer_id=row.customer_id, account_key=row.account_key, amount_minor=row.amount_minor,
            currency=row.currency, value_on=row.value_on, source=row.source, received_at=row.received_at, age_days=age,
        )
        for row, age in found
        if age > most
    )  # fmt: skip


def refused_notices(*, limit: int = 100) -> tuple[NoticeRow, ...]:
    """The latest notifications that were refused."""
    rows = GatewayNotice.objects.filter(state="REFUSED").order_by("-received_at", "-id")[:limit]
    return tuple(
        NoticeRow(notice=row.notice, reason=row.reason, received_at=row.received_at) for row in rows
    )


def claim_rows(customer_id: UUID, *, limit: int = 5) -> tuple[ClaimRow, ...]:
    """What a person said she had paid, the latest first."""
    rows = PaidClaim.objects.filter(customer_id=customer_id).select_related("made_by")
    return tuple(
        ClaimRow(
            id=row.id, amount_minor=row.amount_minor, currency=row.currency, paid_on=row.paid_on, made_on=row.made_on,
            until_on=row.until_on, state=row.state, made_by=row.made_by.get_username() if row.made_by else "",
        )
        for row in rows.order_by("-made_at", "-id")[:limit]
    )  # fmt: skip


def account_named(text: str, keys: Keys) -> int | None:
    """The account of a case that the bank's number or a card's last digits mean, where they mean one."""
    [token] = keys.tokens(pa.array([text]), "account").tolist()
    rows = CaseAccount.objects.filter(Q(account_key=token) | Q(card_tail=text, left_on=None))
    found = list(rows.values_list("account_key", flat=True).distinct()[:2])
    return found[0] if len(found) == 1 else None
