"""What the night decided and what people agreed, queued: a message for each, by its channel, in hours of her day."""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from evenhand.arrangements.models import Plan, Promise
from evenhand.arrangements.plans import IN_FORCE
from evenhand.arrangements.queries import schedule_of
from evenhand.casework.models import Case
from evenhand.compliance.packs import SHIPPED
from evenhand.compliance.stated import StatedError, only
from evenhand.cycle.keeping import plan_kept
from evenhand.cycle.said import FINAL
from evenhand.outreach.asked import Asked
from evenhand.outreach.queries import hours_tried
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.outreach.windows import Spared, begins
from evenhand.portfolio.identity import first_point
from evenhand.portfolio.models import Person, StandingFact
from evenhand.portfolio.points import LeftAlone, left_alone, unusable_points

AT_ONCE = 1_000
Dead = Mapping[UUID, frozenset[str]]  # points that do not work, by person
TREATED = ("REMIND", "CALL", "OFFER_PLAN", "LETTER")
FILE = "house/reminders.toml"
LETTER_FIELDS = (
    "NAME_BALANCE", "REASON_REGULATIONS", "RIGHTS_DUTIES", "QUERY_PAY_OBJECT_EVIDENCE", "BANK_CONTACT", "BUSINESS_SEAL",
)  # fmt: skip
SAID = {"disclosures": ["INSTITUTION"]}  # who is speaking, as every text in use says


@dataclass(frozen=True, slots=True)
class Way:
    """A channel of the strategy as an act: to which kind of point, and what the act says of itself."""

    act: str
    kind: str
    more: Mapping[str, Any]
    actor: str = "FIRST_PARTY"


