"""evenhand strategy …: what a person does to the strategies; each act is in a person's name."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from evenhand.cli.edge import clock, refuse
from evenhand.cli.strategy import Number, file_read, rulebook

app = typer.Typer()

By = Annotated[str, typer.Option("--by", help="Who does it: a name to log in with.")]
Day = Annotated[
    datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first banking day.")
]


def _who(name: str, permission: str) -> UUID:
    """The id of the person of that name, who holds the permission."""
    from evenhand.access.actions import staff_who_may

    found: UUID = staff_who_may(permission, name=name).id
    return found


def _signed(name: str, permission: str) -> UUID:
    """Her id, once her password says that it is her: of the two whom an approval needs, neither is just a name."""
    from evenhand.access.actions import confirm_staff, staff_who_may

    person = staff_who_may(permission, name=name)
    confirm_staff(person, password=typer.prompt(f"Password of {name}", hide_input=True, err=True))
    found: UUID = person.id
    return found


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="A .dmn or .xlsx file.", exists=True, dir_okay=False)
    ],
    by: By,
    title: Annotated[
        str, typer.Option(help="What the draft is called; the file's name if not said.")
    ] = "",
    note: Annotated[str, typer.Option(help="Why it is made.")] = "",
) -> None:
    """Make a draft of a DMN file or a workbook."""
    with rulebook():
        from evenhand.rulebook.actions import import_draft

        number = import_draft(
            title=title or file.stem,
            content=file_read(str(file)),
            note=note,
            by=_who(by, "edit_strategies"),
            now=clock(),
        )
    typer.echo(f"version {number} is a draft of {file.name}")


@app.command()
def restore(number: Number, by: By) -> None:
    """Make a draft of an old version's content."""
    with rulebook():
        from evenhand.rulebook.actions import restore as bring_back

        made = bring_back(number=number, by=_who(by, "edit_strategies"), now=clock())
    typer.echo(f"version {made} is a draft of version {number}")


@app.command()
def ask(
    number: Number,
    by: By,
    note: Annotated[str, typer.Option(help="What the second person is to know.")] = "",
) -> None:
    """Ask a second person to approve a version that was checked and tried; asks for the asker's password."""
    with rulebook():
        from evenhand.rulebook.actions import ask_approval

        ask_approval(number=number, note=note, by=_signed(by, "edit_strategies"), now=clock())
    typer.echo(f"a second person is asked about version {number}")


@app.command()
def approve(
    number: Number,
    by: By,
    refusing: Annotated[
        str, typer.Option("--refuse", help="Refuse instead, for this reason.")
    ] = "",
) -> None:
    """Approve a version as a second person, or refuse it; asks for her password."""
    with rulebook():
        from evenhand.rulebook.actions import decide_approval

        decide_approval(
            number=number,
            verdict="REFUSED" if refusing else "APPROVED",
            reason=refusing,
            by=_signed(by, "approve_strategies"),
            now=clock(),
        )
    typer.echo(f"version {number} is {'refused' if refusing else 'approved'} by {by}")


@app.command()
def activate(number: Number, from_on: Day, by: By) -> None:
    """Put an approved version in force from a banking day whose night has not begun."""
    with rulebook():
        from evenhand.cycle.strategies import activate as put_in_force

        put_in_force(
            number=number,
            from_on=from_on.date(),
            by=_who(by, "approve_strategies"),
            now=clock(),
        )
    typer.echo(f"version {number} is in force from {from_on.date()}")


@app.command()
def cancel(number: Number, from_on: Day, by: By) -> None:
    """Take back that a version comes into force on a banking day, before its night has begun."""
    with rulebook():
        from evenhand.cycle.strategies import cancel_activation
        from evenhand.rulebook.queries import activation_rows

        person = _who(by, "approve_strategies")
        standing = [
            row.id
            for row in activation_rows()
            if (row.number, row.from_on, row.cancelled_at) == (number, from_on.date(), None)
        ]
        if not standing:
            refuse(f"version {number} does not come into force on {from_on.date()}")
        cancel_activation(activation_id=standing[0], by=person, now=clock())
    typer.echo(f"version {number} does not come into force on {from_on.date()}")
