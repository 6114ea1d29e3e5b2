"""The journal as a file that anyone can check: a bundle with its verifier in it, and anchors to be kept elsewhere."""

import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from evenhand.journal import verifier
from evenhand.journal.queries import (
    contents_of,
    line_records,
    one_snapshot,
    row_records,
    seal_records,
)
from evenhand.journal.rules import Stream, canonical, instant
from evenhand.journal.verifier import Finding

READ_ME = """\
Check this bundle:    python verifier.py FILE-OR-FOLDER --anchor ANCHOR
核验本文件：          python verifier.py 文件或目录 --anchor 锚点 --language zh
"""
ANCHOR_WORDS = """\
Seal {number} of the journal of Evenhand, made {at}, over {rows} rows. Keep this text where nobody who runs the
installation can change it. Its hash is {hash}
持平日志第 {number} 号封存，{at}，共 {rows} 条。请将本文保存在系统运维人员无法改动之处。其哈希为上。
"""


def export(path: Path, *, scope: Stream | None, now: datetime) -> dict[str, int]:
    """Write a bundle of one stream or of all; returns how many lines, rows and seals it holds. Never overwrites."""
    made = {"lines": 0, "rows": 0, "seals": 0}
    with one_snapshot(), zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as packed:
        about = {"format": 1, "scope": str(scope or ""), "made_at": instant(now)}
        packed.writestr("about.json", canonical(about))
        made["lines"] = _write(packed, "lines.jsonl", line_records(scope))
        made["rows"] = _write(packed, "rows.jsonl", row_records(scope))
        seals = seal_records()
        made["seals"] = _write(packed, "seals.jsonl", seals)
        for seal in seals:
            packed.writestr(f"contents/{seal['number']}.txt", contents_of(seal["number"]))
        packed.writestr(
            "verifier.py", files("evenhand.journal").joinpath("verifier.py").read_bytes()
        )
        packed.writestr("README.txt", READ_ME)
    return made


def _write(packed: zipfile.ZipFile, name: str, records: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with packed.open(name, "w", force_zip64=True) as stream:
        for count, record in enumerate(records, start=1):  # noqa: B007
            stream.write(canonical(record) + b"\n")
    return count


def anchor_text(*, after: int | None, contents: bool) -> str:
    """The last seal, or all seals above a number, as a text to be kept outside; empty when there is none.

    With `contents`, it names every row the seals hold, so that even rows whose seals are taken away are missed by name.
    """
    with one_snapshot():
        seals = seal_records(after=after or 0)
        if after is None:
            seals = seals[-1:]
        if not seals:
            return ""
        words = ANCHOR_WORDS.format(**seals[-1])
        if contents:
            seals = [seal | {"contents": contents_of(seal["number"])} for seal in seals]
    lines = [json.dumps(seal, sort_keys=True, ensure_ascii=False) for seal in seals]
    return words + "\n".join(lines) + "\n"


def check_database(*, anchor: Path | None = None, key: str = "") -> list[Finding]:
    """Everything that is wrong with the journal of this database, by the verifier; raises its Unreadable."""
    anchored, anchored_contents = verifier.read_anchor(anchor) if anchor else ([], {})
    with one_snapshot():
        seals = seal_records()
        contents = {
            seal["number"]: verifier.read_contents(contents_of(seal["number"])) for seal in seals
        }
        bundle = verifier.Bundle("", line_records(), row_records(), seals, contents)
        return verifier.check(bundle, anchored, anchored_contents, key)
