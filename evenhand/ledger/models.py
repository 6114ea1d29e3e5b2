"""Money we learn of by day, before the core's file confirms it."""

from django.db import models
from django.db.models import Q

from evenhand.runtime.fields import KeyField


class ReceivedPayment(models.Model):
    """One row is one payment known to us by day. It counts until a file of the core carries its reference."""

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="received_payments"
    )
    account_key = models.BigIntegerField()
    reference_key = models.BigIntegerField(unique=True)  # same key as `payment_ref` has in the lake
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    value_on = models.DateField()
    received_at = models.DateTimeField()
    confirmed_on = models.DateField(null=True)  # banking day whose file carried it

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="received_payment_is_not_zero", condition=~Q(amount_minor=0)
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "account_key"], name="received_payment_by_person")
        ]
