"""Experiments: planned, sized, approved by a second person, run between two days, stopped at once when need be."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from evenhand.approvals import actions as approvals
from evenhand.approvals.actions import ApprovalRefused
from evenhand.approvals.queries import open_question
from evenhand.journal import actions as journal
from evenhand.journal.rules import Stream
from evenhand.rulebook.experiment_rows import SUBJECT, State, digest_of, overlapping
from evenhand.rulebook.models import Experiment, StrategyVersion
from evenhand.rulebook.versions import lock_rulebook
from evenhand.strategy.arms import SLOTS
from evenhand.strategy.codes import HOLDOUT_DAYS_MAX
from evenhand.strategy.design import Book, Cost, Design, Question, cost_to_people, design

SALT_BYTES = 16
TITLE_MAX_CHARACTERS = 120
TEXT_MAX_CHARACTERS = 4_000
REASON_MAX_CHARACTERS = 500


class ExperimentRefused(ValueError):
    """Something that cannot be done to an experiment; the message says why, in the page's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an analyst writes down. Shares are of 10,000; `stop_on` is exclusive; `challenger` is a version's number."""

    title: str
    question: str
    challenger: int | None
    challenger_share: int
    holdout_share: int
    holdout_days_max: int
    start_on: date
    stop_on: date
    measure: Question
    daily_rate: Decimal
    cost_to_people: str

    @property
    def days(self) -> int:
        """How long it is to run."""
        return (self.stop_on - self.start_on).days


@transaction.atomic
def plan_experiment(*, plan: Plan, by: UUID, now: datetime) -> int:
    """Write a draft; returns its number. Its salt is drawn once and never changes."""
    lock_rulebook()
    last = Experiment.objects.aggregate(last=Max("number"))["last"] or 0
    experiment = Experiment(
        number=last + 1,
        salt=secrets.token_hex(SALT_BYTES),
        created_by_id=by,
        created_at=now,
        made_by=[str(by)],
        **_checked(plan),
    )
    experiment.save()
    _tell("EXPERIMENT_PLANNED", experiment, by=by, now=now, said={"digest": digest_of(experiment)})
    return experiment.number


@transaction.atomic
def change_experiment(
    *, number: int, plan: Plan, by: UUID, now: datetime, seen: str | None = None
) -> None:
    """Write a draft anew. A question put to a second person is taken back when anything changed.

    `seen` is the digest of the draft that the caller saw; refused when somebody else changed it since.
    """
    experiment = _locked_draft(number)
    before = digest_of(experiment)
    if seen not in (None, before):
        raise ExperimentRefused(_("Somebody else changed this draft meanwhile; open it again."))
    for name, value in _checked(plan).items():
        setattr(experiment, name, value)
    if digest_of(experiment) != before:
        approvals.withdraw(subject=SUBJECT, subject_id=experiment.id, by=by, now=now)
    experiment.made_by = sorted({*experiment.made_by, str(by)})
    experiment.save()
    if digest_of(experiment) != before:
        said = {"digest": digest_of(experiment)}
        _tell("EXPERIMENT_CHANGED", experiment, by=by, now=now, said=said)


@transaction.atomic
def discard_experiment(*, number: int, by: UUID, now: datetime) -> None:
    """Give a draft up; given up twice, nothing changes."""
    experiment = _locked(number)
    if experiment.state == State.DISCARDED:
        return
    if experiment.state != State.DRAFT:
        raise ExperimentRefused(_("An approved experiment is stopped, not discarded."))
    approvals.withdraw(subject=SUBJECT, subject_id=experiment.id, by=by, now=now)
    experiment.state = State.DISCARDED
    experiment.save()
    _tell("EXPERIMENT_DISCARDED", experiment, by=by, now=now, said={})


@transaction.atomic
def ask_approval(
    *, number: int, note: str, book: Book, last_banking_day: date | None, by: UUID, now: datetime
) -> None:
    """Ask a second person, with the size and the cost as last night's book has them fixed in the draft."""
    lock_rulebook()
    experiment = _locked_draft(number)
    _may_start(experiment, last_banking_day)
    if open_question(SUBJECT, experiment.id) is None:
        experiment.design = planned(experiment.design) | sized(
            experiment.design,
            challenger_share=experiment.challenger_share,
            holdout_share=experiment.holdout_share,
            holdout_days_max=experiment.holdout_days_max,
            days=(experiment.stop_on - experiment.start_on).days,
            book=book,
        )
        experiment.save()
    try:
        approvals.ask(
            subject=SUBJECT,
            subject_id=experiment.id,
            digest=digest_of(experiment),
            asked_by=by,
            made_by=[UUID(maker) for maker in experiment.made_by],
            note=note,
            now=now,
        )
    except ApprovalRefused as refused:
        raise ExperimentRefused(str(refused)) from None


