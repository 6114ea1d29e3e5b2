"""evenhand why contact ID: what the gate answered about one contact, from which facts, by which rules."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from evenhand.cli.edge import refuse

if TYPE_CHECKING:
    from evenhand.compliance.explain import Explained
    from evenhand.outreach.queries import ContactView, NextTime


def why_contact(text: str, *, zone: str, as_json: bool) -> None:
    """Print why a contact was allowed or refused; Django is set up. Refuses a key that is of no contact."""
    from evenhand.outreach.queries import contact_view

    try:
        view = contact_view(UUID(text), language="en")
    except ValueError:
        refuse(f"{text!r} is no key of a contact; expected one as the pages and the API name it")
    if view is None:
        refuse(f"there is no contact {text}")
    if as_json:
        stored = asdict(view) | {"facts": view.facts.stored()}
        typer.echo(json.dumps(stored, ensure_ascii=False, default=str))
    else:
        _print(view, ZoneInfo(zone))


def _print(view: "ContactView", zone: ZoneInfo) -> None:
    from evenhand.compliance.packfile.terms import by_in_words

    row = view.row
    whose = "" if row.collector == "BANK" else f" by {row.collector}"
    asked = f"({row.origin}, asked by {row.asked_by})"
    typer.echo(f"{row.act}{whose} at {_at(row.at, zone)}: {row.decision}, now {row.state}  {asked}")
    _reasons("rules", view.said, zone)
    if not view.said:
        typer.echo(f"\nno rule of {', '.join(view.packs)} had anything against it")
    if view.counts:
        typer.echo("\nlimits, with this contact")
    for each in view.counts:
        by = by_in_words(each.by, "en")
        limit = "—" if each.max is None else each.max
        typer.echo(
            f"  {each.rule:<28}{each.per:<24}{each.count} of {limit}{f'  ({by})' if by else ''}"
        )
    _facts(view, zone)
    typer.echo("\nallowed, from then on")
    for found in view.next_times:
        typer.echo(f"  {found.asked.act:<12}{_next(found, zone)}")
    typer.echo("\nwhat became of it")
    for name in (
        "recorded_at",
        "reserved_until",
        "sent_at",
        "ended_at",
        "closed_at",
        "reviewed_at",
    ):
        at = getattr(view, name)
        if at is not None:
            typer.echo(f"  {name:<16}{_at(at, zone)}")
    if view.state_reason:
        typer.echo(f"  {view.state_reason}")
    _reasons("when it was to be sent", view.said_when_sent, zone)


def _reasons(title: str, reasons: "Iterable[Explained]", zone: ZoneInfo) -> None:
    for number, reason in enumerate(reasons):
        if not number:
            typer.echo(f"\n{title}")
        lifts = f", lifts {_at(reason.lifts_at, zone)}" if reason.lifts_at else ""
        article = f" art. {reason.article}" if reason.article else ""
        typer.echo(f"  {reason.decision:<7}{reason.sentence or reason.code}{lifts}")
        typer.echo(f"         {reason.rule} of {reason.pack}: {reason.instrument}{article}")


def _facts(view: "ContactView", zone: ZoneInfo) -> None:
    facts = view.facts
    typer.echo(f"\nfacts {view.facts_seq}")
    for event in sorted(facts.events, key=lambda event: event.at):
        talk = "" if event.talk_seconds is None else f" {event.talk_seconds} s"
        what = f"{event.act} {event.direction} {event.collector}"
        typer.echo(f"  {_at(event.at, zone)}  {what} {event.outcome or 'not known'}{talk}")
    stood = [(hold.kind, hold.from_at, hold.until_at) for hold in facts.holds]
    stood += [(fact.kind, fact.from_at, fact.until_at) for fact in facts.standing]
    for kind, since, ends in stood:
        until = _at(ends, zone) if ends else "it is ended"
        typer.echo(f"  {kind} from {_at(since, zone)} until {until}")
    for name, value in {**facts.known, **facts.act.more}.items():
        typer.echo(f"  {name} {value}")


def _next(found: "NextTime", zone: ZoneInfo) -> str:
    if found.at is None:
        return "not until what stands in the way ends"
    until = f" until {_at(found.until, zone)}" if found.until else ""
    look = ", after a person has looked" if found.then == "REVIEW" else ""
    return f"{_at(found.at, zone)}{until}{look}"


def _at(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
