"""What the page of holds, consents and wishes shows, also when a form on it is refused."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import get_language

from evenhand.casework import queries
from evenhand.casework.queries import CaseView, HoldRow, PointRow
from evenhand.portfolio.points import PointStateRow, point_states
from evenhand.portfolio.queries import StandingRow, standing_rows
from evenhand.web.labels import label_of
from evenhand.web.masking import mask
from evenhand.workbench import standing_forms as forms
from evenhand.workbench.pages import banking_day, staff_of
from evenhand.workbench.standing_words import debt_words, detail_words, join, masked_points


@dataclass(frozen=True, slots=True)
class Stood:
    """One hold or standing fact as the page shows it, with the forms of what this member of staff may do to it."""

    row: HoldRow | StandingRow
    said: list[str]
    debts: str
    extension: forms.Extension | None = None
    ending: forms.Ending | None = None


def standing_context(
    request: HttpRequest,
    case: CaseView,
    *,
    now: datetime,
    refused: tuple[UUID, Any] | None = None,
    **bound: Any,
) -> dict[str, Any]:
    """Everything on the page; `refused` is a row with the form on it that was, `bound` are other forms by name."""
    staff, day = staff_of(request), banking_day()
    lines = queries.account_lines(case.id)
    masked = masked_points(queries.point_rows(case.customer_id))
    tails = account_choices(case)
    kinds = kinds_for(staff)
    kind = request.GET.get("record", "")
    kind = kind if kind in kinds else kinds[0]

    def hold(row: HoldRow) -> Stood:
        shown = Stood(row, [], join(debt_words(row.debts, lines)))
        if not row.standing:
            return shown
        may = staff.has_perm("access.lift_holds")
        return _with_forms(shown, refused, day=day, may_end=may, extend=True)

    def fact(row: StandingRow) -> Stood:
        shown = Stood(row, detail_words(row.detail, masked), join(debt_words(row.debts, lines)))
        if not row.standing:
            return shown
        may = row.kind in forms.ENDED_BY_ALL or staff.has_perm("access.lift_holds")
        return _with_forms(shown, refused, day=day, may_end=may, extend=False)

    holds = [hold(row) for row in queries.hold_rows(case.customer_id, day)]
    facts = [fact(row) for row in standing_rows(case.customer_id, at=now, on=day)]
    return {
        "case": case,
        "day": day,
        "points": _reached(case, [shown.row for shown in facts], now),
        "holds": [shown for shown in holds if shown.row.standing],
        "holds_before": [shown for shown in holds if not shown.row.standing],
        "facts": [shown for shown in facts if shown.row.standing],
        "facts_before": [shown for shown in facts if not shown.row.standing],
        "kinds": kinds,
        "kind": kind,
        "hold_form": forms.FullHold(initial=_fresh(), day=day, debts=tails),
        "standing_form": forms.Standing(
            initial=_fresh(), day=day, kind=kind, points=masked, debts=tails
        ),
    } | bound


@dataclass(frozen=True, slots=True)
class Reached:
    """One way to reach her, masked: where it is from, what was learnt of it, and what she wished about it."""

    row: PointRow
    value: str
    state: PointStateRow | None
    usable: bool
    wishes: list[str]


def _reached(case: CaseView, facts: list[Any], now: datetime) -> list[Reached]:
    language, states = get_language() or "", point_states(case.customer_id)
    found = []
    for row in queries.point_rows(case.customer_id):
        state = states.get(row.key)
        wishes = [
            label_of("standing", fact.kind, language)
            for fact in facts
            if fact.standing and row.key in _named(fact)
        ]
        usable = state is None or state.unusable_until is None or state.unusable_until <= now
        found.append(Reached(row, mask(row.value), state, usable, wishes))
    return found


def _named(fact: Any) -> set[str]:
    """The ways to reach her that a wish or consent names; none named is about all, which stands above."""
    return {*fact.detail.get("points", ()), fact.detail.get("point", "")}


@dataclass(frozen=True, slots=True)
class Stands:
    """One line of what stands, as the case shows it."""

    title: str
    said: str
    until_on: date | None
    review_on: date | None
    review_due: bool


def what_stands(case: CaseView, *, day: date, now: datetime) -> list[Stands]:
    """Holds and standing facts in force: holds first."""
    language = get_language() or ""
    lines = queries.account_lines(case.id)
    found = []
    for hold in queries.hold_rows(case.customer_id, day):
        if hold.standing:
            title = label_of("hold", hold.reason, language)
            effects = join(label_of("effect", code, language) for code in hold.effects)
            debts = join(debt_words(hold.debts, lines))
            said = " · ".join(part for part in (effects, debts) if part)
            found.append(Stands(title, said, hold.until_on, hold.review_on, hold.review_due))
    facts = [row for row in standing_rows(case.customer_id, at=now, on=day) if row.standing]
    masked = masked_points(queries.point_rows(case.customer_id)) if facts else {}
    for fact in facts:
        until_on = fact.until_at and localtime(fact.until_at).date()
        title = label_of("standing", fact.kind, language)
        said = " · ".join(detail_words(fact.detail, masked))
        found.append(Stands(title, said, until_on, fact.review_on, fact.review_due))
    return found


def kinds_for(staff: Any) -> tuple[str, ...]:
    """The kinds of standing fact this member of staff may record."""
    few = staff.has_perm("access.lift_holds")
    return forms.RECORDED_BY_FEW if few else forms.RECORDED_BY_ALL


def account_choices(case: CaseView) -> dict[str, str]:
    """The accounts still in the case: key to card tail."""
    return {
        str(line.account_key): f"{line.product} {line.card_tail}".strip()
        for line in queries.account_lines(case.id)
        if line.left_on is None
    }


def _fresh() -> dict[str, Any]:
    return {"request_key": uuid4()}


def _with_forms(
    shown: Stood, refused: tuple[UUID, Any] | None, *, day: Any, may_end: bool, extend: bool
) -> Stood:
    mine = refused[1] if refused is not None and refused[0] == shown.row.id else None
    row = str(shown.row.id)[-12:]
    extension = ending = None
    if extend:
        wrong = isinstance(mine, forms.Extension)
        extension = mine if wrong else forms.Extension(initial=_fresh(), day=day, row=row)
    if may_end:
        wrong = isinstance(mine, forms.Ending)
        ending = mine if wrong else forms.Ending(initial=_fresh(), day=day, row=row)
    return Stood(shown.row, shown.said, shown.debts, extension, ending)
