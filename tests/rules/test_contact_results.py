"""What counts of a contact: the line's word, and where the form says otherwise the stricter of the two."""

from datetime import UTC, datetime, timedelta

import pytest

from evenhand.outreach.rules import LineRecord, NotARecord, heard

AT = datetime(2026, 9, 28, 2, tzinfo=UTC)


def listen(line=None, typed="", *, act="CALL", actor="FIRST_PARTY", direction="OUT", verified=None):
    found = heard(
        act=act, actor=actor, direction=direction, line=line, typed=typed, verified=verified, at=AT
    )
    return found.outcome, found.contradiction


def line(outcome, talk=None, **more):
    return LineRecord(outcome, "PBX", talk, **more)


@pytest.mark.parametrize(
    ("record", "typed", "expected"),
    [
        (line("UNANSWERED", 0), "", ("UNANSWERED", False)),
        (line("UNANSWERED", 0), "UNANSWERED", ("UNANSWERED", False)),
        (line("BUSY", 0), "UNANSWERED", ("BUSY", False)),  # the same, told more finely
        (line("UNANSWERED", 95), "UNANSWERED", ("ANSWERED", True)),  # talk on the line is an answer
        (line("ANSWERED", 95), "UNANSWERED", ("ANSWERED", True)),
        (line("ANSWERED", 95), "VOICEMAIL", ("ANSWERED", True)),
        (line("VOICEMAIL", 20), "VOICEMAIL", ("VOICEMAIL", False)),  # a machine talked
        (line("ANSWERED", 95), "CONVERSATION", ("CONVERSATION", False)),
        (line("CONVERSATION", 95), "ANSWERED", ("CONVERSATION", False)),
        (line("UNANSWERED", 0), "CONVERSATION", ("CONVERSATION", True)),
        (line("UNANSWERED", 0, direction="IN"), "", ("UNANSWERED", True)),
        (None, "UNANSWERED", ("UNANSWERED", False)),
        (None, "", ("", False)),
    ],
)
def test_the_line_counts_or_the_stricter_of_the_two(record, typed, expected):
    assert listen(record, typed) == expected


@pytest.mark.parametrize("actor", ["AGENCY", "DEBT_BUYER"])
@pytest.mark.parametrize(
    ("typed", "outcome"), [("", "ANSWERED"), ("BUSY", "ANSWERED"), ("CONVERSATION", "CONVERSATION")]
)
def test_an_outside_call_without_a_record_was_answered(actor, typed, outcome):
    assert listen(None, typed, actor=actor) == (outcome, True)
    assert listen(None, "DELIVERED", act="TEXT", actor=actor) == ("DELIVERED", False)


def test_a_conversation_began_when_it_was_answered():
    answered = AT + timedelta(seconds=20)
    record = line("ANSWERED", 40, started_at=AT, answered_at=answered)
    told = {"act": "CALL", "actor": "FIRST_PARTY", "direction": "OUT", "line": record, "at": AT}
    assert heard(**told, typed="CONVERSATION", verified=None).conversation_at == answered
    assert heard(**told, typed="", verified=True).conversation_at == answered
    assert heard(**told, typed="", verified=None).conversation_at is None


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (line("SHOUTED"), "outcome is 'SHOUTED'; expected one of"),
        (line("ANSWERED", -1), "talk_seconds is -1; expected none below zero"),
        (line("ANSWERED", 1, direction="UP"), "direction is 'UP'; expected OUT, IN or nothing"),
    ],
)
def test_a_record_that_cannot_be_says_which_field(record, said):
    with pytest.raises(NotARecord, match=said):
        record.checked()


def test_a_record_is_stored_and_read_back():
    record = line("ANSWERED", 40, started_at=AT, ended_at=AT, direction="OUT", reference="r1")
    assert LineRecord.read(record.stored()) == record
