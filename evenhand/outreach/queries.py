"""Reads about contacts, as frozen rows for screens: what was asked, what the gate answered and why, what comes next."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from evenhand.compliance.explain import Explained, explain
from evenhand.compliance.facts import Facts
from evenhand.compliance.nexts import next_allowed
from evenhand.compliance.packs import Pack
from evenhand.compliance.spans import allowed_from, allowed_until
from evenhand.compliance.verdict import Reason, Verdict
from evenhand.outreach.asked import Asked
from evenhand.outreach.ids import filed_between
from evenhand.outreach.judging import OWN_SENTENCES, Law, law_of, verdict_of
from evenhand.outreach.lane import Call, gate_now, read
from evenhand.outreach.models import ContactEvent
from evenhand.outreach.windows import Tried
from evenhand.rulebook.packs import active_digests
from evenhand.runtime.config import config

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """One contact as a line of a list; `reasons` are those that refuse or ask for review, in words."""

    id: UUID
    at: datetime
    customer_id: UUID
    act: str
    direction: str
    role: str
    collector: str
    actor: str
    purpose: str
    origin: str
    state: str
    decision: str
    outcome: str
    asked_by: str
    contradiction: bool
    reasons: tuple[Explained, ...]

    @property
    def key(self) -> str:
        """Where the next page starts after this row."""
        return str(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How much of a rule's limit is used up with the act itself, and whose acts make it up where that is known."""

    rule: str
    pack: str
    per: str  # PERSON, POINT … or the key of a debt
    count: int
    max: int | None
    by: Mapping[str, int]  # of the contacts before it; empty where that is not known
    itself: int  # how much the act adds
    instrument: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """One contact with all it was judged from and by, and what became of it."""

    row: ContactRow
    recorded_at: datetime
    reserved_until: datetime | None
    sent_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    state_reason: str
    typed_result: str
    talk_seconds: int | None
    verified: bool | None
    line_record: Mapping[str, Any] | None
    reviewed_at: datetime | None
    reviewed_by: str
    request_key: str
    point: str
    place: str
    debts: tuple[str, ...]
    said: tuple[Explained, ...]  # every reason, also those that lift another
    said_when_sent: tuple[Explained, ...]
    counts: tuple[Counted, ...]
    flags: tuple[str, ...]
    packs: tuple[str, ...]
    facts: Facts
    facts_seq: int
    row_hash: str
    next_times: tuple["NextTime", ...]  # as from that moment


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTime:
    """When an act would be allowed next, if nothing else happens."""

    asked: Asked
    moment: datetime  # the moment asked about
    now: str  # the answer then: ALLOW, REVIEW or DENY
    at: datetime | None  # the moment itself where it is allowed; None: not by time alone
    then: str  # the answer at `at`: ALLOW, or REVIEW where a person must look; empty: never
    until: datetime | None  # None: for a day at least
    reasons: tuple[Explained, ...]  # why not now, or why a person must look

    @property
    def allowed(self) -> bool:
        """Whether it is allowed at the moment."""
        return self.now != "DENY"


@dataclass(frozen=True, slots=True)
class RefusalFilters:
    """Which refusals to list; empty texts list all. Instants are half-open."""

    since: datetime
    until: datetime
    rule: str = ""
    act: str = ""
    collector: str = ""
    decision: str = ""
    customers: tuple[UUID, ...] | None = None  # none: everybody


# By key, which is in the order of their milliseconds and which the primary key serves.
_REFUSED = """
SELECT id FROM contact_event
 WHERE state = 'REFUSED' AND at >= %(since)s AND at < %(until)s
   AND (%(after)s::uuid IS NULL OR id < %(after)s::uuid)
   AND (%(act)s = '' OR act = %(act)s) AND (%(collector)s = '' OR collector = %(collector)s)
   AND (%(decision)s = '' OR decision = %(decision)s)
   AND (%(customers)s::uuid[] IS NULL OR customer_id = ANY(%(customers)s::uuid[]))
   AND (%(rule)s = '' OR verdict::jsonb @? %(path)s::jsonpath)
 ORDER BY id DESC LIMIT %(limit)s
"""


_BY_RULE = """
SELECT r->>2, count(*) FROM contact_event e, jsonb_array_elements(e.verdict::jsonb->'reasons') r
 WHERE e.at >= %s AND e.at < %s AND e.state = 'REFUSED' AND r->>1 <> 'ALLOW' GROUP BY 1 ORDER BY 2 DESC, 1
"""


def refused_rows(
    filters: RefusalFilters, *, language: str, after: str = "", limit: int = PAGE
) -> list[ContactRow]:
    """What the gate did not allow, the latest first, from after the given key. Raises ValueError when it is no key."""
    given = {
        "since": filters.since,
        "until": filters.until,
        "after": UUID(after) if after else None,
        "act": filters.act,
        "collector": filters.collector,
        "decision": filters.decision,
        "customers": None if filters.customers is None else list(filters.customers),
        "rule": filters.rule,
        "path": f"strict $.reasons[*] ? (@[2] == {json.dumps(filters.rule)})",
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_REFUSED, given)
        keys = [key for (key,) in cursor.fetchall()]
    return _rows(keys, filters.since, filters.until, language)


