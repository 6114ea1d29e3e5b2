"""evenhand sample …: books to try it on."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from evenhand.samples import following, generator, uci
from evenhand.samples.folder import FORMATS, Manifest, SampleError

app = typer.Typer(no_args_is_help=True, help="Make books to try it on.")

Folder = Annotated[Path, typer.Option("--out", help="Folder for the feeds.", file_okay=False)]


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter(f"{text!r}; expected a month such as 2026-09") from None


@app.command("uci")
def uci_sample(
    file: Annotated[Path, typer.Argument(help="The UCI set, CSV or CSV.GZ.", dir_okay=False)],
    month: Annotated[str, typer.Option(help="Month that the set's last one becomes.")],
    out: Folder,
) -> None:
    """Turn the UCI set of cardholders into feeds with its calendar shifted."""
    try:
        made = uci.write_sample(file, _month(month), out)
    except (SampleError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f'banking_day = "{made.banking_day}"')
    typer.echo(f"customers {made.customers:,}  accounts {made.accounts:,}")
    typer.echo(f"statements {made.statements:,}  payments {made.payments:,}")
    typer.echo(f"paid TWD {made.payments_amount:,}")
    typer.echo(
        f"past due by code {made.past_due:,}, owing nothing {made.past_due_owing_nothing:,},"
        f" so {made.past_due - made.past_due_owing_nothing:,} owe TWD {made.past_due_owed:,}"
    )


@app.command("generate")
def generated_sample(
    accounts: Annotated[int, typer.Option(help="Accounts; 1.3 a person.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same book.")],
    out: Folder,
    on: Annotated[str, typer.Option("--date", help="Banking day of the book.")] = "2026-09-28",
    file_format: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
    charges: Annotated[bool, typer.Option("--charges", help="Write a charges feed too.")] = False,
    truth: Annotated[
        Path | None, typer.Option(help="CSV for the behaviour planted in each person.")
    ] = None,
) -> None:
    """Make a book of any size with planted behaviour."""
    if file_format not in FORMATS:
        raise typer.BadParameter(f"{file_format!r}; expected {' or '.join(FORMATS)}")
    try:
        made = generator.write_sample(
            out,
            accounts=accounts,
            seed=seed,
            on=_day(on),
            file_format=file_format,
            charges=charges,
            truth=truth,
        )
    except (SampleError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    _say(made)


@app.command("next")
def next_sample(
    previous: Annotated[Path, typer.Argument(help="Folder of the day before.", file_okay=False)],
    out: Folder,
    on: Annotated[str, typer.Option("--date", help="The banking day after that of the folder.")],
) -> None:
    """Write the next banking day of a sample: what was paid, and what was billed or restated."""
    try:
        made = following.write_next(previous, out, _day(on))
    except (SampleError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    _say(made)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}; expected a date such as 2026-09-28") from None


def _say(made: Manifest) -> None:
    typer.echo(f'banking_day = "{made.banking_day}"')
    for file in made.files:
        total = "" if file.total is None else f"  {file.total:,}"
        typer.echo(f"{file.name} {file.rows:,}{total}")
