"""The requirement files lock all that pyproject.toml asks for, by content and without saying from where."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.house.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
WANTED = {
    "core": PROJECT["project"]["dependencies"],
    **PROJECT["project"]["optional-dependencies"],
    **PROJECT["dependency-groups"],
}


def entries(text: str) -> list[str]:
    """The entries of a requirement file, each with its hashes on one line."""
    return re.sub(r"\\\n\s*", "", text).splitlines()


def package(requirement: str) -> str:
    """The normalised name of the package a requirement asks for."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", requirement)[0]).lower()


def locked(name: str) -> dict[str, str]:
    """Packages a requirement file locks, each with its whole entry."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {package(entry): entry for entry in entries(text)}


def test_there_is_a_file_for_each_group_and_no_other() -> None:
    assert {f.stem for f in LOCKS} == set(WANTED)


@pytest.mark.parametrize("name", sorted(WANTED))
def test_everything_asked_for_is_locked(name: str) -> None:
    assert {package(r) for r in WANTED[name]} <= set(locked(name))


@pytest.mark.parametrize("name", sorted(WANTED))
def test_what_is_locked_is_what_is_asked_for(name: str) -> None:
    for wanted in map(Requirement, WANTED[name]):
        for version in versions(name)[package(str(wanted))]:
            assert wanted.specifier.contains(version), f"{wanted}: ./dev lock"


@pytest.mark.parametrize("file", LOCKS, ids=lambda f: f.stem)
def test_every_entry_is_one_version_with_hashes(file) -> None:
    for entry in entries(file.read_text()):
        assert re.match(
            r"[\w.-]+(\[[\w,-]+\])?==[\w.+!]+( ;.+?)?( --hash=sha256:[0-9a-f]{64})+$", entry
        )


@pytest.mark.parametrize("file", LOCKS, ids=lambda f: f.stem)
def test_no_file_says_where_packages_come_from(file) -> None:
    assert not re.search(r"://|@ |--index|--extra|--find-links|#", file.read_text())


def test_the_files_agree_on_every_version() -> None:
    """A package may have a version for each Python; a file that locks it too has one of these."""
    core = versions("core")
    for file in LOCKS:
        for name, found in versions(file.stem).items():
            assert found <= core.get(name, found), f"{name} in {file.name}"


def versions(name: str) -> dict[str, set[str]]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    found: dict[str, set[str]] = {}
    for entry in entries(text):
        found.setdefault(package(entry), set()).add(re.split(r"==|[ ;]", entry)[1])
    return found


def test_the_wheel_is_built_by_what_is_locked_for_building() -> None:
    assert PROJECT["build-system"]["requires"] == PROJECT["dependency-groups"]["build"]


def test_heavy_parts_are_not_in_the_core() -> None:
    heavy = {"pyspark", "pyvrp", "altair", "vl-convert-python", "baresip-python", "polars"}
    assert not heavy & set(locked("core"))
