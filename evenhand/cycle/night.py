"""The night: every account aged, every person decided, the desk told, one row per banking day.

Killed at any point, the next start completes it: files are written whole, partitions are published once, and what a
half night left behind is used only where its inputs are still the same.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.db import transaction

from evenhand.cycle import redeciding
from evenhand.cycle.books import book_night
from evenhand.cycle.desk import export_desk
from evenhand.cycle.keeping import continue_promises, review_plans
from evenhand.cycle.lock import alone
from evenhand.cycle.manifest import Manifest, Part, read_manifest, write_manifest
from evenhand.cycle.matching import match_money
from evenhand.cycle.models import Run, RunPartition
from evenhand.cycle.partition import Task, finished_part, mapped
from evenhand.cycle.publish import ACCOUNT_LINE, Outcome, publish_rows, to_publish
from evenhand.cycle.reconcile import reconciled
from evenhand.cycle.says_paid import claims_over
from evenhand.cycle.strategies import (
    NoStrategy,
    settle_strategy,
    settled_experiment,
    strategy_name,
    unsettle,
)
from evenhand.cycle.tally import Tally, added
from evenhand.cycle.telling import root_of
from evenhand.dmn import DecisionError, ModelError
from evenhand.journal.actions import record
from evenhand.journal.rules import Stream
from evenhand.kernel.digest import file_sha256
from evenhand.payments.actions import expire_intents
from evenhand.portfolio.feeds import FEEDS
from evenhand.portfolio.history import LoadedFile, fact_path
from evenhand.portfolio.models import FeedFile, FileState
from evenhand.portfolio.queries import loaded_files, take_over_missing
from evenhand.portfolio.terms import Portfolio
from evenhand.runtime.lake import Lake
from evenhand.runtime.version import code_version

MATCHED_BACK = timedelta(
    days=7
)  # over how many days a payment may be told of after the core's file
WINDOW_FEEDS = ("statements", "payments", "intraday_payments")

Progress = Callable[[str, int, int], None]  # step, done, of


class NightRefused(RuntimeError):
    """The night cannot run; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where and by what terms nights run here."""

    lake: Path
    portfolio: Portfolio
    strategy: Path
    partitions: int
    processes: int
    live: bool


def run_nights(
    *,
    until: date,
    setting: Setting,
    clock: Callable[[], datetime],
    progress: Progress,
    dry_run: bool = False,
) -> list[Run]:
    """Run the night of `until`, and before it every missed night whose files have come. Returns the runs, in order."""
    with alone("a night"):
        days = [*missed_days(until), until]
        return [
            _run_night(on=on, setting=setting, clock=clock, progress=progress, dry_run=dry_run)
            for on in days
        ]


def missed_days(until: date) -> list[date]:
    """Banking days before `until` whose files are loaded and whose night is not published, oldest first."""
    published = Run.objects.filter(state=Run.State.PUBLISHED)
    last = published.order_by("-banking_day").values_list("banking_day", flat=True).first()
    loaded = FeedFile.objects.filter(state=FileState.LOADED, banking_day__lt=until, feed__in=FEEDS)
    if last is not None:
        loaded = loaded.filter(banking_day__gt=last)
    return sorted(set(loaded.values_list("banking_day", flat=True)))


def _run_night(
    *, on: date, setting: Setting, clock: Callable[[], datetime], progress: Progress, dry_run: bool
) -> Run:
    run = Run.objects.filter(banking_day=on).first()
    if run is not None and run.state == Run.State.PUBLISHED:
        return run
    later = (
        Run.objects.filter(state=Run.State.PUBLISHED, banking_day__gt=on)
        .order_by("banking_day")
        .first()
    )
    if later is not None:
        raise NightRefused(
            f"the night of {later.banking_day} is published; load late files for the next banking day"
        )
    if run is None:
        run = Run(
            banking_day=on, state=Run.State.STARTED, code_version=code_version(), started_at=clock()
        )
    if dry_run:
        return _dry_run(run, setting, clock, progress)
    run.save()
    lake = Lake(setting.lake)
    if run.state == Run.State.STARTED:
        run.code_version = code_version()
        manifest = _treat(run, setting, clock, progress, setting.lake)
        write_manifest(lake.manifest(on), manifest)
        _record(run, manifest, lake)
        run.save()
    manifest = read_manifest(lake.manifest(on))
    if setting.live and (missing := take_over_missing()):
        raise NightRefused(f"take-over lists not stated as loaded or empty: {', '.join(missing)}")
    redecided = _publish(run, manifest, lake, clock, progress)
    booked = book_night(manifest, lake, now=clock())
    reviewed = review_plans(manifest=manifest, lake=lake, now=clock())
    continue_promises(manifest=manifest, lake=lake, now=clock())
    claims_over(manifest=manifest, lake=lake, now=clock())
    expire_intents(now=clock())
    run.totals = added(run.totals, {"redecided_by_day": redecided, **booked.counts(), **reviewed})
    run.state, run.finished_at = Run.State.PUBLISHED, clock()
    with transaction.atomic():
        run.save()
        _tell(run, manifest)
    return run


def _tell(run: Run, manifest: Manifest) -> None:
    assert run.finished_at is not None
    record(
        kind="NIGHT_PUBLISHED",
        stream=Stream("RUN", run.banking_day.isoformat()),
        who="night",
        at=run.finished_at,
        why=run.content_digest,
        detail={
            "banking_day": run.banking_day.isoformat(),
            "root": root_of(manifest),
            "content_digest": run.content_digest,
            "manifest_sha256": run.manifest_sha256,
            "strategy_digest": run.strategy_digest,
            "code_version": run.code_version,
            "partitions": len(manifest.parts),
            "difference": run.difference,
        },
    )


def _dry_run(run: Run, setting: Setting, clock: Callable[[], datetime], progress: Progress) -> Run:
    """The real path into a folder that is thrown away and transactions that are rolled back."""
    out = Path(tempfile.mkdtemp(prefix="dry-run-", dir=_made(setting.lake)))
    try:
        with transaction.atomic():
            run.save()
            manifest = _treat(run, setting, clock, progress, out)
            write_manifest(Lake(out).manifest(run.banking_day), manifest)
            _record(run, manifest, Lake(out))
            by_others = _by_others(manifest, Lake(setting.lake))
            outcomes = [
                _publish_part(run, part, manifest, Lake(out), clock, by_others=by_others)
                for part in manifest.parts
            ]
            run.totals["stale"] = sum(len(outcome.stale) for outcome in outcomes)
            transaction.set_rollback(True)
    finally:
        shutil.rmtree(out)
    return run


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _treat(
    run: Run, setting: Setting, clock: Callable[[], datetime], progress: Progress, out: Path
) -> Manifest:
    on, lake = run.banking_day, Lake(setting.lake)
    before = (
        Run.objects.filter(state=Run.State.PUBLISHED, banking_day__lt=on)
        .order_by("-banking_day")
        .first()
    )
    previous = None if before is None else read_manifest(lake.manifest(before.banking_day))
    partitions = setting.partitions if previous is None else len(previous.parts)
    files = loaded_files(since=on, until=on)
    earlier = [
        file for file in loaded_files(until=on - timedelta(days=1)) if file.feed in WINDOW_FEEDS
    ]
    if previous is None and not files:
        raise NightRefused(f"no file is loaded for {on}, and no night went before")
    digest = _settled(run, setting, clock(), lasting=out == setting.lake)
    if run.cut_off_at is None or out != setting.lake:
        cut_off_at = clock()
        recent = [file for file in earlier if file.banking_day >= on - MATCHED_BACK]
        match_money(lake, [*files, *recent])
        export_desk(Lake(out), on, partitions)
        run.cut_off_at = cut_off_at
        run.save()
    strategy, experiment = strategy_name(digest), settled_experiment(run)
    tasks = [
        Task(
            lake=setting.lake,
            desk=out,
            out=out,
            day=on,
            previous_day=None if before is None else before.banking_day,
            number=number,
            facts=tuple(_in_lake(lake, files, number)),
            history=tuple(_in_lake(lake, earlier, number)),
            strategy=strategy,
            portfolio=setting.portfolio,
            experiment=experiment,
        )
        for number in range(partitions)
    ]
    parts = _answered(run, tasks, setting.processes, progress)
    known = [] if previous is None else list(previous.files)
    return Manifest(
        banking_day=on,
        previous_day=None if before is None else before.banking_day,
        cut_off_at=run.cut_off_at.isoformat(),
        code_version=run.code_version,
        strategy=strategy,
        strategy_digest=digest,
        portfolio=setting.portfolio,
        files=(*known, *(_named(file) for file in files)),
        parts=tuple(parts),
        experiment=experiment,
    )


def _answered(run: Run, tasks: Sequence[Task], processes: int, progress: Progress) -> list[Part]:
    """The parts; a night whose strategy leaves somebody without an answer is refused and may settle on another."""
    try:
        return run_parts(tasks, processes, progress)
    except (DecisionError, ModelError) as error:
        digest = run.strategy_digest
        unsettle(run)
        raise NightRefused(
            f"the strategy {digest[:12]} or its challenger cannot decide for everybody on {run.banking_day}: {error}; "
            "nobody was treated by it: put another version in force from this day, or stop the experiment, and run the "
            "night again"
        ) from None


def _settled(run: Run, setting: Setting, now: datetime, *, lasting: bool) -> str:
    try:
        return settle_strategy(
            run, stated=setting.strategy, lake=setting.lake, now=now, lasting=lasting
        )
    except NoStrategy as error:
        raise NightRefused(str(error)) from None


def _named(file: LoadedFile) -> dict[str, Any]:
    return {"file_no": file.file_no, "feed": file.feed, "name": file.name, "sha256": file.sha256}


def _in_lake(lake: Lake, files: Sequence[LoadedFile], number: int) -> Iterator[str]:
    """The names of the facts of these files in one partition, in order of loading."""
    for file in files:
        path = fact_path(lake, file, number)
        if path.exists():
            yield str(path.relative_to(lake.root))


def run_parts(tasks: Sequence[Task], processes: int, progress: Progress) -> list[Part]:
    """Run partitions on the processes given; a part that an interrupted night finished is used if its inputs stand."""
    parts = []
    for part in mapped(finished_part, tasks, processes=processes):
        parts.append(part)
        progress("treat", len(parts), len(tasks))
    return parts


def _record(run: Run, manifest: Manifest, lake: Lake) -> None:
    """Write the night's totals into its row; what does not reconcile is said, never smoothed."""
    totals: Tally = reduce(added, (dict(part.counts) for part in manifest.parts), {})
    files = FeedFile.objects.filter(state=FileState.LOADED, banking_day=run.banking_day)
    for name in ("rows_in", "rows_loaded", "rows_quarantined"):
        totals[name] = sum(getattr(file, name) for file in files)
    totals["currency"] = manifest.portfolio.base_currency
    checks = reconciled(totals)
    run.totals = totals | {"checks": checks, "quarantined": totals["rows_quarantined"]}
    run.difference = sum(abs(check["difference"]) for check in checks)
    run.totals["difference"] = run.difference
    run.content_digest = manifest.content_digest
    run.strategy_digest = manifest.strategy_digest
    run.manifest_sha256 = file_sha256(lake.manifest(run.banking_day))
    run.state = Run.State.TREATED


