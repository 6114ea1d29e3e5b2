"""evenhand calls …"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.edge import refuse, with_django

app = typer.Typer(
    no_args_is_help=True, help="Calls: the robot's clips, and lists for the bank's own dialler."
)
VOICES = ("espeak", "tones")
PATIENCE_SECONDS = 120
Folder = Annotated[Path, typer.Argument(file_okay=False)]


@app.callback()
def calls() -> None:
    """Calls: the robot's clips, and lists for the bank's own dialler."""


@app.command()
def prompts(
    folder: Folder,
    voice: Annotated[str, typer.Option(help="espeak or tones; none: only check the folder.")] = "",
) -> None:
    """Check a folder of clips, or make one by a test voice that no customer should hear. 检查或生成语音片段。"""
    from evenhand.adapters.sip_voice.prompts import LANGUAGES, PromptsMissing, load_prompts

    if voice and voice not in VOICES:
        refuse(f"--voice is {voice}; expected {' or '.join(VOICES)}")
    if voice and (wrong := make_prompts(folder, voice)):
        refuse(wrong)
    try:
        counts = {language: len(load_prompts(folder, language).clips) for language in LANGUAGES}
    except PromptsMissing as missing:
        refuse(str(missing))
    typer.echo(", ".join(f"{language}: {count} clips" for language, count in counts.items()))


@app.command(name="list")
def take(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The file to write, a new one.")],
    most: Annotated[int, typer.Option(min=1, max=1_000, help="Numbers, at most.")],
    desk: Annotated[str, typer.Option(help="EARLY, MIDDLE, LATE or CARE; all unless given.")] = "",
) -> None:
    """Write numbers the gate permits now for the bank's own dialler; each counts at once. 导出拨打名单。"""
    with_django()
    from evenhand.access.models import Desk
    from evenhand.adapters.dialler_files.lines import list_file
    from evenhand.cycle.call_lists import take_list
    from evenhand.kernel.ids import uuid7

    if desk and desk.upper() not in Desk.values:
        refuse(f"{desk} is no desk; expected one of {', '.join(Desk.values)}")
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            rows = take_list(
                most=most, desk=desk.upper(), call_list=f"file {uuid7()}", by="dialler list"
            )
            stream.write(list_file(rows))
    except OSError as error:
        refuse(f"{file}: {error.strerror}; expected the name of a new file")
    until = max((row.until for row in rows), default=None)
    typer.echo(
        f"{file.name}: {len(rows)} numbers, each good until it says, the last {until:%H:%M:%S}"
        if until
        else f"{file.name}: nobody may be called now"
    )


@app.command()
def results(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Results and call records.")],
) -> None:
    """Take in what the bank's own dialler tells of its lists; all of a file or nothing. 载入拨打结果。"""
    with_django()
    from evenhand.adapters.dialler_files.lines import BadLine, NotResults, read_results
    from evenhand.cycle.call_lists import ResultsRefused, take_results
    from evenhand.outreach.human_calls import left_behind
    from evenhand.outreach.lane import gate_now

    try:
        found, bad = read_results(file.read_bytes(), file.name)
        if not bad:
            new, known = take_results([result for _, result in found])
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    except NotResults as error:
        refuse(str(error))
    except ResultsRefused as refused:
        bad = [BadLine(file.name, found[f.number][0], f.field, f.expected) for f in refused.faults]
    if bad:
        for line in bad:
            typer.secho(str(line), fg="red", err=True)
        typer.secho("nothing was taken", fg="red", err=True)
        raise typer.Exit(1)
    silent = left_behind(now=gate_now())
    typer.echo(
        f"{file.name}: {new} results taken, {known} known before; {silent} earlier permits ended unknown"
    )


def make_prompts(folder: Path, voice: str) -> str:
    """Make a set of clips, the voice in a process of its own; returns what is wrong, nothing where they are there."""
    from evenhand.adapters.sip_voice.prompts import make_tones

    if voice == "tones":
        make_tones(folder)
        return ""
    if find_spec("espeakng_loader") is None:
        return "the voice espeak needs the extra `voice`: evenhand[voice]"
    command = [sys.executable, "-m", "evenhand.adapters.sip_voice.espeak", str(folder)]
    try:
        spoken = subprocess.run(  # noqa: S603
            command, stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"the voice espeak did not come to its end in {PATIENCE_SECONDS} s"
    if spoken.returncode == 0:
        return ""
    return f"the voice espeak failed: {(spoken.stderr.strip().splitlines() or [str(spoken.returncode)])[-1]}"
