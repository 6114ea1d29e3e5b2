"""What may be done to policy packs: brought in, asked to be put in force or taken out of it, and answered by a second
person. Each is one transaction and one line or two in the pack's stream of the journal."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from evenhand.approvals import actions as approvals
from evenhand.approvals.actions import ApprovalRefused
from evenhand.compliance.packs import Pack
from evenhand.journal.actions import record
from evenhand.journal.rules import Stream
from evenhand.kernel.ids import uuid7
from evenhand.rulebook.content import deflated, inflated, sha256_of
from evenhand.rulebook.models import PackActivation, PolicyPack
from evenhand.rulebook.pack_objections import (
    PackRefused,
    against,
    counts_from,
    named,
    read,
    refuse_if,
    today,
    unfit,
)
from evenhand.rulebook.packs import active_digests, shipped_content
from evenhand.rulebook.versions import key, lock_rulebook

SUBJECT = "PACK"  # of the questions put to a second person
# The law a card is collected under here is in force from a database's birth. A bank's own limits are its own choice,
# so a live database asks two of its people for `house`; a demo has it to show.
FROM_BIRTH_OF_LIVE = ("cn",)
FROM_BIRTH_OF_DEMO = ("cn", "house")

Act = PackActivation.Act
State = PackActivation.State


@transaction.atomic
def import_pack(*, content: bytes, file: str, by: UUID, now: datetime) -> str:
    """Keep the content of a pack file; returns the digest of what it says. Brought in again, the first row stays.

    `file` names the content in errors. Raises PackRefused.
    """
    lock_rulebook()
    return _brought_in(read(content, file), content, by=by, now=now).digest


@transaction.atomic
def ask_activation(
    *,
    digest: str,
    from_on: date,
    note: str,
    by: UUID,
    now: datetime,
    is_live: bool,
    statement: str = "",
) -> UUID:
    """Ask a second person to put a pack in force from a day of the pack's zone; returns the id of the question's row.

    `statement` says why a draft goes into a live database all the same. The same question again returns the first.
    Raises PackRefused with all that stands against it.
    """
    lock_rulebook()
    row = PolicyPack.objects.filter(digest=digest).first()
    if row is None:
        raise PackRefused(_("There is no such pack."))
    pack = read(inflated(row.content), _label(row))
    said = against(pack, act=Act.ACTIVATE, from_on=from_on, now=now)
    if pack.draft and is_live and not statement.strip():
        said.append(
            _("%(pack)s is a draft; say why it goes into a live database all the same.")
            % {"pack": named(pack)}
        )
    return _asked(row, Act.ACTIVATE, from_on, said, statement=statement, note=note, by=by, now=now)


@transaction.atomic
def ask_deactivation(*, name: str, from_on: date, note: str, by: UUID, now: datetime) -> UUID:
    """Ask a second person to take a pack out of force from a day; returns the id of the question's row.

    The same question again returns the first. Raises PackRefused.
    """
    lock_rulebook()
    row = PolicyPack.objects.filter(name=name, digest__in=active_digests(now)).first()
    if row is None:
        raise PackRefused(_("The pack %(name)s is not in force.") % {"name": name})
    pack = read(inflated(row.content), _label(row))
    said = against(pack, act=Act.DEACTIVATE, from_on=from_on, now=now)
    return _asked(row, Act.DEACTIVATE, from_on, said, statement="", note=note, by=by, now=now)


@transaction.atomic
def decide_activation(
    *,
    activation_id: UUID,
    verdict: str,
    reason: str,
    by: UUID,
    now: datetime,
    read_question: UUID | None = None,
) -> PackActivation:
    """Approve or refuse, as a second person. Approved, it counts from the beginning of its day, and never sooner than a
    minute from now. `read_question` is the question whose page the answer comes from.

    The same answer again changes nothing. Raises PackRefused, also when something stands against it by now.
    """
    lock_rulebook()
    row = _locked(activation_id)
    if row.state == State.WITHDRAWN or row.approval_id is None:
        raise PackRefused(_("Nobody is asked about this any more."))
    pack = read(inflated(row.pack.content), _label(row.pack))
    if row.state == State.ASKED and verdict == approvals.Verdict.APPROVED:
        refuse_if(against(pack, act=row.act, from_on=row.from_on, now=now, answering=True))
    try:
        answer = approvals.decide(
            approval_id=row.approval_id,
            verdict=verdict,
            reason=reason,
            digest=row.pack.content_sha256,
            by=by,
            now=now,
            read=read_question,
        )
    except ApprovalRefused as refused:
        raise PackRefused(str(refused)) from None
    if row.state == State.ASKED:
        row.state, row.decided_at = State(answer.verdict), now
        if row.state == State.APPROVED:
            row.from_at = counts_from(row.from_on, pack.zone, now)
        row.save()
        _told_of_answer(row, reason, by, now)
    return row


@transaction.atomic
def withdraw_activation(*, activation_id: UUID, by: UUID, now: datetime) -> None:
    """Take an open question back; an answered one stays, and so does one taken back before."""
    lock_rulebook()
    row = _locked(activation_id)
    if approvals.withdraw(subject=SUBJECT, subject_id=row.id, by=by, now=now):
        row.state, row.decided_at = State.WITHDRAWN, now
        row.save()
        _told("APPROVAL_WITHDRAWN", row.pack, by, now, approval=str(row.approval_id))


@transaction.atomic
def install_packs(*, is_demo: bool, now: datetime) -> list[str]:
    """Put the packs that came with the installation in force in a database that never had one; returns their names.

    A draft is not put in force in a live database. Raises PackRefused.
    """
    lock_rulebook()
    if PolicyPack.objects.exists():
        return []
    installed = []
    for name in FROM_BIRTH_OF_DEMO if is_demo else FROM_BIRTH_OF_LIVE:
        content = shipped_content(name)
        if content is not None and (is_demo or not read(content, name).draft):
            install_pack(content=content, file=f"{name}/pack.toml", now=now)
            installed.append(name)
    return installed


@transaction.atomic
def install_pack(*, content: bytes, file: str, now: datetime) -> UUID | None:
    """Put a pack in force that came with the installation, from now on; returns the row's id, or none where a pack of
    this name was ever in force or asked about: then a second person decides. Raises PackRefused."""
    lock_rulebook()
    pack = read(content, file)
    if PackActivation.objects.filter(pack__name=pack.name).exists():
        return None
    refuse_if(unfit(pack))
    row = PackActivation.objects.create(
        pack=_brought_in(pack, content, by=None, now=now),
        act=Act.ACTIVATE,
        state=State.APPROVED,
        from_on=today(pack, now),
        from_at=now,
        asked_at=now,
        decided_at=now,
    )
    _told_in_force(row, None, now)
    return key(row)


def _brought_in(pack: Pack, content: bytes, *, by: UUID | None, now: datetime) -> PolicyPack:
    """The row of a content; one version of a pack has one content, so that a verdict's `name@version` says which."""
    found = PolicyPack.objects.filter(digest=pack.digest).first()
    if found is not None:
        return found
    if PolicyPack.objects.filter(name=pack.name, version=pack.version).exists():
        raise PackRefused(
            _("%(pack)s was brought in before with other content; give it another version.")
            % {"pack": named(pack)}
        )
    row = PolicyPack.objects.create(
        name=pack.name,
        version=pack.version,
        digest=pack.digest,
        content=deflated(content),
        content_sha256=sha256_of(content),
        imported_by_id=by,
        imported_at=now,
    )
    names = {"pack": row.name, "version": row.version, "pack_version": str(row.id)}
    _told("PACK_IMPORTED", row, by, now, digest=row.content_sha256, **names)
    return row


