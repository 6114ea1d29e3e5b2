"""Reads about the nights, as plain values and frozen rows for screens."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from evenhand.cycle.differences import Difference, Place, differences
from evenhand.cycle.manifest import read_manifest
from evenhand.cycle.models import Run
from evenhand.runtime.config import config
from evenhand.runtime.lake import Lake


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One night. `totals` is what `cycle.tally` counted; a night that has not got so far has none."""

    banking_day: date
    state: str
    cut_off_at: datetime | None
    started_at: datetime
    finished_at: datetime | None
    content_digest: str
    strategy_digest: str
    manifest_sha256: str
    code_version: str
    totals: dict[str, Any]
    difference: int

    @property
    def duration(self) -> timedelta | None:
        """How long the night took; None while it runs."""
        return None if self.finished_at is None else self.finished_at - self.started_at


_FIELDS = tuple(RunRow.__dataclass_fields__)


def last_run_day() -> date | None:
    """The banking day of the last published night."""
    runs = Run.objects.filter(state=Run.State.PUBLISHED).order_by("-banking_day")
    return runs.values_list("banking_day", flat=True).first()


def run_days(*, limit: int = 60) -> list[date]:
    """The banking days of the latest published nights, the last first."""
    runs = Run.objects.filter(state=Run.State.PUBLISHED).order_by("-banking_day")
    return list(runs.values_list("banking_day", flat=True)[:limit])


def run_rows(*, before: date | None = None, limit: int = 30) -> list[RunRow]:
    """The nights, the last first, a page of those before the given day."""
    runs = Run.objects.order_by("-banking_day")
    if before is not None:
        runs = runs.filter(banking_day__lt=before)
    return [RunRow(**row) for row in runs.values(*_FIELDS)[:limit]]


def run_row(day: date) -> RunRow | None:
    """The night of a banking day, if there was one."""
    row = Run.objects.filter(banking_day=day).values(*_FIELDS).first()
    return None if row is None else RunRow(**row)


def difference_rows(
    day: date, *, after: Place | None = None, limit: int = 100
) -> list[Difference] | None:
    """The accounts whose stated and computed figures differ on a night, a page of them; None without such a night."""
    lake = Lake(config().lake)
    if not lake.manifest(day).exists():
        return None
    return list(islice(differences(lake, read_manifest(lake.manifest(day)), after=after), limit))
