"""Standing facts written: recorded and ended. The caller holds the person's lock and raises her counter."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from evenhand.journal import actions as journal
from evenhand.portfolio.models import Person, StandingFact, StandingSource
from evenhand.portfolio.standing_detail import StandingRefused, check_detail

PHONE, ALL_OF_THEM = "PHONE", frozenset({"*"})

EVIDENCE_MAX_CHARACTERS = 500
REASON_MAX_CHARACTERS = 200


def record(
    *,
    person: Person,
    kind: str,
    detail: Mapping[str, Any],
    debts: Sequence[str] = (),
    from_at: datetime,
    until_at: datetime | None = None,
    review_on: date | None = None,
    source: str,
    evidence: str,
    by: UUID | None,
    now: datetime,
) -> tuple[StandingFact, bool]:
    """Record what stands from a time until another (none: until it is ended); returns it and whether it is new.

    The same fact from the same time and source is recorded once. Raises StandingRefused.
    """
    check_detail(kind, detail)
    if source not in StandingSource.values:
        raise StandingRefused(
            f"{source!r} is no source; expected one of {', '.join(StandingSource.values)}"
        )
    if not evidence.strip() or len(evidence) > EVIDENCE_MAX_CHARACTERS:
        raise StandingRefused(f"say what shows it in at most {EVIDENCE_MAX_CHARACTERS} characters")
    if until_at is not None and until_at <= from_at:
        raise StandingRefused(f"what stands from {from_at} ends after it, not at {until_at}")
    given = {
        "kind": kind,
        "detail": dict(detail),
        "debts": sorted(set(debts)),
        "from_at": from_at,
        "until_at": until_at,
        "source": source,
    }
    same = StandingFact.objects.filter(customer=person, ended_at=None, **given).first()
    if same is not None:
        return same, False
    made = StandingFact.objects.create(
        customer=person,
        review_on=review_on,
        evidence=evidence,
        recorded_by_id=by,
        recorded_at=now,
        **given,
    )
    told = {
        "fact": kind,
        "source": source,
        "standing": str(made.id),
        "detail": made.detail,
        "debts": made.debts,
        "from_at": from_at.isoformat(),
        "until_at": until_at and until_at.isoformat(),
        "review_on": review_on and review_on.isoformat(),
        "evidence": evidence,
    }
    _tell("STANDING_RECORDED", made, told, by=by, now=now)
    return made, True


def end(*, fact_id: UUID, by: UUID | None, reason: str, now: datetime) -> bool:
    """End a standing fact and say why; ending it twice keeps the first time. Returns whether it was ended now."""
    if not reason.strip() or len(reason) > REASON_MAX_CHARACTERS:
        raise StandingRefused(f"say why it ends in at most {REASON_MAX_CHARACTERS} characters")
    rows = StandingFact.objects.filter(id=fact_id, ended_at=None)
    if not rows.update(ended_at=now, ended_by=by, end_reason=reason):
        return False
    fact = StandingFact.objects.get(id=fact_id)
    told = {"fact": fact.kind, "standing": str(fact_id), "reason": reason}
    _tell("STANDING_ENDED", fact, told, by=by, now=now)
    return True


def fact_customer(fact_id: UUID) -> UUID:
    """Whose standing fact it is; raises StandingFact.DoesNotExist."""
    customer: UUID = StandingFact.objects.values_list("customer_id", flat=True).get(id=fact_id)
    return customer


def stands(at: datetime) -> Q:
    """Of standing facts, those that say something at that time."""
    return Q(from_at__lte=at, ended_at=None) & (Q(until_at=None) | Q(until_at__gt=at))


def calls_refused(*, now: datetime) -> Mapping[UUID, frozenset[str]]:
    """Who wants no calls now: the keys of the numbers that is about, or ALL_OF_THEM.

    Not every pack lets an opt-out stop a call. What she told us is obeyed all the same: no robot calls her, and no
    collector is offered her to be called.
    """
    rows = StandingFact.objects.filter(stands(now), kind="OPT_OUT")
    rows = rows.filter(Q(detail__media=None) | Q(detail__media__contains=[PHONE]))
    found: dict[UUID, frozenset[str]] = {}
    for customer_id, detail in rows.values_list("customer_id", "detail"):
        numbers = frozenset(detail.get("points") or ALL_OF_THEM) | found.get(
            customer_id, frozenset()
        )
        found[customer_id] = ALL_OF_THEM if numbers >= ALL_OF_THEM else numbers
    return found


def _tell(
    kind: str, fact: StandingFact, detail: Mapping[str, Any], *, by: UUID | None, now: datetime
) -> None:
    stream = journal.of_person(fact.customer_id)
    journal.record(kind=kind, stream=stream, who=by, at=now, detail=detail)
