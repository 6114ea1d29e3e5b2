"""Parts of long replies wait, sealed, until all have come or it is too late for the rest."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from evenhand.outreach.models import ReplyPart
from evenhand.runtime.keys import Keys

WAITED = timedelta(minutes=10)


class Piece(NamedTuple):
    """One part of a long reply: from whom, what joins it with the others, and which it is."""

    number: str
    text: str
    joined_by: int
    part: int
    of: int


class Joined(NamedTuple):
    """A long reply, from its number, in the order it was written."""

    number: str
    text: str


def join(piece: Piece, *, adapter: str, point: str, keys: Keys, now: datetime) -> Joined | None:
    """Keep a part, in the caller's transaction; returns the whole once all have come, which then wait no more."""
    said: dict[str, Any] = {
        "adapter": adapter,
        "point": point,
        "joined_by": piece.joined_by,
        "of": piece.of,
    }
    sealed = keys.seal(f"{piece.number}\n{piece.text}".encode(), about=point.encode())
    ReplyPart.objects.update_or_create(
        **said, number=piece.part, defaults={"words": sealed, "came_at": now}
    )
    rows = list(ReplyPart.objects.select_for_update().filter(**said).order_by("number"))
    return _whole(rows, keys) if len(rows) == piece.of else None


def overdue(*, keys: Keys, now: datetime) -> list[Joined]:
    """What came of replies whose rest has not come in time, in the caller's transaction; it waits no more."""
    groups: dict[tuple[str, str, int, int], list[ReplyPart]] = {}
    for row in ReplyPart.objects.select_for_update(skip_locked=True).order_by("came_at", "number"):
        groups.setdefault((row.adapter, row.point, row.joined_by, row.of), []).append(row)
    late = [rows for rows in groups.values() if rows[-1].came_at < now - WAITED]
    return [_whole(sorted(rows, key=lambda row: row.number), keys) for rows in late]


def _whole(rows: Sequence[ReplyPart], keys: Keys) -> Joined:
    clear = [keys.unseal(bytes(row.words), about=row.point.encode()).decode() for row in rows]
    ReplyPart.objects.filter(id__in=[row.id for row in rows]).delete()
    number = clear[0].partition("\n")[0]
    return Joined(number, "".join(one.partition("\n")[2] for one in clear))
