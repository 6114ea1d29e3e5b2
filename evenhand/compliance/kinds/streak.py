"""Streaks: so many a day on so many days running, without a reply."""

from datetime import date, timedelta

from evenhand.compliance import past
from evenhand.compliance.kinds.common import Check, Context, Found
from evenhand.compliance.kinds.windows import DEBTOR, read_zone
from evenhand.compliance.packfile.tables import Table
from evenhand.compliance.situation import Situation
from evenhand.compliance.zones import ONE_DAY, local_day, midnight

SLOTS = frozenset({"per_day", "days", "run"})


def read(table: Table, context: Context) -> Check:
    """`counts`, `per_day`, `days` running up to today, the act included, or to yesterday; a `broken_by` starts anew."""
    counts = context.of_event().read(table.raw("counts"), "counts")
    per_day, days = table.whole("per_day", 1), table.whole("days", 2)
    zone = read_zone(table, "zone", DEBTOR)
    matches, matches_act = past.compiled(counts, context.effective), past.compiled_for_act(counts)
    breaks = None
    if "broken_by" in table.left:
        breaks = past.compiled(
            context.of_event().read(table.raw("broken_by"), "broken_by"),
            context.effective,
            unreported=False,
        )

    def run(situation: Situation) -> Found | None:
        name = situation.home_zone if zone == DEBTOR else zone
        today = situation.there(name).day
        events = [e for e in situation.facts.events if e.at <= situation.at]
        last = max((e.at for e in events if breaks is not None and breaks(e)), default=None)
        by_day: dict[date, int] = {}
        for event in events:
            if matches(event) and (last is None or event.at > last):
                day = local_day(name, event.at)
                by_day[day] = by_day.get(day, 0) + 1
        if matches_act(situation.act):
            by_day[today] = by_day.get(today, 0) + 1
        ending_today, before = _run(by_day, today, per_day), _run(by_day, today - ONE_DAY, per_day)
        longest = ending_today or before
        if longest < days:
            return None
        return Found(
            {"per_day": per_day, "days": days, "run": longest}, midnight(name, today + ONE_DAY)
        )

    return Check(
        run, {"per_day": per_day, "days": days}, SLOTS, history_days=days + 1, counts=counts
    )


def _run(by_day: dict[date, int], last: date, least: int) -> int:
    length = 0
    while by_day.get(last - timedelta(days=length), 0) >= least:
        length += 1
    return length
