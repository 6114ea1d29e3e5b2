"""Reads of strategies, as frozen rows for screens and for the night. People appear by the name they log in with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from evenhand.approvals.queries import (
    ApprovalRow,
    approval_rows,
    open_question,
    open_questions,
)
from evenhand.rulebook.content import digest_of, inflated, sha256_of
from evenhand.rulebook.models import (
    Activation,
    Capacity,
    StrategyRevision,
    StrategyVersion,
    Trial,
)
from evenhand.rulebook.versions import SUBJECT, makers

State = StrategyVersion.State


class UnknownStrategy(LookupError):
    """There is no such version, revision or trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version without its content. `from_on` are the days it is put in force from, cancelled ones left out."""

    id: UUID
    number: int
    title: str
    note: str
    state: str
    digest: str
    content_sha256: str
    revision: int
    based_on: int | None
    created_by: str
    created_at: datetime
    checked_at: datetime | None
    findings: tuple[Mapping[str, Any], ...]
    trial_id: UUID | None
    from_on: tuple[date, ...]

    @property
    def is_draft(self) -> bool:
        """Whether it may still be edited."""
        return self.state in (State.DRAFT, State.CHECKED, State.TRIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRow:
    """One step of a version, without the content after it."""

    number: int
    act: str
    detail: Mapping[str, Any]
    undoes: int | None
    made_by: str
    made_by_id: UUID | None
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What a night of some day goes by."""

    number: int
    digest: str
    content: bytes
    from_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationRow:
    """One activation, cancelled or not."""

    id: UUID
    number: int
    title: str
    from_on: date
    activated_by: str
    activated_at: datetime
    cancelled_by: str
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """One trial. `content_sha256` names the content that was tried."""

    id: UUID
    number: int
    digest: str
    content_sha256: str
    nights: tuple[date, ...]
    state: str
    report: Mapping[str, Any]
    problem: str
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def version_rows(limit: int = 50, before: int | None = None) -> list[VersionRow]:
    """Versions, latest first; `before` is the number the last page ended with."""
    found = _versions()
    if before is not None:
        found = found.filter(number__lt=before)
    return [_version(version) for version in found.order_by("-number")[:limit]]


def version_row(number: int) -> VersionRow:
    """One version; raises UnknownStrategy."""
    return _version(_get(number))


def content_of(number: int) -> bytes:
    """The document of a version as it is now; raises UnknownStrategy."""
    stored = StrategyVersion.objects.filter(number=number).values_list("content", flat=True).first()
    if stored is None:
        raise UnknownStrategy(f"there is no version {number}")
    return inflated(stored)


def latest_content(number: int) -> tuple[int, bytes]:
    """The revision and the document of a version, read together; raises UnknownStrategy."""
    found = StrategyVersion.objects.filter(number=number).values_list("revision", "content").first()
    if found is None:
        raise UnknownStrategy(f"there is no version {number}")
    return found[0], inflated(found[1])


def revision_rows(
    number: int, *, limit: int = 200, before: int | None = None, after: int = 0
) -> list[RevisionRow]:
    """The steps of a version, latest first; `before` is where the last page ended, `after` what was seen already."""
    found = StrategyRevision.objects.filter(version__number=number, number__gt=after)
    if before is not None:
        found = found.filter(number__lt=before)
    steps = found.defer("content").select_related("made_by").order_by("-number")[:limit]
    return [
        RevisionRow(
            number=step.number,
            act=step.act,
            detail=step.detail,
            undoes=step.undoes,
            made_by=_name(step.made_by),
            made_by_id=step.made_by_id,
            made_at=step.made_at,
        )
        for step in steps
    ]


def revision_content(number: int, revision: int) -> bytes:
    """The document after a step of a version; raises UnknownStrategy."""
    found = StrategyRevision.objects.filter(version__number=number, number=revision)
    stored = found.values_list("content", flat=True).first()
    if stored is None:
        raise UnknownStrategy(f"version {number} has no revision {revision}")
    return inflated(stored)


def questions_of(number: int) -> list[ApprovalRow]:
    """What a second person was asked about a version, and said, latest first."""
    return approval_rows(SUBJECT, _get(number).id)


def question_of(number: int) -> ApprovalRow | None:
    """The open question about a version, if there is one."""
    return open_question(SUBJECT, _get(number).id)


def makers_of(number: int) -> frozenset[UUID]:
    """All who had a hand in a version; none of them may approve it."""
    return frozenset(makers(_get(number)))


