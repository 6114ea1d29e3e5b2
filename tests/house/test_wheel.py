"""The wheel works where there is no checkout: built from a clean tree, installed from the locked requirements."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from evenhand.runtime import postgres
from tests.house.tree import ROOT, files

pytestmark = pytest.mark.xdist_group("wheel")


def uv(*arguments: str | Path) -> None:
    """Run uv, the one of this environment first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [shutil.which("uv", path=path) or "uv", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from what is committed or would be, with nothing built before."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for file in files():
        copy = source / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, copy)
    flags = ["--wheel", "--no-build-isolation", "--python", sys.executable]
    uv("build", *flags, "--out-dir", out, source)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `evenhand` of a fresh environment that has the core's locked requirements and the wheel."""
    environment = tmp_path_factory.mktemp("elsewhere") / "venv"
    uv("venv", "--python", sys.executable, environment)
    install = ["pip", "install", "--python", environment / "bin" / "python"]
    uv(*install, "--require-hashes", "-r", ROOT / "requirements" / "core.txt")
    uv(*install, "--no-deps", wheel)
    return environment / "bin" / "evenhand"


def run(command: Path, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command as a person would, far from the checkout."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("EVENHAND_", "PYTHON"))}
    environment = kept | {"EVENHAND_HOME": str(home), "HOME": str(home)}
    return subprocess.run(
        [command, *arguments],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def inside(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_holds_a_built_style_sheet_for_each_source(wheel: Path) -> None:
    sources = [f for f in files() if f.parent.name == "static_src" and f.suffix == ".css"]
    rooms = [(f.parents[1].name, f.name) for f in sources]
    assert {f"evenhand/{room}/static/{room}/{name}" for room, name in rooms} <= inside(wheel)


def test_the_wheel_holds_every_translation_compiled(wheel: Path) -> None:
    sources = [f for f in files() if f.suffix == ".po"]
    assert {str(f.relative_to(ROOT).with_suffix(".mo")) for f in sources} <= inside(wheel)


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    package = {str(f.relative_to(ROOT)) for f in files() if f.is_relative_to(ROOT / "evenhand")}
    built = {n for n in inside(wheel) if n.endswith((".mo", ".css"))}
    about = {n for n in inside(wheel) if ".dist-info/" in n}
    assert inside(wheel) - built - about == {n for n in package if not n.endswith(".css")}


def test_the_installed_command_answers(installed: Path, tmp_path: Path) -> None:
    answer = run(installed, "--help", home=tmp_path)
    assert (answer.returncode, "Usage: evenhand" in answer.stdout) == (0, True), answer.stderr


def test_the_demo_runs_from_the_wheel_and_reconciles(installed: Path, tmp_path: Path) -> None:
    try:
        answer = run(installed, "demo", "--once", "--json", "--accounts", "2000", home=tmp_path)
    finally:
        postgres.remove(tmp_path)
    assert answer.returncode == 0, answer.stderr
    totals = json.loads(answer.stdout)["run"]
    assert totals["difference"] == 0
    assert totals["cases_opened"] > 0
