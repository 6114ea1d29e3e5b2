"""evenhand balance ACCOUNT: what is owed on an account and why, posting by posting, each with its line."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.edge import refuse, with_django
from evenhand.kernel.money import to_major

if TYPE_CHECKING:
    from evenhand.ledger.queries import StatementOfAccount

app = typer.Typer()


@app.command()
def balance(
    account: Annotated[str, typer.Argument(help="The bank's account number.")],
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", formats=["%Y-%m-%d"], help="A day; the last night's where none is given."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what is owed on an account at the end of a day, and every posting it comes from."""
    config = with_django()
    import pyarrow as pa

    from evenhand.cycle.queries import last_run_day
    from evenhand.ledger.queries import NoBook, statement_of_account
    from evenhand.portfolio.queries import loaded_files
    from evenhand.runtime.keys import read_keys

    day = as_of.date() if as_of else last_run_day()
    if day is None:
        refuse("no night is published yet")
    key = int(read_keys(config.key_file).tokens(pa.array([account]), "account")[0])
    try:
        found = statement_of_account(key, until=day)
    except NoBook:
        refuse(f"{account}: it has no ledger, for it never came into collections here")
    if as_json:
        total = {"total_minor": found.balance.total_minor}
        typer.echo(json.dumps(asdict(found) | total, ensure_ascii=False, default=str))
        return
    names = {file.file_no: file.name for file in loaded_files(until=day)}
    _print(account, found, names)


def _print(account: str, found: "StatementOfAccount", names: dict[int, str]) -> None:
    owed, currency = found.balance, found.balance.currency

    def money(minor: int) -> str:
        return f"{to_major(minor, currency):,.2f}"

    typer.echo(f"{account} at the end of {owed.as_of}: {money(owed.total_minor)} {currency}")
    for part, minor in (*owed.owed_minor, ("CREDIT", -owed.credit_minor)):
        if minor:
            typer.echo(f"  {part:<12}{money(minor):>16}")
    if owed.provisional_minor:
        typer.echo(f"  counted, and not confirmed by the core yet: {money(owed.provisional_minor)}")
    if not owed.split:
        typer.echo("  the core does not say what the balance is made of")
    typer.echo(f"\npostings since {owed.opened_on}")
    for line in found.lines:
        place = f"{names.get(line.file_no or 0, line.file_no)}:{line.line}" if line.file_no else ""
        sides = f"{line.debit} < {line.credit}"
        typer.echo(
            f"  {line.value_on} {line.kind:<13}{sides:<24}{money(line.amount_minor):>14}"
            f"{money(line.balance_minor):>16}  {place or line.payment_source}"
        )
