"""What the pages about contacts show: the next lawful times on a case, and one contact with everything behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.access.queries import staff_names
from evenhand.casework.queries import CaseView, PointRow, point_rows
from evenhand.compliance.facts import Event, Facts
from evenhand.compliance.packfile.terms import by_in_words, in_words, key_in_words
from evenhand.outreach.asked import Asked
from evenhand.outreach.queries import ContactView, Counted, NextTime, next_times
from evenhand.web.labels import label_of
from evenhand.web.masking import mask
from evenhand.workbench.contact_words import (
    ReasonWords,
    reason_words,
    until_words,
    when_words,
)
from evenhand.workbench.standing_words import detail_words, join, masked_points

NUMBERS_SHOWN = 3
_ICONS = {
    "CALL": "phone",
    "TEXT": "message-square",
    "EMAIL": "mail",
    "PUSH": "bell",
    "LETTER": "file-text",
    "VISIT": "map-pin",
}
# A visit as one is made: by two, who show who they are and record it.
_PROPER_VISIT = {"collectors": 2, "id_shown": True, "audio_video_recording": True}


@dataclass(frozen=True, slots=True)
class Window:
    """One way to reach the person and when it is open."""

    icon: str
    act: str
    key: str  # of the point
    point: str  # masked
    open: bool  # at this moment, without a person's look
    said: str
    reasons: list[ReasonWords]


def windows(case: CaseView) -> list[Window]:
    """Each way to reach the person with its next lawful time, by the gate's facts of this moment."""
    points = point_rows(case.customer_id)
    asked = ways(points)
    language = get_language() or ""
    masked = {point.key: mask(point.value) for point in points}
    found = next_times(case.customer_id, asked, language=language)
    return [window(each, masked.get(each.asked.point, "")) for each in found]


def ways(points: tuple[PointRow, ...]) -> list[Asked]:
    """The acts to ask about: a call to each number, a text, an e-mail, a push message, a letter and a visit."""
    of: dict[str, list[str]] = {}
    for point in points:
        of.setdefault(point.kind, []).append(point.key)
    mobiles, phones = of.get("MOBILE", []), of.get("PHONE", [])
    calls = [Asked("CALL", point=key, place="MOBILE") for key in mobiles]
    calls += [Asked("CALL", point=key) for key in phones]
    found = calls[:NUMBERS_SHOWN] or [Asked("CALL")]
    home = of.get("ADDRESS", [""])[0]
    return [
        *found,
        Asked("TEXT", point=(mobiles or [""])[0], place="MOBILE"),
        Asked("EMAIL", point=of.get("EMAIL", [""])[0]),
        Asked("PUSH"),
        Asked("LETTER", point=home, place="HOME"),
        Asked("VISIT", point=home, place="HOME", more=_PROPER_VISIT),
    ]


def window(found: NextTime, point: str) -> Window:
    """One next lawful time in words."""
    reasons = [reason_words(reason) for reason in found.reasons]
    is_open = found.now == "ALLOW"
    return Window(
        _ICONS.get(found.asked.act, "circle"),
        found.asked.act,
        found.asked.point,
        point,
        is_open,
        next_words(found),
        reasons,
    )


