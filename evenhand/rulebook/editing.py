"""Drafts edited: step by step by several people at once, none of whom overwrites another; and steps taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from evenhand.rulebook import operations
from evenhand.rulebook.content import inflated, sha256_of
from evenhand.rulebook.models import StrategyRevision, StrategyVersion
from evenhand.rulebook.versions import (
    Outdated,
    Saved,
    StrategyRefused,
    keep,
    locked_draft,
    readable,
)

UNDONE, REDONE = "UNDONE", "REDONE"


@transaction.atomic
def save(
    *,
    number: int,
    act: str,
    detail: Mapping[str, Any],
    content: bytes,
    seen_revision: int,
    by: UUID,
    now: datetime,
) -> Saved:
    """Put a whole document, such as a workbook read back, in the place of a draft's content.

    Raises Outdated when somebody added a step after the revision the caller saw.
    """
    version = locked_draft(number)
    readable(content)
    if sha256_of(content) != version.content_sha256 and version.revision != seen_revision:
        raise _outdated(version, None, {})
    return keep(version, act=act, detail=detail, content=content, by=by, now=now)


@transaction.atomic
def edit(
    *,
    number: int,
    operation: Mapping[str, Any],
    by: UUID,
    now: datetime,
    seen: Mapping[str, Any] | None = None,
) -> Saved:
    """Apply one operation to the newest content of a draft; `operations` says what there is.

    `operation["was"]` is what the caller saw at the place; Outdated is raised, with what stands there now, when that
    is no longer so. It may be left out when `seen` holds the draft's present revision. Done again, nothing changes
    where the operation says what is to be, such as SET_CELL.
    """
    version = locked_draft(number)
    document = readable(inflated(version.content))
    fresh = seen is not None and seen.get("revision") == version.revision
    try:
        detail = operations.apply(document, operation, fresh=fresh)
    except operations.Conflict as conflict:
        raise _outdated(version, conflict.newest, operation) from None
    except operations.OperationRefused as refused:
        raise StrategyRefused(str(refused)) from None
    if detail is None:
        content = inflated(version.content)
        return keep(version, act="", detail={}, content=content, by=by, now=now)
    return keep(
        version, act=operation["act"], detail=detail, content=document.write(), by=by, now=now
    )


@transaction.atomic
def undo(*, number: int, by: UUID, now: datetime) -> Saved:
    """Take one's own latest step back, as a step of its own. Raises Outdated when somebody else's came after it."""
    version = locked_draft(number)
    done, _taken = _steps(version)
    step = done[-1]
    if len(done) == 1:
        raise StrategyRefused(_("There is nothing to undo."))
    if _latest(version).made_by_id != by or step.made_by_id != by:
        raise _outdated(version, None, {})
    before = done[-2]
    return keep(
        version,
        act=UNDONE,
        detail={"of": step.act, "detail": step.detail},
        content=inflated(before.content),
        by=by,
        now=now,
        undoes=step.number,
    )


@transaction.atomic
def redo(*, number: int, by: UUID, now: datetime) -> Saved:
    """Do again what one has just taken back. Raises Outdated when somebody else added a step meanwhile."""
    version = locked_draft(number)
    _done, taken = _steps(version)
    if not taken:
        raise StrategyRefused(_("There is nothing to do again."))
    if _latest(version).made_by_id != by:
        raise _outdated(version, None, {})
    step = taken[-1]
    return keep(
        version,
        act=REDONE,
        detail={"of": step.act, "detail": step.detail},
        content=inflated(step.content),
        by=by,
        now=now,
        undoes=step.number,
    )


def _steps(
    version: StrategyVersion,
) -> tuple[list[StrategyRevision], list[StrategyRevision]]:
    """The steps that stand, and those taken back that may be done again, each latest last."""
    done: list[StrategyRevision] = []
    taken: list[StrategyRevision] = []
    for step in version.revisions.defer("content").order_by("number"):
        if step.act == UNDONE:
            taken.append(done.pop())
        elif step.act == REDONE:
            done.append(taken.pop())
        else:
            done.append(step)
            taken = []
    return done, taken


def _people(version: StrategyVersion) -> QuerySet[StrategyRevision]:
    """The steps with who made them; their documents are read only where they are asked for."""
    return version.revisions.defer("content").select_related("made_by")


def _latest(version: StrategyVersion) -> StrategyRevision:
    return _people(version).get(number=version.revision)


def _outdated(version: StrategyVersion, newest: object, operation: Mapping[str, Any]) -> Outdated:
    """Who changed what the operation is about, else who made the latest step."""
    step = _latest(version)
    about = [operation.get(name) for name in ("table", "rule")]
    for earlier in _people(version).order_by("-number")[:50]:
        if operation and [earlier.detail.get(name) for name in ("table", "rule")] == about:
            step = earlier
            break
    who = "" if step.made_by is None else step.made_by.get_username()
    return Outdated(
        _("%(who)s changed this meanwhile; look at it again.") % {"who": who or "—"},
        newest=newest,
        by=who,
        at=step.made_at,
    )
