"""Collection letters set as PDF/A-2a and UA-1, each with its code: one by one as they are handed over, and as one run.

./dev bench letters --letters 1000

One by one is what the channel does with each letter: set, sealed, kept on disk. The run is what the print house gets:
one file with its manifest, from what waits. The baseline is qpdf's own work on the finished run where it is installed
(`qpdf --linearize`), else nothing is compared.

Goals: 1,000 letters in one run < 6 s; one by one < 40 ms each.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import machine
from evenhand.adapters.typst_letters.documents import Head, collection_letter
from evenhand.adapters.typst_letters.post import LetterPost
from evenhand.adapters.typst_letters.setting import Letter
from evenhand.outreach.channels import CardFigures
from evenhand.outreach.messages.checking import text_terms
from evenhand.runtime.keys import new_keys, read_keys

AT = datetime(2026, 9, 28, 2, tzinfo=UTC)
WORDS = """{name}：

截至本日，您在我行的信用卡有款项逾期未还，明细如下。

请您于十五日内还款，或与我行联系协商还款安排。如已还款，请勿理会本函。"""


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--letters", type=int, default=1_000)
    chosen = options.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="letters-") as folder:
        run(Path(folder), chosen.letters)


def run(home: Path, count: int) -> None:
    """Keep so many letters one by one, and then make one run of all."""
    new_keys(home / "keys.json", made_at=AT)
    post = LetterPost(root=home / "letters", runs=home / "runs", keys=read_keys(home / "keys.json"))
    post.keep(UUID(int=count), a_letter(count), at=AT)  # reads the fonts
    began = time.perf_counter()
    for number in range(1, count):
        post.keep(UUID(int=number), a_letter(number), at=AT)
    single = (time.perf_counter() - began) / (count - 1)
    began = time.perf_counter()
    made = post.make_run(at=AT)
    whole = time.perf_counter() - began
    assert made is not None
    assert made.letters == count
    pdf = made.folder / "letters.pdf"
    print(f"one by one  {1000 * single:5.1f} ms each   goal < 40 ms")
    print(
        f"one run     {whole:5.2f} s for {count:,} letters, {made.pages:,} pages,"
        f" {pdf.stat().st_size / 2**20:.1f} MiB   goal < 6 s for 1,000; {single * count / whole:.1f}x faster"
    )
    if shutil.which("qpdf"):
        began = time.perf_counter()
        subprocess.run(["qpdf", "--linearize", pdf, home / "out.pdf"], check=True)
        print(f"qpdf rewrites that file in {time.perf_counter() - began:.2f} s")


def a_letter(number: int) -> Letter:
    """A letter about two cards, to somebody of her own name."""
    name = f"样例{number}"
    cards = (
        CardFigures(
            tail=f"{number % 10_000:04}", overdue_days=42, due_minor=184_567, owed_minor=1_209_134 + number,
            parts_minor=(("PRINCIPAL", 1_200_000 + number), ("INTEREST", 8_034), ("LATE_CHARGE", 1_100)),
        ),
    )  # fmt: skip
    head = Head(
        terms=text_terms(), name=name, address=f"示例省示例市示例路{number}号 518000", number=f"{number:018}",
        on=date(2026, 9, 28), qr=f"https://bank.example/l/{number:0>48}",
    )  # fmt: skip
    return collection_letter(
        head,
        lang="zh",
        title="还款通知书",
        words=WORDS.format(name=name),
        cards=cards,
        currency="CNY",
    )


if __name__ == "__main__":
    main()
