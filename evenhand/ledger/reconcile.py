"""Our books against the core's, every night: what differs is listed and explained, never smoothed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Sum

from evenhand.ledger.models import Book, Break, Posting
from evenhand.ledger.policy import RECEIVABLES

SPLIT = tuple(part for part in RECEIVABLES if part != "UNSPLIT")
TOTAL = "TOTAL"


@dataclass(frozen=True, slots=True)
class Theirs:
    """What the core says of an account on a day: the total, and its parts where it gives them (credit below zero)."""

    total_minor: int
    parts: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class Found:
    """How many figures of the books were compared, and in how many of them ours and theirs differ."""

    compared: int
    differ: int


def reconcile(
    theirs: Mapping[int, Theirs], *, on: date, unbooked_minor: Mapping[int, int]
) -> Found:
    """Compare the books of these accounts with what the core says on a banking day; twice gives the same breaks.

    `unbooked_minor` is, by account, what was given up and told to the core and no file of it shows yet.

    A figure is compared by part where both sides have parts, else in total. A break that is gone is closed.
    """
    books = list(Book.objects.filter(account_key__in=list(theirs), opened_on__lt=on))
    seen = {
        (row.book_id, row.part): row for row in Break.objects.filter(book__in=books, gone_on=None)
    }
    waiting = _waiting(books, unbooked_minor)
    fresh, moved, compared = [], [], 0
    for book in books:
        for part, ours, core in _figures(book, theirs[book.account_key]):
            compared += 1
            row = seen.pop((book.id, part), None)
            if ours == core:
                if row is not None:
                    row.gone_on = on
                    moved.append(row)
                continue
            why = _explained(core - ours, waiting.get(book.id, {}))
            if row is None:
                fresh.append(
                    Break(
                        customer_id=book.customer_id, book=book, part=part, ours_minor=ours, theirs_minor=core,
                        explanation=why, since_on=on, last_seen_on=on,
                    )
                )  # fmt: skip
            else:
                row.ours_minor, row.theirs_minor = ours, core
                row.explanation, row.last_seen_on = why, on
                moved.append(row)
    Break.objects.bulk_create(fresh, batch_size=2_000)
    fields = ["ours_minor", "theirs_minor", "explanation", "last_seen_on", "gone_on"]
    Break.objects.bulk_update(moved, fields, batch_size=2_000)
    return Found(compared, len(fresh) + sum(row.gone_on is None for row in moved))


def _figures(book: Book, core: Theirs) -> Iterable[tuple[str, int, int]]:
    owed = {part: getattr(book, f"{part.lower()}_minor") for part in RECEIVABLES}
    if core.parts is not None and book.split:
        owed["PRINCIPAL"] -= book.credit_minor  # the core keeps credit as a balance below zero
        yield from ((part, owed[part], core.parts[part]) for part in SPLIT)
    else:
        yield TOTAL, sum(owed.values()) - book.credit_minor, core.total_minor


def _waiting(
    books: Iterable[Book], unbooked_minor: Mapping[int, int]
) -> dict[UUID, dict[str, int]]:
    """By book, what stands provisional and what was given up: the core may not have booked it yet."""
    found = {book.id: {"WAIVED": unbooked_minor.get(book.account_key, 0)} for book in books}
    keys = list(found)
    for sides, sign in ((("debit", "PROVISIONAL"), 1), (("credit", "PROVISIONAL"), -1)):
        rows = Posting.objects.filter(book_id__in=keys, **{sides[0]: sides[1]})
        for book_id, minor in rows.values_list("book_id").annotate(Sum("amount_minor")):
            mine = found.setdefault(book_id, {})
            mine["PROVISIONAL"] = mine.get("PROVISIONAL", 0) + sign * minor
    return found


def _explained(more_minor: int, waiting: Mapping[str, int]) -> str:
    """Why the core says that so much more is owed than we do."""
    provisional, waived = waiting.get("PROVISIONAL", 0), waiting.get("WAIVED", 0)
    if provisional and 0 < more_minor <= provisional:
        return Break.Explanation.PROVISIONAL
    if waived and 0 < more_minor <= waived:
        return Break.Explanation.WAIVED
    return Break.Explanation.NOT_SENT
