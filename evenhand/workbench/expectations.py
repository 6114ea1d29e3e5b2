"""What a refused field or file should have held, in the words of the page's language.

The sentences are stored with the refusal in English, as `portfolio` writes them.
"""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as words

PLAIN = frozenset(
    {
        words("a value"),
        words("an amount"),
        words("the last four digits"),
        words("a short code"),
        words("a code, not a free value"),
        words("1, 0, Y, N, true or false"),
        words("no more decimals than the currency has"),
        words("a time with its offset, as 2026-09-30T10:00:00+08:00"),
        words("this column"),
        words("it absent"),
        words("a line of column names"),
        words("a whole last line"),
        words("a whole Parquet file"),
        words("comma separated values"),
        words("each column name once"),
        words("every quotation mark to be closed"),
        words("UTF-8 or GB18030"),
        words("UTF-8 throughout"),
        words("GB18030 as stated, found UTF-8 with mark"),
        words("the digest stated in the manifest"),
        words("the file the manifest states"),
        words("the name of a feed's file"),
        words("trailer and manifest to agree"),
        words("a live store takes no samples"),
        words("text, a decimal or an integer"),
        words("a column of the feed, or its name under `ignore`"),
        words("different keys for different references"),
    }
)
PATTERNS: Mapping[str, str] = {
    r"one of (?P<codes>.+)": words("one of %(codes)s"),
    r"at most (?P<bytes>\d+) bytes": words("at most %(bytes)s bytes"),
    r"a whole number from (?P<low>-?\d+) to (?P<high>-?\d+)": words(
        "a whole number from %(low)s to %(high)s"
    ),
    r"a date as (?P<form>.+)": words("a date as %(form)s"),
    r"an amount as (?P<form>.+)": words("an amount as %(form)s"),
    r"a sum of (?P<stated>.+), found (?P<found>.+)": words("a sum of %(stated)s, found %(found)s"),
    r"(?P<stated>\d+) rows, found (?P<found>\d+)": words("%(stated)s rows, found %(found)s"),
    r"(?P<stated>\d{4}-\d\d-\d\d), found (?P<found>.+)": words("%(stated)s, found %(found)s"),
}


def in_words(expected: str) -> str:
    """The sentence in the page's language; one that is not known stays as it was stored."""
    if expected in PLAIN:
        return _(expected)
    for pattern, wording in PATTERNS.items():
        if found := re.fullmatch(pattern, expected):
            return _(wording) % found.groupdict()
    return expected
