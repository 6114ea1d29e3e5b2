"""What the ground itself records."""

from django.db import models

from evenhand.runtime.fields import KeyField


class Installation(models.Model):
    """One row is the birth of this database, and there is only one: demo or live, for ever."""

    class Mode(models.TextChoices):
        DEMO = "DEMO"
        LIVE = "LIVE"

    id = KeyField()
    single = models.BooleanField(default=True, unique=True)
    mode = models.CharField(max_length=4, choices=Mode)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="installation_is_single", condition=models.Q(single=True)),
            models.CheckConstraint(
                name="installation_is_demo_or_live", condition=models.Q(mode__in=["DEMO", "LIVE"])
            ),
        ]
