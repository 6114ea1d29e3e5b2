"""Text messages that leave in parts, and replies that come in parts, as a message centre speaks of them.

A message arrived when all its parts did; it failed when one did. What a receipt says is kept before anything is made of
it: cut off between the two, the same receipt once more does the rest.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import pyarrow as pa
import structlog
from django.db import transaction

from evenhand.cycle.dispatching import receipt_came
from evenhand.cycle.replying import reply_came
from evenhand.outreach import parts_kept, replies_joined
from evenhand.outreach.parts_kept import Part
from evenhand.outreach.replies_joined import Piece
from evenhand.portfolio.values import forms_of
from evenhand.runtime.config import config
from evenhand.runtime.keys import Keys

log = structlog.get_logger()
CHANNEL = "TEXT"


def parts_taken(several: Sequence[Part], *, adapter: str, now: datetime) -> None:
    """Keep parts that the centre took, and what receipts that came before have said of them."""
    for message_id in parts_kept.keep_parts(several, adapter=adapter, now=now):
        _settle(message_id, now)


def part_receipt_came(
    *, adapter: str, reference: str, number: str, state: str, reason: str, keys: Keys, now: datetime
) -> bool:
    """Keep what the centre says of one part; returns whether a message is settled by it.

    One of no message of ours, or of one whose answer has not come yet, is kept and changes nothing.
    """
    message_id = parts_kept.keep_receipt(
        adapter=adapter, reference=reference, state=state, reason=reason, points=partial(_points, number, keys), now=now
    )  # fmt: skip
    if message_id is None:
        log.warning("receipt_of_no_message", adapter=adapter, state=state)
        return False
    return _settle(message_id, now)


def _settle(message_id: UUID, now: datetime) -> bool:
    found = parts_kept.became_of(message_id)
    if found is None:
        return False
    return receipt_came(message_id=message_id, status=found.state, reason=found.reason, now=now)


@transaction.atomic
def reply_part_came(piece: Piece, *, adapter: str, keys: Keys, now: datetime) -> bool:
    """Keep a part of a long reply; returns whether it was the last, so that the whole is a reply now."""
    point = _points(piece.number, keys)[0]
    whole = replies_joined.join(piece, adapter=adapter, point=point, keys=keys, now=now)
    if whole is None:
        return False
    reply_came(
        channel=CHANNEL, number=whole.number, text=whole.text, reference="", keys=keys, now=now
    )
    return True


@transaction.atomic
def replies_overdue(*, keys: Keys, now: datetime) -> int:
    """Take replies whose rest never came as they are: what they say may be a wish. How many."""
    found = replies_joined.overdue(keys=keys, now=now)
    for one in found:
        reply_came(
            channel=CHANNEL, number=one.number, text=one.text, reference="", keys=keys, now=now
        )
    return len(found)


def _points(number: str, keys: Keys) -> list[str]:
    forms = pa.array(forms_of(number, config().country))
    return [str(key) for key in keys.tokens(forms, "contact_points.value").tolist()]
