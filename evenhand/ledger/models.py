"""What a debt is made of, posting by posting, and the money that settles it."""

from django.db import models
from django.db.models import F, Q

from evenhand.runtime.fields import KeyField


class ReceivedPayment(models.Model):
    """One row is one payment, or below zero one taken back. It is provisional until a file of the core carries it."""

    class Source(models.TextChoices):
        CORE_NIGHT = "CORE_NIGHT"
        CORE_INTRADAY = "CORE_INTRADAY"
        CORE_HTTP = "CORE_HTTP"
        GATEWAY = "GATEWAY"
        BANK_STATEMENT = "BANK_STATEMENT"

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="received_payments"
    )
    account_key = models.BigIntegerField()
    reference_key = models.BigIntegerField(unique=True)  # same key as `payment_ref` has in the lake
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    value_on = models.DateField()
    received_at = models.DateTimeField()
    source = models.CharField(max_length=20, choices=Source, default=Source.CORE_INTRADAY)
    overdue_days = models.IntegerField(default=0)  # of the account at the value date
    file_no = models.IntegerField(null=True)  # the line that told of it, where a file did
    line = models.IntegerField(null=True)
    confirmed_on = models.DateField(null=True)  # banking day whose file carried it
    confirmed_by_key = models.BigIntegerField(
        null=True
    )  # the core's reference, where it is another

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="received_payment_is_not_zero", condition=~Q(amount_minor=0)
            ),
            models.CheckConstraint(
                name="received_payment_is_never_less_than_not_overdue",
                condition=Q(overdue_days__gte=0),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "account_key"], name="received_payment_by_person")
        ]


class Book(models.Model):
    """One row is the ledger of one card account, opened with what the core said was owed when its case opened.

    The amounts are the sums of its postings, kept here so that booking need not add them up.
    """

    id = KeyField()
    customer = models.ForeignKey("portfolio.Person", on_delete=models.PROTECT, related_name="books")
    account_key = models.BigIntegerField(unique=True)
    currency = models.CharField(max_length=3)
    opened_on = models.DateField()  # the banking day whose balance it opened with
    split = models.BooleanField()  # whether the core said what the balance was made of
    principal_minor = models.BigIntegerField(default=0)
    interest_minor = models.BigIntegerField(default=0)
    late_charge_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    unsplit_minor = models.BigIntegerField(default=0)
    credit_minor = models.BigIntegerField(default=0)  # what she has to her credit, above zero
    last_value_on = models.DateField()  # of all that is booked; money after it needs no replay
    last_overdue_days = models.IntegerField(default=0)  # at the value date of the last money

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="book_owes_no_less_than_nothing",
                condition=Q(
                    principal_minor__gte=0,
                    interest_minor__gte=0,
                    late_charge_minor__gte=0,
                    fee_minor__gte=0,
                    unsplit_minor__gte=0,
                    credit_minor__gte=0,
                ),
            ),
        ]


class Posting(models.Model):
    """One row is an amount moved from one side of a book to another; it is only ever reversed by another row."""

    class Side(models.TextChoices):
        PRINCIPAL = "PRINCIPAL"
        INTEREST = "INTEREST"
        LATE_CHARGE = "LATE_CHARGE"
        FEE = "FEE"
        UNSPLIT = "UNSPLIT"
        CREDIT = "CREDIT"
        OPENING = "OPENING"
        CHARGED = "CHARGED"
        RECEIVED = "RECEIVED"
        PROVISIONAL = "PROVISIONAL"
        WAIVED = "WAIVED"
        REFUNDED = "REFUNDED"

    class Kind(models.TextChoices):
        OPENING = "OPENING"
        CHARGE = "CHARGE"
        ALLOCATION = "ALLOCATION"
        CONFIRMATION = "CONFIRMATION"
        WAIVER = "WAIVER"
        REFUND = "REFUND"
        REVERSAL = "REVERSAL"

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="postings"
    )
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="postings")
    kind = models.CharField(max_length=20, choices=Kind)
    debit = models.CharField(max_length=20, choices=Side)
    credit = models.CharField(max_length=20, choices=Side)
    amount_minor = models.BigIntegerField()
    value_on = models.DateField()
    booked_on = models.DateField()  # banking day
    booked_at = models.DateTimeField()
    cause = models.UUIDField()  # the payment, act or posting it follows from
    file_no = models.IntegerField(null=True)  # the line of a file it comes from, where one does
    line = models.IntegerField(null=True)
    detail = models.CharField(max_length=40, blank=True)  # the code the core gives a charge
    reverses = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="reversed_by"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="posting_moves_more_than_nothing", condition=Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="posting_is_from_one_side_to_another", condition=~Q(debit=F("credit"))
            ),
            models.CheckConstraint(
                name="posting_reverses_iff_it_is_a_reversal",
                condition=Q(kind="REVERSAL", reverses__isnull=False)
                | (~Q(kind="REVERSAL") & Q(reverses=None)),
            ),
            models.UniqueConstraint(
                fields=["book", "file_no", "line"],
                condition=Q(kind="CHARGE"),
                name="posting_of_a_charge_once_per_line",
            ),
        ]
        indexes = [models.Index(fields=["book", "value_on"], name="posting_by_book")]


class Break(models.Model):
    """One row is one figure in which our books and the core's differ, from the day it was seen until it is gone."""

    class Explanation(models.TextChoices):
        PROVISIONAL = "PROVISIONAL"  # money the core has not booked yet
        WAIVED = "WAIVED"  # a waiver the core has not booked yet
        NOT_SENT = "NOT_SENT"  # the core's balance moved and no line of a file says why
        UNKNOWN = "UNKNOWN"

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="breaks"
    )
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="breaks")
    part = models.CharField(max_length=20)  # a receivable, or TOTAL where the core gives no parts
    ours_minor = models.BigIntegerField()
    theirs_minor = models.BigIntegerField()
    explanation = models.CharField(max_length=20, choices=Explanation)
    since_on = models.DateField()
    last_seen_on = models.DateField()
    gone_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["book", "part"], condition=Q(gone_on=None), name="break_open_once_per_part"
            ),
            models.CheckConstraint(
                name="break_is_of_two_figures", condition=~Q(ours_minor=F("theirs_minor"))
            ),
        ]
