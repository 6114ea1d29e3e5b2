"""What the robot's calls bring: how each ended counts with the gate, and what she wished is done before anything else.

A call is told of once; told again, nothing changes. The contact is ended first: cut off after that, the same end told
once more does the rest.
"""

from contextlib import suppress
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from evenhand.arrangements.actions import PromiseRefused
from evenhand.casework.models import Case
from evenhand.compliance.packfile.questions import MEDIUM_OF
from evenhand.cycle.day import record_promise, record_standing
from evenhand.cycle.says_paid import says_paid
from evenhand.outreach import gate, messages_kept, results
from evenhand.outreach.calls import CallEnd, keep_call
from evenhand.outreach.messages_kept import Became
from evenhand.outreach.models import CallRecord, Message, Reply
from evenhand.outreach.rules import LineRecord
from evenhand.runtime.config import config
from evenhand.runtime.keys import Keys

State = Message.State
FOR_A_PERSON = {
    "PERSON": "来电中按 0：请工作人员回电 / pressed 0: asks to speak to somebody",
    "PROMISE": "来电中承诺还款，但未能记录：请回电 / promised to pay, which could not be recorded: please call back",
}


def call_ended(
    *, message_id: UUID, end: CallEnd, recording: bytes, keys: Keys, now: datetime
) -> bool:
    """Keep how a call ended and do what she wished; returns whether that was new."""
    message = Message.objects.filter(id=message_id, channel="CALL").first()
    if message is None or CallRecord.objects.filter(message=message).exists():
        return False
    _end_contact(message, end)
    with transaction.atomic():
        call, new = keep_call(message, end, recording, keys=keys)
        if new:
            _do(message, call, keys, now)
            messages_kept.became([_became(message, end)], now=now)
    return new


def _end_contact(message: Message, end: CallEnd) -> None:
    with suppress(results.AlreadyTold, gate.PermitSettled):  # told of otherwise, or given back
        if end.not_dialled:
            proof = {"channel": end.not_dialled}
            results.release(
                contact=message.contact,
                proof="REFUSED_BY_CHANNEL",
                evidence=proof,
                by=message.adapter,
            )
            return
        line = LineRecord(
            end.outcome, "DIALLER", talk_seconds=end.talk_seconds, started_at=end.started_at,
            answered_at=end.answered_at, ended_at=end.ended_at, reference=str(message.id),
        )  # fmt: skip
        results.ended(
            contact=message.contact, by=message.adapter, line=line, verified=end.identified
        )


def _became(message: Message, end: CallEnd) -> Became:
    if end.not_dialled:
        return Became(message.id, State.NOT_SENT, end.not_dialled)
    if end.outcome == "ANSWERED":
        return Became(message.id, State.DELIVERED, end.wish)
    return Became(message.id, State.FAILED, end.outcome)


def _do(message: Message, call: CallRecord, keys: Keys, now: datetime) -> None:
    """Do what she wished. Whoever is not known to be she may end calls to this number, and nothing more."""
    on = config().banking_date or now.astimezone(ZoneInfo(config().time_zone)).date()
    if call.wish == "STOP":
        medium = MEDIUM_OF["CALL"]
        record_standing(
            customer_id=message.customer_id, kind="OPT_OUT", from_at=now, source="CARDHOLDER",
            detail={"media": [medium]} if call.identified else {"points": [message.point]},
            evidence=f"key 9 in call {message.id}", by=None, now=now,
        )  # fmt: skip
    elif call.wish == "PROMISE" and call.identified and call.promised_on:
        if not _promised(message.customer_id, call.promised_on, on, now):
            _for_a_person(message, FOR_A_PERSON["PROMISE"], keys, now)
    elif call.wish == "PAID" and call.identified:
        says_paid(
            claim_id=call.id, customer_id=message.customer_id, amount_minor=None, paid_on=None, by=None, now=now, on=on,
        )  # fmt: skip
    elif call.wish == "PERSON" and call.identified and not call.put_through:
        _for_a_person(message, FOR_A_PERSON["PERSON"], keys, now)


def _promised(customer_id: UUID, due_on: date, on: date, now: datetime) -> bool:
    """Record a promise of all that is past due; returns whether it could be."""
    case = Case.objects.filter(customer_id=customer_id, state=Case.State.OPEN).first()
    if case is None or case.arrears_minor <= 0:
        return False
    try:
        record_promise(
            customer_id=customer_id,
            amount_minor=case.arrears_minor,
            due_on=due_on,
            by=None,
            now=now,
            on=on,
        )
    except PromiseRefused:
        return False
    return True


def _for_a_person(message: Message, words: str, keys: Keys, now: datetime) -> None:
    name = f"call {message.id}"
    Reply.objects.create(
        customer_id=message.customer_id, channel="CALL", point=message.point, reference=name, reading="NO",
        words=keys.seal(words.encode(), about=name.encode()), state=Reply.State.TO_READ, received_at=now,
    )  # fmt: skip
