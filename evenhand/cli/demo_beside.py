"""What runs beside a demo: a payment gateway, a PBX, the peers of the channels, and the dispatcher, each a process.

Yesterday's messages leave before the pages are served, by a clock that only a demo lets be moved, so that the post room
has something to read at any hour; today's leave when the hour allows it.
"""

import base64
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from evenhand.cli.calls import make_prompts
from evenhand.cli.edge import clock, settings
from evenhand.runtime.config import config
from evenhand.runtime.private import private_folder

PATIENCE_SECONDS = 10
SENT_YESTERDAY = {"TEXT": 40, "PUSH": 40, "EMAIL": 40, "LETTER": 40, "CALL": 10}  # at most
ANSWERS = (  # what the telephones of the demo do, one after the other
    "answers 1,{check},2,{day},1", "answers 1,{check},1", "busy", "answers 3", "machine", "answers 1,{check},0",
    "answers 1,{check},5,9", "answers 1,0000,{check},2,{day},1", "hangs-up 1",
)  # fmt: skip
Say = Callable[[str], None]


@contextmanager
def gateway() -> Iterator[None]:
    """The sandbox of the payment gateway, unless the settings name a gateway."""
    if settings().paygate_url is not None:
        yield
        return
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with _beside("evenhand.adapters.paygate.sandbox", "--secret", secret) as port:
        _set(PAYGATE_URL=f"http://127.0.0.1:{port}", PAYGATE_SECRET=secret)
        os.environ.setdefault("EVENHAND_PUBLIC_URL", f"http://{settings().listen}")
        config.cache_clear()
        yield


@contextmanager
def post_room(say: Say) -> Iterator[None]:
    """Gateways and telephones that lead nowhere, and the dispatcher that hands them what the gate permits."""
    if settings().kannel_url is not None or settings().smtp_url is not None:
        yield
        return
    password, secret, app = (secrets.token_urlsafe(24) for _ in range(3))
    replies = f"http://{settings().listen}/channels/kannel/reply?s={quote(password)}"
    with (
        _beside(
            "evenhand.adapters.kannel_sms.sandbox",
            f"--password={password}",
            "--replies-to",
            replies,
        ) as sms,
        _beside("evenhand.adapters.smtp_mail.sandbox", "--port", str(_free_port())) as mail,
        _beside("evenhand.adapters.push_messages.sandbox", f"--secret={app}") as push,
        telephones(say) as answers,
    ):
        _set(
            KANNEL_URL=f"http://127.0.0.1:{sms}", KANNEL_PASSWORD=password, SMTP_URL=f"smtp://127.0.0.1:{mail}",
            MAIL_FROM="card@bank.example", MAIL_SECRET=secret, PUSH_URL=f"http://127.0.0.1:{push}", PUSH_SECRET=app,
        )  # fmt: skip
        config.cache_clear()
        _send_yesterdays(say, answers)
        _queue_todays()
        if answers is not None:
            _answer(answers)
        run = [
            sys.executable,
            "-c",
            "from evenhand.cli.main import main; main()",
            "dispatch",
            "run",
        ]
        dispatcher = subprocess.Popen(run, stdout=subprocess.DEVNULL)  # noqa: S603
        try:
            yield
        finally:
            _end(dispatcher)


@contextmanager
def exchange() -> Iterator[None]:
    """A PBX that rings nobody, so that the button to call works, unless the settings name a PBX."""
    if settings().pbx_url is not None:
        yield
        return
    secret = secrets.token_urlsafe(24)
    with _beside("evenhand.adapters.pbx_calls.sandbox", f"--secret={secret}") as port:
        _set(PBX_URL=f"http://127.0.0.1:{port}", PBX_SECRET=secret)
        os.environ.setdefault("EVENHAND_PUBLIC_URL", f"http://{settings().listen}")
        config.cache_clear()
        yield


@contextmanager
def telephones(say: Say) -> Iterator[Path | None]:
    """Telephones that answer the robot, and the folder of how each does; None where the extra `voice` is not there."""
    if find_spec("baresip") is None or settings().sip_url is not None:
        if settings().sip_url is None:
            say("the robot makes no calls: the extra `voice` is not installed")
        yield None
        return
    prompts = settings().home / "prompts"
    _clips_in(prompts, say)
    answers = private_folder(settings().home / "telephones")
    with _beside(
        "evenhand.adapters.sip_voice.sandbox", "--mode", "no-answer", "--folder", str(answers)
    ) as port:
        _set(SIP_URL=f"sip://evenhand@127.0.0.1:{port}", SIP_PROMPTS=str(prompts), SIP_LINES="6")
        config.cache_clear()
        yield answers


