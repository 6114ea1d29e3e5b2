"""evenhand judge: one scenario on standard input, the verdict on standard output. No Django, no database."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from evenhand.cli.edge import refuse
from evenhand.compliance.cases.abroad import facts_of
from evenhand.compliance.cases.answering import answer
from evenhand.compliance.cases.written import facts_written
from evenhand.compliance.checking import check_facts
from evenhand.compliance.explain import explain
from evenhand.compliance.facts import Facts
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import Pack, load_pack
from evenhand.compliance.verdict import Verdict

app = typer.Typer()


@app.command("judge")
def judge_scenario(
    packs: Annotated[
        str, typer.Option(help="Shipped packs or files, by comma, where the scenario names none.")
    ] = "cn",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge one scenario read from standard input.

    It is facts as a verdict keeps them, facts as a pack's own case writes them, or the `given` of a worked case.
    """
    try:
        scenario = json.loads(sys.stdin.read())
        if not isinstance(scenario, dict):
            raise ValueError("one JSON object is expected")
        names = scenario.get("packs") or [name for name in packs.split(",") if name]
        layers = [_pack(name, binds_all="packs" in scenario) for name in names]
        if "act" in scenario or "proposed" in scenario:
            _print(_facts_of(scenario), layers, as_json=as_json)
        else:  # a case about a date or a message, which is no act
            typer.echo(json.dumps(answer(scenario, layers, {}), ensure_ascii=False, default=str))
    except (ValueError, LookupError, TypeError) as error:
        refuse(f"standard input: {error}")


def _facts_of(scenario: Mapping[str, Any]) -> Facts:
    """The facts of any form: as stored, where the act is a row; as a pack's case writes them; as a case file does."""
    if "act" not in scenario:
        return facts_of(scenario)
    facts = facts_written(scenario) if isinstance(scenario["act"], dict) else Facts.read(scenario)
    check_facts(facts)
    return facts


def _pack(name: str, *, binds_all: bool) -> Pack:
    """The pack; in a worked case the test of whom it binds is taken as met."""
    pack = load_pack(name.lower() if binds_all else name)
    return pack.binding_all() if binds_all else pack


def _print(facts: Facts, packs: Sequence[Pack], *, as_json: bool) -> None:
    verdict = judge(facts, packs)
    said = _said(verdict, packs, facts.act.at)
    if as_json:
        typer.echo(json.dumps(verdict.stored() | {"said": said}, ensure_ascii=False, default=str))
        return
    typer.echo(verdict.decision)
    for reason in said:
        typer.echo(f"  {reason['code']}: {reason['en']} [{reason['citation']}]")


def _said(verdict: Verdict, packs: Sequence[Pack], at: datetime) -> list[dict[str, Any]]:
    """Each reason with its sentence in both languages and where it comes from."""
    chinese, english = (explain(verdict, packs, language, at=at) for language in ("zh-hans", "en"))
    return [
        {
            "code": en.code,
            "decision": en.decision,
            "rule": en.rule,
            "pack": en.pack,
            "zh": zh.sentence,
            "en": en.sentence,
            "citation": " ".join(part for part in (en.instrument, en.article) if part),
            "strength": en.strength,
            "confidence": en.confidence,
        }
        for zh, en in zip(chinese, english, strict=True)
    ]