def next_words(found: NextTime) -> str:
    """When the act is allowed next, and until when."""
    if found.at is None:
        return _("not until what stands in the way ends")
    until = found.until and until_words(found.until, found.at)
    if found.now == "REVIEW":
        return _("only after a person has looked at it")
    if found.now == "ALLOW":
        return _("now, until %(until)s") % {"until": until} if until else _("now")
    start = when_words(found.at, found.moment)
    if until:
        return _("from %(start)s until %(until)s") % {"start": start, "until": until}
    return _("from %(start)s") % {"start": start}


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of what became of a contact."""

    at: datetime | None
    said: str
    note: str = ""


def contact_context(view: ContactView) -> dict[str, Any]:
    """One contact as its page shows it."""
    masked = masked_points(point_rows(view.row.customer_id))
    names = staff_names([view.row.asked_by, view.reviewed_by])
    said = [reason_words(reason) for reason in view.said]
    return {
        "view": view,
        "row": view.row,
        "asked_by": names.get(view.row.asked_by, view.row.asked_by),
        "point": masked.get(view.point, ""),
        "said": said,
        "against": [reason for reason in said if reason.decision != "ALLOW"],
        "for_it": [reason for reason in said if reason.decision == "ALLOW"],
        "said_when_sent": [reason_words(reason) for reason in view.said_when_sent],
        "counts": [_count(each, masked) for each in view.counts],
        "next": [next_words(each) for each in view.next_times],
        "steps": list(_steps(view, names)),
        "events": [
            _event(event, masked)
            for event in sorted(view.facts.events, key=lambda event: event.at, reverse=True)
        ],
        "standing": _standing(view.facts, masked),
        "known": _known(view.facts),
        "flags": _flags(view),
    }


def _count(each: Counted, masked: dict[str, str]) -> dict[str, Any]:
    words = {
        "PERSON": _("this person"),
        "POINT": _("this number or address"),
        "TO": _("the person reached for"),
    }
    return {
        "each": each,
        "per": words.get(each.per, masked.get(each.per, each.per)),
        "by": join(_whose(each)),
        "over": each.max is not None and each.count > each.max,
    }


def _whose(each: Counted) -> Iterator[str]:
    if each.by:
        yield by_in_words(each.by, get_language() or "")
    if each.itself and (each.by or each.count == each.itself):
        yield _("this contact %(count)s") % {"count": each.itself}


def _steps(view: ContactView, names: dict[str, str]) -> Any:
    row = view.row
    language = get_language() or ""
    decision = label_of("contact_decision", row.decision, language)
    yield Step(row.at, label_of("contact_origin", row.origin, language), decision)
    if view.recorded_at != row.at:
        yield Step(view.recorded_at, _("recorded"))
    if view.reserved_until is not None:
        yield Step(view.reserved_until, _("end of the permit, unless it was used"))
    if view.sent_at is not None:
        yield Step(view.sent_at, _("judged again and handed to the line"))
    if view.ended_at is not None:
        yield Step(view.ended_at, _("ended on the line"))
    if view.closed_at is not None:
        yield Step(view.closed_at, label_of("contact_state", row.state, language), _end(view))
    if view.reviewed_at is not None:
        yield Step(view.reviewed_at, _("reviewed"), names.get(view.reviewed_by, view.reviewed_by))


def _end(view: ContactView) -> str:
    """How it ended, or why nothing was sent."""
    language = get_language() or ""
    said = []
    if view.state_reason:
        said.append(label_of("contact_end", view.state_reason, language))
    if view.row.outcome:
        said.append(label_of("outcome", view.row.outcome, language))
    if view.talk_seconds is not None:
        said.append(_("%(seconds)s s of talk") % {"seconds": view.talk_seconds})
    return join(said)


def _event(event: Event, masked: dict[str, str]) -> dict[str, Any]:
    return {"event": event, "point": masked.get(event.point, "")}


def _standing(facts: Facts, masked: dict[str, str]) -> list[dict[str, Any]]:
    holds = [
        {"kind": hold.kind, "of": "hold", "said": [], "row": hold, "effects": hold.effects}
        for hold in facts.holds
    ]
    return holds + [
        {"kind": fact.kind, "of": "standing", "said": detail_words(fact.more, masked), "row": fact}
        for fact in facts.standing
    ]


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One single fact in words, with the name that rules ask it by."""

    name: str
    label: str
    value: str


def _known(facts: Facts) -> list[KnownFact]:
    language = get_language() or ""
    known = sorted({**facts.known, **facts.act.more}.items())
    said = [
        KnownFact(name, key_in_words(name, language), in_words(name, value, language))
        for name, value in known
    ]
    return [KnownFact(fact.name, _capital(fact.label), fact.value or "—") for fact in said]


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _flags(view: ContactView) -> list[tuple[str, str]]:
    """What was noted, in words; a code of a bank's own pack is its own word."""
    language = get_language() or ""
    return [(label_of("flag", flag, language), flag) for flag in view.flags]
