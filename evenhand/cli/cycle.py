"""evenhand cycle run | replay | partition: the night."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from evenhand.cli.edge import clock, progress_bars, refuse, settings, with_django

app = typer.Typer(
    no_args_is_help=True, help="The night: intake, age, decide, publish; and past nights again."
)

Day = Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The banking day.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def run_data(run: Any) -> dict[str, Any]:
    """One night as JSON: the control totals first."""
    totals = run.totals
    names = ("customers", "accounts", "statements", "payments", "payments_minor", "past_due", "past_due_owing",
             "cases_opened", "cases_closed", "cases_open", "quarantined")  # fmt: skip
    return (
        {"date": run.banking_day.isoformat(), "state": run.state}
        | {name: totals.get(name, 0) for name in names}
        | {"difference": run.difference, "content_digest": run.content_digest, "totals": totals}
    )


def night_setting() -> Any:
    """How nights run on this installation."""
    from evenhand.cycle.intake import terms_of
    from evenhand.cycle.night import Setting
    from evenhand.strategy.judge import STARTER

    found = settings()
    return Setting(
        lake=found.lake,
        portfolio=terms_of(found),
        strategy=found.strategy_file or STARTER,
        partitions=found.partitions,
        processes=found.processes,
        live=found.mode == "live",
    )


@app.command()
def run(
    day: Day,
    dry_run: Annotated[bool, typer.Option(help="The real path, rolled back.")] = False,
    as_json: Json = False,
) -> None:
    """Run the night of a banking day, and before it every missed night whose files have come."""
    with_django()
    from evenhand.cycle.lock import NightRunning
    from evenhand.cycle.night import NightRefused, run_nights

    try:
        with progress_bars(quiet=as_json) as progress:
            runs = run_nights(
                until=day.date(),
                setting=night_setting(),
                clock=clock,
                progress=progress,
                dry_run=dry_run,
            )
    except (NightRefused, NightRunning) as error:
        refuse(str(error))
    for found in runs:
        typer.echo(
            json.dumps(run_data(found), ensure_ascii=False)
            if as_json
            else sentence(run_data(found))
        )
    if any(found.difference for found in runs):
        raise typer.Exit(1)


def sentence(data: dict[str, Any]) -> str:
    """One night in one line."""
    return (
        f"{data['date']} {data['state'].lower()}: {data['accounts']:,} accounts of {data['customers']:,} customers, "
        f"{data['past_due']:,} past due, {data['cases_opened']:,} cases opened, {data['cases_closed']:,} closed, "
        f"{data['quarantined']:,} rows quarantined, difference {data['difference']}"
    )


@app.command()
def replay(day: Day, as_json: Json = False) -> None:
    """Make a past night again from its manifest alone; exit 1 when its content differs."""
    found = settings()
    from evenhand.cycle.manifest import read_manifest
    from evenhand.cycle.partition import InputChanged
    from evenhand.cycle.replay import replay as make_again
    from evenhand.runtime.lake import Lake

    try:
        manifest = read_manifest(Lake(found.lake).manifest(day.date()))
        with progress_bars(quiet=as_json) as progress:
            again = make_again(manifest, found.lake, found.processes, progress)
    except FileNotFoundError:
        refuse(f"there is no manifest of {day.date()} in {found.lake}")
    except InputChanged as error:
        refuse(str(error))
    data = {
        "date": day.date().isoformat(),
        "then": again.then,
        "now": again.now,
        "differing": again.differing,
    }
    same = again.then == again.now
    typer.echo(
        json.dumps(data)
        if as_json
        else f"{'the same' if same else 'NOT the same'}: {again.then} {again.now}"
    )
    if not same:
        raise typer.Exit(1)


@app.command()
def differences(day: Day) -> None:
    """List the accounts whose stated and computed figures differ on a night, as CSV."""
    found = settings()
    import csv
    import sys

    from evenhand.cycle.differences import differences as listed
    from evenhand.cycle.manifest import read_manifest
    from evenhand.runtime.lake import Lake

    lake = Lake(found.lake)
    if not lake.manifest(day.date()).exists():
        refuse(f"there is no manifest of {day.date()} in {found.lake}")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        (
            "account_key",
            "stated_overdue_days",
            "computed_overdue_days",
            "bucket",
            "days",
            "past_due",
        )
    )
    for row in listed(lake, read_manifest(lake.manifest(day.date()))):
        stated = "" if row.stated_overdue_days is None else row.stated_overdue_days
        marks = ("differ" if row.days_differ else "", "differs" if row.past_due_differs else "")
        writer.writerow((row.account_key, stated, row.computed_overdue_days, row.bucket, *marks))


@app.command()
def partition(
    number: Annotated[int, typer.Argument(help="The partition.")],
    manifest_file: Annotated[Path, typer.Option("--manifest", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="Folder for the outputs, in the lake's layout.")],
) -> None:
    """Run one partition of a manifest, here or on any machine that sees the lake; needs no database."""
    from dataclasses import asdict

    from evenhand.cycle.manifest import read_manifest
    from evenhand.cycle.partition import run_partition
    from evenhand.cycle.replay import task_of

    manifest = read_manifest(manifest_file)
    parts = {part.number: part for part in manifest.parts}
    if number not in parts:
        refuse(f"{manifest_file} has partitions 0 to {len(parts) - 1}, not {number}")
    lake = manifest_file.resolve().parents[2]
    part = run_partition(task_of(manifest, parts[number], lake, out), parts[number].inputs)
    typer.echo(json.dumps(asdict(part), ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat()
