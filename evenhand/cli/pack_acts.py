"""evenhand pack …: what is in force, and what a person does about it; each act is in a person's name."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from evenhand.cli.edge import clock, refuse, settings

if TYPE_CHECKING:
    from evenhand.rulebook.pack_rows import PackActivationRow

app = typer.Typer()

By = Annotated[str, typer.Option("--by", help="Who does it: a name to log in with.")]
Day = Annotated[
    datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, at the pack's own place.")
]  # fmt: skip
Note = Annotated[str, typer.Option(help="What the second person is to know.")]
Name = Annotated[str, typer.Argument(help="The name of a pack.")]


@contextmanager
def packs_open() -> Iterator[None]:
    """The database open and words in English; what cannot be done is one sentence and exit code 2."""
    from evenhand.runtime.database import StoreError, open_store
    from evenhand.runtime.postgres_files import PostgresError

    try:
        open_store(settings())
    except (StoreError, PostgresError) as error:
        refuse(str(error))
    from django.utils.translation import override

    from evenhand.access.actions import StaffError
    from evenhand.rulebook.pack_objections import PackRefused
    from evenhand.rulebook.packs import UnknownPack

    with override("en"):
        try:
            yield
        except (PackRefused, StaffError, UnknownPack) as error:
            refuse(str(error))


def _signed(name: str, permission: str) -> UUID:
    """Her id, once her password says that it is her: of the two whom an approval needs, neither is just a name."""
    from evenhand.access.actions import confirm_staff, staff_who_may

    person = staff_who_may(permission, name=name)
    confirm_staff(person, password=typer.prompt(f"Password of {name}", hide_input=True, err=True))
    found: UUID = person.id
    return found


@app.command("list")
def list_packs(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the packs in force, those that are to come, and what a second person is asked about."""
    with packs_open():
        from evenhand.rulebook.pack_rows import coming, open_activations, packs_in_force

        now = clock()
        rows = [
            *(("in force", row.since) for row in packs_in_force(now)),
            *(("to come", row) for row in coming(now)),
            *(("asked", row) for row in open_activations()),
        ]
    if as_json:
        typer.echo(json.dumps([_data(state, row) for state, row in rows], ensure_ascii=False))
        return
    for state, row in rows:
        typer.echo(_line(state, row))
    if not rows:
        typer.echo("no pack is in force; the gate refuses everything")


def _data(state: str, row: "PackActivationRow") -> dict[str, Any]:
    return {
        "state": state,
        "pack": row.name,
        "version": row.version,
        "digest": row.digest,
        "act": row.act,
        "from_on": str(row.from_on),
        "from_at": row.from_at and row.from_at.isoformat(),
        "asked_by": row.asked_by,
        "decided_by": row.decided_by,
        "statement": row.statement,
    }


def _line(state: str, row: "PackActivationRow") -> str:
    out = ", to be out of force" if row.act == "DEACTIVATE" else ""
    who = f"approved by {row.decided_by}" if row.decided_by else f"asked by {row.asked_by}"
    if not row.asked_by:
        who = "came with the installation"
    return f"{state:<9} {row.name}@{row.version}  {row.digest[:12]}  from {row.from_on}{out}  {who}"


@app.command()
def activate(
    source: Annotated[str, typer.Argument(help="A shipped pack, or a file.")],
    from_on: Day,
    by: By,
    note: Note = "",
    statement: Annotated[
        str, typer.Option(help="Why a draft goes into a live database all the same.")
    ] = "",
) -> None:
    """Ask a second person to put a pack in force; asks for the asker's password."""
    with packs_open():
        from evenhand.rulebook.pack_acts import ask_activation, import_pack
        from evenhand.rulebook.packs import shipped_content

        person = _signed(by, "edit_packs")
        path = Path(source) / "pack.toml" if Path(source).is_dir() else Path(source)
        content = path.read_bytes() if path.exists() else shipped_content(source)
        if content is None:
            refuse(f"{source} is neither a file nor a pack that comes with the program")
        digest = import_pack(content=content, file=path.name, by=person, now=clock())
        ask_activation(
            digest=digest,
            from_on=from_on.date(),
            note=note,
            statement=statement,
            by=person,
            now=clock(),
            is_live=settings().mode == "live",
        )
    typer.echo(f"a second person is asked to put {source} in force from {from_on.date()}")


@app.command()
def deactivate(name: Name, from_on: Day, by: By, note: Note = "") -> None:
    """Ask a second person to take a pack out of force; asks for the asker's password."""
    with packs_open():
        from evenhand.rulebook.pack_acts import ask_deactivation

        person = _signed(by, "edit_packs")
        ask_deactivation(name=name, from_on=from_on.date(), note=note, by=person, now=clock())
    typer.echo(f"a second person is asked to take {name} out of force from {from_on.date()}")


@app.command()
def approve(
    name: Name,
    by: By,
    refusing: Annotated[
        str, typer.Option("--refuse", help="Refuse instead, for this reason.")
    ] = "",
) -> None:
    """Answer the open question about a pack as a second person; asks for her password."""
    with packs_open():
        from evenhand.rulebook.pack_acts import decide_activation

        person = _signed(by, "approve_packs")
        row = decide_activation(
            activation_id=_open_question(name).id,
            verdict="REFUSED" if refusing else "APPROVED",
            reason=refusing,
            by=person,
            now=clock(),
        )
    if row.from_at is None:
        typer.echo(f"{name} is refused by {by}")
    else:
        how = "in force" if row.act == "ACTIVATE" else "out of force"
        at = row.from_at.astimezone(UTC)
        typer.echo(f"{name} is {how} from {at:%Y-%m-%d %H:%M} UTC, approved by {by}")


@app.command()
def withdraw(name: Name, by: By) -> None:
    """Take the open question about a pack back."""
    with packs_open():
        from evenhand.rulebook.pack_acts import withdraw_activation

        person = _signed(by, "edit_packs")
        withdraw_activation(activation_id=_open_question(name).id, by=person, now=clock())
    typer.echo(f"the question about {name} is withdrawn")


def _open_question(name: str) -> "PackActivationRow":
    from evenhand.rulebook.pack_rows import open_activations

    rows = [row for row in open_activations() if row.name == name]
    if not rows:
        refuse(f"nobody is asked about {name}")
    return rows[0]
