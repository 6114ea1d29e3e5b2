"""The same money told of by a gateway and by a bank statement, booked once, in whichever order they come."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from evenhand.cycle.money import Money
from evenhand.ledger.models import ReceivedPayment
from evenhand.payments.models import RepeatedMoney, StatementFile

_OTHER = {"GATEWAY": "BANK_STATEMENT", "BANK_STATEMENT": "GATEWAY"}


def told_before(
    money: Money,
    *,
    now: datetime,
    file: StatementFile | None = None,
    line: int | None = None,
    also_called: tuple[int, ...] = (),
) -> bool:
    """Whether the other source told of this money, which is noted then: each payment is repeated once at most.

    It is the same where one source names the other's reference (`also_called`), else where account, sum and value date
    are equal. The caller holds the person's lock.
    """
    if RepeatedMoney.objects.filter(reference_key=money.reference_key).exists():
        return True
    if ReceivedPayment.objects.filter(reference_key=money.reference_key).exists():
        return False  # the same source again: booking sees whether it says the same
    others = ReceivedPayment.objects.filter(
        source=_OTHER[money.source],
        account_key=money.account_key,
        amount_minor=money.amount_minor,
    )
    repeated = RepeatedMoney.objects.values("repeats_key")
    free = others.exclude(reference_key__in=repeated).order_by("received_at", "id")
    found = (
        free.filter(reference_key__in=also_called).first()
        or free.filter(value_on=money.value_on).first()
    )
    if found is None:
        return False
    RepeatedMoney.objects.create(
        file=file,
        line=line,
        reference_key=money.reference_key,
        repeats_key=found.reference_key,
        seen_at=now,
    )
    return True


def told_by_gateway(days: Iterable[date]) -> dict[object, int]:
    """Accounts of what the gateway told of and no statement yet, by reference, and by sum, currency and value date.

    By the latter only where there is one such payment: of two alike nobody can say which it is.
    """
    rows = ReceivedPayment.objects.filter(source="GATEWAY", value_on__in=set(days)).exclude(
        reference_key__in=RepeatedMoney.objects.values("repeats_key")
    )
    found: dict[object, int] = {}
    alike: Counter[object] = Counter()
    for row in rows:
        by_sum = (row.amount_minor, row.currency, row.value_on)
        found[row.reference_key] = found[by_sum] = row.account_key
        alike[by_sum] += 1
    return {key: account for key, account in found.items() if alike[key] < 2}
