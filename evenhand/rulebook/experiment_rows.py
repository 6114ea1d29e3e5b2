"""Reads of experiments, as frozen rows for screens and for the night."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from evenhand.approvals.queries import ApprovalRow, approval_rows
from evenhand.rulebook.content import inflated
from evenhand.rulebook.models import Experiment, StrategyVersion
from evenhand.strategy import arms

SUBJECT = "EXPERIMENT"  # of the questions put to a second person

State = Experiment.State


class UnknownExperiment(LookupError):
    """There is no such experiment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentRow:
    """One experiment. `ends_on` is the first day without it: as planned, or as it was stopped."""

    id: UUID
    number: int
    title: str
    question: str
    state: str
    challenger: int | None
    challenger_title: str
    challenger_share: int
    holdout_share: int
    holdout_days_max: int
    start_on: date
    stop_on: date
    ends_on: date
    design: Mapping[str, Any]
    digest: str  # of everything a second person approves
    cost_to_people: str
    created_by: str
    created_at: datetime
    made_by: tuple[UUID, ...]
    stopped_by: str
    stopped_at: datetime | None
    stop_reason: str
    asked: tuple[ApprovalRow, ...]  # every question put to a second person, latest first

    @property
    def champion_share(self) -> int:
        """What the strategy in force keeps, of 10,000."""
        return arms.SLOTS - self.challenger_share - self.holdout_share

    @property
    def days(self) -> int:
        """How long it is planned to run."""
        return (self.stop_on - self.start_on).days

    @property
    def open_question(self) -> ApprovalRow | None:
        """The question that awaits an answer."""
        return next((row for row in self.asked if row.is_open), None)

    def stage(self, last_banking_day: date | None) -> str:
        """Where it stands in the words of people: also ASKED, RUNNING and ENDED, which no column says."""
        if self.state == State.DRAFT and self.open_question is not None:
            return "ASKED"
        if self.state == State.APPROVED and last_banking_day is not None:
            if last_banking_day >= self.ends_on:
                return "ENDED"
            return "RUNNING" if last_banking_day >= self.start_on else "APPROVED"
        return self.state


@dataclass(frozen=True, slots=True)
class Running:
    """What a night goes by: the experiment and the content of its challenger, none when it has none."""

    experiment: arms.Experiment
    challenger: bytes | None


def experiment_on(on: date) -> Running | None:
    """The experiment that runs on a banking day; at most one does. Who keeps its challenger's file names it anew."""
    found = _within(on, on).select_related("challenger").first()
    if found is None:
        return None
    version = found.challenger
    return Running(
        arms.Experiment(
            number=found.number,
            salt=found.salt,
            start_on=found.start_on,
            challenger_share=found.challenger_share,
            holdout_share=found.holdout_share,
            holdout_days_max=found.holdout_days_max,
            challenger="" if version is None else f"version {version.number}",
            challenger_digest="" if version is None else version.digest,
        ),
        None if version is None else inflated(version.content),
    )


def overlapping(start_on: date, stop_on: date, *, but: int) -> int | None:
    """Another approved experiment with a day of these, `stop_on` exclusive: its number. Stopped ones as far as run."""
    found = _within(start_on, stop_on - timedelta(days=1)).exclude(number=but)
    found = found.exclude(stopped_on=F("start_on"))  # stopped before it began
    return found.values_list("number", flat=True).first()


def experiment_from(on: date) -> tuple[int, str, date] | None:
    """Number, title and first day without it of the approved experiment that runs on a day or begins later."""
    found = _within(on, date.max).filter(state=State.APPROVED).order_by("start_on")
    return found.values_list("number", "title", "stop_on").first()


def experiment_rows(limit: int = 50, before: int | None = None) -> list[ExperimentRow]:
    """Experiments, the latest first, a page of those before a number."""
    found = _people()
    if before is not None:
        found = found.filter(number__lt=before)
    return [_row(experiment) for experiment in found.order_by("-number")[:limit]]


def experiment_row(number: int) -> ExperimentRow:
    """One experiment; raises UnknownExperiment."""
    found = _people().filter(number=number).first()
    if found is None:
        raise UnknownExperiment(f"there is no experiment {number}")
    return _row(found)


def challengers() -> list[tuple[int, str]]:
    """The approved versions, number and title, latest first: what may challenge."""
    approved = StrategyVersion.objects.filter(state=StrategyVersion.State.APPROVED)
    return list(approved.order_by("-number").values_list("number", "title"))


def digest_of(experiment: Experiment) -> str:
    """sha256 of everything a second person approves: question, arms, shares, days, design and cost to people."""
    version = experiment.challenger
    said = {
        name: getattr(experiment, name)
        for name in (
            "number", "title", "question", "salt", "challenger_share", "holdout_share", "holdout_days_max",
            "start_on", "stop_on", "design", "cost_to_people",
        )
    } | {"challenger": None if version is None else [version.number, version.digest]}  # fmt: skip
    text = json.dumps(said, default=str, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _within(first: date, last: date) -> QuerySet[Experiment]:
    return Experiment.objects.filter(
        Q(state=State.APPROVED, stop_on__gt=first) | Q(state=State.STOPPED, stopped_on__gt=first),
        start_on__lte=last,
    )


def _people() -> QuerySet[Experiment]:
    return Experiment.objects.select_related("challenger", "created_by", "stopped_by")


def _row(found: Experiment) -> ExperimentRow:
    return ExperimentRow(
        id=found.id,
        number=found.number,
        title=found.title,
        question=found.question,
        state=found.state,
        challenger=None if found.challenger is None else found.challenger.number,
        challenger_title="" if found.challenger is None else found.challenger.title,
        challenger_share=found.challenger_share,
        holdout_share=found.holdout_share,
        holdout_days_max=found.holdout_days_max,
        start_on=found.start_on,
        stop_on=found.stop_on,
        ends_on=min(found.stop_on, found.stopped_on or found.stop_on),
        design=found.design,
        digest=digest_of(found),
        cost_to_people=found.cost_to_people,
        created_by="" if found.created_by is None else found.created_by.get_username(),
        created_at=found.created_at,
        made_by=tuple(UUID(maker) for maker in found.made_by),
        stopped_by="" if found.stopped_by is None else found.stopped_by.get_username(),
        stopped_at=found.stopped_at,
        stop_reason=found.stop_reason,
        asked=tuple(approval_rows(SUBJECT, found.id)),
    )
