"""COND: who speaks, with what, saying what; which agencies may work, and how collectors are paid."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from evenhand.compliance.cases.china.deeds import bans_broken, enters
from evenhand.compliance.cases.china.reading import (
    CaseError,
    day,
    judged,
    moment,
    named,
    only,
    ordinary,
    prose,
    strictest,
    verdict_of,
    yes,
)
from evenhand.compliance.facts import Act, Facts
from evenhand.compliance.texts.forbidden import findings
from evenhand.compliance.texts.opening import opening_lacks

KEYS = frozenset({
    "action", "actor", "agency_last_inspection", "agency_on_public_list", "as_of", "bank_consent", "collector_bonus",
    "device", "dialler", "opening", "script", "sms",
})  # fmt: skip
ACTORS: Mapping[str, str] = {
    r"buyer|受让": "DEBT_BUYER",
    r"agency|outsourc|vendor|third.party|委外|外包": "AGENCY",
    r"field|visit|外访": "FIELD_STAFF",
    r"\bai\b|robot|机器人": "ROBOT",
    r"bank|in.?house|issuer|staff|银行|自催": "FIRST_PARTY",
}
PRIVATE = r"personal|private|\bown\b|individual|个人|私人|自己"
INSTITUTION = r"company|institution|office|official|recorded line|corporate|bank'?s|公司|单位|官方"
ALTERED = r"alter|spoof|fake|false|chang|mask|disguis|forg|hid(?:e|den|ing)|another number|virtual|改号|虚假|伪装|隐藏"
UNALTERED = r"\bnot? (?:alter|spoof|fake|chang|mask)|without (?:alter|chang)|unaltered|real|true|actual|genuine|真实"
SINGLE = r"single|\bonly\b|sole|alone|purely|entirely|just|单一|仅|只按"
RECOVERED = r"recover|collected|repaid|amount|回款|回收|回收率"
OTHERS = r"complian|complaint|quality|record|security|conduct|合规|投诉|质量"
CONSENTED = r"with (?:the )?(?:debtor's |owner's )?consent|invited|经.*同意"


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """`verdict`, the strictest of what the facts raise, or breach where an agency's yearly inspection was missed."""
    only(given, KEYS)
    verdicts = [verdict_of(facts) for facts in _acts(given)]
    answered: dict[str, Any] = {"verdict": strictest(verdicts or ["allow"])}
    if "agency_last_inspection" in given:
        answered |= _of_inspection(given, answered["verdict"])
    return answered


def _acts(given: Mapping[str, Any]) -> Iterator[Facts]:
    """One act for each thing the case tells of, in which all else is in order."""
    actor = named(
        prose(given, "actor"), ACTORS, default="AGENCY" if _of_agency(given) else "FIRST_PARTY"
    )
    for key, act in (("sms", "TEXT"), ("script", "CALL"), ("opening", "CALL"), ("action", "VISIT")):
        if key in given:
            yield _said(act, actor, given[key], opening=key == "opening")
    if "action" in given:
        yield _done(actor, prose(given, "action"))
    if "device" in given:
        device = prose(given, "device")
        private = re.search(PRIVATE, device) and not re.search(INSTITUTION, device)
        more = {"device": "PRIVATE" if private else "INSTITUTION"}
        if yes(given, "bank_consent") is not None:
            more["bank_consent"] = given["bank_consent"]
        yield _act("CALL", actor, more)
    if "dialler" in given:
        told = prose(given, "dialler")
        altered = bool(re.search(ALTERED, told)) and not re.search(UNALTERED, told)
        yield _act("CALL", actor, {"caller_number_altered": altered})
    if "agency_on_public_list" in given:
        yield _act("CALL", "AGENCY", {}, {"agency_listed": yes(given, "agency_on_public_list")})
    if "collector_bonus" in given:
        alone = _by_recovery_alone(given)
        yield _act("PLACE_WITH_AGENCY", actor, {}, {"paid_by_recovery_alone": alone})


def _of_agency(given: Mapping[str, Any]) -> bool:
    return "bank_consent" in given


def _act(
    act: str, actor: str, more: Mapping[str, Any], known: Mapping[str, Any] | None = None
) -> Facts:
    return ordinary(
        Act(moment(), act, actor=actor, purpose="COLLECT", more=more), known=known or {}
    )


def _said(act: str, actor: str, text: str, *, opening: bool) -> Facts:
    """What is said, as the linter reads it; an opening also as a first contact's."""
    flags = {finding.code for finding in findings(text, sender=actor, channel=act)}
    more: dict[str, Any] = {}
    if opening:
        lacks = set(opening_lacks(text, sender=actor))
        more["speaks_as_bank"] = "SPEAKS_AS_BANK" in lacks
        more["disclosures"] = [
            disclosure for lack, disclosure in _DISCLOSES.items() if lack not in lacks
        ]
    if flags:
        more["content_flags"] = sorted(flags)
    return _act(act, actor, more)


_DISCLOSES: Mapping[str, str] = {
    "INSTITUTION_NOT_NAMED": "INSTITUTION",
    "AGENCY_NOT_NAMED": "AGENCY",
    "RELATION_NOT_STATED": "ENTRUSTING_BANK",
}


def _done(actor: str, told: str) -> Facts:
    """What is done, where the words say more than the linter reads."""
    more: dict[str, Any] = {}
    if enters(told):
        more |= {"enters": True, "entry_consent": bool(re.search(CONSENTED, told))}
    if flags := bans_broken(told):
        more["content_flags"] = sorted(flags)
    return _act("VISIT", actor, more)


def _by_recovery_alone(given: Mapping[str, Any]) -> bool:
    """Whether collectors are paid by nothing but what they recover: told in words, or as weights by measure."""
    bonus = given["collector_bonus"]
    if isinstance(bonus, Mapping):
        given = {"collector_bonus": [str(measure) for measure, weight in bonus.items() if weight]}
    told = prose(given, "collector_bonus")
    return bool(re.search(RECOVERED, told)) and (
        bool(re.search(SINGLE, told)) or not re.search(OTHERS, told)
    )


def _of_inspection(given: Mapping[str, Any], verdict: str) -> dict[str, Any]:
    """Whether a calendar year has passed without an inspection, and the first that did."""
    last = day(given, "agency_last_inspection")
    if last is None:
        raise CaseError("agency_last_inspection is missing, expected a day")
    facts = ordinary(
        Act(moment(on=day(given, "as_of")), "PLACE_WITH_AGENCY"),
        known={"agency_inspected_on": last.isoformat()},
    )
    if not any(reason.code == "AGENCY_NOT_INSPECTED" for reason in judged(facts).reasons):
        return {"verdict": verdict, "missing_year": None}
    return {"verdict": "breach", "missing_year": last.year + 1}
