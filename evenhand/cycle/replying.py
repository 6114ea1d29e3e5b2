"""What comes back: a clear wish is done at once, a dead address used no more, other words are for somebody to read."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

import pyarrow as pa
from django.db import transaction

from evenhand.cycle.day import record_opt_out_from_reply, record_standing
from evenhand.outreach.asked import Asked
from evenhand.outreach.models import Message, Reply
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.portfolio.models import Person, StandingFact
from evenhand.portfolio.points import learn
from evenhand.portfolio.values import forms_of
from evenhand.runtime.config import config
from evenhand.runtime.keys import Keys

WORDS_MAX = 2_000
CONFIRMED_WITHIN = timedelta(minutes=5)  # 47 CFR 64.1200(a)(12)
State = Reply.State


@transaction.atomic
def reply_came(
    *,
    channel: str,
    number: str,
    text: str,
    reference: str,
    keys: Keys,
    now: datetime,
    about: UUID | None = None,
) -> Reply:
    """Keep a reply and do what it clearly says; the same again changes nothing.

    Whose it is, is known by the message it is `about`, else by the number or address the bank wrote to last.
    """
    said = text[:WORDS_MAX]
    name = reference or hashlib.sha256(f"{number}|{said}|{now:%Y-%m-%d %H:%M}".encode()).hexdigest()
    before = Reply.objects.filter(reference=name[:100]).first()
    if before is not None:
        return before
    points = [
        str(key)
        for key in keys.tokens(
            pa.array(forms_of(number, config().country)), "contact_points.value"
        ).tolist()
    ]
    written = Message.objects.filter(channel=channel)
    written = written.filter(id=about) if about else written.filter(point__in=points)
    last = written.order_by("-made_at").first()
    point = points[0] if last is None else last.point
    reading, state = "NO", State.TO_READ
    customer: UUID | None = None
    if last is not None:
        customer = last.customer_id
        found = record_opt_out_from_reply(
            customer_id=last.customer_id, text=said, came_by=channel, by=None, now=now
        )
        reading = str(found.answer)
        state = State.DONE if found.opt_out else State.TO_READ
        if found.opt_out and channel == "TEXT":
            _confirm(last, now)
    return Reply.objects.create(
        customer_id=customer, channel=channel, point=point, words=keys.seal(said.encode(), about=name[:100].encode()),
        reference=name[:100], reading=reading[:10], state=state, received_at=now,
    )  # fmt: skip


def _confirm(last: Message, now: datetime) -> None:
    """Ask for one message that says no more will come, where nothing stood against them before; she is locked."""
    person = Person.objects.get(id=last.customer_id)
    wishes = StandingFact.objects.filter(
        customer=person, kind__in=("OPT_OUT", "CEASE"), ended_at=None
    )
    if [wish.recorded_at for wish in wishes] != [now]:
        return
    more = {"content_only_confirmation": True, "signature": True, "disclosures": ["INSTITUTION"]}
    entry = Wanted(
        customer_id=person.id, facts_seq=person.facts_seq, request_key=f"opt-out {wishes.get().id}", not_before=now,
        asked=Asked("TEXT", actor="FIRST_PARTY", point=last.point, purpose="OPT_OUT_CONFIRMATION", more=more),
        expires_at=now + CONFIRMED_WITHIN,
    )  # fmt: skip
    enqueue([entry], by="replies", now=now)


@transaction.atomic
def opted_out_of(*, message_id: UUID, evidence: str, keys: Keys, now: datetime) -> bool:
    """End the medium of a message for her who got it, without a word of hers; returns whether there is such a message.

    Asked again, nothing changes.
    """
    message = Message.objects.filter(id=message_id).first()
    if message is None:
        return False
    name = f"opt-out of {message_id}"
    if Reply.objects.filter(reference=name).exists():
        return True
    record_standing(
        customer_id=message.customer_id, kind="OPT_OUT", detail={"media": [message.channel]}, from_at=now,
        source="CARDHOLDER", evidence=f"{evidence}, message {message_id}", by=None, now=now,
    )  # fmt: skip
    Reply.objects.create(
        customer_id=message.customer_id, channel=message.channel, point=message.point, reference=name, reading="YES",
        words=keys.seal(evidence.encode(), about=name.encode()), state=State.DONE, received_at=now,
    )  # fmt: skip
    return True


@transaction.atomic
def address_is_dead(*, message_id: UUID, now: datetime) -> None:
    """Use the address of a message no more, by what the mail server said for good."""
    message = Message.objects.get(id=message_id)
    learn(message.customer_id, message.point, "HARD_BOUNCE", now=now)


def reply_read(*, reply_id: UUID, by: UUID, now: datetime) -> bool:
    """Say that somebody has read a reply; returns whether it was there to be read. The first who did is kept."""
    rows = Reply.objects.filter(id=reply_id)
    rows.filter(state=State.TO_READ).update(state=State.READ, read_by=by, read_at=now)
    return rows.exists()
