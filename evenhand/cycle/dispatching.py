"""The dispatcher: what the gate permits is written, kept, judged again, handed to its channel, and its end kept.

At most once towards the person. A message is kept before it leaves; from the moment the channel is asked it may have
gone, and is never sent again without proof that it has not. No channel is called inside a transaction.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction

from evenhand.cycle.said import Draft, NotWritten, written
from evenhand.outreach import gate, messages_kept, results
from evenhand.outreach.channels import Channel, HasLines, Listens, NotHanded, Outgoing, Unsure
from evenhand.outreach.guard import Guard, channel_terms
from evenhand.outreach.health import channel_did, channel_says
from evenhand.outreach.messages.segments import parts_of
from evenhand.outreach.messages_kept import Became, Making
from evenhand.outreach.models import Message
from evenhand.outreach.permits import Permit
from evenhand.outreach.queue import queue_again
from evenhand.outreach.rules import LineRecord
from evenhand.outreach.sending import sent_together
from evenhand.payments.freshness import NotFresh
from evenhand.portfolio.points import NOT_A_NUMBER, learn
from evenhand.runtime.config import config
from evenhand.runtime.keys import Keys

log = structlog.get_logger()
BY = "dispatcher"
BATCH = 100
State = Message.State


@dataclass(frozen=True, slots=True)
class Lane:
    """One act with its channel, its pace and breaker, and the threads that hand over."""

    act: str
    channel: Channel
    guard: Guard
    threads: ThreadPoolExecutor


@dataclass(frozen=True, slots=True)
class Handed:
    """What a channel said to one message, or that it failed and whether that was its own fault."""

    became: Became
    failed: bool = False
    again: bool = False


@contextmanager
def lanes(channels: Mapping[str, Channel]) -> Iterator[tuple[Lane, ...]]:
    """A lane for each channel; at the end those being handed over are waited for."""
    found = []
    for act, channel in channels.items():
        terms = channel_terms()[act]
        found.append(Lane(act, channel, Guard(terms), ThreadPoolExecutor(terms.at_once)))
        if isinstance(channel, Listens):
            channel.listen()
    try:
        yield tuple(found)
    finally:
        for lane in found:
            lane.threads.shutdown()
            if isinstance(lane.channel, HasLines | Listens):
                lane.channel.close()


def dispatch(
    several: Sequence[Lane],
    *,
    keys: Keys,
    clock: Callable[[], datetime],
    seconds: Callable[[], float] = time.monotonic,
) -> Counter[str]:
    """Take one batch for each lane through the gate and hand over what it permits; returns how many came to what.

    What a dispatcher before it left behind is settled first. An empty answer says that nothing was free. `seconds` is
    the clock of the paces.
    """
    done = _left_behind(clock())
    for lane in several:
        free = min(lane.guard.free(seconds()), BATCH, _lines(lane.channel))
        if isinstance(lane.channel, Listens) and not _hears(lane, lane.channel, clock()):
            continue
        if not free:
            continue
        permits = gate.take_batch(entries=free, acts=(lane.act,))
        if not permits:
            continue
        counted = Counter({"REFUSED": sum(not permit.allowed for permit in permits)})
        drafts = _drafts([permit for permit in permits if permit.allowed], counted, keys, clock())
        why = _hand_all(lane, drafts, counted, keys, clock, seconds)
        channel_did(
            lane.channel.name, lane.act, +counted, rests=lane.guard.resting, why=why, now=clock()
        )
        done += +counted
    return done


def _hears(lane: Lane, channel: Listens, now: datetime) -> bool:
    """Whether the line of a channel is up; where it is not, its queue waits and nobody's try is used up."""
    trouble = channel.trouble()
    if trouble or not lane.guard.resting:
        channel_says(lane.channel.name, lane.act, trouble, now=now)
    return not trouble


