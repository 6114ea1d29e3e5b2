"""Who was given which case, batch by batch, and what a collector keeps."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from evenhand.casework.models.case import Case
from evenhand.runtime.fields import KeyField


class AssignmentBatch(models.Model):
    """One row is one sharing out of cases (分案): looked at, then done or discarded, and undone while unworked."""

    class State(models.TextChoices):
        PREVIEW = "PREVIEW"
        DONE = "DONE"
        UNDONE = "UNDONE"
        DISCARDED = "DISCARDED"

    id = KeyField()
    number = models.BigIntegerField(unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.PREVIEW)
    desk = models.CharField(max_length=10)
    rebalances = models.BooleanField()  # also what somebody has already
    banking_day = models.DateField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="assignment_done_iff_by_somebody",
                condition=Q(state__in=["PREVIEW", "DISCARDED"], done_at=None, done_by=None)
                | Q(state__in=["DONE", "UNDONE"], done_at__isnull=False, done_by__isnull=False),
            ),
        ]


class AssignmentLine(models.Model):
    """One row is one case of a batch: whose it was, whose it becomes, or why nobody gets it."""

    id = KeyField()
    batch = models.ForeignKey(AssignmentBatch, on_delete=models.PROTECT, related_name="lines")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    from_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    to_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=20, blank=True)  # why nobody, or why it stayed as it was
    state = models.CharField(
        max_length=10, blank=True
    )  # GIVEN, then WORKED or TAKEN_BACK; CHANGED: it was not as looked at

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "case"], name="assignment_line_once_a_batch"),
            models.CheckConstraint(
                name="assignment_line_to_somebody_or_why_not",
                condition=Q(to_owner__isnull=False, reason="") | (Q(to_owner=None) & ~Q(reason="")),
            ),
        ]
        indexes = [models.Index(fields=["case", "state"], name="assignment_line_of_case")]


class KeptCase(models.Model):
    """One row is one case that its owner keeps (留案): no batch gives it to another until the day."""

    id = KeyField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="kept")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20)
    from_on = models.DateField()
    until_on = models.DateField()  # exclusive
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="kept_case_once_at_a_time"
            ),
            models.CheckConstraint(
                name="kept_case_ends_after_it_starts", condition=Q(until_on__gt=F("from_on"))
            ),
        ]
