"""One call of the judge: the facts, and what is worked out from them once and used by many rules."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from evenhand.compliance.facts import Debt, Event, Facts, Hold, Standing
from evenhand.compliance.packfile.predicates import Predicate, day_of
from evenhand.compliance.packfile.questions import MEDIUM_OF
from evenhand.compliance.texts.replies import read_reply
from evenhand.compliance.zones import WEEKDAYS, Local, local, local_day

Measures = Mapping[str, Callable[["Situation"], int]]
Test = Callable[["Known"], bool | None]


class Known(dict[str, Any]):
    """What is known by name; None where nothing is."""

    __slots__ = ()

    def __missing__(self, name: str) -> Any:
        return None


class Asked(Known):
    """What is known of the act, by name; None where nothing is known. What must be worked out is, when first asked."""

    __slots__ = ("situation",)

    def __init__(self, situation: "Situation") -> None:
        facts = situation.facts
        act = facts.act
        super().__init__(facts.known)
        self.update(act.more)
        self.update(
            act=act.act, direction=act.direction, role=act.role, actor=act.actor, collector=act.collector,
            purpose=act.purpose, basis=act.basis, to=act.to or facts.person,
            place=act.place or None, point=act.point or None, outcome=act.outcome or None,
        )  # fmt: skip
        self.situation = situation

    def __missing__(self, name: str) -> Any:
        work = DERIVED.get(name)
        if work is None and "#" in name:  # a measure: a pack's name and its own
            work = next((of[name] for of in self.situation.measures if name in of), None)
        value = self[name] = None if work is None else work(self.situation)
        return value


class Bounded(Protocol):
    """A window of time, known by its key."""

    @property
    def key(self) -> Hashable:
        """What tells it from other windows."""
        ...

    def bounds(self, situation: "Situation") -> tuple[datetime, datetime]:
        """From when until when (exclusive) it reaches."""
        ...


class Situation:
    """The facts of one call, the local times of the act, and which debts it is about."""

    __slots__ = (
        "_happened", "_holds", "_local", "_standing", "act", "asked", "at", "counted", "counts", "debts", "facts",
        "flags", "home_zone", "keys",
        "measures", "person",
    )  # fmt: skip

    def __init__(self, facts: Facts, measures: Sequence[Measures], default_zone: str) -> None:
        self.facts, self.act, self.at, self.person = facts, facts.act, facts.act.at, facts.person
        self.measures = measures
        self.home_zone = facts.locations[0].zone if facts.locations else default_zone
        self.keys = {debt.key: debt.group or debt.key for debt in facts.debts} or _named(facts)
        self.debts = self.act.debts or tuple(self.keys)
        self._local: dict[str, Local] = {}
        self._happened: dict[tuple[Any, ...], list[Event]] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.counted: dict[str, tuple[str, ...]] = {}
        self.flags: list[str] = []
        self._holds: list[Hold] | None = None if facts.holds else []
        self._standing: list[Standing] | None = None if facts.standing else []
        self.asked = Asked(self)

    def settle(self, zone_name: str) -> None:
        """Where nobody knows where the person lives, her days are those of the zone of the pack that asks."""
        if not self.facts.locations and zone_name != self.home_zone:
            self.home_zone = zone_name
            self._happened.clear()
            for name in OF_TODAY:
                self.asked.pop(name, None)

    def there(self, zone_name: str) -> Local:
        """What the clock shows in that zone at the moment of the act."""
        found = self._local.get(zone_name)
        if found is None:
            found = self._local[zone_name] = local(zone_name, self.at)
        return found

    @property
    def today(self) -> date:
        """The day of the act where the person lives; in the pack's zone when nobody knows where."""
        return self.there(self.home_zone).day

    def happened(
        self, acts: frozenset[str] | None, directions: frozenset[str] | None, window: "Bounded"
    ) -> list[Event]:
        """The past contacts of some acts and directions (None: any) in a window, found once for all rules that ask."""
        key = (acts, directions, window.key)
        found = self._happened.get(key)
        if found is None:
            start, end = window.bounds(self)
            found = self._happened[key] = [
                event
                for event in self.facts.events
                if start <= event.at < end
                and (acts is None or event.act in acts)
                and (directions is None or event.direction in directions)
            ]
        return found

    def about(self, debts: tuple[str, ...]) -> bool:
        """Whether something about those debts concerns the act; none named means all."""
        return not debts or not self.debts or not set(debts).isdisjoint(self.debts)

    def holds_now(self) -> list[Hold]:
        """The holds in force at the moment of the act that concern its debts."""
        if self._holds is None:
            at = self.at
            self._holds = [
                hold
                for hold in self.facts.holds
                if hold.from_at <= at
                and (hold.until_at is None or at < hold.until_at)
                and self.about(hold.debts)
            ]
        return self._holds

    def standing_now(self) -> list[Standing]:
        """The standing facts in force that concern the act: its debts, the one it is for, its number or address."""
        if self._standing is None:
            at = self.at
            self._standing = [
                fact
                for fact in self.facts.standing
                if fact.from_at <= at
                and (fact.until_at is None or at < fact.until_at)
                and self._for_act(fact.more)
                and self.about(fact.debts)
            ]
        return self._standing

    def _for_act(self, more: Mapping[str, Any]) -> bool:
        """Whether a standing fact is about the one, and the number or address, that the act is for."""
        if not more:
            return True
        to, point = more.get("to"), more.get("point")
        if to is not None and to != (self.act.to or self.person):
            return False
        return point is None or not self.act.point or point == self.act.point


