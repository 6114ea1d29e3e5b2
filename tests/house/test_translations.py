"""Chinese and English are equals: every string shown is marked, is in the catalogue, and is translated."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from tests.house.tree import PACKAGE, ROOT, code, files

LOCALES = {"en", "zh_Hans"}
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
NAMES = re.compile(r"Evenhand|持平|English|中文|简体中文")  # the same in every language
LETTERS = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]")


def catalogues() -> list[Path]:
    return [f for f in files() if f.suffix == ".po" and f.is_relative_to(PACKAGE)]


def pages() -> list[Path]:
    return [f for f in files() if f.suffix == ".html" and f.is_relative_to(PACKAGE)]


def read(file: Path) -> Catalog:
    with file.open("rb") as text:
        return read_po(text, abort_invalid=True)


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", catalogues(), ids=name)
def test_every_message_is_translated(file: Path) -> None:
    unfinished = [
        message.id
        for message in read(file)
        if message.id and (message.fuzzy or not all(forms(message.string)))
    ]
    assert unfinished == []


@pytest.mark.parametrize("file", catalogues(), ids=name)
def test_a_translation_fills_in_what_its_message_does(file: Path) -> None:
    odd = [
        message.id
        for message in read(file)
        if message.id
        for form in forms(message.string)
        if blanks(form) != blanks(forms(message.id)[-1])
    ]
    assert odd == []


def forms(string: str | tuple[str, ...] | list[str]) -> list[str]:
    return [string] if isinstance(string, str) else list(string)


def blanks(string: str) -> set[str]:
    """The places in a message that are filled in."""
    return set(re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w*\}", string))


def test_only_the_two_languages_have_catalogues() -> None:
    assert {f.parents[1].name for f in catalogues()} <= LOCALES


# What is shown


def marked() -> Iterator[tuple[Path, object]]:
    """Every string of the code and the pages that is marked for translation."""
    for file in code():
        yield from ((file, m) for m in messages(file.read_text(encoding="utf-8")))
    for page in pages():
        # what is not for translation is blotted out, and indents left behind are no Python
        lines = templatize(page.read_text(encoding="utf-8")).splitlines()
        yield from ((page, m) for m in messages("\n".join(line.lstrip() for line in lines)))


def messages(source: str) -> Iterator[object]:
    found = extract("python", io.BytesIO(source.encode()), KEYWORDS, options={"encoding": "utf-8"})
    return (first(message) for _, message, _, _ in found if first(message))


def first(message: object) -> object:
    """The id of a message: of one with a plural, its singular."""
    return message[0] if isinstance(message, tuple | list) else message


def test_every_marked_string_is_in_the_chinese_catalogue() -> None:
    known = {
        first(message.id)
        for file in catalogues()
        if file.parents[1].name == "zh_Hans"
        for message in read(file)
    }
    assert sorted({f"{name(f)}: {m}" for f, m in marked() if m not in known}) == []


def unmarked(page: str) -> list[str]:
    """Words of a page that are shown as they stand, in whatever language is chosen."""
    for hidden in (
        r"{%\s*(blocktrans|blocktranslate)\b.*?{%\s*end\1\s*%}",
        r"{%\s*comment\b.*?{%\s*endcomment\s*%}",
        r"{#.*?#}|<!--.*?-->",
        r"<(script|style|code|kbd)\b.*?</\1>",
        r"<(\w+)\b[^>]*\blang=\"[a-z-]+\"[^>]*>.*?</\1>",  # says itself in which language it is
        r"{%.*?%}|{{.*?}}",
    ):
        page = re.sub(hidden, " ", page, flags=re.S)
    shown = re.findall(r"\b(?:title|alt|placeholder|aria-label)=\"([^\"]*)\"", page)
    shown += re.split(r"<[^>]*>", page)
    texts = (NAMES.sub("", re.sub(r"&\w+;", " ", text)).strip() for text in shown)
    return [text for text in texts if LETTERS.search(text)]


@pytest.mark.parametrize(
    "page",
    [
        "<p>Overdue</p>",
        "<p>{{ days }} 天</p>",
        '<img alt="A card">',
        "{% if late %}<b>late</b>{% endif %}",
        '<input placeholder="search {{ what }}">',
    ],
)
def test_a_word_that_is_not_marked_is_noticed(page: str) -> None:
    assert unmarked(page)


@pytest.mark.parametrize(
    "page",
    [
        "<p>{% translate 'Overdue' %}</p>",
        '<p class="font-bold">{{ days }} · 12&nbsp;%</p>',
        "{% blocktranslate %}{{ n }} days{% endblocktranslate %}",
        "<h1>Evenhand 持平</h1><!-- why -->",
        '<a title="{% translate "open" %}" href="/case">{# note #}</a>',
        "{% if a > 1 %}<b>{{ a }}</b>{% endif %}",
        '<button lang="en" title="Switch to English">EN</button>',
    ],
)
def test_marked_words_and_marks_of_the_page_are_left_alone(page: str) -> None:
    assert unmarked(page) == []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_a_page_shows_no_word_that_is_not_marked(page: Path) -> None:
    assert unmarked(page.read_text(encoding="utf-8")) == []
