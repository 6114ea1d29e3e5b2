"""Reads about cases, as frozen rows for screens. Who may see a case is decided here and nowhere else."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import pyarrow as pa
from django.db.models import Q, QuerySet
from django.http import Http404

from evenhand.access.models import Desk, Staff
from evenhand.casework.models import (
    Case,
    CaseAccount,
    DayDecision,
    Hold,
    ManualDecision,
    Stay,
)
from evenhand.portfolio.identity import open_identity, point_keys
from evenhand.portfolio.models import Person
from evenhand.runtime.config import config
from evenhand.runtime.keys import Keys, SealedError, read_keys

PAGE = 50
COUNTED = 1000
TAIL_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistRow:
    """One open case as a line of the worklist. The name is in clear: mask it before showing it."""

    case_id: UUID
    customer_id: UUID
    name: str = field(repr=False)
    card_tails: tuple[str, ...]
    overdue_days: int | None
    bucket: str
    currency: str
    arrears_minor: int
    balance_minor: int
    segment: str
    treatment: str
    channel: str
    tone: str
    offer: str
    promise: str
    hold: str
    hold_until_on: date | None
    desk: str
    priority: int

    @property
    def key(self) -> str:
        """Where the next page starts after this row."""
        return f"{self.priority}.{self.case_id}"


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the worklist to show; empty texts show all. `search` is a card tail or a customer number."""

    bucket: str = ""
    treatment: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One case with its person's name in clear: mask it before showing it."""

    id: UUID
    customer_id: UUID
    customer_key: int
    partition: int
    language: str  # of the person
    name: str = field(repr=False)
    state: str
    opened_on: date
    closed_on: date | None
    close_reason: str
    entries: int
    desk: str
    owner: str
    currency: str
    overdue_from_on: date | None
    treatment_from_on: date | None
    bucket: str
    risk_class: str
    arrears_minor: int
    balance_minor: int
    promise: str
    segment: str
    treatment: str
    channel: str
    tone: str
    offer: str
    priority: int
    decided_on: date
    decided_by: str
    strategy_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """One account of a case, with the figures last published in minor units of its own currency."""

    account_key: int
    card_tail: str
    product: str
    currency: str
    joined_on: date
    left_on: date | None
    overdue_from_on: date | None
    bucket: str
    risk_class: str
    arrears_minor: int
    balance_minor: int
    core_status: str


@dataclass(frozen=True, slots=True)
class StayRow:
    """One stay in collections."""

    number: int
    opened_on: date
    closed_on: date | None
    close_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """One hold; `standing` on the day asked for. Debts are account keys as text, none named: all."""

    id: UUID
    reason: str
    effects: tuple[str, ...]
    debts: tuple[str, ...]
    from_on: date
    until_on: date | None
    review_on: date | None
    note: str
    extends: bool
    placed_by: str
    placed_at: datetime
    lifted_by: str
    lifted_at: datetime | None
    lift_reason: str
    extended: bool  # lifted only to be followed by the one that extends it
    standing: bool
    review_due: bool