def _named(facts: Facts) -> dict[str, str]:
    """The debts that anything names, where nobody says which there are."""
    named = (*facts.act.debts, *(debt for event in facts.events for debt in event.debts))
    return {debt: debt for debt in named}


def compiled(predicate: Predicate, *, without: frozenset[str] = frozenset()) -> Test:
    """The predicate as a function of what is known of the act: True, False, or None when that cannot be said."""
    plain = []
    for condition in predicate.conditions:
        if condition.question.name in without:
            continue
        key = condition.question.key or condition.question.name
        fits = _days_since(condition.since, condition.fits) if condition.dated else None
        plain.append((key, condition.fits, condition.absent, fits))
    if not plain:
        return lambda _: True
    if len(plain) == 1 and plain[0][3] is None and plain[0][2] is None:
        return _one(plain[0][0], plain[0][1])
    conditions = tuple(plain)

    def test(asked: Known) -> bool | None:
        unknown = False
        for name, fits, absent, dated in conditions:
            value = asked[name]
            if value is None:
                if absent is False:
                    return False
                unknown = unknown or absent is None
            elif dated is not None:
                fit = dated(asked, value)
                if fit is False:
                    return False
                unknown = unknown or fit is None
            elif not fits(value):
                return False
        return None if unknown else True

    return test


def _one(name: str, fits: Callable[[Any], bool]) -> Test:
    def test(asked: Known) -> bool | None:
        value = asked[name]
        return None if value is None else fits(value)

    return test


def _days_since(other: str, fits: Callable[[int], bool]) -> Callable[[Known, Any], bool | None]:
    def dated(asked: Known, value: Any) -> bool | None:
        if not other:
            return fits((asked["today"] - day_of(value)).days)
        since = asked[other]
        return None if since is None else fits((day_of(value) - day_of(since)).days)

    return dated


def asks_to_stop(event: Event, act: str, point: str) -> bool:
    """Whether an event asks us to do such an act, or to use the number or address, no more."""
    more = event.more
    if not more:
        return False
    if more.get("stop_medium") is not None and more["stop_medium"] == MEDIUM_OF.get(act):
        return True
    address = more.get("stop_address")
    if address is not None and (not point or address == point):
        return True
    text = more.get("text")
    if event.direction != "IN" or not text or address is not None:
        return False
    reading = read_reply(text)
    if not reading.opt_out or (event.point and point and event.point != point):
        return False
    return reading.covers(act, came_by=event.act)


def opts_out(event: Event) -> bool:
    """Whether what the person wrote reads as a wish to be left alone."""
    text = event.more.get("text") if event.more else None
    return event.direction == "IN" and bool(text) and read_reply(str(text)).opt_out


def received_at(event: Event) -> datetime:
    """When what came in was received; for all else when it happened."""
    received = event.more.get("received") if event.more else None
    if received is None:
        return event.at
    return datetime.fromisoformat(received) if isinstance(received, str) else received


def answered_message(situation: Situation) -> Event | None:
    """The message of hers that the act would answer first: in the same medium, the latest, no wish to be left alone."""
    act = situation.act
    medium, point = MEDIUM_OF.get(act.act), act.point
    latest: Event | None = None
    latest_out: datetime | None = None
    latest_stop: datetime | None = None
    if medium is None or (act.to or situation.person) != situation.person:
        return None
    for event in situation.facts.events:
        if event.at > situation.at or (event.to or situation.person) != situation.person:
            continue
        if asks_to_stop(event, act.act, point):
            latest_stop = max(latest_stop or event.at, event.at)
        elif MEDIUM_OF.get(event.act) != medium:
            continue
        elif event.direction == "OUT":
            latest_out = max(latest_out or event.at, event.at)
        elif latest is None or event.at >= latest.at:
            latest = event
    if latest is None or any(
        at is not None and at >= latest.at for at in (latest_out, latest_stop)
    ):
        return None
    return latest


def in_designated_time(situation: Situation, at: datetime) -> Standing | None:
    """The inconvenient time she named that held then in any zone where she may be; None when there is none."""
    zones = {place.zone for place in situation.facts.locations} or {situation.home_zone}
    found = [
        fact
        for fact in situation.facts.standing
        if fact.kind == "INCONVENIENT_TIME"
        and fact.from_at <= at
        and (fact.until_at is None or at < fact.until_at)
        and any(inside(fact.more, local(name, at)) for name in zones)
    ]
    return min(found, key=lambda fact: (fact.from_at, repr(fact.more)), default=None)


