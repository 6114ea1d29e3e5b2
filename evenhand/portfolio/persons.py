"""The person row: made at the first act of any kind, locked first, counting what was learnt of her."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import BigIntegerField, F, Func

from evenhand.portfolio.models import Person


def person_of(*, customer_key: int, partition: int) -> Person:
    """The person's row, made now if this is the first act about her."""
    return Person.objects.get_or_create(
        customer_key=customer_key, defaults={"partition": partition}
    )[0]


def lock_persons(
    *, ids: Sequence[UUID] | None = None, customer_keys: Sequence[int] | None = None
) -> list[Person]:
    """Lock people in id order, FOR NO KEY UPDATE; unknown ones are left out. Facts are read after this, not with it."""
    rows = Person.objects.select_for_update(no_key=True).order_by("id")
    if ids is not None:
        assert customer_keys is None
        return list(rows.filter(id__in=ids))
    assert customer_keys is not None
    return list(rows.filter(customer_key__in=customer_keys))


def facts_changed(person: Person) -> None:
    """Say that something a decision or the gate reads has changed: what was decided from the old number is void.

    The row is written, and so locked, by this transaction, whose number stays in it: the database refuses at commit a
    change of a hold or of a standing fact whose person was not raised by the same transaction.
    """
    Person.objects.filter(id=person.id).update(
        facts_seq=F("facts_seq") + 1, facts_tx=THIS_TRANSACTION
    )


THIS_TRANSACTION = Func(
    template="pg_current_xact_id()::text::bigint", output_field=BigIntegerField()
)