def waiting() -> frozenset[int]:
    """Numbers of the versions about which a second person is asked."""
    asked = [question.subject_id for question in open_questions(SUBJECT)]
    found = StrategyVersion.objects.filter(id__in=asked)
    return frozenset(found.values_list("number", flat=True))


def in_force(on: date) -> InForce | None:
    """What the night of a banking day goes by; none before anything was installed."""
    found = (
        Activation.objects.filter(from_on__lte=on, cancelled_at=None)
        .select_related("version")
        .order_by("-from_on")
        .first()
    )
    if found is None:
        return None
    return InForce(
        number=found.version.number,
        digest=found.version.digest,
        content=inflated(found.version.content),
        from_on=found.from_on,
    )


def number_of(content: bytes) -> int | None:
    """The latest version that says, or ever said, what this document says; none when there is none."""
    same = Q(content_sha256=sha256_of(content))
    if digest := digest_of(content):
        same |= Q(digest=digest)
    found = StrategyVersion.objects.filter(same).order_by("-number")
    return found.values_list("number", flat=True).first()


def activation_rows(limit: int = 200) -> list[ActivationRow]:
    """Activations by the day they are from, latest first, cancelled ones among them."""
    found = Activation.objects.select_related("version", "activated_by", "cancelled_by").defer(
        "version__content"
    )
    return [
        ActivationRow(
            id=activation.id,
            number=activation.version.number,
            title=activation.version.title,
            from_on=activation.from_on,
            activated_by=_name(activation.activated_by),
            activated_at=activation.activated_at,
            cancelled_by=_name(activation.cancelled_by),
            cancelled_at=activation.cancelled_at,
        )
        for activation in found.order_by("-from_on", "-activated_at")[:limit]
    ]


def trial_row(trial_id: UUID) -> TrialRow:
    """One trial; raises UnknownStrategy."""
    found = Trial.objects.select_related("version", "asked_by").filter(id=trial_id).first()
    if found is None:
        raise UnknownStrategy(f"there is no trial {trial_id}")
    return _trial(found)


def trial_rows(number: int, limit: int = 50) -> list[TrialRow]:
    """The trials of a version, latest first."""
    found = Trial.objects.filter(version__number=number).select_related("version", "asked_by")
    return [_trial(trial) for trial in found.order_by("-asked_at", "-id")[:limit]]


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """How many contacts of a channel the house can make in a day, and who said so."""

    channel: str
    contacts_per_day: int
    set_by: str
    set_at: datetime


def capacity_rows() -> list[CapacityRow]:
    """What holds now of each channel that somebody spoke of."""
    newest = Capacity.objects.order_by("channel", "-set_at", "-id").distinct("channel")
    return [
        CapacityRow(*row)
        for row in newest.annotate(who=Coalesce("set_by__username", Value(""))).values_list(
            "channel", "contacts_per_day", "who", "set_at"
        )
    ]


def capacities() -> dict[str, int]:
    """Contacts the house can make in a day, by channel; channels nobody spoke of are left out."""
    return {row.channel: row.contacts_per_day for row in capacity_rows()}


def _versions() -> QuerySet[StrategyVersion]:
    return (
        StrategyVersion.objects.defer("content")
        .select_related("based_on", "created_by")
        .defer("content", "based_on__content")
        .prefetch_related("activations")
    )


def _get(number: int) -> StrategyVersion:
    found = _versions().filter(number=number).first()
    if found is None:
        raise UnknownStrategy(f"there is no version {number}")
    return found


def _version(version: StrategyVersion) -> VersionRow:
    days = [each.from_on for each in version.activations.all() if each.cancelled_at is None]
    return VersionRow(
        id=version.id,
        number=version.number,
        title=version.title,
        note=version.note,
        state=version.state,
        digest=version.digest,
        content_sha256=version.content_sha256,
        revision=version.revision,
        based_on=None if version.based_on is None else version.based_on.number,
        created_by=_name(version.created_by),
        created_at=version.created_at,
        checked_at=version.checked_at,
        findings=tuple(version.findings),
        trial_id=version.trial_id,
        from_on=tuple(sorted(days)),
    )


def _trial(trial: Trial) -> TrialRow:
    return TrialRow(
        id=trial.id,
        number=trial.version.number,
        digest=trial.digest,
        content_sha256=trial.content_sha256,
        nights=tuple(date.fromisoformat(night) for night in trial.nights),
        state=trial.state,
        report=trial.report,
        problem=trial.problem,
        asked_by=_name(trial.asked_by),
        asked_at=trial.asked_at,
        started_at=trial.started_at,
        finished_at=trial.finished_at,
    )


def _name(person: Any) -> str:
    return "" if person is None else str(person.get_username())
