"""The bank's own numbers of accounts, read again from the files it sent: nothing here keeps them in clear."""

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.portfolio.feeds import FEEDS
from evenhand.portfolio.models import FeedFile, FileState
from evenhand.portfolio.reading import read_sheet
from evenhand.portfolio.terms import Portfolio
from evenhand.runtime.files import FileStore, RawFileError
from evenhand.runtime.keys import Keys

FEED = "accounts"


def account_numbers(
    account_keys: Collection[int], *, portfolio: Portfolio, store: FileStore, keys: Keys
) -> dict[int, str]:
    """The bank's numbers of these accounts by key, from the newest file of accounts that still lies here and names
    them.

    An account whose files have gone is left out.
    """
    wanted, found = set(account_keys), {}
    files = FeedFile.objects.filter(feed=FEED, state=FileState.LOADED).order_by(
        "-banking_day", "-file_no"
    )
    for sha256 in files.values_list("sha256", flat=True):
        if not wanted:
            break
        try:
            content = b"".join(store.read(sha256))
        except (OSError, RawFileError):
            continue
        columns = read_sheet(content, FEEDS[FEED], portfolio.layout(FEED), None).columns
        numbers = pc.unique(columns["account_ref"].combine_chunks().cast(pa.string()))
        here = keys.tokens(numbers, "account")
        for at in np.flatnonzero(np.isin(here, np.array(sorted(wanted), dtype=np.int64))):
            found[int(here[at])] = numbers[int(at)].as_py()
        wanted -= set(found)
    return found
