"""What a collector writes after a contact, and all that follows from it, in one transaction under the person's lock.

The contact is told of first: cut off after that, the same result sent once more does the rest.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from evenhand.casework import actions as casework
from evenhand.casework import work
from evenhand.casework.holds import standing_holds
from evenhand.casework.models import Case, ContactResult
from evenhand.casework.result_codes import VOICE, ResultCodes, result_codes
from evenhand.casework.rules import PROMISED, Fault, Said, faults, reached
from evenhand.casework.work import Writing
from evenhand.compliance.packfile.questions import MEDIUM_OF
from evenhand.compliance.texts.forbidden import findings
from evenhand.cycle.day import record_promise, record_standing
from evenhand.cycle.redeciding import changed, locked
from evenhand.cycle.says_paid import says_paid
from evenhand.outreach.human_calls import AlreadyNoted, call_to_note, note_said
from evenhand.portfolio.models import Person
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys


class ResultRefused(ValueError):
    """A result that cannot be; `faults` say all that is wrong with it."""

    def __init__(self, found: tuple[Fault, ...]) -> None:
        super().__init__(", ".join(f"{fault.field} {fault.why}" for fault in found))
        self.faults = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the form says. `call_id` is the call of hers that it is about; none: there was none by our line."""

    said: Said
    note: str = ""
    call_id: UUID | None = None


def write_result(
    *, case_id: UUID, typed: Typed, by: UUID, request_key: UUID, now: datetime, on: date
) -> ContactResult:
    """Write a result, and do at once what it says: a promise, a search for money, an opt-out, a rest.

    The same key with the same content returns the first and does nothing more. Raises ResultRefused,
    work.InOtherHands, work.ResultKeyReused and arrangements.PromiseRefused, and then nothing of it was written.
    """
    codes = result_codes()
    case = Case.objects.get(id=case_id)
    call = call_to_note(call_id=typed.call_id, customer_id=case.customer_id, by=by)
    writing = Writing(
        case=case, said=typed.said, note=typed.note.strip(), findings=said_in(typed.note),
        contact=None if call is None else call.contact, by=by, request_key=request_key, on=on,
    )  # fmt: skip
    if earlier := work.written_before(writing):
        return earlier
    found = faults(typed.said, codes, on=on)
    if typed.said.act == "CALL_OUT" and call is None:
        found = (*found, Fault("act", "NO_CALL"))
    if len(writing.note) > work.NOTE_MAX_CHARACTERS:
        found = (*found, Fault("note", "TOO_LONG"))
    if found:
        raise ResultRefused(found)
    if call is not None:
        _told_of_the_call(call.id, case.customer_id, typed.said, codes, by)
    with locked(case.customer_id) as person:
        if earlier := work.written_before(writing):
            return earlier
        row = work.write(writing, codes=codes, keys=read_keys(config().key_file), now=now)
        _what_follows(person, row, typed.said, codes, by=by, now=now, on=on)
    return row


def said_in(note: str) -> tuple[str, ...]:
    """What the linter finds in a note, as codes. It is kept and shown, and refuses nothing: a note is evidence."""
    return tuple(found.code for found in findings(note, sender="FIRST_PARTY", channel="CALL"))


def typed_outcome(said: Said, codes: ResultCodes) -> tuple[str, bool | None]:
    """What a result says of its call, in the words of the gate, and whether it was she; the line may say otherwise."""
    line = codes.lines[said.line]
    if not line.reached:
        return line.outcome, None
    if said.talk == "WRONG_NUMBER":
        return "ANSWERED", False
    verified = True if codes.verified[said.who] else None
    if said.talk == "ENDED_EARLY":
        return line.outcome, verified
    return ("CONVERSATION" if verified else "ANSWERED"), verified


def _told_of_the_call(
    call_id: UUID, customer_id: UUID, said: Said, codes: ResultCodes, by: UUID
) -> None:
    outcome, verified = typed_outcome(said, codes)
    try:
        note_said(call_id=call_id, customer_id=customer_id, by=by, typed=outcome, verified=verified)
    except AlreadyNoted:
        raise ResultRefused((Fault("call", "TOLD_OTHERWISE"),)) from None


def _what_follows(
    person: Person,
    row: ContactResult,
    said: Said,
    codes: ResultCodes,
    *,
    by: UUID,
    now: datetime,
    on: date,
) -> None:
    if said.talk == PROMISED:
        assert said.amount_minor is not None
        assert said.pays_on is not None
        record_promise(
            customer_id=person.id,
            amount_minor=said.amount_minor,
            due_on=said.pays_on,
            by=by,
            now=now,
            on=on,
        )
    elif said.talk == "SAYS_PAID":
        says_paid(
            claim_id=row.id, customer_id=person.id, amount_minor=None, paid_on=None, by=by, now=now, on=on,
        )  # fmt: skip
    elif said.talk == "STOP":
        medium = MEDIUM_OF["CALL"] if said.act in VOICE else MEDIUM_OF["VISIT"]
        record_standing(
            customer_id=person.id, kind="OPT_OUT", detail={"media": [medium]}, from_at=now, source="CARDHOLDER",
            evidence=f"result {row.id}", by=by, now=now,
        )  # fmt: skip
    if said.talk and (reason := codes.talks[said.talk].rests) and reached(said, codes):
        _rest(person, row, reason, codes.talks[said.talk].rests_days, by=by, now=now, on=on)


def _rest(
    person: Person,
    row: ContactResult,
    reason: str,
    days: int,
    *,
    by: UUID,
    now: datetime,
    on: date,
) -> None:
    """Leave her in peace until somebody has looked at it; what rests for this reason already goes on resting."""
    if reason in standing_holds(person.id, on):
        return
    casework.place_hold(
        person=person, reason=reason, from_on=on, until_on=None, review_on=on + timedelta(days=days),
        note=f"result {row.id}", by=by, now=now,
    )  # fmt: skip
    changed(person, cause="HOLD", now=now)
