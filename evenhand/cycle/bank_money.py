"""Bank statements taken in, and what is done with money that no debt is known for."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyarrow as pa
from django.db import transaction

from evenhand.casework.owners import Owner, owners_of
from evenhand.cycle.money import Money, receive_payments
from evenhand.cycle.same_money import told_before, told_by_gateway
from evenhand.journal import actions as journal
from evenhand.ledger.models import ReceivedPayment
from evenhand.payments.bank_money import (
    BANK_MONEY,
    MoneyGone,
    seal_words,
    settle_money,
    statement_refused,
    waiting_money,
)
from evenhand.payments.models import RepeatedMoney, StatementFile, UnmatchedMoney
from evenhand.payments.statements.entries import StatementEntry, StatementRefused
from evenhand.payments.statements.reading import read_statement
from evenhand.portfolio.persons import lock_persons
from evenhand.runtime.keys import Keys

AT_ONCE = 500
NOTE_MAX = 500
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-Za-z]{8,34}(?![0-9A-Za-z])"
)  # what an account's number may look like


class WrongSplit(ValueError):
    """Parts that are not at least two sums of the same sign adding up to the whole."""


class AccountUnknown(LookupError):
    """An account of nobody in collections."""


@dataclass(frozen=True, slots=True)
class _Keyed:
    """An entry with the key it is known by, and the keys of what it may name: accounts, payments, accounts in words."""

    entry: StatementEntry
    reference_key: int
    account_keys: tuple[int, ...]
    payment_keys: tuple[int, ...]
    word_keys: tuple[int, ...]


def load_statement(content: bytes, name: str, *, keys: Keys, now: datetime) -> StatementFile:
    """Take a bank statement in; a refused one is a row too, and the same bytes again are the first row.

    Money is matched by a reference that names an account, else by being a payment that the gateway told of (reference,
    else sum and value date); the rest waits to be placed. Booked in parts of AT_ONCE, each a transaction: a load that
    was killed is loaded again and books the rest.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    known = StatementFile.objects.filter(sha256=sha256, state=StatementFile.State.LOADED).first()
    if known is not None:
        return known
    try:
        statement = read_statement(content, name)
    except StatementRefused as refused:
        return statement_refused(refused, sha256=sha256, now=now)
    counts = dict.fromkeys(("booked", "known", "waiting", "outgoing"), 0)
    incoming = [e for e in statement.entries if _is_payment(e)]
    counts["outgoing"] = len(statement.entries) - len(incoming)
    keyed = _keyed(incoming, statement.account, keys)
    waiting: list[UnmatchedMoney] = []
    for at in range(0, len(keyed), AT_ONCE):
        _load_part(keyed[at : at + AT_ONCE], keys, counts, waiting, now)
    return _kept(statement.format, statement.pending, name, sha256, counts, waiting, now)


def _is_payment(entry: StatementEntry) -> bool:
    """Money that came in, or such money taken back; what went out, or came back of it, is nobody's payment."""
    return entry.amount_minor < 0 if entry.takes_back else entry.amount_minor > 0


@transaction.atomic
def _kept(
    format_: str,
    pending: int,
    name: str,
    sha256: str,
    counts: Mapping[str, int],
    waiting: Sequence[UnmatchedMoney],
    now: datetime,
) -> StatementFile:
    file = StatementFile.objects.create(
        name=name[:200],
        sha256=sha256,
        format=format_,
        state=StatementFile.State.LOADED,
        entries_in=sum(counts.values()),
        entries_pending=pending,
        received_at=now,
        **{f"entries_{what}": count for what, count in counts.items()},
    )
    for money in waiting:
        money.file = file
    UnmatchedMoney.objects.bulk_create(waiting, batch_size=2_000)
    journal.record(
        kind="STATEMENT_LOADED",
        stream=BANK_MONEY,
        who=None,
        at=now,
        detail={
            "file": str(file.id),
            "entries": file.entries_in,
            "booked": file.entries_booked,
            "waiting": file.entries_waiting,
        },
    )
    return file


