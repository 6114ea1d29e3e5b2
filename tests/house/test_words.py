"""What the checkout says: both languages, one glossary, and nothing about the machine it was written on."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT, code, files, models, tree

TEXTS = {
    *(".py", ".md", ".toml", ".txt", ".html", ".css", ".po", ".dmn", ".csv", ".json", ".yml"),
    *(".svg", ".js", ".sh", ""),
}
# Paths of one machine and addresses that only one network knows. This file has to name what it looks for.
PLACES = re.compile(
    r"(?<![\w.:/])/(?:work|root|home|Users|opt|mnt)/[\w.-]+|/tmp/[\w.-]{3,}|[A-Z]:\\\\"
    r"|\b(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}\b"
)


def texts() -> list[Path]:
    return [f for f in files() if f.suffix in TEXTS and f != Path(__file__).resolve()]


def test_no_file_names_a_place_of_one_machine() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {match.group()}"
        for file in texts()
        for match in PLACES.finditer(file.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line", ["open('/home/somebody/x')", "see /tmp/somewhere/v", "http://10.0.0.7/"]
)
def test_a_place_of_one_machine_is_noticed(line: str) -> None:
    assert PLACES.search(line)


# Pages


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("README.md", "README.zh-CN.md"),
        ("docs/quickstart.md", "docs/quickstart.zh-CN.md"),
        ("docs/why/night-and-day.md", "docs/why/night-and-day.zh-CN.md"),
        ("docs/howto/strategy.md", "docs/howto/strategy.zh-CN.md"),
        ("docs/why/strategy.md", "docs/why/strategy.zh-CN.md"),
        ("docs/why/journal.md", "docs/why/journal.zh-CN.md"),
        ("docs/why/gate.md", "docs/why/gate.zh-CN.md"),
        ("docs/howto/verify-the-journal.md", "docs/howto/verify-the-journal.zh-CN.md"),
        ("docs/howto/experiments.md", "docs/howto/experiments.zh-CN.md"),
        ("docs/howto/agencies-api.md", "docs/howto/agencies-api.zh-CN.md"),
        ("docs/howto/packs.md", "docs/howto/packs.zh-CN.md"),
        ("docs/reference/packs-abroad.md", "docs/reference/packs-abroad.zh-CN.md"),
        ("docs/howto/contacts.md", "docs/howto/contacts.zh-CN.md"),
        ("docs/reference/calls.md", "docs/reference/calls.zh-CN.md"),
    ],
)
def test_a_page_has_the_same_parts_in_both_languages(english: str, chinese: str) -> None:
    assert shape(ROOT / english) == shape(ROOT / chinese)


def shape(page: Path) -> list[str]:
    """What a page consists of, language apart: headings, list items, rows of tables, commands."""
    parts, in_code = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            in_code = not in_code
        elif in_code:
            parts.append(line.partition("#")[0].strip())
        elif match := re.match(r"#+ |- |\d+\. |\|(?!-)|!\[", line):
            parts.append(match.group())
    return parts


def figures(page: str) -> list[list[str]]:
    """The rows of the table of figures: what is measured and the goal's numbers."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / page).read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and not line.startswith("|-")
    ]
    return [[*re.findall(r"`[^`]+`", row[0]), *re.findall(r"[\d.]+", row[2])] for row in rows[1:]]


def test_the_figures_are_the_same_in_both_languages() -> None:
    assert len(figures("README.md")) >= 5
    assert figures("README.md") == figures("README.zh-CN.md")


def measured(page: str) -> list[list[str]]:
    rows = [line for line in (ROOT / page).read_text("utf-8").splitlines() if line.startswith("|")]
    return [re.findall(r"[\d.]+", row.strip("|").split("|")[3]) for row in rows[2:]]


def test_what_was_measured_is_the_same_in_both_languages() -> None:
    assert measured("README.md") == measured("README.zh-CN.md")


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in (f for f in files() if f.suffix == ".md"):
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


# Names


def glossary() -> str:
    return (ROOT / "docs/glossary.md").read_text(encoding="utf-8")


def test_every_model_is_named_by_a_word_of_the_glossary() -> None:
    names = set(re.findall(r"`(\w+)`", glossary()))
    unknown = {
        model.name
        for file in code()
        for model in models(tree(file))
        if re.sub(r"(?<!^)(?=[A-Z])", "_", model.name).lower() not in names
    }
    assert unknown == set()


def test_every_word_of_the_glossary_is_in_both_languages() -> None:
    rows = [line.strip("| ").split(" | ") for line in glossary().splitlines() if "| `" in line]
    assert [r for r in rows if not re.search(r"[\u4e00-\u9fff]|M1", r[0]) or len(r) < 3] == []


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    told = re.findall(r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert told[0] == version


# Decisions

DECISIONS = [f for f in files() if f.parent == ROOT / "docs/decisions"]


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(f.name[:4]) for f in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda f: f.stem)
def test_a_decision_says_why_what_else_and_when_to_undo_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(rf"# {int(page.name[:4])}\. .+ (accepted|replaced) \d{{4}}-\d\d-\d\d\n", text)
    parts = re.findall(r"^(Context|Decision|Rejected|Follows|Undo if) ", text, re.M)
    assert parts == ["Context", "Decision", "Rejected", "Follows", "Undo if"]
