"""What the post says of letters: given to it, or come back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from evenhand.cycle.dispatching import receipt_came
from evenhand.outreach import messages_kept
from evenhand.outreach.messages_kept import Became
from evenhand.outreach.models import Message, Reply
from evenhand.portfolio.points import learn
from evenhand.runtime.keys import Keys

DEAD_ADDRESS = frozenset({"MOVED", "UNKNOWN", "INCOMPLETE"})


def letter_posted(*, message_id: UUID, tracking: str, now: datetime) -> bool:
    """Keep that a letter was given to the post, which is when it counts; returns whether that was new."""
    if not Message.objects.filter(id=message_id, channel="LETTER").exists():
        return False
    return receipt_came(message_id=message_id, status="DELIVERED", reason=tracking, now=now)


@transaction.atomic
def letter_returned(*, message_id: UUID, reason: str, keys: Keys, now: datetime) -> bool:
    """Keep that a letter came back; returns whether that was new.

    Its address is used no more where it was the address; that she is said to have died is for somebody to read today.
    """
    message = Message.objects.filter(id=message_id, channel="LETTER").first()
    if message is None:
        return False
    said = Became(message.id, Message.State.RETURNED, reason)
    if not messages_kept.became([said], now=now):
        return False
    if reason in DEAD_ADDRESS:
        learn(message.customer_id, message.point, "RETURNED", now=now)
    if reason == "DECEASED":
        name = f"returned {message_id}"
        Reply.objects.create(
            customer_id=message.customer_id, channel="LETTER", point=message.point, reference=name, reading="NO",
            words=keys.seal("退信：收件人已故 / returned: the addressee has died".encode(), about=name.encode()),
            state=Reply.State.TO_READ, received_at=now,
        )  # fmt: skip
    return True
