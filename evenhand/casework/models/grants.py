"""Which cases an agency may ask about."""

from django.db import models
from django.db.models import Q

from evenhand.casework.models.case import Case
from evenhand.runtime.fields import KeyField


class CaseGrant(models.Model):
    """One row is one case that an agency may ask the gate about, under the reference it knows it by."""

    id = KeyField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="grants")
    collector = models.CharField(max_length=40)  # the agency's code
    reference = models.CharField(max_length=64)  # tells nothing of the person
    granted_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    taken_back_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["collector", "reference"], name="case_grant_reference_means_one_case"
            ),
            models.UniqueConstraint(
                fields=["case", "collector"],
                condition=Q(taken_back_at=None),
                name="case_granted_once_to_an_agency",
            ),
            models.CheckConstraint(
                name="case_grant_taken_back_iff_it_says_why",
                condition=Q(taken_back_at=None, taken_back_reason="")
                | (Q(taken_back_at__isnull=False) & ~Q(taken_back_reason="")),
            ),
        ]
