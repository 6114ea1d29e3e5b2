"""Which cases an agency may ask the gate about, and under which reference. Until agencies have placements of their own.

An agency reaches no person but those whose cases are granted to it; the bank's own systems name an open case by its id.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from evenhand.casework.models import Case, CaseGrant
from evenhand.compliance.words.questions import BANK
from evenhand.journal import actions as journal
from evenhand.portfolio.persons import lock_persons

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class GrantRefused(ValueError):
    """A case that cannot be given to an agency or taken back; the message says why."""


@dataclass(frozen=True, slots=True)
class GrantedCase:
    """The case that a reference means."""

    reference: str
    case_id: UUID
    customer_id: UUID


def grant_case(*, case_id: UUID, collector: str, reference: str, now: datetime) -> None:
    """Let an agency ask about an open case under this reference. Twice changes nothing. Raises GrantRefused."""
    if collector == BANK:
        raise GrantRefused(
            "the bank's own systems name cases by their ids; expected an agency's code"
        )
    if not _REFERENCE.fullmatch(reference):
        raise GrantRefused(
            f"the reference is {reference!r}; expected 1 to 64 letters, digits, dots, dashes and underscores"
        )
    with transaction.atomic():
        case = _locked(case_id)
        if case.state != Case.State.OPEN:
            raise GrantRefused(f"case {case_id} is closed; expected an open one")
        same = CaseGrant.objects.filter(collector=collector, reference=reference).first()
        if same is not None:
            if same.case_id == case.id and same.taken_back_at is None:
                return
            raise GrantRefused(f"{reference!r} was used before with {collector}; expected another")
        if CaseGrant.objects.filter(case=case, collector=collector, taken_back_at=None).exists():
            raise GrantRefused(f"{collector} has case {case_id} under another reference already")
        CaseGrant.objects.create(
            case=case, collector=collector, reference=reference, granted_at=now
        )
        _tell("CASE_GRANTED", case, {"collector": collector, "reference": reference}, now)


def take_case_back(*, collector: str, reference: str, reason: str, now: datetime) -> None:
    """Let an agency ask about a case no more, and say why. Twice keeps the first reason. Raises GrantRefused."""
    if not reason.strip() or len(reason) > 200:
        raise GrantRefused("say why it is taken back, in at most 200 characters")
    with transaction.atomic():
        found = CaseGrant.objects.filter(collector=collector, reference=reference).first()
        if found is None:
            raise GrantRefused(f"{collector} knows no case as {reference!r}")
        case = _locked(found.case_id)
        found.refresh_from_db()
        if found.taken_back_at is not None:
            return
        found.taken_back_at, found.taken_back_reason = now, reason
        found.save(update_fields=["taken_back_at", "taken_back_reason"])
        detail = {"collector": collector, "reference": reference, "reason": reason}
        _tell("CASE_TAKEN_BACK", case, detail, now)


def granted_case(collector: str, reference: str) -> GrantedCase | None:
    """The open case that a collector may contact under this reference; none: there is none, or it is not theirs."""
    return _case(collector, reference, {"state": Case.State.OPEN}, {"grants__taken_back_at": None})


def known_case(collector: str, reference: str) -> GrantedCase | None:
    """As `granted_case`, but also a case that is closed or was taken back: what happened before may still be told."""
    return _case(collector, reference, {}, {})


def references_of(collector: str, customers: Iterable[UUID]) -> dict[UUID, str]:
    """Under which reference a collector knows each of these people, the latest where there were several."""
    if collector == BANK:
        cases = Case.objects.filter(customer_id__in=set(customers))
        return {person: str(key) for key, person in cases.values_list("id", "customer_id")}
    rows = CaseGrant.objects.filter(collector=collector, case__customer_id__in=set(customers))
    return dict(rows.order_by("granted_at", "id").values_list("case__customer_id", "reference"))


def _case(
    collector: str, reference: str, state: dict[str, str], grant: dict[str, None]
) -> GrantedCase | None:
    cases = Case.objects.filter(**state)
    if collector == BANK:
        try:
            cases = cases.filter(id=UUID(reference))
        except ValueError:
            return None
    else:
        theirs = {"grants__collector": collector, "grants__reference": reference}
        cases = cases.filter(**theirs, **grant)
    row = cases.values_list("id", "customer_id").first()
    return None if row is None else GrantedCase(reference, *row)


def _locked(case_id: UUID) -> Case:
    customer_id = Case.objects.filter(id=case_id).values_list("customer_id", flat=True).first()
    if customer_id is None:
        raise GrantRefused(f"no case {case_id}")
    lock_persons(ids=[customer_id])
    return Case.objects.get(id=case_id)


def _tell(kind: str, case: Case, detail: dict[str, str], now: datetime) -> None:
    stream = journal.of_person(case.customer_id)
    journal.record(kind=kind, stream=stream, who=None, at=now, detail=detail)
