"""Loads the bank's files: facts first, then one row that makes them count."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from evenhand.journal import actions as journal
from evenhand.journal.rules import Stream
from evenhand.portfolio.checking import mask
from evenhand.portfolio.encoding import Sealer
from evenhand.portfolio.feeds import TAKE_OVER, Feed
from evenhand.portfolio.history import LoadedFile, Owners, fact_path, owners
from evenhand.portfolio.loading import EVERY_FEED, Prepared, files_of, prepare, write_facts
from evenhand.portfolio.models import FeedFile, FileState, QuarantinedRow, TakeOver
from evenhand.portfolio.queries import loaded_files
from evenhand.portfolio.reading import FileRefusedError, Stated, read_manifest
from evenhand.portfolio.terms import Portfolio
from evenhand.runtime.lake import Lake

_LOCK = 4_217_001  # of the session that is loading; numbers of files are given inside it
_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Where files go and by what terms. `keep` stores the raw file encrypted and returns its sha256."""

    lake: Lake
    keys: Sealer
    portfolio: Portfolio
    partitions: int
    keep: Callable[[Path], str]
    samples_allowed: bool = True


def load_folder(
    *,
    folder: Path,
    banking_day: date,
    intake: Intake,
    now: datetime,
    progress: Callable[[FeedFile], None] = lambda _: None,
) -> list[FeedFile]:
    """Load every feed file of a folder for a banking day, one transaction a file; refused files are rows too.

    Raises FileRefusedError when the folder itself is wrong: its manifest, a file no feed claims, a file stated and
    absent, or a sample where samples are refused. Nothing is loaded then.
    """
    manifest = read_manifest(folder)
    if manifest.sample and not intake.samples_allowed:
        raise FileRefusedError(
            "manifest.sample", field=folder.name, expected="a live store takes no samples"
        )
    if manifest.banking_day and manifest.banking_day != str(banking_day):
        raise FileRefusedError(
            "manifest.banking-day",
            field=folder.name,
            expected=f"{banking_day}, found {manifest.banking_day}",
        )
    rows = []
    for feed, path in files_of(folder, intake.portfolio, manifest):
        rows.append(
            load_file(
                path=path,
                feed=feed,
                banking_day=banking_day,
                intake=intake,
                now=now,
                stated=manifest.files.get(path.name),
                marks=manifest.marks(feed),
            )
        )
        progress(rows[-1])
    return rows


def load_file(
    *,
    path: Path,
    feed: str,
    banking_day: date,
    intake: Intake,
    now: datetime,
    stated: Stated | None = None,
    marks: Sequence[str] = (),
) -> FeedFile:
    """Load one file for a banking day and return its row; the same bytes return the first row and change nothing.

    Facts are written before the row is committed, under names made of the file's digest: a load cut off in between
    counts for nothing, and the next one writes the same files again.
    """
    kind, content = EVERY_FEED[feed], path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    with _one_at_a_time():
        if earlier := FeedFile.objects.filter(
            feed=feed, sha256=digest, state=FileState.LOADED
        ).first():
            return earlier
        number = (FeedFile.objects.aggregate(last=Max("file_no"))["last"] or 0) + 1
        row = FeedFile(
            file_no=number,
            feed=feed,
            name=path.name[:200],
            sha256=digest,
            banking_day=banking_day,
            marks=list(marks),
            received_at=now,
        )
        try:
            prepared = prepare(
                content,
                kind,
                intake.portfolio,
                intake.keys,
                file_no=number,
                partitions=intake.partitions,
                owners=_owners(kind, intake, banking_day),
                stated=stated,
            )
        except FileRefusedError as refusal:
            return _refused(row, refusal)
        _write_facts(row, prepared, intake)
        intake.keep(path)
        return _loaded(row, prepared, kind)


def _owners(feed: Feed, intake: Intake, day: date) -> Owners:
    names = {c.name for c in feed.columns}
    files = loaded_files(until=day) if "account_ref" in names else ()
    return owners(intake.lake, files, day)


def _refused(row: FeedFile, refusal: FileRefusedError) -> FeedFile:
    """A refusal is a row; the same refusal of the same bytes is one row."""
    same = FeedFile.objects.filter(
        feed=row.feed, sha256=row.sha256, state=FileState.REFUSED, refusal=refusal.reason
    )
    if earlier := same.first():
        return earlier
    row.state, row.refusal = FileState.REFUSED, refusal.reason
    with transaction.atomic():
        row.save(force_insert=True)
        _tell("FILE_REFUSED", row, {"refusal": str(refusal.reason["rule"])})
    return row


def _tell(kind: str, row: FeedFile, said: Mapping[str, Any]) -> None:
    named = {"name": row.name, "feed": row.feed, "file_no": row.file_no, "sha256": row.sha256}
    journal.record(
        kind=kind,
        stream=Stream("RUN", row.banking_day.isoformat()),
        who=None,
        at=row.received_at,
        detail={**named, **said},
    )


def _write_facts(row: FeedFile, prepared: Prepared, intake: Intake) -> None:
    file = LoadedFile(row.file_no, row.feed, row.sha256, row.banking_day)
    for partition in range(intake.partitions):
        if partition not in prepared.facts:
            fact_path(intake.lake, file, partition).unlink(missing_ok=True)
    write_facts(intake.lake, file, prepared.facts)


def _loaded(row: FeedFile, prepared: Prepared, feed: Feed) -> FeedFile:
    checked = prepared.checked
    row.state, row.encoding = FileState.LOADED, prepared.encoding
    row.rows_in, row.rows_loaded = checked.rows_in, len(checked.lines)
    row.rows_quarantined = checked.rows_quarantined
    with transaction.atomic():
        row.save(force_insert=True)
        QuarantinedRow.objects.bulk_create(
            (
                QuarantinedRow(
                    file=row,
                    line=f.line,
                    field=f.field,
                    value_masked=mask(f, feed),
                    rule=f.rule,
                    expected=f.expected[:200],
                )
                for f in checked.faults
            ),
            batch_size=_ROWS_AT_ONCE,
        )
        counts = {"rows_loaded": row.rows_loaded, "rows_quarantined": row.rows_quarantined}
        _tell("FILE_LOADED", row, counts)
    return row


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def state_take_over(
    *,
    kind: str,
    path: Path | None,
    banking_day: date,
    intake: Intake,
    now: datetime,
) -> TakeOver | FeedFile:
    """State one list of the system before us as empty (`path` None) or loaded from a file; may be said again.

    Returns the statement, or the row of the refused file, which leaves the earlier statement as it was. A list with
    quarantined rows is stated as loaded with the rows that were good.
    """
    assert kind in TAKE_OVER, kind
    file = None
    if path is not None:
        file = load_file(path=path, feed=kind, banking_day=banking_day, intake=intake, now=now)
        if file.state == FileState.REFUSED:
            return file
    said, _ = TakeOver.objects.update_or_create(
        kind=kind,
        defaults={
            "state": "LOADED" if file else "EMPTY",
            "rows": file.rows_loaded if file else 0,
            "file": file,
            "stated_at": now,
        },
    )
    return said
