"""Contacts and the queue of contacts to make. The tables are made by hand in SQL, in weekly partitions."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


class KeptJson(models.JSONField):
    """JSON kept letter by letter, for a hash lies over it: the type is `json`. Migrations see a plain JSONField."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The value; psycopg reads `json` itself, where Django expects text."""
        if isinstance(value, str):
            return super().from_db_value(value, expression, connection)
        return value

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


class ContactEvent(models.Model):
    """One row is one contact: asked for and permitted or refused, reported late, or made by the other side.

    What was judged, down to `row_hash`, is kept as it was; `state` and what follows it say what became of it.
    """

    class State(models.TextChoices):
        RESERVED = "RESERVED"  # permitted; it counts, for it may be sent at any moment
        SENT = "SENT"  # handed to the line
        ENDED = "ENDED"  # with its result
        RELEASED = "RELEASED"  # it is proved that nothing was sent
        LAPSED = (
            "LAPSED"  # the permit was too late, or was judged again and refused: nothing was sent
        )
        REFUSED = "REFUSED"
        REPORTED = "REPORTED"  # it happened without a permit and was told of afterwards

    class Origin(models.TextChoices):
        ASKED = "ASKED"
        QUEUED = "QUEUED"
        REPORTED_LATE = "REPORTED_LATE"
        INBOUND = "INBOUND"

    id = models.UUIDField(primary_key=True)  # version 7, of the millisecond of `at`
    at = models.DateTimeField()
    customer_id = models.UUIDField()
    origin = models.TextField(choices=Origin)
    direction = models.TextField()
    act = models.TextField()
    to_key = models.TextField()  # who was to be reached; empty: the person herself
    role = models.TextField()
    debts = ArrayField(models.TextField())
    collector = models.TextField()
    actor = models.TextField()
    place = models.TextField()
    point = models.TextField()
    purpose = models.TextField()
    basis = models.TextField()
    assumed = models.TextField()  # the outcome that was assumed when it was judged
    more = KeptJson()
    request_key = models.TextField()
    asked_by = models.TextField()
    recorded_at = models.DateTimeField()
    reserved_until = models.DateTimeField(null=True)
    decision = models.TextField()
    verdict = KeptJson()
    facts = KeptJson()  # as compliance.facts.Facts stores them
    packs = ArrayField(models.TextField())
    facts_seq = models.BigIntegerField()
    row_hash = models.BinaryField()

    state = models.TextField(choices=State)
    state_reason = models.TextField()
    state_verdict = KeptJson(null=True)  # of the judgement when it was to be sent
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # of the contact, by the line
    closed_at = models.DateTimeField(null=True)  # when the gate heard the end of it
    outcome = models.TextField()  # of the line, or the stricter of line and form
    typed_result = models.TextField()
    talk_seconds = models.IntegerField(null=True)
    verified = models.BooleanField(null=True)
    conversation_at = models.DateTimeField(null=True)
    line_record = models.JSONField(null=True)
    learnt = KeptJson(null=True)
    contradiction = models.BooleanField()
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.TextField()

    class Meta:
        managed = False
        db_table = "contact_event"


class ContactQueue(models.Model):
    """One row is one contact to make later, void once its person's count is no longer the one it was made from."""

    class State(models.TextChoices):
        QUEUED = "QUEUED"
        TAKEN = "TAKEN"
        REFUSED = "REFUSED"
        VOID = "VOID"
        EXPIRED = "EXPIRED"

    id = models.UUIDField(primary_key=True)
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField()
    priority = models.IntegerField()
    customer_id = models.UUIDField()
    facts_seq = models.BigIntegerField()
    asked = KeptJson()
    request_key = models.TextField()
    asked_by = models.TextField()
    queued_at = models.DateTimeField()
    state = models.TextField(choices=State)
    state_reason = models.TextField()
    decided_at = models.DateTimeField(null=True)
    event_id = models.UUIDField(null=True)
    event_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "contact_queue"


class ContactRequest(models.Model):
    """One row is one key under which a contact was asked for, with the digest of what was asked and where it led."""

    key = models.TextField(primary_key=True)
    digest = models.BinaryField()
    customer_id = models.UUIDField()
    event_id = models.UUIDField(null=True)
    event_at = models.DateTimeField(null=True)
    entry_id = models.UUIDField(null=True)  # of the queue, where it was asked for later
    entry_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "contact_request"
