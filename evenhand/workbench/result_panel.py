"""The form of a result as the case shows it: only what can still be said is offered, and what follows is proposed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.casework.next_rows import held_by, result_rows
from evenhand.casework.queries import CaseView
from evenhand.casework.result_codes import ASKED, NONE, VOICE, ResultCodes, result_codes
from evenhand.casework.rules import PROMISED, Fault, Said, reached
from evenhand.casework.work import NOTE_MAX_CHARACTERS, draft_of
from evenhand.compliance.texts.forbidden import findings
from evenhand.kernel.money import MoneyError, to_minor
from evenhand.outreach.human_calls import human_call_rows
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from evenhand.web.clock import clock
from evenhand.web.labels import label_of
from evenhand.workbench.pages import staff_of

FIELDS = (
    "call", "act", "line", "who", "talk", "reason", "next", "next_on", "amount", "pays_on", "note", "request_key",
)  # fmt: skip


class Option(NamedTuple):
    """One thing to choose."""

    code: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One question with what may be answered, and what is wrong with the answer."""

    name: str
    title: str
    options: list[Option]
    wrong: list[str]


class Found(NamedTuple):
    """What the linter found in a note."""

    words: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultForm:
    """The form as it stands."""

    typed: Mapping[str, str]
    request_key: str
    calls: list[tuple[str, str]]
    groups: list[Group]
    promises: bool
    dated: bool
    rests: str
    said: list[Found]
    wrong: Mapping[str, list[str]] = field(default_factory=dict)
    from_draft: bool = False
    note_max: int = NOTE_MAX_CHARACTERS


def typed_of(given: Mapping[str, Any]) -> dict[str, str]:
    """What a request says of the form; a NUL is in none."""
    return {
        name: str(given.get(name, "")).replace("\0", "")[: NOTE_MAX_CHARACTERS + 1]
        for name in FIELDS
    }


def result_context(request: HttpRequest, case: CaseView, *, day: date) -> dict[str, Any]:
    """The panel on a case: whose hands it is in, the form with her draft, and the latest results."""
    staff, now = staff_of(request), clock()
    codes = result_codes()
    typed = {}
    if case.state == "OPEN" and config().key_file.exists():
        typed = draft_of(case.id, staff.id, read_keys(config().key_file))
    form = form_of(case, staff.username, typed, day=day)
    return {
        "hands": held_by(case.id, staff.id, idle_minutes=codes.idle_minutes, now=now),
        "result": form,
        "results": result_rows(case.id),
    }


def form_of(
    case: CaseView,
    username: str,
    given: Mapping[str, str],
    *,
    day: date,
    faults: Iterable[Fault] = (),
    refused: str = "",
) -> ResultForm:
    """The form for what was typed so far: nothing that cannot follow is offered, and the next step is proposed."""
    codes = result_codes()
    calls = _calls(case, username)
    typed = _proposed({name: given.get(name, "") for name in FIELDS}, calls, codes, day)
    wrong = _wrong(faults, codes)
    if refused:
        wrong.setdefault("form", []).append(refused)
    talk = codes.talks.get(typed["talk"])
    return ResultForm(
        typed=typed,
        request_key=typed["request_key"] or str(uuid4()),
        calls=calls,
        groups=[group for group in _groups(typed, calls, codes, wrong) if group.options],
        promises=typed["talk"] == PROMISED,
        dated=typed["next"] in codes.after_days,
        rests=talk.rests if talk else "",
        said=found_in(typed["note"]),
        wrong=wrong,
        from_draft=bool(given),
    )


def said_by(typed: Mapping[str, str], currency: str) -> tuple[Said, list[Fault]]:
    """What the form says, and the fields that hold no amount and no day."""
    faults: list[Fault] = []

    def day_in(name: str) -> date | None:
        try:
            return date.fromisoformat(typed[name]) if typed[name] else None
        except ValueError:
            faults.append(Fault(name, "UNKNOWN"))
            return None

    amount = None
    if text := typed["amount"].replace(",", "").strip():
        try:
            amount = to_minor(text, currency)
        except MoneyError:
            amount = 0
        if not 0 < amount < 2**62:
            faults.append(Fault("amount_minor", "UNKNOWN"))
    said = Said(
        act=typed["act"], line=typed["line"], who=typed["who"], talk=typed["talk"], reason=typed["reason"],
        next=typed["next"], next_on=day_in("next_on"), amount_minor=amount, pays_on=day_in("pays_on"),
    )  # fmt: skip
    return said, faults


def call_of(typed: Mapping[str, str]) -> UUID | None:
    """The call the form is about."""
    try:
        return UUID(typed["call"]) if typed["call"] else None
    except ValueError:
        return None


