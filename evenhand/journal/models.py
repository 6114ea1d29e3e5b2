"""What was done, line by line, and the seals over it. Rows are added; nothing changes or removes one."""

from django.db import models
from django.db.models import Q

from evenhand.runtime.fields import KeyField


class Line(models.Model):
    """One row is one act: who did what about whom, why, when and from where, chained to the line before it."""

    id = KeyField()
    stream_kind = models.CharField(max_length=20)
    stream_id = models.CharField(max_length=80)
    number = models.IntegerField()  # in its stream, from 1 without a gap
    kind = models.CharField(max_length=40)  # journal.kinds says it in both languages
    at = models.DateTimeField()
    who = models.CharField(max_length=80)  # a member of staff's id, or the name of a robot
    why = models.CharField(max_length=80, blank=True)  # a permit's id or a decision's digest
    detail = models.JSONField(default=dict)
    where = models.CharField(max_length=80, blank=True)  # an address or the word for a place
    previous = models.BinaryField()  # hash of the line before it, zeros for the first
    hash = models.BinaryField()  # rules.line_hash
    tx = models.BigIntegerField()  # number of the writing transaction, by the database

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stream_kind", "stream_id", "number"],
                name="journal_line_numbered_once_in_its_stream",
            ),
            models.CheckConstraint(name="journal_line_numbers_from_one", condition=Q(number__gt=0)),
        ]
        indexes = [models.Index(fields=["tx"], name="journal_line_by_transaction")]


class Seal(models.Model):
    """One row is one seal: the root over all rows of some transactions, chained to the seal before it and signed."""

    id = KeyField()
    number = models.IntegerField(unique=True)  # from 1 without a gap
    from_tx = models.BigIntegerField()
    until_tx = models.BigIntegerField()  # exclusive
    rows = models.IntegerField()
    root = models.BinaryField()
    contents = models.BinaryField()  # deflated: a text line "key hash" for each row, sorted by key
    previous = models.BinaryField()  # hash of the seal before it, zeros for the first
    hash = models.BinaryField()
    signature = models.BinaryField()  # Ed25519, of the hash
    public_key = models.BinaryField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="journal_seal_numbers_from_one", condition=Q(number__gt=0)),
            models.CheckConstraint(
                name="journal_seal_covers_some_transactions",
                condition=Q(until_tx__gt=models.F("from_tx")),
            ),
        ]
