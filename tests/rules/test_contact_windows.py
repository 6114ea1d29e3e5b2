"""When in a day somebody is tried: outside the times she asked to be spared, in the hour she answers."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from evenhand.outreach.windows import Spared, Tried, begins

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 9, 28)
EVERY_DAY = frozenset()


def at(hour, minute=0):
    return datetime(2026, 9, 28, hour, minute, tzinfo=ZONE).astimezone(UTC)


def begun(**given):
    return begins(MONDAY, time(8, 30), time(20, 30), ZONE, **given)


def test_of_whom_nothing_is_known_the_day_begins_at_the_opening():
    assert begun() == at(8, 30)


@pytest.mark.parametrize(
    ("spared", "expected"),
    [
        (Spared(EVERY_DAY, time(8), time(12)), at(12)),
        (Spared(EVERY_DAY, time(8), time(12, 30)), at(13)),
        (Spared(frozenset({"TU"}), time(8), time(12)), at(8, 30)),
        (Spared(frozenset({"SU"}), time(22), time(10)), at(10)),  # over midnight, from Sunday night
        (Spared(frozenset({"MO"}), time(22), time(10)), at(8, 30)),
        (Spared(EVERY_DAY, time(0), time(23, 59)), None),
    ],
)
def test_a_time_she_asked_to_be_spared_is_left_out(spared, expected):
    assert begun(spared=[spared]) == expected


def test_the_hour_she_answers_most_is_taken_once_it_was_tried_often_enough():
    assert begun(history={19: Tried(2, 2)}) == at(8, 30)
    assert begun(history={19: Tried(4, 3), 10: Tried(6, 3)}) == at(19)
    assert begun(history={19: Tried(4, 3)}, spared=[Spared(EVERY_DAY, time(18), time(22))]) == at(
        8, 30
    )


def test_an_hour_in_which_she_never_answers_is_tried_last():
    never = {8: Tried(9, 0), 9: Tried(9, 0)}
    assert begun(history=never) == at(10)
