"""The texts of messages: written, checked, approved by a second person, in use until another version takes their
place."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from evenhand.approvals import actions as approvals
from evenhand.compliance.packs import SHIPPED
from evenhand.journal import actions as journal
from evenhand.journal.rules import Stream, digest_of
from evenhand.kernel.ids import uuid7
from evenhand.outreach.messages.checking import CHANNELS, CONFIRMATION, LANGUAGES, Fault, faults
from evenhand.outreach.models import MessageText

SUBJECT = "TEXT"
PURPOSES = ("REMIND", "COLLECT", "FINAL_NOTICE", "PLAN", "PROMISE", "SERVICE", CONFIRMATION)
STARTER = "starter/texts.toml"
State = MessageText.State
NAME_MAX = 40


class TextRefused(ValueError):
    """A text that cannot be written, asked for or put in use; the message says why, in the page's language."""


class TextFaulty(TextRefused):
    """A text that something stands against: everything, with its place."""

    def __init__(self, found: tuple[Fault, ...]) -> None:
        super().__init__(_("Something stands against this text."))
        self.found = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a text says in both languages; subjects of mails alone."""

    channel: str
    purpose: str
    zh: str
    en: str
    subject_zh: str = ""
    subject_en: str = ""

    @property
    def digest(self) -> str:
        """Of exactly these words."""
        return digest_of({name: getattr(self, name) for name in self.__slots__})

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that stands against it."""
        bare = [
            Fault(code="NO_SUBJECT", language=language)
            for language in LANGUAGES
            if self.channel == "EMAIL" and not getattr(self, f"subject_{language}").strip()
        ]
        return (*bare, *faults(self.zh, self.en, channel=self.channel, purpose=self.purpose))


@transaction.atomic
def write(*, name: str, wording: Wording, by: UUID | None, now: datetime) -> MessageText:
    """Write the draft of a text, or write it anew; a question that was open about it is taken back."""
    _lock(name)
    if not name.replace("-", "").isalnum() or len(name) > NAME_MAX or not name.isascii():
        raise TextRefused(_("A name is of letters, digits and dashes."))
    if wording.channel not in CHANNELS or wording.purpose not in PURPOSES:
        raise TextRefused(_("There is no such channel or purpose."))
    draft = MessageText.objects.filter(name=name, state__in=(State.DRAFT, State.ASKED)).first()
    if draft is None:
        last = MessageText.objects.filter(name=name).order_by("-number").first()
        draft = MessageText(id=uuid7(), name=name, number=1 if last is None else last.number + 1)
    elif draft.state == State.ASKED:
        approvals.withdraw(subject=SUBJECT, subject_id=draft.id, by=by, now=now)
    for field in Wording.__slots__:
        setattr(draft, field, getattr(wording, field))
    draft.digest, draft.state = wording.digest, State.DRAFT
    draft.made_by_id, draft.made_at = by, now
    draft.save()
    _tell("TEXT_WRITTEN", draft, by=by, now=now)
    return draft


@transaction.atomic
def ask(*, text_id: UUID, note: str, by: UUID, now: datetime) -> None:
    """Ask a second person to put a draft in use. Raises TextFaulty while something stands against it."""
    draft = _locked(text_id)
    if draft.state != State.DRAFT:
        raise TextRefused(_("Only a draft is asked about."))
    if found := wording_of(draft).faults:
        raise TextFaulty(found)
    made_by = [by] if draft.made_by_id is None else [by, draft.made_by_id]
    approvals.ask(
        subject=SUBJECT,
        subject_id=draft.id,
        digest=draft.digest,
        asked_by=by,
        made_by=made_by,
        note=note,
        now=now,
    )
    draft.state = State.ASKED
    draft.save(update_fields=["state"])


@transaction.atomic
def decide(
    *, text_id: UUID, approval_id: UUID, verdict: str, reason: str, by: UUID, now: datetime
) -> None:
    """Answer as a second person: in use from now on in the place of the version before it, or refused."""
    draft = _locked(text_id)
    if draft.state in (State.IN_USE, State.REFUSED):
        return
    approvals.decide(
        approval_id=approval_id, verdict=verdict, reason=reason, digest=draft.digest, by=by, now=now
    )
    if verdict == "APPROVED":
        _put_in_use(draft, by=by, now=now)
    else:
        draft.state = State.REFUSED
        draft.save(update_fields=["state"])


def install_texts(*, is_demo: bool, now: datetime) -> list[str]:
    """Write the texts a database is born with, each once; a demo has them in use. Returns the names written now."""
    said = tomllib.loads((SHIPPED / STARTER).read_text("utf-8"))
    written = []
    for row in said["text"]:
        name = row["name"]
        if MessageText.objects.filter(name=name).exists():
            continue
        wording = Wording(**{key: value for key, value in row.items() if key != "name"})
        if wording.faults:
            raise TextFaulty(wording.faults)
        with transaction.atomic():
            draft = write(name=name, wording=wording, by=None, now=now)
            if is_demo:
                _put_in_use(draft, by=None, now=now)
        written.append(name)
    return written


def wording_of(row: MessageText) -> Wording:
    """What a version says."""
    return Wording(**{name: getattr(row, name) for name in Wording.__slots__})


def _put_in_use(draft: MessageText, *, by: UUID | None, now: datetime) -> None:
    MessageText.objects.filter(name=draft.name, state=State.IN_USE).update(
        state=State.RETIRED, retired_at=now
    )
    draft.state, draft.in_use_at = State.IN_USE, now
    draft.save(update_fields=["state", "in_use_at"])
    _tell("TEXT_IN_USE", draft, by=by, now=now)


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [name])


def _locked(text_id: UUID) -> MessageText:
    draft = MessageText.objects.select_for_update().filter(id=text_id).first()
    if draft is None:
        raise TextRefused(_("There is no such text."))
    return draft


def _tell(kind: str, row: MessageText, *, by: UUID | None, now: datetime) -> None:
    detail: dict[str, Any] = {"name": row.name, "number": row.number, "digest": row.digest}
    journal.record(kind=kind, stream=Stream(SUBJECT, str(row.id)), who=by, at=now, detail=detail)
