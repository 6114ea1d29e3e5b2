"""What is kept of messages: made before they leave, and what became of each, in transactions of their own."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from evenhand.journal import actions as journal
from evenhand.outreach.models import Message
from evenhand.portfolio.persons import lock_persons
from evenhand.runtime.keys import Keys

State = Message.State
OPEN = (State.MADE, State.HANDING, State.HANDED)
ENDS = (
    State.DELIVERED,
    State.FAILED,
    State.EXPIRED,
)  # what a receipt says, also of one nobody was sure of
HELD = timedelta(
    minutes=5
)  # how long a message is being handed over before nobody is asking any more


class Making(NamedTuple):
    """One message to keep before it leaves."""

    contact: UUID
    customer_id: UUID
    channel: str
    adapter: str
    point: str
    language: str
    text_id: UUID
    subject: str
    words: str
    parts: int


class Became(NamedTuple):
    """What became of one message: its state, why, and the channel's reference where it gave one."""

    message_id: UUID
    state: str
    reason: str = ""
    reference: str = ""


def make(several: Sequence[Making], *, keys: Keys, now: datetime) -> list[Message]:
    """Keep messages before they leave, in their order."""
    return Message.objects.bulk_create(
        Message(
            contact=one.contact, customer_id=one.customer_id, channel=one.channel, adapter=one.adapter, point=one.point,
            language=one.language, text_id=one.text_id, parts=one.parts, made_at=now,
            words=keys.seal(_sealed_text(one.subject, one.words), about=_about(one.contact)),
            sha256=hashlib.sha256(one.words.encode()).hexdigest(),
        )
        for one in several
    )  # fmt: skip


def subject_and_words(message: Message, keys: Keys) -> tuple[str, str]:
    """A message's exact subject and words, in clear: never logged, never kept."""
    plain = keys.unseal(bytes(message.words), about=_about(message.contact)).decode()
    subject, _, words = plain.partition("\n")
    return subject, words


def words_of(message: Message, keys: Keys) -> str:
    """A message's exact words, in clear: never logged, never kept."""
    return subject_and_words(message, keys)[1]


def _sealed_text(subject: str, words: str) -> bytes:
    assert "\n" not in subject, "a subject is one line"
    return f"{subject}\n{words}".encode()


def _about(contact: UUID) -> bytes:
    return b"message %s" % contact.bytes


def claim(message_ids: Sequence[UUID], *, now: datetime) -> set[UUID]:
    """Say that messages are being handed over; returns those that are ours to hand, which each is once."""
    with transaction.atomic():
        rows = Message.objects.select_for_update().filter(id__in=message_ids, state=State.MADE)
        ours = set(rows.order_by("id").values_list("id", flat=True))
        Message.objects.filter(id__in=ours).update(state=State.HANDING, handed_at=now)
    return ours


@transaction.atomic
def became(several: Sequence[Became], *, now: datetime) -> set[UUID]:
    """Keep what became of messages; returns those of which it was new. What is settled stays as it is."""
    said = {one.message_id: one for one in several}
    owners = Message.objects.filter(id__in=said).values_list("customer_id", flat=True)
    lock_persons(ids=list(owners))
    rows = Message.objects.select_for_update().filter(id__in=said).order_by("id")
    changed = [message for message in rows if _moved(message, said[message.id], now)]
    Message.objects.bulk_update(changed, ["state", "reason", "reference", "settled_at"])
    journal.record_many(
        journal.Act(
            kind="MESSAGE_BECAME",
            stream=journal.of_person(message.customer_id),
            who=message.adapter,
            at=now,
            why=message.contact,
            detail={
                "message": str(message.id),
                "state": str(message.state),
                "channel": message.channel,
                "sha256": message.sha256,
            },
        )
        for message in changed
    )
    return {message.id for message in changed}


def _moved(message: Message, one: Became, now: datetime) -> bool:
    arrived_after_all = message.state == State.UNKNOWN and one.state in ENDS
    came_back = one.state == State.RETURNED and message.state in (State.DELIVERED, State.UNKNOWN)
    if message.state == one.state or not (message.state in OPEN or arrived_after_all or came_back):
        return False
    message.state, message.reason = one.state, one.reason[:100]
    message.reference = one.reference[:100] or message.reference
    message.settled_at = None if one.state in OPEN else now
    return True


def left_behind(*, now: datetime) -> list[Message]:
    """Messages that were made or being handed over when their dispatcher ended."""
    rows = Message.objects.filter(state__in=(State.MADE, State.HANDING), made_at__lt=now - HELD)
    return list(rows.order_by("made_at", "id"))