def waits_for_lines(several: Sequence[Lane]) -> bool:
    """Whether a channel takes nothing only because what it holds has not ended yet."""
    return any(_lines(lane.channel) <= 0 for lane in several)


def _lines(channel: Channel) -> int:
    return channel.free() if isinstance(channel, HasLines) else BATCH


def _drafts(
    permits: Sequence[Permit], counted: Counter[str], keys: Keys, now: datetime
) -> list[Draft]:
    """What can be written; the permits of the rest are given back, and what is no number is asked for no more."""
    drafts = []
    for found in written(permits, keys=keys, zone=ZoneInfo(config().time_zone)):
        if isinstance(found, NotWritten):
            _give_back(found.permit.id, found.reason)
            if found.reason == NOT_A_NUMBER:
                with transaction.atomic():
                    learn(found.permit.customer_id, found.permit.asked.point, NOT_A_NUMBER, now=now)
            counted["NOT_SENT"] += 1
        else:
            drafts.append(found)
    return drafts


def _hand_all(
    lane: Lane,
    drafts: Sequence[Draft],
    counted: Counter[str],
    keys: Keys,
    clock: Callable[[], datetime],
    seconds: Callable[[], float],
) -> str:
    """Keep, judge again and hand over, so many side by side as the channel takes; returns why it failed last."""
    why = ""
    made = messages_kept.make([_making(draft, lane) for draft in drafts], keys=keys, now=clock())
    pairs = iter(zip(drafts, made, strict=True))
    while some := list(islice(pairs, lane.guard.terms.at_once)):
        if lane.guard.rests_until > seconds():
            _put_back(some, counted, clock)
            continue
        going = _judged(some, counted, clock)
        ours = messages_kept.claim([message.id for _, message in going], now=clock())
        going = [(draft, message) for draft, message in going if message.id in ours]
        lane.guard.asked(len(going))
        at = clock()
        leaving = [_outgoing(draft, message, at) for draft, message in going]
        answers = list(lane.threads.map(partial(_hand, lane.channel), leaving))
        messages_kept.became([answer.became for answer in answers], now=clock())
        for (draft, _), answer in zip(going, answers, strict=True):
            counted[answer.became.state] += 1
            if answer.failed:
                why = answer.became.reason
                lane.guard.failed(seconds())
            else:
                lane.guard.took()
            if answer.became.state == State.NOT_SENT:
                _give_back(draft.permit.id, answer.became.reason)
                if answer.again and queue_again(draft.permit, terms=lane.guard.terms, now=clock()):
                    counted["AGAIN"] += 1
    return why


def _making(draft: Draft, lane: Lane) -> Making:
    permit = draft.permit
    return Making(
        contact=permit.id, customer_id=permit.customer_id, channel=lane.act, adapter=lane.channel.name,
        point=permit.asked.point, language=draft.language, text_id=draft.text_id, subject=draft.subject,
        words=draft.words, parts=parts_of(draft.words).parts if lane.act == "TEXT" else 1,
    )  # fmt: skip


def _judged(
    pairs: Sequence[tuple[Draft, Message]], counted: Counter[str], clock: Callable[[], datetime]
) -> list[tuple[Draft, Message]]:
    """Judge again at the moment of sending; returns what may leave. The rest is kept as not sent, and why."""
    permits = [draft.permit for draft, _ in pairs]
    try:
        found = dict(sent_together(permits, by=BY))
    except NotFresh:
        found = {}
        for permit in permits:
            _give_back(permit.id, "NOT_FRESH", proof="NEVER_DIALLED")
    stays = []
    for draft, message in pairs:
        answered = found.get(draft.permit.id)
        if answered is None or answered.state != "SENT":
            reason = "NOT_FRESH" if answered is None else answered.state
            stays.append(Became(message.id, State.NOT_SENT, reason))
    if stays:
        messages_kept.became(stays, now=clock())
        counted["NOT_SENT"] += len(stays)
    gone = {one.message_id for one in stays}
    return [(draft, message) for draft, message in pairs if message.id not in gone]


