"""Payments begun at the gateway and what it said of them; bank statements and money that no debt is known for."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from evenhand.runtime.fields import KeyField


class PaymentIntent(models.Model):
    """One row is one payment that was begun at the gateway: for whom, how much, and what became of it."""

    class State(models.TextChoices):
        CREATED = "CREATED"  # begun; nothing is known of it yet
        PAID = "PAID"
        FAILED = "FAILED"
        EXPIRED = "EXPIRED"  # nothing was heard of it in its time

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


class StatementFile(models.Model):
    """One row is one bank statement that was handed in, loaded or refused; the same bytes are loaded once."""

    class State(models.TextChoices):
        LOADED = "LOADED"
        REFUSED = "REFUSED"

    id = KeyField()
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=State)
    refusal = models.JSONField(default=dict)  # line, element, expected
    entries_in = models.IntegerField(default=0)
    entries_booked = models.IntegerField(default=0)
    entries_known = models.IntegerField(default=0)  # a statement or notice told of them before
    entries_waiting = models.IntegerField(default=0)  # no debt is known for them
    entries_outgoing = models.IntegerField(default=0)  # went out, so nobody's payment
    entries_pending = models.IntegerField(default=0)  # the bank has not booked them
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"], condition=Q(state="LOADED"), name="statement_file_loaded_once"
            ),
            models.CheckConstraint(
                name="statement_file_entries_are_all_accounted_for",
                condition=Q(
                    entries_in=F("entries_booked")
                    + F("entries_known")
                    + F("entries_waiting")
                    + F("entries_outgoing")
                ),
            ),
        ]


class UnmatchedMoney(models.Model):
    """One row is one sum that arrived and that no debt is known for, visible until it is placed, returned or split."""

    class State(models.TextChoices):
        WAITING = "WAITING"
        PLACED = "PLACED"
        RETURNED = "RETURNED"
        SPLIT = "SPLIT"

    id = KeyField()
    file = models.ForeignKey(
        StatementFile, null=True, on_delete=models.PROTECT, related_name="unmatched"
    )
    line = models.IntegerField(null=True)
    part_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    reference_key = models.BigIntegerField(unique=True)  # the payment's, once it is placed
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    value_on = models.DateField()
    booked_on = models.DateField()
    words = models.BinaryField(null=True)  # sealed: who paid, references, words
    notes = models.BinaryField(null=True)  # sealed: what staff found out
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    account_key = models.BigIntegerField(null=True)  # it was placed on
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="unmatched_money_is_not_zero", condition=~Q(amount_minor=0)
            ),
            models.CheckConstraint(
                name="unmatched_money_placed_iff_on_an_account",
                condition=Q(state="PLACED", account_key__isnull=False)
                | (~Q(state="PLACED") & Q(account_key=None)),
            ),
            models.CheckConstraint(
                name="unmatched_money_waits_iff_nobody_settled_it",
                condition=Q(state="WAITING", settled_at=None, settled_by=None)
                | (~Q(state="WAITING") & Q(settled_at__isnull=False, settled_by__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["state", "id"], name="unmatched_money_by_state")]


class RepeatedMoney(models.Model):
    """One row is one sum that a second source told of and that was booked from the first, so it is booked once."""

    id = KeyField()
    file = models.ForeignKey(
        StatementFile, null=True, on_delete=models.PROTECT, related_name="repeated"
    )
    line = models.IntegerField(null=True)
    reference_key = models.BigIntegerField(unique=True)  # as the second source calls it
    repeats_key = models.BigIntegerField(unique=True)  # as the payment is booked
    seen_at = models.DateTimeField()


class PaidClaim(models.Model):
    """One row is one word of a person that she has paid (称已还款): nobody asks again while the money is looked for."""

    class State(models.TextChoices):
        OPEN = "OPEN"
        FOUND = "FOUND"
        NOT_FOUND = "NOT_FOUND"

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="paid_claims"
    )
    amount_minor = models.BigIntegerField(null=True)  # none: she does not know
    currency = models.CharField(max_length=3)
    paid_on = models.DateField(null=True)
    made_on = models.DateField()
    until_on = models.DateField(null=True)  # exclusive; none: it pauses nothing
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    found_key = models.BigIntegerField(null=True)  # of the payment it was
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    settled_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="paid_claim_is_of_money",
                condition=Q(amount_minor=None) | Q(amount_minor__gt=0),
            ),
            models.CheckConstraint(
                name="paid_claim_open_iff_not_settled",
                condition=Q(state="OPEN", settled_on=None)
                | (~Q(state="OPEN") & Q(settled_on__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["customer", "state"], name="paid_claim_by_person")]


class CoreWord(models.Model):
    """One row is one word of the core by day over the interface: how many payments it told of, none included."""

    id = KeyField()
    request_key = models.CharField(max_length=120, unique=True)
    sha256 = models.CharField(max_length=64)  # of what was said
    payments = models.IntegerField()
    answer = models.JSONField()  # line by line, as it was given
    heard_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["heard_at"], name="core_word_by_time")]
