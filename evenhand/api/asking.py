"""Permits asked for and used."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from evenhand.access.clients import ClientRow
from evenhand.api.answers import permit_of, reason_of
from evenhand.api.problems import Problem
from evenhand.api.shapes import Asking, Permit
from evenhand.casework.grants import GrantedCase, granted_case, known_case, references_of
from evenhand.casework.queries import point_keys_of
from evenhand.outreach import gate
from evenhand.outreach.asked import NotAContact
from evenhand.outreach.outside import ASKED_BY, OutsideContact, outside_contact

TO_A_POINT = frozenset({"CALL", "RINGLESS_VOICEMAIL", "TEXT", "EMAIL"})
# What lifts a rule on the asker's word alone is the bank's to say: it records the wish or consent that shows it.
THE_BANKS_PURPOSES = frozenset({
    "AT_DEBTOR_REQUEST", "COMPLAINT_RESPONSE", "OPT_OUT_CONFIRMATION", "SERVICE", "SPECIFIED_REMEDY_NOTICE",
    "TERMINATE_EFFORTS",
})  # fmt: skip
THE_BANKS_WORD = frozenset({
    "consent", "consent_fresh", "bank_consent", "entry_consent", "offers_to_pay", "first", "requested",
    "answer_doubted", "safe_harbor",
})  # fmt: skip


def by(client: ClientRow) -> str:
    """Who asked, as it stands in a contact."""
    return ASKED_BY + client.name


NOT_READY_SECONDS = 300


def not_ready() -> Problem:
    """The week to file a contact in was not made: nothing is permitted until somebody at the bank makes it."""
    return Problem(503, "not-ready", "ask again later", wait_seconds=NOT_READY_SECONDS)


def ask(client: ClientRow, key: str, asked: Asking) -> tuple[OutsideContact, bool]:
    """The gate's answer, and whether it was given before under the same key. Raises Problem."""
    case = case_of(client, asked.reference)
    check_reached(asked.role, asked.to)
    check_point(case, asked.act, asked.role, asked.point)
    _check_claims(client, asked)
    try:
        permit = gate.request_contact(
            customer_id=case.customer_id,
            request_key=f"{by(client)}:{key}",
            by=by(client),
            collector=client.collector,
            actor=client.actor,
            **{name: getattr(asked, name) for name in _SAID},
        )
    except gate.KeyReused:
        raise reused() from None
    except gate.NoWeek:
        raise not_ready() from None
    except NotAContact as error:
        raise not_as_expected(str(error)) from None
    case_of(
        client, asked.reference
    )  # it may have been taken back meanwhile: then the permit is not told, and lapses
    return own(client, permit.id), permit.repeated


_SAID = ("act", "role", "to", "place", "point", "purpose", "more")


def sent(client: ClientRow, permit_id: UUID, key: str = "") -> OutsideContact:
    """The permit, judged again; raises Problem unless it may be sent now.

    The same key again gives the first answer, so that one whose answer was lost may ask again and dial once.
    """
    _require_granted(client, own(client, permit_id))
    try:
        permit = gate.sent(
            gate.permit_by_id(permit_id), by=by(client), key=key and f"{by(client)}:sent:{key}"
        )
    except gate.KeyReused:
        raise reused() from None
    except gate.PermitSettled as error:
        raise Problem(409, "permit-settled", str(error)) from None
    found = own(client, permit_id)
    if permit.state == "LAPSED":
        reasons: Any = [
            reason_of(reason).model_dump(mode="json") for reason in found.reasons_when_sent
        ]
        raise Problem(409, "permit-lapsed", found.state_reason, reasons=reasons)
    _require_granted(client, found)
    return found


def own(client: ClientRow, permit_id: UUID) -> OutsideContact:
    """A contact of the client's collector; raises Problem."""
    found = outside_contact(client.collector, permit_id, language=get_language() or "")
    if found is None:
        raise Problem(404, "not-found", "there is no such permit")
    return found


def case_of(client: ClientRow, reference: str, *, also_past: bool = False) -> GrantedCase:
    """The case that is the client's to contact, or was where that is enough; raises Problem."""
    found = (known_case if also_past else granted_case)(client.collector, reference)
    if found is None:
        raise Problem(404, "not-found", "there is no such case", field="reference")
    return found


def permits_of(client: ClientRow, rows: Sequence[OutsideContact]) -> list[Permit]:
    """Contacts as they are answered, with the references the collector knows them by."""
    references = references_of(client.collector, [row.customer_id for row in rows])
    return [permit_of(client, row, reference=references[row.customer_id]) for row in rows]


def check_point(case: GrantedCase, act: str, role: str, point: str) -> None:
    """Raise Problem unless a number or address of the person herself is one that the bank knows.

    Attempts are counted for each number: under keys of the client's own making there would be no end of them.
    """
    if role != "CONSUMER" or (not point and act not in TO_A_POINT):
        return
    if point not in point_keys_of(case.customer_id):
        raise Problem(
            422, "not-as-expected", f"a point of GET /cases/{case.reference}", field="point"
        )


def check_reached(role: str, to: str) -> None:
    """Raise Problem where a key stands for the person herself: counted for each, there would be no end of them."""
    if role == "CONSUMER" and to:
        raise Problem(422, "not-as-expected", "no key for the person herself", field="to")


def not_as_expected(sentence: str) -> Problem:
    """What the gate says of a field that it does not understand."""
    return Problem(422, "not-as-expected", sentence, field=sentence.split(" ", 1)[0])


def reused() -> Problem:
    """The same key for another question."""
    return Problem(422, "key-reused", "a key that was not used before", field="Idempotency-Key")


def _require_granted(client: ClientRow, found: OutsideContact) -> None:
    reference = references_of(client.collector, [found.customer_id])[found.customer_id]
    case_of(client, reference)


def _check_claims(client: ClientRow, asked: Asking) -> None:
    if client.of_the_bank:
        return
    if asked.role != "CONSUMER":
        expected = "CONSUMER; whom else to reach, and where, is the bank's to say"
        raise Problem(422, "not-as-expected", expected, field="role")
    if asked.purpose in THE_BANKS_PURPOSES:
        raise Problem(
            422, "not-as-expected", "a purpose that is not the bank's to state", field="purpose"
        )
    if claims := sorted(THE_BANKS_WORD & asked.more.keys()):
        raise Problem(
            422, "not-as-expected", "what the bank does not have to say", field=f"more.{claims[0]}"
        )
