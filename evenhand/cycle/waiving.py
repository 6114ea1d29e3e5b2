"""Parts of a debt given up: asked, approved where it has to be, booked here, and told to the core as an instruction."""

from datetime import date, datetime
from uuid import UUID

from evenhand.approvals import actions as approvals
from evenhand.arrangements import giving_up
from evenhand.arrangements.giving_up import WaiverRefused
from evenhand.arrangements.house import house
from evenhand.arrangements.models import Plan, Waiver
from evenhand.arrangements.offers import NO_SECOND_PERSON, WAIVED_PARTS, waiver_needs
from evenhand.cycle.offering import offer_facts
from evenhand.cycle.redeciding import changed, locked
from evenhand.instructions.actions import instruct
from evenhand.journal.rules import digest_of
from evenhand.ledger import actions as ledger
from evenhand.ledger.actions import PostingRefused
from evenhand.ledger.models import Posting
from evenhand.portfolio.models import Person

SUBJECT = "WAIVER"


def request_waiver(
    *,
    waiver_id: UUID,
    customer_id: UUID,
    account_key: int,
    part: str,
    amount_minor: int,
    reason: str,
    note: str,
    asker: str,
    by: UUID,
    now: datetime,
    on: date,
) -> str:
    """Ask for a part of a debt to be given up; booked at once within authority. Returns its state; the same id twice
    asks once. Raises WaiverRefused."""
    if part not in WAIVED_PARTS:
        raise WaiverRefused("PART")
    with locked(customer_id) as person:
        before = Waiver.objects.filter(id=waiver_id).first()
        if before is not None:
            return str(before.state)
        facts, owed = offer_facts(customer_id, on=on, account_keys=[account_key])
        if not owed:
            raise WaiverRefused("MORE_THAN_OWED")
        role, reasons = waiver_needs(facts, part, amount_minor, asker, house())
        if role and asker in NO_SECOND_PERSON:
            reasons = (*reasons, "PASSED_ON")
        if reasons:
            raise WaiverRefused(*reasons)
        waiver, _ = giving_up.ask_waiver(
            waiver_id=waiver_id, person=person, account_key=account_key, part=part, amount_minor=amount_minor,
            currency=facts.currency, reason=reason, note=note, approval_role=role, by=by, now=now, on=on,
        )  # fmt: skip
        if role:
            approvals.ask(
                subject=SUBJECT, subject_id=waiver.id, digest=digest_of_waiver(waiver), asked_by=by, made_by=[by],
                note=note, now=now,
            )  # fmt: skip
            return str(waiver.state)
        _book(person, waiver, by=by, now=now, on=on)
        changed(person, cause="WAIVER", now=now)
        return str(waiver.state)


def book_waiver(
    *,
    waiver_id: UUID,
    person: Person,
    account_key: int,
    part: str,
    amount_minor: int,
    currency: str,
    reason: str,
    plan: Plan | None,
    by: UUID | None,
    now: datetime,
    on: date,
) -> Waiver:
    """Give a part up that was agreed with something else. The caller holds the lock and decides the person again."""
    waiver, new = giving_up.ask_waiver(
        waiver_id=waiver_id, person=person, account_key=account_key, part=part, amount_minor=amount_minor,
        currency=currency, reason=reason, plan=plan, approval_role="", by=by, now=now, on=on,
    )  # fmt: skip
    if new:
        _book(person, waiver, by=by, now=now, on=on)
    return waiver


def asked(subject_id: UUID) -> tuple[UUID, str, str]:
    """Whose it is, which role answers, and the digest of what is asked. Raises Waiver.DoesNotExist."""
    row = Waiver.objects.get(id=subject_id)
    return row.customer_id, row.approval_role, digest_of_waiver(row)


def answered(
    waiver_id: UUID, *, approved: bool, reason: str, by: UUID, now: datetime, on: date
) -> None:
    """Apply a second person's answer about a waiver; the caller holds the person's lock."""
    waiver = Waiver.objects.select_related("customer").get(id=waiver_id)
    if not approved:
        giving_up.waiver_refused(
            waiver=waiver, state=Waiver.State.REFUSED, reason=reason, by=by, now=now
        )
        return
    _book(waiver.customer, waiver, by=by, now=now, on=on)
    changed(waiver.customer, cause="WAIVER", now=now)


def withdraw_waiver(*, waiver_id: UUID, reason: str, by: UUID, now: datetime) -> None:
    """Take a waiver back that nobody has answered yet. Raises WaiverRefused."""
    customer = Waiver.objects.values_list("customer_id", flat=True).get(id=waiver_id)
    with locked(customer):
        approvals.withdraw(subject=SUBJECT, subject_id=waiver_id, by=by, now=now)
        giving_up.waiver_refused(
            waiver=Waiver.objects.get(id=waiver_id),
            state=Waiver.State.WITHDRAWN,
            reason=reason,
            by=by,
            now=now,
        )


def digest_of_waiver(waiver: Waiver) -> str:
    """Of exactly what is asked for."""
    return digest_of({
        "waiver": str(waiver.id),
        "account_key": waiver.account_key,
        "part": waiver.part,
        "amount_minor": waiver.amount_minor,
        "currency": waiver.currency,
        "reason": waiver.reason,
    })  # fmt: skip


def _book(person: Person, waiver: Waiver, *, by: UUID | None, now: datetime, on: date) -> None:
    try:
        ledger.waive(
            person=person, account_key=waiver.account_key, part=waiver.part, amount_minor=waiver.amount_minor,
            act=waiver.id, by=by, now=now, on=on,
        )  # fmt: skip
    except PostingRefused:
        raise WaiverRefused("MORE_THAN_OWED") from None
    giving_up.waiver_booked(waiver=waiver, on=on)
    instruct(
        person=person, account_key=waiver.account_key, kind="WAIVER", amount_minor=waiver.amount_minor,
        currency=waiver.currency, part=waiver.part, cause=waiver.id, owner=waiver.made_by_id, by=by, now=now, on=on,
    )  # fmt: skip


def reverse_charge(
    *, customer_id: UUID, posting_id: UUID, reason: str, by: UUID, now: datetime, on: date
) -> None:
    """Take a wrong charge back: a counter-posting here, a reversal told to the core, and the person decided again.

    Only a charge: what was waived stays hers. Raises PostingRefused and PostingUnknown.
    """
    with locked(customer_id) as person:
        if Posting.objects.filter(id=posting_id, customer=person).exclude(kind="CHARGE").exists():
            raise PostingRefused("only a charge is taken back by hand")
        counter = ledger.reverse(
            person=person, posting_id=posting_id, reason=reason, by=by, now=now, on=on
        )
        instruct(
            person=person, account_key=counter.book.account_key, kind="REVERSAL", amount_minor=counter.amount_minor,
            currency=counter.book.currency, part=counter.credit, cause=counter.id, owner=by, by=by, now=now, on=on,
        )  # fmt: skip
        changed(person, cause="REVERSAL", now=now)


def refund(
    *,
    customer_id: UUID,
    account_key: int,
    amount_minor: int,
    act: UUID,
    by: UUID,
    now: datetime,
    on: date,
) -> None:
    """Give back what she paid too much. Raises PostingRefused."""
    with locked(customer_id) as person:
        ledger.refund(
            person=person,
            account_key=account_key,
            amount_minor=amount_minor,
            act=act,
            by=by,
            now=now,
            on=on,
        )
        changed(person, cause="REFUND", now=now)
