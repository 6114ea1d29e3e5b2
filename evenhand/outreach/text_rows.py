"""Reads of the texts of messages, as frozen rows for screens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evenhand.outreach.messages.checking import text_terms
from evenhand.outreach.messages.segments import Parts, parts_of
from evenhand.outreach.messages.slots import TextRefused, filled, samples
from evenhand.outreach.models import MessageText
from evenhand.outreach.texts import Wording, wording_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """One version of a text."""

    id: UUID
    name: str
    number: int
    channel: str
    purpose: str
    state: str
    wording: Wording
    made_by: str
    made_at: datetime
    in_use_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A text tried with sample values, as it would arrive; parts and price of a text message alone."""

    language: str
    subject: str
    text: str
    parts: Parts | None
    price_minor: int


def text_rows() -> tuple[TextRow, ...]:
    """The texts by name: of each the version in use and the draft, if there is one; else its latest."""
    found: dict[str, list[TextRow]] = {}
    for row in MessageText.objects.select_related("made_by").order_by("name", "-number"):
        found.setdefault(row.name, []).append(_row(row))
    shown = []
    for versions in found.values():
        alive = [row for row in versions if row.state in ("IN_USE", "DRAFT", "ASKED")]
        shown += alive or versions[:1]
    return tuple(shown)


def versions_of(name: str) -> tuple[TextRow, ...]:
    """The versions of a text, the latest first."""
    rows = MessageText.objects.filter(name=name).select_related("made_by").order_by("-number")
    return tuple(_row(row) for row in rows)


def text_in_use(channel: str, purpose: str) -> TextRow | None:
    """The text in use for messages of a channel and purpose; the first by name where there are several."""
    rows = MessageText.objects.filter(channel=channel, purpose=purpose, state="IN_USE")
    row = rows.select_related("made_by").order_by("name").first()
    return None if row is None else _row(row)


def previews(wording: Wording) -> tuple[Preview, ...]:
    """A text as it would arrive, in both languages; one that cannot be filled stands as it was written."""
    return tuple(_preview(wording, language) for language in ("zh", "en"))


def _preview(wording: Wording, language: str) -> Preview:
    plain = {name: getattr(wording, f"{name}_{language}") for name in ("subject",)}
    text = getattr(wording, language)
    try:
        text = filled(text, samples(), language=language, currency="CNY")
        subject = filled(plain["subject"], samples(), language=language, currency="CNY")
    except TextRefused:
        subject = plain["subject"]
    parts = parts_of(text) if wording.channel == "TEXT" else None
    price = parts.parts * text_terms().sms_part_price_minor if parts else 0
    return Preview(language=language, subject=subject, text=text, parts=parts, price_minor=price)


def _row(row: MessageText) -> TextRow:
    names = (
        "id",
        "name",
        "number",
        "channel",
        "purpose",
        "state",
        "made_at",
        "in_use_at",
        "retired_at",
    )
    return TextRow(
        wording=wording_of(row),
        made_by=row.made_by.get_username() if row.made_by else "",
        **{name: getattr(row, name) for name in names},
    )