def _publish(
    run: Run, manifest: Manifest, lake: Lake, clock: Callable[[], datetime], progress: Progress
) -> int:
    """Publish what is not published yet; who the desk knew more of is decided by the day path. Returns how many."""
    done = set(run.partitions.values_list("number", flat=True))
    redecided, by_others = 0, _by_others(manifest, lake)
    for count, part in enumerate(manifest.parts, start=1):
        if part.number not in done:
            with transaction.atomic():
                outcome = _publish_part(run, part, manifest, lake, clock, by_others=by_others)
                redeciding.redecide(
                    outcome.stale, cause="STALE", now=clock(), manifest=manifest, lake=lake
                )
            redecided += len(outcome.stale)
        progress("publish", count, len(manifest.parts))
    return redecided


def _by_others(manifest: Manifest, lake: Lake) -> bool:
    """Whether other strategies decide than in the night before, be it for one arm."""
    if manifest.previous_day is None:
        return False
    return not manifest.decided_as(read_manifest(lake.manifest(manifest.previous_day)))


def _publish_part(
    run: Run,
    part: Part,
    manifest: Manifest,
    lake: Lake,
    clock: Callable[[], datetime],
    *,
    by_others: bool,
) -> Outcome:
    where = (run.banking_day, part.number)
    decisions = to_publish(pq.read_table(lake.decisions(*where)), by_others=by_others)
    outcome = publish_rows(
        decisions=decisions,
        state=pq.read_table(lake.state(*where)),
        accounts=pq.read_table(lake.accounts(*where), columns=list(ACCOUNT_LINE)),
        people=pq.read_table(
            lake.people(*where), columns=["customer_key", "identity", "language", "region"]
        ),
        confirmed=part.confirmed,
        partition=part.number,
        portfolio=manifest.portfolio,
        digests=manifest.digests,
        on=run.banking_day,
        by="NIGHT",
        why=part.outputs["decisions"],
        now=clock(),
    )
    RunPartition.objects.create(
        run=run,
        number=part.number,
        digest=part.outputs["decisions"],
        counts={
            "staged": outcome.staged,
            "changed": len(outcome.changed),
            "stale": len(outcome.stale),
        },
        published_at=clock(),
    )
    return outcome
