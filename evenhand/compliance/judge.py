"""May we? All packs that apply are asked, the strictest answer wins, and every rule with something to say is heard."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from evenhand.compliance.facts import Facts
from evenhand.compliance.kinds.common import Found
from evenhand.compliance.packs import Pack, Rule
from evenhand.compliance.situation import Situation
from evenhand.compliance.verdict import STRICTNESS, Decision, Reason, Verdict


def judge(facts: Facts, packs: Sequence[Pack]) -> Verdict:
    """The verdict about `facts.act`, by the packs in force on its day that apply to it.

    Nothing is asked of a clock: the moment of the act is `facts.act.at`.
    """
    measures = [pack.measures for pack in packs if pack.measures]
    situation = Situation(facts, measures, packs[0].zone if packs else "UTC")
    heard = _Heard()
    asked = situation.asked
    for pack in packs:
        day = situation.there(pack.zone).day
        if not pack.in_force(day) or pack.applies(asked) is False:
            continue
        heard.packs.append(pack.label)
        situation.settle(pack.zone)
        for rule in pack.rules_for(facts.act, day):
            matched = True if rule.matches is None else rule.matches(asked)
            if matched is False or (matched is None and not rule.unknown):
                continue
            if rule.presumes and matched:
                heard.presumed = heard.presumed or "COMPLIANCE"
            found = rule.run(situation)
            if found is not None:
                _hear(rule, pack, situation, heard, found, matched is None or found.unknown)
    return heard.verdict(situation)


def _hear(
    rule: Rule, pack: Pack, situation: Situation, heard: "_Heard", found: Found, unsure: bool
) -> None:
    """What a rule that found something has to say, after its exceptions; `unsure`: some of it is not known."""
    if found.agreed is not None:
        if found.agreed:
            heard.say(found.agreed, "ALLOW", rule.id, pack, found.numbers, None)
        return
    effect = (rule.unknown or rule.effect) if unsure else rule.effect
    if unsure and effect == "ALLOW":
        return
    numbers = {**found.numbers, "unknown": True} if unsure else found.numbers
    lifts_at = found.lifts_at
    if rule.turning is not None:
        turns_at = rule.turning.next_after(situation)
        if turns_at is not None and (lifts_at is None or turns_at < lifts_at):
            lifts_at = turns_at
    for exception in rule.unless:
        if exception.holds(situation.asked):
            if rule.presumes and exception.effect != "ALLOW":
                heard.presumed = rule.presumes
            if exception.code:
                heard.say(exception.code, exception.effect, rule.id, pack, numbers, lifts_at)
            return
    if rule.presumes and effect == rule.effect:
        heard.presumed = rule.presumes
    heard.actions.extend(rule.actions)
    heard.say(rule.code, effect, rule.id, pack, numbers, lifts_at)


class _Heard:
    """What the rules have said so far."""

    __slots__ = ("actions", "decision", "flags", "packs", "presumed", "reasons")

    def __init__(self) -> None:
        self.decision: Decision = "ALLOW"
        self.reasons: list[Reason] = []
        self.flags: list[str] = []
        self.actions: list[str] = []
        self.packs: list[str] = []
        self.presumed = ""

    def say(
        self,
        code: str,
        effect: str,
        rule: str,
        pack: Pack,
        numbers: Mapping[str, Any],
        lifts_at: datetime | None,
    ) -> None:
        """Take down one rule's word."""
        if effect == "FLAG":
            self.flags.append(code)
            return
        decision: Decision = effect  # type: ignore[assignment]
        self.reasons.append(Reason(code, decision, rule, pack.label, numbers, lifts_at))
        if STRICTNESS[decision] > STRICTNESS[self.decision]:
            self.decision = decision

    def verdict(self, situation: Situation) -> Verdict:
        """All of it."""
        flags: tuple[str, ...] = ()
        if self.flags or situation.flags:
            flags = tuple(dict.fromkeys([*self.flags, *sorted(situation.flags)]))
        return Verdict(
            self.decision, tuple(self.reasons), situation.counts, flags, tuple(self.packs), self.presumed,
            tuple(dict.fromkeys(self.actions)), situation.counted,
        )  # fmt: skip
