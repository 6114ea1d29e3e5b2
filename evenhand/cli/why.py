"""evenhand why ACCOUNT: the facts and their lines, the rule that fired, what would have had to differ.

`evenhand why contact ID` is in `why_contact`.
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.edge import refuse, with_django
from evenhand.cli.why_contact import why_contact

if TYPE_CHECKING:
    from evenhand.cycle.why import Source, Why

app = typer.Typer()


@app.command()
def why(
    account: Annotated[
        str,
        typer.Argument(
            help="The bank's account number or the key of an account; or the word contact."
        ),
    ],
    contact: Annotated[
        str, typer.Argument(help="After the word contact: the key of a contact.")
    ] = "",
    day: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="A past banking day.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say why an account is treated as it is, on the last night or a past one; or why a contact was allowed or not."""
    config = with_django()
    if account == "contact":
        why_contact(contact, zone=config.time_zone, as_json=as_json)
        return
    if contact:
        refuse(f"{contact!r} was not expected; one account at a time")
    import pyarrow as pa

    from evenhand.cycle.manifest import read_manifest
    from evenhand.cycle.redeciding import NoNight, last_manifest
    from evenhand.cycle.why import UnknownAccount
    from evenhand.cycle.why import why as explain
    from evenhand.runtime.keys import read_keys
    from evenhand.runtime.lake import Lake

    lake = Lake(config.lake)
    key = int(read_keys(config.key_file).tokens(pa.array([account]), "account")[0])
    try:
        manifest = last_manifest(lake) if day is None else read_manifest(lake.manifest(day.date()))
        answer = explain(lake, manifest, key)
    except FileNotFoundError:
        refuse(f"there was no night on {day.date() if day else ''}")
    except (NoNight, UnknownAccount) as error:
        refuse(f"{account}: {error}")
    if as_json:
        typer.echo(json.dumps(asdict(answer), ensure_ascii=False, default=str))
    else:
        _print(account, answer)


def _print(account: str, answer: "Why") -> None:
    state = answer.account
    typer.echo(
        f"{account} on {answer.on}: {state['overdue_days']} days past due, arrears {state['arrears_minor']} minor"
    )
    if answer.arm is not None:
        typer.echo(
            _held_out(answer) or f"arm {answer.arm.arm} of experiment {answer.arm.experiment}"
        )
    typer.echo("\nfacts")
    for fact in answer.facts:
        typer.echo(f"  {fact.name:<24}{fact.value!s:<18}{_where(fact.source)}")
    for step in answer.steps:
        outputs = ", ".join(f"{name} {value}" for name, value in step.outputs.items())
        typer.echo(
            f"\n{step.decision}: rule {step.rule} ({step.rule_id}) of strategy {answer.strategy_digest[:12]}"
        )
        typer.echo(f"  {outputs}\n  {step.annotation}")
        for miss in step.misses[:12]:
            typer.echo(
                f"  not rule {miss.rule} ({miss.rule_id}): {miss.input} is {miss.had}, needs {miss.needed}"
            )
        if len(step.misses) > 12:
            typer.echo(f"  and {len(step.misses) - 12} more; --json lists all")
    typer.echo("\nlines of files")
    for source in answer.sources:
        typer.echo(f"  {_where(source)}")


def _held_out(answer: "Why") -> str:
    """What the hold-out kept from her and until when; empty where it kept nothing."""
    arm = answer.arm
    if arm is None or not arm.withheld:
        return ""
    would = ", ".join(
        f"{name} {step.outputs[name]}"
        for name in ("treatment", "channel", "tone")
        for step in answer.steps
        if name in step.outputs
    )
    return (
        f"held out of discretionary treatment until day {arm.days_max} by experiment {arm.experiment} "
        f"(as ever from {arm.until_on}); would have been: {would}"
    )


def _where(source: "Source | None") -> str:
    return "" if source is None else f"{source.file}:{source.line} sha256 {source.sha256[:12]}"
