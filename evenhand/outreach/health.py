"""How the channels do: one row each, kept by the dispatcher after every batch, read by the operations page."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from evenhand.outreach.models import ChannelHealth

TOOK = ("HANDED",)
FAILED = ("UNKNOWN", "NOT_SENT")


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRow:
    """How one channel does."""

    name: str
    act: str
    rests: bool
    took: int  # in all
    failed: int
    took_at: datetime | None  # the last time
    failed_at: datetime | None
    reason: str  # of the last failure
    seen_at: datetime


@transaction.atomic
def channel_did(
    name: str, act: str, counted: Counter[str], *, rests: bool, why: str, now: datetime
) -> None:
    """Add what one batch came to, and why the channel itself failed where it did."""
    row, _ = ChannelHealth.objects.select_for_update().get_or_create(
        name=name, act=act, defaults={"seen_at": now}
    )
    took = sum(counted[state] for state in TOOK)
    failed = sum(counted[state] for state in FAILED)
    row.took, row.failed = row.took + took, row.failed + failed
    row.took_at = now if took else row.took_at
    row.failed_at = now if failed else row.failed_at
    row.reason = why[:100] or row.reason
    row.rests, row.seen_at = rests, now
    row.save()


def channel_says(name: str, act: str, trouble: str, *, now: datetime) -> None:
    """Keep why a channel takes nothing at all, and that it does again."""
    rows = ChannelHealth.objects.filter(name=name, act=act)
    if trouble:
        if not rows.update(rests=True, reason=trouble[:100], failed_at=now, seen_at=now):
            ChannelHealth.objects.create(
                name=name, act=act, rests=True, reason=trouble[:100], failed_at=now, seen_at=now
            )
    else:
        rows.filter(rests=True).update(rests=False, seen_at=now)


def health_rows() -> tuple[HealthRow, ...]:
    """Every channel that was ever used here, by act and name."""
    names = HealthRow.__slots__
    rows = ChannelHealth.objects.order_by("act", "name")
    return tuple(HealthRow(**{name: getattr(row, name) for name in names}) for row in rows)