def found_in(note: str) -> list[Found]:
    """What the linter says of a note, in the page's language."""
    english = (get_language() or "").startswith("en")
    return [
        Found(found.words, found.en if english else found.zh)
        for found in findings(note, sender="FIRST_PARTY", channel="CALL")
    ]


def _calls(case: CaseView, username: str) -> list[tuple[str, str]]:
    """Calls that ended and of which nothing was said yet: hers, and those a dialler put through."""
    language = get_language() or ""
    return [
        (
            str(row.id),
            f"{localtime(row.made_at):%H:%M} {label_of('outcome', row.outcome, language)}",
        )
        for row in human_call_rows(case.customer_id)
        if row.state == "ENDED" and not row.noted and row.by in (username, None)
    ]


def _proposed(
    typed: dict[str, str], calls: list[tuple[str, str]], codes: ResultCodes, day: date
) -> dict[str, str]:
    """What was typed, without answers to questions that are no longer asked, and with what is proposed."""
    if not typed["call"] and calls and typed["act"] in ("", "CALL_OUT"):
        typed["call"] = calls[0][0]
    if not typed["act"]:
        typed["act"] = "CALL_OUT" if calls else "CALL_IN"
    if typed["act"] not in VOICE:
        typed["line"] = ""
    if not reached(_rough(typed), codes):
        typed["who"] = typed["talk"] = ""
    talk = codes.talks.get(typed["talk"])
    if talk and typed["who"] and typed["who"] not in talk.who:
        typed["talk"], talk = "", None
    if talk is None or talk.reason == NONE:
        typed["reason"] = ""
    if typed["talk"] != PROMISED:
        typed["amount"] = typed["pays_on"] = ""
    if typed["next"] not in _may_follow(typed, codes):
        typed["next"], typed["next_on"] = "", ""
    if not typed["next"] and _is_said(typed, codes):
        typed["next"] = _may_follow(typed, codes)[0]
    if typed["next"] not in codes.after_days:
        typed["next_on"] = ""
    elif not typed["next_on"]:
        first = day + timedelta(days=codes.after_days[typed["next"]])
        typed["next_on"] = typed["pays_on"] or first.isoformat()
    return typed


def _is_said(typed: Mapping[str, str], codes: ResultCodes) -> bool:
    """Whether enough is said to propose what comes next."""
    if typed["act"] in VOICE and not typed["line"]:
        return False
    return bool(typed["talk"]) or not reached(_rough(typed), codes)


def _may_follow(typed: Mapping[str, str], codes: ResultCodes) -> tuple[str, ...]:
    talk = codes.talks.get(typed["talk"])
    return talk.next if talk else tuple(codes.words["next"])


def _rough(typed: Mapping[str, str]) -> Said:
    return Said(act=typed["act"], line=typed["line"], who=typed["who"], talk=typed["talk"])


def _groups(
    typed: Mapping[str, str],
    calls: list[tuple[str, str]],
    codes: ResultCodes,
    wrong: Mapping[str, list[str]],
) -> list[Group]:
    somebody = reached(_rough(typed), codes)
    talk = codes.talks.get(typed["talk"])
    acts = [code for code in codes.words["act"] if code != "CALL_OUT" or calls]
    talks = [code for code, one in codes.talks.items() if typed["who"] in one.who]
    asked = [
        ("act", _("How you met"), acts),
        ("line", _("The line"), list(codes.lines) if typed["act"] in VOICE else []),
        ("who", _("Who was there"), list(codes.verified) if somebody else []),
        ("talk", _("What came of it"), talks if somebody else []),
        (
            "reason",
            _("Why she is behind")
            if talk and talk.reason == ASKED
            else _("Why she is behind, if she says"),
            list(codes.words["reason"]) if talk and talk.reason != NONE else [],
        ),
        (
            "next",
            _("What comes next"),
            list(_may_follow(typed, codes)) if _is_said(typed, codes) else [],
        ),
    ]
    language = get_language() or ""
    return [
        Group(
            name,
            title,
            [
                Option(code, codes.words[name][code].for_language(language), code == typed[name])
                for code in options
            ],
            wrong.get(name, []),
        )
        for name, title, options in asked
    ]


def _wrong(faults: Iterable[Fault], codes: ResultCodes) -> dict[str, list[str]]:
    words = {
        "MISSING": _("Please say this."),
        "UNKNOWN": _("This cannot be read."),
        "NOT_HERE": _("This does not go with the rest."),
        "TOO_EARLY": _("This day is past."),
        "TOO_LATE": _("No later than %(days)s days from now.") % {"days": codes.next_days_max},
        "TOO_LONG": _("Use at most %(number)s characters.") % {"number": NOTE_MAX_CHARACTERS},
        "NO_CALL": _("Nobody was called by our line; a call is made with the button above."),
        "TOLD_OTHERWISE": _("Something else was said of this call before; the first stands."),
    }
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.field, []).append(words[fault.why])
    return found
