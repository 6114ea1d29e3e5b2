"""evenhand judge: one scenario on standard input, the verdict on standard output. No Django, no database."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from evenhand.cli.edge import refuse
from evenhand.compliance.cases import CaseError, facts_of
from evenhand.compliance.errors import PackError
from evenhand.compliance.facts import Facts
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import Pack, load_pack
from evenhand.compliance.verdict import Verdict

app = typer.Typer()


@app.command("judge")
def judge_scenario(
    packs: Annotated[
        str, typer.Option(help="Shipped packs or files, by comma; those a worked case names go before.")
    ] = "cn",  # fmt: skip
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge one scenario read from standard input: facts as a verdict keeps them, or the `given` of a worked case."""
    try:
        scenario = json.loads(sys.stdin.read())
        if not isinstance(scenario, dict):
            raise ValueError("expected one JSON object")
        facts, names = _facts_of(scenario), scenario.get("packs") or packs.split(",")
        layers = [_pack(name, binds_all="packs" in scenario) for name in names]
        verdict = judge(facts, layers)
    except (PackError, CaseError) as error:
        refuse(str(error))
    except (ValueError, KeyError, TypeError) as error:
        refuse(f"standard input: {error!r}; expected facts as a verdict keeps them, or a case's `given`")
    if as_json:
        typer.echo(json.dumps(verdict.stored() | {"said": _said(verdict, layers)}, ensure_ascii=False, default=str))  # fmt: skip
        return
    typer.echo(verdict.decision)
    for line in _said(verdict, layers):
        typer.echo(f"  {line['code']}: {line['en']} [{line['citation']}]")


def _facts_of(scenario: Mapping[str, Any]) -> Facts:
    """The facts of either form: the stored one has the act as a row, a case has what is `proposed`."""
    return Facts.read(scenario) if "act" in scenario else facts_of(scenario)


def _pack(name: str, *, binds_all: bool) -> Pack:
    """The pack; of a worked case the test of whom it binds is taken as met."""
    pack = load_pack(name.lower())
    return pack.binding_all() if binds_all else pack


def _said(verdict: Verdict, packs: Sequence[Pack]) -> list[dict[str, Any]]:
    """Each reason with its sentence in both languages and its citation."""
    from evenhand.compliance.nexts import explain
