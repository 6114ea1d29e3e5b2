"""What a collector works on and what she writes down."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from evenhand.casework.models.case import Case
from evenhand.runtime.fields import KeyField


class ContactResult(models.Model):
    """One row is what a collector wrote after one contact, or after work at the desk. It is never changed."""

    id = KeyField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="results")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()
    banking_day = models.DateField()
    contact = models.UUIDField(
        null=True
    )  # the permit it is about; none: she came to us, or nobody was there
    version = models.CharField(max_length=20)  # of the code lists
    act = models.CharField(max_length=20)
    line = models.CharField(max_length=20, blank=True)
    who = models.CharField(max_length=20, blank=True)
    talk = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=20, blank=True)
    next_act = models.CharField(max_length=20)
    next_on = models.DateField(null=True)
    note = models.BinaryField(null=True)  # sealed about the row
    note_findings = models.JSONField(default=list)  # codes of what the linter found in the note
    request_key = models.UUIDField()
    request_digest = models.CharField(max_length=64)  # of what was asked under the key

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request_key"], name="contact_result_written_once"),
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(contact__isnull=False),
                name="contact_result_one_of_a_contact",
            ),
        ]
        indexes = [
            models.Index(fields=["case", "-written_at"], name="contact_result_of_case"),
            models.Index(fields=["banking_day", "written_by"], name="contact_result_of_day"),
        ]


class ResultDraft(models.Model):
    """One row is what one member of staff has typed about a case and not saved yet; saving takes it away."""

    id = KeyField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    typed = models.BinaryField()  # sealed about the case and her
    typed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "staff"], name="result_draft_one_of_a_person")
        ]


class AtWork(models.Model):
    """One row is one case in the hands of one member of staff now, so that nobody else is offered it."""

    id = KeyField()
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="at_work")
    staff = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    taken_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # idle for longer than the house allows, it is anybody's
