"""The ledgers' part of a night: books opened for accounts that came into collections, the day's lines booked, and every
figure held against the core's. It follows publishing, one transaction a partition, and twice changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from evenhand.casework.queries import accounts_in_collections
from evenhand.cycle.desk import GIVEN_UP
from evenhand.cycle.instructing import charged_all_the_same, prove_instructions
from evenhand.cycle.manifest import Manifest, read_manifest
from evenhand.cycle.people import ints
from evenhand.instructions.queries import unbooked_minor
from evenhand.ledger import actions as ledger
from evenhand.ledger.actions import CorePayment, Opening
from evenhand.ledger.booking import Charge, post_charges
from evenhand.ledger.queries import accounts_with_books
from evenhand.ledger.reconcile import SPLIT, Theirs, reconcile
from evenhand.portfolio.persons import lock_persons
from evenhand.runtime.lake import Lake

PART_OF = {
    "PURCHASE": "PRINCIPAL", "CASH": "PRINCIPAL", "INSTALMENT": "PRINCIPAL", "INTEREST": "INTEREST",
    "LATE_CHARGE": "LATE_CHARGE", "FEE": "FEE",
}  # fmt: skip
"""Which part of a debt a charge of the core's kinds belongs to."""
_COLUMNS = [
    "account_key", "currency", "balance_minor", "principal_minor", "interest_minor", "late_charge_minor", "fee_minor",
    "account_file", "account_line", "balance_file", "balance_line", "value_on", "paid_minor", "payment_file",
    "payment_line", "payment_key",
]  # fmt: skip


@dataclass
class Booked:
    """What a night did to the ledgers."""

    opened: int = 0
    charges: int = 0
    payments: int = 0
    compared: int = 0
    differ: int = 0

    def counts(self) -> dict[str, int]:
        """As it stands among a night's totals."""
        names = ("opened", "charges", "payments", "compared", "differ")
        return {f"ledger_{name}": getattr(self, name) for name in names}


def book_night(manifest: Manifest, lake: Lake, *, now: datetime) -> Booked:
    """Open, book and reconcile the ledgers of every partition of a published night."""
    done = Booked()
    today = _files_of(lake, manifest)
    for part in manifest.parts:
        with transaction.atomic():
            _book_partition(part.number, part.facts, manifest, lake, today, done, now)
    return done


def _book_partition(
    number: int,
    facts: Sequence[str],
    manifest: Manifest,
    lake: Lake,
    today: frozenset[int],
    done: Booked,
    now: datetime,
) -> None:
    on = manifest.banking_day
    entered = dict(accounts_in_collections(number))
    kept = dict(accounts_with_books(number))
    owners = entered | kept
    if not owners:
        return
    rows = _accounts(lake, on, number, list(owners))
    lock_persons(ids=sorted(set(owners.values())))
    fresh = [_opening(row, owners) for row in rows if row["account_key"] not in kept]
    older = [row for row in rows if row["account_key"] in kept]
    charges = _charges(lake, facts, kept.keys())
    done.charges += post_charges(charges, booked_on=on, now=now)
    overdue = _overdue_before(lake, manifest, number, list(kept))
    payments = [paid for row in older for paid in _payments(row, owners, today, overdue)]
    done.payments += ledger.book_core_payments(payments, on=on, now=now)
    done.opened += ledger.open_books([o for o in fresh if o is not None], opened_on=on, now=now)
    theirs = {row["account_key"]: _theirs(row) for row in older if _said_today(row, today)}
    found = reconcile(theirs, on=on, unbooked_minor=unbooked_minor(GIVEN_UP, theirs))
    prove_instructions(theirs, on=on, now=now)
    charged = {
        charge.account_key: charge.value_on for charge in charges if charge.part == "INTEREST"
    }
    charged_all_the_same(charged, on=on, now=now)
    done.compared += found.compared
    done.differ += found.differ


def _files_of(lake: Lake, manifest: Manifest) -> frozenset[int]:
    """The numbers of the files that came for this banking day."""
    before: set[int] = set()
    if manifest.previous_day is not None:
        before = {
            file["file_no"] for file in read_manifest(lake.manifest(manifest.previous_day)).files
        }
    return frozenset(file["file_no"] for file in manifest.files) - before