def _asked(
    row: PolicyPack,
    act: str,
    from_on: date,
    said: list[str],
    *,
    statement: str,
    note: str,
    by: UUID,
    now: datetime,
) -> UUID:
    """The id of the question: of the same one where it is open, else of a new one unless something is said."""
    standing = PackActivation.objects.filter(pack__name=row.name, state=State.ASKED).first()
    if standing is not None:
        if (standing.pack_id, standing.act, standing.from_on) == (row.id, act, from_on):
            return key(standing)
        open_ = _("Another question about the pack %(name)s is open; withdraw it first.")
        said = [*said, open_ % {"name": row.name}]
    refuse_if(said)
    asked, made_by = uuid7(), {by, *_had_a_hand_in(row)}
    try:
        question = approvals.ask(
            subject=SUBJECT,
            subject_id=asked,
            digest=row.content_sha256,
            asked_by=by,
            made_by=made_by,
            note=note,
            now=now,
        )
    except ApprovalRefused as refused:
        raise PackRefused(str(refused)) from None
    PackActivation.objects.create(
        id=asked,
        pack=row,
        act=act,
        from_on=from_on,
        statement=statement.strip(),
        asked_by_id=by,
        asked_at=now,
        approval_id=question,
    )
    detail = {"digest": row.content_sha256, "approval": str(question), "note": note}
    _told("APPROVAL_ASKED", row, by, now, made_by=sorted(map(str, made_by)), **detail)
    return asked


def _had_a_hand_in(row: PolicyPack) -> set[UUID]:
    """Who brought the content in, and all who ever asked about it."""
    people = list(row.activations.values_list("asked_by_id", flat=True))
    return {person for person in (row.imported_by_id, *people) if person is not None}


def _locked(activation_id: UUID) -> PackActivation:
    found = PackActivation.objects.select_for_update(of=("self",)).select_related("pack")
    row = found.filter(id=activation_id).first()
    if row is None:
        raise PackRefused(_("There is no such question."))
    return row


def _label(row: PolicyPack) -> str:
    return f"{row.name}@{row.version}"


def _told_of_answer(row: PackActivation, reason: str, by: UUID, now: datetime) -> None:
    detail = {"digest": row.pack.content_sha256, "approval": str(row.approval_id), "reason": reason}
    _told("APPROVAL_DECIDED", row.pack, by, now, verdict=str(row.state), **detail)
    if row.state == State.APPROVED:
        _told_in_force(row, by, now)


def _told_in_force(row: PackActivation, by: UUID | None, now: datetime) -> None:
    _told(
        "PACK_ACTIVATED" if row.act == Act.ACTIVATE else "PACK_DEACTIVATED",
        row.pack,
        by,
        now,
        pack=row.pack.name,
        version=row.pack.version,
        from_on=row.from_on.isoformat(),
        activation=str(row.id),
        approval=str(row.approval_id or ""),
        digest=row.pack.content_sha256,
        pack_version=str(row.pack_id),
    )


def _told(kind: str, row: PolicyPack, by: UUID | None, now: datetime, **detail: Any) -> None:
    """One line in the stream of the pack."""
    record(kind=kind, stream=Stream("PACK", row.name), who=by, at=now, detail=detail)
