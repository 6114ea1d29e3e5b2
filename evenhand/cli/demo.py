"""evenhand demo: sample data, three nights, a strategy being tried, staff to log in as, and the pages served."""

import json
import os
import secrets
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from evenhand.cli.cycle import night_setting, run_data, sentence
from evenhand.cli.edge import clock, progress_bars, settings, with_django

if TYPE_CHECKING:
    from evenhand.access.actions import Role

app = typer.Typer()

UCI = Path("../shared/data/uci_default_credit_card.csv.gz")
NIGHTS = 3
STAFF: "tuple[tuple[Role, str], ...]" = (
    ("collector", "EARLY"),
    ("supervisor", ""),
    ("manager", ""),
    ("analyst", ""),
    ("compliance", ""),
)
CONTACTED = 24
ARRANGED = 18
PATIENCE_SECONDS = 10
CAPACITIES = {"PHONE": 3_650, "SMS": 20_000, "LETTER": 500}
DRAFT = (
    "M1 晚五日致电，M2 早协商分期 | M1: call five days later; M2: offer a plan sooner",
    "十日内多数人自行还款，电话也已超出人手。 | Most pay within ten days unasked, and calls exceed hands.",
)
CHANGED = {
    "m1-low-remind": ("treatment_days", "[0..15]"),
    "m1-low-paying": ("treatment_days", "[16..20]"),
    "m1-low-call": ("treatment_days", "[16..20]"),
    "m2-low-plan": ("payments_recent", ">= 1"),
}


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Do not serve; print what was done and leave.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    book: Annotated[
        Path | None, typer.Option(help="A file of the UCI set, whole or in part.", exists=True)
    ] = None,
    accounts: Annotated[
        int, typer.Option(help="Accounts to generate when there is no UCI file.")
    ] = 20_000,
    month: Annotated[str, typer.Option(help="The month the UCI set is shifted to.")] = "2026-09",
) -> None:
    """Make a sample book, run three nights and serve the pages; what is done already is not done again."""
    os.environ.setdefault("EVENHAND_HOME", str(Path("~/.local/share/evenhand-demo").expanduser()))
    os.environ["EVENHAND_MODE"] = "demo"
    say, started = _sayer(quiet=as_json), time.monotonic()
    first_day = _make_feeds(
        settings().home / "feeds", book or (UCI if UCI.exists() else None), accounts, month, say
    )
    _make_keys(say)
    with_django()
    from evenhand.runtime.database import migrate

    say("making the tables")
    migrate(settings(), now=clock(), verbosity=0)
    _install_packs()
    runs = []
    for number in range(NIGHTS):
        runs.append(_night(number + 1, first_day + timedelta(days=number), say, quiet=as_json))
        _work_by_day(first_day + timedelta(days=number + 1), number + 1, say)
    logins = _make_staff(say)
    _contact_people(say)
    _arrange(first_day + timedelta(days=NIGHTS - 1), say)
    _draft_a_strategy(first_day + timedelta(days=NIGHTS - 1), say)
    done = {
        "run": run_data(runs[0]),
        "nights": [run_data(run) for run in runs],
        "logins": logins,
        "seconds": round(time.monotonic() - started, 1),
    }
    typer.echo(json.dumps(done, ensure_ascii=False) if as_json else _told(done))
    if any(run.difference for run in runs):
        raise typer.Exit(1)
    if not once:
        from evenhand.cli.demo_beside import exchange, gateway, post_room
        from evenhand.cli.serve import serve_with_worker

        with gateway(), exchange(), post_room(say):
            serve_with_worker()


def _sayer(*, quiet: bool) -> Callable[[str], None]:
    return (lambda _: None) if quiet else (lambda sentence: typer.echo(sentence, err=True))


def _make_keys(say: Callable[[str], None]) -> None:
    from evenhand.runtime.keys import new_keys

    if not settings().key_file.exists():
        say(f"making keys in {settings().key_file}")
        new_keys(settings().key_file, made_at=clock())


def _install_packs() -> None:
    """Policy packs in force since the day before yesterday, so that yesterday's contacts can be judged."""
    from evenhand.outreach.texts import install_texts
    from evenhand.rulebook.pack_acts import install_packs

    install_packs(is_demo=True, now=clock() - timedelta(days=2))
    install_texts(is_demo=True, now=clock() - timedelta(days=2))


