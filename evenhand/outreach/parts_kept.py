"""What is kept of the parts of text messages: each under the centre's number, whose receipt may come before it.

A centre writes a number in its answer and in its receipt as hexadecimal or decimal, as it likes. The same number
written the same way is taken as it stands; written the other way, only with the telephone number of the message beside
it.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from evenhand.outreach.models import Message, MessagePart

State = MessagePart.State
ENDS = frozenset({State.DELIVERED, State.FAILED, State.EXPIRED})
EARLY = timedelta(minutes=1)  # how far the clocks of two machines may differ
REFERENCE_MAX = 70


class Part(NamedTuple):
    """One part that the centre took: which of how many, and the centre's reference of it."""

    message_id: UUID
    number: int
    of: int
    reference: str


def keep_parts(several: Sequence[Part], *, adapter: str, now: datetime) -> set[UUID]:
    """Keep parts the centre took; returns the messages of which a receipt was there before."""
    with transaction.atomic():
        left = _not_kept_together(several, adapter, now)
        return {part.message_id for part in sorted(left) if _kept(part, adapter, now)}


def _not_kept_together(several: Sequence[Part], adapter: str, now: datetime) -> list[Part]:
    """Keep at once all whose reference nobody has heard of; returns the others, to be looked at one by one."""
    forms = {part: [part.reference, *other_forms(part.reference)] for part in several}
    known = set(
        MessagePart.objects.filter(
            adapter=adapter, reference__in={form for found in forms.values() for form in found}
        ).values_list("reference", flat=True)
    )
    fresh = [part for part in several if known.isdisjoint(forms[part])]
    rows = [
        MessagePart(
            adapter=adapter, reference=part.reference[:REFERENCE_MAX], message_id=part.message_id, number=part.number,
            of=part.of, taken_at=now,
        )
        for part in fresh
    ]  # fmt: skip
    MessagePart.objects.bulk_create(rows, ignore_conflicts=True)
    kept = set(
        MessagePart.objects.filter(message_id__in={part.message_id for part in fresh}).values_list(
            "message_id", "number"
        )
    )
    return [
        part for part in several if part not in fresh or (part.message_id, part.number) not in kept
    ]


def _kept(part: Part, adapter: str, now: datetime) -> bool:
    message = Message.objects.get(id=part.message_id)
    if MessagePart.objects.filter(message=message, number=part.number).exists():
        return False
    row = _locked(adapter, part.reference[:REFERENCE_MAX], message.point, is_early=True)
    if row is not None and not _came_early(row, message):
        _given_again(adapter, part.reference[:REFERENCE_MAX])
        row = None
    fields = {"message": message, "number": part.number, "of": part.of, "taken_at": now}
    if row is None:
        reference = part.reference[:REFERENCE_MAX]
        new = MessagePart(adapter=adapter, reference=reference, **fields)
        MessagePart.objects.bulk_create([new], ignore_conflicts=True)
        row = MessagePart.objects.select_for_update().get(adapter=adapter, reference=reference)
        if row.message_id is not None:
            return row.heard_at is not None
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))
    return True


def _came_early(row: MessagePart, message: Message) -> bool:
    """Whether a row is a receipt of this message that came before the answer, and not of another, or of old."""
    if row.message_id is not None or row.heard_at is None or message.handed_at is None:
        return False
    return message.point in row.points and row.heard_at >= message.handed_at - EARLY


def _given_again(adapter: str, reference: str) -> None:
    """The centre gave its number to another: a receipt of the first can be told from it no more."""
    MessagePart.objects.filter(adapter=adapter, reference=reference).update(reference="")


def keep_receipt(
    *,
    adapter: str,
    reference: str,
    state: str,
    reason: str,
    points: Callable[[], Collection[str]],
    now: datetime,
) -> UUID | None:
    """Keep what the centre says of a part; returns whose part it is, None where it is not known or not yet.

    The first end stays. `points` gives the keys of the telephone number the receipt names; they are costly, and asked
    for only where the reference alone does not tell.
    """
    reference = reference[:REFERENCE_MAX]
    with transaction.atomic():
        row = _only(adapter, reference)
        if row is None:
            names = list(points())
            row = _locked(adapter, reference, *names, is_early=False)
        if row is None:
            new = MessagePart(adapter=adapter, reference=reference, points=names, heard_at=now)
            MessagePart.objects.bulk_create([new], ignore_conflicts=True)
            row = MessagePart.objects.select_for_update().get(adapter=adapter, reference=reference)
        if row.state not in ENDS:
            row.state, row.reason, row.heard_at = state, reason[:100], now
            row.save(update_fields=["state", "reason", "heard_at"])
        found: UUID | None = row.message_id
    return found


def _only(adapter: str, reference: str) -> MessagePart | None:
    """The row of a reference as it stands, where no other row may be meant; None where the number has to tell."""
    rows = MessagePart.objects.select_for_update().filter(adapter=adapter)
    found = list(rows.filter(reference__in=[reference, *other_forms(reference)]).order_by("id")[:2])
    if len(found) == 1 and found[0].reference == reference and found[0].message_id is not None:
        return found[0]
    return None


def _locked(adapter: str, reference: str, *points: str, is_early: bool) -> MessagePart | None:
    """The row of a reference as it stands; where that is not of the same telephone number, one of it written the
    other way."""
    rows = MessagePart.objects.select_for_update(of=("self",)).filter(adapter=adapter)
    found = rows.filter(reference=reference).select_related("message").first()
    if found is not None and set(points) & {
        found.message.point if found.message else "",
        *found.points,
    }:
        return found
    if others := other_forms(reference):
        same = Q(message=None, points__overlap=points) if is_early else Q(message__point__in=points)
        found = rows.filter(same, reference__in=others).first() or found
    return found


def other_forms(reference: str) -> list[str]:
    """The other ways the same number may be written: `1a2b`, `1A2B`, `00001A2B`, `6699`."""
    plain = reference.strip()
    values = set()
    for base in (10, 16):
        try:
            values.add(int(plain, base))
        except ValueError:
            continue
    said = {plain.lower(), plain.upper(), plain.lstrip("0")}
    for value in values:
        said |= {
            f"{value}",
            f"{value:x}",
            f"{value:X}",
            f"{value:08x}",
            f"{value:08X}",
            f"{value:010}",
        }
    return sorted(said - {reference, ""})


class Became(NamedTuple):
    """What all parts of a message came to, and why."""

    state: str  # DELIVERED, FAILED or EXPIRED
    reason: str


def became_of(message_id: UUID) -> Became | None:
    """What a message came to by its parts: delivered when all are, failed or expired when one is; None until then."""
    rows = list(MessagePart.objects.filter(message_id=message_id).order_by("number"))
    for state in (State.FAILED, State.EXPIRED):
        for row in rows:
            if row.state == state:
                return Became(str(state), row.reason)
    delivered = [row for row in rows if row.state == State.DELIVERED]
    if rows and len(delivered) == rows[0].of:
        return Became(str(State.DELIVERED), "")
    return None
