"""A small bank for the stories: it writes feeds, loads them and runs nights, all through the doors a real one uses."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from evenhand.cycle.models import Run
from evenhand.cycle.night import Setting, run_nights
from evenhand.kernel.digest import file_sha256
from evenhand.portfolio.actions import Intake, load_folder
from evenhand.portfolio.terms import AgeingTerms, Portfolio
from evenhand.runtime.config import config
from evenhand.runtime.files import file_store
from evenhand.runtime.keys import new_keys, read_keys
from evenhand.runtime.lake import Lake, partition_of
from evenhand.strategy.judge import STARTER

NOON = datetime(2026, 9, 28, 12, tzinfo=UTC)
FIRST = date(2026, 9, 28)


def quiet(_step: str, _done: int, _of: int) -> None:
    """No progress is drawn in tests."""


def customer(ref: str, **given: Any) -> dict[str, Any]:
    """A cardholder of the customers feed."""
    return {"customer_ref": ref, "name": f"样例{ref}", "language": "zh-CN", "region": "SH"} | given


def mobile(owner: str, **given: Any) -> dict[str, Any]:
    """A mobile number of the contact points feed that the cardholder may be called on."""
    return {
        "customer_ref": owner, "kind": "MOBILE", "value": f"000-{owner}", "source": "CONTRACT", "valid": "true",
        "consent_call": "true", "consent_message": "true",
    } | given  # fmt: skip


def account(ref: str, owner: str, **given: Any) -> dict[str, Any]:
    """An account of the accounts feed that owes 10,000 yuan."""
    return {
        "customer_ref": owner, "account_ref": ref, "card_tail": "1234", "product": "GOLD", "currency": "CNY",
        "credit_limit": "30000.00", "balance": "10000.00", "core_status": "ACTIVE", "opened_on": "2020-01-01",
    } | given  # fmt: skip


def statement(
    ref: str, owner: str, statement_on: str, due_on: str, minimum: str, **given: Any
) -> dict[str, Any]:
    """A statement of the statements feed."""
    return {
        "customer_ref": owner, "account_ref": ref, "currency": "CNY", "statement_on": statement_on,
        "due_on": due_on, "minimum_due": minimum, "balance": "10000.00",
    } | given  # fmt: skip


def payment(
    ref: str, owner: str, key: str, value_on: str, amount: str, **given: Any
) -> dict[str, Any]:
    """A payment of the payments feed, posted on its value date."""
    return {
        "customer_ref": owner, "account_ref": ref, "currency": "CNY", "payment_ref": key, "value_on": value_on,
        "posted_on": value_on, "amount": amount,
    } | given  # fmt: skip


@dataclass
class Bank:
    """One installation in a test: feeds go into `folder`, nights into the lake of the settings."""

    folder: Path
    portfolio: Portfolio = field(default_factory=lambda: Portfolio(ageing=AgeingTerms()))
    partitions: int = 2
    live: bool = False
    keeps: bool = False  # the raw files, sealed, as an installation does

    @property
    def lake(self) -> Lake:
        """The lake of this installation."""
        return Lake(config().lake)

    def sends(self, on: date, **feeds: Iterable[Mapping[str, Any]]) -> None:
        """Write the day's files and load them."""
        folder = self.folder / on.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in feeds.items():
            listed = list(rows)
            names = list(dict.fromkeys(key for row in listed for key in row))
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, names, lineterminator="\n")
                writer.writeheader()
                writer.writerows(listed)
        if not config().key_file.exists():
            new_keys(config().key_file, made_at=NOON)
        intake = Intake(
            lake=self.lake,
            keys=read_keys(config().key_file),
            portfolio=self.portfolio,
            partitions=self.partitions,
            keep=file_store(config()).keep if self.keeps else file_sha256,
        )
        files = load_folder(folder=folder, banking_day=on, intake=intake, now=NOON)
        assert [file.refusal for file in files if file.state == "REFUSED"] == []

    def setting(self) -> Setting:
        """How nights run here."""
        return Setting(
            lake=config().lake,
            portfolio=self.portfolio,
            strategy=STARTER,
            partitions=self.partitions,
            processes=1,
            live=self.live,
        )

    def night(self, on: date, *, dry_run: bool = False, now: datetime = NOON) -> Run:
        """Run the night and return its row."""
        return run_nights(
            until=on, setting=self.setting(), clock=lambda: now, progress=quiet, dry_run=dry_run
        )[-1]

    def key(self, namespace: str, ref: str) -> int:
        """The key of a reference."""
        import pyarrow as pa

        return int(read_keys(config().key_file).tokens(pa.array([ref]), namespace)[0])

    def partition(self, customer_ref: str) -> int:
        """Where the customer's rows lie."""
        import numpy as np

        return int(partition_of(np.array([self.key("customer", customer_ref)]), self.partitions)[0])


def a_night_with(folder: Path, point: dict[str, Any]) -> None:
    """C1 has owed 500.00 for twenty days on the card that ends in 4321, and has one point; a night is done."""
    bank, due = Bank(folder), FIRST - timedelta(days=20)
    bank.sends(
        FIRST, customers=[customer("C1")], contact_points=[point], accounts=[account("A1", "C1", card_tail="4321")],
        statements=[statement("A1", "C1", (due - timedelta(days=25)).isoformat(), due.isoformat(), "500.00")],
    )  # fmt: skip
    bank.night(FIRST)


def next_day(on: date, days: int = 1) -> date:
    """The day after, or some days later."""
    return on + timedelta(days=days)
