"""A version tried: the trial of the rulebook run over its nights, its files in the lake, and how far it has got.

    lake/trials/<id>/strategy.dmn                 the document tried
    lake/trials/<id>/progress.json                how far the run has got, for the page that waits
    lake/trials/<id>/day=D/p=NNN.parquet          the people who would be treated differently (cycle.trial)

A run holds a lock of its session, so a worker that was killed is seen at once and the trial can be started again; the
second run writes the same files and the same report.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction
from procrastinate.contrib.django import app as queue
from procrastinate.contrib.django.models import ProcrastinateJob

from evenhand.cycle.manifest import Manifest, read_manifest
from evenhand.cycle.trial import NightUnreadable
from evenhand.cycle.trial_people import (
    EVERYBODY,
    BothWays,
    Differing,
    Place,
    Wanted,
    differing,
    why_both,
)
from evenhand.cycle.trial_problem import Unanswered
from evenhand.cycle.trial_report import Report, try_nights
from evenhand.dmn import DecisionError, ModelError, loads
from evenhand.kernel.text import Bilingual
from evenhand.rulebook import queries as rulebook
from evenhand.rulebook.content import sha256_of
from evenhand.rulebook.packs import active_packs
from evenhand.rulebook.queries import TrialRow
from evenhand.rulebook.trials import (
    PROBLEM_MAX_CHARACTERS,
    TRY,
    UNFINISHED,
    fail_trial,
    finish_trial,
    start_trial,
)
from evenhand.runtime.config import config
from evenhand.runtime.lake import Lake, write_whole
from evenhand.strategy.judge import Strategy

BOTH = "\n"  # a problem is kept in both languages, Chinese first; the names of columns in it may hold " | "
_KEYS = "hashtext('evenhand trial'), hashtext(%s)"

Progress = Callable[[str, int, int], None]


class TrialRunning(RuntimeError):
    """The trial runs or is done, so it is not started again."""


@dataclass(frozen=True, slots=True)
class HowFar:
    """How far a run has got: partitions done of all partitions of all nights."""

    done: int
    of: int

    @property
    def percent(self) -> int:
        """Whole percents."""
        return self.permille // 10

    @property
    def permille(self) -> int:
        """Thousandths."""
        return self.done * 1000 // max(self.of, 1)


def trial_folder(lake: Lake, trial_id: UUID) -> Path:
    """Where the files of a trial lie."""
    return lake.root / "trials" / str(trial_id)


def try_version(trial_id: UUID, *, clock: Callable[[], datetime]) -> None:
    """Run a trial to its report, or to the sentence that says why it came to nothing. A finished one is left alone.

    Beside a run of the same trial nothing is done.
    """
    with _alone(trial_id) as ours:
        if not ours or not start_trial(trial_id=trial_id, now=clock()):
            return
        trial = rulebook.trial_row(trial_id)
        try:
            report = _tried(trial, clock())
        except (Unanswered, DecisionError, ModelError, NightUnreadable) as error:
            fail_trial(trial_id=trial_id, problem=_problem(error), now=clock())
        else:
            finish_trial(trial_id=trial_id, report=report, now=clock())


def _tried(trial: TrialRow, now: datetime) -> Report:
    lake = Lake(config().lake)
    folder = trial_folder(lake, trial.id)
    content = content_tried(trial)
    write_whole(folder / "strategy.dmn", lambda beside: beside.write_bytes(content))
    manifests = [_manifest(lake, night) for night in trial.nights]
    return try_nights(
        manifests,
        lake,
        Strategy(loads(content)),
        capacities=rulebook.capacities(),
        packs=active_packs(now),
        processes=config().processes,
        progress=_noting(folder / "progress.json", sum(len(m.parts) for m in manifests)),
        out=folder,
    )


def content_tried(trial: TrialRow) -> bytes:
    """The document of a version as it was when its trial was asked for, whatever was edited since."""
    content = rulebook.content_of(trial.number)
    if sha256_of(content) == trial.content_sha256:
        return content
    before = None
    while steps := rulebook.revision_rows(trial.number, before=before):
        for step in steps:
            content = rulebook.revision_content(trial.number, step.number)
            if sha256_of(content) == trial.content_sha256:
                return content
        before = steps[-1].number
    raise rulebook.UnknownStrategy(f"version {trial.number} never held what trial {trial.id} tries")


def _manifest(lake: Lake, night: date) -> Manifest:
    try:
        return read_manifest(lake.manifest(night))
    except FileNotFoundError:
        raise NightUnreadable(f"there was no night on {night}, or its files are gone") from None


def _problem(error: Exception) -> str:
    if isinstance(error, Unanswered):
        return _in_both(error.sentence())
    if isinstance(error, NightUnreadable):
        return _in_both(
            Bilingual(
                f"所选夜批的文件不完整：{error}", f"The files of a night are not whole: {error}"
            )
        )
    return _in_both(Bilingual(f"策略无法使用：{error}", f"The strategy cannot be used: {error}"))


def _in_both(sentence: Bilingual) -> str:
    most = (PROBLEM_MAX_CHARACTERS - len(BOTH)) // 2
    return f"{sentence.zh[:most]}{BOTH}{sentence.en[:most]}"


def problem_in(problem: str, language: str) -> str:
    """Why a trial came to nothing, in a language."""
    chinese, _bar, english = problem.partition(BOTH)
    return Bilingual(chinese, english or chinese).for_language(language) if problem else ""


def how_far(trial_id: UUID) -> HowFar | None:
    """How far the run of a trial has got; None before it has begun."""
    path = trial_folder(Lake(config().lake), trial_id) / "progress.json"
    try:
        return HowFar(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def people_of(
    trial: TrialRow, day: date, wanted: Wanted = EVERYBODY, after: Place | None = None
) -> Iterator[Differing]:
    """The people a trial would treat differently on one of its nights, from after a place."""
    return differing(trial_folder(Lake(config().lake), trial.id), day, wanted, after)


def why_of(trial: TrialRow, day: date, place: Place) -> BothWays:
    """Why both strategies answer as they do for one of those people; raises NotListed and NightUnreadable."""
    lake = Lake(config().lake)
    folder = trial_folder(lake, trial.id)
    return why_both(lake, _manifest(lake, day), folder, folder / "strategy.dmn", place)


def _noting(path: Path, of: int) -> Progress:
    """Note the progress each time another hundredth is done."""
    noted = -1

    def note(_step: str, done: int, _of: int) -> None:
        nonlocal noted
        if (percent := done * 100 // max(of, 1)) > noted:
            noted = percent
            text = json.dumps({"done": done, "of": of})
            write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))

    note("try", 0, of)
    return note


@transaction.atomic
def try_again(trial_id: UUID) -> None:
    """Queue a trial again whose worker is gone; raises TrialRunning while it waits, is worked on or is finished."""
    if not is_stalled(rulebook.trial_row(trial_id)):
        raise TrialRunning(str(trial_id))
    queue.configure_task(TRY).defer(trial_id=str(trial_id))


def is_stalled(trial: TrialRow) -> bool:
    """Whether a trial is not finished while no worker works on it and no job of it waits for one.

    So is one whose worker was killed before it had begun: its job was taken, and the trial is still queued.
    """
    if trial.state not in UNFINISHED or _is_held(trial.id):
        return False
    waiting = ProcrastinateJob.objects.filter(
        task_name=TRY, args={"trial_id": str(trial.id)}, status="todo"
    )
    return trial.state == "RUNNING" or not waiting.exists()


def _is_held(trial_id: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid::bigint = (hashtext('evenhand trial')::bigint & 4294967295)"
            " AND objid::bigint = (hashtext(%s)::bigint & 4294967295) AND objsubid = 2)",
            [str(trial_id)],
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def _alone(trial_id: UUID) -> Iterator[bool]:
    """Hold the trial for this session; yields whether it could be had."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({_KEYS})", [str(trial_id)])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({_KEYS})", [str(trial_id)])
