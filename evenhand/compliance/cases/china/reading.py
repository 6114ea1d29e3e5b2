"""What every family's adapter does: read the keys of a worked case, put facts before the real judge, name its answer.

Nothing here knows a number or a day of the law. Where a case states no moment, it is judged when the day's hours open,
on the first day on which every rule of the pack is in force; what a case does not mention is as the pack asks for it.
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from evenhand.compliance.facts import Act, Facts, Location
from evenhand.compliance.judge import judge
from evenhand.compliance.packfile.questions import OF_ACT
from evenhand.compliance.packs import Pack, load_pack
from evenhand.compliance.verdict import Verdict
from evenhand.kernel.money import MoneyError, to_minor

PACK = "cn"
CURRENCY = "CNY"
AN_HOUR = timedelta(hours=1)
VERDICTS: Mapping[str, str] = {"ALLOW": "allow", "REVIEW": "review", "DENY": "deny"}


class CaseError(ValueError):
    """A worked case whose facts cannot be read; the message names the key and what was expected."""


@cache
def cn() -> Pack:
    """The pack the Chinese families are answered from."""
    return load_pack(PACK)


def judged(facts: Facts) -> Verdict:
    """What the judge says by the Chinese pack alone."""
    return judge(facts, (cn(),))


def verdict_of(facts: Facts) -> str:
    """The same as a case writes it: allow, review or deny."""
    return VERDICTS[judged(facts).decision]


def may(facts: Facts) -> bool | str:
    """The same as the answer to a question that starts with `may`: True, False, or review where a person decides."""
    return {"ALLOW": True, "DENY": False}.get(judged(facts).decision, "review")


def strictest(verdicts: Collection[str]) -> str:
    """The strictest of some verdicts as cases write them."""
    order = list(VERDICTS.values())
    return max(verdicts, key=order.index)


def only(given: Mapping[str, Any], keys: Collection[str], what: str = "case") -> None:
    """Refuse keys that nothing would read, and a case that says nothing."""
    if unknown := sorted(set(given) - set(keys)):
        raise CaseError(f"{what} has {', '.join(unknown)}, expected only {', '.join(sorted(keys))}")
    if not given:
        raise CaseError(f"{what} is empty, expected some of {', '.join(sorted(keys))}")


def yes(given: Mapping[str, Any], key: str) -> bool | None:
    """True, False, or None where the case does not say."""
    value = given.get(key)
    if value is not None and not isinstance(value, bool):
        raise CaseError(f"{key} is {value!r}, expected true or false")
    return value


def whole(value: Any, key: str) -> int:
    """A whole number from nought."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CaseError(f"{key} is {value!r}, expected a whole number from nought")
    return value


def prose(given: Mapping[str, Any], key: str) -> str:
    """What a case says in words, in small letters; empty where it says nothing. A list is read as one text."""
    value = given.get(key)
    if value is None:
        return ""
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str) for part in parts):
        raise CaseError(f"{key} is {value!r}, expected words")
    return "; ".join(parts).casefold().replace("_", " ")


def named(text: str, names: Mapping[str, str], key: str = "", default: str | None = None) -> str:
    """The code of the first pattern found in the words; CaseError with `key` where none is and there is no default."""
    for pattern, code in names.items():
        if re.search(pattern, text):
            return code
    if default is None:
        raise CaseError(f"{key} is {text!r}, which is none of what is known here")
    return default


def day(given: Mapping[str, Any], key: str) -> date | None:
    """A day, or None where the case names none."""
    value = given.get(key)
    try:
        return None if value is None else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise CaseError(f"{key} is {value!r}, expected a day as year-month-day") from None


def wall_time(given: Mapping[str, Any], key: str) -> time | None:
    """A time on the wall, or None where the case names none."""
    value = given.get(key)
    try:
        return None if value is None else time.fromisoformat(value)
    except (TypeError, ValueError):
        raise CaseError(f"{key} is {value!r}, expected hours:minutes") from None


def amount_minor(given: Mapping[str, Any], key: str) -> int | None:
    """An amount in minor units, or None where the case names none."""
    value = given.get(key)
    try:
        return None if value is None else to_minor(value, CURRENCY)
    except (MoneyError, TypeError, ValueError):
        raise CaseError(f"{key} is {value!r}, expected an amount in yuan") from None


def zone_name(given: Mapping[str, Any], key: str) -> str | None:
    """The name of a time zone, or None where the case names none."""
    value = given.get(key)
    try:
        return None if value is None else ZoneInfo(value).key
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError):
        raise CaseError(f"{key} is {value!r}, expected the name of a time zone") from None


def moment(on: date | None = None, at: time | None = None, zone: str | None = None) -> datetime:
    """The instant a case speaks of, in UTC; what it leaves out is taken as the module says."""
    opens = time.fromisoformat(cn().rule("CN-COL-HOURS").numbers["opens"])
    there = ZoneInfo(zone or cn().zone)
    return datetime.combine(on or _newest_day(), at or opens, tzinfo=there).astimezone(UTC)


@cache
def _newest_day() -> date:
    rules, parameters = cn().rules, cn().parameters
    return max([r.valid_from for r in rules] + [p.valid_from for p in parameters])


def parameter(name: str, facts: Facts) -> Any:
    """A parameter of the pack on the day of the act."""
    return cn().parameter(name, facts.act.at.astimezone(ZoneInfo(cn().zone)).date())


def ordinary(act: Act, **others: Any) -> Facts:
    """The facts of an act at the bank's place; what the case does not mention is as the pack asks for it."""
    asked = _asked_of(act)
    known = {
        **{k: v for k, v in asked.items() if OF_ACT[k].home == "known"},
        **others.pop("known", {}),
    }
    more = {k: v for k, v in asked.items() if OF_ACT[k].home == "more"} | dict(act.more)
    place = Location("ADDRESS", cn().zone)
    return Facts(act._replace(more=more), **({"locations": (place,), "known": known} | others))


def _asked_of(act: Act) -> dict[str, Any]:
    """What the pack needs of every such act, in the least that is enough."""
    return {
        name: _least(wanted)
        for rule in cn().rules
        if act.act in rule.acts and rule.in_force(act.at.date())
        if rule.kind == "require" and rule.when.names == {"act"}
        for name, wanted in rule.numbers["needs"][0].items()
    }


def asked_least(rule: str, name: str) -> Any:
    """The least of something by one of a rule's alternatives."""
    return next(_least(needs[name]) for needs in cn().rule(rule).numbers["needs"] if name in needs)


def _least(wanted: Any) -> Any:
    return wanted["min"] if isinstance(wanted, Mapping) else wanted
