"""Whose money may this be? Suggestions for a person to look at: a sum alone never places money."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pyarrow as pa

from evenhand.arrangements.models import PlanInstalment, Promise
from evenhand.arrangements.plans import IN_FORCE
from evenhand.casework.models import Case, CaseAccount
from evenhand.cycle.bank_money import opened
from evenhand.payments.models import PaidClaim, UnmatchedMoney
from evenhand.portfolio.identity import open_identity
from evenhand.portfolio.models import Person
from evenhand.runtime.keys import Keys, SealedError

AROUND = timedelta(days=7)
SHOWN = 4  # suggestions a sum
STRENGTH = ("NAME", "NUMBER", "SAYS_PAID", "PROMISE", "INSTALMENT", "ARREARS", "BALANCE")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{4,34}(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One account that money may be for, and why; codes of STRENGTH, the strongest first."""

    customer_id: UUID
    account_key: int
    card_tail: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a remitter wrote, in clear: never kept, never logged."""

    remitter: str = ""
    references: tuple[str, ...] = ()
    text: str = ""


def words_of(money: UnmatchedMoney, keys: Keys) -> Words:
    """What stands with waiting money; empty where its key is gone."""
    try:
        said = json.loads(opened(money.words, money.reference_key, keys) or "{}")
    except SealedError:
        return Words()
    return Words(
        remitter=said.get("remitter", ""),
        references=tuple(said.get("references", ())),
        text=said.get("text", ""),
    )


def suggestions(rows: Sequence[UnmatchedMoney], keys: Keys) -> dict[UUID, tuple[Suggestion, ...]]:
    """For each of these sums, the accounts it may be for."""
    said = {row.id: words_of(row, keys) for row in rows}
    numbered = _by_number(said, keys)
    found: dict[UUID, dict[UUID, set[str]]] = {}
    for row in rows:
        people: dict[UUID, set[str]] = {}
        for reason, customers in (
            ("NUMBER", numbered.get(row.id, ())),
            ("SAYS_PAID", _claims(row)),
            ("PROMISE", _promises(row)),
            ("INSTALMENT", _instalments(row)),
            ("ARREARS", _sums(row, "arrears_minor")),
            ("BALANCE", _sums(row, "balance_minor")),
        ):
            for customer in customers:
                people.setdefault(customer, set()).add(reason)
        found[row.id] = people
    names = _names({customer for people in found.values() for customer in people}, keys)
    accounts = _accounts(names)
    return {
        row.id: _ranked(row, found[row.id], said[row.id].remitter, names, accounts) for row in rows
    }


def _ranked(
    row: UnmatchedMoney,
    people: Mapping[UUID, set[str]],
    remitter: str,
    names: Mapping[UUID, str],
    accounts: Mapping[UUID, Sequence[CaseAccount]],
) -> tuple[Suggestion, ...]:
    made = []
    for customer, reasons in people.items():
        same = bool(remitter) and _plain(remitter) == _plain(names.get(customer, ""))
        why = tuple(code for code in STRENGTH if code in reasons or (code == "NAME" and same))
        made += [
            Suggestion(
                customer_id=customer,
                account_key=line.account_key,
                card_tail=line.card_tail,
                reasons=why,
            )
            for line in accounts.get(customer, ())[:2]
            if line.currency == row.currency
        ]
    made.sort(key=lambda one: (STRENGTH.index(one.reasons[0]), -len(one.reasons), one.account_key))
    return tuple(made[:SHOWN])


def _by_number(said: Mapping[UUID, Words], keys: Keys) -> dict[UUID, list[UUID]]:
    """The people whose customer number stands in the words."""
    spoken = {
        key: _NUMBER.findall(" ".join((words.text, *words.references)))
        for key, words in said.items()
    }
    texts = sorted({word for words in spoken.values() for word in words})
    if not texts:
        return {}
    tokens = dict(zip(texts, keys.tokens(pa.array(texts), "customer").tolist(), strict=True))
    people = dict(
        Person.objects.filter(customer_key__in=list(tokens.values())).values_list(
            "customer_key", "id"
        )
    )
    return {
        key: [people[tokens[word]] for word in words if tokens[word] in people]
        for key, words in spoken.items()
    }


def _claims(row: UnmatchedMoney) -> Iterable[UUID]:
    rows = PaidClaim.objects.filter(
        state=PaidClaim.State.OPEN, currency=row.currency, amount_minor=row.amount_minor
    )
    return rows.values_list("customer_id", flat=True)[:SHOWN]


def _promises(row: UnmatchedMoney) -> Iterable[UUID]:
    rows = Promise.objects.filter(
        state=Promise.State.OPEN,
        currency=row.currency,
        amount_minor=row.amount_minor,
        due_on__range=_near(row),
    )
    return rows.values_list("customer_id", flat=True)[:SHOWN]


def _instalments(row: UnmatchedMoney) -> Iterable[UUID]:
    rows = PlanInstalment.objects.filter(
        plan__state__in=IN_FORCE, plan__currency=row.currency, principal_minor=row.amount_minor,
        due_on__range=_near(row),
    )  # fmt: skip
    return rows.values_list("plan__customer_id", flat=True)[:SHOWN]


def _sums(row: UnmatchedMoney, name: str) -> Iterable[UUID]:
    rows = CaseAccount.objects.filter(
        case__state=Case.State.OPEN, left_on=None, currency=row.currency, **{name: row.amount_minor}
    )
    return rows.values_list("case__customer_id", flat=True)[:SHOWN]


def _near(row: UnmatchedMoney) -> tuple[date, date]:
    return row.value_on - AROUND, row.value_on + AROUND


def _names(customers: set[UUID], keys: Keys) -> dict[UUID, str]:
    found = {}
    for person in Person.objects.filter(id__in=customers):
        sealed = None if person.identity is None else bytes(person.identity)
        try:
            found[person.id] = open_identity(sealed, person.customer_key, keys).name
        except SealedError:
            found[person.id] = ""
    return found


def _accounts(names: Mapping[UUID, str]) -> dict[UUID, list[CaseAccount]]:
    rows = CaseAccount.objects.filter(case__customer_id__in=list(names), left_on=None)
    found: dict[UUID, list[CaseAccount]] = {}
    for line in rows.select_related("case").order_by("-arrears_minor", "account_key"):
        found.setdefault(line.case.customer_id, []).append(line)
    return found


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()