def _keyed(entries: Sequence[StatementEntry], account: str, keys: Keys) -> list[_Keyed]:
    """Entries with their keys: by the bank's reference, else by all they say and which of its like in the file it is.

    So the same entry in another file, or the same file cut otherwise, is known again, and two that are alike are two.
    """
    seen: dict[str, int] = {}
    named, structured = [], [text for entry in entries for text in entry.structured]
    for entry in entries:
        said = entry.bank_reference or json.dumps(
            [str(entry.value_on), entry.structured, entry.remitter, entry.text]
        )
        said = f"{account}|{said}|{entry.amount_minor}|{entry.currency}"
        seen[said] = seen.get(said, 0) + 1
        named.append(f"{said}|{seen[said]}")
    references = keys.tokens(pa.array(named, pa.string()), "bank_entry").tolist()
    texts = pa.array(structured, pa.string())
    accounts = iter(keys.tokens(texts, "account").tolist())
    payments = iter(keys.tokens(texts, "payment").tolist())
    spoken = [tuple(_NUMBER.findall(entry.text)) for entry in entries]
    words = pa.array([word for of_one in spoken for word in of_one], pa.string())
    in_words = iter(keys.tokens(words, "account").tolist())
    return [
        _Keyed(
            entry,
            reference,
            tuple(next(accounts) for _ in entry.structured),
            tuple(next(payments) for _ in entry.structured),
            tuple(next(in_words) for _ in numbers),
        )
        for entry, reference, numbers in zip(entries, references, spoken, strict=True)
    ]


@transaction.atomic
def _load_part(
    part: Sequence[_Keyed],
    keys: Keys,
    counts: dict[str, int],
    waiting: list[UnmatchedMoney],
    now: datetime,
) -> None:
    references = [one.reference_key for one in part]
    known = {
        key
        for rows in (ReceivedPayment, RepeatedMoney, UnmatchedMoney)
        for key in rows.objects.filter(reference_key__in=references).values_list(
            "reference_key", flat=True
        )
    }
    fresh = [one for one in part if one.reference_key not in known]
    counts["known"] += len(part) - len(fresh)
    owners = owners_of([key for one in fresh for key in (*one.account_keys, *one.word_keys)])
    told = told_by_gateway([one.entry.value_on for one in fresh])
    found = [(one, _account_of(one, owners, told)) for one in fresh]
    owners |= owners_of([account for _, account in found if account is not None])
    placed = [(one, account) for one, account in found if account in owners]
    waiting += [_waiting(one, keys, now) for one, account in found if account not in owners]
    counts["waiting"] += len(fresh) - len(placed)
    lock_persons(customer_keys=sorted({owners[a].customer_key for _, a in placed if a is not None}))
    booked = list(_new_money(placed, owners, now))
    receive_payments(booked, now=now)
    counts["booked"] += len(booked)
    counts["known"] += len(placed) - len(booked)


def _account_of(one: _Keyed, owners: Mapping[int, Owner], told: Mapping[object, int]) -> int | None:
    """The account that an entry is for: the one it names, else that of the one payment it is already known as.

    Never by its sum alone: five hundred yuan from a stranger are not the five hundred that somebody promised.
    """
    for names in (one.account_keys, one.word_keys):
        named = {key for key in names if key in owners}
        if named:
            account = next(iter(named))
            same = len(named) == 1 and owners[account].currency == one.entry.currency
            return account if same else None
    for key in one.payment_keys:
        if key in told:
            return told[key]
    return told.get((one.entry.amount_minor, one.entry.currency, one.entry.value_on))


def _new_money(
    placed: Sequence[tuple[_Keyed, int | None]], owners: Mapping[int, Owner], now: datetime
) -> Iterator[Money]:
    for one, account in placed:
        assert account is not None
        money = _money(
            one.reference_key, one.entry.amount_minor, one.entry, account, owners[account]
        )
        if not told_before(money, now=now, line=one.entry.line, also_called=one.payment_keys):
            yield money


def _money(
    reference_key: int,
    amount_minor: int,
    dated: StatementEntry | UnmatchedMoney,
    account: int,
    owner: Owner,
) -> Money:
    return Money(
        customer_key=owner.customer_key,
        partition=owner.partition,
        account_key=account,
        reference_key=reference_key,
        amount_minor=amount_minor,
        currency=dated.currency,
        value_on=dated.value_on,
        source="BANK_STATEMENT",
    )


