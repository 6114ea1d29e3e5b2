"""Instructions to the bank's core, the files they leave in, and the answers that come back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q

from evenhand.runtime.fields import KeyField

NEXT_NUMBER = Func(
    function="nextval",
    template="nextval('instructions_number')",
    output_field=models.BigIntegerField(),
)

FIGURES = (
    "WAIVER",
    "REVERSAL",
    "WRITE_OFF",
)  # what the figures of the core's files show once it is done


class InstructionFile(models.Model):
    """One row is one file of instructions made for the core, with its control totals; handed over once it lies
    there."""

    id = KeyField()
    number = models.BigIntegerField(unique=True)
    name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()  # sealed: it names accounts
    lines = models.IntegerField()
    totals = models.JSONField()  # by currency, in minor units
    made_on = models.DateField()
    made_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="instruction_file_is_not_empty", condition=Q(lines__gt=0)),
        ]


class AnswerFile(models.Model):
    """One row is one file of answers by the core, taken or refused whole; the same bytes are taken once."""

    class State(models.TextChoices):
        TAKEN = "TAKEN"
        REFUSED = "REFUSED"

    id = KeyField()
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State)
    refusal = models.JSONField(default=dict)  # line, field, expected
    done = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"], condition=Q(state="TAKEN"), name="answer_file_taken_once"
            ),
        ]


class Instruction(models.Model):
    """One row is one act the core must carry out, with its number, its answer, and the file that proved it was done."""

    class Kind(models.TextChoices):
        WAIVER = "WAIVER"
        REVERSAL = "REVERSAL"
        INTEREST_STOP = "INTEREST_STOP"
        INTEREST_RESTART = "INTEREST_RESTART"
        FEE_STOP = "FEE_STOP"
        FEE_RESTART = "FEE_RESTART"
        PLAN_SETUP = "PLAN_SETUP"
        PLAN_CANCEL = "PLAN_CANCEL"
        REAGE = "REAGE"
        BLOCK = "BLOCK"
        UNBLOCK = "UNBLOCK"
        WRITE_OFF = "WRITE_OFF"
        CONTACT_CORRECTION = "CONTACT_CORRECTION"
        CREDIT_CORRECTION = "CREDIT_CORRECTION"

    class State(models.TextChoices):
        WAITING = "WAITING"  # for the next file
        SENT = "SENT"
        DONE = "DONE"  # the core says so
        PART = "PART"  # the core says it did less
        REJECTED = "REJECTED"
        PROVED = "PROVED"  # its next file shows it
        WITHDRAWN = "WITHDRAWN"  # before it left
        GIVEN_UP = "GIVEN_UP"  # by its owner, who said why

    id = KeyField()
    number = models.BigIntegerField(unique=True, db_default=NEXT_NUMBER)
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="instructions"
    )
    account_key = models.BigIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    part = models.CharField(max_length=20, blank=True)  # of the debt, where it is about one
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    detail = models.JSONField(default=dict)
    cause = models.UUIDField()  # the plan, waiver or posting it follows from
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    tries = models.SmallIntegerField(default=1)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    file = models.ForeignKey(
        InstructionFile, null=True, on_delete=models.PROTECT, related_name="instructions"
    )  # of the last try
    answer = models.ForeignKey(
        AnswerFile, null=True, on_delete=models.PROTECT, related_name="instructions"
    )
    code = models.CharField(max_length=20, blank=True)  # the core's
    words = models.CharField(max_length=200, blank=True)
    done_minor = models.BigIntegerField(null=True)  # what the core says it booked
    made_on = models.DateField()
    made_at = models.DateTimeField()
    sent_on = models.DateField(null=True)
    answered_on = models.DateField(null=True)
    proved_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cause", "kind", "account_key", "part"], name="instruction_once_per_cause"
            ),
            models.CheckConstraint(
                name="instruction_is_of_money_or_of_none",
                condition=Q(amount_minor=None) | (Q(amount_minor__gt=0) & ~Q(currency="")),
            ),
            models.CheckConstraint(
                name="instruction_answered_after_it_was_sent",
                condition=Q(answered_on=None) | Q(answered_on__gte=F("sent_on")),
            ),
            models.CheckConstraint(
                name="instruction_proved_iff_a_day_says_so",
                condition=Q(state="PROVED", proved_on__isnull=False)
                | (~Q(state="PROVED") & Q(proved_on=None)),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "number"], name="instruction_by_state"),
            models.Index(fields=["account_key"], name="instruction_by_account"),
        ]
