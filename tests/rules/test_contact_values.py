"""Numbers and addresses: those that reach nobody are known before anything is sent to them."""

import pytest

from evenhand.portfolio.values import forms_of, phone, usable


@pytest.mark.parametrize(
    "text", ["13800001234", "+86 138 0000 1234", "0086 13800001234", "138-0000-1234"]
)
def test_one_number_is_the_same_however_it_is_written(text):
    assert phone(text, "CN") == ("+8613800001234", "13800001234", True)


@pytest.mark.parametrize(
    "text", ["", "1380000123", "12345", "000-C1", "not a number", "+999199000012"]
)
def test_what_is_no_number_is_known(text):
    assert phone(text, "CN") is None


def test_a_number_of_another_country_keeps_its_own():
    assert phone("+85291234567", "CN").e164 == "+85291234567"
    assert phone("91234567", "HK").e164 == "+85291234567"


def test_the_forms_in_which_files_may_have_it():
    forms = ["8613800001234", "13800001234", "+8613800001234", "008613800001234"]
    assert forms_of("8613800001234", "CN") == forms
    assert forms_of("anna@mx.example", "CN") == ["anna@mx.example"]


@pytest.mark.parametrize(
    ("kind", "value", "act", "expected"),
    [
        ("MOBILE", "13800001234", "TEXT", True),
        ("MOBILE", "021-62345678", "TEXT", False),  # a landline
        ("PHONE", "021-62345678", "CALL", True),
        ("MOBILE", "1380000123", "CALL", False),
        ("EMAIL", "anna@mx.example", "EMAIL", True),
        ("EMAIL", "anna at mx", "EMAIL", False),
        ("ADDRESS", "200001 上海市黄浦区中山东一路1号", "LETTER", True),
        ("ADDRESS", "  ", "LETTER", False),
    ],
)
def test_what_an_act_can_reach_anybody_by(kind, value, act, expected):
    assert usable(kind, value, act=act, country="CN", is_demo=False) is expected


def test_numbers_of_sample_books_work_in_demos_alone():
    assert usable("MOBILE", "+99919900000012", act="TEXT", country="CN", is_demo=True)
    assert not usable("MOBILE", "+99919900000012", act="TEXT", country="CN", is_demo=False)
