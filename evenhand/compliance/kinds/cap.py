"""Capped windows: no more than so many of these in so much time, counted per person, debt, number or who is reached."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from evenhand.compliance import past
from evenhand.compliance.facts import Event
from evenhand.compliance.kinds.common import Check, Context, Found, Run
from evenhand.compliance.kinds.consents import CallConsent, read_call_consent
from evenhand.compliance.kinds.windows import Window, read_window
from evenhand.compliance.packfile.predicates import Predicate
from evenhand.compliance.packfile.questions import OF_ACT
from evenhand.compliance.packfile.tables import Table
from evenhand.compliance.situation import Situation

PER = frozenset({"PERSON", "DEBT", "POINT", "TO", "PLACE"})
POOLS = frozenset({"ALL", "COLLECTOR", "ACTOR"})
SLOTS = frozenset({
    "count", "after", "max", "days", "period", "minutes", "by", "by_bank", "by_agencies", "until", "per", "from",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counter:
    """Which events count, in which window, and with which of them the act shares a bucket."""

    window: Window
    acts: frozenset[str] | None
    directions: frozenset[str] | None
    matches: past.Matches | None  # what is asked beside act and direction; None: nothing
    matches_act: past.MatchesAct | None  # the same of the act itself
    per: frozenset[str]
    pool: str
    consent: CallConsent | None

    def events(self, situation: Situation) -> list[Event]:
        """The events that count, but for the debt: in the window, alike, of the same bucket, not excused."""
        found, matches = situation.happened(self.acts, self.directions, self.window), self.matches
        if found and matches is not None:
            found = [event for event in found if matches(event)]
        if found and (self.pool != "ALL" or not self.per <= _OF_ALL):
            found = [e for e in found if self._shares(situation, e)]
        if found and self.consent is not None:
            excused = self.consent.excused(situation)
            found = [e for e in found if not excused(e.at)]
        return found

    def counts_act(self, situation: Situation) -> bool:
        """Whether the act itself would count."""
        act = situation.act
        if (self.acts is not None and act.act not in self.acts) or (
            self.directions is not None and act.direction not in self.directions
        ):
            return False
        if self.matches_act is not None and not self.matches_act(act):
            return False
        return self.consent is None or not self.consent.excused(situation)(situation.at)

    def _shares(self, situation: Situation, event: Event) -> bool:
        act = situation.act
        if self.pool == "COLLECTOR" and event.collector != act.collector:
            return False
        if self.pool == "ACTOR" and event.actor != act.actor:
            return False
        if "POINT" in self.per and event.point != act.point and event.point and act.point:
            return False
        if "PLACE" in self.per and event.place != act.place and event.place and act.place:
            return False
        person = situation.person
        return "TO" not in self.per or (event.to or person) == (act.to or person)


_OF_ALL = frozenset({"PERSON", "DEBT"})


def read_counter(table: Table, context: Context, *, unreported: bool) -> tuple[Counter, Predicate]:
    """`counts`, `window`, `zone`, `per`, `pool`, `consent` of a cap or a measure."""
    counts = context.of_event().read(table.raw("counts"), "counts")
    per = frozenset(table.codes("per", PER, ("PERSON",)))
    if len(per) > 1 and "PERSON" in per:
        table.refuse("per", "names PERSON beside others, which changes nothing")
    window = read_window(table, context)
    rest = Predicate(
        tuple(c for c in counts.conditions if c.question.name not in ("act", "direction"))
    )
    counter = Counter(
        window=window,
        acts=allowed(counts, "act"),
        directions=allowed(counts, "direction"),
        matches=past.compiled(rest, context.effective, unreported=unreported)
        if rest.conditions
        else None,
        matches_act=past.compiled_for_act(rest) if rest.conditions else None,
        per=per,
        pool=table.code("pool", POOLS, "ALL"),
        consent=read_call_consent(table, context),
    )
    return counter, counts


class Limit(NamedTuple):
    """How many may be: the pack's number, unless what is known by the name `agreed` says another."""

    max: int
    agreed: str

    def now(self, situation: Situation) -> int:
        """The number that holds."""
        agreed = situation.asked[self.agreed] if self.agreed else None
        return self.max if agreed is None else int(agreed)


def _limit(table: Table) -> Limit:
    names = {name for name, q in OF_ACT.items() if q.home == "known" and q.kind == "INT"}
    return Limit(table.whole("max", 0), table.code("agreed", names, ""))


def allowed(predicate: Predicate, name: str) -> frozenset[str] | None:
    """The values that a predicate allows of a code; None: any."""
    condition = predicate.of(name)
    return None if condition is None else condition.allowed


def read(table: Table, context: Context) -> Check:
    """A cap: `max` of what `counts`; `agreed` names what is known of another number agreed with the person."""
    limit = _limit(table)
    counter, counts = read_counter(table, context, unreported=True)
    watch = bool(counts.names & {"outcome", "answered", "effective_talk"})
    run = (
        _per_debt(counter, limit, context.rule, watch)
        if "DEBT" in counter.per
        else _in_one(counter, limit, context.rule, watch)
    )
    written = {"max": limit.max, **counter.window.written()}
    return Check(
        run,
        written,
        SLOTS,
        history_days=counter.window.history_days,
        counts=counts,
        consents=counter.consent is not None,
    )


