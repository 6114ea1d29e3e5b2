"""evenhand client …"""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from evenhand.cli.edge import clock, refuse, settings

app = typer.Typer(no_args_is_help=True, help="Outside systems that may ask the gate.")

Name = Annotated[str, typer.Argument(help="The name of the client: a-z, 0-9 and -.")]
Key = Annotated[
    Path | None,
    typer.Option(
        "--public-key",
        exists=True,
        dir_okay=False,
        help="A file with the Ed25519 public key its records are signed with: PEM, or 32 bytes in base64.",
    ),
]
PEM = b"-----BEGIN"


@app.callback()
def client() -> None:
    """Outside systems that may ask the gate."""


@app.command()
def add(
    name: Name,
    collector: Annotated[
        str, typer.Option(help="The agency's code, or BANK for one of the bank's own systems.")
    ],
    actor: Annotated[
        str, typer.Option(help="AGENCY, DEBT_BUYER; of the bank FIRST_PARTY, ROBOT, FIELD_STAFF.")
    ] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="ASK, REPORT; both unless given. CORE, DIAL: the bank's own."),
    ] = None,
    public_key: Key = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="It may ask from, such as 192.0.2.0/24; from all unless given."),
    ] = None,
    requests_per_minute: Annotated[int, typer.Option(min=1, help="At most.")] = 600,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The first day it may ask no more."),
    ] = None,
) -> None:
    """Add an outside system and print its token, which is shown this once and kept nowhere."""
    key = _key_in(public_key)
    _opened()
    from evenhand.access.clients import SCOPES_UNASKED, add_client

    def act() -> None:
        token = add_client(
            name=name,
            collector=collector,
            actor=actor,
            scopes=scope or SCOPES_UNASKED,
            public_key=key,
            networks=network or (),
            requests_per_minute_max=requests_per_minute,
            active_until_at=_start_of(until),
            now=clock(),
        )
        typer.echo(token)

    _try(act)


@app.command()
def rotate(name: Name, public_key: Key = None) -> None:
    """Give a client a new token and print it this once; the old one is good no more."""
    key = _key_in(public_key)
    _opened()
    from evenhand.access.clients import rotate_client

    _try(lambda: typer.echo(rotate_client(name=name, public_key=key, now=clock())))


@app.command()
def suspend(
    name: Name, reason: Annotated[str, typer.Option(help="Why; it is kept in the journal.")]
) -> None:
    """Let a client ask no more."""
    _opened()
    from evenhand.access.clients import suspend_client

    _try(lambda: suspend_client(name=name, reason=reason, now=clock()))
    typer.echo(f"{name} may ask no more")


@app.command(name="list")
def show() -> None:
    """Show every client, for whom it acts, and whether it may ask now."""
    _opened()
    from evenhand.access.clients import client_rows

    now = clock()
    for row in client_rows():
        state = "may ask" if row.active(now) else f"may not ask {row.suspend_reason}".strip()
        signs = "signs" if row.public_key else "does not sign"
        typer.echo(
            f"{row.name}\t{row.collector}\t{row.actor}\t{' '.join(row.scopes)}\t{signs}\t{state}"
        )


@app.command()
def grant(
    collector: Annotated[str, typer.Argument(help="The agency's code.")],
    case: Annotated[UUID, typer.Option(help="The id of the case.")],
    reference: Annotated[
        str, typer.Option(help="How the agency is to call it; no name, no number.")
    ],
) -> None:
    """Let an agency ask about one case."""
    _opened()
    from evenhand.casework.grants import grant_case

    _try(lambda: grant_case(case_id=case, collector=collector, reference=reference, now=clock()))
    typer.echo(f"{collector} may ask about {reference}")


@app.command(name="take-back")
def take_back(
    collector: Annotated[str, typer.Argument(help="The agency's code.")],
    reference: Annotated[str, typer.Option(help="How the agency calls the case.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the journal.")],
) -> None:
    """Let an agency ask about a case no more; what happened before may still be reported."""
    _opened()
    from evenhand.casework.grants import take_case_back

    _try(
        lambda: take_case_back(collector=collector, reference=reference, reason=reason, now=clock())
    )
    typer.echo(f"{collector} may ask about {reference} no more")


def _opened() -> None:
    from evenhand.runtime.database import StoreError, open_store

    try:
        open_store(settings())
    except StoreError as error:
        refuse(str(error))


def _try(act: Callable[[], None]) -> None:
    from evenhand.access.clients import ClientError
    from evenhand.casework.grants import GrantRefused

    try:
        act()
    except (ClientError, GrantRefused) as error:
        refuse(str(error))


def _start_of(day: datetime | None) -> datetime | None:
    from zoneinfo import ZoneInfo

    return day and day.replace(tzinfo=ZoneInfo(settings().time_zone))


def _key_in(file: Path | None) -> bytes | None:
    """The 32 bytes of an Ed25519 public key."""
    if file is None:
        return None
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    content = file.read_bytes().strip()
    try:
        if not content.startswith(PEM):
            return base64.b64decode(content, validate=True)
        key = load_pem_public_key(content)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        refuse(f"{file} holds no public key; expected Ed25519 as PEM, or its 32 bytes in base64")
    if not isinstance(key, Ed25519PublicKey):
        refuse(f"{file} holds a public key of another kind; expected Ed25519")
    return key.public_bytes_raw()
