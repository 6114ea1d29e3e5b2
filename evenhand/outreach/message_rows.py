"""Reads of messages and replies, as frozen rows for screens."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from evenhand.outreach.messages_kept import subject_and_words
from evenhand.outreach.models import Message, Reply
from evenhand.runtime.keys import Keys, SealedError

UNKNOWN_MOST = 0.001  # of the messages of a channel


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """One message with its exact words in clear: shown to who may see contacts."""

    id: UUID
    contact: UUID
    customer_id: UUID
    channel: str
    adapter: str
    state: str
    reason: str
    parts: int
    text_name: str
    made_at: datetime
    settled_at: datetime | None
    subject: str = field(repr=False)
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRow:
    """One message that came back, in clear, and how it was read."""

    id: UUID
    customer_id: UUID | None
    channel: str
    reading: str
    state: str
    received_at: datetime
    read_by: str
    words: str = field(repr=False)


def message_rows(
    keys: Keys, *, channel: str = "", after: str = "", limit: int = 50
) -> tuple[MessageRow, ...]:
    """Messages, of one channel or all, the latest first, from after a key. Raises ValueError for a key that is none."""
    rows = Message.objects.select_related("text")
    if channel:
        rows = rows.filter(channel=channel)
    if after:
        rows = rows.filter(id__lt=UUID(after))
    return tuple(_row(row, keys) for row in rows.order_by("-id")[:limit])


def message_row(message_id: UUID) -> MessageRow | None:
    """One message without its words; None where there is none."""
    row = Message.objects.select_related("text").filter(id=message_id).first()
    return None if row is None else _row(row, None)


def message_counts(channel: str = "") -> dict[str, int]:
    """How many messages, of one channel or all, came to each state."""
    rows = Message.objects.filter(channel=channel) if channel else Message.objects.all()
    return dict(rows.values_list("state").annotate(Count("id")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What became of the messages of one channel: how many came to each state, in the order of `Message.State`."""

    channel: str
    counts: tuple[tuple[str, int], ...]

    @property
    def of(self) -> int:
        """All of them."""
        return sum(count for _, count in self.counts)

    @property
    def percents(self) -> tuple[tuple[str, int, float], ...]:
        """Each state with its count and its share in per cent."""
        return tuple((state, count, 100 * count / self.of) for state, count in self.counts)

    @property
    def too_many_unknown(self) -> bool:
        """Whether more than UNKNOWN_MOST of them are not known to have arrived or not."""
        return dict(self.counts).get("UNKNOWN", 0) > UNKNOWN_MOST * self.of


def message_shares(*, since: datetime) -> tuple[Shares, ...]:
    """The shares of each channel among the messages made since a moment, by channel."""
    rows = Message.objects.filter(made_at__gte=since).values_list("channel", "state")
    counts = {(channel, state): count for channel, state, count in rows.annotate(Count("id"))}
    return tuple(
        Shares(
            channel=channel,
            counts=tuple(
                (s, counts[channel, s]) for s in Message.State.values if (channel, s) in counts
            ),
        )
        for channel in sorted({channel for channel, _ in counts})
    )


def replies_to_read(keys: Keys, *, limit: int = 50) -> tuple[ReplyRow, ...]:
    """Replies somebody has to read, the oldest first."""
    rows = Reply.objects.filter(state=Reply.State.TO_READ).select_related("read_by")
    return tuple(_reply(row, keys) for row in rows.order_by("received_at", "id")[:limit])


def _row(row: Message, keys: Keys | None) -> MessageRow:
    try:
        subject, words = ("", "") if keys is None else subject_and_words(row, keys)
    except SealedError:
        subject, words = "", ""
    return MessageRow(
        id=row.id, contact=row.contact, customer_id=row.customer_id, channel=row.channel, adapter=row.adapter,
        state=row.state, reason=row.reason, parts=row.parts, text_name=row.text.name, made_at=row.made_at,
        settled_at=row.settled_at, subject=subject, words=words,
    )  # fmt: skip


def _reply(row: Reply, keys: Keys) -> ReplyRow:
    try:
        words = keys.unseal(bytes(row.words), about=row.reference.encode()).decode()
    except SealedError:
        words = ""
    return ReplyRow(
        id=row.id, customer_id=row.customer_id, channel=row.channel, reading=row.reading, state=row.state,
        received_at=row.received_at, read_by=row.read_by.get_username() if row.read_by else "", words=words,
    )  # fmt: skip