def contact_rows(
    customer_id: UUID,
    *,
    since: datetime,
    until: datetime | None = None,
    language: str,
    limit: int = 20,
) -> list[ContactRow]:
    """The contacts of a person since a moment and before another, the latest first."""
    found = ContactEvent.objects.filter(customer_id=customer_id, at__gte=since)
    if until is not None:
        found = found.filter(at__lt=until)
    return [_row(event, language) for event in found.order_by("-at", "-id")[:limit]]


def to_review_rows(*, language: str, limit: int = PAGE) -> list[ContactRow]:
    """Contacts whose form and line disagree and that nobody has looked at, the eldest first."""
    rows = ContactEvent.objects.filter(contradiction=True, reviewed_at=None)
    return [_row(event, language) for event in rows.order_by("at", "id")[:limit]]


def refusals_by_rule(*, since: datetime, until: datetime) -> list[tuple[str, int]]:
    """How often each rule refused between two moments, the most first."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_RULE, [since, until])
        return [(rule, count) for rule, count in cursor.fetchall()]


def customer_of(contact: UUID) -> UUID | None:
    """Whose contact it is; none when there is no such contact."""
    found: UUID | None = _events(contact).values_list("customer_id", flat=True).first()
    return found


def contact_view(contact: UUID, *, language: str) -> ContactView | None:
    """One contact with everything; none when there is no such contact."""
    event = _events(contact).first()
    if event is None:
        return None
    law = _law_at(event.at)
    facts = Facts.read(event.facts)
    return ContactView(
        row=_row(event, language),
        **{name: getattr(event, name) for name in _COPIED},
        debts=tuple(event.debts),
        said=_said(event.verdict, law.packs, language, event.at),
        said_when_sent=_said(event.state_verdict, law.packs, language, event.at)
        if event.state_verdict
        else (),
        counts=tuple(_counts(event.verdict, facts, law.packs)),
        flags=tuple(event.verdict["flags"]),
        packs=tuple(event.packs),
        facts=facts,
        row_hash=bytes(event.row_hash).hex(),
        next_times=tuple(_next(facts, law, asked, language) for asked in _alike(facts)),
    )  # fmt: skip


_COPIED = (
    "recorded_at", "reserved_until", "sent_at", "ended_at", "closed_at", "state_reason", "typed_result",
    "talk_seconds", "verified", "line_record", "reviewed_at", "reviewed_by", "request_key", "point", "place",
    "facts_seq",
)  # fmt: skip


def next_times(customer_id: UUID, asked: Sequence[Asked], *, language: str) -> tuple[NextTime, ...]:
    """When each of these acts would be allowed next, by the gate's clock, the facts and the packs of this moment.

    Nothing is locked and nothing reserved: it is for people to read, and the gate judges again.
    """
    now = gate_now()
    law = _law_at(now)
    back = law.lookback
    given = ([customer_id], [back], now, back, config().time_zone, list[UUID]())
    rows = read(Call("SELECT facts FROM gate_facts(%s, %s, %s, %s, %s, %s)", given))
    stored = json.loads(rows[0][0])
    found = []
    for each in asked:
        act = [now.isoformat(), *each[1:-1], dict(each.more)]
        act.insert(1, each.act)
        facts = Facts.read({"act": act, **stored})
        found.append(_next(facts, law, each, language))
    return tuple(found)


def reasons_of(stored: Mapping[str, Any], at: datetime, language: str) -> tuple[Explained, ...]:
    """The reasons of a stored verdict in words, by the packs in force at the moment it was given."""
    return _said(stored, _law_at(at).packs, language, at)


def rules_in_force(at: datetime) -> list[str]:
    """The rules of the packs in force at a moment, by id."""
    rules = [rule for pack in _law_at(at).packs for rule in pack.rules]
    return sorted({rule.id for rule in rules if rule.kind != "deadline"})


def _next(facts: Facts, law: Law, asked: Asked, language: str) -> NextTime:
    verdict = verdict_of(facts, law)
    at = next_allowed(facts, law.packs)[facts.act.act] if verdict.packs else None
    if at is None and verdict.packs:
        at = allowed_from(facts, law.packs, facts.act.at)
    until, then = None, ""
    if at is not None:
        until = allowed_until(facts, law.packs, at)
        there = facts._replace(act=facts.act._replace(at=at))
        then = verdict_of(there, law).decision
    reasons = tuple(
        r for r in _explained(verdict, law.packs, language, facts.act.at) if r.decision != "ALLOW"
    )
    return NextTime(
        asked=asked,
        moment=facts.act.at,
        now=verdict.decision,
        at=at,
        then=then,
        until=until,
        reasons=reasons,
    )


def _alike(facts: Facts) -> Iterator[Asked]:
    """The act that was judged."""
    act = facts.act
    yield Asked(*act[1:])


def _events(contact: UUID) -> Any:
    first, last = filed_between(contact)
    return ContactEvent.objects.filter(id=contact, at__gte=first, at__lt=last)


def _rows(keys: list[UUID], since: datetime, until: datetime, language: str) -> list[ContactRow]:
    found = ContactEvent.objects.filter(id__in=keys, at__gte=since, at__lt=until)
    rows = {event.id: event for event in found}
    return [_row(rows[key], language) for key in keys]


def _row(event: ContactEvent, language: str) -> ContactRow:
    names = set(ContactRow.__dataclass_fields__) - {"reasons"}
    speaks = [row for row in event.verdict["reasons"] if row[1] != "ALLOW"]
    packs = _law_at(event.at).packs if speaks else ()
    said = _said({**event.verdict, "reasons": speaks}, packs, language, event.at)
    return ContactRow(reasons=said, **{name: getattr(event, name) for name in names})


def _law_at(at: datetime) -> Law:
    return law_of(tuple(active_digests(at)))


def _said(
    stored: Mapping[str, Any], packs: Sequence[Pack], language: str, at: datetime
) -> tuple[Explained, ...]:
    return _explained(_verdict(stored), packs, language, at)


def _verdict(stored: Mapping[str, Any]) -> Verdict:
    reasons = tuple(
        Reason(code, decision, rule, pack, numbers, lifts and datetime.fromisoformat(lifts))
        for code, decision, rule, pack, numbers, lifts in stored["reasons"]
    )
    return Verdict(stored["decision"], reasons, {}, (), tuple(stored["packs"]))


def _explained(
    verdict: Verdict, packs: Sequence[Pack], language: str, at: datetime
) -> tuple[Explained, ...]:
    """Each reason in words, by the rules of its day; one whose pack is no longer to be had is told by its codes."""
    found: list[Explained] = []
    for reason in verdict.reasons:
        alone = Verdict(verdict.decision, (reason,), {}, (), verdict.packs)
        try:
            found += explain(alone, packs, language, at=at)
        except LookupError:
            found.append(_bare(reason, language))
    return tuple(found)


def _bare(reason: Reason, language: str) -> Explained:
    own = OWN_SENTENCES.get(reason.code)
    said = own.for_language(language) if own else ""
    return Explained(
        code=reason.code, decision=reason.decision, sentence=said, instrument="", article="", strength="",
        confidence="", note="", pack=reason.pack, rule=reason.rule, numbers=reason.numbers, lifts_at=reason.lifts_at,
    )  # fmt: skip


def _all_of_one(facts: Facts, count: int) -> Mapping[str, int]:
    """Whose the contacts counted are, where all that were looked at are of one collector; else it is not known."""
    whose = {event.collector for event in facts.events}
    return {whose.pop(): count} if count and len(whose) == 1 else {}


def _counts(stored: Mapping[str, Any], facts: Facts, packs: Sequence[Pack]) -> Iterator[Counted]:
    """The rules that count, with the act itself, and their limits; by whom where the rule spoke of it."""
    day = facts.act.at.date()
    spoke = {row[2]: row[4] for row in stored["reasons"]}
    for rule_id, counts in stored["counts"].items():
        for pack in packs:
            try:
                rule = pack.rule(rule_id, day)
            except LookupError:
                continue
            for per, count in counts.items():
                itself = int(per in stored["counted"].get(rule_id, ()))
                by = spoke.get(rule_id, {}).get("by") or _all_of_one(facts, count - itself)
                yield Counted(
                    rule=rule_id,
                    pack=pack.label,
                    per=per,
                    count=count,
                    max=rule.numbers.get("max"),
                    by=by,
                    itself=itself,
                    instrument=rule.instrument,
                    article=rule.article,
                )


_HOURS = """
SELECT customer_id, extract(hour FROM at AT TIME ZONE %s)::int AS hour, count(*), count(conversation_at)
  FROM contact_event
 WHERE customer_id = ANY (%s) AND at > %s AND at <= %s AND act = 'CALL' AND direction = 'OUT' AND state = 'ENDED'
 GROUP BY customer_id, hour
"""
TRIED_FOR = timedelta(days=90)


def hours_tried(
    people: Sequence[UUID], *, zone: ZoneInfo, until: datetime
) -> dict[UUID, dict[int, Tried]]:
    """How often each person was called in each hour of the day in the last months, and how often she spoke to us."""
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, [str(zone), list(people), until - TRIED_FOR, until])
        found: dict[UUID, dict[int, Tried]] = {}
        for customer_id, hour, tries, answered in cursor.fetchall():
            found.setdefault(customer_id, {})[hour] = Tried(tries, answered)
    return found
