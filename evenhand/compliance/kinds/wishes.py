"""What the person said she wants: times and places that do not suit, media refused, consent given."""

from datetime import datetime, timedelta

from evenhand.compliance.facts import Standing
from evenhand.compliance.kinds.common import Check, Context, Found
from evenhand.compliance.packfile.questions import MEDIUM_OF, SCOPES
from evenhand.compliance.packfile.tables import Table
from evenhand.compliance.situation import (
    Situation,
    asks_to_stop,
    compiled,
    consents_in_force,
    in_designated_time,
    inside,
    minutes,
    received_at,
)
from evenhand.compliance.zones import ONE_DAY, at_minute, local, local_day

EIGHT_DAYS = timedelta(days=8)  # a week and the day on which it began
SLOTS = frozenset({"since", "until", "medium", "opens", "closes", "place", "scope", "days"})


def read_preference(table: Table, context: Context) -> Check:
    """`preference`: nothing inside an inconvenient time, or at an inconvenient place, that she named."""
    del context
    named = table.code("preference", {"INCONVENIENT_TIME", "INCONVENIENT_PLACE"})
    time = named == "INCONVENIENT_TIME"
    return Check(_time if time else _place, {"preference": named}, SLOTS, may_be_unknown=not time)


def _time(situation: Situation) -> Found | None:
    fact = in_designated_time(situation, situation.at)
    if fact is None:
        return None
    more = fact.more
    numbers = {
        "opens": more.get("opens", "00:00"), "closes": more.get("closes", "24:00"),
        "since": fact.from_at.isoformat(), "until": fact.until_at and fact.until_at.isoformat(),
    }  # fmt: skip
    return Found(numbers, _time_ends(situation, fact))


def _time_ends(situation: Situation, fact: Standing) -> datetime | None:
    """When the designated times are over for once; None where they leave nothing of a week and never end."""
    at, week_later = situation.at, situation.at + EIGHT_DAYS
    current: Standing | None = fact
    while current is not None and at <= week_later:
        at = _ends_once(situation, current, at)
        current = in_designated_time(situation, at)
    if current is None:
        return at
    ends = [
        fact.until_at for fact in situation.facts.standing if fact.until_at and fact.until_at > at
    ]
    return min(ends, default=None)


def _ends_once(situation: Situation, fact: Standing, at: datetime) -> datetime:
    """When one designated time that holds then is over, in the zone where it lasts longest."""
    opens, closes = (
        minutes(fact.more.get("opens", "00:00")),
        minutes(fact.more.get("closes", "24:00")),
    )
    ends = []
    for name in {place.zone for place in situation.facts.locations} or {situation.home_zone}:
        there = local(name, at)
        if inside(fact.more, there):
            past_midnight = opens >= closes and there.minute >= opens
            ends.append(
                at_minute(name, there.day + (ONE_DAY if past_midnight else timedelta()), closes)
            )
    latest = max(ends)
    return latest if fact.until_at is None else min(latest, fact.until_at)


def _place(situation: Situation) -> Found | None:
    for fact in situation.standing_now():
        if fact.kind != "INCONVENIENT_PLACE":
            continue
        place = fact.more.get("place")
        if not situation.act.place or place == situation.act.place:
            numbers = {"place": place, "since": fact.from_at.isoformat()}
            return Found(numbers, fact.until_at, unknown=not situation.act.place)
    return None


def read_opt_out(table: Table, context: Context) -> Check:
    """A medium, number or address that she refused: by a standing opt-out, a request, or what she wrote."""
    del table, context
    return Check(_opted_out, {}, SLOTS)


def _opted_out(situation: Situation) -> Found | None:
    act, person = situation.act, situation.person
    medium = MEDIUM_OF.get(act.act)
    if medium is None:
        return None
    ends: list[datetime | None] = []
    since: list[datetime] = []
    for fact in situation.standing_now():
        if fact.kind == "OPT_OUT" and _covers(fact, medium, act.point):
            ends.append(fact.until_at)
            since.append(fact.from_at)
    for event in situation.facts.events:
        same = (event.to or person) == (act.to or person)
        if (
            event.more
            and same
            and received_at(event) <= situation.at
            and asks_to_stop(event, act.act, act.point)
        ):
            ends.append(None)
            since.append(received_at(event))
    if not since:
        return None
    lifts = None if None in ends else max(end for end in ends if end is not None)
    return Found({"medium": medium, "since": min(since).isoformat()}, lifts)


def _covers(fact: Standing, medium: str, point: str) -> bool:
    media, points = fact.more.get("media"), fact.more.get("points")
    if media and medium not in media:
        return False
    return not points or not point or point in points


def read_consent(table: Table, context: Context) -> Check:
    """`scope` of a consent that must stand, not older than `fresh_days`; `alternatives` of which one does as well."""
    scope = table.code("scope", SCOPES)
    fresh = table.whole("fresh_days", 1, 0)
    reader = context.of_act()
    rows = [
        reader.read(inner.left, f"alternatives[{n}]")
        for n, inner in enumerate(table.tables("alternatives"))
    ]
    tests = [compiled(row) for row in rows]

    def run(situation: Situation) -> Found | None:
        if any(
            _fresh(situation, at, fresh)
            for said, at in consents_in_force(situation)
            if said == scope
        ):
            return None
        answers = [test(situation.asked) for test in tests]
        if True in answers:
            return None
        return Found({"scope": scope, "days": fresh}, None, unknown=None in answers)

    written = {
        "scope": scope,
        **({"fresh_days": fresh} if fresh else {}),
        "alternatives": [row.written() for row in rows],
    }
    unsure = any(
        c.absent is None and c.question.home in ("more", "known")
        for row in rows
        for c in row.conditions
    )
    return Check(
        run,
        written,
        SLOTS,
        may_be_unknown=unsure,
        asks=tuple(rows),
        consents=True,
        history_days=fresh,
    )


def _fresh(situation: Situation, at: datetime, days: int) -> bool:
    if not days:
        return True
    return (situation.today - local_day(situation.home_zone, at)).days <= days
