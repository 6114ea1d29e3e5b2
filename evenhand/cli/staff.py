"""evenhand staff …"""

from enum import StrEnum
from typing import Annotated

import typer

from evenhand.cli.edge import clock, refuse, settings

app = typer.Typer(no_args_is_help=True, help="Who may log in.")


class Role(StrEnum):
    """What someone does here."""

    COLLECTOR = "collector"
    SUPERVISOR = "supervisor"
    ANALYST = "analyst"
    COMPLIANCE = "compliance"


@app.callback()
def staff() -> None:
    """Who may log in."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    role: Annotated[Role, typer.Option(help="What this person does.")] = Role.COLLECTOR,
    desk: Annotated[str, typer.Option(help="EARLY, MIDDLE, LATE or CARE.")] = "",
    password: Annotated[
        str,
        typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for."),
    ] = "",
) -> None:
    """Add someone who may log in to the pages."""
    from evenhand.runtime.database import StoreError, open_store

    try:
        open_store(settings())
    except StoreError as error:
        refuse(str(error))
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.utils.translation import override

    from evenhand.access.actions import StaffError, add_staff

    try:
        with override("en"):
            validate_password(password)
        add_staff(name=name, role=role.value, desk=desk.upper(), password=password)
    except ValidationError as error:
        refuse(" ".join(error.messages))
    except StaffError as error:
        refuse(str(error))
    typer.echo(f"{name} may log in as {role.value}")


@app.command()
def extension(
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    number: Annotated[
        str, typer.Argument(help="The extension of the PBX she calls from; none: from none.")
    ] = "",
) -> None:
    """Say from which extension someone calls cardholders. 设置员工的分机。"""
    from evenhand.runtime.database import StoreError, open_store

    try:
        open_store(settings())
    except StoreError as error:
        refuse(str(error))
    from evenhand.access.actions import StaffError, set_extension

    try:
        set_extension(name=name, extension=number, now=clock())
    except StaffError as error:
        refuse(str(error))
    typer.echo(f"{name} calls from {number}" if number else f"{name} calls nobody")
