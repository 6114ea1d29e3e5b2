"""From the bytes of one file to its facts: read, judge, tokenise, seal, divide. No database."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pyarrow as pa

from evenhand.portfolio.checking import Checked, check, without
from evenhand.portfolio.encoding import Sealer, divide, encode, tokens_of
from evenhand.portfolio.feeds import FEEDS, Feed
from evenhand.portfolio.history import LoadedFile, Owners, fact_path
from evenhand.portfolio.mapping import NAME
from evenhand.portfolio.reading import (
    MANIFESTS,
    Fault,
    FileRefusedError,
    Manifest,
    Stated,
    read_sheet,
)
from evenhand.portfolio.takeover import TAKE_OVER_FEEDS
from evenhand.portfolio.terms import Portfolio
from evenhand.runtime.lake import Lake, write_table

EVERY_FEED: Mapping[str, Feed] = FEEDS | TAKE_OVER_FEEDS
_THREADS = 2
MADE_OF = re.compile(r"(\.csv|\.txt|\.dat|\.parquet)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that was accepted: its facts by partition, the faults of rows left out, and how it was written."""

    facts: Mapping[int, pa.Table]
    checked: Checked
    encoding: str
    owners: Owners


def prepare(
    content: bytes,
    feed: Feed,
    portfolio: Portfolio,
    keys: Sealer,
    *,
    file_no: int,
    partitions: int,
    owners: Owners,
    stated: Stated | None = None,
) -> Prepared:
    """Turn a file into facts; raise FileRefusedError when it is refused whole.

    `owners` says whose each account is; rows that say otherwise are refused, and the accounts of an accounts file are
    added to what is returned.
    """
    sheet = read_sheet(content, feed, portfolio.layout(feed.name), stated)
    checked = check(sheet, feed, portfolio)
    tokens = tokens_of(checked, feed, keys)
    checked, tokens = _of_owner(checked, tokens, owners)
    if feed.name == "accounts":
        owners = owners.plus(tokens["account_key"].to_numpy(), tokens["customer_key"].to_numpy())
    facts = encode(checked, tokens, feed, keys, file_no=file_no)
    return Prepared(divide(facts, partitions), checked, sheet.encoding, owners)


def write_facts(lake: Lake, file: LoadedFile, facts: Mapping[int, pa.Table]) -> None:
    """Write the facts of a file, two partitions at a time."""
    with ThreadPoolExecutor(_THREADS) as threads:
        paths = [fact_path(lake, file, partition) for partition in facts]
        list(threads.map(write_table, paths, facts.values()))


def _of_owner(
    checked: Checked, tokens: dict[str, pa.Array], owners: Owners
) -> tuple[Checked, dict[str, pa.Array]]:
    """Refuse the rows whose account is known to be another customer's."""
    accounts = tokens.get("account_key")
    if accounts is None:
        return checked, tokens
    given = accounts.is_valid().to_numpy(zero_copy_only=False)
    wrong = given & owners.other(
        accounts.fill_null(0).to_numpy(), tokens["customer_key"].to_numpy()
    )
    if not wrong.any():
        return checked, tokens
    rows = np.flatnonzero(wrong)
    values = checked.rows.column("account_ref").take(pa.array(rows)).to_pylist()
    faults = [
        Fault(
            line, "account_ref", value, "account.of-customer", "the customer who holds the account"
        )
        for line, value in zip(checked.lines[rows].tolist(), values, strict=True)
    ]
    keep = pa.array(~wrong)
    return without(checked, wrong, faults), {n: t.filter(keep) for n, t in tokens.items()}


def feed_of(name: str, portfolio: Portfolio, manifest: Manifest) -> str | None:
    """Which feed a file belongs to: the manifest says, else the portfolio's patterns, else how its name begins."""
    if (stated := manifest.files.get(name)) and stated.feed:
        return stated.feed
    for feed in EVERY_FEED:
        if (pattern := portfolio.layout(feed).files) and fnmatch(name, pattern):
            return feed
    stem = MADE_OF.sub("", name).lower()
    begun = [f for f in EVERY_FEED if stem == f or re.match(rf"{f}[-_.0-9]", stem)]
    return max(begun, key=len, default=None)


def files_of(folder: Path, portfolio: Portfolio, manifest: Manifest) -> list[tuple[str, Path]]:
    """The feed files of a folder in the order they are loaded: people, then accounts, then what is about accounts.

    Raises FileRefusedError for a file that no feed claims or that the manifest states and the folder lacks.
    """
    found: list[tuple[str, Path]] = []
    for path in sorted(folder.iterdir()):
        if path.name in (*MANIFESTS, NAME) or path.name.startswith(".") or path.is_dir():
            continue
        if path.name not in manifest.files and not MADE_OF.search(path.name):
            continue
        feed = feed_of(path.name, portfolio, manifest)
        if feed is None or feed not in EVERY_FEED:
            raise FileRefusedError(
                "file.known", field=path.name, expected="the name of a feed's file"
            )
        found.append((feed, path))
    if missing := sorted(set(manifest.files) - {p.name for _, p in found}):
        raise FileRefusedError(
            "manifest.file", field=missing[0], expected="the file the manifest states"
        )
    order = list(EVERY_FEED)
    return sorted(found, key=lambda pair: (order.index(pair[0]), pair[1].name))
