"""A small policy pack, written out: it needs no database."""

HEAD = """
[pack]
name = "{name}"
version = "{version}"
title = {{ zh = "小规则包", en = "Small pack" }}
layer = "HOUSE"
zone = "Asia/Shanghai"
valid_from = 2026-01-01
{head}
"""
HOURS = """
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

"""
TALKS = """
[[rule]]
id = "S-TALKS"
kind = "cap"
code = "TALK_FREQUENCY"
effect = "DENY"
strength = "LAW"
instrument = "A law of the house"
confidence = "S"
valid_from = 2026-01-01
note = {{ zh = "只见摘录。", en = "Seen in excerpts." }}
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
    return (
        HEAD.format(name=name, version=version, head=head)
        + HOURS.format(opens=opens)
        + TALKS.format(most=most, more=more, cases=cases)
    )
