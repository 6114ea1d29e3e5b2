"""Reads of the lake: the facts of loaded files, the owners of accounts, and all that is known of one account.

Which facts count is said by the rows of `FeedFile`, never by what lies in a folder: a file whose load was cut off may
have left facts behind that nobody confirmed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.portfolio.windows import Ints
from evenhand.runtime.lake import Lake

PAYMENT_FEEDS = ("intraday_payments", "payments")


@dataclass(frozen=True, slots=True, order=True)
class LoadedFile:
    """One loaded file, as a manifest names it."""

    file_no: int
    feed: str
    sha256: str
    banking_day: date
    name: str = ""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement as a line of a file said it. Amounts are minor units; `past_due_minor` is None where not given."""

    statement_on: date
    due_on: date
    minimum_due_minor: int
    balance_minor: int
    past_due_minor: int | None
    file_no: int
    line: int


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment as a line of a file said it; below zero is a reversal, with the value date of what it takes back."""

    value_on: date
    booked_on: date
    paid_minor: int
    file_no: int
    line: int


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """What the bank's files said of one account, oldest first."""

    statements: tuple[StatementRow, ...]
    payments: tuple[PaymentRow, ...]


@dataclass(frozen=True, slots=True)
class Components:
    """What a balance is made of, in minor units of the account's currency, with the line that said so."""

    principal_minor: int | None
    interest_minor: int | None
    late_charge_minor: int | None
    fee_minor: int | None
    unbilled_instalments_minor: int | None
    balance_file: int
    balance_line: int


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose each account is: `accounts` ascending, `customers` beside them."""

    accounts: Ints
    customers: Ints

    def plus(self, accounts: Ints, customers: Ints) -> "Owners":
        """The same with further accounts; an account already known keeps its owner."""
        together = np.concatenate([self.accounts, accounts])
        order = np.argsort(together, kind="stable")
        ordered = together[order]
        first = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
        owners = np.concatenate([self.customers, customers])[order]
        return Owners(ordered[first], owners[first])

    def other(self, accounts: Ints, customers: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Where the account is known to be another customer's."""
        if not len(self.accounts):
            return np.zeros(len(accounts), dtype=np.bool_)
        at = np.minimum(np.searchsorted(self.accounts, accounts), len(self.accounts) - 1)
        found: np.ndarray[tuple[int], np.dtype[np.bool_]] = (self.accounts[at] == accounts) & (
            self.customers[at] != customers
        )
        return found