def _accounts(lake: Lake, on: date, number: int, keys: list[int]) -> list[dict[str, Any]]:
    table = pq.read_table(lake.accounts(on, number), columns=_COLUMNS)
    wanted = np.isin(ints(table["account_key"]), np.array(keys, dtype=np.int64))
    rows: list[dict[str, Any]] = table.filter(pa.array(wanted)).to_pylist()
    return rows


def _opening(row: Mapping[str, Any], owners: Mapping[int, UUID]) -> Opening | None:
    """What a book opens with: the parts where the core gives them, else the balance; none for nothing owed."""
    if row["balance_file"]:
        owed = {part: row[f"{part.lower()}_minor"] or 0 for part in SPLIT}
        owed["PRINCIPAL"] += sum(
            min(minor, 0) for part, minor in owed.items() if part != "PRINCIPAL"
        )
        owed = {part: max(minor, 0) for part, minor in owed.items()}
        place = (row["balance_file"], row["balance_line"])
    else:
        owed = {"UNSPLIT": max(row["balance_minor"], 0)}
        place = (row["account_file"], row["account_line"])
    if not any(owed.values()):
        return None
    return Opening(
        customer_id=owners[row["account_key"]],
        account_key=row["account_key"],
        currency=row["currency"],
        owed_minor=owed,
        file_no=place[0] or None,
        line=place[1] or None,
    )


def _said_today(row: Mapping[str, Any], today: frozenset[int]) -> bool:
    """Whether the core said of this very day what is owed: an older balance proves nothing about today."""
    return row["balance_file"] in today or row["account_file"] in today


def _theirs(row: Mapping[str, Any]) -> Theirs:
    parts = None
    if row["balance_file"]:
        parts = {part: row[f"{part.lower()}_minor"] or 0 for part in SPLIT}
    return Theirs(row["balance_minor"], parts)


def _charges(lake: Lake, facts: Sequence[str], keys: Any) -> list[Charge]:
    """The charges that the day's files carry for accounts with a book."""
    wanted = np.array(sorted(keys), dtype=np.int64)
    found: list[Charge] = []
    for name in facts:
        if not name.rpartition("/")[2].startswith("charges."):
            continue
        table = pq.read_table(lake.root / name)
        table = table.filter(pa.array(np.isin(ints(table["account_key"]), wanted)))
        found += [
            Charge(
                account_key=row["account_key"],
                part=PART_OF[row["kind"]],
                amount_minor=row["amount_minor"],
                value_on=row["value_on"],
                kind=row["kind"],
                file_no=row["file_no"],
                line=row["line"],
            )
            for row in table.to_pylist()
            if row["amount_minor"]
        ]
    return found


def _payments(
    row: Mapping[str, Any],
    owners: Mapping[int, UUID],
    today: frozenset[int],
    overdue: Mapping[int, tuple[date, int]],
) -> list[CorePayment]:
    """The payments of one account that the day's files carry."""
    account = row["account_key"]
    names = ("value_on", "paid_minor", "payment_file", "payment_line", "payment_key")
    since, days = overdue.get(account, (date.max, 0))
    return [
        CorePayment(
            customer_id=owners[account],
            account_key=account,
            reference_key=key,
            amount_minor=minor,
            currency=row["currency"],
            value_on=value_on,
            overdue_days=max(days + (value_on - since).days, 0) if days else 0,
            file_no=file_no,
            line=line,
        )
        for value_on, minor, file_no, line, key in zip(*(row[n] or () for n in names), strict=True)
        if file_no in today and minor
    ]


def _overdue_before(
    lake: Lake, manifest: Manifest, number: int, keys: list[int]
) -> dict[int, tuple[date, int]]:
    """By account, the day before and the contractual days past due on it: what was not past due then was not at a
    value date between."""
    before = manifest.previous_day
    if before is None or not keys:
        return {}
    accounts = pq.read_table(lake.accounts(before, number), columns=["account_key"])
    state = pq.read_table(lake.state(before, number), columns=["overdue_days"])
    account_keys = ints(accounts["account_key"])
    here = np.isin(account_keys, np.array(keys, dtype=np.int64))
    days = ints(pc.fill_null(state["overdue_days"], 0))
    return {
        int(key): (before, int(overdue))
        for key, overdue in zip(account_keys[here], days[here], strict=True)
    }
