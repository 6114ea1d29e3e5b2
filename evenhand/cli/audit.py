"""evenhand audit contacts"""

import json
from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from evenhand.cli.edge import refuse, with_django

app = typer.Typer(no_args_is_help=True, help="Check again what was done. 事后审计。")


@app.callback()
def group() -> None:
    """Check again what was done. 事后审计。"""


@app.command()
def contacts(
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"])],
    until: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"])],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Check every contact of these days, both included; ends with 1 if anything is wrong. 审计触达记录。"""
    if until < since:
        refuse(f"--to is {until.date()}; expected {since.date()} or a later day")
    config = with_django()
    from evenhand.outreach.audit import audit_contacts

    zone = ZoneInfo(config.time_zone)
    audit = audit_contacts(
        since=datetime.combine(since.date(), time(), zone),
        until=datetime.combine(until.date() + timedelta(days=1), time(), zone),
    )
    if as_json:
        typer.echo(json.dumps(audit.stored(), ensure_ascii=False))
    else:
        for finding in audit.findings:
            typer.echo(
                f"{finding.check}  {finding.contact}  {finding.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {finding.said()}"
            )
        typer.echo(
            f"{audit.contacts} contacts, {audit.permits} permits, {audit.judged_again} judged again, "
            f"{audit.told_late} told of afterwards; {sum(audit.counts.values())} findings"
        )
        typer.echo(f"by SQL: {', '.join(sorted(audit.rules_in_sql)) or 'no rule'}")
        typer.echo(
            f"by judging again only: {', '.join(sorted(audit.rules_by_judging)) or 'no rule'}"
        )
        if audit.clock_replaced:
            typer.echo("the gate's clock was replaced; that is for tests and demos only")
    if not audit.clean:
        raise typer.Exit(1)
