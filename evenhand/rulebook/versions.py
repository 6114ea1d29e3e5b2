"""What all acts on versions share: the refusals, the locks, a new version, a new step, and who had a hand in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max, Model
from django.utils.translation import gettext as _

from evenhand.approvals import actions as approvals
from evenhand.dmn import ModelError
from evenhand.dmn.documents.document import Document
from evenhand.journal import actions as journal
from evenhand.journal.rules import Stream
from evenhand.rulebook.content import deflated, digest_of, inflated, sha256_of
from evenhand.rulebook.models import StrategyRevision, StrategyVersion

SUBJECT = "STRATEGY"  # of the questions put to a second person
TITLE_MAX_CHARACTERS = 120
CONTENT_MAX_BYTES = 16 * 1024 * 1024

State = StrategyVersion.State


class StrategyRefused(ValueError):
    """Something that cannot be done to a strategy; the message says why, in the page's language."""


class Outdated(StrategyRefused):
    """Somebody else changed the same thing meanwhile. `newest` is what stands there now, None when it is gone."""

    def __init__(self, message: str, *, newest: object, by: str, at: datetime | None) -> None:
        super().__init__(message)
        self.newest = newest
        self.by = by
        self.at = at


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A version after a step: `changed` is false when it held already what was asked for, and no step was added."""

    number: int
    revision: int
    state: str
    digest: str
    detail: Mapping[str, Any]
    changed: bool


def key(row: Model) -> UUID:
    """The surrogate key of a row."""
    found: UUID = row.pk
    return found


def lock_rulebook() -> None:
    """Keep others from numbering versions and from putting any in force, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('evenhand rulebook'))")


def locked(number: int) -> StrategyVersion:
    """The version of that number, locked until this transaction ends."""
    found = StrategyVersion.objects.select_for_update().filter(number=number).first()
    if found is None:
        raise StrategyRefused(_("There is no version %(number)s.") % {"number": number})
    return found


def locked_draft(number: int) -> StrategyVersion:
    """The version, locked, unless it may not be changed any more."""
    version = locked(number)
    if version.state == State.APPROVED:
        raise StrategyRefused(
            _("Version %(number)s is approved and never changes; make a new draft from it.")
            % {"number": number}
        )
    if version.state == State.DISCARDED:
        raise StrategyRefused(_("Version %(number)s was discarded.") % {"number": number})
    return version


def add_version(
    *,
    title: str,
    note: str,
    content: bytes,
    act: str,
    detail: Mapping[str, Any],
    based_on: StrategyVersion | None,
    by: UUID | None,
    now: datetime,
) -> StrategyVersion:
    """Add a draft under the next number, with its first revision. The caller holds the rulebook's lock."""
    _small(content)
    last = StrategyVersion.objects.aggregate(last=Max("number"))["last"] or 0
    version = StrategyVersion.objects.create(
        number=last + 1,
        title=checked_title(title),
        note=note.strip(),
        content=deflated(content),
        content_sha256=sha256_of(content),
        digest=digest_of(content),
        based_on=based_on,
        created_by_id=by,
        created_at=now,
    )
    _add_revision(version, act, detail, content, by=by, now=now)
    said = {"act": act, "content_sha256": version.content_sha256}
    tell("STRATEGY_BEGUN", version, by=by, now=now, said=said)
    return version


def keep(
    version: StrategyVersion,
    *,
    act: str,
    detail: Mapping[str, Any],
    content: bytes,
    by: UUID,
    now: datetime,
    undoes: int | None = None,
) -> Saved:
    """Add a step to a locked draft: what was checked, tried or asked about it no longer holds."""
    sha256 = sha256_of(content)
    changed = sha256 != version.content_sha256
    if changed:
        _small(content)
        approvals.withdraw(subject=SUBJECT, subject_id=version.id, by=by, now=now)
        version.content, version.content_sha256 = deflated(content), sha256
        version.digest = digest_of(content)
        version.revision += 1
        version.state = State.DRAFT
        version.checked_at, version.findings, version.trial = None, [], None
        version.save()
        _add_revision(version, act, detail, content, by=by, now=now, undoes=undoes)
        said = {"act": act, "revision": version.revision, "content_sha256": sha256}
        tell("STRATEGY_EDITED", version, by=by, now=now, said=said)
    return Saved(
        number=version.number,
        revision=version.revision,
        state=version.state,
        digest=version.digest,
        detail=detail,
        changed=changed,
    )


def tell(
    kind: str, version: StrategyVersion, *, by: UUID | None, now: datetime, said: Mapping[str, Any]
) -> None:
    """Record a line about a version of the strategy."""
    journal.record(
        kind=kind,
        stream=Stream(SUBJECT, str(version.id)),
        who=by,
        at=now,
        detail={"number": version.number, **said},
    )


def readable(content: bytes) -> Document:
    """The document to be worked on, though its cells may make no sense yet; refused when it is no DMN at all."""
    try:
        return Document.read(content)
    except ModelError as error:
        raise StrategyRefused(str(error)) from None


def makers(version: StrategyVersion) -> set[UUID]:
    """All who had a hand in its content: in its own steps, and in those of the versions it was made from, back to one
    that was taken as it was approved."""
    found: set[UUID] = set()
    at: StrategyVersion | None = version
    while at is not None:
        found |= set(at.revisions.exclude(made_by=None).values_list("made_by_id", flat=True))
        at = None if _began_approved(at) else at.based_on
    return found


def _began_approved(version: StrategyVersion) -> bool:
    """Whether it was made from what a second person approved: its base may have been approved later, and otherwise."""
    base = version.based_on
    if base is None or base.state != State.APPROVED:
        return False
    first = version.revisions.values_list("content", flat=True).get(number=1)
    return sha256_of(inflated(first)) == base.content_sha256


def checked_title(title: str) -> str:
    """The title without blanks around it; refused when it is empty or too long."""
    if not title.strip() or len(title) > TITLE_MAX_CHARACTERS:
        raise StrategyRefused(
            _("A version has a title of at most %(number)s characters.")
            % {"number": TITLE_MAX_CHARACTERS}
        )
    return title.strip()


def _small(content: bytes) -> None:
    if len(content) > CONTENT_MAX_BYTES:
        raise StrategyRefused(_("The document is too large: 16 MB is the most."))


def _add_revision(
    version: StrategyVersion,
    act: str,
    detail: Mapping[str, Any],
    content: bytes,
    *,
    by: UUID | None,
    now: datetime,
    undoes: int | None = None,
) -> None:
    StrategyRevision.objects.create(
        version=version,
        number=version.revision,
        act=act,
        detail=dict(detail),
        content=deflated(content),
        undoes=undoes,
        made_by_id=by,
        made_at=now,
    )
