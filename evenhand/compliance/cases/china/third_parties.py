"""TP: who may be contacted or asked for the debt beside the debtor, what may be told, and what an heir owes."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from evenhand.compliance.cases.china.reading import (
    AN_HOUR,
    CURRENCY,
    CaseError,
    amount_minor,
    asked_least,
    cn,
    day,
    may,
    moment,
    named,
    only,
    ordinary,
    parameter,
    prose,
    verdict_of,
    whole,
    yes,
)
from evenhand.compliance.facts import Act, Event, Facts, Standing
from evenhand.compliance.nexts import next_allowed
from evenhand.compliance.texts.replies import read_reply
from evenhand.kernel.money import to_major

KEYS = frozenset({
    "cardholder", "consecutive_failed_calls_to_reserved_mobile_on",
    "consecutive_failed_calls_to_reserved_mobile_today", "debt", "debtor_consent", "debtor_lost_contact",
    "debtor_number_valid", "debtor_reachable", "estate_value", "evidence", "heir", "intent", "said", "same_day",
    "third_party", "today", "who", "who_answers",
})  # fmt: skip
FAILED_TODAY = "consecutive_failed_calls_to_reserved_mobile_today"
FAILED_ON = "consecutive_failed_calls_to_reserved_mobile_on"
ONE_DAY = timedelta(days=1)
DEBTOR, WHO = "debtor", "the third party"
ROLES: Mapping[str, str] = {
    r"unverified|not verified|claims to be|unknown|stranger|陌生": "OTHER",
    r"guarantor|担保|保证人": "GUARANTOR",
    r"executor|administrator of the estate|遗产管理人": "EXECUTOR",
    r"guardian|监护": "GUARDIAN",
    r"\bheir|继承": "HEIR",
    r"supplementary|副卡|附属卡": "SUPPLEMENTARY_HOLDER",
    r"reserved contact|emergency contact|contact person|紧急联系|预留联系": "RESERVED_CONTACT",
    r"spouse|wife|husband|配偶|妻|丈夫": "SPOUSE",
    r"parent|mother|father|brother|sister|\bson\b|daughter|child|family|relative|uncle|aunt|cousin|grand|in-law"
    r"|父|母|兄|弟|姐|妹|儿|女|亲属|亲戚|家属|家人": "RELATIVE",
    r"colleague|co-?worker|同事": "COLLEAGUE",
    r"employer|boss|manager|\bhr\b|company|reception|office|单位|领导|老板|前台": "EMPLOYER",
    r"neighbou?r|landlord|邻居|房东": "NEIGHBOUR",
    r"friend|classmate|roommate|朋友|同学|室友": "FRIEND",
    r"referee|介绍人|推荐人": "REFEREE",
    r"^(?:the )?(?:debtor|cardholder|card ?holder|borrower)\b|本人|债务人|持卡人": "CONSUMER",
}
PURPOSES: Mapping[str, str] = {"LOCATE": "locate_only"}
OWE = frozenset({"CONSUMER", "GUARANTOR", "EXECUTOR", "GUARDIAN", "HEIR"})
INTENTS: Mapping[str, str] = {
    r"locat|find|contact (?:data|details|information|number)|where|relay|pass on|message|转告|联系方式": "LOCATE",
    r"collect|demand|\bpay|repay|urge|press|催|还款|代偿": "COLLECT",
}
TELLS = (
    r"disclos|reveal"
    r"|(?:tell|mention|discuss|inform|notify|talk about|explain) .*(?:debt|arrears|overdue|balance|amount)"
    r"|透露|告知.*(?:欠款|债务|金额)"
)
STATES: Mapping[str, str] = {
    r"dead|deceased|died|死亡|去世|身故": "DEAD",
    r"incapac|无民事行为能力|丧失": "INCAPACITATED",
    r"missing|失踪": "MISSING",
}
NOT_JOINT = r"\bno\b|\bnone\b|\bnot\b|without|unrelated|gambl|personal|separate|无|没有|个人"
JOINT = r"joint|household|daily|family (?:need|expense|living)|both sign|co-?sign|ratif|共同|家庭|日常|共签|追认"
SIGNED_OFF = r"sign(?:ed)?[- ]?off|legal (?:approv|clear|agree)|approved by legal|法务"
RENOUNCED = r"renounc|gave up|disclaim|refus|放弃"
OFFERS = r"offer|wants to pay|willing to pay|will pay|pay (?:for|on behalf)|代偿|代还|帮.*还"
NOT_SIGNED_OFF = r"no (?:legal )?sign|without (?:legal )?sign|not (?:yet )?(?:signed|approved)|pending|await|未.*签"


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the family can be asked, as far as the facts given lead to it."""
    only(given, KEYS)
    role = _role(given)
    facts = _facts(given, role)
    contact = _contact(facts, role, prose(given, "intent"))
    collecting = facts._replace(act=facts.act._replace(purpose="COLLECT"))
    asked_for_debt = "who" in given and "intent" not in given
    answered = {
        "class_": _class(collecting, role),
        "may_collect": may(collecting),
        "may_disclose_debt": _may_disclose(facts, offers=False),
        "may_disclose_balance": _may_disclose(facts, offers=_offers_to_pay(given)),
        "third_party_contact": verdict_of(contact),
        "verdict": verdict_of(collecting if asked_for_debt else contact),
        "purpose": PURPOSES.get(contact.act.purpose, contact.act.purpose.lower()),
        "suppress_for_whole_portfolio": False,
    }
    if "said" in given:
        answered |= _of_reply(contact, prose(given, "said"))
    if "heir" in given:
        answered |= _of_heir(given, facts)
    return answered


