"""From the tables of a pack file to a Pack: keys, dates, sentences, and the checks that a rule can have an effect."""

import string
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from evenhand.compliance import past
from evenhand.compliance.facts import Event
from evenhand.compliance.kinds import KINDS
from evenhand.compliance.kinds.cap import read_counter
from evenhand.compliance.kinds.common import Calendar, Check, Context
from evenhand.compliance.kinds.windows import Window
from evenhand.compliance.packfile.errors import PackError
from evenhand.compliance.packfile.predicates import Predicate, PredicateReader
from evenhand.compliance.packfile.questions import OF_ACT, Question
from evenhand.compliance.packfile.tables import Table, plain
from evenhand.compliance.packs import (
    CONFIDENCES,
    EFFECTS,
    INDEXED,
    LAYERS,
    STRENGTHS,
    Lift,
    Pack,
    Parameter,
    Rule,
    WorkedCase,
    digest_of,
)
from evenhand.compliance.situation import Situation, compiled
from evenhand.compliance.turning import turning_of
from evenhand.compliance.vocabulary import ACTIONS, CONTACTS
from evenhand.compliance.zones import zone
from evenhand.kernel.text import Bilingual

APPLIES_BY = ("actor", "state", "collector", "role", "debt_kinds", "account_phase")
Effective = Callable[[Event], bool | None]


def read_pack(content: Mapping[str, Any], file: str) -> Pack:
    """Read and check all of it; raise PackError at the first thing that is wrong."""
    whole = Table(dict(content), file)
    head = Table(whole.raw("pack"), file, "", "pack")
    name, version, title = head.text("name"), head.text("version"), head.both("title")
    home = head.take(
        "zone", "the name of a time zone", lambda v: isinstance(v, str) and zone(v) is not None
    )
    valid_from, valid_to = read_validity(head)
    applies_to = PredicateReader({n: OF_ACT[n] for n in APPLIES_BY}, file, "").read(
        head.raw("applies_to", {}), "pack.applies_to", empty=True
    )
    effective = _effective(whole, file)
    layer, draft, notes = head.code("layer", LAYERS), head.yes("draft"), head.both_or_none("notes")
    head.finish()
    calendars = _calendars(whole)
    measures, questions, windows = _measures(whole, file, name, home, calendars, effective)
    base = Context(file, "", home, calendars, effective, frozenset(), questions)
    rules = tuple(
        _read_rule(table, base, (valid_from, valid_to), windows) for table in whole.tables("rule")
    )
    parameters = tuple(map(_parameter, whole.tables("parameter")))
    cases = tuple(map(_case, whole.tables("case")))
    whole.finish()
    if not rules and not parameters:
        raise PackError(
            file, "", "rule", "is missing: a pack without rules and parameters says nothing"
        )
    _check_versions(file, [(r.id, r.valid_from, r.valid_to) for r in rules])
    _check_versions(file, [(p.name, p.valid_from, p.valid_to) for p in parameters])
    _check_used(file, rules, calendars, questions)
    _check_same(file, rules)
    _check_applies(file, rules, applies_to)
    history = [w.history_days for w in windows.values()] + [r.check.history_days for r in rules]
    canonical = plain(content)
    return Pack(
        name, version, title, layer, home, compiled(applies_to), applies_to, valid_from, valid_to, draft, notes,
        rules, parameters, cases, calendars, measures,
        max(history, default=0), digest_of(canonical), canonical,
    )  # fmt: skip


def read_validity(table: Table) -> tuple[date, date | None]:
    """`valid_from` and, exclusive, `valid_to`."""
    start, end = table.day("valid_from"), table.day("valid_to", None)
    if end is not None and end <= start:
        table.refuse("valid_to", f"is {end}, expected a day after valid_from, {start}")
    return start, end


