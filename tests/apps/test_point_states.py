"""A number or address that does not work, or is not hers, is used no more for a time; what works is used again."""

from datetime import timedelta

import pytest

from evenhand.portfolio.points import learnt


@pytest.mark.parametrize(
    ("outcome", "verified", "days"),
    [
        ("EMPTY_NUMBER", None, 180),
        ("OUT_OF_SERVICE", None, 30),
        ("HARD_BOUNCE", None, 180),
        ("CONVERSATION", False, 365),  # somebody else answered
        ("CONVERSATION", True, None),
        ("DELIVERED", None, None),
        ("BUSY", None, None),
        ("UNANSWERED", None, None),
    ],
)
def test_each_outcome_teaches_what_it_can(outcome, verified, days):
    found = learnt(outcome, verified=verified, failures=0).unusable_for
    assert found == (None if days is None else timedelta(days=days))


def test_a_message_that_does_not_arrive_three_times_in_a_row_rests_the_number_for_a_month():
    failures = 0
    for expected in (None, None, timedelta(days=30)):
        found = learnt("UNDELIVERABLE", verified=None, failures=failures)
        assert found.unusable_for == expected
        failures = found.failures
    assert learnt("DELIVERED", verified=None, failures=failures).failures == 0
    assert learnt("BUSY", verified=None, failures=2).failures == 2
