"""Money and what is owed, booked. The caller holds the person's lock and decides her again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from evenhand.journal import actions as journal
from evenhand.kernel.ids import uuid7
from evenhand.ledger.booking import Paid, book_payments, work_out_again
from evenhand.ledger.models import Book, Posting, ReceivedPayment
from evenhand.ledger.policy import RECEIVABLES
from evenhand.portfolio.models import Person

Source = ReceivedPayment.Source
BATCH = 2_000


class ReferenceReused(ValueError):
    """The same payment reference came again with another amount, account or day."""


class PostingUnknown(LookupError):
    """There is no such posting of this person."""


class PostingRefused(ValueError):
    """A posting that cannot be made; the message says why."""


def receive_payment(
    *,
    person: Person,
    account_key: int,
    reference_key: int,
    amount_minor: int,
    currency: str,
    value_on: date,
    source: str = Source.CORE_INTRADAY,
    overdue_days: int = 0,
    booked_on: date | None = None,
    now: datetime,
) -> bool:
    """Book a payment until a file of the core carries its reference. Returns whether it was new.

    `overdue_days` are those of the account at the value date; `booked_on` is the banking day, the value date where none
    is given. Raises ReferenceReused.
    """
    said = {
        "account_key": account_key,
        "amount_minor": amount_minor,
        "currency": currency,
        "value_on": value_on,
    }
    row, new = ReceivedPayment.objects.get_or_create(
        reference_key=reference_key,
        defaults={
            "customer": person,
            "received_at": now,
            "source": source,
            "overdue_days": overdue_days,
            **said,
        },
    )
    if not new and (
        row.customer_id != person.id or any(getattr(row, name) != said[name] for name in said)
    ):
        raise ReferenceReused(
            f"payment reference {reference_key} was received before with other content"
        )
    if new and not _is_the_cores(row):
        book_payments([paid(row)], booked_on=booked_on or value_on, now=now)
        journal.record(
            kind="PAYMENT_RECEIVED",
            stream=journal.of_person(person.id),
            who=None,
            at=now,
            detail={
                "account_key": account_key,
                "reference_key": reference_key,
                "amount_minor": amount_minor,
                "currency": currency,
                "value_on": value_on.isoformat(),
            },
        )
    return new


def _is_the_cores(row: ReceivedPayment) -> bool:
    """Whether the core's files carried this money already under a reference of its own, which is noted then."""
    if row.source not in {Source.GATEWAY, Source.BANK_STATEMENT}:
        return False
    alike = ReceivedPayment.objects.filter(
        source=Source.CORE_NIGHT,
        account_key=row.account_key,
        amount_minor=row.amount_minor,
        value_on=row.value_on,
    )
    named = ReceivedPayment.objects.filter(confirmed_by_key=OuterRef("reference_key"))
    found = alike.filter(~Exists(named)).order_by("id").first()
    if found is None:
        return False
    row.confirmed_by_key, row.confirmed_on = found.reference_key, found.confirmed_on
    row.save(update_fields=["confirmed_by_key", "confirmed_on"])
    return True


