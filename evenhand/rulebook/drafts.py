"""Versions begun: installed, drafted, imported, restored; and drafts given up."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from evenhand.approvals import actions as approvals
from evenhand.approvals.queries import open_question
from evenhand.rulebook.activations import put_in_force
from evenhand.rulebook.content import digest_of, inflated
from evenhand.rulebook.models import Activation, StrategyVersion
from evenhand.rulebook.versions import (
    SUBJECT,
    State,
    StrategyRefused,
    add_version,
    checked_title,
    lock_rulebook,
    locked,
    locked_draft,
    readable,
    tell,
)


@transaction.atomic
def install_first(*, content: bytes, title: str, now: datetime, from_on: date) -> int:
    """Put the tables that came with the installation in force from its first night; returns the version's number.

    They are approved without a second person, which nothing else can be. Installed again, the same tables are put in
    force from the earlier of the days.
    """
    lock_rulebook()
    digest = digest_of(content)
    if not digest:
        raise StrategyRefused(_("These tables cannot be read, so they cannot be installed."))
    version = StrategyVersion.objects.filter(
        created_by=None, state=State.APPROVED, digest=digest
    ).first()
    if version is None:
        version = add_version(
            title=title,
            note="",
            content=content,
            act="INSTALLED",
            detail={},
            based_on=None,
            by=None,
            now=now,
        )
        version.state, version.checked_at = State.APPROVED, now
        version.save()
    if not Activation.objects.filter(from_on__lte=from_on, cancelled_at=None).exists():
        put_in_force(version, from_on, by=None, now=now)
    return version.number


@transaction.atomic
def draft(*, title: str, note: str, based_on: int, by: UUID, now: datetime) -> int:
    """Start a draft from the content of another version; returns its number."""
    lock_rulebook()
    base = locked(based_on)
    return add_version(
        title=title,
        note=note,
        content=inflated(base.content),
        act="CREATED",
        detail={"based_on": based_on},
        based_on=base,
        by=by,
        now=now,
    ).number


@transaction.atomic
def import_draft(*, title: str, content: bytes, by: UUID, now: datetime, note: str = "") -> int:
    """Start a draft from a DMN document; returns its number. Tables that cannot be read yet may be mended in it."""
    readable(content)
    lock_rulebook()
    return add_version(
        title=title,
        note=note,
        content=content,
        act="IMPORTED",
        detail={},
        based_on=None,
        by=by,
        now=now,
    ).number


@transaction.atomic
def restore(*, number: int, by: UUID, now: datetime) -> int:
    """Start a draft with the content of an old version, which itself stays as it is; returns the draft's number."""
    lock_rulebook()
    old = locked(number)
    return add_version(
        title=old.title,
        note=old.note,
        content=inflated(old.content),
        act="RESTORED",
        detail={"based_on": number},
        based_on=old,
        by=by,
        now=now,
    ).number


@transaction.atomic
def describe(*, number: int, title: str, note: str) -> None:
    """Change the title and the reason of a draft that nobody is asked about."""
    version = locked_draft(number)
    if open_question(SUBJECT, version.id) is not None:
        raise StrategyRefused(
            _("A second person is asked about this version; withdraw that first.")
        )
    version.title, version.note = checked_title(title), note.strip()
    version.save()


@transaction.atomic
def discard(*, number: int, by: UUID, now: datetime) -> None:
    """Give a draft up; it stays readable. Discarded again, nothing changes."""
    version = locked(number)
    if version.state == State.DISCARDED:
        return
    version = locked_draft(number)
    approvals.withdraw(subject=SUBJECT, subject_id=version.id, by=by, now=now)
    version.state = State.DISCARDED
    version.save()
    tell("STRATEGY_DISCARDED", version, by=by, now=now, said={})
