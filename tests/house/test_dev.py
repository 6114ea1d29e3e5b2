"""The one command of a checkout: readable by old Pythons, made of the standard library, honest in its counts."""

import ast
import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.tree import ROOT

DEV = ROOT / "dev"
IN_OUR_ENVIRONMENT = Path(sys.prefix) == ROOT / ".venv"


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with the Python of these tests in place of that of .venv."""
    loader = SourceFileLoader("dev", str(DEV))
    module = module_from_spec(spec_from_loader("dev", loader))
    loader.exec_module(module)
    monkeypatch.setattr(module, "PYTHON", sys.executable)
    return module


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, DEV, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_older_python_can_read_it_and_say_what_it_needs() -> None:
    assert ast.parse(DEV.read_text(), feature_version=(3, 6))


def test_it_needs_nothing_but_the_standard_library() -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(DEV.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported <= sys.stdlib_module_names


def test_every_command_is_told_of_in_contributing(dev: ModuleType) -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    assert {name for name in dev.COMMANDS if f"`./dev {name}" not in page} == set()


def test_help_names_every_command_and_keeps_stdout_free(dev: ModuleType) -> None:
    answer = run("--help")
    assert (answer.returncode, answer.stdout) == (0, "")
    assert re.findall(r"^\./dev (\w+)", answer.stderr, re.M) == list(dev.COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 2, "./dev demo"),
        (("nonsense",), 2, "./dev demo"),
        (("test", "--nonsense"), 1, "--nonsense is unknown"),
        (("check", "now"), 1, "now is unknown"),
        (("bench", "nonsense"), 1, "bench takes the name of a benchmark"),
    ],
)
def test_what_it_does_not_know_is_refused_with_a_sentence(arguments, code, sentence) -> None:
    answer = run(*arguments)
    assert (answer.returncode, answer.stdout) == (code, "")
    assert sentence in answer.stderr


GOOD = "def test_one(): pass\n"
MIXED = """
import pytest
def test_good(): pass
def test_bad(): assert False
def test_left_out(): pytest.skip("no peer")
@pytest.fixture
def broken(): raise OSError
def test_without_ground(broken): pass
@pytest.mark.xfail(strict=True, reason="known")
def test_known(): assert False
"""


@pytest.mark.parametrize(
    ("text", "processes", "counts"),
    [
        (GOOD, 1, [1, 0, 0]),
        (MIXED, 1, [1, 2, 2]),
        (MIXED, 2, [1, 2, 2]),
        ("import nothing_of_this_name\n", 1, [0, 1, 0]),
        ("import nothing_of_this_name\n", 2, [0, 1, 0]),
        ("import os; os._exit(3)\n", 1, [0, 1, 0]),
        ("x = 1\n", 1, [0, 1, 0]),
    ],
)
def test_a_suite_is_counted_and_what_breaks_it_is_a_failure(
    dev: ModuleType, tmp_path: Path, text: str, processes: int, counts: list[int]
) -> None:
    suite = (
        tmp_path / tmp_path.parent.name
    )  # its report is named after it: two processes test this at once
    suite.mkdir()
    (suite / "test_it.py").write_text(text)
    assert dev.run_suite(suite, processes, {}) == counts


def test_tests_that_cannot_run_are_still_counted(dev: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(MIXED)
    assert dev.count_tests(tmp_path) == 5


@pytest.mark.parametrize(
    ("counts", "line"),
    [([3, 0, 0], "3 passed, 0 failed"), ([3, 1, 2], "3 passed, 1 failed, 2 skipped")],
)
def test_totals_are_one_line(dev: ModuleType, counts: list[int], line: str) -> None:
    assert dev.sentence(counts) == line


def test_a_step_is_done_once_and_again_when_its_files_change(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "STAMPS", tmp_path)
    lock, done = tmp_path / "lock.txt", []
    for content in ("a==1", "a==1", "a==2"):
        lock.write_text(content)
        dev.once("step", [lock], lambda: done.append(lock.read_text()))
    assert done == ["a==1", "a==2"]


def test_a_step_that_failed_is_not_taken_for_done(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "STAMPS", tmp_path)
    with pytest.raises(dev.StepFailedError):
        dev.once("step", [], lambda: dev.must([sys.executable, "-c", "exit(1)"], "the step"))
    assert not (tmp_path / "step").exists()


def test_a_package_that_debian_does_not_have_is_missing(dev: ModuleType) -> None:
    assert dev.missing_packages(["no-package-of-this-name"]) == ["no-package-of-this-name"]


def test_every_benchmark_says_on_which_machine(dev: ModuleType) -> None:
    silent = [n for n in dev.benchmarks() if "machine()" not in script(n).read_text()]
    assert (silent, dev.benchmarks() != []) == ([], True)


def script(benchmark: str) -> Path:
    return ROOT / "benchmarks" / f"{benchmark}.py"


@pytest.mark.skipif(not IN_OUR_ENVIRONMENT, reason="needs the environment that dev made")
def test_stdout_holds_only_what_the_command_answers() -> None:
    answer = run("demo", "--help")
    assert (answer.returncode, answer.stdout.split()[0]) == (0, "Usage:")
