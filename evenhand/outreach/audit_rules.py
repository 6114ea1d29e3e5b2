"""The rules of packs written a second time, as SQL over the tables: the auditor shares no code with the judge.

Each rule that can be said so becomes a query of the contacts that were permitted although it refuses. It is necessary,
not sufficient: only what is certain in the tables counts. What cannot be said so is left to judging again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from evenhand.compliance.packfile.questions import OF_ACT

COLUMNS = {
    "act": "e.act", "direction": "e.direction", "role": "e.role", "actor": "e.actor", "place": "e.place",
    "purpose": "e.purpose", "basis": "e.basis", "collector": "e.collector", "point": "e.point", "to": "e.to_key",
}  # fmt: skip
GROUPS = {
    "ANY_CALL": ("CALL", "RINGLESS_VOICEMAIL"),
    "ANY_MESSAGE": ("TEXT", "EMAIL", "PUSH", "SOCIAL_PRIVATE"),
    "ANY_CONTACT": (
        "CALL", "RINGLESS_VOICEMAIL", "TEXT", "EMAIL", "PUSH", "LETTER", "POSTCARD", "VISIT", "VISIT_CARD",
        "SOCIAL_PRIVATE", "SOCIAL_PUBLIC",
    ),
    "ANY_THIRD_PARTY": (
        "SPOUSE", "RELATIVE", "NEIGHBOUR", "COLLEAGUE", "EMPLOYER", "FRIEND", "REFEREE", "RESERVED_CONTACT",
        "THIRD_PARTY_LOCATION", "SUPPLEMENTARY_HOLDER", "OTHER",
    ),
}  # fmt: skip
MEDIUM = """CASE WHEN e.act IN ('CALL', 'RINGLESS_VOICEMAIL') THEN 'PHONE' WHEN e.act IN ('LETTER', 'POSTCARD')
 THEN 'LETTER' WHEN e.act LIKE 'VISIT%%' THEN 'VISIT' WHEN e.act LIKE 'SOCIAL%%' THEN 'SOCIAL' ELSE e.act END"""
SPOKEN = "('ANSWERED', 'CONVERSATION')"
EFFECTIVE_TALK = ({"verified": True}, {"talk_seconds": {"min": 10}})  # where a pack says nothing
FIELDS_OF_RULES = frozenset({
    "id", "kind", "code", "effect", "strength", "instrument", "article", "confidence", "valid_from", "valid_to",
    "note", "text", "when", "unless", "unknown",
})  # fmt: skip


class Unsaid(Exception):
    """This rule, or this part of one, is not written in SQL; the message names what."""


class Query(NamedTuple):
    """A condition on `e`, a permitted contact, under which the rule refuses it, with the values it names."""

    condition: str
    values: Mapping[str, Any]


class Values:
    """Values that go into a query under fresh names."""

    def __init__(self) -> None:
        self.named: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        """The placeholder of a value."""
        name = f"v{len(self.named)}"
        self.named[name] = value
        return f"%({name})s"


class Writing(NamedTuple):
    """What a rule is written in SQL from, and where its values go."""

    rule: Mapping[str, Any]
    pack: Mapping[str, Any]
    values: Values


def query_of(rule: Mapping[str, Any], pack: Mapping[str, Any]) -> Query:
    """The rule of a pack (both as in its file) as a condition on a permitted contact; raises Unsaid."""
    families = {
        "forbid": _forbid, "require": _require, "cap": _cap, "hours": _hours, "hold": _hold, "opt_out": _opt_out,
    }  # fmt: skip
    if rule["kind"] not in families or rule.get("effect", "DENY") not in ("DENY", "REVIEW"):
        raise Unsaid(f"{rule['kind']} {rule.get('effect')}")
    values = Values()
    parts = [
        predicate(rule.get("when", {}), values),
        *(f"({predicate(e['when'], values)}) IS NOT TRUE" for e in rule.get("unless", ())),
        families[rule["kind"]](Writing(rule, pack, values)),
    ]
    return Query(" AND ".join(f"({part})" for part in parts), values.named)


def predicate(stated: Any, values: Values) -> str:
    """A predicate, or alternatives of them, as SQL: true where it certainly holds, false or null where not."""
    if isinstance(stated, Sequence):
        return " OR ".join(f"({predicate(one, values)})" for one in stated)
    return " AND ".join(_condition(name, value, values) for name, value in stated.items()) or "true"


def _condition(name: str, value: Any, values: Values) -> str:
    if name in _STANDING_LISTS:
        wanted = value if isinstance(value, list) else [value]
        if isinstance(value, Mapping):
            raise Unsaid(f"{name} {sorted(value)}")
        return " OR ".join(_STANDING_LISTS[name](values.add(one)) for one in wanted)
    if name == "to_debtor":
        return f"(e.to_key IN ('', e.customer_id::text)) = {values.add(bool(value))}"
    if name not in COLUMNS and (name not in OF_ACT or OF_ACT[name].home not in ("more", "known")):
        raise Unsaid(name)  # worked out by the judge
    found = COLUMNS.get(name) or (
        f"coalesce(e.more->>{values.add(name)}, e.facts->'known'->>{values.add(name)})"
    )
    listed = f"coalesce(e.more->{values.add(name)}, e.facts->'known'->{values.add(name)})::jsonb"
    return _compared(found, listed, value, values)


def _compared(found: str, listed: str, value: Any, values: Values) -> str:
    if not isinstance(value, Mapping):
        wanted = [_text(one) for one in (value if isinstance(value, list) else [value])]
        wanted = [one for name in wanted for one in GROUPS.get(name, (name,))]
        return f"{found} = ANY ({values.add(wanted)}::text[])"
    parts = []
    for how, than in value.items():
        match how:
            case "min":
                parts.append(f"({found})::numeric >= {values.add(than)}")
            case "max":
                parts.append(f"({found})::numeric <= {values.add(than)}")
            case "not":
                wanted = [_text(one) for one in (than if isinstance(than, list) else [than])]
                wanted = [one for name in wanted for one in GROUPS.get(name, (name,))]
                parts.append(f"{found} <> ALL ({values.add(wanted)}::text[])")
            case "given":
                parts.append(f"({found} IS NOT NULL) = {values.add(than)}")
            case "all":
                parts.append(f"{listed} ?& {values.add(list(than))}::text[]")
            case _:
                raise Unsaid(how)
    return " AND ".join(parts)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# What was known of a person when she was locked is known by its count; when it speaks, by its own times.
_STANDS = """EXISTS (SELECT FROM portfolio_standingfact s WHERE s.customer_id = e.customer_id
 AND s.known_seq <= e.facts_seq AND (s.ended_seq IS NULL OR s.ended_seq > e.facts_seq)
 AND s.from_at <= e.at AND (s.until_at IS NULL OR e.at < s.until_at)
 AND (s.debts = '[]' OR e.debts = '{}' OR s.debts ?| e.debts) AND """
_HELD = """EXISTS (SELECT FROM casework_hold h WHERE h.customer_id = e.customer_id
 AND h.known_seq <= e.facts_seq AND (h.lifted_seq IS NULL OR h.lifted_seq > e.facts_seq)
 AND h.from_on <= (e.at AT TIME ZONE %(zone)s)::date
 AND (h.until_on IS NULL OR (e.at AT TIME ZONE %(zone)s)::date < h.until_on)
 AND (h.debts = '[]' OR e.debts = '{}' OR h.debts ?| e.debts) AND """
_AGREED_BY_THE_SENDING = """EXISTS (SELECT FROM portfolio_standingfact s WHERE s.customer_id = e.customer_id
 AND s.kind = 'CONSENT' AND s.detail->>'scope' = {scope} AND s.from_at <= coalesce(e.sent_at, e.at)
 AND (s.until_at IS NULL OR coalesce(e.sent_at, e.at) < s.until_at))"""  # given after the permit, and judged by
_STANDING_LISTS: Mapping[str, Callable[[str], str]] = {
    "standing": lambda kind: (
        f"{_STANDS} s.kind = {kind} AND (s.kind <> 'THIRD_PARTY_STOP' OR s.detail->>'to' = e.to_key)"
        ")"
    ),
    "consents": lambda scope: (
        f"{_STANDS} s.kind = 'CONSENT' AND s.detail->>'scope' = {scope}"
        f" AND (s.detail->'media' IS NULL OR s.detail->'media' ? ({MEDIUM}))"
        " AND (s.detail->'points' IS NULL OR s.detail->'points' ? e.point))"
    ),
    "holding": lambda kind: f"{_HELD} h.reason = {kind})",
}


def _only(rule: Mapping[str, Any], *names: str) -> None:
    if unknown := set(rule) - FIELDS_OF_RULES - set(names):
        raise Unsaid(", ".join(sorted(unknown)))


def _forbid(writing: Writing) -> str:
    _only(writing.rule)
    return "true"


def _require(writing: Writing) -> str:
    _only(writing.rule, "needs")
    needs = predicate(writing.rule["needs"], writing.values)
    return (
        f"({needs}) IS NOT TRUE" if writing.rule.get("unknown") == "DENY" else f"({needs}) IS FALSE"
    )


def _hours(writing: Writing) -> str:
    """Closed at the moment of the permit, or at that of sending, in one of the zones."""
    _only(writing.rule, "opens", "closes", "zones", "holidays", "consent", "consent_code")
    if writing.rule.get("holidays", "NEVER_ASKED") != "NEVER_ASKED":
        raise Unsaid("holidays")
    zones = [
        "%(zone)s" if zone == "DEBTOR" else writing.values.add(zone)
        for zone in writing.rule["zones"]
    ]
    opens, closes = (
        writing.values.add(writing.rule["opens"]),
        writing.values.add(writing.rule["closes"]),
    )
    agreed, agreed_since = ("false", "false")
    if "consent" in writing.rule:
        agreed = predicate({"consents": writing.rule["consent"]}, writing.values)
        agreed_since = _AGREED_BY_THE_SENDING.format(
            scope=writing.values.add(writing.rule["consent"])
        )

    def closed(moment: str) -> str:
        return " OR ".join(
            f"({moment} AT TIME ZONE {zone})::time < {opens}::time"
            f" OR ({moment} AT TIME ZONE {zone})::time >= {closes}::time"
            for zone in zones
        )

    when_sent = "coalesce(e.sent_at, e.at)"
    return (
        f"({agreed}) IS NOT TRUE AND"
        f" ({closed('e.at')} OR ({closed(when_sent)}) AND ({agreed_since}) IS NOT TRUE)"
    )


def _hold(writing: Writing) -> str:
    _only(writing.rule, "holds", "by_part")  # a hold of the desk is on whole debts
    return f"{_HELD} h.effects ? 'CONTACT' AND h.reason = ANY ({writing.values.add(writing.rule['holds'])}::text[]))"


def _opt_out(writing: Writing) -> str:
    _only(writing.rule, "reads", "by", "media")
    return (
        f"{_STANDS} s.kind = 'OPT_OUT'"
        f" AND (s.detail->'media' IS NULL OR s.detail->'media' ? ({MEDIUM}))"
        " AND (s.detail->'points' IS NULL OR s.detail->'points' ? e.point))"
    )


def _cap(writing: Writing) -> str:
    """As many of what counts, or more, in the window before the contact; or a part of the window was not looked at."""
    _only(writing.rule, "counts", "max", "agreed", "window", "per", "pool", "zone")
    per = writing.rule.get("per", "PERSON")
    shares = {
        "PERSON": "true",
        "POINT": "t.point = e.point AND e.point <> ''",
        "TO": "coalesce(nullif(t.to_key, ''), t.customer_id::text)"
        " = coalesce(nullif(e.to_key, ''), e.customer_id::text)",
    }
    pools = {
        "ALL": "true",
        "COLLECTOR": "t.collector = e.collector",
        "ACTOR": "t.actor = e.actor",
    }
    wanted = per if isinstance(per, list) else [per]
    if not set(wanted) <= set(shares):
        raise Unsaid(f"per {per}")
    zone = writing.rule.get("zone", "DEBTOR")
    begins = _begins(
        writing.rule["window"],
        "%(zone)s" if zone == "DEBTOR" else writing.values.add(zone),
        writing.values,
    )
    most = writing.values.add(writing.rule["max"])
    if agreed := writing.rule.get("agreed"):
        most = f"coalesce((e.facts->'known'->>{writing.values.add(agreed)})::int, {most})"
    counted = _counts(writing.rule["counts"], writing.pack, writing.values)
    pool = pools[writing.rule.get("pool", "ALL")]
    return f"""((e.facts->>'since')::timestamptz > {begins} OR (SELECT count(*) FROM contact_event t
 WHERE t.customer_id = e.customer_id AND t.id <> e.id AND t.at < e.at AND t.at >= {begins} - interval '1 hour'
 AND coalesce(t.sent_at, t.at) >= {begins} AND coalesce(t.sent_at, t.at) < e.at AND t.recorded_at < e.at
 AND t.state IN ('RESERVED', 'SENT', 'ENDED', 'REPORTED') AND {" AND ".join(shares[one] for one in wanted)}
 AND {pool} AND {counted}) >= {most})
 AND {_counts_itself(writing.rule["counts"], writing.values)}"""


def _begins(window: Mapping[str, Any], zone: str, values: Values) -> str:
    match window:
        case {"period": "DAY" | "WEEK" | "MONTH" as period}:
            return f"date_trunc('{period.lower()}', e.at AT TIME ZONE {zone}) AT TIME ZONE {zone}"
        case {"days": int(days)}:
            back = values.add(days - 1)
            return f"(date_trunc('day', e.at AT TIME ZONE {zone}) - {back} * interval '1 day') AT TIME ZONE {zone}"
        case {"minutes": int(number)}:
            return f"e.at - {values.add(number)} * interval '1 minute'"
        case {"hours": int(number)}:
            return f"e.at - {values.add(number)} * interval '1 hour'"
    raise Unsaid(f"window {window}")


def _counts(counts: Mapping[str, Any], pack: Mapping[str, Any], values: Values) -> str:
    parts = []
    for name, value in counts.items():
        if name == "effective_talk" and value is True:
            parts.append(_effective(pack, values))
        elif name in ("act", "direction", "role", "actor", "outcome", "place"):
            known = [one for one in value if one] if isinstance(value, list) else value
            parts.append(_compared(f"t.{name}", "", known, values))
        else:
            raise Unsaid(f"counts {name}")
    return " AND ".join(parts)


def _counts_itself(counts: Mapping[str, Any], values: Values) -> str:
    parts = [
        _compared(f"e.{name}", "", value, values)
        for name, value in counts.items()
        if name in ("act", "direction", "role", "actor", "place")
    ]
    return " AND ".join(parts) or "true"


def _effective(pack: Mapping[str, Any], values: Values) -> str:
    """A talk the pack calls effective, by the line: what is certain, not what is merely not known to be none."""
    ways = []
    for way in pack["pack"].get("effective_talk", EFFECTIVE_TALK):
        parts = []
        for name, value in way.items():
            if name == "verified":
                parts.append(f"t.verified IS {'TRUE' if value else 'NOT TRUE'}")
            elif name == "talk_seconds":
                least = value["min"] if isinstance(value, Mapping) else value
                parts.append(f"t.talk_seconds >= {values.add(least)}")
            else:
                raise Unsaid(f"effective_talk {name}")
        ways.append("(" + " AND ".join(parts) + ")")
    spoken = f"(t.outcome IN {SPOKEN} OR t.talk_seconds > 0)"
    return f"t.act = 'CALL' AND {spoken} AND ({' OR '.join(ways)})"
