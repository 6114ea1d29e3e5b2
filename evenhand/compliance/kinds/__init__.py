"""The kinds of rule. Each reads its parameters from a table of a pack and gives back what it checks."""

from collections.abc import Callable, Mapping

from evenhand.compliance.kinds import cap, hold, hours, plain
from evenhand.compliance.kinds.common import Check, Context
from evenhand.compliance.tables import Table

KINDS: Mapping[str, Callable[[Table, Context], Check]] = {
    "forbid": plain.read_forbid,
    "require": plain.read_require,
    "cap": cap.read,
    "hours": hours.read,
    "hold": hold.read,
}
