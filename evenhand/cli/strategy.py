"""evenhand strategy …: what there is, what is wrong with it, what it would change."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evenhand.cli.edge import clock, progress_bars, refuse, settings

if TYPE_CHECKING:
    from evenhand.cycle.trial_report import Report
    from evenhand.rulebook.queries import VersionRow

app = typer.Typer(
    no_args_is_help=True, help="The strategies: written, checked, tried, approved, in force."
)


class Language(StrEnum):
    """The language of sentences about tables."""

    CHINESE = "zh-hans"
    ENGLISH = "en"


Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(help="The number of a version.")]
Source = Annotated[str, typer.Argument(help="The number of a version, or a .dmn or .xlsx file.")]
In = Annotated[Language, typer.Option(help="The language of what is said about tables.")]


@contextmanager
def rulebook(language: Language = Language.ENGLISH) -> Iterator[None]:
    """The database open and words in a language; what cannot be done is one sentence and exit code 2."""
    from evenhand.runtime.database import StoreError, open_store
    from evenhand.runtime.postgres_files import PostgresError

    try:
        open_store(settings())
    except (StoreError, PostgresError) as error:
        refuse(str(error))
    from django.utils.translation import override

    from evenhand.access.actions import StaffError
    from evenhand.rulebook.actions import StrategyRefused
    from evenhand.rulebook.queries import UnknownStrategy

    with override(language.value):
        try:
            yield
        except (StrategyRefused, StaffError, UnknownStrategy) as error:
            refuse(str(error))


@contextmanager
def words(language: Language) -> Iterator[None]:
    """Words in a language, and no database."""
    import os

    import django

    settings()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenhand.site.settings")
    django.setup()
    from django.utils.translation import override

    with override(language.value):
        yield


@contextmanager
def sources(language: Language, *named: str) -> Iterator[list[bytes]]:
    """The documents named by number or by file; the database is opened only when a number is among them."""
    if not any(name.isdecimal() for name in named):
        with words(language):
            yield [file_read(name) for name in named]
        return
    with rulebook(language):
        from evenhand.rulebook.queries import content_of

        yield [content_of(int(name)) if name.isdecimal() else file_read(name) for name in named]


def file_read(name: str) -> bytes:
    """The DMN document of a file, of the `strategy.dmn` in a folder, or of a workbook; words are to be set up."""
    from evenhand.dmn import ModelError
    from evenhand.rulebook.sheet_layout import SheetError
    from evenhand.rulebook.spreadsheet import from_xlsx

    path = Path(name)
    path = path / "strategy.dmn" if path.is_dir() else path
    try:
        content = path.read_bytes()
        if path.suffix.lower() == ".xlsx":
            content = from_xlsx(content, file=path.name).write()
    except OSError as error:
        refuse(f"{name} cannot be read: {error.strerror}")
    except (ModelError, SheetError) as error:
        refuse(str(error))
    return content


@app.command("list")
def list_versions(as_json: Json = False) -> None:
    """List the versions, latest first, and what is in force from when."""
    with rulebook():
        from evenhand.rulebook.queries import version_rows

        rows: list[VersionRow] = []
        while page := version_rows(before=rows[-1].number if rows else None):
            rows += page
    if as_json:
        typer.echo(json.dumps([_row_data(row) for row in rows], ensure_ascii=False))
        return
    for row in rows:
        typer.echo(_row_line(row))


def _row_data(row: "VersionRow") -> dict[str, Any]:
    data = asdict(row)
    return {name: _plain(value) for name, value in data.items() if name != "findings"}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | dict) else str(value)


def _row_line(row: "VersionRow") -> str:
    days = ", ".join(f"{day}" for day in row.from_on)
    base = "" if row.based_on is None else f" from {row.based_on}"
    return (
        f"{row.number:>4}  {row.state.lower():<9}  {row.digest[:12] or '-':<12}  {row.created_by or '-'}{base}  "
        f"{row.title}{f'  in force from {days}' if days else ''}"
    )


@app.command()
def show(number: Number, as_json: Json = False) -> None:
    """Show a version: its steps, what a second person said, and from when it is in force."""
    with rulebook():
        from evenhand.rulebook.queries import questions_of, revision_rows, trial_rows, version_row

        row, steps, questions = version_row(number), revision_rows(number), questions_of(number)
        trials = trial_rows(number)
    if as_json:
        data = _row_data(row) | {
            "findings": list(row.findings),
            "revisions": [_data(step) for step in steps],
            "questions": [_data(question) for question in questions],
            "trials": [
                {name: value for name, value in _data(trial).items() if name != "report"}
                for trial in trials
            ],
        }
        typer.echo(json.dumps(data, ensure_ascii=False))
        return
    typer.echo(_row_line(row))
    if row.note:
        typer.echo(f"      {row.note}")
    for trial in trials:
        nights = ", ".join(night.isoformat() for night in trial.nights)
        problem = " | ".join(trial.problem.splitlines())
        typer.echo(f"      trial of {nights}: {trial.state.lower()} {problem}".rstrip())
    for question in questions:
        typer.echo(
            f"      {question.asked_by} asked on {question.asked_at:%Y-%m-%d}: {_answer(question)}"
        )
    for step in steps:
        typer.echo(
            f"      revision {step.number} by {step.made_by or '-'} on {step.made_at:%Y-%m-%d %H:%M}: "
            f"{step.act.lower().replace('_', ' ')}"
        )


def _data(row: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(row).items()}


def _answer(question: Any) -> str:
    if question.verdict:
        reason = f" ({question.reason})" if question.reason else ""
        return f"{question.verdict.lower()} by {question.decided_by}{reason}"
    return "open" if question.is_open else "withdrawn"


@app.command()
def check(source: Source, as_json: Json = False, language: In = Language.ENGLISH) -> None:
    """Check a version or a file and list the findings; exit 1 when there is an error among them."""
    with sources(language, source) as [content]:
        from evenhand.strategy.checking import check_content

        name = f"version {source}" if source.isdecimal() else Path(source).name
        findings = check_content(content, name)
        if source.isdecimal():
            from evenhand.rulebook.actions import check as keep_findings

            keep_findings(number=int(source), now=clock())
        lines = [_finding_line(finding) for finding in findings]
    if as_json:
        typer.echo(json.dumps([found.as_json() for found in findings], ensure_ascii=False))
    else:
        typer.echo("\n".join(lines) or f"{name}: nothing to say")
    if any(finding.severity == "ERROR" for finding in findings):
        raise typer.Exit(1)


def _finding_line(finding: Any) -> str:
    from evenhand.rulebook.wording import finding_text

    table = f"{finding.decision}: " if finding.decision else ""
    return f"{finding.severity.lower():<8}{table}{finding_text(finding)}"


@app.command()
def diff(
    before: Source, after: Source, as_json: Json = False, language: In = Language.ENGLISH
) -> None:
    """Say in words what changed between two versions or files; exit 1 when something did."""
    with sources(language, before, after) as contents:
        from evenhand.dmn import ModelError
        from evenhand.dmn.documents.compare import compare
        from evenhand.dmn.documents.document import Document
        from evenhand.rulebook.wording import words_of_change

        try:
            old, new = (
                Document.read(content, name)
                for content, name in zip(contents, (before, after), strict=True)
            )
        except ModelError as error:
            refuse(str(error))
        changes = compare(old, new)
        sentences = [words_of_change(change) for change in changes]
    if as_json:
        data = [
            asdict(change) | {"sentence": sentence}
            for change, sentence in zip(changes, sentences, strict=True)
        ]
        typer.echo(json.dumps(data, ensure_ascii=False))
    else:
        typer.echo("\n".join(sentences) or "no difference")
    if changes:
        raise typer.Exit(1)


@app.command()
def export(
    number: Number,
    file: Annotated[Path, typer.Argument(help="Where to write; - is standard output.")],
) -> None:
    """Write a version as a DMN file that another modeller opens, or as a workbook when the name ends with .xlsx."""
    with rulebook():
        from evenhand.dmn import ModelError
        from evenhand.dmn.documents.document import Document
        from evenhand.dmn.documents.export import exported
        from evenhand.rulebook.queries import content_of
        from evenhand.rulebook.spreadsheet import to_xlsx

        try:
            content = content_of(number)
            workbook = file.suffix.lower() == ".xlsx"
            content = to_xlsx(Document.read(content)) if workbook else exported(content)
        except ModelError as error:
            refuse(str(error))
    if str(file) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        refuse(f"{file} cannot be written: {error.strerror}")
    typer.echo(f"version {number} is in {file}")


@app.command("try")
def try_(
    source: Source,
    night: Annotated[
        list[datetime] | None,
        typer.Option(formats=["%Y-%m-%d"], help="A past night; the last one if none is named."),
    ] = None,
    as_json: Json = False,
    language: In = Language.ENGLISH,
) -> None:
    """Try a version or a file on past nights: who would be treated differently. A version's trial is kept."""
    with rulebook(language), progress_bars(quiet=as_json) as progress:
        nights = [day.date() for day in night or ()] or [_last_night()]
        report = (
            _kept_trial(int(source), nights, language)
            if source.isdecimal()
            else _file_tried(source, nights, progress, language)
        )
    typer.echo(json.dumps(report, ensure_ascii=False) if as_json else _told(report))


