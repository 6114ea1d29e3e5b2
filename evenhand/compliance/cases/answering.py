"""The judge's answers to worked cases of the United States, the United Kingdom and others, in the cases' own keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from evenhand.compliance.cases.abroad import CaseError, Given, code, day, facts_of, only, wanted
from evenhand.compliance.deadlines import deadlines
from evenhand.compliance.facts import Act, Facts
from evenhand.compliance.judge import judge
from evenhand.compliance.nexts import next_allowed
from evenhand.compliance.packs import Pack, Rule
from evenhand.compliance.texts.messages import limited_content
from evenhand.compliance.texts.replies import reads_as_opt_out
from evenhand.compliance.verdict import Verdict
from evenhand.compliance.vocabulary import (
    ACTS,
    BASES,
    HOLDS,
    OUTCOMES,
    PURPOSES,
    ROLES,
    STANDING,
)

DATES = {
    "initial_communication", "sent", "call_date", "last_activity", "register_entry", "treatment_end", "application",
    "last_moratorium_end",
}  # fmt: skip
ABOUT = {"packs", "collector", "debtor", "debts", "holds"}
FURNISHING = {"letter_sent", "spoke", "undeliverable", "proposed_date"}


def answer(given: Given, packs: Sequence[Pack], expect: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a case of any kind; `expect` says only whether the costly keys are asked. CaseError on what is unknown."""
    if "inbound_text" in given:
        only(given, ABOUT | {"inbound_text"}, "given")
        return {"opt_out": reads_as_opt_out(given["inbound_text"])}
    if "message" in given:
        only(given, ABOUT | {"message"}, "given")
        return _message(given["message"])
    if "proposed_date" in given:
        return _judged(_furnishing(given, packs), packs, expect)
    if "proposed" in given:
        facts = facts_of(given)
        _check_words(facts)
        return _judged(facts, packs, expect)
    return _dates(given, packs)


def _check_words(facts: Facts) -> None:
    """Refuse what would silently fit no rule: an act, a role, an outcome, a purpose, a basis or a hold nobody knows."""
    act, events = facts.act, facts.events
    said: list[tuple[frozenset[str], list[str]]] = [
        (ACTS, [act.act, *(event.act for event in events)]),
        (ROLES, [act.role, *(event.role for event in events)]),
        (OUTCOMES | {""}, [act.outcome, *(event.outcome for event in events)]),
        (PURPOSES | {""}, [act.purpose]),
        (BASES | {""}, [act.basis]),
        (HOLDS, [hold.kind for hold in facts.holds]),
        (STANDING, [fact.kind for fact in facts.standing]),
    ]
    for known, words in said:
        for word in words:
            if word not in known:
                raise CaseError(
                    f"{word!r} is not known, expected one of {', '.join(sorted(known))}"
                )


def _message(message: Given) -> dict[str, Any]:
    only(message, {"medium", "for", "text", "prerecorded", "state_addition"}, "message")
    reading = limited_content(
        wanted(message, "text", "message"),
        medium=code(wanted(message, "medium", "message")),
        to=code(wanted(message, "for", "message")),
        state_addition=message.get("state_addition"),
    )
    return {
        "limited_content": reading.limited_content,
        "communication": reading.communication,
        "attempt_to_communicate": reading.attempt_to_communicate,
    }


def _dates(given: Given, packs: Sequence[Pack]) -> dict[str, Any]:
    only(given, ABOUT | DATES | {"moratorium"}, "given")
    named = {key: day(given, key, "given") for key in DATES & set(given)}
    if not named:
        raise CaseError("given: neither an act nor a date, expected `proposed` or one of "
                        + ", ".join(sorted(DATES)))  # fmt: skip
    known: dict[str, Any] = {key: on.isoformat() for key, on in named.items()}
    if "moratorium" in given:
        known["moratorium"] = code(given["moratorium"])
    at = datetime.combine(max(named.values()), time(), ZoneInfo(packs[0].zone))
    found = {
        name: due.day
        for name, due in deadlines(Facts(Act(at, "HOLD_RECEIVED"), known=known), packs).items()
    }
    answers: dict[str, Any] = {name: on and on.isoformat() for name, on in found.items()}
    if "application" in named:
        first = found.get("eligible_from")
        answers["eligible"] = first is None or named["application"] >= first
    return answers


def _furnishing(given: Given, packs: Sequence[Pack]) -> Facts:
    """Reporting a debt to a bureau on a day: the first moment of it in the pack's zone."""
    only(given, ABOUT | FURNISHING, "given")
    on = day(given, "proposed_date", "given")
    names = {"letter_sent": "letter_sent", "undeliverable": "letter_undeliverable"}
    known: dict[str, Any] = {names[key]: given[key] for key in names if given.get(key)}
    if "spoke" in given:
        dated = isinstance(given["spoke"], str)
        known["spoke"] = day(given, "spoke", "given") <= on if dated else bool(given["spoke"])
    at = datetime.combine(on, time(), ZoneInfo(packs[0].zone))
    return Facts(Act(at, "FURNISH", collector=given.get("collector", "")), known=known)


def _judged(facts: Facts, packs: Sequence[Pack], expect: Mapping[str, Any]) -> dict[str, Any]:
    verdict = judge(facts, packs)
    found: dict[str, Any] = {
        "decision": verdict.decision.lower(),
        "reasons": [reason.code for reason in verdict.reasons],
        "presumption": verdict.presumption.lower(),
        "flags": list(verdict.flags),
        "actions": list(verdict.actions),
    }
    rule = _counting_rule(packs)
    if rule is not None and {"counts", "counted"} & set(expect):
        found["counted"] = bool(verdict.counted.get(rule.id))
        found["counts"] = _counts(facts, packs, rule, verdict)
    if "next_allowed" in expect:
        found["next_allowed"] = _next(facts, packs)
    return found


def _counting_rule(packs: Sequence[Pack]) -> Rule | None:
    """The first rule that counts by debt: the one the `counts` of a case are about."""
    return next(
        (r for p in packs for r in p.rules if r.kind == "cap" and "DEBT" in r.content["per"]), None
    )


def _counts(facts: Facts, packs: Sequence[Pack], rule: Rule, verdict: Verdict) -> dict[str, Any]:
    """Per debt, before and after the act. Of an act the rule does not speak of, as if nothing were added."""
    added = verdict.counted.get(rule.id, ())
    after = verdict.counts.get(rule.id)
    if after is None:
        asked = next(iter(sorted(rule.acts)))
        other = judge(facts._replace(act=facts.act._replace(act=asked)), packs)
        of_other = other.counted.get(rule.id, ())
        after = {k: n - (k in of_other) for k, n in other.counts.get(rule.id, {}).items()}
    several = len({debt.group or debt.key for debt in facts.debts}) > 1
    said = [facts.act.more, *(event.more for event in facts.events)]
    unnamed = several and any(more.get("debts_mentioned") == [] for more in said)
    found: dict[str, Any] = {"may_choose": unnamed, "min_debts_incremented": len(added)}
    for debt, count in after.items():
        found[f"{debt}_after"] = count
        found[f"{debt}_before"] = count - (debt in added)
    return found


def _next(facts: Facts, packs: Sequence[Pack]) -> str | None:
    at = next_allowed(facts, packs)[facts.act.act]
    if at is None:
        return None
    zone = ZoneInfo(facts.locations[0].zone if facts.locations else packs[0].zone)
    return at.astimezone(zone).date().isoformat()
