"""Worked cases of the United States, the United Kingdom and others, read into facts.

It renames keys and upper-cases codes, and knows no number and no date of its own: those are the packs'. A key it does
not know is an error, so that no case is passed by leaving a part of it unread.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from evenhand.compliance.facts import Act, Debt, Event, Facts, Hold, Location, Standing
from evenhand.compliance.packfile.questions import OF_ACT
from evenhand.compliance.vocabulary import EFFECTS

Given = Mapping[str, Any]
NEXT_DAY = timedelta(days=1)
ACT_KEYS = {"t", "type", "dir", "to", "role", "debts", "number", "address", "purpose", "basis", "outcome"}  # fmt: skip
MORE_CODES = {
    "addressee": "addressee", "template": "template", "reply_number": "reply_number", "kind": "charge_kind",
}  # fmt: skip
MORE_CODE_LISTS = {"disclosures", "components"}
MORE_CODES_IF_ANY = {"opt_out_requires", "script_flags"}  # an empty list asks nothing
MORE_PLAIN = {
    "first", "opt_out_notice", "content_only_confirmation", "discloses_debt", "debts_mentioned", "safe_harbor",
    "autodialed", "prerecorded", "notice_given", "demand_due", "threatens_suit", "read_at",
}  # fmt: skip
EVENT_KEYS = {
    "t", "type", "dir", "to", "role", "debts", "number", "address", "outcome", "collector", "cease",
}  # fmt: skip
EVENT_PLAIN = {"text", "received", "revoke_calls_consent", "debts_mentioned", "debts_discussed"}
KNOWN = {
    "email_kind", "email_domain_public", "employer_prohibits", "dpd", "paid", "settled", "discharged", "placed_with",
    "placement_notice_sent", "transferred_on", "transfer_notice_sent", "agency_licensed", "time_barred",
    "statute_barred", "refused_on_that_ground", "disputed",
}  # fmt: skip
GROUPS = {  # facts of several parts: the name of each part on its own
    "creditor_notice": {
        "sent": "creditor_notice_sent",
        "opt_out_by": "creditor_notice_opt_out_by",
        "elements": "creditor_notice_elements",
    },
    "reassigned_check": {"at": "reassigned_checked_on", "result": "reassigned_result"},
    "text_consent": {"at": "text_consent_on", "direct": "text_consent_direct"},
}
FACTS_OF_THEIR_OWN = {"attorney", "bankruptcy"}
GIVEN_KEYS = {
    "packs", "collector", "debtor", "debts", "history", "preferences", "holds", "facts", "proposed", "validation_end",
}  # fmt: skip


class CaseError(ValueError):
    """A worked case that cannot be read; the message names the key and what was expected."""


def facts_of(given: Given) -> Facts:
    """The facts of a case with a `proposed` act; raise CaseError on a key or a shape that is not known."""
    only(given, GIVEN_KEYS, "given")
    debtor = given.get("debtor", {})
    only(debtor, {"id", "state", "locations"}, "debtor")
    person = debtor.get("id", "")
    locations = tuple(map(_location, debtor.get("locations", [])))
    where = ZoneInfo(locations[0].zone) if locations else UTC
    act = _act(wanted(given, "proposed", "given"), person, given)
    history = given.get("history", [])
    facts = given.get("facts", {})
    return Facts(
        act=act,
        person=person,
        locations=locations,
        debts=tuple(map(_debt, given.get("debts", []))),
        events=tuple(_event(event, person, given) for event in history),
        holds=tuple(hold for row in given.get("holds", []) for hold in _hold(row, given, where)),
        standing=(
            *(_cease(event) for event in history if event.get("cease")),
            *(_preference(row, where) for row in given.get("preferences", [])),
            *_standing(facts, act.at, where),
        ),
        known=_known(facts)
        | {key: debtor[key] for key in ("state",) if key in debtor}
        | {key: given[key] for key in ("validation_end",) if key in given},
    )


def only(row: Given, known: Iterable[str], where: str) -> None:
    """Refuse a key that is not among the known."""
    if not isinstance(row, Mapping):
        raise CaseError(f"{where} is {row!r}, expected a table")
    if strange := sorted(set(row) - set(known)):
        raise CaseError(f"{where}: {strange[0]} is not known, expected {', '.join(sorted(known))}")


def wanted(row: Given, key: str, where: str) -> Any:
    """The value of a key that must be there."""
    if key not in row:
        raise CaseError(f"{where}: {key} is missing")
    return row[key]


def day(row: Given, key: str, where: str) -> date:
    """A date given as text."""
    value = wanted(row, key, where)
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise CaseError(f"{where}: {key} is {value!r}, expected a date") from error


def _instant(row: Given, key: str, where: str) -> datetime:
    value = wanted(row, key, where)
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise CaseError(f"{where}: {key} is {value!r}, expected an instant") from error
    if at.tzinfo is None:
        raise CaseError(f"{where}: {key} is {value!r}, expected an instant with its offset")
    return at.astimezone(UTC)


def _begins(on: date, where: ZoneInfo | Any) -> datetime:
    """The instant at which a day begins at the debtor's place."""
    return datetime.combine(on, time(), where).astimezone(UTC)