@dataclass(frozen=True, slots=True)
class PointRow:
    """One way to reach the person, in clear: mask it before showing it. The key is the gate's name for it."""

    key: str
    kind: str
    value: str = field(repr=False)
    source: str = ""  # where the bank had it from
    consent_call: bool | None = None  # as the bank's files say
    consent_message: bool | None = None
    verified_on: date | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One decision by day or one choice by hand; `detail` is the treatment that followed."""

    cause: str
    on: date
    at: datetime
    detail: str
    reason: str


def worklist(
    user: Staff, on: date, filters: Filters, *, after: str = "", limit: int = PAGE
) -> list[WorklistRow]:
    """Open cases the user may see by priority then id, a page from after the given key.

    Days past due and holds are as of `on`. A key that is none raises Http404.
    """
    pages = [
        rows.select_related("customer").order_by("-priority", "id")[:limit]
        for rows in _scopes(user, filters, _after(after))
    ]
    merged = heapq.merge(*pages, key=lambda case: (-case.priority, case.id))
    return _rows(list(islice(_once(merged), limit)), on)


def worklist_count(user: Staff, filters: Filters, *, until: int = COUNTED) -> int:
    """How many open cases the user may see, counted no further than one above `until`."""
    counts = [rows.order_by()[: until + 1].count() for rows in _scopes(user, filters, None)]
    return min(sum(counts), until + 1)


def case_for(user: Staff, case_id: UUID) -> CaseView:
    """The case, or Http404 unless it is theirs to see."""
    case = _theirs(user).select_related("customer", "owner").filter(id=case_id).first()
    if case is None:
        raise Http404
    return _view(case)


def case_of_account(user: Staff, account_key: int) -> CaseView:
    """The case an account is or was a line of, or Http404 unless it is theirs to see."""
    found = _theirs(user).select_related("customer", "owner")
    case = found.filter(accounts__account_key=account_key).order_by("id").first()
    if case is None:
        raise Http404
    return _view(case)


def cases_of(user: Staff, customer_keys: Iterable[int]) -> dict[int, UUID]:
    """The cases of these customers that are the user's to see, by customer key."""
    rows = _theirs(user).filter(customer__customer_key__in=list(customer_keys)).order_by("id")
    return dict(rows.values_list("customer__customer_key", "id"))


@dataclass(frozen=True, slots=True)
class CaseName:
    """A case as other pages link to it; the name is in clear: mask it before showing it."""

    case_id: UUID
    name: str = field(repr=False)


def case_names(user: Staff, customers: Iterable[UUID]) -> dict[UUID, CaseName]:
    """The cases of these people that are the user's to see, by the person's id."""
    rows = _theirs(user).filter(customer__in=set(customers)).select_related("customer")
    cases = list(rows)
    names = _names([case.customer for case in cases])
    return {case.customer_id: CaseName(case.id, names[case.customer_id]) for case in cases}


def customers_found(user: Staff, search: str, *, limit: int = COUNTED) -> tuple[UUID, ...]:
    """The people of the user's cases, closed ones too, that a card tail or customer number finds; at most `limit`."""
    rows = _filtered(_theirs(user), Filters(search=search)).order_by("id")
    return tuple(rows.values_list("customer_id", flat=True)[:limit])


def accounts_in_collections(partition: int) -> list[tuple[int, UUID]]:
    """The accounts that are lines of open cases in a partition, with whose they are."""
    rows = CaseAccount.objects.filter(
        left_on=None, case__state=Case.State.OPEN, case__customer__partition=partition
    )
    return list(rows.values_list("account_key", "case__customer_id"))


def overdue_since(account_keys: Sequence[int]) -> dict[int, date]:
    """Since when each of these accounts is past due; those that are not are left out."""
    rows = CaseAccount.objects.filter(account_key__in=list(account_keys), left_on=None)
    found = rows.values_list("account_key", "overdue_from_on")
    return {account_key: since for account_key, since in found if since is not None}


def account_lines(case_id: UUID) -> tuple[AccountLine, ...]:
    """The accounts of a case: those still in it first, the largest arrears first."""
    rows = CaseAccount.objects.filter(case_id=case_id)
    names = tuple(AccountLine.__dataclass_fields__)
    lines = [AccountLine(**row) for row in rows.values(*names)]
    return tuple(
        sorted(lines, key=lambda r: (r.left_on is not None, -r.arrears_minor, r.account_key))
    )


def stay_rows(case_id: UUID) -> tuple[StayRow, ...]:
    """The stays of a case, the latest first."""
    rows = Stay.objects.filter(case_id=case_id).order_by("-number")
    return tuple(
        StayRow(*row)
        for row in rows.values_list("number", "opened_on", "closed_on", "close_reason")
    )


def hold_rows(customer_id: UUID, on: date) -> tuple[HoldRow, ...]:
    """The holds of a person, the latest first."""
    rows = Hold.objects.filter(customer_id=customer_id).select_related(
        "placed_by", "lifted_by", "extended_by"
    )
    return tuple(_hold_row(hold, on) for hold in rows.order_by("-placed_at", "-id"))


