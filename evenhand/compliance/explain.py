"""A verdict in sentences: what each rule says, with its numbers, and the law behind it."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evenhand.compliance.packfile.terms import by_in_words, slot_in_words
from evenhand.compliance.packs import Pack, Rule
from evenhand.compliance.verdict import Decision, Reason, Verdict
from evenhand.compliance.words.questions import BANK
from evenhand.compliance.zones import local_day
from evenhand.compliance.zones import zone as zone_of
from evenhand.kernel.text import Bilingual, one_side

NOT_KNOWN = Bilingual(
    zh="（有关事实未知，按从严的答复处理）", en=" (Not known; the cautious answer holds.)"
)
NOTHING_SAID = "—"
UNTIL_ENDED = Bilingual(zh="另行终止", en="it is ended")  # where an end is not known
INSTANTS = frozenset({"since", "until"})  # slots that show a moment


@dataclass(frozen=True, slots=True)
class Explained:
    """One reason for people: its sentence in one language, and where it comes from."""

    code: str
    decision: Decision
    sentence: str
    instrument: str
    article: str
    strength: str
    confidence: str
    note: str
    pack: str
    rule: str
    numbers: Mapping[str, Any]
    lifts_at: datetime | None


def explain(
    verdict: Verdict, packs: Sequence[Pack], language: str, *, at: datetime | None = None
) -> tuple[Explained, ...]:
    """Each reason of a verdict, in its order; raise LookupError where `packs` lack one that it names.

    `at`, the moment of the act, says which version of a rule spoke where only its citation changed.
    """
    by_label = {pack.label: pack for pack in packs}
    return tuple(_explained(reason, by_label, language, at) for reason in verdict.reasons)


def _explained(
    reason: Reason, packs: Mapping[str, Pack], language: str, at: datetime | None
) -> Explained:
    if reason.pack not in packs:
        raise LookupError(f"the verdict names {reason.pack}, which is not among the packs given")
    rule = _version(packs[reason.pack], reason, at)
    zone = packs[reason.pack].zone
    sentence = fill(_wording(rule, reason).for_language(language), reason.numbers, language, zone)
    if reason.numbers.get("unknown"):
        sentence += NOT_KNOWN.for_language(language)
    return Explained(
        code=reason.code, decision=reason.decision, sentence=sentence,
        instrument=one_side(rule.instrument, language), article=rule.article,
        strength=rule.strength, confidence=rule.confidence,
        note=rule.note.for_language(language) if rule.note else "", pack=reason.pack, rule=reason.rule,
        numbers=reason.numbers, lifts_at=reason.lifts_at,
    )  # fmt: skip


def _version(pack: Pack, reason: Reason, at: datetime | None) -> Rule:
    """The version of the rule that spoke: that of the day, else one whose parameters are the reason's numbers."""
    if at is not None:
        return pack.rule(reason.rule, local_day(pack.zone, at))
    versions = [rule for rule in pack.rules if rule.id == reason.rule]
    if not versions:
        raise LookupError(f"{pack.label} has no rule {reason.rule!r}")
    spoke = [
        r
        for r in versions
        if all(reason.numbers.get(k) == v for k, v in r.numbers.items() if k in reason.numbers)
    ]
    return max(spoke or versions, key=lambda rule: rule.valid_from)


def _wording(rule: Rule, reason: Reason) -> Bilingual:
    for lift in rule.unless:
        if lift.code == reason.code and lift.text is not None:
            return lift.text
    return rule.text


def fill(sentence: str, numbers: Mapping[str, Any], language: str, zone: str) -> str:
    """A sentence with its slots filled: codes in words, instants as the clock of `zone` shows them, dashes for
    numbers that were not seen."""
    return string.Formatter().vformat(sentence, (), _Slots(numbers, language, zone))


class _Slots(dict[str, str]):
    """What slots show, worked out when asked for."""

    def __init__(self, numbers: Mapping[str, Any], language: str, zone: str) -> None:
        super().__init__()
        self.numbers, self.language, self.zone = numbers, language, zone

    def __missing__(self, name: str) -> str:
        by: Mapping[str, int] = self.numbers.get("by", {})
        if name == "by":
            return by_in_words(by, self.language) or NOTHING_SAID
        if name == "by_bank":
            return str(by.get(BANK, 0))
        if name == "by_agencies":
            return str(sum(count for collector, count in by.items() if collector != BANK))
        value = self.numbers.get(name)
        if value is None:
            open_end = name == "until" and name in self.numbers
            return UNTIL_ENDED.for_language(self.language) if open_end else NOTHING_SAID
        if name in INSTANTS:
            there = datetime.fromisoformat(value).astimezone(zone_of(self.zone))
            return f"{there:%Y-%m-%d %H:%M}"
        return slot_in_words(name, value, self.language)