def _in_one(counter: Counter, limit: Limit, rule: str, watch: bool) -> Run:
    per = "PERSON" if counter.per == {"PERSON"} else "+".join(sorted(counter.per))
    written = counter.window.written()

    def run(situation: Situation) -> Found | None:
        most = limit.now(situation)
        events = counter.events(situation)
        if watch and events:
            _watch_the_line(situation, events)
        before, adds = len(events), counter.counts_act(situation)
        situation.counts[rule] = {per: before + adds}
        if adds:
            situation.counted[rule] = (per,)
        if not adds or before < most:
            return None
        return Found(
            {"count": before, "after": before + 1, "max": most, **written, **by_whom(events)},
            _frees(counter, situation, [e.at for e in events], most),
        )

    return run


def _per_debt(counter: Counter, limit: Limit, rule: str, watch: bool) -> Run:
    written = counter.window.written()

    def run(situation: Situation) -> Found | None:
        most = limit.now(situation)
        events = counter.events(situation)
        if watch and events:
            _watch_the_line(situation, events)
        buckets, chosen = allot(situation, events)
        adds = counter.counts_act(situation)
        mine = own_buckets(situation, {key: len(of) for key, of in buckets.items()}) if adds else ()
        situation.counts[rule] = {
            debt: len(buckets.get(key, ())) + (key in mine) for debt, key in situation.keys.items()
        }
        situation.counted[rule] = tuple(d for d, key in situation.keys.items() if key in mine)
        full = [key for key in mine if len(buckets.get(key, ())) >= most]
        if not full:
            return None
        worst = max(full, key=lambda key: (len(buckets.get(key, ())), key))
        seen = buckets.get(worst, [])
        frees = [
            _frees(counter, situation, [e.at for e in buckets.get(key, ())], most) for key in full
        ]
        latest = None if None in frees or chosen else max(f for f in frees if f is not None)
        if chosen:  # which debt a call without names is put to may be chosen anew each day
            latest = counter.window.leaves(situation, min(e.at for e in events)) if most else None
        return Found(
            {
                "count": len(seen),
                "after": len(seen) + 1,
                "max": most,
                "debts": sorted(full),
                **written,
                **by_whom(seen),
            },
            latest,
        )

    return run


def named_debts(situation: Situation, debts: tuple[str, ...], more: Any) -> tuple[list[str], bool]:
    """The buckets that a contact is counted for, and whether one of them is enough: it named none of several."""
    mentioned = more.get("debts_mentioned") if more else None
    keys = situation.keys
    names = mentioned or debts or tuple(keys) or ("",)
    found = sorted({keys.get(name, name) for name in names})
    return found, mentioned is not None and not mentioned and len(found) > 1


def allot(situation: Situation, events: list[Event]) -> tuple[dict[str, list[Event]], bool]:
    """Events by bucket. One that named none of several debts goes to the emptiest, after all others, in time order."""
    buckets: dict[str, list[Event]] = {}
    free: list[tuple[datetime, list[str], Event]] = []
    for event in events:
        names, any_one = named_debts(situation, event.debts, event.more)
        if any_one:
            free.append((event.at, names, event))
            continue
        for name in names:
            buckets.setdefault(name, []).append(event)
    for _, names, event in sorted(free, key=lambda row: (*row[:2], row[2].collector)):
        emptiest = min(names, key=lambda name: (len(buckets.get(name, ())), name))
        buckets.setdefault(emptiest, []).append(event)
    return buckets, bool(free)


def own_buckets(situation: Situation, filled: dict[str, int]) -> tuple[str, ...]:
    """The buckets the act adds to: all it names, or the emptiest where it names none of several."""
    names, any_one = named_debts(situation, situation.act.debts, situation.act.more)
    if any_one:
        return (min(names, key=lambda name: (filled.get(name, 0), name)),)
    return tuple(names)


def _watch_the_line(situation: Situation, events: list[Event]) -> None:
    """Flag what was typed against the line, and outside calls that no line has told of: somebody looks into them."""
    for event in events:
        if event.talk_seconds is None and past.without_record(event):
            situation.flags.append("CALL_RECORD_MISSING")
        elif (event.talk_seconds or event.verified or event.more) and past.contradicted(event):
            situation.flags.append("LINE_CONTRADICTS_RESULT")


def by_whom(events: list[Event]) -> dict[str, Any]:
    """Whose acts were counted."""
    by: dict[str, int] = {}
    for event in events:
        by[event.collector] = by.get(event.collector, 0) + 1
    return {"by": dict(sorted(by.items()))}


def _frees(
    counter: Counter, situation: Situation, instants: list[datetime], most: int
) -> datetime | None:
    """When so many of them have left the window that one more fits."""
    if most == 0:
        return None
    latest_that_must_go = sorted(instants, reverse=True)[most - 1]
    return counter.window.leaves(situation, latest_that_must_go)