def _waiting(one: _Keyed, keys: Keys, now: datetime) -> UnmatchedMoney:
    entry = one.entry
    words = {"remitter": entry.remitter, "references": entry.structured, "text": entry.text}
    return UnmatchedMoney(
        line=entry.line,
        reference_key=one.reference_key,
        amount_minor=entry.amount_minor,
        currency=entry.currency,
        value_on=entry.value_on,
        booked_on=entry.booked_on,
        words=seal_words(keys, one.reference_key, words),
        received_at=now,
    )


@transaction.atomic
def place_money(money_id: UUID, *, account_key: int, by: UUID, now: datetime) -> None:
    """Place waiting money on an account in collections: booked, and the person decided again, in one transaction.

    Raises MoneyGone, and AccountUnknown where the account is of nobody in collections or in another currency.
    """
    owner = owners_of([account_key]).get(account_key)
    if owner is None:
        raise AccountUnknown("no case has this account")
    lock_persons(customer_keys=[owner.customer_key])
    money = waiting_money(money_id)
    if owner.currency != money.currency:
        raise AccountUnknown("the account is in another currency")
    arrived = _money(money.reference_key, money.amount_minor, money, account_key, owner)
    if not told_before(arrived, now=now, file=money.file, line=money.line):
        receive_payments([arrived], now=now)
    settle_money(money, UnmatchedMoney.State.PLACED, account_key=account_key, by=by, now=now)


@transaction.atomic
def return_money(money_id: UUID, *, by: UUID, now: datetime) -> None:
    """Say that waiting money goes back to who sent it; raises MoneyGone."""
    settle_money(waiting_money(money_id), UnmatchedMoney.State.RETURNED, by=by, now=now)


@transaction.atomic
def split_money(
    money_id: UUID, *, parts_minor: Sequence[int], keys: Keys, by: UUID, now: datetime
) -> list[UnmatchedMoney]:
    """Split waiting money into parts that wait each on its own; raises MoneyGone and WrongSplit."""
    money = waiting_money(money_id)
    same_sign = all(part * money.amount_minor > 0 for part in parts_minor)
    if len(parts_minor) < 2 or not same_sign or sum(parts_minor) != money.amount_minor:
        raise WrongSplit("expected at least two sums that add up to the whole")
    settle_money(money, UnmatchedMoney.State.SPLIT, by=by, now=now)
    named = [f"{money.id}|{place}" for place in range(len(parts_minor))]
    references = keys.tokens(pa.array(named), "bank_entry").tolist()
    words = json.loads(opened(money.words, money.reference_key, keys) or "{}")
    return UnmatchedMoney.objects.bulk_create(
        UnmatchedMoney(
            file=money.file,
            line=money.line,
            part_of=money,
            reference_key=reference,
            amount_minor=part,
            currency=money.currency,
            value_on=money.value_on,
            booked_on=money.booked_on,
            words=seal_words(keys, reference, words),
            received_at=money.received_at,
        )
        for part, reference in zip(parts_minor, references, strict=True)
    )


@transaction.atomic
def note_money(money_id: UUID, *, text: str, keys: Keys, by: UUID, now: datetime) -> None:
    """Add to what staff found out about waiting money, sealed; raises MoneyGone."""
    money = waiting_money(money_id)
    notes = json.loads(opened(money.notes, money.reference_key, keys) or "[]")
    notes.append({"at": now.isoformat(), "by": str(by), "text": text[:NOTE_MAX]})
    money.notes = keys.seal(
        json.dumps(notes, ensure_ascii=False).encode(), about=b"money %d" % money.reference_key
    )
    money.save(update_fields=["notes"])
    journal.record(
        kind="MONEY_NOTED", stream=BANK_MONEY, who=by, at=now, detail={"money": str(money.id)}
    )


def opened(sealed: bytes | memoryview | None, reference_key: int, keys: Keys) -> str:
    """What was sealed about money, in clear: never logged, never kept; empty where nothing was."""
    if not sealed:
        return ""
    return keys.unseal(bytes(sealed), about=b"money %d" % reference_key).decode("utf-8")


__all__ = [
    "AccountUnknown",
    "MoneyGone",
    "WrongSplit",
    "load_statement",
    "note_money",
    "opened",
    "place_money",
    "return_money",
    "split_money",
]