def code(value: Any) -> Any:
    """A code in capitals; a truth value, a number or nothing as it is."""
    return value.upper() if isinstance(value, str) else value


def _codes(values: Iterable[Any]) -> list[Any]:
    return [code(value) for value in values]


def _location(row: Given) -> Location:
    only(row, {"kind", "tz", "city"}, "locations")
    return Location(code(wanted(row, "kind", "locations")), wanted(row, "tz", "locations"))


def _debt(row: Given) -> Debt:
    only(row, {"id", "type", "moratorium", "service_account"}, "debts")
    return Debt(
        wanted(row, "id", "debts"), code(row.get("type", "")), row.get("service_account") or ""
    )


def _act(row: Given, person: str, given: Given) -> Act:
    lists = MORE_CODE_LISTS | MORE_CODES_IF_ANY
    only(row, ACT_KEYS | set(MORE_CODES) | lists | MORE_PLAIN | {"consent"}, "proposed")
    to = row.get("to", "")
    said = {k for k, v in row.items() if v is not None and (v or k not in MORE_CODES_IF_ANY)}
    return Act(
        at=_instant(row, "t", "proposed"),
        act=code(wanted(row, "type", "proposed")),
        direction=code(row.get("dir", "out")),
        to="" if to == person else to,
        role=code(row.get("role", "consumer")),
        debts=tuple(row.get("debts", ())),
        collector=given.get("collector", ""),
        place=code(row.get("number", "")),
        point=row.get("address", ""),
        purpose=code(row.get("purpose", "")),
        basis=code(row.get("basis", "")),
        outcome=code(row.get("outcome", "")),
        more={key: row[key] for key in MORE_PLAIN & said}
        | {name: code(row[key]) for key, name in MORE_CODES.items() if key in said}
        | {key: _codes(row[key]) for key in lists & said}
        | _consent(row),
    )


def _consent(row: Given) -> dict[str, Any]:
    """Consent to messages: yes, no, or words for one that is direct and fresh."""
    if row.get("consent") is None:
        return {}
    given = row["consent"]
    return {"consent": bool(given)} | ({"consent_fresh": True} if isinstance(given, str) else {})


def _event(row: Given, person: str, given: Given) -> Event:
    told = {"content", "consent", "consent_to_calls", "dispute", "request"}
    only(row, EVENT_KEYS | EVENT_PLAIN | told, "history")
    to = row.get("to", "")
    return Event(
        at=_instant(row, "t", "history"),
        act=code(wanted(row, "type", "history")),
        direction=code(row.get("dir", "out")),
        to="" if to == person else to,
        role=code(row.get("role", "consumer")),
        debts=tuple(row.get("debts", ())),
        collector=row.get("collector", given.get("collector", "")),
        outcome=code(row.get("outcome", "")),
        place=code(row.get("number", "")),
        point=row.get("address", ""),
        more={key: row[key] for key in EVENT_PLAIN & set(row)} | _told(row),
    )


