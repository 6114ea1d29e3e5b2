"""The robot's calls as a channel: a call is begun on a free line, and its end comes later from the line."""

import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from django.db import close_old_connections

from evenhand.adapters.loopback import on_this_machine
from evenhand.adapters.sip_voice.dialogue import CallPlan, check_of
from evenhand.adapters.sip_voice.prompts import PromptsMissing, load_prompts
from evenhand.adapters.sip_voice.speech import can_say
from evenhand.compliance.packs import SHIPPED
from evenhand.compliance.stated import table
from evenhand.cycle.called import call_ended
from evenhand.outreach.calls import CallEnd
from evenhand.outreach.channels import About, NotHanded, Outgoing
from evenhand.outreach.lane import gate_now
from evenhand.runtime.config import SettingError, config
from evenhand.runtime.keys import read_keys

if TYPE_CHECKING:
    from evenhand.adapters.sip_voice.dialler import Dialler

log = structlog.get_logger()
FILE = "house/calls.toml"
PORT = 5060
DIALLED = frozenset("+0123456789")
LANGUAGES = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long calls ring, wait and last, in seconds, and for how many days the robot takes a promise."""

    ring_seconds: int
    first_key_seconds: int
    next_key_seconds: int
    call_seconds_max: int
    promise_days_max: int


@cache
def call_terms() -> Terms:
    """The terms as shipped; raises StatedError when the file cannot be used."""
    return table("calls", Terms, tomllib.loads((SHIPPED / FILE).read_text("utf-8")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sip:
    """The dialler, and whether it may leave this machine."""

    dialler: "Dialler"
    host: str
    demo: bool
    name: str = field(default="sip")

    def free(self) -> int:
        """How many lines are free."""
        return self.dialler.free()

    def hand(self, message: Outgoing) -> str:
        """Begin a call; returns our own reference, under which its end is told."""
        from baresip.errors import BaresipError

        if self.demo and not on_this_machine(self.host):
            raise NotHanded("OUTSIDE_THIS_MACHINE")
        plan = plan_of(message.about, message.language)
        if plan is None:
            raise NotHanded("NO_CHECK")
        number = "".join(sign for sign in message.to if sign in DIALLED)
        if not number:
            raise NotHanded("NO_NUMBER")
        try:
            begun = self.dialler.begin(message.id, number, plan, message.at)
        except PromptsMissing as missing:
            log.error("prompts_missing", said=str(missing))
            raise NotHanded("NO_PROMPTS", again=True) from None
        except (BaresipError, TimeoutError):
            raise NotHanded("NO_LINE", again=True) from None
        if not begun:
            raise NotHanded("LINES_BUSY", again=True)
        return str(message.id)

    def close(self) -> None:
        """Let the calls that are running come to their end."""
        self.dialler.close()


def plan_of(about: About | None, language: str) -> CallPlan | None:
    """What a call needs to know; None where nothing shows who answers, or nothing can be said."""
    due = [card for card in about.cards if card.due_minor > 0] if about else []
    if about is None or not due or not can_say(about.currency):
        return None
    check = check_of(about.check, due[0].tail)
    if check is None:
        return None
    days = max(card.overdue_days for card in due)
    return CallPlan(
        language=LANGUAGES.get(language, "zh-CN"), check=check[0], check_of=check[1],
        due_minor=sum(card.due_minor for card in due), currency=about.currency, today=about.on,
        overdue_from_on=about.on - timedelta(days=days) if days else None,
        promise_until_on=about.on + timedelta(days=call_terms().promise_days_max),
    )  # fmt: skip


def tell(message_id: UUID, end: CallEnd, recording: bytes) -> None:
    """Keep how a call ended, in the thread of the ends."""
    close_old_connections()
    try:
        keys = read_keys(config().key_file)
        call_ended(message_id=message_id, end=end, recording=recording, keys=keys, now=gate_now())
    finally:
        close_old_connections()


def of_settings() -> Sip | None:
    """The trunk that the settings name; None where they name none. Raises SettingError without what calls need."""
    found = config()
    if found.sip_url is None or found.sip_prompts is None:
        return None
    try:
        from evenhand.adapters.sip_voice.dialler import Dialler, Trunk
        from evenhand.adapters.sip_voice.talking import Waits
    except ImportError:
        raise SettingError("EVENHAND_SIP_URL needs the extra `voice`: evenhand[voice]") from None
    parts, terms = urlsplit(found.sip_url), call_terms()
    trunk = Trunk(
        user=unquote(parts.username or "evenhand"), password=unquote(parts.password or ""),
        host=parts.hostname or "", port=parts.port or PORT, person=found.sip_person or "", lines=found.sip_lines,
        ring_seconds=terms.ring_seconds,
        waits=Waits(
            first_key=terms.first_key_seconds, next_key=terms.next_key_seconds, call=terms.call_seconds_max
        ),
    )  # fmt: skip
    prompts = cache(partial(load_prompts, found.sip_prompts))  # each language is read once
    return Sip(dialler=Dialler(trunk, prompts, tell), host=trunk.host, demo=found.mode == "demo")