def _contact_people(say: Callable[[str], None]) -> None:
    """Yesterday's contacts with some people, for the pages about the gate."""
    from evenhand.casework.models import Case
    from evenhand.casework.queries import point_rows
    from evenhand.outreach.models import ContactEvent
    from evenhand.outreach.weeks import make_weeks
    from evenhand.runtime.database import store
    from evenhand.samples.contact_day import a_day_of_contacts

    if ContactEvent.objects.exists():
        return
    cases = Case.objects.filter(state="OPEN", desk="EARLY", customer__holds=None)
    people = [
        (
            case.customer_id,
            next((p.key for p in point_rows(case.customer_id) if p.kind == "MOBILE"), ""),
        )
        for case in cases.order_by("-priority", "id")[:CONTACTED]
    ]
    found, zone = store(settings()), ZoneInfo(settings().time_zone)
    assert found is not None
    today = clock().astimezone(zone).date()
    yesterday = today - timedelta(days=1)
    make_weeks(found, first=yesterday - timedelta(days=1), last=today)
    permitted, refused = a_day_of_contacts(
        people=people,
        day=yesterday,
        zone=zone,
        owner_url=found.owner,
    )
    say(f"asked the gate for yesterday's contacts: {permitted} permitted, {refused} refused")


def _arrange(on: date, say: Callable[[str], None]) -> None:
    """A day's arrangements, and a core that plays it: it rejects waivers and does the rest."""
    from evenhand.access.models import Staff
    from evenhand.adapters.core_files import demo_core, door
    from evenhand.arrangements.models import Assessment
    from evenhand.casework.models import Case
    from evenhand.cycle.intake import terms_of
    from evenhand.runtime.files import file_store
    from evenhand.runtime.keys import read_keys
    from evenhand.samples.agreed_day import a_day_of_agreements

    if Assessment.objects.exists():
        return
    config, folder = settings(), settings().home / "core"
    cases = Case.objects.filter(state="OPEN", customer__holds=None).exclude(bucket="M1")
    agreed = a_day_of_agreements(
        people=list(
            cases.order_by("-priority", "id").values_list("customer_id", flat=True)[:ARRANGED]
        ),
        currency=terms_of(config).base_currency,
        by={str(staff.username): staff.id for staff in Staff.objects.all()},
        now=clock(),
        on=on,
    )
    sent = door.send(
        folder, portfolio=terms_of(config), store=file_store(config), keys=read_keys(config.key_file), on=on,
        now=clock(),
    )  # fmt: skip
    answers = demo_core.answer(
        folder, manners=demo_core.Manners(reject=frozenset({"WAIVER"})), on=on
    )
    if answers is not None:
        door.take(answers.read_bytes(), answers.name, on=on, now=clock())
    say(f"arranged something with {agreed} people; the core was told {sent.lines} times")


def _make_feeds(
    folder: Path, book: Path | None, accounts: int, month: str, say: Callable[[str], None]
) -> date:
    """Write the feeds of the nights, each into a folder of its own; returns the first banking day."""
    from evenhand.samples import generator, uci
    from evenhand.samples.folder import read_manifest
    from evenhand.samples.following import write_next

    first = folder / "day1"
    if not (first / "manifest.toml").exists():
        if book is not None:
            say(f"turning {book.name} into feeds")
            uci.write_sample(book, date.fromisoformat(f"{month}-01"), first)
        else:
            say(f"generating {accounts:,} accounts")
            generator.write_sample(
                first, accounts=accounts, seed=1, on=date.fromisoformat(f"{month}-28")
            )
    day = date.fromisoformat(read_manifest(first)["banking_day"])
    for number in range(1, NIGHTS):
        here, after = folder / f"day{number}", folder / f"day{number + 1}"
        if not (after / "manifest.toml").exists():
            write_next(here, after, day + timedelta(days=number))
    return day


