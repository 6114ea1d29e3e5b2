"""People as the desk needs them, and the account of what the bank's files brought."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value

from evenhand.compliance.vocabulary import STANDING
from evenhand.runtime.fields import KeyField


class Person(models.Model):
    """One row is one person who owes, created at the first act of any kind. It is the row that is locked."""

    id = KeyField()
    customer_key = models.BigIntegerField(unique=True)
    partition = models.SmallIntegerField()
    identity = models.BinaryField(null=True)  # sealed: name, identity number, contact points
    language = models.CharField(max_length=10, blank=True)
    region = models.CharField(max_length=20, blank=True)
    facts_seq = models.BigIntegerField(default=0)
    facts_tx = models.BigIntegerField(db_default=0)  # the transaction that raised it last

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="person_facts_seq_only_rises_from_zero", condition=Q(facts_seq__gte=0)
            ),
        ]


class PointState(models.Model):
    """One row is what was learnt of one way to reach one person from what became of contacts by it."""

    id = KeyField()
    customer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="point_states")
    point = models.CharField(max_length=40)  # its key; the value lies sealed in the identity
    reason = models.CharField(max_length=20, blank=True)  # the outcome that said so last
    failures = models.SmallIntegerField(default=0)  # messages in a row that did not arrive
    unusable_until = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)  # it was she who was spoken to
    learnt_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "point"], name="point_state_once_per_person_and_point"
            )
        ]
        indexes = [models.Index(fields=["unusable_until"], name="point_state_unusable")]


class StandingSource(models.TextChoices):
    """Who or what a standing fact comes from."""

    CARDHOLDER = "CARDHOLDER"
    REPRESENTATIVE = "REPRESENTATIVE"
    THIRD_PARTY = "THIRD_PARTY"
    AGENCY = "AGENCY"
    BANK = "BANK"
    BANK_FILE = "BANK_FILE"
    REGULATOR = "REGULATOR"
    COURT = "COURT"


class StandingFact(models.Model):
    """One row is one standing fact about a person that the gate reads; it may be ended and is never deleted."""

    id = KeyField()
    customer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="standing_facts")
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in sorted(STANDING)])
    detail = models.JSONField(
        db_default=Value({}, models.JSONField())
    )  # by kind, as compliance.vocabulary says
    debts = models.JSONField(
        db_default=Value([], models.JSONField())
    )  # account keys as text; none named: all
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)  # exclusive; null: until it is ended
    review_on = models.DateField(null=True)
    source = models.CharField(max_length=20, choices=StandingSource)
    evidence = models.CharField(max_length=500)  # what shows it: words said, a file and line
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # from then on it says nothing
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True)
    # The counts of the person from which it is known and from which on it is ended, set by the database.
    known_seq = models.BigIntegerField(db_default=0)
    ended_seq = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="standing_fact_is_of_a_known_kind",
                condition=Q(kind__in=sorted(STANDING)),
            ),
            models.CheckConstraint(
                name="standing_fact_ends_after_it_starts",
                condition=Q(until_at=None) | Q(until_at__gt=F("from_at")),
            ),
            models.CheckConstraint(
                name="standing_fact_says_what_shows_it", condition=~Q(evidence="")
            ),
            models.CheckConstraint(
                name="standing_fact_ended_iff_it_says_why",
                condition=Q(ended_at=None, end_reason="")
                | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
            ),
        ]
        indexes = [models.Index(fields=["customer", "from_at"], name="standing_fact_of_person")]


class FileState(models.TextChoices):
    """What became of a file."""

    LOADED = "LOADED"
    REFUSED = "REFUSED"


class FeedFile(models.Model):
    """One row is one file the bank gave us, loaded or refused; the same bytes are never loaded twice."""

    id = KeyField()
    file_no = models.IntegerField(unique=True)
    feed = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    banking_day = models.DateField()
    state = models.CharField(max_length=10, choices=FileState)
    refusal = models.JSONField(default=dict)  # rule, line, field, expected
    encoding = models.CharField(max_length=20, blank=True)
    marks = models.JSONField(
        default=list
    )  # columns that are synthesised, from the manifest beside the file
    rows_in = models.IntegerField(default=0)
    rows_loaded = models.IntegerField(default=0)
    rows_quarantined = models.IntegerField(default=0)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "sha256"], condition=Q(state="LOADED"), name="feed_file_loaded_once"
            ),
            models.CheckConstraint(
                name="feed_file_rows_in_are_loaded_or_quarantined",
                condition=Q(rows_in=F("rows_loaded") + F("rows_quarantined")) | Q(state="REFUSED"),
            ),
        ]


class QuarantinedRow(models.Model):
    """One row is one field of a line that was refused: why, and what was expected. The value is masked."""

    id = KeyField()
    file = models.ForeignKey(FeedFile, on_delete=models.PROTECT, related_name="quarantined")
    line = models.IntegerField()
    field = models.CharField(max_length=60)
    value_masked = models.CharField(max_length=200)
    rule = models.CharField(max_length=60)
    expected = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["file", "line"], name="quarantined_row_by_line")]


class TakeOver(models.Model):
    """One row is one list of the system before us, stated as loaded or as empty before the first live night."""

    id = KeyField()
    kind = models.CharField(max_length=30, unique=True)
    state = models.CharField(max_length=10, choices=[("LOADED", "LOADED"), ("EMPTY", "EMPTY")])
    rows = models.IntegerField(default=0)
    file = models.ForeignKey(FeedFile, null=True, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()
