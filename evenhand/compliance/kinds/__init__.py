"""The kinds of rule. Each reads its parameters from a table of a pack and gives back what it checks."""

from collections.abc import Callable, Mapping

from evenhand.compliance.kinds import cap, deadline, hold, hours, lock, plain, streak, wishes
from evenhand.compliance.kinds.common import Check, Context
from evenhand.compliance.packfile.tables import Table

KINDS: Mapping[str, Callable[[Table, Context], Check]] = {
    "forbid": plain.read_forbid,
    "require": plain.read_require,
    "cap": cap.read,
    "lock": lock.read,
    "hours": hours.read,
    "preference": wishes.read_preference,
    "hold": hold.read,
    "opt_out": wishes.read_opt_out,
    "consent": wishes.read_consent,
    "streak": streak.read,
    "deadline": deadline.read,
}
