"""What a person decided about the treatment clock. The contractual clock has no table: nothing stops it."""

from django.db import models
from django.db.models import F, Q

from evenhand.runtime.fields import KeyField


class ClockAct(models.Model):
    """One row is one pause or re-ageing of a person's treatment days, with its cause."""

    class Kind(models.TextChoices):
        PAUSE = "PAUSE"
        REAGE = "REAGE"

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="clock_acts"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    cause = models.CharField(max_length=30)
    from_on = models.DateField()
    until_on = models.DateField(null=True)  # exclusive; none for a re-ageing
    acted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="clock_act_pause_ends_after_it_starts_and_reage_has_no_end",
                condition=Q(kind="PAUSE", until_on__gt=F("from_on"))
                | Q(kind="REAGE", until_on=None),
            ),
        ]
