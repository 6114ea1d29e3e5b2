"""Letters as PDF: what they say is data, how they look stands in `templates/`. The same content is the same bytes."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst

from evenhand.runtime.config import SettingError, config

TEMPLATES = Path(__file__).parent / "templates"
STANDARDS: list[Any] = ["a-2a", "ua-1"]
FAMILIES = {"Noto Serif SC", "Noto Sans SC"}
PNG, SEAL_MAX_BYTES = b"\x89PNG\r\n\x1a\n", 200_000


class FontsMissing(RuntimeError):
    """The fonts letters are set in are not there; the message says which and what brings them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Figures in columns with their sums beneath; `ends` says which columns are set at the end of theirs."""

    columns: tuple[str, ...]
    ends: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Labels with their values, one beneath the other."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a part."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list of short sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signatures:
    """Who signs where."""

    lines: tuple[str, ...]


Block = str | Table | Facts | Heading | Points | Signatures


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter in words and figures as they are printed, in one language, or in the other one after it."""

    lang: str  # zh or en
    title: str
    sender: str
    sender_line: str
    address: tuple[str, ...] = field(repr=False)
    references: tuple[tuple[str, str], ...]
    salutation: str = field(default="", repr=False)
    blocks: tuple[Block, ...] = field(repr=False)
    signed: tuple[str, ...] = ()
    seal: str | None = None  # the words in its place until the print house stamps it
    qr: str | None = None  # the address it leads to
    qr_words: str = ""
    footer: str = ""
    other: "Letter | None" = None  # the same in the other language, on the pages after it


def in_both(make: Callable[[str], Letter]) -> Letter:
    """A letter that says everything in Chinese and then in English; `make` makes it in one language."""
    return replace(make("zh"), other=make("en"))


def set_letters(letters: Sequence[Letter], *, at: datetime) -> bytes:
    """One PDF of these letters, each beginning on a page of its own with its own count of pages.

    PDF/A-2a and PDF/UA-1 at once. `at` is its time of creation, so that the same content gives the same bytes. Raises
    FontsMissing.
    """
    assert letters
    run = {
        "seal": seal_picture(),
        "title": letters[0].title,
        "author": letters[0].sender,
        "letters": [_data(letter, number) for number, letter in enumerate(letters)],
    }
    said = {"letters": json.dumps(run, ensure_ascii=False)}
    found = _compiler().compile(
        sys_inputs=said, format="pdf", pdf_standards=STANDARDS, timestamp=int(at.timestamp())
    )
    assert isinstance(found, bytes)
    return found


def set_run(letters: Sequence[Letter], *, at: datetime) -> tuple[bytes, list[int], int]:
    """One PDF of a run, the page each letter begins on, and how many pages there are."""
    pdf = set_letters(letters, at=at)
    compiler = _compiler()  # it still holds the run that it set
    firsts = json.loads(compiler.query("<begins>", field="value"))
    [pages] = json.loads(compiler.query("<pages>", field="value"))
    return pdf, firsts, pages


def pictures(letters: Sequence[Letter], *, pixels_per_inch: float = 100) -> list[bytes]:
    """The pages as PNG, to look at."""
    several = [_data(one, n) for n, one in enumerate(letters)]
    run = {"seal": seal_picture(), "title": "", "author": "", "letters": several}
    said = {"letters": json.dumps(run, ensure_ascii=False)}
    found = _compiler().compile(sys_inputs=said, format="png", ppi=pixels_per_inch)
    return found if isinstance(found, list) else [found or b""]


def check_fonts() -> None:
    """Raise FontsMissing unless both families are there."""
    _fonts()


@cache
def _fonts() -> typst.Fonts:
    folders: list[Any] = []
    try:
        import pylopdf_fonts_zh_cn

        folders.append(str(Path(pylopdf_fonts_zh_cn.__file__).parent))
    except ImportError:
        pass
    debian = Path("/usr/share/fonts/opentype/noto")
    if debian.is_dir():
        folders.append(str(debian))
    found = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=folders
    )
    if missing := sorted(FAMILIES - set(found.families())):
        raise FontsMissing(
            f"letters are set in {' and '.join(missing)}, which is not here; the package pylopdf-fonts-zh-cn or"
            " Debian's fonts-noto-cjk brings it"
        )
    return found


_MINE = threading.local()


def _compiler() -> typst.Compiler:
    """This thread's compiler: one is not to be used by two."""
    if not hasattr(_MINE, "compiler"):
        _MINE.compiler = typst.Compiler(
            str(TEMPLATES / "letters.typ"), font_paths=_fonts(), ignore_system_fonts=True
        )
    found: typst.Compiler = _MINE.compiler
    return found


def _data(letter: Letter, number: int) -> dict[str, Any]:
    zh = letter.lang == "zh"
    return {
        "lang": letter.lang,
        "title": letter.title,
        "sender": letter.sender,
        "sender-line": letter.sender_line,
        "address": letter.address,
        "references": letter.references,
        "salutation": letter.salutation,
        "blocks": [_block(block) for block in letter.blocks],
        "signed": letter.signed,
        "seal": letter.seal,
        "qr": None if letter.qr is None else qr_picture(letter.qr),
        "qr-words": letter.qr_words,
        "qr-alt": "二维码" if zh else "QR code",
        "footer": letter.footer,
        "page-words": _pages(letter),
        "other": None if letter.other is None else _data(letter.other, number),
        "end": f"end-{number}",
    }


def _pages(letter: Letter) -> str:
    words = {"zh": "第 {n} 页，共 {of} 页", "en": "page {n} of {of}"}
    said = words[letter.lang]
    return said if letter.other is None else f"{said} / {words[letter.other.lang]}"


def seal_picture() -> list[int] | None:
    """The bank's seal as the bytes of a PNG; None where the settings name none. Raises SettingError.

    An electronic seal is the bank's to make; here it is only set in its place.
    """
    path = config().seal_image
    return (
        None if path is None else list(_seal(path, path.stat().st_mtime_ns if path.exists() else 0))
    )


@cache
def _seal(path: Path, _changed: int) -> bytes:
    try:
        found = path.read_bytes()
    except OSError as error:
        raise SettingError(
            f"EVENHAND_SEAL_IMAGE: {path} cannot be read: {error.strerror}"
        ) from None
    if not found.startswith(PNG) or len(found) > SEAL_MAX_BYTES:
        raise SettingError(
            f"EVENHAND_SEAL_IMAGE: {path} is no PNG picture of at most {SEAL_MAX_BYTES:,} bytes"
        )
    return found


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, str):
        return {"kind": "text", "text": block}
    if isinstance(block, Table):
        columns = [
            {"label": label, "end": end}
            for label, end in zip(block.columns, block.ends, strict=True)
        ]
        return {"kind": "table", "columns": columns, "rows": block.rows, "total": block.total}
    kinds = {Facts: "facts", Heading: "heading", Points: "points", Signatures: "sign"}
    return {"kind": kinds[type(block)], **asdict(block)}


def qr_picture(address: str) -> str:
    """A QR code as SVG; the mask is fixed, which is allowed and five times as fast as trying all."""
    code = segno.make_qr(address, error="m", boost_error=False, mask=3)
    size = len(code.matrix) + 2 * QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f'<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path d="{"".join(_runs(code.matrix))}"/></svg>'
    )


QUIET = 4  # modules of white around it, as ISO/IEC 18004 asks


def _runs(matrix: Sequence[Sequence[int]]) -> list[str]:
    """Each row's dark modules as rectangles."""
    found = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                found.append(f"M{start + QUIET} {y + QUIET}h{x - start}v1h-{x - start}z")
            x += 1
    return found
