"""evenhand pack …: policy packs and worked cases. Trying loads no Django and opens no database."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.edge import refuse
from evenhand.compliance.cases.trying import Answer, PackShelf, read_cases, try_cases
from evenhand.compliance.packfile.errors import PackError

app = typer.Typer(no_args_is_help=True, help="The policy packs: read, checked, tried, in force.")


def rooms() -> Mapping[str, Answer]:
    """Who answers which family of Chinese cases; a family that is not here has no room yet."""
    from evenhand.arrangements.answers import answer_cost, answer_plan
    from evenhand.compliance.cases.china import FAMILIES
    from evenhand.delinquency.answers import answer as of_delinquency
    from evenhand.ledger.answers import answer_allocation, answer_interest

    return {
        "AGE": of_delinquency,
        "CLASS": of_delinquency,
        "ALLOC": answer_allocation,
        "INT": answer_interest,
        "PLAN": answer_plan,
        "COST": answer_cost,
        **FAMILIES,
    }


@app.command("try")
def try_file(
    file: Annotated[Path, typer.Argument(help="A file of worked cases, of either format.")],
    packs: Annotated[
        str, typer.Option(help="Judge by these packs, by comma, in place of those a case names.")
    ] = "",
) -> None:
    """Run worked cases through the judge: a line for each that differs, then the counts; exit code 1 if any failed."""
    shelf = PackShelf(tuple(name for name in packs.split(",") if name))
    try:
        shelf.packs(())
        tried = try_cases(read_cases(file), shelf, rooms())
    except (PackError, ValueError) as problem:
        refuse(str(problem))
    for line in tried.differ:
        typer.echo(line)
    no_room = f", {tried.no_room} no room yet" if tried.no_room else ""
    typer.echo(f"{tried.passed} passed, {tried.failed} failed{no_room}")
    if tried.failed:
        raise typer.Exit(1)
