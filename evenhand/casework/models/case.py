"""The case: one person's arrears under treatment, and what was decided about it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from evenhand.access.models import Desk
from evenhand.runtime.fields import KeyField


class CloseReason(models.TextChoices):
    """Why a stay in collections ended."""

    CURED = "CURED"
    BELOW_THRESHOLD = "BELOW_THRESHOLD"
    NOTHING_OWED = "NOTHING_OWED"
    ACCOUNT_GONE = "ACCOUNT_GONE"
    OPENED_IN_ERROR = "OPENED_IN_ERROR"


class Case(models.Model):
    """One row is one person in collections at this creditor; a person who comes back reopens it with its history."""

    class State(models.TextChoices):
        OPEN = "OPEN"
        CLOSED = "CLOSED"

    id = KeyField()
    customer = models.OneToOneField(
        "portfolio.Person", on_delete=models.PROTECT, related_name="case"
    )
    state = models.CharField(max_length=10, choices=State)
    opened_on = models.DateField()  # of the present or last stay
    closed_on = models.DateField(null=True)
    close_reason = models.CharField(max_length=20, choices=CloseReason, blank=True)
    entries = models.SmallIntegerField(default=1)
    desk = models.CharField(max_length=10, choices=Desk)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="cases"
    )

    # what is published of tonight's figures and decision; amounts in the portfolio's base currency
    currency = models.CharField(max_length=3)
    overdue_from_on = models.DateField(
        null=True
    )  # days past due on day D are D minus it; it stands still
    treatment_from_on = models.DateField(null=True)
    bucket = models.CharField(max_length=3)
    risk_class = models.CharField(max_length=20)
    arrears_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    promise = models.CharField(max_length=10)
    segment = models.CharField(max_length=30)
    treatment = models.CharField(max_length=30)
    channel = models.CharField(max_length=20)
    tone = models.CharField(max_length=20)
    offer = models.CharField(
        max_length=20, default="NONE"
    )  # the widest arrangement to offer unasked
    priority = models.IntegerField(default=0)
    decided_on = models.DateField()  # since when the decision has stood
    decided_by = models.CharField(max_length=10)  # NIGHT, DAY or MANUAL
    strategy_digest = models.CharField(max_length=64)  # of the tables it stands by
    facts_seq = models.BigIntegerField()

    # what the last result says: the night leaves it as it is
    next_act = models.CharField(max_length=20, blank=True, db_default="")
    next_on = models.DateField(null=True)
    worked_on = models.DateField(null=True)  # the banking day of the last result

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="case_closed_iff_day_and_reason",
                condition=Q(state="OPEN", closed_on=None, close_reason="")
                | (Q(state="CLOSED", closed_on__isnull=False) & ~Q(close_reason="")),
            ),
        ]
        indexes = [
            models.Index(
                "desk", F("priority").desc(), "id", name="case_worklist", condition=Q(state="OPEN")
            ),
            models.Index(
                "desk",
                "next_on",
                name="case_due",
                condition=Q(state="OPEN", next_on__isnull=False),
            ),
        ]


class Stay(models.Model):
    """One row is one stay of a case in collections, from entry to exit."""

    id = KeyField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stays")
    number = models.SmallIntegerField()
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    close_reason = models.CharField(max_length=20, choices=CloseReason, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="stay_numbered_once"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(closed_on=None), name="stay_open_once"
            ),
        ]


class CaseAccount(models.Model):
    """One row is one account that is or was a line of a case, with the figures last published."""

    id = KeyField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="accounts")
    account_key = models.BigIntegerField()
    card_tail = models.CharField(max_length=4, blank=True)
    product = models.CharField(max_length=30)
    currency = models.CharField(max_length=3)
    joined_on = models.DateField()
    left_on = models.DateField(null=True)
    overdue_from_on = models.DateField(null=True)
    bucket = models.CharField(max_length=3)
    risk_class = models.CharField(max_length=20)
    arrears_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    core_status = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "account_key"], name="case_account_once"),
        ]
        indexes = [models.Index(fields=["account_key"], name="case_account_by_account")]


class DayDecision(models.Model):
    """One row is one decision made by day: the facts it saw and what it said, kept as it was."""

    id = KeyField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="day_decisions")
    banking_day = models.DateField()
    cause = models.CharField(max_length=30)
    facts_seq = models.BigIntegerField()
    facts = models.JSONField()
    decision = models.JSONField()
    strategy_digest = models.CharField(max_length=64)
    decided_at = models.DateTimeField()


class ManualDecision(models.Model):
    """One row is a treatment a person chose; it outranks the tables until it expires or is lifted."""

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="manual_decisions"
    )
    treatment = models.CharField(max_length=30)
    reason = models.CharField(max_length=200)
    from_on = models.DateField()
    until_on = models.DateField()  # exclusive
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="manual_decision_ends_after_it_starts", condition=Q(until_on__gt=F("from_on"))
            ),
        ]