def _read_rule(
    table: Table, base: Context, around: tuple[date, date | None], windows: Mapping[str, Window]
) -> Rule:
    table.rule, table.key = str(table.left.get("id", table.key)), ""
    id_ = table.text("id")
    kind = table.code("kind", KINDS)
    effect = table.code("effect", EFFECTS, "DENY" if kind != "deadline" else "ALLOW")
    start, end = read_validity(table)
    _check_around(table, start, end, around)
    context = Context(
        base.file, id_, base.zone, base.calendars, base.effective, frozenset(), base.measures
    )
    content = plain(dict(table.left)) | {"id": id_, "kind": kind, "effect": effect}
    reader = context.of_act()
    when = reader.read(table.raw("when", {}), "when", empty=True)
    asked = when.of("act")
    acts = CONTACTS if asked is None else frozenset(asked.allowed or ())
    if kind == "deadline" and asked is not None:
        table.refuse("when.act", "changes nothing: a deadline judges no act")
    unless = tuple(_exception(inner, reader, when) for inner in table.tables("unless"))
    text = table.both("text")
    rule = {
        "code": table.text("code", "") if kind == "deadline" else table.text("code"),
        "strength": table.code("strength", STRENGTHS),
        "instrument": table.text("instrument"),
        "article": str(
            table.take("article", "some text", lambda v: isinstance(v, str) and bool(v), "")
        ),
        "confidence": table.code("confidence", CONFIDENCES),
        "unknown": table.code("unknown", {"DENY", "REVIEW", "ALLOW"}, ""),
        "presumes": table.code("presumes", {"VIOLATION"}, ""),
    }
    note, actions = table.both_or_none("note"), table.codes("actions", ACTIONS, ())
    check = KINDS[kind](table, context)
    table.finish()
    _check_unknown(table, rule["unknown"], when, check, kind)
    for wording in [text, *(e.text for e in unless if e.text)]:
        _check_slots(table, wording, check)
    conditions = [when, *(lift.predicate for lift in unless), *check.asks]
    asked_measures = frozenset().union(*(c.names for c in conditions)) & windows.keys()
    turning = turning_of(
        conditions,
        windows,
        consents=check.consents,
        ends_on=min((day for day in (end, around[1]) if day is not None), default=None),
        zone=base.zone,
    )
    return Rule(
        id=id_, kind=kind, effect=effect, valid_from=start, valid_to=end, text=text, acts=acts, when=when,
        turning=turning, unless=unless, actions=actions, note=note, check=check, run=check.run, content=content, **rule,
        matches=compiled(when, without=INDEXED) if when.names - INDEXED else None,
        history_days=max([check.history_days, *(windows[name].history_days for name in asked_measures)]),
    )  # fmt: skip


def _exception(table: Table, reader: PredicateReader, when: Predicate) -> Lift:
    predicate = reader.read(table.raw("when"), f"{table.key}.when")
    if all(when.of(c.question.name) is not None and when.of(c.question.name).written == c.written  # type: ignore[union-attr]
           for c in predicate.conditions):  # fmt: skip
        table.refuse(
            "when", "holds whenever the rule's own `when` does: the rule would never apply"
        )
    name = predicate.contradicts(when)
    if name:
        table.refuse(f"when.{name}", "contradicts the rule's own `when`: it would never hold")
    effect = table.code("effect", {"ALLOW", "REVIEW"}, "ALLOW")
    code = str(table.take("code", "a code, or empty", lambda v: isinstance(v, str), ""))
    if effect == "REVIEW" and not code:
        table.refuse("code", "is missing: a review says why")
    text = table.both("text") if "text" in table.left else None
    table.finish()
    return Lift(compiled(predicate), predicate, code, effect, text)


def _check_unknown(table: Table, unknown: str, when: Predicate, check: Check, kind: str) -> None:
    if check.may_be_unknown and not unknown:
        table.refuse(
            "unknown", "is missing: say what holds when it is not known, DENY, REVIEW or ALLOW"
        )
    asks = any(c.absent is None and c.question.home in ("more", "known") for c in when.conditions)
    if unknown == "ALLOW" and not check.may_be_unknown:
        table.refuse("unknown", "changes nothing: what is not known does not match")
    if unknown and not check.may_be_unknown and not asks:
        table.refuse("unknown", f"changes nothing: this {kind} asks only what is always known")


def _check_slots(table: Table, wording: Bilingual, check: Check) -> None:
    for language, sentence in (("zh", wording.zh), ("en", wording.en)):
        try:
            slots = {
                name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None
            }
        except ValueError as problem:
            table.refuse(f"text.{language}", f"has a slot that cannot be read: {problem}")
        wrong = slots - check.slots
        if wrong:
            table.refuse(
                f"text.{language}",
                f"has the slot {sorted(wrong)[0]!r}, expected {', '.join(sorted(check.slots)) or 'none'}",
            )


def _check_around(
    table: Table, start: date, end: date | None, around: tuple[date, date | None]
) -> None:
    if (end is not None and end <= around[0]) or (around[1] is not None and start >= around[1]):
        table.refuse(
            "valid_from", "and valid_to lie outside the pack's own: the rule would never apply"
        )


def _check_versions(file: str, rows: list[tuple[str, date, date | None]]) -> None:
    latest: dict[str, date | None] = {}
    for name, start, end in sorted(rows, key=lambda row: (row[0], row[1])):
        if name in latest and (latest[name] is None or start < latest[name]):  # type: ignore[operator]
            raise PackError(
                file,
                name,
                "valid_from",
                f"is {start}, while an earlier version of the same id is in force",
            )
        latest[name] = end


