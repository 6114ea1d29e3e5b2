"""What a message says to a person: the text in use, filled with her figures, for many people in few queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from evenhand.arrangements.models import Plan, Promise
from evenhand.arrangements.plans import IN_FORCE
from evenhand.arrangements.queries import schedule_of
from evenhand.casework.models import Case, CaseAccount
from evenhand.cycle.keeping import plan_kept
from evenhand.cycle.offering import accounts_owed
from evenhand.outreach.channels import About, CardFigures
from evenhand.outreach.messages.checking import (
    IN_BOTH,
    LANGUAGES,
    TITLES_IN_BOTH,
    TextTerms,
    text_terms,
)
from evenhand.outreach.messages.slots import filled, slots_in
from evenhand.outreach.permits import Permit
from evenhand.outreach.text_rows import TextRow, text_in_use
from evenhand.portfolio.identity import Identity, Point, open_identity
from evenhand.portfolio.models import Person
from evenhand.portfolio.points import NOT_A_NUMBER
from evenhand.portfolio.values import usable
from evenhand.runtime.config import config
from evenhand.runtime.keys import Keys, SealedError

BOTH = "both"
FINAL = ("LEGAL_CANDIDATE",)  # the treatments before whose next step a last letter is sent
FIGURES = ("LETTER", "CALL")  # the acts whose channels need more of her than words


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One message written but not kept yet."""

    permit: Permit
    text_id: UUID
    language: str
    to: str = field(repr=False)
    subject: str = field(repr=False)
    words: str = field(repr=False)
    about: About | None  # of letters and calls


class NotWritten(NamedTuple):
    """A permit nothing can be written for, and why: NO_TEXT, NO_POINT or NO_FIGURES."""

    permit: Permit
    reason: str


class Known(NamedTuple):
    """What is known of one person when a message to her is written."""

    person: Person
    case: Case | None
    lines: tuple[CaseAccount, ...]  # the largest arrears first
    promise: Promise | None
    plan: Plan | None


def written(
    permits: Sequence[Permit], *, keys: Keys, zone: ZoneInfo
) -> tuple[Draft | NotWritten, ...]:
    """A message for each permit, in their order, from the text in use and what is known of each person now.

    A reminder to somebody who keeps a plan is about its next instalment, to somebody who promised about the promise:
    nobody who has agreed something is reminded of everything she owes.
    """
    texts: dict[tuple[str, str], TextRow | None] = {}
    known = _known([permit.customer_id for permit in permits])
    return tuple(
        _written(permit, known[permit.customer_id], texts, keys, permit.at.astimezone(zone).date())
        for permit in permits
    )


def _written(
    permit: Permit,
    known: Known,
    texts: dict[tuple[str, str], TextRow | None],
    keys: Keys,
    today: date,
) -> Draft | NotWritten:
    text = _text_for(permit, known, texts)
    if text is None:
        return NotWritten(permit, "NO_TEXT")
    point = _point_of(known.person, permit.asked.point, keys)
    if point is None:
        return NotWritten(permit, "NO_POINT")
    found, act = config(), permit.asked.act
    if not usable(
        point.kind, point.value, act=act, country=found.country, is_demo=found.mode == "demo"
    ):
        return NotWritten(permit, NOT_A_NUMBER)
    terms = text_terms()
    language = "en" if known.person.language.startswith("en") else "zh"
    if act == "LETTER" and terms.letters_in_both:
        language = BOTH
    said = [_in(one, text, known, terms, today) for one in LANGUAGES if language in (one, BOTH)]
    if None in said:
        return NotWritten(permit, "NO_FIGURES")
    words, subject = (
        between.join(one[part] for one in said if one is not None)
        for part, between in enumerate((IN_BOTH, TITLES_IN_BOTH))
    )
    about = _about_her(known, keys, today) if permit.asked.act in FIGURES else None
    return Draft(
        permit=permit, text_id=text.id, language=language, to=point.value, subject=subject, words=words,
        about=about,
    )  # fmt: skip


def _text_for(
    permit: Permit, known: Known, texts: dict[tuple[str, str], TextRow | None]
) -> TextRow | None:
    """The text in use for what is to be said; where a final notice has none of its own, the letter that collects."""
    for purpose in _about(permit, known):
        named = permit.asked.act, purpose
        if named not in texts:
            texts[named] = text_in_use(*named)
        if texts[named] is not None:
            return texts[named]
    return None


