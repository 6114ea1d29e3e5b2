"""Reads about files, quarantine and take-over, as frozen rows for screens and the night."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from evenhand.portfolio.feeds import TAKE_OVER
from evenhand.portfolio.history import LoadedFile
from evenhand.portfolio.models import (
    FeedFile,
    FileState,
    QuarantinedRow,
    StandingFact,
    StandingSource,
    TakeOver,
)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of a banking day and what became of it."""

    file_no: int
    feed: str
    name: str
    sha256: str
    state: str
    refusal: dict[str, Any]
    encoding: str
    marks: tuple[str, ...]
    rows_in: int
    rows_loaded: int
    rows_quarantined: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One refused field of one line. `value_masked` is safe to show."""

    file_no: int
    feed: str
    file_name: str
    line: int
    field: str
    value_masked: str
    rule: str
    expected: str


@dataclass(frozen=True, slots=True)
class Source:
    """The file behind a `…_file` number of the book."""

    file_no: int
    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRow:
    """One standing fact; `standing` at the moment asked for, `review_due` on its day."""

    id: UUID
    kind: str
    detail: dict[str, Any]
    debts: tuple[str, ...]
    from_at: datetime
    until_at: datetime | None
    review_on: date | None
    source: str
    evidence: str
    recorded_by: str
    recorded_at: datetime
    ended_by: str
    ended_at: datetime | None
    end_reason: str
    standing: bool
    review_due: bool


def standing_rows(customer_id: UUID, *, at: datetime, on: date) -> tuple[StandingRow, ...]:
    """The standing facts of a person, ended ones too, the latest first."""
    rows = StandingFact.objects.filter(customer_id=customer_id)
    found = rows.select_related("recorded_by", "ended_by").order_by("-from_at", "-id")
    return tuple(_standing_row(fact, at, on) for fact in found)


def _standing_row(fact: StandingFact, at: datetime, on: date) -> StandingRow:
    over = fact.until_at is not None and fact.until_at <= at
    standing = fact.ended_at is None and fact.from_at <= at and not over
    return StandingRow(
        id=fact.id,
        kind=fact.kind,
        detail=fact.detail,
        debts=tuple(fact.debts),
        from_at=fact.from_at,
        until_at=fact.until_at,
        review_on=fact.review_on,
        source=fact.source,
        evidence=fact.evidence,
        recorded_by=fact.recorded_by.get_username() if fact.recorded_by else "",
        recorded_at=fact.recorded_at,
        ended_by=fact.ended_by.get_username() if fact.ended_by else "",
        ended_at=fact.ended_at,
        end_reason=fact.end_reason,
        standing=standing,
        review_due=standing and fact.review_on is not None and fact.review_on <= on,
    )


def standing_sources() -> tuple[str, ...]:
    """Who or what a standing fact may come from."""
    return tuple(StandingSource.values)


def files_of_day(banking_day: date) -> tuple[FileRow, ...]:
    """Every file of a banking day, refused ones included, in order of loading."""
    rows = FeedFile.objects.filter(banking_day=banking_day).order_by("file_no")
    return tuple(
        FileRow(
            r.file_no,
            r.feed,
            r.name,
            r.sha256,
            r.state,
            r.refusal,
            r.encoding,
            tuple(r.marks),
            r.rows_in,
            r.rows_loaded,
            r.rows_quarantined,
            r.received_at,
        )
        for r in rows
    )


def loaded_files(*, until: date, since: date | None = None) -> tuple[LoadedFile, ...]:
    """The files loaded for the banking days from `since` (or ever) to `until`, both included, in order of loading."""
    rows = FeedFile.objects.filter(state=FileState.LOADED, banking_day__lte=until)
    if since is not None:
        rows = rows.filter(banking_day__gte=since)
    found = rows.order_by("file_no").values_list("file_no", "feed", "sha256", "banking_day", "name")
    return tuple(LoadedFile(*row) for row in found)


def sources(file_nos: Iterable[int]) -> dict[int, Source]:
    """The files behind numbers of the book; 0 and unknown numbers are left out."""
    rows = FeedFile.objects.filter(file_no__in=set(file_nos))
    return {
        n: Source(n, name, sha) for n, name, sha in rows.values_list("file_no", "name", "sha256")
    }


def quarantine_rows(
    banking_day: date,
    *,
    of_file: int | None = None,
    after: tuple[int, int, str] | None = None,
    limit: int = 200,
) -> tuple[QuarantineRow, ...]:
    """The refused fields of a banking day's files by (file, line, field), a page from after the given key."""
    rows = QuarantinedRow.objects.filter(file__banking_day=banking_day)
    if of_file is not None:
        rows = rows.filter(file__file_no=of_file)
    if after is not None:
        file_no, line, field = after
        rows = (
            rows.filter(file__file_no__gte=file_no)
            .exclude(file__file_no=file_no, line__lt=line)
            .exclude(file__file_no=file_no, line=line, field__lte=field)
        )
    found = rows.select_related("file").order_by("file__file_no", "line", "field", "rule")[:limit]
    return tuple(
        QuarantineRow(
            r.file.file_no,
            r.file.feed,
            r.file.name,
            r.line,
            r.field,
            r.value_masked,
            r.rule,
            r.expected,
        )
        for r in found
    )


def quarantined_count(banking_day: date) -> int:
    """Rows (not fields) in quarantine over the files of a banking day."""
    rows = FeedFile.objects.filter(banking_day=banking_day, state=FileState.LOADED)
    return sum(rows.values_list("rows_quarantined", flat=True))


def marks_of(*, until: date) -> frozenset[str]:
    """Every column, as `feed.column`, that some loaded file marks as made up."""
    rows = FeedFile.objects.filter(state=FileState.LOADED, banking_day__lte=until).exclude(marks=[])
    return frozenset(f"{f}.{m}" for f, marks in rows.values_list("feed", "marks") for m in marks)


def take_over_missing() -> list[str]:
    """The take-over lists the bank has stated neither as loaded nor as empty, in the order of the reference."""
    said = set(TakeOver.objects.values_list("kind", flat=True))
    return [kind for kind in TAKE_OVER if kind not in said]
