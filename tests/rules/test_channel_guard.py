"""A channel is asked no faster than it takes, and left alone while it fails."""

from datetime import timedelta

import pytest

from evenhand.outreach.guard import Guard, Terms, channel_terms, wait_before

TERMS = Terms(
    per_second=10, at_once=4, tries=3, wait_minutes=(1, 5), trips_after=3, rest_seconds=10, rest_seconds_max=60,
    heard_minutes=60,
)  # fmt: skip


def failing(guard, times, now):
    for _ in range(times):
        guard.failed(now)


def test_it_is_asked_no_faster_than_its_pace():
    guard = Guard(TERMS)
    assert guard.free(0) == 10
    guard.asked(10)
    assert guard.free(0) == 0
    assert guard.free(0.5) == 5
    assert guard.free(60) == 10, "what was not used is not saved up"


def test_failures_in_a_row_let_it_rest_and_one_that_it_takes_ends_the_count():
    guard = Guard(TERMS)
    failing(guard, 2, now=0)
    guard.took()
    failing(guard, 2, now=0)
    assert not guard.resting
    guard.failed(0)
    assert guard.resting
    assert guard.free(7) == 0
    assert guard.free(13) == 1, "it is tried with one"


def test_each_rest_is_twice_as_long_up_to_a_limit():
    guard, now, rests = Guard(TERMS), 0.0, []
    failing(guard, 3, now)
    for _ in range(6):
        rests.append(guard.rests_until - now)
        now = guard.rests_until
        guard.failed(now)
    for rest, expected in zip(rests, (10, 20, 40, 60, 60, 60), strict=True):
        assert expected * 0.75 <= rest <= expected * 1.25
    guard.took()
    assert guard.free(now) == 10


def test_a_clock_that_goes_back_gives_nothing():
    guard = Guard(TERMS)
    guard.free(100)
    guard.asked(10)
    assert guard.free(50) == 0


def test_what_a_channel_could_not_take_is_tried_again_later_each_time_and_not_for_ever():
    assert timedelta(seconds=45) <= wait_before(2, TERMS) <= timedelta(seconds=75)
    assert timedelta(seconds=225) <= wait_before(3, TERMS) <= timedelta(seconds=375)
    assert wait_before(4, TERMS) is None


@pytest.mark.parametrize("act", ["TEXT", "PUSH", "EMAIL", "LETTER", "CALL"])
def test_every_channel_has_its_terms(act):
    assert channel_terms()[act].per_second > 0
