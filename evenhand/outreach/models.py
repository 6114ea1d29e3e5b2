"""Contacts and the queue of contacts to make, whose tables are made by hand in SQL, in weekly partitions; and texts."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from evenhand.runtime.fields import KeyField


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


class MessageText(models.Model):
    """One row is one version of the text of a message, in both languages, from its draft until another takes its
    place."""

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        ASKED = "ASKED"  # a second person is to approve it
        IN_USE = "IN_USE"
        REFUSED = "REFUSED"
        RETIRED = "RETIRED"

    id = KeyField()
    name = models.CharField(max_length=40)
    number = models.IntegerField()  # of the version
    channel = models.CharField(max_length=10)  # of outreach.messages.checking.CHANNELS
    purpose = models.CharField(max_length=20)  # of outreach.texts.PURPOSES
    subject_zh = models.CharField(max_length=200, blank=True)
    subject_en = models.CharField(max_length=200, blank=True)
    zh = models.TextField()
    en = models.TextField()
    digest = models.CharField(max_length=64)  # of exactly these words
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    in_use_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "number"], name="message_text_version_once"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(state="IN_USE"), name="message_text_in_use_once"
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(state__in=["DRAFT", "ASKED"]),
                name="message_text_one_draft_at_a_time",
            ),
        ]


class Message(models.Model):
    """One row is one message on its way or gone: its exact words, sealed, how it left, and what became of it."""

    class State(models.TextChoices):
        MADE = "MADE"  # nothing was handed to the channel yet
        HANDING = "HANDING"  # the channel is being asked: from here on it may have gone
        HANDED = "HANDED"
        DELIVERED = "DELIVERED"
        FAILED = "FAILED"  # it did not arrive
        EXPIRED = "EXPIRED"
        UNKNOWN = "UNKNOWN"  # it may have gone, and nobody can say
        NOT_SENT = "NOT_SENT"  # proved
        RETURNED = "RETURNED"  # a letter that came back

    id = KeyField()
    contact = models.UUIDField(unique=True)  # of ContactEvent, whose table is partitioned by time
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="messages"
    )
    channel = models.CharField(max_length=10)
    adapter = models.CharField(max_length=40)
    point = models.CharField(max_length=40)  # the key of the way to reach her
    language = models.CharField(max_length=10)
    text = models.ForeignKey(MessageText, on_delete=models.PROTECT, related_name="messages")
    words = models.BinaryField()  # sealed
    sha256 = models.CharField(max_length=64)
    parts = models.SmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.MADE)
    reference = models.CharField(max_length=100, blank=True)  # the channel's
    reason = models.CharField(max_length=100, blank=True)
    made_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="message_settled_iff_its_end_is_known",
                condition=models.Q(state__in=["MADE", "HANDING", "HANDED"], settled_at=None)
                | (
                    ~models.Q(state__in=["MADE", "HANDING", "HANDED"])
                    & models.Q(settled_at__isnull=False)
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "made_at"], name="message_by_person"),
            models.Index(fields=["point", "made_at"], name="message_by_point"),
            models.Index(fields=["state", "made_at"], name="message_by_state"),
        ]


class CallRecord(models.Model):
    """One row is one call of the robot: what the line says of it, what she wished, and its recording."""

    id = KeyField()
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="call")
    outcome = models.CharField(max_length=40, blank=True)  # empty: it was never dialled
    not_dialled = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    talk_seconds = models.IntegerField(null=True)
    identified = models.BooleanField(null=True)
    wish = models.CharField(max_length=20, blank=True)
    promised_on = models.DateField(null=True)
    hung_up = models.BooleanField(default=False)
    put_through = models.BooleanField(default=False)  # to somebody of the bank
    said = models.BinaryField()  # sealed: words and keys
    recording_sha256 = models.CharField(max_length=64, blank=True)
    recording_lost = models.BooleanField(default=False)  # it could not be written
    recording_erased_at = models.DateTimeField(null=True)  # its time to be kept was over
    recording_erased_by = models.CharField(max_length=80, blank=True)  # the rule that said how long


class HumanCall(models.Model):
    """One row is one call a person makes with a permit: at a click by the PBX, or from a list of the bank's dialler."""

    class Way(models.TextChoices):
        PBX = "PBX"
        DIALLER = "DIALLER"

    class State(models.TextChoices):
        HANDING = "HANDING"  # the PBX is being asked: from here on it may ring
        HANDED = "HANDED"
        RINGING = "RINGING"
        ANSWERED = "ANSWERED"
        ENDED = "ENDED"
        NOT_MADE = "NOT_MADE"  # proved
        UNKNOWN = "UNKNOWN"  # it may have been made, and nobody has said how it went

    id = KeyField()
    contact = models.UUIDField(unique=True)  # of ContactEvent, whose table is partitioned by time
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="human_calls"
    )
    way = models.CharField(max_length=10, choices=Way)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # none: whoever the dialler gave it to
    extension = models.CharField(max_length=20, blank=True)
    call_list = models.CharField(max_length=150, blank=True)  # the key of the list it stands in
    point = models.CharField(max_length=40)  # the key of the number
    until_at = models.DateTimeField()  # nobody is rung at this moment or after
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=100, blank=True)
    reference = models.CharField(max_length=100, blank=True)  # the PBX's
    made_at = models.DateTimeField()
    told_at = models.DateTimeField()  # when it was last heard of
    ringing_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True)
    talk_seconds = models.IntegerField(null=True)
    recording = models.CharField(max_length=100, blank=True)  # under which the line keeps it
    recording_sha256 = models.CharField(max_length=64, blank=True)
    noted = models.BooleanField(default=False)  # who called has said who was on the line

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="human_call_settled_iff_its_end_is_known",
                condition=models.Q(
                    state__in=["ENDED", "NOT_MADE", "UNKNOWN"], settled_at__isnull=False
                )
                | (
                    ~models.Q(state__in=["ENDED", "NOT_MADE", "UNKNOWN"])
                    & models.Q(settled_at=None)
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "made_at"], name="human_call_by_person"),
            models.Index(fields=["state", "told_at"], name="human_call_by_state"),
            models.Index(fields=["call_list"], name="human_call_by_list"),
        ]