def _clips_in(prompts: Path, say: Say) -> None:
    """See to a whole set of clips: those of a demo before this one, where they still serve, or new ones."""
    from evenhand.adapters.sip_voice.prompts import LANGUAGES, PromptsMissing, load_prompts

    try:
        for language in LANGUAGES:
            load_prompts(prompts, language)
    except PromptsMissing:
        if wrong := make_prompts(prompts, "espeak"):
            say(f"the robot speaks in tones: {wrong}")
            make_prompts(prompts, "tones")


def _answer(answers: Path) -> None:
    """Say how each telephone that is to be rung answers, so that the calls come to everything they can come to."""
    from evenhand.adapters.sip_voice.dialogue import check_of
    from evenhand.casework.models import CaseAccount
    from evenhand.cycle.said import opened
    from evenhand.outreach.models import ContactQueue
    from evenhand.portfolio.models import Person
    from evenhand.runtime.keys import read_keys

    keys = read_keys(settings().key_file)
    queue = ContactQueue.objects.filter(state="QUEUED").order_by("-priority", "id")
    rows = [row for row in queue if row.asked[0] == "CALL"]
    pay_on = f"{clock().astimezone(ZoneInfo(settings().time_zone)) + timedelta(days=3):%m%d}"
    for number, row in enumerate(rows):
        person = opened(Person.objects.get(id=row.customer_id), keys)
        card = CaseAccount.objects.filter(case__customer_id=row.customer_id, left_on=None).first()
        check = check_of(person.identity_number, card.card_tail if card else "")
        for point in person.points:
            name = "".join(filter(str.isdecimal, point.value))
            if point.kind == "MOBILE" and name and check:
                said = ANSWERS[number % len(ANSWERS)].format(check=check[0], day=pay_on)
                (answers / name).write_text(said, "utf-8")


def _send_yesterdays(say: Say, answers: Path | None) -> None:
    """Messages of yesterday morning, really judged, written and handed over, and a run for the print house."""
    from evenhand.adapters.typst_letters.client import of_settings
    from evenhand.cycle.dispatching import dispatch, lanes, waits_for_lines
    from evenhand.cycle.queries import last_run_day
    from evenhand.cycle.queueing import queue_messages
    from evenhand.outreach.channels import channels
    from evenhand.outreach.models import Message
    from evenhand.runtime.database import store
    from evenhand.runtime.keys import read_keys
    from evenhand.samples.contact_day import moved_clock

    day, found, zone = last_run_day(), store(settings()), ZoneInfo(settings().time_zone)
    assert day is not None
    assert found is not None
    if Message.objects.exists():
        return
    yesterday = clock().astimezone(zone).date() - timedelta(days=1)
    now = datetime.combine(yesterday, time_of_day(10, 30), zone).astimezone(UTC)
    keys, began = read_keys(settings().key_file), time.monotonic()
    with moved_clock(found.owner) as stand_at, lanes(channels()) as several:
        stand_at(now - timedelta(minutes=5))
        queue_messages(
            on=day - timedelta(days=1),
            zone=zone,
            by="night",
            now=now - timedelta(minutes=5),
            most=SENT_YESTERDAY,
        )
        if answers is not None:
            _answer(answers)
        stand_at(now)
        while batch := dispatch(
            several, keys=keys, clock=lambda: now, seconds=lambda: time.monotonic() * 100
        ):
            batch.clear()
        while waits_for_lines(several):
            time.sleep(0.2)
            dispatch(several, keys=keys, clock=lambda: now)
    made = of_settings().post.make_run(at=now)
    sent, seconds = Message.objects.filter(state="HANDED").count(), time.monotonic() - began
    printed = 0 if made is None else made.letters
    say(
        f"sent {sent} of yesterday's messages, {printed} of them letters for the print house, in {seconds:.0f} s"
    )


def _queue_todays() -> None:
    from evenhand.cycle.queries import last_run_day
    from evenhand.cycle.queueing import queue_messages

    day = last_run_day()
    assert day is not None
    queue_messages(on=day, zone=ZoneInfo(settings().time_zone), by="night", now=clock())


def _set(**values: str) -> None:
    os.environ |= {f"EVENHAND_{name}": value for name, value in values.items()}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _beside(module: str, *arguments: str) -> Iterator[int]:
    """A peer in a process of its own, and the port it listens on, which it prints first."""
    beside = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert beside.stdout is not None
    try:
        yield int(beside.stdout.readline())
    finally:
        _end(beside)


def _end(beside: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    beside.terminate()
    try:
        beside.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        beside.kill()