def hold_spans(
    customer_id: UUID, effect: str, account_key: int, *, until: date
) -> list[tuple[date, date]]:
    """The days (from, until) on which holds stop something about an account, apart from each other, to a day."""
    spans: list[tuple[date, date]] = []
    rows = Hold.objects.filter(customer_id=customer_id, effects__contains=[effect])
    for hold in rows.order_by("from_on", "id"):
        if hold.debts and str(account_key) not in hold.debts:
            continue
        ends = min(
            hold.until_on or until, hold.lifted_at.date() if hold.lifted_at else until, until
        )
        starts = max(hold.from_on, spans[-1][1]) if spans else hold.from_on
        if starts < ends:
            spans.append((starts, ends))
    return spans


def _hold_row(hold: Hold, on: date) -> HoldRow:
    ended = hold.until_on is not None and hold.until_on <= on
    standing = hold.lifted_at is None and hold.from_on <= on and not ended
    return HoldRow(
        id=hold.id,
        reason=hold.reason,
        effects=tuple(hold.effects),
        debts=tuple(hold.debts),
        from_on=hold.from_on,
        until_on=hold.until_on,
        review_on=hold.review_on,
        note=hold.note,
        extends=hold.extends_id is not None,
        placed_by=hold.placed_by.get_username() if hold.placed_by else "",
        placed_at=hold.placed_at,
        lifted_by=hold.lifted_by.get_username() if hold.lifted_by else "",
        lifted_at=hold.lifted_at,
        lift_reason=hold.lift_reason,
        extended=hasattr(hold, "extended_by"),
        standing=standing,
        review_due=standing and hold.review_on is not None and hold.review_on <= on,
    )


def point_rows(customer_id: UUID) -> tuple[PointRow, ...]:
    """The ways to reach a person herself, as the bank's files name them; empty where their key is gone."""
    person = Person.objects.get(id=customer_id)
    sealed = None if person.identity is None else bytes(person.identity)
    try:
        points = open_identity(sealed, person.customer_key, read_keys(config().key_file)).points
    except SealedError:
        return ()
    own = [point for point in points if point.kind != "RESERVED_CONTACT"]
    return tuple(
        PointRow(
            point.key, point.kind, point.value, point.source, point.consent_call, point.consent_message,
            point.verified_on,
        )
        for point in own
    )  # fmt: skip


def point_keys_of(customer_id: UUID) -> frozenset[str]:
    """The keys of the ways to reach a person herself; nothing of her is opened for it."""
    identity = Person.objects.values_list("identity", flat=True).get(id=customer_id)
    return point_keys(None if identity is None else bytes(identity))


def event_rows(case: CaseView, *, limit: int = 20) -> list[Event]:
    """What was decided by day or by hand, the latest first; the journal tells of it since there is one."""
    decided = DayDecision.objects.filter(case_id=case.id).order_by("-decided_at")[:limit]
    chosen = ManualDecision.objects.filter(customer_id=case.customer_id).order_by("-decided_at")
    events = [
        Event(row.cause, row.banking_day, row.decided_at, row.decision.get("treatment", ""), "")
        for row in decided
        if row.cause != "MANUAL"
    ]
    events += [
        Event("MANUAL", row.from_on, row.decided_at, row.treatment, row.reason)
        for row in chosen[:limit]
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)[:limit]


def hold_reasons() -> tuple[str, ...]:
    """The reasons a hold may have."""
    return tuple(Hold.Reason.values)


def _theirs(user: Staff) -> QuerySet[Case]:
    if user.has_perm("access.see_all_desks"):
        return Case.objects.all()
    return Case.objects.filter(Q(state=Case.State.OPEN, desk=user.desk) | Q(owner_id=user.id))


