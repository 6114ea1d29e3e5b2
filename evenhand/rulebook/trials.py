"""Trials asked for, started, finished or failed; and how many contacts the house can make."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as queue

from evenhand.journal import actions as journal
from evenhand.journal.rules import Stream
from evenhand.rulebook.models import Capacity, StrategyVersion, Trial
from evenhand.rulebook.queries import capacities
from evenhand.rulebook.versions import State, StrategyRefused, key, locked, tell
from evenhand.strategy.codes import CHANNELS

TRY = "cycle.try_strategy"  # the job that runs a trial, named by its id
NIGHTS_MAX = 31
CONTACTS_MAX = 100_000_000
PROBLEM_MAX_CHARACTERS = 500

UNFINISHED = (Trial.State.QUEUED, Trial.State.RUNNING)


@transaction.atomic
def ask_trial(*, number: int, nights: Sequence[date], by: UUID | None, now: datetime) -> UUID:
    """Queue a trial of a checked version over past nights, and the job that runs it; returns the trial's id.

    Asked again while it is not finished, the first trial's id is returned and nothing is queued.
    """
    version = locked(number)
    if version.state in (State.DRAFT, State.DISCARDED):
        raise StrategyRefused(
            _("Version %(number)s is to be checked without errors before it is tried.")
            % {"number": number}
        )
    days = [night.isoformat() for night in sorted(set(nights))]
    if not 1 <= len(days) <= NIGHTS_MAX:
        raise StrategyRefused(
            _("A trial is over 1 to %(most)s past nights.") % {"most": NIGHTS_MAX}
        )
    earlier = version.trials.filter(
        content_sha256=version.content_sha256, nights=days, state__in=UNFINISHED
    ).first()
    if earlier is not None:
        return key(earlier)
    trial = Trial.objects.create(
        version=version,
        digest=version.digest,
        content_sha256=version.content_sha256,
        nights=days,
        asked_by_id=by,
        asked_at=now,
    )
    queue.configure_task(TRY).defer(trial_id=str(trial.id))
    return key(trial)


@transaction.atomic
def start_trial(*, trial_id: UUID, now: datetime) -> bool:
    """Note that a trial runs; returns whether it is to be run: a killed one is again, a finished one is not."""
    trial = Trial.objects.select_for_update().get(id=trial_id)
    if trial.state not in UNFINISHED:
        return False
    trial.state, trial.started_at = Trial.State.RUNNING, now
    trial.save()
    return True


@transaction.atomic
def finish_trial(*, trial_id: UUID, report: Mapping[str, Any], now: datetime) -> None:
    """Keep a trial's report. The version is TRIED, if its content is still what was tried."""
    version, trial = _locked_trial(trial_id)
    if trial.state not in UNFINISHED:
        return
    trial.state, trial.report, trial.finished_at = Trial.State.DONE, dict(report), now
    trial.save()
    said = {
        "trial": str(trial.id),
        "nights": len(trial.nights),
        "content_sha256": trial.content_sha256,
    }
    tell("STRATEGY_TRIED", version, by=trial.asked_by_id, now=now, said=said)
    tried = version.content_sha256 == trial.content_sha256
    if tried and version.state in (State.CHECKED, State.TRIED):
        version.state, version.trial = State.TRIED, trial
        version.save()


@transaction.atomic
def fail_trial(*, trial_id: UUID, problem: str, now: datetime) -> None:
    """Keep why a trial came to nothing."""
    _version, trial = _locked_trial(trial_id)
    if trial.state not in UNFINISHED:
        return
    trial.state, trial.finished_at = Trial.State.FAILED, now
    trial.problem = problem[:PROBLEM_MAX_CHARACTERS]
    trial.save()


def _locked_trial(trial_id: UUID) -> tuple[StrategyVersion, Trial]:
    """The version, then the trial: the order in which everybody locks them."""
    number = Trial.objects.values_list("version__number", flat=True).get(id=trial_id)
    version = locked(number)
    return version, Trial.objects.select_for_update().get(id=trial_id)


@transaction.atomic
def set_capacity(*, channel: str, contacts_per_day: int, by: UUID | None, now: datetime) -> None:
    """Say how many contacts of a channel the house can make in a day, from now on."""
    if channel not in CHANNELS:
        raise StrategyRefused(
            _("%(channel)s is no channel; expected one of %(channels)s.")
            % {"channel": channel, "channels": ", ".join(CHANNELS)}
        )
    if not 0 <= contacts_per_day <= CONTACTS_MAX:
        raise StrategyRefused(
            _("Contacts per day are a whole number from 0 to %(most)s.") % {"most": CONTACTS_MAX}
        )
    if capacities().get(channel) != contacts_per_day:
        Capacity.objects.create(
            channel=channel, contacts_per_day=contacts_per_day, set_by_id=by, set_at=now
        )
        journal.record(
            kind="CAPACITY_SET",
            stream=Stream("SYSTEM", "capacity"),
            who=by,
            at=now,
            detail={"channel": channel, "contacts_per_day": contacts_per_day},
        )


@transaction.atomic
def set_capacities(*, contacts_per_day: Mapping[str, int], by: UUID | None, now: datetime) -> None:
    """Say it of several channels at once; what stays as it was leaves no row."""
    for channel, contacts in contacts_per_day.items():
        set_capacity(channel=channel, contacts_per_day=contacts, by=by, now=now)