class MessagePart(models.Model):
    """One row is one part of a text message as the message centre numbered it, and what it says became of it.

    A receipt may come before the answer that says whose it is: then the row has no message yet, and what comes of none
    of ours never has one.
    """

    class State(models.TextChoices):
        TAKEN = "TAKEN"
        DELIVERED = "DELIVERED"
        FAILED = "FAILED"
        EXPIRED = "EXPIRED"
        UNKNOWN = "UNKNOWN"  # the centre does not know

    id = KeyField()
    adapter = models.CharField(max_length=40)
    reference = models.CharField(
        max_length=70, blank=True
    )  # the centre's; empty once it gave it to another
    message = models.ForeignKey(
        Message, null=True, on_delete=models.PROTECT, related_name="sent_parts"
    )
    number = models.SmallIntegerField(null=True)
    of = models.SmallIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.TAKEN)
    reason = models.CharField(max_length=100, blank=True)
    points = ArrayField(
        models.CharField(max_length=40), default=list
    )  # keys of the number a receipt names
    taken_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["adapter", "reference"],
                condition=~models.Q(reference=""),
                name="message_part_once_per_reference",
            ),
            models.UniqueConstraint(
                fields=["message", "number"], name="message_part_once_per_number"
            ),
        ]


class ReplyPart(models.Model):
    """One row is one part of a long reply, sealed, that waits for the others."""

    id = KeyField()
    adapter = models.CharField(max_length=40)
    point = models.CharField(max_length=40)  # the key of the number it came from
    joined_by = models.IntegerField()  # what the telephone named all of them
    number = models.SmallIntegerField()
    of = models.SmallIntegerField()
    words = models.BinaryField()  # sealed, with the number
    came_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["adapter", "point", "joined_by", "of", "number"], name="reply_part_once"
            )
        ]


class ChannelHealth(models.Model):
    """One row is one channel of this installation, and how it does: what it took, and whether it is left alone."""

    id = KeyField()
    name = models.CharField(max_length=40)
    act = models.CharField(max_length=20)
    rests = models.BooleanField(default=False)
    took = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    took_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=100, blank=True)  # of the last failure
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "act"], name="channel_health_once_per_channel")
        ]


class Reply(models.Model):
    """One row is one message that came back, sealed, how it was read, and whether somebody has to read it."""

    class State(models.TextChoices):
        DONE = "DONE"  # it said something clear, which was done
        TO_READ = "TO_READ"
        READ = "READ"

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", null=True, on_delete=models.PROTECT, related_name="replies"
    )  # none: nobody wrote to this number
    channel = models.CharField(max_length=10)
    point = models.CharField(max_length=40)
    words = models.BinaryField()  # sealed
    reference = models.CharField(
        max_length=100, unique=True
    )  # the channel's, or of what it said and when
    reading = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State)
    received_at = models.DateTimeField()
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "received_at"], name="reply_by_state")]