def _role(given: Mapping[str, Any]) -> str:
    """Whose part the person named has; a third party nobody describes is the reserved contact."""
    for key in ("who_answers", "who", "third_party"):
        if key in given:
            return named(prose(given, key), ROLES, default="OTHER")
    return "HEIR" if "heir" in given else "RESERVED_CONTACT"


def _facts(given: Mapping[str, Any], role: str) -> Facts:
    at = moment(on=day(given, "today"))
    evidence = prose(given, "evidence")
    known: dict[str, Any] = {
        "joint_debt_proven": bool(re.search(JOINT, evidence))
        and not re.search(NOT_JOINT, evidence),
        "legal_sign_off": bool(re.search(SIGNED_OFF, evidence))
        and not re.search(NOT_SIGNED_OFF, evidence),
        "debtor_status": named(prose(given, "cardholder"), STATES, default="ALIVE"),
    }
    if "heir" in given:
        known["heir_renounced"] = bool(re.search(RENOUNCED, prose(given, "heir")))
    return ordinary(
        Act(at, "CALL", to="" if role == "CONSUMER" else WHO, role=role),
        person=DEBTOR,
        events=tuple(_failed_calls(given, at)),
        standing=tuple(_standing(given, at)),
        known=known,
    )


def _standing(given: Mapping[str, Any], at: datetime) -> Iterator[Standing]:
    before = at - ONE_DAY
    if yes(given, "debtor_number_valid") is False:
        yield Standing("NUMBER_INVALID", before)
    if yes(given, "debtor_lost_contact") or yes(given, "debtor_reachable") is False:
        yield Standing("LOST_CONTACT", before)
    if yes(given, "debtor_consent"):
        yield Standing("CONSENT", before, more={"scope": "DISCLOSURE", "to": WHO})


