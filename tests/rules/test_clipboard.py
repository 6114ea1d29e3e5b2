"""Blocks of cells from and to a spreadsheet's clipboard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.rulebook.clipboard import from_tsv, to_tsv


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("", []),
        ("a\tb\r\nc\td\r\n", [["a", "b"], ["c", "d"]]),
        ("a\tb\nc\td", [["a", "b"], ["c", "d"]]),
        ("a\rb\r", [["a"], ["b"]]),
        ("\r\n", [[""]]),
        ("a\n\nb\n", [["a"], [""], ["b"]]),
        ("a\t\t\n", [["a", "", ""]]),
        ('"M1"\t"M1","M2"\n', [['"M1"', '"M1","M2"']]),
        ('"two\nlines"\tb\n', [["two\nlines", "b"]]),
        ('"says ""no"""\t[1..30]\n', [['says "no"', "[1..30]"]]),
        ('not("M1")\t""\n', [['not("M1")', '""']]),
        ('"open\tb\n', [['"open', "b"]]),
    ],
)
def test_a_block_is_read_as_a_spreadsheet_wrote_it(text, block):
    assert from_tsv(text) == block


def test_a_cell_with_a_line_break_is_quoted_and_a_string_is_not():
    assert to_tsv([['"M1"', "a\nb", 'x"y']]) == '"M1"\t"a\nb"\tx"y\r\n'


@given(st.lists(st.lists(st.text('a",\t\n\r|[', max_size=6), min_size=1, max_size=3), max_size=3))
def test_any_block_comes_back_as_it_went(block):
    assert from_tsv(to_tsv(block)) == block
