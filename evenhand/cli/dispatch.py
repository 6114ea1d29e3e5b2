"""evenhand dispatch …"""

import json
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from evenhand.cli.edge import clock, refuse, settings, with_django

app = typer.Typer(no_args_is_help=True, help="Messages on their way out.")
IDLE_SECONDS = 2.0
MINUTE = 60.0


@app.command()
def queue() -> None:
    """Queue what the last night decided to be said by text message. 将昨夜决定的短信排队。"""
    config = with_django()
    from evenhand.cycle.queries import last_run_day
    from evenhand.cycle.queueing import queue_messages

    day = last_run_day()
    if day is None:
        refuse("no night is published yet")
    fresh = queue_messages(on=day, zone=ZoneInfo(config.time_zone), by="night", now=clock())
    typer.echo(f"{fresh} messages of the night of {day} queued")


def _mail_read() -> Counter[str]:
    """What the mailbox held, by kind; a mailbox that cannot be read is tried again, and the log says so."""
    from evenhand.adapters.smtp_mail.mailbox import MailboxFailed, poll_once
    from evenhand.runtime.keys import read_keys

    with suppress(MailboxFailed):
        read = poll_once(keys=read_keys(settings().key_file), now=clock())
        return Counter({f"MAIL_{kind}": count for kind, count in read.items()})
    return Counter()


@app.command()
def run(
    once: Annotated[bool, typer.Option(help="Until nothing is free, and no longer.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Take the queue through the gate and hand over what it permits, until interrupted. 派发队列中的消息。"""
    config = with_django()
    from evenhand.cycle.dispatching import dispatch, lanes, waits_for_lines
    from evenhand.cycle.unheard import unheard
    from evenhand.outreach.channels import channels
    from evenhand.runtime.keys import read_keys

    found = channels()
    if not found:
        refuse("no channel is set up; docs/howto/sending.md says how")
    keys, read_at = read_keys(config.key_file), -MINUTE
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    done: Counter[str] = Counter()
    with lanes(found) as several:
        while not ended.is_set():
            batch = dispatch(several, keys=keys, clock=clock)
            done += batch
            if time.monotonic() - read_at >= MINUTE:
                read_at = time.monotonic()
                done += _mail_read() + Counter(UNKNOWN=unheard(now=clock()).total())
            if not batch:
                if once and not waits_for_lines(several):
                    break
                ended.wait(IDLE_SECONDS)
    said = {state.lower(): count for state, count in sorted((+done).items())}
    typer.echo(
        json.dumps(said)
        if as_json
        else ", ".join(f"{n} {s}" for s, n in said.items()) or "nothing to do"
    )


@app.command()
def shares(
    days: Annotated[
        int, typer.Option(min=1, max=3660, help="Of messages made in so many days.")
    ] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What became of the messages of each channel, in shares. 各渠道消息结果占比。"""
    with_django()
    from evenhand.outreach.message_rows import message_shares

    found = message_shares(since=clock() - timedelta(days=days))
    if as_json:
        typer.echo(json.dumps({one.channel: dict(one.counts) for one in found}))
        return
    for one in found:
        said = ", ".join(f"{state} {count} ({share:.2f} %)" for state, count, share in one.percents)
        typer.echo(
            f"{one.channel} {one.of}: {said}{'; too many unknown' if one.too_many_unknown else ''}"
        )
    if not found:
        typer.echo("no message was made in that time")
