"""Compiled functions and the folder their machine code is kept in."""

import os
import stat
import subprocess
import sys

from evenhand.kernel.compiled import cache_folder, compiled


def test_the_folder_is_made_for_us_alone(tmp_path):
    folder = cache_folder(tmp_path / "持平 cache" / "1")
    assert folder == tmp_path / "持平 cache" / "1"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_others_may_write_is_not_loaded_from(tmp_path):
    tmp_path.chmod(0o777)
    folder = cache_folder(tmp_path)
    assert folder != tmp_path
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.rmdir()


def test_where_no_folder_can_be_made_a_temporary_one_serves(tmp_path):
    (tmp_path / "file").write_text("in the way")
    folder = cache_folder(tmp_path / "file" / "cache")
    assert os.access(folder, os.W_OK)
    folder.rmdir()


def test_a_compiled_function_gives_what_python_gives():
    def total(n):
        s = 0
        for i in range(n):
            s += i * i
        return s

    assert compiled(total)(1000) == total(1000)


COMPILES_AFTER_NUMBA = """
import numba
from evenhand.strategy.judge import Strategy
from tests.rules.people_decided import QUIET, batch
Strategy.load().decide_batch(batch([QUIET]))
"""


def test_machine_code_lies_in_our_folder_even_where_numba_was_imported_first(tmp_path):
    """Beside the source it would be anybody's who installed the program, and may not be writable at all."""
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    environment["XDG_CACHE_HOME"] = str(tmp_path)
    subprocess.run([sys.executable, "-c", COMPILES_AFTER_NUMBA], env=environment, check=True)
    names = {file.name.partition("-")[0] for file in tmp_path.rglob("*.nbc")}
    assert "kernel.first_rules" in names
