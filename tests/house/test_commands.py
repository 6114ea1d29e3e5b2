"""The commands: each says what it does, and the pages name none that does not exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from evenhand.cli.main import app
from tests.house.tree import files

NAMED = re.compile(r"(?:^|`)\s*evenhand((?: [a-z][a-z-]*)+)", re.M)


def commands(group: TyperGroup, path: str = "") -> Iterator[tuple[str, TyperCommand]]:
    """Every command that does something, with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


ROOT_GROUP = typer.main.get_command(app)
COMMANDS = dict(commands(ROOT_GROUP))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_says_what_it_does(name: str) -> None:
    assert (COMMANDS[name].help or "").strip().endswith((".", "。", ":"))


def named(page: Path) -> Iterator[str]:
    """What a page calls after `evenhand`, one command each."""
    for words in NAMED.findall(page.read_text(encoding="utf-8")):
        yield words.strip()


def is_a_command(words: str) -> bool:
    """Whether the words begin with a command; what follows it are arguments."""
    parts = words.split()
    return any(" ".join(parts[:n]) in COMMANDS for n in (1, 2))


@pytest.mark.parametrize("page", [f for f in files() if f.suffix == ".md"], ids=lambda f: f.name)
def test_a_page_names_only_commands_that_exist(page: Path) -> None:
    assert [words for words in named(page) if not is_a_command(words)] == []


def test_the_pages_name_commands_at_all() -> None:
    assert len({words for f in files() if f.suffix == ".md" for words in named(f)}) > 3
