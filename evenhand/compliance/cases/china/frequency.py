"""FREQ: how many calls a day, to a number and to a person, whoever makes them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from evenhand.compliance.cases.china.reading import (
    AN_HOUR,
    CaseError,
    cn,
    judged,
    moment,
    named,
    only,
    ordinary,
    prose,
    verdict_of,
    whole,
)
from evenhand.compliance.facts import Act, Event, Facts
from evenhand.compliance.nexts import next_allowed

KEYS = frozenset({
    "number", "unanswered_attempts_today_to_number", "attempts_today_all_numbers", "effective_outbound_talks_today",
    "event", "other_agreement_with_debtor",
})  # fmt: skip
SPEAKERS: Mapping[str, tuple[str, str]] = {
    "bank": ("BANK", "FIRST_PARTY"),
    "agency": ("AGENCY", "AGENCY"),
    "ai_voice": ("BANK", "ROBOT"),
    "field": ("BANK", "FIELD_STAFF"),
}
OUTBOUND = r"outbound|(?:bank|agency|collector|robot|we) (?:calls?|dials?|rings?)\b|呼出|外呼"
INBOUND = (
    r"inbound|incoming|call(?:s|ed)? (?:in|us|the bank|back)\b"
    r"|(?:call|made|placed) (?:from|by) the (?:debtor|cardholder)"
    r"|^(?:the )?(?:debtor|cardholder) (?:calls|rings|phones)"
    r"|来电|呼入|打入|打来"
)
OUTCOMES: Mapping[str, str] = {
    r"busy|忙": "BUSY",
    r"reject|decline|拒接|挂断": "REJECTED",
    r"switched off|powered off|关机": "OFF",
    r"empty|invalid|空号": "EMPTY_NUMBER",
    r"voice ?mail|留言": "VOICEMAIL",
    r"ring|振铃|响铃": "RINGING",
    r"unanswered|not answered|no answer|missed|未接|无人": "UNANSWERED",
    r"talk|answer|conversation|spoke|speak|verified|接通|通话": "CONVERSATION",
}
ACTORS: Mapping[str, str] = {
    r"\bai\b|robot|机器人|智能": "ai_voice",
    r"agency|outsourc|委外|外包": "agency",
}
MESSAGES: Mapping[str, str] = {
    r"sms|text message|短信": "TEXT",
    r"e-?mail|邮件": "EMAIL",
    r"letter|信": "LETTER",
}
OTHER_NUMBER = "another number"


@dataclass(frozen=True, slots=True)
class _Day:
    """A day of one debtor: the moment asked about, and what has happened since its hours opened."""

    facts: Facts
    number: str

    def after(self, events: Iterable[Event]) -> "_Day":
        return replace(self, facts=self.facts._replace(events=(*self.facts.events, *events)))


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """`verdict` of one more call, how many remain after it, when the next is allowed, and whether an event counts."""
    only(given, KEYS)
    today = _day(given)
    if "event" in given:
        return _of_event(today, prose(given, "event"))
    verdict = verdict_of(today.facts)
    likely = (
        _talk(today, "bank")
        if "effective_outbound_talks_today" in given
        and "unanswered_attempts_today_to_number" not in given
        else _attempt(today, today.number)
    )
    return {
        "verdict": verdict,
        "remaining_after": _remaining_after(today, likely),
        "next_allowed": _next_allowed(today),
    }


def _day(given: Mapping[str, Any]) -> _Day:
    opened = moment()
    number = str(given.get("number", "the number"))
    agreed = given.get("other_agreement_with_debtor")
    known = {}
    if agreed is not None:
        if not isinstance(agreed, Mapping):
            raise CaseError(f"other_agreement_with_debtor is {agreed!r}, expected what was agreed")
        only(agreed, {"unanswered_per_number_day"}, "other_agreement_with_debtor")
        known["agreed_unanswered_per_number_day"] = whole(
            agreed["unanswered_per_number_day"], "unanswered_per_number_day"
        )
    day = _Day(
        ordinary(Act(opened + AN_HOUR, "CALL", point=number, purpose="COLLECT"), known=known),
        number,
    )
    attempts = _attempts(given, number)
    talks = _talks(given)
    return day.after(
        [_attempt(day, point) for point, count in attempts.items() for _ in range(count)]
        + [_talk(day, who) for who, count in talks.items() for _ in range(count)]
    )


def _attempts(given: Mapping[str, Any], number: str) -> dict[str, int]:
    """Unanswered attempts of today by number."""
    to_number = whole(
        given.get("unanswered_attempts_today_to_number", 0), "unanswered_attempts_today_to_number"
    )
    everywhere = given.get("attempts_today_all_numbers", to_number)
    if isinstance(everywhere, Mapping):
        by_number = {
            str(point): whole(count, "attempts_today_all_numbers")
            for point, count in everywhere.items()
        }
        return (
            {number: to_number, **by_number} if to_number == 0 else {**by_number, number: to_number}
        )
    elsewhere = whole(everywhere, "attempts_today_all_numbers") - to_number
    return {number: to_number, OTHER_NUMBER: max(elsewhere, 0)}


def _talks(given: Mapping[str, Any]) -> dict[str, int]:
    talks = given.get("effective_outbound_talks_today", {})
    if not isinstance(talks, Mapping):
        return {"bank": whole(talks, "effective_outbound_talks_today")}
    if unknown := sorted(set(talks) - set(SPEAKERS)):
        raise CaseError(
            f"effective_outbound_talks_today has {', '.join(unknown)}, expected {', '.join(SPEAKERS)}"
        )
    return {who: whole(count, "effective_outbound_talks_today") for who, count in talks.items()}


def _attempt(day: _Day, point: str) -> Event:
    return Event(
        day.facts.act.at - AN_HOUR, "CALL", outcome="UNANSWERED", point=point, talk_seconds=0
    )


def _talk(day: _Day, who: str) -> Event:
    collector, actor = SPEAKERS[who]
    return Event(
        day.facts.act.at - AN_HOUR,
        "CALL",
        collector=collector,
        actor=actor,
        outcome="CONVERSATION",
        point=day.number,
        verified=True,
    )


def _of_event(today: _Day, told: str) -> dict[str, Any]:
    """Whether what happened counts, and whether it may happen at all."""
    who = named(told, ACTORS, default="bank")
    collector, actor = SPEAKERS[who]
    message = named(told, MESSAGES, default="")
    inbound = bool(re.search(INBOUND, told)) and not re.search(OUTBOUND, told)
    outcome = named(told, OUTCOMES, "event", default="CONVERSATION" if inbound or message else None)
    seconds = re.search(r"(\d+) ?s(?:ec|\b)", told)
    event = Event(
        today.facts.act.at - AN_HOUR,
        message or "CALL",
        direction="IN" if inbound else "OUT",
        collector=collector,
        actor=actor,
        outcome="" if message else outcome,
        point=today.number,
        talk_seconds=int(seconds[1]) if seconds else None if outcome == "CONVERSATION" else 0,
        verified=None
        if "verified" not in told
        else not re.search(r"unverified|not verified", told),
    )
    proposed = today.facts.act._replace(
        act="ANSWER_INBOUND" if inbound else message or "CALL",
        collector=collector,
        actor=actor,
        outcome=event.outcome,
    )
    before = judged(today.facts).counts
    return {
        "counts_toward_cap": judged(today.after([event]).facts).counts != before,
        "verdict": verdict_of(today.facts._replace(act=proposed)),
    }


def _remaining_after(today: _Day, likely: Event) -> int:
    """How many more of the same may follow this call: asked of the judge one by one until it refuses."""
    allowed = 0
    while verdict_of(today.facts) != "deny":
        today, allowed = today.after([likely]), allowed + 1
    return max(allowed - 1, 0)


def _next_allowed(today: _Day) -> str:
    """When the call is allowed if nothing else happens: now, or the day after at an hour of the pack."""
    at = today.facts.act.at
    found = next_allowed(today.facts, (cn(),), acts=("CALL",))["CALL"]
    if found is None:
        return "never"
    if found <= at:
        return "now"
    here = ZoneInfo(cn().zone)
    then, days = (
        found.astimezone(here),
        (found.astimezone(here).date() - at.astimezone(here).date()),
    )
    word = {0: "same_day", 1: "next_day"}.get(days.days, then.date().isoformat())
    return f"{word}_{then:%H:%M}"
