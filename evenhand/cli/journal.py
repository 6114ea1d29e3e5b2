"""evenhand journal seal | verify | export | anchor | key | begin-again"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.edge import clock, refuse, settings
from evenhand.runtime.config import Config

app = typer.Typer(no_args_is_help=True, help="The journal: sealed, checked, exported. 日志。")

Anchor = Annotated[Path | None, typer.Option(help="A copy of a seal that was kept outside.")]
Key = Annotated[str, typer.Option(help="The public key every seal must be signed by, in hex.")]
Language = Annotated[str, typer.Option(help="en or zh.")]


@contextmanager
def _opened() -> Iterator[Config]:
    from evenhand.runtime.database import StoreError, open_store
    from evenhand.runtime.keys import KeyFileError
    from evenhand.runtime.postgres_files import PostgresError

    found = settings()
    try:
        open_store(found)
        yield found
    except (KeyFileError, PostgresError, StoreError) as error:
        refuse(str(error))


@app.command()
def seal() -> None:
    """Seal what is settled now; the worker does so every minute. 封存。"""
    with _opened() as found:
        from evenhand.journal.sealing import Restored, seal_all
        from evenhand.journal.sealing_key import sealing_key_file

        try:
            numbers = seal_all(key_file=sealing_key_file(found.key_file), now=clock())
        except Restored as error:
            refuse(str(error))
    for number in numbers:
        typer.echo(f"seal {number}")
    if not numbers:
        typer.echo("nothing new to seal")


@app.command()
def verify(anchor: Anchor = None, key: Key = "", language: Language = "en") -> None:
    """Check every line, row and seal of this database; exit code 1 when anything is wrong. 核验。"""
    with _opened():
        from evenhand.journal.bundle import check_database
        from evenhand.journal.verifier import Unreadable

        try:
            findings = check_database(anchor=anchor, key=key)
        except Unreadable as error:
            refuse(str(error))
    for finding in findings:
        typer.echo(finding.sentence("zh" if language.startswith("zh") else "en"))
    if findings:
        raise typer.Exit(1)
    typer.echo("未发现问题" if language.startswith("zh") else "nothing found")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    person: Annotated[str, typer.Option(help="Only a person's stream, by the id of her row.")] = "",
    stream: Annotated[str, typer.Option(help="Only this stream, such as RUN/2026-09-28.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All streams.")] = False,
) -> None:
    """Write a bundle with its verifier in it, to be checked anywhere. 导出。"""
    if (bool(person) + bool(stream) + everything) != 1:
        refuse("name one of --person, --stream and --all")
    with _opened():
        from evenhand.journal.bundle import export as write
        from evenhand.journal.kinds import STREAMS
        from evenhand.journal.rules import Stream

        kind, _, named = (f"PERSON/{person}" if person else stream).partition("/")
        if not everything and (kind not in STREAMS or not named):
            refuse(f"{stream!r} is no stream; expected one such as RUN/2026-09-28")
        try:
            made = write(out, scope=None if everything else Stream(kind, named), now=clock())
        except FileExistsError:
            refuse(f"{out} exists; a bundle never overwrites a file")
        except OSError as error:
            refuse(f"{out} cannot be written: {error.strerror}")
    typer.echo(f"{out}: {made['lines']} lines, {made['rows']} other rows, {made['seals']} seals")


@app.command()
def anchor(
    out: Annotated[
        Path | None, typer.Argument(help="The file to write; else it is printed.")
    ] = None,
    after: Annotated[
        int | None, typer.Option(help="All seals above this number, not only the last.")
    ] = None,
    contents: Annotated[
        bool, typer.Option("--contents", help="Name every row the seals hold.")
    ] = False,
) -> None:
    """Write the last seal as a text to be kept outside: as a file, or pasted into an e-mail. 锚点。"""
    with _opened():
        from evenhand.journal.bundle import anchor_text

        text = anchor_text(after=after, contents=contents)
    if not text:
        refuse("there is no seal yet; run `evenhand journal seal`")
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        refuse(f"{out} cannot be written: {error.strerror}")
    typer.echo(f"{out} written; keep it where nobody who runs this installation can change it")


@app.command()
def key() -> None:
    """Print the public key seals are signed with, making the key when there is none. 公钥。"""
    from evenhand.journal.sealing_key import sealing_key, sealing_key_file
    from evenhand.runtime.keys import KeyFileError

    path = sealing_key_file(settings().key_file)
    try:
        public = sealing_key(path, made_at=clock()).public_key().public_bytes_raw()
    except KeyFileError as error:
        refuse(str(error))
    typer.echo(public.hex())


@app.command("begin-again")
def begin_again() -> None:
    """Number transactions above all seals, after this database was brought into another server by other means. 续号。

    `evenhand restore` does so by itself.
    """
    with _opened() as found:
        from evenhand.journal.sealing import begin_again as move_on
        from evenhand.runtime.database import as_owner

        with as_owner(found):
            move_on()
    typer.echo("transactions are numbered above all seals again")
