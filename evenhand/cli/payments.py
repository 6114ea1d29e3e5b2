"""evenhand payments …"""

import json
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.edge import clock, refuse, with_django

app = typer.Typer(no_args_is_help=True, help="Money on its way in: bank statements and links.")


@app.command()
def load(
    file: Path,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Take a bank statement in: camt.053, camt.054, MT940 or CSV. 载入银行对账单。"""
    config = with_django()
    from evenhand.cycle.bank_money import load_statement
    from evenhand.runtime.keys import read_keys

    try:
        content = file.read_bytes()
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    row = load_statement(content, file.name, keys=read_keys(config.key_file), now=clock())
    names = ("in", "booked", "known", "waiting", "outgoing", "pending")
    counts = {name: getattr(row, f"entries_{name}") for name in names}
    if as_json:
        typer.echo(json.dumps({"state": row.state, "refusal": row.refusal, **counts}))
    elif row.state == "REFUSED":
        said = row.refusal
        refuse(f"{file.name}:{said['line']}: {said['element']}: expected {said['expected']}")
    else:
        typer.echo(
            f"{file.name}: {row.format}, {counts['in']} entries: {counts['booked']} booked, "
            f"{counts['known']} known before, {counts['waiting']} wait to be placed, "
            f"{counts['outgoing']} went out; {counts['pending']} more are pending"
        )
    if row.state == "REFUSED":
        raise typer.Exit(1)