def inside(named: Mapping[str, Any], there: Local) -> bool:
    """Whether a time on the wall lies in the days and hours named; a night that runs past midnight is meant as said."""
    opens = minutes(named.get("opens", "00:00"))
    closes = minutes(named.get("closes", "24:00"))
    days = named.get("days") or WEEKDAYS
    today, yesterday = WEEKDAYS[there.weekday], WEEKDAYS[there.weekday - 1]
    if opens < closes:
        return today in days and opens <= there.minute < closes
    return (today in days and there.minute >= opens) or (
        yesterday in days and there.minute < closes
    )


def minutes(text: str) -> int:
    """Minutes since midnight of a time HH:MM."""
    hours, minutes = text.split(":")[:2]
    return int(hours) * 60 + int(minutes)


def consents_in_force(situation: Situation) -> list[tuple[str, datetime]]:
    """Scopes of consent given to what the act would do, with when; one for another medium or address is none."""
    medium, point = MEDIUM_OF.get(situation.act.act), situation.act.point
    found = []
    for fact in situation.standing_now():
        if fact.kind == "CONSENT":
            media, one, points = (fact.more.get(name) for name in ("media", "point", "points"))
            if (
                (not media or medium in media)
                and one in (None, point)
                and (not points or point in points)
            ):
                found.append((fact.more.get("scope", ""), fact.from_at))
    for event in situation.facts.events:
        if event.more and event.at <= situation.at:
            found.extend((scope, event.at) for scope in event.more.get("consent_scopes", ()))
    return found


def _payment_to_disputed(situation: Situation) -> bool | None:
    disputed = situation.facts.known.get("disputed")
    return None if disputed is None else situation.act.to in disputed


def _reply_in_designated_time(situation: Situation) -> bool:
    message = answered_message(situation)
    return message is not None and in_designated_time(situation, message.at) is not None


def _first_since_opt_out(situation: Situation) -> bool:
    """Whether nothing went out in the act's medium since she first asked us to stop; asking again earns no more."""
    act = situation.act
    medium = MEDIUM_OF.get(act.act)
    events = [e for e in situation.facts.events if e.at <= situation.at]
    asked = [e.at for e in events if asks_to_stop(e, act.act, act.point)]
    asked += [fact.from_at for fact in situation.standing_now() if fact.kind == "OPT_OUT"]
    since = min(asked, default=None)
    return since is not None and not any(
        e.direction == "OUT" and e.at > since and MEDIUM_OF.get(e.act) == medium for e in events
    )


def _last_inbound_in_medium(situation: Situation) -> date | None:
    """The day of her latest message in the act's medium, from the same number or address where both are known."""
    medium, point = MEDIUM_OF.get(situation.act.act), situation.act.point
    person, to = situation.person, situation.act.to or situation.person
    days = [
        local_day(situation.home_zone, event.at)
        for event in situation.facts.events
        if event.direction == "IN"
        and event.at <= situation.at
        and MEDIUM_OF.get(event.act) == medium
        and (event.to or person) == to
        and (not point or not event.point or event.point == point)
    ]
    return max(days, default=None)


def _debt_kinds(situation: Situation) -> list[str]:
    kinds: Mapping[str, Debt] = {debt.key: debt for debt in situation.facts.debts}
    return [kinds[key].kind for key in situation.debts if key in kinds]


def _to_debtor(situation: Situation) -> bool:
    return situation.act.to in ("", situation.person)


def _agency_years_uninspected(situation: Situation) -> int | None:
    """Calendar years that have ended since the one of the agency's last inspection; None when that is not known."""
    last = situation.asked["agency_inspected_on"]
    return None if last is None else max(situation.today.year - day_of(last).year - 1, 0)


OF_TODAY = ("today", "weekday", "last_inbound_in_medium", "agency_years_uninspected")
DERIVED: Mapping[str, Callable[[Situation], Any]] = {
    "agency_years_uninspected": _agency_years_uninspected,
    "medium": lambda s: MEDIUM_OF.get(s.act.act),
    "weekday": lambda s: WEEKDAYS[s.there(s.home_zone).weekday],
    "holding": lambda s: [hold.kind for hold in s.holds_now()],
    "standing": lambda s: [fact.kind for fact in s.standing_now()],
    "consents": lambda s: [scope for scope, _ in consents_in_force(s)],
    "debt_kinds": _debt_kinds,
    "to_debtor": _to_debtor,
    "last_inbound_in_medium": _last_inbound_in_medium,
    "first_since_opt_out": _first_since_opt_out,
    "first_reply_in_medium": lambda s: answered_message(s) is not None,
    "reply_in_designated_time": _reply_in_designated_time,
    "payment_to_disputed": _payment_to_disputed,
    "today": lambda s: s.today,
    "location_known": lambda s: bool(s.facts.locations),
}
