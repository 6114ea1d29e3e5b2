"""evenhand instructions …"""

import json
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.edge import clock, refuse, with_django

app = typer.Typer(no_args_is_help=True, help="Instructions to the bank's core, and its answers.")
AS_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def send(folder: Path, as_json: AS_JSON = False) -> None:
    """Write what waits for the core into one file in a folder. 向核心送出指令文件。"""
    config = with_django()
    from evenhand.adapters.core_files.door import send as hand_over
    from evenhand.cycle.intake import terms_of
    from evenhand.cycle.queries import last_run_day
    from evenhand.runtime.files import file_store
    from evenhand.runtime.keys import read_keys

    day = last_run_day()
    if day is None:
        refuse("no night is published yet")
    sent = hand_over(
        folder, portfolio=terms_of(config), store=file_store(config), keys=read_keys(config.key_file), on=day,
        now=clock()
    )  # fmt: skip
    if as_json:
        said = {"files": sent.names, "lines": sent.lines, "without_number": sent.without_number}
        typer.echo(json.dumps(said))
        return
    typer.echo(f"{sent.lines} instructions sent in {', '.join(sent.names) or 'no file'}")
    if sent.without_number:
        typer.echo(f"{sent.without_number} wait: no file that is kept names their accounts")


@app.command()
def take(file: Path, as_json: AS_JSON = False) -> None:
    """Take a file of the core's answers in, whole or not at all. 载入核心答复文件。"""
    with_django()
    from evenhand.adapters.core_files.door import take as take_in
    from evenhand.adapters.core_files.lines import AnswersRefused
    from evenhand.cycle.queries import last_run_day

    day = last_run_day()
    if day is None:
        refuse("no night is published yet")
    try:
        told = take_in(file.read_bytes(), file.name, on=day, now=clock())
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    except AnswersRefused as refusal:
        refuse(str(refusal))
    if as_json:
        typer.echo(
            json.dumps({"done": told.done, "rejected": told.rejected, "again": told.taken_before})
        )
        return
    again = " (taken before, nothing changed)" if told.taken_before else ""
    typer.echo(f"{file.name}: {told.done} done, {told.rejected} rejected{again}")