def _in(
    language: str, text: TextRow, known: Known, terms: TextTerms, today: date
) -> tuple[str, str] | None:
    """Words and subject in one language; None where a figure that they name is not known."""
    values = _values(known, terms, language, today)
    wording = text.wording
    parts = (
        (wording.en, wording.subject_en) if language == "en" else (wording.zh, wording.subject_zh)
    )
    if not set(slots_in("".join(parts))) <= set(values):
        return None
    currency = known.case.currency if known.case else ""
    words, subject = (filled(part, values, language=language, currency=currency) for part in parts)
    return words, subject


def _about_her(known: Known, keys: Keys, today: date) -> About:
    """What a letter prints and a robot asks, with the parts of each debt where our ledger has them."""
    assert known.case is not None
    person = opened(known.person, keys)
    owed = {
        one.card_tail: one.owed_minor
        for one in accounts_owed(known.person.id, currency=known.case.currency)
    }
    cards = tuple(
        CardFigures(
            tail=line.card_tail,
            overdue_days=(today - line.overdue_from_on).days if line.overdue_from_on else 0,
            parts_minor=owed.get(line.card_tail, ()),
            due_minor=line.arrears_minor,
            owed_minor=line.balance_minor,
        )
        for line in known.lines
        if line.arrears_minor > 0
    )
    return About(
        name=person.name,
        check=person.identity_number[-4:],
        currency=known.case.currency,
        cards=cards,
        on=today,
    )


def _about(permit: Permit, known: Known) -> tuple[str, ...]:
    """What the message is about, the nearest first."""
    purpose = permit.asked.purpose
    if purpose == "REMIND" and known.plan is not None:
        return ("PLAN",)
    if purpose == "REMIND" and known.promise is not None:
        return ("PROMISE",)
    final = known.case is not None and known.case.treatment in FINAL
    if purpose == "COLLECT" and permit.asked.act == "LETTER" and final:
        return ("FINAL_NOTICE", purpose)
    return (purpose,)


def _known(people: Sequence[UUID]) -> Mapping[UUID, Known]:
    ids = set(people)
    cases = {case.customer_id: case for case in Case.objects.filter(customer_id__in=ids)}
    lines: dict[UUID, list[CaseAccount]] = {}
    rows = CaseAccount.objects.filter(case__customer_id__in=ids, left_on=None)
    for line in rows.order_by("-arrears_minor", "id"):
        lines.setdefault(line.case_id, []).append(line)
    promises = Promise.objects.filter(customer_id__in=ids, state=Promise.State.OPEN)
    promised = {promise.customer_id: promise for promise in promises}
    plans = {
        plan.customer_id: plan
        for plan in Plan.objects.filter(customer_id__in=ids, state__in=IN_FORCE)
    }
    return {
        person.id: Known(
            person,
            cases.get(person.id),
            tuple(lines.get(cases[person.id].id, ())) if person.id in cases else (),
            promised.get(person.id),
            plans.get(person.id),
        )
        for person in Person.objects.filter(id__in=ids)
    }


def _point_of(person: Person, key: str, keys: Keys) -> Point | None:
    """The number or address behind a key, if it is hers and not a reserved contact's."""
    for found in opened(person, keys).points:
        if found.key == key and found.kind != "RESERVED_CONTACT":
            return found
    return None


def opened(person: Person, keys: Keys) -> Identity:
    """A person in clear; nothing of her where her key is gone."""
    sealed = None if person.identity is None else bytes(person.identity)
    try:
        return open_identity(sealed, person.customer_key, keys)
    except SealedError:
        return open_identity(None, person.customer_key, keys)


def _values(known: Known, terms: TextTerms, language: str, today: date) -> dict[str, Any]:
    """The value of each slot that has one: of somebody without a case no figure is known."""
    case = known.case
    bank = {"bank": terms.of("bank", language), "hotline": terms.hotline, "day": today}
    if case is None:
        return bank
    behind = [line for line in known.lines if line.arrears_minor > 0] or list(known.lines)
    tail = behind[0].card_tail if behind else ""
    since = case.overdue_from_on
    values = bank | {
        "card_tail": tail,
        "cards": (tail, len(behind)),
        "due": case.arrears_minor,
        "owed": case.balance_minor,
        "overdue_days": (today - since).days if since else 0,
    }
    if known.promise is not None:
        values |= {"promised": known.promise.amount_minor, "day": known.promise.due_on}
    if known.plan is not None:
        values |= _next_of(known.plan, today)
    return values


def _next_of(plan: Plan, today: date) -> dict[str, Any]:
    """The next instalment with what of it is still open, and its day; nothing where all are settled."""
    stands = plan_kept(plan, on=today)
    for row, settled in zip(schedule_of(plan).instalments, stands.settled_minor, strict=True):
        if settled < row.total_minor:
            return {"instalment": row.total_minor - settled, "day": row.due_on}
    return {}
