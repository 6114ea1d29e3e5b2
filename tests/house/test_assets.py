"""Style sheets and translations are built from their sources, once for the same sources, and never in part."""

import gettext
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from hatch_build import build_assets

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: zh_Hans\\n"

msgid "case"
msgstr "案件"

#, fuzzy
msgid "hold"
msgstr "猜测"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one style sheet, one page that uses it and one catalogue."""
    room = tmp_path / "evenhand" / "web"
    for folder in ("static_src", "templates/web", "locale/zh_Hans/LC_MESSAGES"):
        (room / folder).mkdir(parents=True)
    (room / "static_src/app.css").write_text(
        '@import "tailwindcss" source(none);\n@source "../templates";\n'
    )
    (room / "templates/web/page.html").write_text('<p class="font-bold">')
    (room / "locale/zh_Hans/LC_MESSAGES/django.po").write_text(PO, encoding="utf-8")
    return tmp_path


def style_sheet(checkout: Path) -> str:
    return (checkout / "evenhand/web/static/web/app.css").read_text()


def catalogue(checkout: Path) -> Path:
    return checkout / "evenhand/web/locale/zh_Hans/LC_MESSAGES/django.po"


def test_the_style_sheet_holds_what_the_pages_use(checkout: Path) -> None:
    build_assets(checkout)
    assert "font-bold" in style_sheet(checkout)
    assert "tracking-widest" not in style_sheet(checkout)


def test_translations_are_compiled_and_guesses_left_out(checkout: Path) -> None:
    build_assets(checkout)
    with catalogue(checkout).with_suffix(".mo").open("rb") as compiled:
        chinese = gettext.GNUTranslations(compiled)
    assert (chinese.gettext("case"), chinese.gettext("hold")) == ("案件", "hold")


def test_the_same_sources_are_built_once(checkout: Path) -> None:
    assert [build_assets(checkout), build_assets(checkout)] == [True, False]


def test_a_changed_page_or_a_lost_file_is_built_again(checkout: Path) -> None:
    build_assets(checkout)
    (checkout / "evenhand/web/templates/web/page.html").write_text('<p class="tracking-widest">')
    assert build_assets(checkout)
    assert "tracking-widest" in style_sheet(checkout)
    catalogue(checkout).with_suffix(".mo").unlink()
    assert build_assets(checkout)


def test_a_style_sheet_that_is_wrong_stops_the_build(checkout: Path) -> None:
    (checkout / "evenhand/web/static_src/app.css").write_text('@import "./nothing.css";')
    with pytest.raises(SystemExit, match=r"app\.css could not be built"):
        build_assets(checkout)


def test_a_catalogue_that_is_wrong_stops_the_build(checkout: Path) -> None:
    catalogue(checkout).write_text('msgid "a"\nnonsense\n')
    with pytest.raises(PoFileError):
        build_assets(checkout)
    assert not (checkout / "build" / "assets.sha256").exists()
