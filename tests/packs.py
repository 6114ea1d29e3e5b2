"""Policy packs for tests: small ones, written out, and brought in or put in force by name."""

from datetime import date, datetime
from uuid import UUID

from evenhand.access.models import Staff
from evenhand.rulebook import pack_acts
from tests.world import NOW, a_supervisor, an_analyst

TODAY = date(2026, 9, 30)


def pack_text(
    name: str = "small",
    version: str = "1",
    *,
    opens: str = "08:00",
    most: int = 3,
    more: str = "",
    head: str = "",
    cases: str = "",
) -> str:
    """A pack of an hours rule and a cap, with what is put at the end of its head, of its rules and after them."""
    return f"""
[pack]
name = "{name}"
version = "{version}"
title = {{ zh = "小规则包", en = "Small pack" }}
layer = "HOUSE"
zone = "Asia/Shanghai"
valid_from = 2026-01-01
{head}
[[rule]]
id = "S-HOURS"
kind = "hours"
code = "CONTACT_HOURS"
effect = "DENY"
strength = "STANDARD"
instrument = "House rules"
article = "1"
confidence = "P"
valid_from = 2026-01-01
text = {{ zh = "{{opens}}至{{closes}}以外不得致电。", en = "No call outside {{opens}} to {{closes}}." }}
when = {{ act = "CALL" }}
opens = "{opens}"
closes = "22:00"
zones = ["Asia/Shanghai"]

[[rule]]
id = "S-TALKS"
kind = "cap"
code = "TALK_FREQUENCY"
effect = "DENY"
strength = "LAW"
instrument = "A law of the house"
confidence = "S"
valid_from = 2026-01-01
note = "Seen in excerpts."
text = {{ zh = "今日已通话{{count}}次，上限{{max}}次。", en = "{{count}} talks today, at most {{max}}." }}
when = {{ act = "CALL", direction = "OUT" }}
counts = {{ act = "CALL", direction = "OUT", effective_talk = true }}
max = {most}
window = {{ period = "DAY" }}
{more}
[[parameter]]
name = "letters.days"
value = 14
unit = "days"
instrument = "House rules"
article = "2"
strength = "HOUSE"
confidence = "P"
valid_from = 2026-01-01
{cases}
"""


def a_pack(text: str | None = None, *, by: Staff | None = None, now: datetime = NOW) -> str:
    """A pack brought in; its digest."""
    content = (text or pack_text()).encode()
    by = by or an_analyst()
    return pack_acts.import_pack(content=content, file="small.toml", by=by.id, now=now)


def asked(
    digest: str,
    *,
    by: Staff | None = None,
    from_on: date = TODAY,
    now: datetime = NOW,
    is_live: bool = False,
    statement: str = "",
) -> UUID:
    """A second person asked to put a pack in force."""
    return pack_acts.ask_activation(
        digest=digest,
        from_on=from_on,
        note="as counsel said",
        by=(by or an_analyst()).id,
        now=now,
        is_live=is_live,
        statement=statement,
    )


def answered(
    activation_id: UUID,
    verdict: str = "APPROVED",
    *,
    by: Staff | None = None,
    reason: str = "",
    now: datetime = NOW,
) -> None:
    """The second person's answer."""
    pack_acts.decide_activation(
        activation_id=activation_id,
        verdict=verdict,
        reason=reason,
        by=(by or a_supervisor()).id,
        now=now,
    )


def in_force(text: str | None = None, *, from_on: date = TODAY, now: datetime = NOW) -> str:
    """A pack put in force by an analyst and a supervisor; its digest."""
    digest = a_pack(text, now=now)
    answered(asked(digest, from_on=from_on, now=now), now=now)
    return digest