NOBODY = Owners(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def fact_path(lake: Lake, file: LoadedFile, partition: int) -> Path:
    """Where the rows of a file lie that fall into a partition; there is no file where it has none."""
    return lake.facts(file.banking_day, partition) / f"{file.feed}.{file.sha256[:12]}.parquet"


def fact_paths(lake: Lake, files: Iterable[LoadedFile], partition: int) -> dict[str, list[Path]]:
    """The facts of those files in a partition, by feed, in order of loading."""
    found: dict[str, list[Path]] = {}
    for file in sorted(files):
        path = fact_path(lake, file, partition)
        if path.exists():
            found.setdefault(file.feed, []).append(path)
    return found


def read_facts(paths: Mapping[str, Sequence[Path]]) -> dict[str, list[pa.Table]]:
    """The tables of `fact_paths`, ready for `fold`."""
    return {feed: [pq.ParquetFile(p).read() for p in found] for feed, found in paths.items()}


def latest_book_before(lake: Lake, day: date) -> date | None:
    """The last banking day before `day` that has a book."""
    found = (p.name.removeprefix("day=") for p in (lake.root / "book").glob("day=*"))
    return max((d for d in map(date.fromisoformat, found) if d < day), default=None)


def owners(lake: Lake, files: Iterable[LoadedFile], day: date) -> Owners:
    """Whose each account is by the book before `day` and the account files loaded for it since."""
    paths: list[Path] = []
    if (before := latest_book_before(lake, day)) is not None:
        paths += sorted((lake.root / "book" / f"day={before}").glob("p=*.accounts.parquet"))
    since = [
        f for f in files if f.feed == "accounts" and (before is None or f.banking_day > before)
    ]
    for file in sorted(since):
        pattern = f"p=*/accounts.{file.sha256[:12]}.parquet"
        paths += sorted((lake.root / "facts" / f"day={file.banking_day}").glob(pattern))
    known = NOBODY
    for path in paths:
        table = pq.read_table(path, columns=["account_key", "customer_key"])
        known = known.plus(
            table.column("account_key").to_numpy(), table.column("customer_key").to_numpy()
        )
    return known


def account_components(
    lake: Lake, day: date, partition: int, customer_key: int, account_key: int
) -> Components | None:
    """What one account's balance is made of in the book of a day; None where the bank does not say."""
    path = lake.accounts(day, partition)
    names = ("principal", "interest", "late_charge", "fee", "unbilled_instalments")
    columns = [*(f"{name}_minor" for name in names), "balance_file", "balance_line"]
    if not path.exists():
        return None
    rows = pq.read_table(
        path, columns=columns, filters=_only(customer_key, account_key)
    ).to_pylist()
    return Components(**rows[0]) if rows and rows[0]["balance_file"] else None


def account_window(
    lake: Lake, day: date, partition: int, customer_key: int, account_key: int
) -> AccountHistory | None:
    """The ageing window of one account in the book of a day; None where the book has no such account."""
    path = lake.accounts(day, partition)
    table = pq.read_table(path, filters=_only(customer_key, account_key))
    if not table.num_rows:
        return None
    row = table.slice(0, 1).to_pylist()[0]
    names = (
        "statement_on",
        "due_on",
        "minimum_due_minor",
        "statement_balance_minor",
        "past_due_minor",
        "statement_file",
        "statement_line",
    )
    paid = ("value_on", "booked_on", "paid_minor", "payment_file", "payment_line")
    return AccountHistory(
        tuple(
            StatementRow(s, d, m, b, None if p < 0 else p, f, line)
            for s, d, m, b, p, f, line in zip(*(row[n] for n in names), strict=True)
        ),
        tuple(PaymentRow(*entry) for entry in zip(*(row[n] for n in paid), strict=True)),
    )


def account_history(
    lake: Lake,
    files: Iterable[LoadedFile],
    partition: int,
    customer_key: int,
    account_key: int,
) -> AccountHistory:
    """Everything the files say of one account, what the window dropped included.

    As in the book: of two statements of one date the later file's stands, of two payments with one reference the
    first, and a reversal is below zero with the value date of what it takes back.
    """
    paths = fact_paths(lake, files, partition)
    wanted = _only(customer_key, account_key)
    statements: dict[date, StatementRow] = {}
    for path in paths.get("statements", ()):
        for row in pq.read_table(path, filters=wanted).to_pylist():
            statements[row["statement_on"]] = StatementRow(
                row["statement_on"],
                row["due_on"],
                row["minimum_due_minor"],
                row["balance_minor"],
                row.get("past_due_minor"),
                row["file_no"],
                row["line"],
            )
    rows = [
        row
        for feed in PAYMENT_FEEDS
        for path in paths.get(feed, ())
        for row in pq.read_table(path, filters=wanted).to_pylist()
    ]
    payments: dict[int, PaymentRow] = {}
    for row in sorted(rows, key=lambda r: (r["posted_on"], r["file_no"], r["line"])):
        taken_back = row.get("reverses_key")
        target = payments.get(taken_back) if taken_back is not None else None
        payments.setdefault(
            row["payment_key"],
            PaymentRow(
                target.value_on if target else row["value_on"],
                row["posted_on"],
                row["amount_minor"] if taken_back is None else -row["amount_minor"],
                row["file_no"],
                row["line"],
            ),
        )
    return AccountHistory(
        tuple(statements[on] for on in sorted(statements)), tuple(payments.values())
    )


def _only(customer_key: int, account_key: int) -> list[tuple[str, str, int]]:
    return [("customer_key", "=", customer_key), ("account_key", "=", account_key)]
