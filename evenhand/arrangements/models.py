"""Promises to pay."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from evenhand.runtime.fields import KeyField


class Promise(models.Model):
    """One row is an amount a person said she will pay by a day. What became of it is worked out, not typed."""

    class State(models.TextChoices):
        OPEN = "OPEN"
        KEPT = "KEPT"
        BROKEN = "BROKEN"
        WITHDRAWN = "WITHDRAWN"

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="promises"
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    made_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    settled_on = models.DateField(null=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="promise_is_of_money", condition=Q(amount_minor__gt=0)),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state="OPEN"), name="promise_open_once_per_person"
            ),
        ]
