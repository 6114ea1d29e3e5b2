"""evenhand letters …"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from evenhand.cli.edge import clock, refuse, with_django

app = typer.Typer(
    no_args_is_help=True, help="Letters: runs for the print house, and what the post says of them."
)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]


@app.command()
def run() -> None:
    """Gather the letters that wait into one run for the print house. 汇总待印信函。"""
    with_django()
    from evenhand.adapters.typst_letters.client import of_settings

    made = of_settings().post.make_run(at=clock())
    if made is None:
        typer.echo("no letter waits")
        return
    typer.echo(f"run {made.number}: {made.letters} letters, {made.pages} pages, in {made.folder}")


@app.command()
def posted(file: File) -> None:
    """Take in the proof of posting: message, posted_on, tracking. 登记交寄凭证。"""
    with_django()
    from evenhand.adapters.typst_letters.postings import read_posted
    from evenhand.cycle.posted import letter_posted

    _take(
        file,
        read_posted,
        lambda row: letter_posted(message_id=row.message, tracking=row.tracking, now=clock()),
    )


@app.command()
def returned(file: File) -> None:
    """Take in letters that came back: message, returned_on, reason. 登记退信。"""
    config = with_django()
    from evenhand.adapters.typst_letters.postings import read_returned
    from evenhand.cycle.posted import letter_returned
    from evenhand.runtime.keys import read_keys

    keys = read_keys(config.key_file)
    _take(
        file, read_returned,
        lambda row: letter_returned(message_id=row.message, reason=row.reason, keys=keys, now=clock()),
    )  # fmt: skip


def _take(
    file: Path,
    read: Callable[[bytes, str], tuple[Sequence[Any], Sequence[Any]]],
    act: Callable[[Any], bool],
) -> None:
    from evenhand.adapters.typst_letters.postings import NotPostings

    try:
        rows, bad = read(file.read_bytes(), file.name)
    except NotPostings as error:
        refuse(str(error))
    new = sum(act(row) for row in rows)
    for one in bad:
        typer.secho(str(one), fg="red", err=True)
    typer.echo(
        f"{new} letters new, {len(rows) - new} known or of nobody, {len(bad)} fields cannot be used"
    )
    if bad:
        raise typer.Exit(1)
