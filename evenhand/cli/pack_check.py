"""evenhand pack check and diff: what is wrong with a pack, and what a version changes. No Django, and no database
unless a version that was brought in is named."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.edge import refuse
from evenhand.compliance.cases.held import not_held
from evenhand.compliance.cases.own import differing
from evenhand.compliance.packfile.diff import changes
from evenhand.compliance.packfile.errors import PackError
from evenhand.compliance.packs import HISTORY_DAYS_KEPT, Pack, load_pack, shipped_packs

app = typer.Typer()


class Language(StrEnum):
    """The language of sentences about packs."""

    CHINESE = "zh-hans"
    ENGLISH = "en"


In = Annotated[Language, typer.Option(help="The language of what is said about packs.")]
Source = Annotated[
    str, typer.Argument(help="A shipped pack, a file, or NAME@VERSION that was brought in.")
]


@app.command()
def check(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Shipped packs or files; all shipped if none.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Numbers that no case holds are wrong, not only noted.")
    ] = False,
) -> None:
    """Read packs as strictly as an activation does, and judge their own cases; exit code 1 if anything is wrong.

    A number that may be changed by one without any case of the pack noticing is noted: nothing shows its effect.
    """
    wrong = 0
    for source in sources or shipped_packs():
        try:
            pack = load_pack(source)
        except PackError as error:
            typer.echo(str(error))
            wrong += 1
            continue
        problems = [*differing(pack), *_too_far_back(pack)]
        loose = (
            []
            if problems
            else [f"{pack.label}, {place}: no case holds it" for place in not_held(pack)]
        )
        wrong += len(problems) + len(loose) * strict
        for problem in [*problems, *loose]:
            typer.echo(problem)
        if not problems:
            typer.echo(_all_is_well(pack))
    if wrong:
        raise typer.Exit(1)


def _too_far_back(pack: Pack) -> list[str]:
    if pack.history_days <= HISTORY_DAYS_KEPT:
        return []
    days, kept = pack.history_days, HISTORY_DAYS_KEPT
    return [f"{pack.label}: looks back {days} days, but events are kept for {kept}"]


def _all_is_well(pack: Pack) -> str:
    draft = ", a draft" if pack.draft else ""
    return (
        f"{pack.label}: {len(pack.rules)} rules, {len(pack.parameters)} parameters, {len(pack.cases)} own cases met, "
        f"looks back {pack.history_days} days{draft}, digest {pack.digest[:12]}"
    )


@app.command()
def diff(
    old: Source,
    new: Source,
    language: In = Language.ENGLISH,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what the second pack changes against the first: rule by rule, number by number."""
    try:
        found = changes(_pack(old).content, _pack(new).content)
    except PackError as error:
        refuse(str(error))
    told = [(change.heading(language), change.sentences(language)) for change in found]
    if as_json:
        rows = [
            {"section": change.section, "name": change.name, "how": change.how, "sentences": said}
            for change, (_, said) in zip(found, told, strict=True)
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for heading, sentences in told:
        typer.echo("\n".join([heading, *(f"  {sentence}" for sentence in sentences)]))
    if not told:
        typer.echo("They say the same." if language is Language.ENGLISH else "内容相同。")


def _pack(source: str) -> Pack:
    """The pack of a name, a file, or a version in the database."""
    name, at, version = source.partition("@")
    if not at or Path(source).exists():
        return load_pack(source)
    from evenhand.cli.pack_acts import packs_open
    from evenhand.compliance.packs import loads_pack

    with packs_open():
        from evenhand.rulebook.pack_rows import pack_content, pack_rows

        digests = [row.digest for row in pack_rows(name) if row.version == version]
        if not digests:
            refuse(f"no pack {source} was ever brought in")
        return loads_pack(pack_content(digests[0]).decode(), source)
