"""Facts at the edges of a pack's numbers: for every number of every rule, acts that it tells apart.

A rule is tried by itself, with the measures and calendars it reads; two packs differ by one number changed by one. The
probes try every fact near the edge that its kind of rule could mean, and ask whether any verdict differs.
"""

import copy
import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from evenhand.compliance.facts import Act, Debt, Event, Facts, Hold, Location, Standing
from evenhand.compliance.judge import judge
from evenhand.compliance.packfile.questions import GROUPS, OF_ACT, OF_EVENT
from evenhand.compliance.packfile.reading import read_pack
from evenhand.compliance.packfile.tables import minutes_of
from evenhand.compliance.packs import Pack
from evenhand.compliance.verdict import Verdict

Content = dict[str, Any]
Path = tuple[str | int, ...]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NUMBERS = frozenset({
    "max", "min", "days", "minutes", "hours", "months", "years", "business_days", "first_day", "per_day", "fresh_days",
    "days_ago_min", "days_ago_max", "days_min", "days_max", "talk_seconds",
})  # fmt: skip
TIMES = frozenset({"opens", "closes"})
PLACE = {"zone": "Asia/Shanghai"}


def numbers_of(content: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of every number in what a rule, a measure or a pack says."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            if key in ("text", "unless") and key == "text":
                continue
            yield from numbers_of(value, (*path, key))
    elif isinstance(content, list):
        for place, value in enumerate(content):
            yield from numbers_of(value, (*path, place))
    elif (isinstance(content, int) and not isinstance(content, bool)) or (
        isinstance(content, str)
        and (path[-1] in TIMES or "by_day" in path)
        and minutes_of(content) is not None
    ):
        yield path


def changed(content: Content, path: Path, by: int) -> Content:
    """The same with one number changed: a time by minutes, a first day from 1 to 0 or back."""
    other = copy.deepcopy(content)
    inner = other
    for step in path[:-1]:
        inner = inner[step]
    value = inner[path[-1]]
    if path[-1] == "first_day":
        inner[path[-1]] = 1 - value
    elif isinstance(value, str):
        minute = minutes_of(value) + by
        inner[path[-1]] = f"{minute // 60:02d}:{minute % 60:02d}"
    else:
        inner[path[-1]] = value + by
    return other


def alone(pack: Pack, rule: Content) -> Content:
    """A pack of one rule, with what it reads."""
    whole = pack.content
    said = repr(rule)
    parts = {
        "pack": {k: v for k, v in whole["pack"].items() if k != "applies_to"},
        "rule": [rule],
        "measure": [m for m in whole.get("measure", []) if repr(m["name"]) in said],
        "calendar": [c for c in whole.get("calendar", []) if repr(c["name"]) in said],
    }
    if "effective_talk" in whole:
        parts["effective_talk"] = whole["effective_talk"]
    return dated(parts)


def dated(content: Any) -> Any:
    """Canonical content as TOML gives it: ISO text that is a date becomes one."""
    if isinstance(content, Mapping):
        return {k: dated(v) if k != "text" else v for k, v in content.items()}
    if isinstance(content, list):
        return [dated(v) for v in content]
    if isinstance(content, str) and len(content) == 10 and content[4] == content[7] == "-":
        return date.fromisoformat(content)
    return content


def read(content: Content) -> Pack:
    """The pack, binding whoever acts."""
    return read_pack(content, "probe").binding_all()


def differs(one: Pack, other: Pack, rule: Content, day: date) -> bool:
    """Whether any probe is judged differently by the two."""
    return any(
        said_of(judge(facts, [one])) != said_of(judge(facts, [other]))
        for facts in probes(one, rule, day)
    )


def said_of(verdict: Verdict) -> tuple[Any, ...]:
    """What a verdict decides, its numbers left out."""
    return (
        verdict.decision, [(r.code, r.decision) for r in verdict.reasons], verdict.flags, verdict.actions,
        verdict.presumption,
    )  # fmt: skip


def probes(pack: Pack, rule: Content, day: date) -> Iterator[Facts]:
    """Facts near every edge of a rule that is tried by itself."""
    zone = pack.zone
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    conditions = [rule.get("when", {})]
    extra = [*(u["when"] for u in rule.get("unless", [])), *_alternatives(rule)]
    for more in [{}, *extra]:
        for said in assignments({**conditions[0], **more}, pack):
            for facts in _kinds(pack, rule, said, noon, zone):
                yield _with(facts, said, pack, noon)


def _alternatives(rule: Content) -> list[Content]:
    needs = rule.get("needs", rule.get("alternatives", []))
    return needs if isinstance(needs, list) else [needs]


def assignments(predicate: Content, pack: Pack) -> Iterator[dict[str, Any]]:
    """Values that meet a predicate, and for its numbers those on either side of each edge."""
    names = list(predicate)
    choices = [list(_values(name, predicate[name])) for name in names]
    for combination in itertools.islice(itertools.product(*choices), 400):
        yield dict(zip(names, combination, strict=True))


def _values(name: str, asked: Any) -> Iterator[Any]:
    question = OF_ACT.get(name) or OF_EVENT.get(name)
    if isinstance(asked, Mapping):
        if "given" in asked:
            yield None if not asked["given"] else _some(name, question)
        elif "all" in asked:
            yield list(asked["all"])
        elif "not" in asked and isinstance(asked["not"], bool):
            yield None
        elif "not" in asked:
            yield _other(question, asked["not"])
        else:
            edges = [v for k, v in asked.items() if isinstance(v, int)]
            for value in sorted({v + d for v in edges for d in (-1, 0, 1)}):
                yield (
                    ("days", value, asked.get("after"))
                    if question is not None and question.kind == "DATE"
                    else max(value, 0)
                )
    elif isinstance(asked, list):
        yield _one(name, asked[0], question)
    else:
        yield _one(name, asked, question)


def _one(name: str, value: Any, question: Any) -> Any:
    if name in ("act", "role") and value in GROUPS:
        return sorted(GROUPS[value])[0] if value != "ANY_CONTACT" else "CALL"
    return [value] if question is not None and question.kind == "LIST" else value


def _some(name: str, question: Any) -> Any:
    if question.kind == "DATE":
        return ("days", 400, None)
    if question.kind in ("CODE", "LIST"):
        return _one(name, sorted(question.values)[0], question)
    return {"BOOL": True, "INT": 1}.get(question.kind, "X")


def _other(question: Any, excluded: Any) -> Any:
    words = [excluded] if isinstance(excluded, str) else excluded
    rest = [value for value in sorted(question.values) if value and value not in words]
    preferred = (
        [v for v in ("CONSUMER", "UNANSWERED", "CALL", "COLLECT") if v in rest] or rest or ["OTHER"]
    )
    return [preferred[0]] if question.kind == "LIST" else preferred[0]


def _kinds(
    pack: Pack, rule: Content, said: dict[str, Any], noon: datetime, zone: str
) -> Iterator[Facts]:
    act = Act(noon, "CALL", point="A", place="MOBILE")
    base = Facts(act, "P", (Location("ADDRESS", zone),), (Debt("D1"),))
    yield base
    kind = rule["kind"]
    if kind in ("cap", "lock"):
        yield from _counted(pack, rule, base, zone, said)
    if kind == "hours":
        yield from _clock(rule, base, zone)
    if kind == "streak":
        yield from _streaks(rule, base)
    if kind == "consent":
        for days in range(max(rule.get("fresh_days", 0) - 1, 0), rule.get("fresh_days", 0) + 3):
            consent = Standing("CONSENT", noon - days * DAY, more={"scope": rule["scope"]})
            yield base._replace(standing=(consent,))
    yield from _measured(pack, said, base, zone)


def _measured(pack: Pack, said: dict[str, Any], base: Facts, zone: str) -> Iterator[Facts]:
    """One measure at its edges while as many events meet each of the others as the conditions ask."""
    measures = pack.content.get("measure", [])
    for measure in measures:
        met: list[Event] = []
        for other in measures:
            count = said.get(other["name"], 0)
            if other is not measure and count:
                values = next(iter(assignments(other["counts"], pack)))
                event = next(iter(_events(values, base.act.at, 60)))
                first = base.act.at - (other["window"].get("days", 1) - 1) * DAY
                met += [
                    event._replace(at=first - (n + 1) * timedelta(seconds=1)) for n in range(count)
                ]
        for facts in _counted(pack, measure, base, zone, said):
            yield facts._replace(events=(*facts.events, *met))


def _counted(
    pack: Pack, said: Content, base: Facts, zone: str, act: dict[str, Any]
) -> Iterator[Facts]:
    """So many events as the rule counts, near the start of its window and now, with and without consent to calls."""
    asked = said.get("counts", said.get("after"))
    noon = base.act.at
    edges = [said.get("max", 0)]
    edges += (
        [v for r in pack.content["rule"] for v in _ints(r)]
        if "name" in said and "kind" not in said
        else []
    )
    counts = sorted({n for edge in edges for n in range(max(edge - 1, 0), min(edge, 20) + 2)} | {1})
    seconds = pack.content.get("effective_talk", {}).get("talk_seconds", 10)
    events = [e for values in assignments(asked, pack) for e in _events(values, noon, seconds)]
    if act.get("place"):
        events += [event._replace(place=act["place"]) for event in events]
    for count, at, event in itertools.product(counts, _starts(said, noon, zone), events):
        if said.get("of") == "DAYS":
            made = [event._replace(at=at - n * DAY) for n in range(count)]
        else:
            made = [event._replace(at=at + n * timedelta(milliseconds=1)) for n in range(count)]
        yield base._replace(events=tuple(made))
        yield base._replace(events=tuple(made), act=base.act._replace(place=event.place))
        days = (
            said.get("consent", {}).get("days", 0)
            if isinstance(said.get("consent"), Mapping)
            else 0
        )
        for ago in (days - 1, days) if days else ():
            given = noon - ago * DAY
            before = [e._replace(at=given - (n + 1) * MINUTE) for n, e in enumerate(made)]
            consent = Event(
                given, "EMAIL", "IN", more={"consent_calls_from": given.date().isoformat()}
            )
            yield base._replace(events=(*before, consent))
            yield base._replace(events=(*made, consent))


def _ints(content: Any) -> list[int]:
    return [value for path in numbers_of(content) if isinstance(value := _at(content, path), int)]


def _at(content: Any, path: Path) -> Any:
    for step in path:
        content = content[step]
    return content


def _starts(said: Content, noon: datetime, zone: str) -> list[datetime]:
    window = said.get("window", said)
    there = noon.astimezone(ZoneInfo(zone))
    midnight = there.replace(hour=0, tzinfo=ZoneInfo(zone))
    found = [noon - MINUTE, noon - DAY]
    for days in {window.get("days", 0)} - {0}:
        found += [(midnight - n * DAY).astimezone(UTC) + MINUTE for n in (days - 1, days, days + 1)]
    for key, unit in (("minutes", MINUTE), ("hours", 60 * MINUTE)):
        if key in window:
            found += [
                noon - n * unit + s
                for n in (window[key], window[key] + 1)
                for s in (timedelta(), MINUTE / 2)
            ]
    return [at for at in found if at <= noon]


def _events(said: dict[str, Any], noon: datetime, seconds: int) -> Iterator[Event]:
    fields = {k: v for k, v in said.items() if k in Event._fields and v is not None}
    more = {
        k: _dated(v, noon)
        for k, v in said.items()
        if k not in Event._fields and OF_EVENT[k].home == "more"
    }
    if said.get("reads_as_opt_out"):
        more["text"] = "STOP"
        fields.setdefault("act", "TEXT")
    event = Event(
        **{"at": noon, "act": "CALL", "point": "A", "place": "MOBILE", "more": more, **fields}
    )
    if said.get("effective_talk"):
        for talk in (seconds - 1, seconds, seconds + 1):
            yield event._replace(outcome="CONVERSATION", talk_seconds=talk)
    elif said.get("medium"):
        act = next(
            a
            for a in ("CALL", "TEXT", "EMAIL", "LETTER", "VISIT")
            if a.startswith(said["medium"][:4]) or a == "CALL"
        )
        yield event._replace(act=act)
    else:
        yield event


def _clock(rule: Content, base: Facts, zone: str) -> Iterator[Facts]:
    named = [rule[key] for key in TIMES] + [
        t for pair in rule.get("by_day", {}).values() for t in pair
    ]
    zones = {z if z != "DEBTOR" else zone for z in rule.get("zones", ["DEBTOR"])}
    there = base.act.at.astimezone(ZoneInfo(zone)).replace(hour=0)
    for text, ahead, off, name in itertools.product(named, range(7), (-1, 0, 1), zones):
        wall = (there + ahead * DAY).replace(tzinfo=None) + (minutes_of(text) + off) * MINUTE
        at = wall.replace(tzinfo=ZoneInfo(name)).astimezone(UTC)
        places = tuple(Location("ADDRESS", z) for z in zones)
        yield base._replace(act=base.act._replace(at=at), locations=places)


def _streaks(rule: Content, base: Facts) -> Iterator[Facts]:
    event = Event(base.act.at, rule["counts"]["act"], point="A")
    for days, each in itertools.product(
        range(rule["days"] - 1, rule["days"] + 2), range(rule["per_day"] - 1, rule["per_day"] + 2)
    ):
        yield base._replace(
            events=tuple(
                event._replace(at=base.act.at - d * DAY - (n + 1) * MINUTE)
                for d in range(days + 1)
                for n in range(each)
            )
        )


def _dated(value: Any, noon: datetime, known: Mapping[str, Any] | None = None) -> Any:
    """A number of days as the date it means: before the act, or after another date."""
    if not isinstance(value, tuple):
        return value
    _, days, after = value
    if after is None:
        return (noon - days * DAY).date().isoformat()
    since = (known or {}).get(after)
    start = date.fromisoformat(since) if isinstance(since, str) else noon.date()
    return (start + timedelta(days=days)).isoformat()


def _with(facts: Facts, said: dict[str, Any], pack: Pack, noon: datetime) -> Facts:
    """The facts with what the conditions say of the act and of what is known."""
    act, known, more = facts.act, dict(facts.known), dict(facts.act.more)
    standing, holds, events = list(facts.standing), list(facts.holds), list(facts.events)
    for name, value in sorted(
        said.items(), key=lambda row: isinstance(row[1], tuple) and row[1][2] is not None
    ):
        question = OF_ACT.get(name)
        if question is None or value is None:
            continue
        if question.home == "field":
            act = act._replace(**{name: value})
        elif question.home in ("more", "known"):
            (more if question.home == "more" else known)[name] = _dated(
                value, noon, {**known, **more}
            )
        elif name == "holding":
            holds.append(Hold(value[0], noon - DAY, None))
        elif name == "standing":
            standing.append(Standing(value[0], noon - DAY))
        elif name == "consents":
            standing.append(Standing("CONSENT", noon - DAY, more={"scope": value[0]}))
        elif name == "last_inbound_in_medium":
            days = value[1] if isinstance(value, tuple) else 0
            events.append(Event(noon - days * DAY - MINUTE, act.act, "IN"))
        elif name == "agency_years_uninspected":
            known["agency_inspected_on"] = f"{noon.year - value - 1}-06-30"
    for name, value in said.items():
        if name == "today" and isinstance(value, tuple):
            known[value[2]] = (noon.date() - timedelta(days=value[1])).isoformat()
    return facts._replace(
        act=act._replace(more=more),
        known=known,
        standing=tuple(standing),
        holds=tuple(holds),
        events=tuple(events),
    )
