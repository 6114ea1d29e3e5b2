"""Reads of holds."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import Q

from evenhand.casework.models import Hold


def standing_holds(customer_id: UUID, on: date, account_keys: Collection[int] = ()) -> set[str]:
    """The reasons of the holds that stand on a day about all of a person's debts, or about one of these accounts."""
    rows = Hold.objects.filter(
        Q(until_on=None) | Q(until_on__gt=on), customer_id=customer_id, lifted_at=None
    )
    named = {str(key) for key in account_keys}
    return {
        hold.reason
        for hold in rows.filter(from_on__lte=on)
        if not hold.debts or named & set(hold.debts)
    }