def _night(number: int, on: date, say: Callable[[str], None], *, quiet: bool) -> Any:
    from evenhand.cycle.intake import take_in
    from evenhand.cycle.models import Run
    from evenhand.cycle.night import run_nights

    done = Run.objects.filter(banking_day=on, state=Run.State.PUBLISHED).first()
    if done is not None:
        return done
    say(f"night of {on}")
    take_in(
        settings().home / "feeds" / f"day{number}", banking_day=on, config=settings(), now=clock()
    )
    with progress_bars(quiet=quiet) as progress:
        return run_nights(until=on, setting=night_setting(), clock=clock, progress=progress)[-1]


def _work_by_day(on: date, number: int, say: Callable[[str], None]) -> None:
    """What a desk does on a day, so that the next night has something to hear of: promises, holds, a choice by hand."""
    from evenhand.arrangements.models import Promise
    from evenhand.casework.models import Case
    from evenhand.cycle import day

    if number >= NIGHTS or Promise.objects.filter(made_on=on).exists():
        return
    cases = list(
        Case.objects.filter(state=Case.State.OPEN).order_by("-priority", "id")[
            number * 40 : number * 40 + 24
        ]
    )
    say(f"a day's work on {on}: promises, holds, choices by hand")
    for index, case in enumerate(cases):
        who = {"customer_id": case.customer_id, "by": None, "now": clock(), "on": on}
        if index % 8 == 7:
            day.place_hold(reason="HARDSHIP", until_on=on + timedelta(days=30), **who)
        elif index % 8 == 6:
            day.decide_manually(
                treatment="WAIT", reason="salary expected", until_on=on + timedelta(days=7), **who
            )
        else:
            amount = max(case.arrears_minor // (1 + index % 2), 1)
            day.record_promise(amount_minor=amount, due_on=on + timedelta(days=index % 3), **who)


def _make_staff(say: Callable[[str], None]) -> list[dict[str, str]]:
    """One of each role with passwords of this installation, kept beside its data."""
    from evenhand.access.actions import CALLERS, add_staff, set_extension

    place = settings().home / "logins.json"
    logins: list[dict[str, str]] = (
        json.loads(place.read_text(encoding="utf-8")) if place.exists() else []
    )
    for role, desk in STAFF:
        if not any(login["role"] == role for login in logins):
            say(f"adding a member of staff: {role}")
            login = {"name": role, "role": role, "password": secrets.token_urlsafe(9)}
            add_staff(name=role, role=role, desk=desk, password=login["password"])
            if role in CALLERS:
                set_extension(name=role, extension=f"80{len(logins):02}", now=clock())
            logins.append(login)
            place.touch(mode=0o600)
            place.write_text(json.dumps(logins), encoding="utf-8")
    return logins


def _draft_a_strategy(night: date, say: Callable[[str], None]) -> None:
    """A second version by the analyst, checked and tried over the last night, so that the pages have one to show."""
    from evenhand.access.models import Staff
    from evenhand.cycle.trying import try_version
    from evenhand.dmn.documents.document import Document
    from evenhand.rulebook import actions, queries

    if queries.version_rows(limit=1)[0].number > 1:
        return
    say("drafting a change to the strategy, and trying it over the last night")
    analyst = Staff.objects.get(username="analyst").id
    for channel, contacts in CAPACITIES.items():
        actions.set_capacity(channel=channel, contacts_per_day=contacts, by=analyst, now=clock())
    title, note = DRAFT
    number = actions.draft(title=title, note=note, based_on=1, by=analyst, now=clock())
    table = Document.read(queries.content_of(number)).table("treatment")
    for rule in table.rules:
        fact, text = CHANGED.get(rule.id.split("-", 2)[-1], ("", ""))
        for column, was in zip(table.inputs, rule.cells, strict=True):
            if column.expression == fact:
                operation = {
                    "act": "SET_CELL",
                    "table": table.name,
                    "rule": rule.id,
                    "column": column.id,
                    "text": text,
                    "was": was,
                }
                actions.edit(number=number, operation=operation, by=analyst, now=clock())
    if actions.check(number=number, now=clock()):
        trial = actions.ask_trial(number=number, nights=[night], by=analyst, now=clock())
        try_version(trial, clock=clock)


def _told(done: dict[str, Any]) -> str:
    lines = [sentence(night) for night in done["nights"]]
    lines += [f"http://{settings().listen}/"]
    lines += [f"  {login['name']} / {login['password']}" for login in done["logins"]]
    return "\n".join(lines)
