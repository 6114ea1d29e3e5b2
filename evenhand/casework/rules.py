"""What a result may say: a combination that can be. Facts in, faults out."""

from datetime import date, timedelta
from typing import NamedTuple

from evenhand.casework.result_codes import ALONE, ASKED, NONE, VOICE, ResultCodes

PROMISED = "PROMISED"


class Said(NamedTuple):
    """What a collector says came of a contact; empty is what was not said. Amounts in minor units."""

    act: str
    line: str = ""
    who: str = ""
    talk: str = ""
    reason: str = ""
    next: str = ""
    next_on: date | None = None
    amount_minor: int | None = None
    pays_on: date | None = None


class Fault(NamedTuple):
    """What cannot be: the field, and why, as a code: MISSING, UNKNOWN, NOT_HERE, TOO_EARLY or TOO_LATE."""

    field: str
    why: str


def faults(said: Said, codes: ResultCodes, *, on: date) -> tuple[Fault, ...]:
    """Every fault of a result, not the first: a form marks them all at once."""
    found = [
        Fault(name, "UNKNOWN")
        for name in ("act", "line", "who", "talk", "reason", "next")
        if (value := getattr(said, name)) and value not in codes.words[name]
    ]
    if not said.act:
        found.append(Fault("act", "MISSING"))
    if found:
        return tuple(found)
    return (
        *_who_was_there(said, codes),
        *_what_was_said(said, codes),
        *_what_follows(said, codes, on),
    )


def reached(said: Said, codes: ResultCodes) -> bool:
    """Whether somebody was there to talk to."""
    if said.act in VOICE:
        return said.line in codes.lines and codes.lines[said.line].reached
    return said.act not in ALONE


def _who_was_there(said: Said, codes: ResultCodes) -> list[Fault]:
    found = [_wanted("line", said.line, is_wanted=said.act in VOICE)]
    somebody = reached(said, codes)
    found.append(_wanted("who", said.who, is_wanted=somebody))
    found.append(_wanted("talk", said.talk, is_wanted=somebody))
    if somebody and said.who and said.talk and said.who not in codes.talks[said.talk].who:
        found.append(Fault("talk", "NOT_HERE"))
    return [fault for fault in found if fault]


def _what_was_said(said: Said, codes: ResultCodes) -> list[Fault]:
    asks = codes.talks[said.talk].reason if said.talk else NONE
    found = []
    if asks == ASKED and not said.reason:
        found.append(Fault("reason", "MISSING"))
    if asks == NONE and said.reason:
        found.append(Fault("reason", "NOT_HERE"))
    promised = said.talk == PROMISED
    for name in ("amount_minor", "pays_on"):
        fault = _wanted(name, getattr(said, name), is_wanted=promised)
        found += [fault] if fault else []
    return found


def _what_follows(said: Said, codes: ResultCodes, on: date) -> list[Fault]:
    if not said.next:
        return [Fault("next", "MISSING")]
    if said.talk and said.next not in codes.talks[said.talk].next:
        return [Fault("next", "NOT_HERE")]
    fault = _wanted("next_on", said.next_on, is_wanted=said.next in codes.after_days)
    if fault or said.next_on is None:
        return [fault] if fault else []
    if said.next_on < on:
        return [Fault("next_on", "TOO_EARLY")]
    if said.next_on > on + timedelta(days=codes.next_days_max):
        return [Fault("next_on", "TOO_LATE")]
    return []


def _wanted(field: str, value: object, *, is_wanted: bool) -> Fault | None:
    if is_wanted and value in ("", None):
        return Fault(field, "MISSING")
    if not is_wanted and value not in ("", None):
        return Fault(field, "NOT_HERE")
    return None