def _scopes(
    user: Staff, filters: Filters, after: tuple[int, UUID] | None
) -> Iterator[QuerySet[Case]]:
    """What the user sees in pieces that the index of the worklist serves one by one; they do not overlap."""
    rows = _filtered(Case.objects.filter(state=Case.State.OPEN), filters)
    if after is not None:
        priority, case_id = after
        rows = rows.filter(Q(priority__lt=priority) | Q(priority=priority, id__gt=case_id))
    if user.has_perm("access.see_all_desks"):
        yield from (rows.filter(desk=desk) for desk in Desk.values)
        return
    yield rows.filter(desk=user.desk)
    yield rows.filter(owner_id=user.id).exclude(desk=user.desk)


def _filtered(rows: QuerySet[Case], filters: Filters) -> QuerySet[Case]:
    if filters.bucket:
        rows = rows.filter(bucket=filters.bucket)
    if filters.treatment:
        rows = rows.filter(treatment=filters.treatment)
    if not filters.search:
        return rows
    if len(filters.search) == TAIL_DIGITS and filters.search.isdecimal():
        lines = CaseAccount.objects.filter(card_tail=filters.search, left_on=None)
        return rows.filter(id__in=lines.values("case_id"))
    keys = read_keys(config().key_file).tokens(pa.array([filters.search]), "customer")
    return rows.filter(customer__customer_key=int(keys[0]))


def _after(key: str) -> tuple[int, UUID] | None:
    if not key:
        return None
    priority, _, case_id = key.partition(".")
    try:
        return int(priority), UUID(case_id)
    except ValueError:
        raise Http404 from None


def _once(cases: Iterable[Case]) -> Iterator[Case]:
    """A case that changes desk between two reads would come twice."""
    seen: set[UUID] = set()
    for case in cases:
        if case.id not in seen:
            seen.add(case.id)
            yield case


def _rows(cases: list[Case], on: date) -> list[WorklistRow]:
    tails: dict[UUID, list[str]] = {}
    lines = CaseAccount.objects.filter(case__in=cases, left_on=None).order_by(
        "-arrears_minor", "id"
    )
    for case_id, tail in lines.values_list("case_id", "card_tail"):
        tails.setdefault(case_id, []).append(tail)
    holds: dict[UUID, Hold] = {}
    standing = Hold.objects.filter(
        Q(until_on=None) | Q(until_on__gt=on),
        customer__in=[case.customer_id for case in cases],
        lifted_at=None,
        from_on__lte=on,
    )
    for hold in standing.order_by("placed_at", "id"):
        holds[hold.customer_id] = hold
    names = _names([case.customer for case in cases])
    return [
        WorklistRow(
            case_id=case.id,
            name=names[case.customer_id],
            card_tails=tuple(tails.get(case.id, ())),
            overdue_days=None if case.overdue_from_on is None else (on - case.overdue_from_on).days,
            hold=holds[case.customer_id].reason if case.customer_id in holds else "",
            hold_until_on=holds[case.customer_id].until_on if case.customer_id in holds else None,
            **_fields(case, WorklistRow),
        )
        for case in cases
    ]


def _view(case: Case) -> CaseView:
    return CaseView(
        customer_key=case.customer.customer_key,
        partition=case.customer.partition,
        language=case.customer.language,
        name=_names([case.customer])[case.customer_id],
        owner=case.owner.get_username() if case.owner else "",
        **_fields(case, CaseView),
    )


_OWN = {field.name for field in Case._meta.concrete_fields} - {"owner"} | {"customer_id"}


def _fields(case: Case, row: Any) -> dict[str, Any]:
    return {name: getattr(case, name) for name in row.__dataclass_fields__ if name in _OWN}


def _names(persons: list[Person]) -> dict[UUID, str]:
    """The names in clear by person, empty where the bank sent none or the key that sealed it is gone."""
    if not persons:
        return {}
    keys = read_keys(config().key_file)
    return {person.id: _name(person, keys) for person in persons}


def _name(person: Person, keys: Keys) -> str:
    sealed = None if person.identity is None else bytes(person.identity)
    try:
        return open_identity(sealed, person.customer_key, keys).name
    except SealedError:
        return ""