def _outgoing(draft: Draft, message: Message, at: datetime) -> Outgoing:
    return Outgoing(
        id=message.id, at=at, to=draft.to, text=draft.words, language=draft.language, subject=draft.subject,
        about=draft.about,
    )  # fmt: skip


def _hand(channel: Channel, message: Outgoing) -> Handed:
    """Hand one message over, in a thread that knows no database."""
    try:
        reference = channel.hand(message)
    except NotHanded as refusal:
        became = Became(message.id, State.NOT_SENT, str(refusal))
        return Handed(became, failed=refusal.again, again=refusal.again)
    except Unsure as unsure:
        return Handed(Became(message.id, State.UNKNOWN, str(unsure)), failed=True)
    except Exception as fault:  # whatever an adapter does wrong, it may have gone
        log.error(
            "channel_fault",
            channel=channel.name,
            message=str(message.id),
            fault=type(fault).__name__,
        )
        return Handed(Became(message.id, State.UNKNOWN, "CHANNEL_FAULT"), failed=True)
    return Handed(Became(message.id, State.HANDED, reference=reference))


def _put_back(
    pairs: Sequence[tuple[Draft, Message]], counted: Counter[str], clock: Callable[[], datetime]
) -> None:
    """The channel fell silent in the middle of a batch: the rest was never handed, and is asked for again later."""
    messages_kept.became(
        [Became(message.id, State.NOT_SENT, "CHANNEL_RESTS") for _, message in pairs], now=clock()
    )
    for draft, _ in pairs:
        counted["NOT_SENT"] += 1
        _give_back(draft.permit.id, "CHANNEL_RESTS", proof="NEVER_DISPATCHED")
        if queue_again(draft.permit, terms=channel_terms()[draft.permit.asked.act], now=clock()):
            counted["AGAIN"] += 1


def _left_behind(now: datetime) -> Counter[str]:
    """Settle what another dispatcher left: not handed is given back, being handed may have gone."""
    done: Counter[str] = Counter()
    left = messages_kept.left_behind(now=now)
    said = [
        Became(
            m.id, State.UNKNOWN if m.state == State.HANDING else State.NOT_SENT, "DISPATCHER_ENDED"
        )
        for m in left
    ]
    ours = messages_kept.became(said, now=now) if said else set()
    for message, one in zip(left, said, strict=True):
        if message.id in ours:
            done[one.state] += 1
            if one.state == State.NOT_SENT:
                _give_back(message.contact, "DISPATCHER_ENDED", proof="NEVER_DISPATCHED")
    return done


def _give_back(contact: UUID, reason: str, proof: str = "REFUSED_BY_CHANNEL") -> None:
    with suppress(gate.PermitSettled):  # it lapsed, or was told of: it counts as what it became
        results.release(contact=contact, proof=proof, evidence={"channel": reason}, by=BY)


RECEIPTS = {
    "DELIVERED": ("DELIVERED", "DELIVERED"),
    "FAILED": ("FAILED", "UNDELIVERABLE"),
    "EXPIRED": ("EXPIRED", "UNDELIVERABLE"),
}


def receipt_came(*, message_id: UUID, status: str, reason: str, now: datetime) -> bool:
    """Keep what the channel says became of a message; returns whether that was new. Unknown ones change nothing."""
    message = Message.objects.filter(id=message_id).first()
    if message is None or status not in RECEIPTS:
        return False
    state, outcome = RECEIPTS[status]
    line = LineRecord(
        outcome, "CHANNEL", ended_at=None, reference=message.reference or str(message.id)
    )
    # the contact first: cut off between the two, the same receipt once more finds both as they should be
    with suppress(results.AlreadyTold, gate.PermitSettled):  # told of otherwise, or given back
        results.ended(contact=message.contact, by=message.adapter, line=line)
    return bool(messages_kept.became([Became(message.id, state, reason)], now=now))
