"""What was asked for, and what a second person said to it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from evenhand.runtime.fields import KeyField


class Approval(models.Model):
    """One row is one question put to a second person about content with this digest, and the answer once given."""

    class Verdict(models.TextChoices):
        APPROVED = "APPROVED"
        REFUSED = "REFUSED"

    id = KeyField()
    subject = models.CharField(max_length=30)  # what kind of thing, such as STRATEGY or EXPERIMENT
    subject_id = models.UUIDField()
    digest = models.CharField(max_length=64)  # of exactly what is approved
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)
    made_by = models.JSONField(
        default=list
    )  # ids of all who had a hand in it; none of them may decide
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(
        null=True
    )  # the content was changed, or the asker thought better of it
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="approval_is_by_a_second_person",
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="approval_decided_iff_verdict",
                condition=Q(verdict="", decided_by=None, decided_at=None)
                | (~Q(verdict="") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="approval_withdrawn_has_no_verdict",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, verdict=""),
            ),
            models.UniqueConstraint(
                fields=["subject", "subject_id"],
                condition=Q(verdict="", withdrawn_at=None),
                name="approval_asked_once_at_a_time",
            ),
        ]
