"""The lines of what a publication did to cases and promises."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from evenhand.cycle.manifest import Manifest
from evenhand.journal.actions import Act, of_person
from evenhand.journal.rules import leaf, merkle_root


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What all lines of one publication have in common; `why` is the digest of the decisions published."""

    who: str
    why: str
    at: datetime
    on: date


def case_acts(merged: Iterable[tuple[Any, ...]], told: Told) -> Iterator[Act]:
    """A line for each case opened, opened again or closed, from the rows that the MERGE of cases returns."""
    for _, customer_id, action, entries, bucket, treatment, close_reason in merged:
        if action == "OPEN":
            kind = "CASE_OPENED" if entries == 1 else "CASE_REOPENED"
            detail = {"bucket": bucket, "treatment": treatment}
        elif action == "CLOSE":
            kind, detail = "CASE_CLOSED", {"reason": close_reason}
        else:
            continue
        yield _act(kind, customer_id, told, {"entry": entries} | detail)


def promise_acts(settled: Iterable[tuple[Any, ...]], told: Told) -> Iterator[Act]:
    """A line for each promise kept or broken, from the rows that settling returns."""
    for promise_id, customer_id, state, amount_minor, currency, due_on in settled:
        detail = {
            "promise": str(promise_id),
            "amount_minor": amount_minor,
            "currency": currency,
            "due_on": due_on.isoformat(),
        }
        kind = "PROMISE_KEPT" if state == "KEPT" else "PROMISE_BROKEN"
        yield _act(kind, customer_id, told, detail)


def _act(kind: str, customer_id: Any, told: Told, detail: dict[str, Any]) -> Act:
    return Act(
        kind=kind,
        stream=of_person(customer_id),
        who=told.who,
        at=told.at,
        why=told.why,
        detail=detail | {"banking_day": told.on.isoformat()},
    )


def root_of(manifest: Manifest) -> str:
    """The root over the digests of the decisions of each partition, in their order."""
    parts = sorted(manifest.parts, key=lambda part: part.number)
    leaves = [leaf(str(part.number), bytes.fromhex(part.outputs["decisions"])) for part in parts]
    return merkle_root(leaves).hex()