def paid(row: ReceivedPayment) -> Paid:
    """A payment's row as booking takes it."""
    return Paid(
        id=row.id,
        account_key=row.account_key,
        reference_key=row.reference_key,
        amount_minor=row.amount_minor,
        value_on=row.value_on,
        overdue_days=row.overdue_days,
        source=row.source,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What the core says is owed on an account (by RECEIVABLES, none below zero), and the line that says it.

    All of it is UNSPLIT where the core gives no parts.
    """

    customer_id: UUID
    account_key: int
    currency: str
    owed_minor: Mapping[str, int]
    file_no: int | None = None
    line: int | None = None


def open_books(openings: Sequence[Opening], *, opened_on: date, now: datetime) -> int:
    """Open the ledgers of accounts, each once; returns how many. The caller holds the locks of the people."""
    keys = [opening.account_key for opening in openings]
    known = set(Book.objects.filter(account_key__in=keys).values_list("account_key", flat=True))
    fresh = [opening for opening in openings if opening.account_key not in known]
    books = [_opened(opening, opened_on) for opening in fresh]
    Book.objects.bulk_create(books, batch_size=BATCH)
    Posting.objects.bulk_create(
        (
            posting
            for book, opening in zip(books, fresh, strict=True)
            for posting in _opening_postings(book, opening, now)
        ),
        batch_size=BATCH,
    )
    journal.record_many(_told_opened(book, now) for book in books)
    received = ReceivedPayment.objects.filter(account_key__in=[book.account_key for book in books])
    early = set(received.filter(confirmed_on=None).values_list("account_key", flat=True))
    if early:
        work_out_again(early, booked_on=opened_on, now=now)
    return len(books)


def open_book(
    *,
    person: Person,
    account_key: int,
    currency: str,
    opened_on: date,
    owed_minor: Mapping[str, int],
    file_no: int | None,
    line: int | None,
    now: datetime,
) -> Book:
    """Open the ledger of one account; opened before, it stays as it was. As `open_books`."""
    opening = Opening(
        customer_id=person.id,
        account_key=account_key,
        currency=currency,
        owed_minor=owed_minor,
        file_no=file_no,
        line=line,
    )
    open_books([opening], opened_on=opened_on, now=now)
    return Book.objects.get(account_key=account_key)


def _opened(opening: Opening, on: date) -> Book:
    assert set(opening.owed_minor) <= set(RECEIVABLES)
    assert all(minor >= 0 for minor in opening.owed_minor.values())
    return Book(
        customer_id=opening.customer_id,
        account_key=opening.account_key,
        currency=opening.currency,
        opened_on=on,
        split="UNSPLIT" not in opening.owed_minor,
        last_value_on=on,
        **{f"{part.lower()}_minor": minor for part, minor in opening.owed_minor.items()},
    )


def _opening_postings(book: Book, opening: Opening, now: datetime) -> Iterator[Posting]:
    for part, minor in opening.owed_minor.items():
        if minor:
            yield Posting(
                customer_id=book.customer_id,
                book=book,
                kind="OPENING",
                debit=part,
                credit="OPENING",
                amount_minor=minor,
                value_on=book.opened_on,
                booked_on=book.opened_on,
                booked_at=now,
                cause=book.id,
                file_no=opening.file_no,
                line=opening.line,
            )


def _told_opened(book: Book, now: datetime) -> journal.Act:
    owed = sum(getattr(book, f"{part.lower()}_minor") for part in RECEIVABLES)
    return journal.Act(
        kind="BOOK_OPENED",
        stream=journal.of_person(book.customer_id),
        who="night",
        at=now,
        detail={
            "account_key": book.account_key,
            "amount_minor": owed,
            "currency": book.currency,
            "split": book.split,
        },
    )


def waive(
    *,
    person: Person,
    account_key: int,
    part: str,
    amount_minor: int,
    act: UUID,
    by: UUID | None,
    now: datetime,
    on: date,
) -> Posting:
    """Waive an amount of one part of an account, for an act that allowed it; the same act again changes nothing.

    Raises PostingRefused when no more is owed of that part.
    """
    book = _book_of(person, account_key)
    before = book.postings.filter(kind="WAIVER", cause=act, credit=part).first()
    if before is not None:
        return before
    owed = getattr(book, f"{part.lower()}_minor")
    if not 0 < amount_minor <= owed:
        raise PostingRefused(f"{amount_minor} of {part} cannot be waived: {owed} is owed of it")
    posting = _post(book, "WAIVER", "WAIVED", part, amount_minor, on, on, cause=act, now=now)
    work_out_again([account_key], booked_on=on, now=now)
    _tell("DEBT_WAIVED", posting, book, by=by, now=now, part=part)
    return posting


def refund(
    *,
    person: Person,
    account_key: int,
    amount_minor: int,
    act: UUID,
    by: UUID | None,
    now: datetime,
    on: date,
) -> Posting:
    """Give back what she paid too much; raises PostingRefused for more than she has to her credit."""
    book = _book_of(person, account_key)
    before = book.postings.filter(kind="REFUND", cause=act).first()
    if before is not None:
        return before
    if not 0 < amount_minor <= book.credit_minor:
        raise PostingRefused(
            f"{amount_minor} cannot be given back: {book.credit_minor} is to her credit"
        )
    posting = _post(book, "REFUND", "CREDIT", "REFUNDED", amount_minor, on, on, cause=act, now=now)
    work_out_again([account_key], booked_on=on, now=now)
    _tell("OVERPAYMENT_REFUNDED", posting, book, by=by, now=now, part="CREDIT")
    return posting


def reverse(
    *, person: Person, posting_id: UUID, reason: str, by: UUID | None, now: datetime, on: date
) -> Posting:
    """Take a charge or a waiver back by a counter-posting, and allocate all money since anew; twice changes nothing.

    What is allocated or confirmed is no act of ours to take back. Raises PostingRefused.
    """
    posting = Posting.objects.select_related("book").filter(id=posting_id, customer=person).first()
    if posting is None:
        raise PostingUnknown(f"no posting {posting_id}")
    before = Posting.objects.filter(reverses=posting).first()
    if before is not None:
        return before
    if posting.kind not in {"CHARGE", "WAIVER"}:
        raise PostingRefused(f"a posting of {posting.kind} is not taken back by hand")
    if not reason.strip():
        raise PostingRefused("say why it is taken back")
    book = posting.book
    counter = _post(
        book, "REVERSAL", posting.credit, posting.debit, posting.amount_minor, posting.value_on, on,
        cause=posting.id, reverses=posting, now=now,
    )  # fmt: skip
    work_out_again([book.account_key], booked_on=on, now=now)
    _tell("POSTING_REVERSED", counter, book, by=by, now=now, part=_part(posting), reason=reason)
    return counter


def match_by_amount(carried: Sequence[tuple[int, int, int, date]]) -> int:
    """Say of provisional money which payment of the core's files it is, where the files name it otherwise.

    `carried` are account, reference, amount in minor units and value date of what the files carry. Each is matched
    once, and with money of the same account, sum and value date only; of several alike the one told of first. It
    counts as provisional until `confirm_payments` is told of the core's reference. Returns how many were matched.
    """
    references = [reference for _, reference, _, _ in carried]
    taken = set(
        ReceivedPayment.objects.filter(reference_key__in=references).values_list(
            "reference_key", flat=True
        )
    ) | set(
        ReceivedPayment.objects.filter(confirmed_by_key__in=references).values_list(
            "confirmed_by_key", flat=True
        )
    )
    free: dict[tuple[int, int, date], list[int]] = {}
    for account, reference, minor, value_on in sorted(carried, key=lambda row: row[1]):
        if reference not in taken:
            free.setdefault((account, minor, value_on), []).append(reference)
    accounts = {account for account, _, _ in free}
    waiting = ReceivedPayment.objects.filter(
        account_key__in=accounts, confirmed_on=None, confirmed_by_key=None
    ).exclude(reference_key__in=references)
    matched = []
    for row in waiting.order_by("received_at", "id"):
        alike = free.get((row.account_key, row.amount_minor, row.value_on))
        if alike:
            row.confirmed_by_key = alike.pop(0)
            matched.append(row)
    ReceivedPayment.objects.bulk_update(matched, ["confirmed_by_key"], batch_size=BATCH)
    return len(matched)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorePayment:
    """One payment that a file of the core carries, below zero one taken back, with the line that says so."""

    customer_id: UUID
    account_key: int
    reference_key: int
    amount_minor: int
    currency: str
    value_on: date
    overdue_days: int
    file_no: int
    line: int


def book_core_payments(payments: Sequence[CorePayment], *, on: date, now: datetime) -> int:
    """Book what the files of a banking day carry: what is known by day is confirmed, the rest booked. Returns how many
    were booked. The same files again change nothing. The caller holds the locks of the people."""
    keys = [payment.reference_key for payment in payments]
    rows_known = ReceivedPayment.objects.filter(
        Q(reference_key__in=keys) | Q(confirmed_by_key__in=keys)
    )
    known = {
        key
        for pair in rows_known.values_list("reference_key", "confirmed_by_key")
        for key in pair
        if key is not None and key in set(keys)
    }
    confirm_payments(sorted(known), on=on, now=now)
    rows = [
        ReceivedPayment(
            received_at=now,
            source=Source.CORE_NIGHT,
            confirmed_on=on,
            **{name: getattr(payment, name) for name in CorePayment.__slots__},
        )
        for payment in payments
        if payment.reference_key not in known
    ]
    ReceivedPayment.objects.bulk_create(rows, batch_size=BATCH)
    book_payments([paid(row) for row in rows], booked_on=on, now=now)
    return len(rows)


def confirm_payments(reference_keys: Sequence[int], *, on: date, now: datetime) -> int:
    """Say that files of a banking day carry these payments: what was provisional is the core's. Returns how many."""
    keys = list(reference_keys)
    rows = ReceivedPayment.objects.filter(
        Q(reference_key__in=keys) | Q(confirmed_by_key__in=keys)
    ).exclude(source=Source.CORE_NIGHT)
    rows.filter(confirmed_on=None).update(confirmed_on=on)
    confirmed = set(
        Posting.objects.filter(kind="CONFIRMATION", cause__in=[row.id for row in rows]).values_list(
            "cause", flat=True
        )
    )
    books = {book.account_key: book for book in Book.objects.filter(
        account_key__in=[row.account_key for row in rows]
    )}  # fmt: skip
    done = 0
    for row in rows:
        book = books.get(row.account_key)
        if book is None or row.id in confirmed or on <= book.opened_on:
            continue
        sides = ("RECEIVED", "PROVISIONAL") if row.amount_minor > 0 else ("PROVISIONAL", "RECEIVED")
        _post(
            book,
            "CONFIRMATION",
            *sides,
            abs(row.amount_minor),
            row.value_on,
            on,
            cause=row.id,
            now=now,
        )
        done += 1
    return done


def _post(
    book: Book,
    kind: str,
    debit: str,
    credit: str,
    amount_minor: int,
    value_on: date,
    booked_on: date,
    *,
    cause: UUID,
    now: datetime,
    reverses: Posting | None = None,
) -> Posting:
    return Posting.objects.create(
        id=uuid7(),
        customer_id=book.customer_id,
        book=book,
        kind=kind,
        debit=debit,
        credit=credit,
        amount_minor=amount_minor,
        value_on=value_on,
        booked_on=booked_on,
        booked_at=now,
        cause=cause,
        reverses=reverses,
    )


def _book_of(person: Person, account_key: int) -> Book:
    try:
        return Book.objects.get(customer=person, account_key=account_key)
    except Book.DoesNotExist:
        raise PostingRefused(f"account {account_key} has no book") from None


def _part(posting: Posting) -> str:
    return posting.debit if posting.debit in RECEIVABLES else posting.credit


def _tell(
    kind: str,
    posting: Posting,
    book: Book,
    *,
    by: UUID | None,
    now: datetime,
    part: str,
    **more: str,
) -> None:
    journal.record(
        kind=kind,
        stream=journal.of_person(posting.customer_id),
        who=by,
        at=now,
        detail={
            "posting": str(posting.id),
            "account_key": book.account_key,
            "part": part,
            "amount_minor": posting.amount_minor,
            "currency": book.currency,
            **more,
        },
    )