def _check_used(
    file: str,
    rules: tuple[Rule, ...],
    calendars: Mapping[str, Calendar],
    measures: Mapping[str, Question],
) -> None:
    asked = {
        c.question.name
        for r in rules
        for p in (r.when, *(e.predicate for e in r.unless))
        for c in p.conditions
    }
    asked |= {c.question.name for r in rules for p in r.check.asks for c in p.conditions}
    for name in measures:
        if name not in asked:
            raise PackError(file, "", f"measure.{name}", "is asked by no rule: it changes nothing")
    for name in calendars:
        if name not in {r.check.calendar for r in rules}:
            raise PackError(file, "", f"calendar.{name}", "is read by no rule: it changes nothing")


def _check_same(file: str, rules: tuple[Rule, ...]) -> None:
    seen: dict[str, str] = {}
    for rule in rules:
        said = repr(
            {
                k: v
                for k, v in sorted(rule.content.items())
                if k not in ("id", "text", "note", "article", "instrument")
            }
        )
        if said in seen and seen[said] != rule.id:
            raise PackError(file, rule.id, "", f"says what {seen[said]} says: it changes nothing")
        seen[said] = rule.id


def _check_applies(file: str, rules: tuple[Rule, ...], applies_to: Predicate) -> None:
    for rule in rules:
        name = rule.when.contradicts(applies_to)
        if name:
            raise PackError(
                file,
                rule.id,
                f"when.{name}",
                "contradicts the pack's applies_to: the rule would never apply",
            )


def _calendars(whole: Table) -> dict[str, Calendar]:
    found: dict[str, Calendar] = {}
    for table in whole.tables("calendar"):
        name = table.text("name")
        days = table.take("days", "dates, each once", _dates)
        through = table.day("through")
        table.both_or_none("note")
        if name in found or max(days) > through:
            table.refuse("through", "is before the last of the days, or the name is taken")
        table.finish()
        found[name] = Calendar(name, frozenset(days), through)
    return found


def _dates(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(type(day) is date for day in value)
        and len(set(value)) == len(value)
    )


def _measures(
    whole: Table,
    file: str,
    pack: str,
    home: str,
    calendars: Mapping[str, Calendar],
    effective: Effective,
) -> tuple[dict[str, Callable[[Situation], int]], dict[str, Question], dict[str, Window]]:
    work: dict[str, Callable[[Situation], int]] = {}
    questions: dict[str, Question] = {}
    windows: dict[str, Window] = {}
    for table in whole.tables("measure"):
        name = table.text("name")
        if name in OF_ACT or name in questions:
            table.refuse("name", f"is {name!r}, which is already a name")
        table.rule, table.key = name, ""
        context = Context(file, name, home, calendars, effective, frozenset())
        key = f"{pack}#{name}"
        work[key], windows[name] = read_measure(table, context)
        questions[name] = Question(name, "INT", home="measure", key=key)
    return work, questions, windows


def read_measure(table: Table, context: Context) -> tuple[Callable[[Situation], int], Window]:
    """A number that rules may ask: how many past contacts of some sort lie in a window, or on how many days."""
    from evenhand.compliance.kinds.measure import measure_of

    unreported = table.yes("unreported_counts")
    counter, _ = read_counter(table, context, unreported=unreported)
    work = measure_of(table, context, counter)
    table.finish()
    return work, counter.window


def _effective(whole: Table, file: str) -> Effective:
    """`[effective_talk]`: `talk_seconds` from which an answered call counts, and whether `verified` suffices."""
    table = Table(
        whole.raw("effective_talk", {"verified": True, "talk_seconds": 10}),
        file,
        "",
        "effective_talk",
    )
    seconds, verified = table.whole("talk_seconds", 1), table.yes("verified")
    table.finish()
    return past.effective_talk(seconds, verified=verified)


def _parameter(table: Table) -> Parameter:
    table.rule, table.key = str(table.left.get("name", table.key)), ""
    name = table.text("name")
    value = table.take("value", "a value", lambda v: v is not None)
    start, end = read_validity(table)
    found = Parameter(
        name, plain(value), table.text("unit", ""), table.text("instrument"), table.text("article", ""),
        table.code("strength", STRENGTHS), table.code("confidence", CONFIDENCES), start, end,
        table.both_or_none("note"),
    )  # fmt: skip
    table.finish()
    return found


def _case(table: Table) -> WorkedCase:
    title, given, expect = table.text("title"), table.raw("given"), table.raw("expect")
    table.finish()
    return WorkedCase(title, plain(given), plain(expect))