@transaction.atomic
def decide_approval(
    *,
    number: int,
    verdict: str,
    reason: str,
    last_banking_day: date | None,
    by: UUID,
    now: datetime,
    read: UUID | None = None,
) -> None:
    """Approve or refuse. Approved, an experiment runs from its day on and nothing of it changes again.

    `read` is the id of the question that the page showed which the answer comes from.
    """
    lock_rulebook()
    experiment = _locked(number)
    question = open_question(SUBJECT, experiment.id)
    question_id = experiment.approval_id if question is None else question.id
    if question_id is None:
        raise ExperimentRefused(_("Nobody is asked to approve this experiment."))
    if verdict == approvals.Verdict.APPROVED and experiment.state == State.DRAFT:
        _may_start(experiment, last_banking_day)
    try:
        answer = approvals.decide(
            approval_id=question_id,
            verdict=verdict,
            reason=reason,
            digest=digest_of(experiment),
            by=by,
            now=now,
            read=read,
        )
    except ApprovalRefused as refused:
        raise ExperimentRefused(str(refused)) from None
    if answer.verdict == approvals.Verdict.APPROVED and experiment.state == State.DRAFT:
        experiment.state, experiment.approval = State.APPROVED, answer
        experiment.save()


@transaction.atomic
def stop_experiment(
    *, number: int, reason: str, last_banking_day: date | None, by: UUID, now: datetime
) -> None:
    """Stop an approved experiment from the next night on; stopped twice, the first time stays."""
    lock_rulebook()
    experiment = _locked(number)
    if experiment.state == State.STOPPED:
        return
    if experiment.state != State.APPROVED:
        raise ExperimentRefused(_("Only an approved experiment can be stopped."))
    if not reason.strip() or len(reason) > REASON_MAX_CHARACTERS:
        raise ExperimentRefused(
            _("Say why, in at most %(number)s characters.") % {"number": REASON_MAX_CHARACTERS}
        )
    if last_banking_day is not None and experiment.stop_on <= last_banking_day:
        raise ExperimentRefused(_("This experiment has ended already."))
    next_on = (
        experiment.start_on if last_banking_day is None else last_banking_day + timedelta(days=1)
    )
    experiment.state, experiment.stop_reason = State.STOPPED, reason.strip()
    experiment.stopped_on = max(experiment.start_on, next_on)
    experiment.stopped_at, experiment.stopped_by_id = now, by
    experiment.save()
    said = {
        "stopped_on": experiment.stopped_on.isoformat(),
        "reason": experiment.stop_reason,
    }
    _tell("EXPERIMENT_STOPPED", experiment, by=by, now=now, said=said)


def _tell(
    kind: str, experiment: Experiment, *, by: UUID, now: datetime, said: Mapping[str, Any]
) -> None:
    journal.record(
        kind=kind,
        stream=Stream(SUBJECT, str(experiment.id)),
        who=by,
        at=now,
        detail={"number": experiment.number, **said},
    )


def question_of(kept: Mapping[str, Any]) -> Question:
    """The measure as the design of an experiment keeps it."""
    return Question(
        baseline=Decimal(kept["baseline"]),
        effect=Decimal(kept["effect"]),
        power=Decimal(kept["power"]),
        alpha=Decimal(kept["alpha"]),
        measure_days=int(kept["measure_days"]),
    )


