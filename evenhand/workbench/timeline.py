"""What was done about a person, line by line from the journal, in the page's language.

What was done before the journal was kept is shown as the tables of the time hold it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from evenhand.access.queries import staff_names
from evenhand.casework import queries
from evenhand.casework.queries import CaseView, StayRow
from evenhand.journal.kinds import KINDS, filled, slots_of
from evenhand.journal.queries import LineRow, at_of, details_of, line_rows
from evenhand.journal.rules import Stream
from evenhand.kernel.money import format_minor
from evenhand.outreach.queries import contact_rows
from evenhand.web.labels import label_of

SHOWN = 20
CONTACTS_SHOWN = 100
EVER = datetime(2000, 1, 1, tzinfo=UTC)
NOTHING = "—"
DIGEST_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of the timeline: what was done, by whom and from where; `number` is the journal's, 0 before it."""

    at: datetime
    sentence: str
    who: str
    where: str = ""
    number: int = 0
    hash: str = ""
    contact: UUID | None = None  # a contact has a page of its own


@dataclass(frozen=True, slots=True)
class Timeline:
    """The latest of what was done about a person; `earlier` is where the page before it starts, 0 at the end."""

    moments: Sequence[Moment]
    stays: Sequence[StayRow]
    earlier: int


def timeline_of(case: CaseView, *, before: int | None = None) -> Timeline:
    """The lines of the person's stream below a number, the latest first; after the last of them what was before.

    Permits and refusals are rows of their own and stand among the lines by their time.
    """
    stream = Stream("PERSON", str(case.customer_id))
    lines = line_rows(stream, before=before, limit=SHOWN + 1)
    more, lines = len(lines) > SHOWN, lines[:SHOWN]
    names = staff_names(line.who for line in lines)
    begun = at_of(stream, 1)
    since = lines[-1].at if more else EVER
    until = None if before is None else at_of(stream, before)
    moments = [_moment(line, names) for line in lines]
    moments += _contacts(case, since, until)
    moments.sort(key=lambda moment: moment.at, reverse=True)
    if more:
        return Timeline(moments, (), lines[-1].number)
    moments += _before_the_journal(case, begun)
    told = {detail["entry"] for detail in details_of(stream, "CASE_OPENED", "CASE_REOPENED")}
    stays = [stay for stay in queries.stay_rows(case.id) if stay.number not in told]
    return Timeline(moments, stays, 0)


def _moment(line: LineRow, names: Mapping[str, str]) -> Moment:
    language = get_language() or "zh-hans"
    return Moment(
        at=line.at,
        sentence=sentence_of(line.kind, line.detail, language),
        who=names.get(line.who) or (label_of("robot", line.who, language) if line.who else ""),
        where=label_of("acted_from", line.where, language),
        number=line.number,
        hash=line.hash.hex(),
    )


def _contacts(case: CaseView, since: datetime, until: datetime | None) -> list[Moment]:
    language = get_language() or "zh-hans"
    rows = contact_rows(
        case.customer_id, since=since, until=until, language=language, limit=CONTACTS_SHOWN
    )
    judged = [row for row in rows if row.origin in ("ASKED", "QUEUED")]  # others have lines
    names = staff_names(row.asked_by for row in judged)
    return [
        Moment(
            at=row.at,
            sentence=sentence_of(
                "CONTACT_REFUSED" if row.state == "REFUSED" else "CONTACT_PERMITTED",
                {"act": row.act, "reasons": " ".join(reason.sentence for reason in row.reasons)},
                language,
            ),
            who=names.get(row.asked_by, row.asked_by),
            contact=row.id,
        )
        for row in judged
    ]


def _before_the_journal(case: CaseView, begun: datetime | None) -> list[Moment]:
    language = get_language() or "zh-hans"
    events = [event for event in queries.event_rows(case) if begun is None or event.at < begun]
    return [
        Moment(
            at=event.at,
            sentence=f"{label_of('cause', event.cause, language)} → {label_of('treatment', event.detail, language)}"
            + (f" · {event.reason}" if event.reason else ""),
            who="",
        )
        for event in events
    ]


def sentence_of(code: str, detail: Mapping[str, Any], language: str) -> str:
    """The sentence of a line in a language; the code itself for a kind that this version does not know."""
    kind = KINDS.get(code)
    if kind is None:
        return code
    sentence = kind.sentence.for_language(language)
    shown = {
        (name, how): _shown(detail.get(name), how, detail, language)
        for name, how in slots_of(sentence)
    }
    return filled(sentence, shown)


def _shown(value: Any, how: str, detail: Mapping[str, Any], language: str) -> str:
    if value is None or value == "":
        return NOTHING
    if how == "money":
        locale = "en" if language.startswith("en") else "zh_Hans_CN"
        return format_minor(value, detail["currency"], locale)
    if how == "short":
        return str(value)[:DIGEST_SHOWN]
    if how.startswith("label."):
        return label_of(how.removeprefix("label."), value, language)
    return str(value)
