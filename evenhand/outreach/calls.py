"""The robot's calls: how each ended, what was said in words and keys, and its recording, sealed.

A recording lies in the lake as `recordings/<message>.wav.enc`, under the installation's data key, and its sha256 in the
row and the journal.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import transaction

from evenhand.journal.actions import of_person, record
from evenhand.outreach.models import CallRecord, Message
from evenhand.runtime.config import config
from evenhand.runtime.keys import Keys
from evenhand.runtime.private import private_folder

PURPOSES = ("QUALITY", "DISPUTE", "COMPLAINT", "AUTHORITY", "TRAINING")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnd:
    """What came of one call, as the line saw it."""

    outcome: str = ""  # of vocabulary.OUTCOMES; empty where it was never dialled
    not_dialled: str = ""  # why
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_seconds: int | None = None
    identified: bool | None = None  # False: somebody else; None: not known
    wish: str = ""  # PAID, PROMISE, PERSON, WRONG_PERSON or STOP
    promised_on: date | None = None
    hung_up: bool = False  # she ended it, before the robot did
    put_through: bool = False  # to somebody of the bank
    said: Sequence[tuple[str, str]] = field(
        default=(), repr=False
    )  # ROBOT's words, and the keys SHE pressed


def keep_call(
    message: Message, end: CallEnd, recording: bytes, *, keys: Keys
) -> tuple[CallRecord, bool]:
    """Keep how a call ended, and its recording; returns the row and whether it is new. Told again, the first stays.

    A recording that cannot be written is said to be lost, and everything else is kept.
    """
    before = CallRecord.objects.filter(message=message).first()
    if before is not None:
        return before, False
    lost = False
    if recording:
        try:
            _write(message.id, recording, keys)
        except OSError as fault:
            log.error("recording_lost", message=str(message.id), fault=type(fault).__name__)
            lost = True
    return CallRecord.objects.get_or_create(
        message=message,
        defaults={
            "outcome": end.outcome, "not_dialled": end.not_dialled[:100], "started_at": end.started_at,
            "answered_at": end.answered_at, "ended_at": end.ended_at, "talk_seconds": end.talk_seconds,
            "identified": end.identified, "wish": end.wish, "promised_on": end.promised_on, "hung_up": end.hung_up,
            "put_through": end.put_through,
            "said": keys.seal(json.dumps(list(end.said)).encode(), about=_about(message.id)),
            "recording_sha256": sha256(recording).hexdigest() if recording and not lost else "",
            "recording_lost": lost,
        },
    )  # fmt: skip


class CallRow(NamedTuple):
    """What came of a call, whose it was, and the sha256 of its recording, empty where there is none."""

    message_id: UUID
    contact: UUID
    customer_id: UUID
    outcome: str
    not_dialled: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    talk_seconds: int | None
    identified: bool | None
    wish: str
    promised_on: date | None
    hung_up: bool
    recording_sha256: str
    recording_lost: bool
    recording_erased_at: datetime | None
    recording_erased_by: str


def call_row(message_id: UUID) -> CallRow | None:
    """What came of a call; None where there was none."""
    named = {"contact": "message__contact", "customer_id": "message__customer_id"}
    fields = [named.get(name, name) for name in CallRow._fields]
    row = CallRecord.objects.filter(message_id=message_id).values_list(*fields).first()
    return None if row is None else CallRow(*row)


@transaction.atomic
def recording_opened(call: CallRow, *, purpose: str, by: UUID, now: datetime) -> None:
    """Say in the journal who listens to a recording, and what for."""
    assert purpose in PURPOSES
    record(
        kind="RECORDING_OPENED", stream=of_person(call.customer_id), who=by, at=now, why=call.contact,
        detail={"call": str(call.message_id), "purpose": purpose, "sha256": call.recording_sha256},
    )  # fmt: skip


def kept_before(moment: datetime, *, after: UUID | None, limit: int) -> list[CallRow]:
    """Calls begun before a moment whose recordings are kept, the eldest first, a page from after a call."""
    named = {"contact": "message__contact", "customer_id": "message__customer_id"}
    fields = [named.get(name, name) for name in CallRow._fields]
    rows = CallRecord.objects.filter(recording_erased_at=None, started_at__lt=moment)
    rows = rows.exclude(recording_sha256="").order_by("message_id")
    if after is not None:
        rows = rows.filter(message_id__gt=after)
    return [CallRow(*row) for row in rows.values_list(*fields)[:limit]]


def erase_recording(call: CallRow, *, rule: str, now: datetime) -> bool:
    """Erase a recording whose time is over: the row and the journal say so first, then the file goes.

    The caller holds the person's lock in a transaction. Returns whether it was erased now; what the line told, the
    words and the digest stay.
    """
    rows = CallRecord.objects.filter(message_id=call.message_id, recording_erased_at=None)
    if not rows.update(recording_erased_at=now, recording_erased_by=rule[:80]):
        return False
    record(
        kind="RECORDING_ERASED", stream=of_person(call.customer_id), who="maintain", at=now, why=call.contact,
        detail={"call": str(call.message_id), "rule": rule, "sha256": call.recording_sha256},
    )  # fmt: skip
    transaction.on_commit(lambda: _place(call.message_id).unlink(missing_ok=True))
    return True


def erase_left_behind() -> int:
    """Delete the files of recordings that were erased but for their file, which a crash left; returns how many."""
    folder = _place(UUID(int=0)).parent
    names = (
        {file.name.split(".")[0]: file for file in folder.glob("*.wav.enc")}
        if folder.exists()
        else {}
    )
    erased = CallRecord.objects.filter(
        recording_erased_at__isnull=False, message_id__in=list(names)
    )
    gone = [names[str(key)] for key in erased.values_list("message_id", flat=True)]
    for file in gone:
        file.unlink(missing_ok=True)
    return len(gone)


def said_in(message_id: UUID, keys: Keys) -> list[tuple[str, str]]:
    """What was said in a call, by ROBOT in words and by SHE in keys, in order."""
    sealed = CallRecord.objects.values_list("said", flat=True).get(message_id=message_id)
    kept = json.loads(keys.unseal(bytes(sealed), about=_about(message_id)))
    return [(who, words) for who, words in kept]


def recording_of(message_id: UUID, keys: Keys) -> bytes | None:
    """A recording as WAV, both sides; None where none is kept."""
    place = _place(message_id)
    if not place.exists():
        return None
    return keys.unseal(place.read_bytes(), about=_about(message_id))


def _write(message_id: UUID, recording: bytes, keys: Keys) -> None:
    place = _place(message_id)
    private_folder(place.parent)
    beside = place.with_name(f".{place.name}")
    beside.write_bytes(keys.seal(recording, about=_about(message_id)))
    os.replace(beside, place)


def _place(message_id: UUID) -> Path:
    return config().lake / "recordings" / f"{message_id}.wav.enc"


def _about(message_id: UUID) -> bytes:
    return b"call %s" % message_id.bytes
