"""Which strategy a night goes by, and from when another may: what the rulebook and the nights must agree on."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from evenhand.cycle.models import Run
from evenhand.dmn import ModelError, loads
from evenhand.rulebook import actions as rulebook
from evenhand.rulebook.content import digest_of
from evenhand.rulebook.experiment_rows import experiment_on
from evenhand.rulebook.queries import InForce, in_force, number_of
from evenhand.runtime.lake import write_whole
from evenhand.strategy.arms import Experiment
from evenhand.strategy.checking import check_content
from evenhand.strategy.judge import STARTER, Strategy

FIRST_TITLE = "初始策略 | First strategy"


class NoStrategy(RuntimeError):
    """The night has no strategy it may go by; the message says what to do."""


def settle_strategy(run: Run, *, stated: Path, lake: Path, now: datetime, lasting: bool) -> str:
    """Settle once what a night goes by, in its row and in the lake; returns the digest.

    A night that was killed goes on by what it started with, whatever was put in force meanwhile. Without `lasting`,
    as in a dry run, others are not kept from putting another in force at the same time. Raises NoStrategy.
    """
    if not run.strategy_digest:
        with transaction.atomic():
            if lasting:
                rulebook.lock_rulebook()
            found = in_force(run.banking_day)
            found = _installed(stated, run.banking_day, now) if found is None else found
            _agrees(stated)
            _usable(found.content, f"version {found.number}")
            _kept(lake, found.digest, found.content)
            run.strategy_digest = found.digest
            run.experiment = _kept_experiment(run.banking_day, lake)
            run.save()
    return run.strategy_digest


def _kept_experiment(on: date, lake: Path) -> dict[str, Any]:
    """The experiment of the day with its challenger kept in the lake; empty when none runs."""
    running = experiment_on(on)
    if running is None:
        return {}
    if running.challenger is not None:
        experiment = running.experiment
        _usable(running.challenger, f"{experiment.challenger} of experiment {experiment.number}")
        name = _kept(lake, experiment.challenger_digest, running.challenger)
        return replace(experiment, challenger=name).as_data()
    return running.experiment.as_data()


def unsettle(run: Run) -> None:
    """Let a night that came to nothing settle anew what it goes by: nobody was treated by it."""
    with transaction.atomic():
        rulebook.lock_rulebook()
        run.strategy_digest, run.experiment = "", {}
        run.save()


def settled_experiment(run: Run) -> Experiment | None:
    """The experiment that the night of the row goes by."""
    return Experiment.from_data(run.experiment) if run.experiment else None


def strategy_name(digest: str) -> str:
    """Where in the lake the strategy of a digest lies."""
    return f"strategies/{digest}.dmn"


def _kept(lake: Path, digest: str, content: bytes) -> str:
    """The strategy's name in the lake, where it is kept now; refused when another lies under its name already."""
    name = keep_strategy(lake, digest, content)
    kept = (lake / name).read_bytes()
    if kept != content and digest_of(kept) != digest_of(content):
        raise NoStrategy(
            f"{name} in the lake does not say what was approved under that digest; put it aside and run the night again"
        )
    return name


def keep_strategy(lake: Path, digest: str, content: bytes) -> str:
    """Keep a strategy in the lake under its digest, so that a night can be made again; returns its name there."""
    name = strategy_name(digest)
    if not (lake / name).exists():
        write_whole(lake / name, lambda beside: beside.write_bytes(content))
    return name


def last_settled_day() -> date | None:
    """The last banking day whose strategy is settled: its night is published, or has begun."""
    settled = Run.objects.filter(Q(state=Run.State.PUBLISHED) | ~Q(strategy_digest=""))
    return settled.order_by("-banking_day").values_list("banking_day", flat=True).first()


@transaction.atomic
def activate(*, number: int, from_on: date, by: UUID | None, now: datetime) -> UUID:
    """Put an approved version in force from a banking day whose night has not begun; returns the activation's id.

    Raises StrategyRefused.
    """
    rulebook.lock_rulebook()
    return rulebook.activate(
        number=number, from_on=from_on, last_banking_day=last_settled_day(), by=by, now=now
    )


@transaction.atomic
def cancel_activation(*, activation_id: UUID, by: UUID | None, now: datetime) -> None:
    """Take an activation back before any night went by it. Raises StrategyRefused."""
    rulebook.lock_rulebook()
    rulebook.cancel_activation(
        activation_id=activation_id, last_banking_day=last_settled_day(), by=by, now=now
    )


def _installed(stated: Path, on: date, now: datetime) -> InForce:
    """The strategy of the settings, which the first night puts in force."""
    content = _read(stated)
    _usable(content, stated.name)
    _free_of_errors(content, stated)
    rulebook.install_first(content=content, title=FIRST_TITLE, now=now, from_on=on)
    found = in_force(on)
    assert found is not None
    return found


def _free_of_errors(content: bytes, stated: Path) -> None:
    """No second person has seen what comes with the installation, so at least the checker has."""
    wrong = [found for found in check_content(content, stated.name) if found.severity == "ERROR"]
    if wrong:
        raise NoStrategy(
            f"{stated} has {len(wrong)} error(s), the first in the table {wrong[0].decision!r} ({wrong[0].kind}); "
            f"`evenhand strategy check {stated}` says them all"
        )


def _agrees(stated: Path) -> None:
    """A setting that would change nothing is refused: the stated file is to be a version of the rulebook."""
    if stated != STARTER and number_of(_read(stated)) is None:
        raise NoStrategy(
            f"EVENHAND_STRATEGY_FILE names {stated}, whose tables are no version of the rulebook and would decide "
            f"nothing; import them with `evenhand strategy import {stated}`, or take the setting away"
        )


def _read(stated: Path) -> bytes:
    try:
        return (stated / "strategy.dmn" if stated.is_dir() else stated).read_bytes()
    except OSError as error:
        raise NoStrategy(f"the strategy {stated} cannot be read: {error.strerror}") from None


def _usable(content: bytes, name: str) -> None:
    try:
        Strategy(loads(content, name))
    except ModelError as error:
        raise NoStrategy(f"the strategy cannot be used: {error}") from None