WAYS: Mapping[str, Way] = {
    "SMS": Way("TEXT", "MOBILE", {"signature": True, **SAID}),
    "APP": Way("PUSH", "MOBILE", SAID),
    "EMAIL": Way("EMAIL", "EMAIL", SAID),
    "LETTER": Way("LETTER", "ADDRESS", {"letter_fields": list(LETTER_FIELDS)}),
}
# The robot reminds, and tries first where a call is meant gently; every other call is a person's, and waits on the
# worklist, as these do too when the robot reached nobody.
ROBOT = Way("CALL", "MOBILE", {"recording": True, **SAID}, actor="ROBOT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When people are reminded of what they agreed, and between which hours messages leave."""

    promise_days_before: int
    instalment_days_before: int
    opens: time
    closes: time
    robot_tones: tuple[str, ...]


@cache
def reminder_terms() -> Terms:
    """The terms as shipped; raises StatedError when the file cannot be used."""
    said = tomllib.loads((SHIPPED / FILE).read_text("utf-8"))
    names = set(Terms.__dataclass_fields__)
    only("reminders", said, names)
    if missing := sorted(names - set(said)):
        raise StatedError(f"reminders.{missing[0]} is missing")
    hours = {name: time.fromisoformat(said[name]) for name in ("opens", "closes")}
    return Terms(**said | hours | {"robot_tones": tuple(said["robot_tones"])})


def queue_messages(
    *, on: date, zone: ZoneInfo, by: str, now: datetime, most: Mapping[str, int] | None = None
) -> int:
    """Queue what the night of a banking day decided to be said, and reminders of what was agreed; twice is once.

    A person without a point for her channel is left for another. `most` is by act, the most urgent of each.
    Returns how many were new.
    """
    terms = reminder_terms()
    local = now.astimezone(zone)
    day = local.date() if local.time() < terms.closes else local.date() + timedelta(days=1)
    dead = unusable_points(now=now)
    wanted = (
        _decided(on, dead, most, left_alone(now=now)),
        _final(dead, most),
        _promised(day, terms, dead),
        _due(day, terms, dead),
    )
    fresh = 0
    for several in wanted:
        while some := list(islice(several, AT_ONCE)):
            fresh += enqueue(_in_their_hours(some, day, zone, terms, now), by=by, now=now)
    return fresh


def _decided(
    on: date, dead: Dead, most: Mapping[str, int] | None, alone: LeftAlone
) -> Iterator[tuple[Person, Wanted]]:
    """What the night decided. No robot calls who wants no calls: whatever comes next is a person's to decide."""
    cases = Case.objects.filter(state=Case.State.OPEN, treatment__in=TREATED)
    counted: Counter[str] = Counter()
    for case in cases.select_related("customer").order_by("-priority", "id").iterator(AT_ONCE):
        way = ROBOT if is_for_the_robot(case) else WAYS.get(case.channel)
        besides = (
            alone.of(case.customer_id) if way is ROBOT else dead.get(case.customer_id, frozenset())
        )
        if way is None or besides is None:
            continue
        purpose = "REMIND" if case.treatment == "REMIND" or way is ROBOT else "COLLECT"
        found = _wanted(
            case.customer, way, purpose, f"night {on}", case.priority, {case.customer_id: besides}
        )
        if found is not None and (
            most is None or counted[way.act] < most.get(way.act, counted[way.act] + 1)
        ):
            counted[way.act] += 1
            yield case.customer, found


def _final(dead: Dead, most: Mapping[str, int] | None) -> Iterator[tuple[Person, Wanted]]:
    """The last letter before a step at law, once in a stay."""
    cases = Case.objects.filter(state=Case.State.OPEN, treatment__in=FINAL)
    rows = cases.select_related("customer").order_by("-priority", "id")
    for case in islice(rows.iterator(AT_ONCE), None if most is None else most.get("LETTER")):
        named = f"final notice {case.id} {case.entries}"
        found = _wanted(case.customer, WAYS["LETTER"], "COLLECT", named, case.priority, dead)
        if found is not None:
            yield case.customer, found


def is_for_the_robot(case: Case) -> bool:
    """Whether the robot calls first."""
    if case.channel != "PHONE":
        return False
    return case.treatment == "REMIND" or (
        case.treatment == "CALL" and case.tone in reminder_terms().robot_tones
    )


def _promised(day: date, terms: Terms, dead: Dead) -> Iterator[tuple[Person, Wanted]]:
    """Reminders of promises that come due; the message itself says which, from the facts when it is written."""
    due_on = day + timedelta(days=terms.promise_days_before)
    rows = Promise.objects.filter(state=Promise.State.OPEN, due_on=due_on)
    for promise in rows.select_related("customer").order_by("id").iterator(AT_ONCE):
        found = _wanted(promise.customer, WAYS["SMS"], "REMIND", f"promise {promise.id}", 0, dead)
        if found is not None:
            yield promise.customer, found


def _due(day: date, terms: Terms, dead: Dead) -> Iterator[tuple[Person, Wanted]]:
    """Reminders of instalments that come due and are not paid yet."""
    due_on = day + timedelta(days=terms.instalment_days_before)
    rows = Plan.objects.filter(state__in=IN_FORCE, instalments__due_on=due_on)
    for plan in rows.select_related("customer").order_by("id").iterator(AT_ONCE):
        settled = plan_kept(plan, on=day).settled_minor
        for row, minor in zip(schedule_of(plan).instalments, settled, strict=True):
            if row.due_on == due_on and minor < row.total_minor:
                named = f"plan {plan.id} {due_on}"
                found = _wanted(plan.customer, WAYS["SMS"], "REMIND", named, 0, dead)
                if found is not None:
                    yield plan.customer, found


def _wanted(
    person: Person, way: Way, purpose: str, named: str, priority: int, dead: Dead
) -> Wanted | None:
    """One contact to make, without its hours; None where no point of the kind is known that works."""
    identity = None if person.identity is None else bytes(person.identity)
    point = first_point(identity, way.kind, besides=dead.get(person.id, frozenset()))
    if not point:
        return None
    asked = Asked(way.act, point=point, purpose=purpose, actor=way.actor, more=way.more)
    return Wanted(
        customer_id=person.id, facts_seq=person.facts_seq, asked=asked, priority=priority,
        request_key=f"{named} {way.act.lower()} {person.id}", not_before=_NEVER, expires_at=_NEVER,
    )  # fmt: skip


_NEVER = datetime.min.replace(tzinfo=UTC)


def _in_their_hours(
    some: Iterable[tuple[Person, Wanted]], day: date, zone: ZoneInfo, terms: Terms, now: datetime
) -> list[Wanted]:
    """Each from the best hour of its person until the end of the day; where all is spared the gate will say so."""
    pairs = list(some)
    people = [person.id for person, _ in pairs]
    spared, tried = _spared(people, now), hours_tried(people, zone=zone, until=now)
    opens = datetime.combine(day, terms.opens, zone)
    closes = datetime.combine(day, terms.closes, zone).astimezone(UTC)
    found = []
    for person, wanted in pairs:
        at = begins(
            day, terms.opens, terms.closes, zone, spared=spared[person.id],
            history=tried.get(person.id) if wanted.asked.act == "CALL" else None,
        )  # fmt: skip
        start = max((at or opens).astimezone(UTC), now)
        found.append(replace(wanted, not_before=start, expires_at=closes))
    return found


def _spared(people: Iterable[UUID], now: datetime) -> Mapping[UUID, list[Spared]]:
    rows = StandingFact.objects.filter(
        customer_id__in=list(people), kind="INCONVENIENT_TIME", ended_at=None, from_at__lte=now
    )
    found: dict[UUID, list[Spared]] = defaultdict(list)
    for row in rows:
        if row.until_at is None or row.until_at > now:
            hour: Callable[[str], time] = time.fromisoformat
            days = frozenset(row.detail.get("days", ()))
            found[row.customer_id].append(
                Spared(days, hour(row.detail["opens"]), hour(row.detail["closes"]))
            )
    return found