def _failed_calls(given: Mapping[str, Any], at: datetime) -> Iterator[Event]:
    """Failed calls to the debtor's reserved mobile, each at the hour of the act on its day."""
    on = given.get(FAILED_ON)
    today = whole(given.get(FAILED_TODAY, 0), FAILED_TODAY)
    days = {at - ONE_DAY if yes(given, "same_day") is False else at: today}
    if on is not None:
        if "today" not in given:
            raise CaseError(f"{FAILED_ON} is given without today, expected both")
        for text, number in _by_day(on).items():
            days[moment(on=day({FAILED_ON: text}, FAILED_ON))] = number
    for then, number in days.items():
        for _ in range(number):
            yield Event(
                min(then, at - AN_HOUR) if then <= at else then,
                "CALL",
                outcome="UNANSWERED",
                place="MOBILE",
                talk_seconds=0,
            )


def _by_day(on: Any) -> Mapping[str, int]:
    """Failed calls by the text of their day. A day alone had as many in a row as the sign of lost contact asks for."""
    if isinstance(on, Mapping):
        if {"date", "count"} <= set(on):
            return {on["date"]: whole(on["count"], FAILED_ON)}
        return {text: whole(number, FAILED_ON) for text, number in on.items()}
    if isinstance(on, list):
        return Counter(on)
    return {on: asked_least("CN-COL-LOST", "failed_calls_before_today")}


def _contact(facts: Facts, role: str, intent: str) -> Facts:
    """The contact the case speaks of: those who owe are asked to pay, others only for where the debtor is."""
    purpose = "COLLECT" if role in OWE else "LOCATE"
    purpose = named(intent, INTENTS, default=purpose)
    more = {"discloses_debt": True} if re.search(TELLS, intent) else {}
    return facts._replace(act=facts.act._replace(purpose=purpose, more=more))


def _class(collecting: Facts, role: str) -> str:
    """Related is who could be asked for the debt once legal staff signed; that the debt is joint is a fact or not."""
    if role in OWE:
        return {"CONSUMER": "debtor"}.get(role, role.lower())
    signed = collecting._replace(known={**collecting.known, "legal_sign_off": True})
    return "related_third_party" if verdict_of(signed) == "allow" else "unrelated_third_party"


def _may_disclose(facts: Facts, *, offers: bool) -> bool | str:
    """Whether the debt may be spoken of with somebody who is on the line, whoever called."""
    more = {"discloses_debt": True, "offers_to_pay": offers}
    return may(facts._replace(act=facts.act._replace(act="ANSWER_INBOUND", more=more)))


def _offers_to_pay(given: Mapping[str, Any]) -> bool:
    told = "; ".join(prose(given, key) for key in ("third_party", "who", "who_answers", "intent"))
    return re.search(OFFERS, told) is not None


def _of_reply(contact: Facts, said: str) -> dict[str, Any]:
    """What a third party's wish to be left alone does; a doubtful one is read by a person."""
    reading = read_reply(said)
    if reading.answer == "DOUBTFUL":
        return {"verdict": "review"}
    if not reading.opt_out:
        return {}
    kind = "CEASE" if contact.act.role in OWE else "THIRD_PARTY_STOP"
    stop = Standing(kind, contact.act.at - AN_HOUR, more={"to": contact.act.to})
    after = contact._replace(standing=(*contact.standing, stop))
    for_ever = next_allowed(after, (cn(),), acts=("CALL",))["CALL"] is None
    return {
        "verdict": "deny_all_future" if for_ever else verdict_of(after),
        "third_party_contact": verdict_of(after),
        "suppress_for_whole_portfolio": for_ever
        and parameter("third.stop_portfolio_wide", contact),
    }


def _of_heir(given: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    debt, estate = amount_minor(given, "debt"), amount_minor(given, "estate_value")
    if debt is None or estate is None:
        return {}
    owes = (
        verdict_of(facts._replace(act=facts.act._replace(role="HEIR", purpose="COLLECT"))) != "deny"
    )
    limited = parameter("heir.liable_up_to_estate", facts)
    claim_minor = 0 if not owes else min(debt, estate) if limited else debt
    return {
        "max_claim_on_heir": str(to_major(claim_minor, CURRENCY)),
        "voluntary_excess_allowed": parameter("heir.may_pay_more", facts),
    }
