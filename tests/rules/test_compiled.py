"""Compiled functions and the folder their machine code is kept in."""

import os
import stat

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
