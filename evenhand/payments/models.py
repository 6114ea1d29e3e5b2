"""Payments begun at the gateway, and everything the gateway said of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from evenhand.runtime.fields import KeyField


class PaymentIntent(models.Model):
    """One row is one payment that was begun at the gateway: for whom, how much, and what became of it."""

    class State(models.TextChoices):
        CREATED = "CREATED"  # begun; nothing is known of it yet
        PAID = "PAID"
        FAILED = "FAILED"

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="payment_intents"
    )
    account_key = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.CREATED)
    pay_page = models.CharField(max_length=500, blank=True)  # where the gateway lets her pay
    gateway_reference = models.CharField(max_length=64, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # the gateway takes no money for it afterwards
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="payment_intent_is_of_money", condition=Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="payment_intent_settled_iff_known",
                condition=Q(state="CREATED", settled_at=None)
                | (~Q(state="CREATED") & Q(settled_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["customer", "made_at"], name="payment_intent_by_person")]


class GatewayNotice(models.Model):
    """One row is one notification of the gateway that was taken, or one that was refused and why."""

    class State(models.TextChoices):
        TAKEN = "TAKEN"
        REFUSED = "REFUSED"

    id = KeyField()
    notice = models.CharField(max_length=80)  # the gateway's id of it
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=30, blank=True)
    sha256 = models.CharField(max_length=64)  # of the body as it came
    intent = models.ForeignKey(
        PaymentIntent, null=True, on_delete=models.PROTECT, related_name="notices"
    )
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice"], condition=Q(state="TAKEN"), name="gateway_notice_taken_once"
            ),
            models.CheckConstraint(
                name="gateway_notice_refused_iff_it_says_why",
                condition=Q(state="TAKEN", reason="") | (Q(state="REFUSED") & ~Q(reason="")),
            ),
        ]
        indexes = [models.Index(fields=["received_at"], name="gateway_notice_by_time")]