def planned(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The analyst's part of a design, without what was worked out from it."""
    names = ("baseline", "effect", "power", "alpha", "measure_days", "daily_rate")
    return {name: kept[name] for name in names}


def sized(
    kept: Mapping[str, Any],
    *,
    challenger_share: int,
    holdout_share: int,
    holdout_days_max: int,
    days: int,
    book: Book,
) -> dict[str, Any]:
    """Size and cost from a book, as they are shown and as the design keeps them."""
    size = design(
        question_of(kept),
        challenger_share=challenger_share,
        holdout_share=holdout_share,
        days=days,
        book=book,
    )
    cost = cost_to_people(
        holdout_share=holdout_share,
        holdout_days_max=holdout_days_max,
        days=days,
        daily_rate=Decimal(kept["daily_rate"]),
        book=book,
    )
    return {"size": _size(size), "cost": _cost(cost)}


def _size(size: Design) -> dict[str, Any]:
    return {
        "people_needed": size.people_needed,
        "by_arm": dict(size.by_arm),
        "people_expected": size.people_expected,
        "days_short": size.days_short,
        "enough": size.enough,
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "people": cost.people,
        "average_arrears_minor": cost.average_arrears_minor,
        "days": cost.days,
        "per_person_minor": cost.per_person_minor,
        "total_minor": cost.total_minor,
    }


def _checked(plan: Plan) -> dict[str, Any]:
    """The columns of a draft; raises ExperimentRefused for the first thing that may not be."""
    if not plan.title.strip() or len(plan.title) > TITLE_MAX_CHARACTERS:
        raise ExperimentRefused(
            _("An experiment has a title of at most %(number)s characters.")
            % {"number": TITLE_MAX_CHARACTERS}
        )
    if not plan.question.strip() or len(plan.question) > TEXT_MAX_CHARACTERS:
        raise ExperimentRefused(_("Say what the experiment is to find out."))
    if not 1 <= plan.holdout_days_max <= HOLDOUT_DAYS_MAX:
        raise ExperimentRefused(
            _("Nobody is held out after day %(day)s past due.") % {"day": HOLDOUT_DAYS_MAX}
        )
    if min(plan.challenger_share, plan.holdout_share) < 0 or (
        plan.challenger_share + plan.holdout_share >= SLOTS
    ):
        raise ExperimentRefused(_("The shares leave nobody with the strategy in force."))
    if not plan.challenger_share and not plan.holdout_share:
        raise ExperimentRefused(_("An experiment has a challenger, a hold-out or both."))
    if plan.stop_on <= plan.start_on:
        raise ExperimentRefused(_("An experiment ends after it starts."))
    if plan.daily_rate < 0 or plan.daily_rate >= 1:
        raise ExperimentRefused(_("The daily rate is a share of the arrears, such as 0.05%."))
    if plan.holdout_share and not plan.cost_to_people.strip():
        raise ExperimentRefused(_("Say what the people held out may lose."))
    if len(plan.cost_to_people) > TEXT_MAX_CHARACTERS:
        raise ExperimentRefused(
            _("Use at most %(number)s characters.") % {"number": TEXT_MAX_CHARACTERS}
        )
    return {
        "title": plan.title.strip(),
        "question": plan.question.strip(),
        "challenger": _challenger(plan),
        "challenger_share": plan.challenger_share,
        "holdout_share": plan.holdout_share,
        "holdout_days_max": plan.holdout_days_max,
        "start_on": plan.start_on,
        "stop_on": plan.stop_on,
        "cost_to_people": plan.cost_to_people.strip(),
        "design": {
            "baseline": str(plan.measure.baseline),
            "effect": str(plan.measure.effect),
            "power": str(plan.measure.power),
            "alpha": str(plan.measure.alpha),
            "measure_days": plan.measure.measure_days,
            "daily_rate": str(plan.daily_rate),
        },
    }


def _challenger(plan: Plan) -> StrategyVersion | None:
    if (plan.challenger is None) != (plan.challenger_share == 0):
        raise ExperimentRefused(_("A challenger has a share, and a share has a challenger."))
    if plan.challenger is None:
        return None
    version = StrategyVersion.objects.filter(number=plan.challenger).first()
    if version is None or version.state != StrategyVersion.State.APPROVED:
        raise ExperimentRefused(
            _("Version %(number)s is not approved; only an approved version may challenge.")
            % {"number": plan.challenger}
        )
    return version


def _may_start(experiment: Experiment, last_banking_day: date | None) -> None:
    if last_banking_day is not None and experiment.start_on <= last_banking_day:
        raise ExperimentRefused(
            _("The night of %(last)s is settled already; choose a later day than that.")
            % {"last": last_banking_day}
        )
    other = overlapping(experiment.start_on, experiment.stop_on, but=experiment.number)
    if other is not None:
        raise ExperimentRefused(
            _("Experiment %(number)s runs on some of these days; one runs at a time.")
            % {"number": other}
        )


def _locked(number: int) -> Experiment:
    found = Experiment.objects.select_for_update(of=("self",)).filter(number=number).first()
    if found is None:
        raise ExperimentRefused(_("There is no experiment %(number)s.") % {"number": number})
    return found


def _locked_draft(number: int) -> Experiment:
    experiment = _locked(number)
    if experiment.state != State.DRAFT:
        raise ExperimentRefused(_("Only a draft can be changed; this is none any more."))
    return experiment
