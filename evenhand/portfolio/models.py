"""People as the desk needs them, and the account of what the bank's files brought."""

from django.db import models
from django.db.models import F, Q

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

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="person_facts_seq_only_rises_from_zero", condition=Q(facts_seq__gte=0)
            ),
        ]


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
