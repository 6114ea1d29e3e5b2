"""What is set aside, and until when."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value

from evenhand.compliance.vocabulary import EFFECTS
from evenhand.runtime.fields import KeyField


class Hold(models.Model):
    """One row is one hold on a person or on some of her debts: what it stops rests until its end or until it is lifted.

    It is never changed but for its lifting. To extend it is to lift it and to place the one that `extends` it.
    """

    class Reason(models.TextChoices):
        DISPUTE = "DISPUTE"
        COMPLAINT = "COMPLAINT"
        HARDSHIP = "HARDSHIP"
        FRAUD = "FRAUD"
        DECEASED = "DECEASED"
        ILLNESS = "ILLNESS"
        DISASTER = "DISASTER"
        PLAN = "PLAN"
        BREATHING_SPACE = "BREATHING_SPACE"
        DEBT_ADVICE_PAUSE = "DEBT_ADVICE_PAUSE"
        MENTAL_CAPACITY = "MENTAL_CAPACITY"
        SENSITIVE_EVENT = "SENSITIVE_EVENT"
        OTHER = "OTHER"

    id = KeyField()
    customer = models.ForeignKey("portfolio.Person", on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=20, choices=Reason)
    effects = models.JSONField(
        db_default=Value(["CONTACT"], models.JSONField())
    )  # of compliance.vocabulary.EFFECTS
    debts = models.JSONField(
        db_default=Value([], models.JSONField())
    )  # account keys as text; none named: all
    from_on = models.DateField()
    until_on = models.DateField(null=True)  # exclusive; null: until it is lifted
    review_on = models.DateField(null=True)  # when somebody looks at it again
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)  # what shows that it is due
    extends = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="extended_by"
    )
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_reason = models.CharField(max_length=200, blank=True)
    # The counts of the person from which it is known and from which on it is lifted, set by the database: they say
    # without a clock whether a permit, which carries the count it was judged at, came before or after.
    known_seq = models.BigIntegerField(db_default=0)
    lifted_seq = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="hold_ends_after_it_starts",
                condition=Q(until_on=None) | Q(until_on__gt=F("from_on")),
            ),
            models.CheckConstraint(
                name="hold_has_an_end_or_a_review_date",
                condition=Q(until_on__isnull=False) | Q(review_on__isnull=False),
            ),
            models.CheckConstraint(
                name="hold_stops_something_known",
                condition=Q(effects__contained_by=sorted(EFFECTS)) & ~Q(effects=[]),
            ),
            models.CheckConstraint(
                name="hold_lifted_iff_it_says_why",
                condition=Q(lifted_at=None, lift_reason="")
                | (Q(lifted_at__isnull=False) & ~Q(lift_reason="")),
            ),
        ]