def _told(row: Given) -> dict[str, Any]:
    """What was said in a contact: consents, disputes, requests, each under a name of its own."""
    told: dict[str, Any] = {"content": code(row["content"])} if "content" in row else {}
    if isinstance(consent := row.get("consent") or {}, Mapping):
        only(consent, {"late_calls"}, "consent")
        if agreed := [code(scope) for scope, given in consent.items() if given]:
            told["consent_scopes"] = agreed
    else:
        told["consent"] = consent
    calls, dispute, request = (
        row.get(key) or {} for key in ("consent_to_calls", "dispute", "request")
    )
    only(calls, {"from", "until"}, "consent_to_calls")
    only(dispute, {"written", "scope", "duplicative"}, "dispute")
    only(request, {"stop_medium", "stop_address", "no_work_calls", "original_creditor"}, "request")
    told |= {f"consent_calls_{key}": value for key, value in calls.items()}
    told |= {f"dispute_{key}": code(value) for key, value in dispute.items()}
    told |= {key: value if key == "stop_address" else code(value) for key, value in request.items()}
    return told


def _hold(row: Given, given: Given, where: Any) -> Iterable[Hold]:
    only(row, {"kind", "debts", "starts", "last_day", "days", "extendable_days", "event"}, "holds")
    starts = day(row, "starts", "holds")
    last = row.get("last_day") and day(row, "last_day", "holds") + NEXT_DAY
    until = last or ("days" in row and starts + timedelta(days=row["days"])) or None
    kind = code(wanted(row, "kind", "holds"))
    outside = {
        debt["id"]
        for debt in given.get("debts", [])
        if kind == "BREATHING_SPACE" and debt.get("moratorium") is False
    }
    named = row.get("debts") or [debt["id"] for debt in given.get("debts", []) if outside]
    debts = tuple(debt for debt in named if debt not in outside)
    if named and not debts:
        return
    yield Hold(
        kind=kind,
        from_at=_begins(starts, where),
        until_at=_begins(until, where) if until else None,
        debts=debts,
        effects=tuple(sorted(EFFECTS)),
        more={key: code(row[key]) for key in ("extendable_days", "event") if key in row},
    )


def _cease(row: Given) -> Standing:
    at = _instant(row, "received" if "received" in row else "t", "history")
    oral = code(row["type"]) in ("CALL", "VISIT")
    return Standing(
        "CEASE", at, debts=tuple(row.get("debts", ())), more={"oral": True} if oral else {}
    )


def _preference(row: Given, where: Any) -> Standing:
    only(row, {"kind", "days", "from", "to", "place", "since", "source"}, "preferences")
    named = {"days": "days", "from": "opens", "to": "closes", "place": "place", "source": "source"}
    more = {
        name: row[key] if key in ("from", "to", "days") else code(row[key])
        for key, name in named.items()
        if key in row
    }
    since = _begins(day(row, "since", "preferences"), where)
    return Standing(code(wanted(row, "kind", "preferences")), since, more=more)


def _standing(facts: Given, at: datetime, where: Any) -> Iterable[Standing]:
    if attorney := facts.get("attorney"):
        only(attorney, {"debts", "known_since", "contact_known", "unresponsive", "consented"}, "attorney")  # fmt: skip
        more = {
            key: bool(attorney.get(key)) for key in ("contact_known", "unresponsive", "consented")
        }
        since = _begins(day(attorney, "known_since", "attorney"), where)
        yield Standing("ATTORNEY", since, debts=tuple(attorney.get("debts", ())), more=more)
    if bankruptcy := facts.get("bankruptcy"):
        yield Standing("BANKRUPTCY", at, more={"state": code(bankruptcy)})


def _known(facts: Given) -> dict[str, Any]:
    """Single facts by name. One given as null is known not to be: a date that is not there, a truth that is false."""
    only(facts, KNOWN | set(GROUPS) | FACTS_OF_THEIR_OWN, "facts")
    known = {key: facts[key] for key in KNOWN & set(facts)}
    for group in set(GROUPS) & set(facts):
        only(facts[group], GROUPS[group], group)
        known |= {GROUPS[group][key]: value for key, value in facts[group].items()}
    truths = {name for name, question in OF_ACT.items() if question.kind == "BOOL"}
    coded = {name for name, question in OF_ACT.items() if question.kind in ("CODE", "LIST")}
    return {
        key: False
        if value is None
        else _codes(value)
        if key in coded and isinstance(value, list)
        else code(value)
        if key in coded
        else value
        for key, value in known.items()
        if value is not None or key in truths
    }
