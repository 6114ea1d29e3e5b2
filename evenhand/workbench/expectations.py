"""What a refused field or file should have held, in the words of the page's language.

The sentences are stored with the refusal in English, as `portfolio` writes them.
"""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

PLAIN = frozenset(
    {
        gettext_noop("a value"),
        gettext_noop("an amount"),
        gettext_noop("the last four digits"),
        gettext_noop("a short code"),
        gettext_noop("a code, not a free value"),
        gettext_noop("1, 0, Y, N, true or false"),
        gettext_noop("no more decimals than the currency has"),
        gettext_noop("a time with its offset, as 2026-09-30T10:00:00+08:00"),
        gettext_noop("this column"),
        gettext_noop("it absent"),
        gettext_noop("a line of column names"),
        gettext_noop("a whole last line"),
        gettext_noop("a whole Parquet file"),
        gettext_noop("comma separated values"),
        gettext_noop("each column name once"),
        gettext_noop("every quotation mark to be closed"),
        gettext_noop("UTF-8 or GB18030"),
        gettext_noop("UTF-8 throughout"),
        gettext_noop("GB18030 as stated, found UTF-8 with mark"),
        gettext_noop("the digest stated in the manifest"),
        gettext_noop("the file the manifest states"),
        gettext_noop("the name of a feed's file"),
        gettext_noop("trailer and manifest to agree"),
        gettext_noop("a live store takes no samples"),
        gettext_noop("text, a decimal or an integer"),
        gettext_noop("a column of the feed, or its name under `ignore`"),
        gettext_noop("different keys for different references"),
    }
)
PATTERNS: Mapping[str, str] = {
    r"one of (?P<codes>.+)": gettext_noop("one of %(codes)s"),
    r"at most (?P<bytes>\d+) bytes": gettext_noop("at most %(bytes)s bytes"),
    r"a whole number from (?P<low>-?\d+) to (?P<high>-?\d+)": gettext_noop(
        "a whole number from %(low)s to %(high)s"
    ),
    r"a date as (?P<form>.+)": gettext_noop("a date as %(form)s"),
    r"an amount as (?P<form>.+)": gettext_noop("an amount as %(form)s"),
    r"a sum of (?P<stated>.+), found (?P<found>.+)": gettext_noop(
        "a sum of %(stated)s, found %(found)s"
    ),
    r"(?P<stated>\d+) rows, found (?P<found>\d+)": gettext_noop("%(stated)s rows, found %(found)s"),
    r"(?P<stated>\d{4}-\d\d-\d\d), found (?P<found>.+)": gettext_noop(
        "%(stated)s, found %(found)s"
    ),
}


def in_words(expected: str) -> str:
    """The sentence in the page's language; one that is not known stays as it was stored."""
    if expected in PLAIN:
        return _(expected)
    for pattern, wording in PATTERNS.items():
        if found := re.fullmatch(pattern, expected):
            return _(wording) % found.groupdict()
    return expected