def _last_night() -> date:
    from evenhand.cycle.redeciding import NoNight, last_manifest
    from evenhand.runtime.lake import Lake

    try:
        return last_manifest(Lake(settings().lake)).banking_day
    except NoNight as error:
        refuse(str(error))


def _kept_trial(number: int, nights: list[date], language: Language) -> "Report":
    from evenhand.cycle.trying import problem_in, try_version
    from evenhand.rulebook.actions import ask_trial
    from evenhand.rulebook.queries import trial_row

    trial_id = ask_trial(number=number, nights=nights, by=None, now=clock())
    try_version(trial_id, clock=clock)
    trial = trial_row(trial_id)
    if trial.state == "FAILED":
        refuse(problem_in(trial.problem, language.value))
    if trial.state != "DONE":
        refuse(f"a worker is at this trial; see `evenhand strategy show {number}`")
    return dict(trial.report)


def _file_tried(source: str, nights: list[date], progress: Any, language: Language) -> "Report":
    from evenhand.cycle.manifest import read_manifest
    from evenhand.cycle.trial import NightUnreadable
    from evenhand.cycle.trial_problem import Unanswered
    from evenhand.cycle.trial_report import try_nights
    from evenhand.dmn import DecisionError, ModelError, loads
    from evenhand.rulebook.packs import active_packs
    from evenhand.rulebook.queries import capacities
    from evenhand.runtime.lake import Lake
    from evenhand.strategy.judge import Strategy

    lake = Lake(settings().lake)
    try:
        return try_nights(
            [read_manifest(lake.manifest(night)) for night in nights],
            lake,
            Strategy(loads(file_read(source), Path(source).name)),
            capacities=capacities(),
            packs=active_packs(clock()),
            processes=settings().processes,
            progress=progress,
        )
    except FileNotFoundError as error:
        refuse(f"there was no night whose manifest is {error.filename}")
    except Unanswered as error:
        refuse(error.sentence().for_language(language.value))
    except (DecisionError, ModelError, NightUnreadable) as error:
        refuse(str(error))


def _told(report: "Report") -> str:
    lines = []
    for night in report["nights"]:
        lines.append(
            f"{night['banking_day']}: {night['differing']:,} of {night['people']:,} people would be decided "
            f"differently, {night['noticed']:,} would notice"
        )
        lines += [
            f"  {row['before']} -> {row['after']}: {row['people']:,}"
            for row in night["treatments"]
            if row["before"] != row["after"]
        ]
        for row in night["contacts"]:
            limit = "" if row["capacity"] is None else f" of {row['capacity']:,}"
            over = f", {row['over_after']:,} too many" if row["over_after"] else ""
            lines.append(
                f"  {row['channel']}: {row['before']:,} -> {row['after']:,} contacts a day{limit}{over}"
            )
        for row in (night["law"] or {"rows": ()})["rows"]:
            if row["decision"] != "ALLOW":
                hold = "" if row["hold"] == "NONE" else f" under a hold ({row['hold']})"
                lines.append(
                    f"  {row['channel']}{hold}: {row['before']:,} -> {row['after']:,} contacts, to which the packs say "
                    f"{row['decision']}"
                )
    return "\n".join(lines)
