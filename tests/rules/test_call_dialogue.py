"""What the robot says and asks: nobody hears of a debt before she has shown who she is; a wish is taken at once."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.adapters.sip_voice.dialogue import CallPlan, Dialogue, check_of, day_of

TODAY = date(2026, 9, 28)
OF_A_DEBT = {"owed_before", "owed_after", "since", "how_to_pay", "menu", "ask_day", "paid_noted"}


def plan(**given):
    said = {
        "language": "zh-CN", "check": "1234", "check_of": "ID", "due_minor": 50_000, "currency": "CNY",
        "overdue_from_on": date(2026, 9, 8), "today": TODAY, "promise_until_on": TODAY + timedelta(days=14),
    }  # fmt: skip
    return CallPlan(**said | given)


def held(*keys, **given):
    """A conversation in which these keys were pressed, None being a silence; with its last turn."""
    dialogue = Dialogue(plan(**given))
    turn = dialogue.begin()
    for pressed in keys:
        assert turn.keys, "the call has ended already"
        turn = dialogue.silent() if pressed is None else dialogue.keyed(pressed)
    return dialogue.found, turn


def test_who_has_shown_who_she_is_hears_what_is_due_since_when_and_how_to_pay():
    found, turn = held("1", "1234")
    assert found.identified is True
    assert [part for part in turn.parts if part in OF_A_DEBT] == [
        "owed_before", "since", "owed_after", "how_to_pay", "menu",
    ]  # fmt: skip


@pytest.mark.parametrize(("since", "told"), [(date(2026, 9, 8), False), (date(2025, 9, 8), True)])
def test_the_year_since_when_is_said_where_it_is_not_this_one(since, told):
    _, turn = held("1", "1234", overdue_from_on=since)
    assert ("nian" in turn.parts) == told


@pytest.mark.parametrize(
    ("keys", "wish", "last"),
    [
        (("3",), "WRONG_PERSON", "wrong_person"),
        (("9",), "STOP", "stopped"),
        (("1", "1234", "1"), "PAID", "paid_noted"),
        (("1", "1234", "0"), "PERSON", "person_soon"),
        (("1", "1234", "3"), "WRONG_PERSON", "wrong_person"),
        (("1", "1234", "9"), "STOP", "stopped"),
        (("1", "1234", "5", "5", "9"), "STOP", "stopped"),
        (("1", "1234", "2", "1005", "1"), "PROMISE", "promise_kept"),
        (("1", "0000", "1234", "2", "1005", "2", "1006", "1"), "PROMISE", "promise_kept"),
        (("1", "1234", "2", "1231", "0929", "1"), "PROMISE", "promise_kept"),
    ],
)
def test_each_wish_is_taken_at_once_and_ends_the_call(keys, wish, last):
    found, turn = held(*keys)
    assert (found.wish, turn.keys) == (wish, 0)
    assert last in turn.parts
    assert turn.person == (wish == "PERSON")


def test_a_promise_is_of_the_day_that_was_read_back_to_her():
    found, _ = held("1", "1234", "2", "1005", "2", "1006", "1")
    assert found.promised_on == date(2026, 10, 6)
    dialogue = Dialogue(plan())
    dialogue.begin()
    for pressed in ("1", "1234", "2", "1005"):
        dialogue.keyed(pressed)
    assert dialogue.found.promised_on is None, "not before she says that it is right"


def test_two_wrong_checks_end_it_without_a_word_of_the_debt():
    found, turn = held("1", "0000", "1111")
    assert turn.parts == ("check_failed",)
    assert found.identified is None
    assert not OF_A_DEBT & set(found.heard)


def test_a_machine_hears_the_limited_message_and_nothing_else():
    dialogue = Dialogue(plan())
    dialogue.begin()
    turn = dialogue.machine()
    assert (turn.parts, turn.keys) == (("machine",), 0)
    assert dialogue.found.machine


def test_silence_is_asked_once_more_and_then_the_robot_takes_its_leave():
    _, turn = held("1", None)
    assert turn.parts[0] == "silence"
    assert turn.keys == 4
    _, turn = held("1", None, None)
    assert (turn.parts, turn.keys) == (("silence", "bye"), 0)
    _, turn = held(None, "1", None)
    assert turn.keys == 4, "an answer between begins the count anew"


def test_keys_that_mean_nothing_are_borne_with_for_a_while():
    _, turn = held("7", "7")
    assert turn.keys == 1
    _, turn = held("7", "7", "7")
    assert (turn.parts, turn.keys) == (("too_many",), 0)


def test_what_is_kept_of_the_check_is_how_many_keys_were_pressed_and_not_which():
    found, _ = held("1", "1234", "9")
    assert "1234" not in "".join(found.heard)
    assert "[••••]" in found.heard
    assert "1234" not in repr(plan())


@given(
    st.lists(
        st.sampled_from(["0", "1", "2", "3", "5", "9", "0000", "1005", "*", None]), max_size=12
    )
)
@settings(max_examples=300)
def test_whatever_is_pressed_nothing_of_a_debt_is_said_before_the_check(keys):
    dialogue = Dialogue(plan())
    turn = dialogue.begin()
    for pressed in keys:
        if not turn.keys:
            break
        turn = dialogue.silent() if pressed is None else dialogue.keyed(pressed)
    assert not OF_A_DEBT & set(dialogue.found.heard)
    assert dialogue.found.identified is not True


@given(st.lists(st.sampled_from(["0", "1", "2", "3", "5", "9", "1234", "1005", None]), max_size=60))
@settings(max_examples=300)
def test_every_conversation_ends(keys):
    dialogue = Dialogue(plan())
    turn = dialogue.begin()
    turns = 0
    for pressed in [*keys, None, None]:
        if not turn.keys:
            break
        turn = dialogue.silent() if pressed is None else dialogue.keyed(pressed)
        turns += 1
    assert turn.keys == 0 or turns == len(keys) + 2


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("0928", TODAY), ("0929", date(2026, 9, 29)), ("0927", date(2027, 9, 27)), ("0101", date(2027, 1, 1)),
        ("0229", date(2028, 2, 29)), ("0230", None), ("1301", None), ("12", None), ("12*1", None),
    ],
)  # fmt: skip
def test_four_keys_name_the_next_such_day(keys, expected):
    assert day_of(keys, TODAY) == expected


@pytest.mark.parametrize(
    ("identity", "tail", "expected"),
    [
        ("110101199003071234", "4321", ("1234", "ID")),
        ("11010119900307123x", "4321", ("123*", "ID")),
        ("", "4321", ("4321", "CARD")),
        ("E12", "4321", ("4321", "CARD")),
        ("", "", None),
    ],
)
def test_she_is_known_by_her_identity_number_else_by_her_card(identity, tail, expected):
    assert check_of(identity, tail) == expected
