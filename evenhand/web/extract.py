"""Bring the catalogues up to date with what templates and code say: `python -m evenhand.web.extract`.

New messages come into the Chinese catalogue without a translation, and the command names them and leaves with 1;
fill in their `msgstr` and run it again. English says what the message says.
"""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parents[1]
LOCALES = PACKAGE / "locale"
KEYWORDS = DEFAULT_KEYWORDS | {"gettext_lazy": None, "gettext_noop": None, "ngettext_lazy": (1, 2)}
EVER = datetime(2026, 9, 1, tzinfo=UTC)  # a catalogue changes only when its messages do

Message = str | tuple[str, ...]


def messages(package: Path) -> Iterator[tuple[str, Message]]:
    """Every message marked for translation, with the file it stands in, in the order of the files."""
    for file in sorted([*package.rglob("*.html"), *package.rglob("*.txt"), *package.rglob("*.py")]):
        text = file.read_text(encoding="utf-8")
        if file.suffix != ".py":
            # What is not for translation is blotted out; indents would only confuse the reader of Python.
            lines = templatize(text, origin=str(file)).splitlines()
            text = "\n".join(line.lstrip() for line in lines)
        source = io.BytesIO(text.encode())
        for _line, function, said, _comments in extract_python(source, KEYWORDS, [], {}):
            name = file.relative_to(package).as_posix()
            if function in {"ngettext", "ngettext_lazy"}:
                yield name, (str(said[0]), str(said[1]))
            else:
                first = (
                    said if isinstance(said, str) else (said or ("",))[0]
                )  # none: not written out
                if first:
                    yield name, str(first)


def catalogue(found: list[tuple[str, Message]], old: Catalog | None, locale: str) -> Catalog:
    """The catalogue of a language with exactly the messages found, translations kept, sorted by message."""
    new = Catalog(
        locale=locale,
        project="evenhand",
        version="1",
        header_comment=f"# What Evenhand says, in {locale}. Written by `python -m evenhand.web.extract`.",
        msgid_bugs_address="-",
        last_translator="-",
        language_team="-",
        creation_date=EVER,
        revision_date=EVER,
        fuzzy=False,
    )
    for file, said in sorted(found, key=lambda m: (str(m[1]), m[0])):
        known = old.get(said if isinstance(said, str) else said[0]) if old else None
        string = known.string if known is not None else None
        if locale == "en":
            string = said
        new.add(said, string, locations=[(f"evenhand/{file}", 0)], flags=_flags(said))
    return new


def _flags(said: Message) -> set[str]:
    return {"python-format"} if "%(" in str(said) else set()


def write(package: Path) -> list[Message]:
    """Write both catalogues; return the messages that still lack a Chinese wording."""
    found = list(messages(package))
    untranslated: list[Message] = []
    for locale in ("zh_Hans", "en"):
        file = package / "locale" / locale / "LC_MESSAGES" / "django.po"
        old = None
        if file.exists():
            with file.open("rb") as text:
                old = read_po(text, locale=locale)
        new = catalogue(found, old, locale)
        with io.BytesIO() as content:
            write_po(content, new, width=110, omit_header=False, include_lineno=False)
            file.parent.mkdir(parents=True, exist_ok=True)
            lines = content.getvalue().splitlines(keepends=True)
            file.write_bytes(b"".join(x for x in lines if not x.startswith(b'"Generated-By')))
        untranslated += [_message(m.id) for m in new if m.id and not _texts(m.string)]
    return untranslated


def _message(said: str | tuple[str, ...] | list[str]) -> Message:
    return said if isinstance(said, str) else tuple(said)


def _texts(string: str | tuple[str, ...] | list[str] | None) -> bool:
    texts = [string] if isinstance(string, str) else list(string or [""])
    return all(texts)


if __name__ == "__main__":
    missing = write(PACKAGE)
    for message in missing:
        print(f"no Chinese yet: {message!r}", file=sys.stderr)
    raise SystemExit(1 if missing else 0)
