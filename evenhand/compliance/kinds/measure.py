"""Measures: numbers about past contacts that a pack names, so that its conditions may ask them."""

from collections.abc import Callable

from evenhand.compliance import past
from evenhand.compliance.kinds.cap import Counter, allot, own_buckets
from evenhand.compliance.kinds.common import Context
from evenhand.compliance.packfile.tables import Table
from evenhand.compliance.situation import Situation
from evenhand.compliance.zones import local_day

OF = frozenset({"EVENTS", "DAYS"})


def measure_of(table: Table, context: Context, counter: Counter) -> Callable[[Situation], int]:
    """`of` EVENTS or DAYS; `before_today` leaves the act's day out; `unbroken_by` starts anew after such an event."""
    of = table.code("of", OF, "EVENTS")
    earlier = table.yes("before_today")
    breaks = None
    if "unbroken_by" in table.left:
        breaks = past.compiled(
            context.of_event().read(table.raw("unbroken_by"), "unbroken_by"), context.effective
        )

    def measure(situation: Situation) -> int:
        events = counter.events(situation)
        zone = counter.window.zone_of(situation)
        if earlier:
            today = situation.there(zone).day
            events = [e for e in events if local_day(zone, e.at) < today]
        if breaks is not None:
            last = max(
                (e.at for e in situation.facts.events if e.at <= situation.at and breaks(e)),
                default=None,
            )
            events = [e for e in events if last is None or e.at > last]
        if of == "DAYS":
            return len({local_day(zone, e.at) for e in events})
        if "DEBT" not in counter.per:
            return len(events)
        filled = {key: len(rows) for key, rows in allot(situation, events)[0].items()}
        return max((filled.get(key, 0) for key in own_buckets(situation, filled)), default=0)

    return measure
