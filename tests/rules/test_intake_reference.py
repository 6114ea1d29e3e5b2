"""The reference of the feeds says what the code does."""

import re
from pathlib import Path

from evenhand.portfolio.loading import EVERY_FEED

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/reference/feeds.md").read_text(encoding="utf-8")


def test_every_column_of_every_feed_is_listed_in_order_with_its_codes():
    for feed in EVERY_FEED.values():
        section = TEXT.split(f"### `{feed.name}`\n", 1)[1].split("\n##", 1)[0]
        listed = re.findall(r"^\| `(\w+)` \| (yes)? *\| [^|]+ \| ([^|]*) \|$", section, re.M)
        assert [(name, bool(required)) for name, required, _ in listed] == [
            (c.name, c.required) for c in feed.columns
        ], feed.name
        for column, (_, _, codes) in zip(feed.columns, listed, strict=True):
            assert not column.codes or codes.split(", ") == list(column.codes)


def test_every_rule_of_intake_is_explained():
    code = "".join(
        (ROOT / "evenhand/portfolio" / name).read_text(encoding="utf-8")
        for name in ("reading.py", "checking.py", "encoding.py", "loading.py")
    )
    rules = set(
        re.findall(
            r'"((?:file|column|token|code|row|ref|tail|money|amount|due|key|account'
            r'|currency|date|bool|int|instant)\.[a-z-]+)"',
            code,
        )
    )
    assert len(rules) > 20
    assert not {rule for rule in rules if f"`{rule}`" not in TEXT}
