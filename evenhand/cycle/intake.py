"""The door for a bank's files: loaded for a banking day, and money of the same day told to the desk at once."""

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.cycle.lock import beside_others
from evenhand.cycle.models import Run
from evenhand.cycle.money import Money, receive_payments
from evenhand.cycle.people import codes, ints
from evenhand.portfolio.actions import Intake, load_folder
from evenhand.portfolio.history import LoadedFile, fact_path
from evenhand.portfolio.mapping import NAME, find_portfolio
from evenhand.portfolio.models import FeedFile, FileState
from evenhand.portfolio.terms import Portfolio
from evenhand.runtime.config import Config
from evenhand.runtime.files import file_store
from evenhand.runtime.keys import read_keys
from evenhand.runtime.lake import Lake

MONEY_AT_ONCE = 500


class NightIsOver(ValueError):
    """Files for a banking day whose night has worked out its book; they belong to the next one."""


def terms_of(config: Config, folder: Path | None = None) -> Portfolio:
    """The portfolio's terms: of the stated file, of the folder of feeds, or as the last folder brought them."""
    return find_portfolio(config.portfolio_file, folder or config.lake)


def intake_of(config: Config, portfolio: Portfolio) -> Intake:
    """How files are taken in on this installation."""
    return Intake(
        lake=Lake(config.lake),
        keys=read_keys(config.key_file),
        portfolio=portfolio,
        partitions=config.partitions,
        keep=file_store(config).keep,
        samples_allowed=config.mode == "demo",
    )


def take_in(folder: Path, *, banking_day: date, config: Config, now: datetime) -> list[FeedFile]:
    """Load every file of a folder for a banking day; a refused file is a row too.

    Raises NightIsOver when that night has been, NightRunning while one runs, and what `load_folder` raises. Intraday
    payments are booked by day and the people decided again before this returns.
    """
    with beside_others("loading files"):
        if (
            Run.objects.filter(banking_day__gte=banking_day)
            .exclude(state=Run.State.STARTED)
            .exists()
        ):
            raise NightIsOver(
                f"the night of {banking_day} has been; load late files for the next banking day"
            )
        intake = intake_of(config, terms_of(config, folder))
        files = load_folder(folder=folder, banking_day=banking_day, intake=intake, now=now)
    if config.portfolio_file is None and (folder / NAME).exists():
        config.lake.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / NAME, config.lake / NAME)
    for file in files:
        if file.feed == "intraday_payments" and file.state == FileState.LOADED:
            for rows in _money(file, Lake(config.lake), config.partitions):
                receive_payments(rows, now=now)
    return files


def _money(file: FeedFile, lake: Lake, partitions: int) -> Iterator[list[Money]]:
    loaded = LoadedFile(file.file_no, file.feed, file.sha256, file.banking_day)
    for number in range(partitions):
        path = fact_path(lake, loaded, number)
        if path.exists():
            rows = _rows(pq.read_table(path), number)
            yield from (rows[at : at + MONEY_AT_ONCE] for at in range(0, len(rows), MONEY_AT_ONCE))


def _rows(table: pa.Table, number: int) -> list[Money]:
    amounts = ints(table["amount_minor"])
    if "reverses_key" in table.column_names:
        amounts = np.where(ints(table["reverses_key"].is_valid()) == 1, -amounts, amounts)
    return [
        Money(
            customer_key=customer,
            partition=number,
            account_key=account,
            reference_key=reference,
            amount_minor=amount,
            currency=currency,
            value_on=value_on,
        )
        for customer, account, reference, amount, currency, value_on in zip(
            table["customer_key"].to_pylist(),
            table["account_key"].to_pylist(),
            table["payment_key"].to_pylist(),
            amounts.tolist(),
            codes(table["currency"]).cast(pa.string()).to_pylist(),
            table["value_on"].to_pylist(),
            strict=True,
        )
    ]
