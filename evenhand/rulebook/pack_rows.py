"""Reads of policy packs, as frozen rows for screens and the command line."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from evenhand.approvals.queries import ApprovalRow, approval_rows
from evenhand.rulebook.content import inflated
from evenhand.rulebook.models import PackActivation, PolicyPack
from evenhand.rulebook.packs import UnknownPack, active_digests

State = PackActivation.State
Act = PackActivation.Act


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRow:
    """One version of a pack that was brought in. `imported_by` is empty where it came with the installation."""

    id: UUID
    name: str
    version: str
    digest: str
    content_sha256: str
    imported_by: str
    imported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PackActivationRow:
    """One question whether a pack is in force, or no longer, with its answer; or a pack that was installed."""

    id: UUID
    name: str
    version: str
    digest: str
    act: str
    state: str
    from_on: date
    from_at: datetime | None
    statement: str
    asked_by: str
    asked_at: datetime
    decided_at: datetime | None
    decided_by: str
    reason: str
    note: str
    question: ApprovalRow | None

    @property
    def is_open(self) -> bool:
        """Whether a second person is to answer."""
        return self.state == State.ASKED


@dataclass(frozen=True, slots=True, kw_only=True)
class InForcePack:
    """A pack in force at an instant, with the activation by which it is."""

    name: str
    version: str
    digest: str
    since: PackActivationRow


def packs_in_force(at: datetime) -> list[InForcePack]:
    """What is in force at an instant, by name."""
    found = []
    for digest in active_digests(at):
        since = max(
            (
                row
                for row in activation_rows(digest=digest)
                if row.act == Act.ACTIVATE and row.from_at is not None and row.from_at <= at
            ),
            key=lambda row: (row.from_at, row.decided_at, row.id),
        )
        found.append(
            InForcePack(name=since.name, version=since.version, digest=digest, since=since)
        )
    return found


def coming(at: datetime) -> list[PackActivationRow]:
    """What is approved and counts after an instant, soonest first."""
    rows = _activations().filter(state=State.APPROVED, from_at__gt=at)
    return [_activation(row) for row in rows.order_by("from_at", "decided_at")]


def open_activations() -> list[PackActivationRow]:
    """Questions that await a second person, oldest first."""
    rows = _activations().filter(state=State.ASKED)
    return [_activation(row) for row in rows.order_by("asked_at", "id")]


def activation_rows(
    *, name: str | None = None, digest: str | None = None
) -> list[PackActivationRow]:
    """All questions about a pack, of all or of one version, what counts latest first."""
    rows = _activations()
    if name is not None:
        rows = rows.filter(pack__name=name)
    if digest is not None:
        rows = rows.filter(pack__digest=digest)
    return [_activation(row) for row in rows.order_by("-decided_at", "-asked_at", "-id")]


def activation_row(activation_id: UUID) -> PackActivationRow:
    """One question; raises UnknownPack."""
    row = _activations().filter(id=activation_id).first()
    if row is None:
        raise UnknownPack(f"there is no question {activation_id}")
    return _activation(row)


def pack_rows(name: str | None = None) -> list[PackRow]:
    """The versions that were brought in, of all packs or of one, latest first."""
    rows = PolicyPack.objects.select_related("imported_by")
    if name is not None:
        rows = rows.filter(name=name)
    return [_pack(row) for row in rows.order_by("-imported_at", "-id")]


def pack_content(digest: str) -> bytes:
    """The file of a digest as it was brought in; raises UnknownPack."""
    content = PolicyPack.objects.filter(digest=digest).values_list("content", flat=True).first()
    if content is None:
        raise UnknownPack(f"there is no pack with the digest {digest}")
    return inflated(content)


def _activations() -> QuerySet[PackActivation]:
    return PackActivation.objects.select_related("pack", "asked_by")


def _pack(row: PolicyPack) -> PackRow:
    return PackRow(
        id=row.id,
        name=row.name,
        version=row.version,
        digest=row.digest,
        content_sha256=row.content_sha256,
        imported_by="" if row.imported_by is None else row.imported_by.get_username(),
        imported_at=row.imported_at,
    )


def _activation(row: PackActivation) -> PackActivationRow:
    asked = approval_rows("PACK", row.id) if row.approval_id is not None else []
    question = asked[0] if asked else None
    return PackActivationRow(
        id=row.id,
        name=row.pack.name,
        version=row.pack.version,
        digest=row.pack.digest,
        act=row.act,
        state=row.state,
        from_on=row.from_on,
        from_at=row.from_at,
        statement=row.statement,
        asked_by="" if row.asked_by is None else row.asked_by.get_username(),
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        decided_by=question.decided_by if question else "",
        reason=question.reason if question else "",
        note=question.note if question else "",
        question=question,
    )
