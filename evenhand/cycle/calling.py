"""A call at a click: the gate judges, the permit is judged again, and only then is the PBX asked, once.

The number is read here and goes to the PBX; no screen and no log sees it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from evenhand.casework.queries import PointRow, point_rows
from evenhand.outreach import gate, human_calls
from evenhand.outreach.channels import Dialling, Exchange, NotHanded, Unsure
from evenhand.outreach.human_calls import Begun, Way
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import HumanCall
from evenhand.outreach.permits import Permit
from evenhand.portfolio.values import usable
from evenhand.runtime.config import config

TELEPHONES = ("MOBILE", "PHONE")
State = HumanCall.State
log = structlog.get_logger()


class NoNumber(LookupError):
    """There is no such telephone number of hers, or it is one that cannot be dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked:
    """What a click came to: REFUSED, LAPSED, or the state of the call."""

    contact: UUID
    state: str
    reason: str = ""


def call_at_click(
    *,
    customer_id: UUID,
    point: str,
    by: UUID,
    extension: str,
    language: str,
    purpose: str,
    request_key: UUID,
    exchange: Exchange,
    clock: Callable[[], datetime],
) -> Clicked:
    """Call a person at one of her own numbers from an extension; the same key again asks for nothing more.

    Raises NoNumber, and gate.KeyReused where the key was used about another person.
    """
    number = telephone_of(customer_id, point)
    permit = gate.request_contact(
        customer_id=customer_id, request_key=f"click {request_key} {point}", by=str(by), act="CALL", point=point,
        place="MOBILE" if number.kind == "MOBILE" else "", purpose=purpose, more={"recording": True},
    )  # fmt: skip
    if permit.reserved_until is None:
        return Clicked(contact=permit.id, state="REFUSED")
    begun = Begun(
        permit.id, customer_id, Way.PBX, point, permit.reserved_until, by=by, extension=extension
    )
    call, ours = human_calls.begin(begun, now=gate_now())
    if ours and _judged_again(permit, call, by):
        going = Dialling(
            id=call.id, at=clock(), permitted_at=permit.at, until=permit.reserved_until, extension=extension,
            to=number.value, language=language,
        )  # fmt: skip
        _ring(exchange, going, call)
    call.refresh_from_db()
    return Clicked(contact=permit.id, state=call.state, reason=call.reason)


def telephone_of(customer_id: UUID, point: str) -> PointRow:
    """One telephone number of the person herself, in clear; raises NoNumber."""
    found, settings = point_rows(customer_id), config()
    for row in found:
        if row.key == point and row.kind in TELEPHONES:
            demo = settings.mode == "demo"
            if usable(row.kind, row.value, act="CALL", country=settings.country, is_demo=demo):
                return row
    raise NoNumber(f"no telephone {point} of person {customer_id}")


def _judged_again(permit: Permit, call: HumanCall, by: UUID) -> bool:
    """Judge again at the moment of dialling; what lapsed is kept as not made."""
    try:
        state = gate.sent(permit, by=str(by)).state
    except gate.PermitSettled:
        state = "SETTLED"
    if state != "SENT":
        human_calls.lapsed(call, reason=state, now=gate_now())
    return state == "SENT"


def _ring(exchange: Exchange, going: Dialling, call: HumanCall) -> None:
    try:
        reference = exchange.ring(going)
    except NotHanded as refusal:
        human_calls.not_made(call, reason=str(refusal), proof="REFUSED_BY_CHANNEL", now=gate_now())
    except Unsure as unsure:
        human_calls.unsure(call, reason=str(unsure), now=gate_now())
    except Exception as fault:  # whatever an adapter does wrong, it may ring
        log.error("exchange_fault", call=str(call.id), fault=type(fault).__name__)
        human_calls.unsure(call, reason="EXCHANGE_FAULT", now=gate_now())
    else:
        human_calls.handed(call, reference=reference, now=gate_now())
