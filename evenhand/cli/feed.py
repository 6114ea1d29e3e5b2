"""evenhand feed …"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from evenhand.cli.edge import clock
from evenhand.portfolio.checking import Checked, check, mask
from evenhand.portfolio.feeds import TAKE_OVER
from evenhand.portfolio.loading import EVERY_FEED, feed_of
from evenhand.portfolio.mapping import PortfolioError, find_portfolio
from evenhand.portfolio.reading import FileRefusedError, read_manifest, read_sheet
from evenhand.runtime.config import Config
from evenhand.runtime.config import config as read_config

app = typer.Typer(no_args_is_help=True)
PortfolioFile = Annotated[
    Path | None,
    typer.Option(
        "--portfolio", help="The portfolio file; else the setting, else one beside the files."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SHOWN = 200


@app.command("check")
def check_file(
    file: Path,
    feed: Annotated[str, typer.Option(help="Which feed it is; else its name says.")] = "",
    portfolio: PortfolioFile = None,
    as_json: AsJson = False,
) -> None:
    """Say row by row what is wrong with a file; nothing is loaded. 检查文件，不入库。"""
    checked: Checked | None = None
    refusal: dict[str, Any] = {}
    try:
        terms = find_portfolio(portfolio or read_config().portfolio_file, file.parent)
        manifest = read_manifest(file.parent)
        name = feed or feed_of(file.name, terms, manifest) or ""
        if name not in EVERY_FEED:
            raise typer.BadParameter(f"--feed is one of {', '.join(EVERY_FEED)}")
        stated = manifest.files.get(file.name)
        sheet = read_sheet(file.read_bytes(), EVERY_FEED[name], terms.layout(name), stated)
        checked = check(sheet, EVERY_FEED[name], terms)
    except FileRefusedError as error:
        refusal = error.reason
    except (PortfolioError, OSError) as error:
        raise typer.BadParameter(str(error)) from None
    found = _outcome(name, checked, refusal)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _show(file.name, found)
    raise typer.Exit(1 if refusal or found["faults"] else 0)


def _outcome(feed: str, checked: Checked | None, refusal: dict[str, Any]) -> dict[str, Any]:
    faults = [] if checked is None else checked.faults
    return {
        "feed": feed,
        "refusal": refusal,
        "rows_in": checked.rows_in if checked else 0,
        "rows_good": len(checked.lines) if checked else 0,
        "rows_quarantined": checked.rows_quarantined if checked else 0,
        "faults": [
            {
                "line": f.line,
                "field": f.field,
                "value": mask(f, EVERY_FEED[feed]),
                "rule": f.rule,
                "expected": f.expected,
            }
            for f in faults
        ],
    }


def _show(file_name: str, found: dict[str, Any]) -> None:
    console = Console()
    if found["refusal"]:
        reason = found["refusal"]
        place = ", ".join(
            str(p)
            for p in (f"line {reason['line']}" if reason["line"] else "", reason["field"])
            if p
        )
        console.print(
            f"{file_name} 整份拒收 refused: {reason['rule']}{f' ({place})' if place else ''}: "
            f"expected {reason['expected']}",
            markup=False,
        )
        return
    if found["faults"]:
        table = Table("行 line", "字段 field", "值 value", "规则 rule", "应为 expected")
        for fault in found["faults"][:SHOWN]:
            table.add_row(*(str(fault[n]) for n in ("line", "field", "value", "rule", "expected")))
        console.print(table)
        if (more := len(found["faults"]) - SHOWN) > 0:
            console.print(f"… {more} more; --json prints all")
    console.print(
        f"{file_name}: {found['rows_in']} 行 rows, {found['rows_good']} 可入库 good, "
        f"{found['rows_quarantined']} 隔离 quarantined",
        markup=False,
    )


@app.command()
def load(
    folder: Path,
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The banking day.")],
    as_json: AsJson = False,
) -> None:
    """Load every file of a folder for a banking day. 装载文件夹内的全部文件。"""
    config = _opened()
    from evenhand.cycle.intake import NightIsOver, take_in
    from evenhand.cycle.lock import NightRunning

    try:
        rows = take_in(
            folder,
            banking_day=day.date(),
            config=config,
            now=clock(),
        )
    except (FileRefusedError, PortfolioError, NightIsOver, NightRunning) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    found = [
        {
            "feed": r.feed,
            "file": r.name,
            "state": str(r.state),
            "rows_in": r.rows_in,
            "rows_loaded": r.rows_loaded,
            "rows_quarantined": r.rows_quarantined,
            "refusal": r.refusal,
        }
        for r in rows
    ]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        table = Table(
            "数据 feed", "文件 file", "状态 state", "行 in", "入库 loaded", "隔离 quarantined"
        )
        for row in found:
            table.add_row(*(str(row[n]) for n in list(row)[:6]))
        Console().print(table)
        for row in found:
            if row["refusal"]:
                typer.echo(f"{row['file']}: {row['refusal']}")
    raise typer.Exit(1 if any(row["refusal"] for row in found) else 0)


@app.command()
def state(
    kind: Annotated[str, typer.Argument(help=", ".join(TAKE_OVER))],
    file: Annotated[Path | None, typer.Argument()] = None,
    empty: Annotated[bool, typer.Option("--empty", help="There is no such list.")] = False,
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The banking day.")
    ] = None,
) -> None:
    """State one list of the system before as loaded or as empty. 声明接管清单：已装载或为空。"""
    if kind not in TAKE_OVER or (file is None) != empty:
        raise typer.BadParameter(f"one of {', '.join(TAKE_OVER)}, with a file or --empty")
    config = _opened()
    from evenhand.cycle.intake import intake_of, terms_of
    from evenhand.portfolio.actions import state_take_over
    from evenhand.portfolio.models import TakeOver
    from evenhand.portfolio.queries import take_over_missing

    now = clock()
    said = state_take_over(
        kind=kind,
        path=file,
        banking_day=day.date() if day else _banking_day(config, now),
        intake=intake_of(config, terms_of(config, file.parent if file else None)),
        now=now,
    )
    if not isinstance(said, TakeOver):
        typer.echo(f"{kind}: {said.refusal}", err=True)
        raise typer.Exit(1)
    missing = take_over_missing()
    typer.echo(f"{kind}: {said.state}, {said.rows} 行 rows")
    typer.echo(f"尚未声明 not stated yet: {', '.join(missing) if missing else '–'}")


def _banking_day(config: Config, now: datetime) -> date:
    return config.banking_date or now.astimezone(ZoneInfo(config.time_zone)).date()


def _opened() -> Config:
    from evenhand.runtime.database import open_store

    open_store(read_config())
    return read_config()
