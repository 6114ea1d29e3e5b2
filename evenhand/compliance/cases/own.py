"""The worked cases that a pack states itself, each judged by that pack alone."""

from collections.abc import Mapping
from typing import Any

from evenhand.compliance.cases.written import facts_written
from evenhand.compliance.checking import check_facts
from evenhand.compliance.facts import Facts
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import Pack, WorkedCase
from evenhand.compliance.verdict import Verdict

EXPECTED = frozenset({"decision", "reasons", "flags", "actions", "presumption"})


def differing(pack: Pack) -> list[str]:
    """A sentence for each worked case that the judge answers otherwise; none where all are met.

    `decision` and `presumption` are to be equal, `reasons`, `flags` and `actions` among what the judge says.
    """
    return [said for case in pack.cases if (said := _difference(pack, case))]


def _difference(pack: Pack, case: WorkedCase) -> str:
    place = f"{pack.label}, case {case.title!r}"
    if not case.expect or not case.expect.keys() <= EXPECTED:
        return f"{place}: expect holds {', '.join(case.expect) or 'nothing'}; known are {', '.join(sorted(EXPECTED))}"
    try:
        facts = _facts(case.given)
        check_facts(facts)
    except (KeyError, TypeError, ValueError) as error:
        return f"{place}: given cannot be read as facts: {error}"
    told = _told(judge(facts, [pack]))
    differs = [
        f"{key} expected {_words(wanted)}, got {_words(told[key])}"
        for key, wanted in case.expect.items()
        if not _meets(wanted, told[key])
    ]
    return f"{place}: {'; '.join(differs)}" if differs else ""


def _facts(given: Mapping[str, Any]) -> Facts:
    """Written by hand with names, or as a verdict stored them with rows in the order of their fields."""
    return Facts.read(given) if isinstance(given.get("act"), list) else facts_written(given)


def _told(verdict: Verdict) -> Mapping[str, Any]:
    return {
        "decision": verdict.decision,
        "reasons": [reason.code for reason in verdict.reasons],
        "flags": list(verdict.flags),
        "actions": list(verdict.actions),
        "presumption": verdict.presumption,
    }


def _meets(wanted: Any, told: Any) -> bool:
    if isinstance(told, list):
        return isinstance(wanted, list) and {str(w).upper() for w in wanted} <= set(told)
    return str(wanted).upper() == str(told)


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) or "nothing" if isinstance(value, list) else str(value)
