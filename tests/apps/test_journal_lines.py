"""Lines of the journal: chained, in the transaction of their act, only ever added."""

import json
from datetime import UTC, datetime, timedelta, timezone
from threading import Thread
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from evenhand.journal import actions as journal
from evenhand.journal.actions import Act, StreamNotLocked, of_person
from evenhand.journal.kinds import UnknownKind, WrongDetail
from evenhand.journal.models import Line
from evenhand.journal.place import acting_from
from evenhand.journal.rules import FIRST, NotCanonical, Stream, line_hash
from evenhand.runtime.config import config

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 28, 12, 0, 0, 123456, tzinfo=UTC)
LIFTED = {"kind": "HOLD_LIFTED", "who": "robot", "at": NOW, "detail": {"reason": "ILLNESS"}}


def rehashed(line: Line) -> bytes:
    return line_hash(
        stream=Stream(line.stream_kind, line.stream_id),
        number=line.number,
        kind=line.kind,
        at=line.at,
        who=line.who,
        why=line.why,
        detail=line.detail,
        where=line.where,
        previous=bytes(line.previous),
    )


def test_lines_of_a_stream_are_numbered_and_each_holds_the_hash_before_it():
    stream = of_person(uuid4())
    for _ in range(3):
        journal.record(stream=stream, **LIFTED)
    lines = list(Line.objects.filter(stream_id=stream.id).order_by("number"))
    assert [line.number for line in lines] == [1, 2, 3]
    assert [bytes(line.previous) for line in lines] == [FIRST, *(bytes(x.hash) for x in lines[:2])]
    assert all(bytes(line.hash) == rehashed(line) for line in lines)


@pytest.mark.parametrize("number", [5, 60])
def test_many_lines_over_several_streams_give_what_one_by_one_gives(number):
    streams = [of_person(uuid4()), Stream("STRATEGY", str(uuid4())), of_person(uuid4())]
    acts = [
        Act(kind="APPROVAL_WITHDRAWN", stream=streams[1], who=None, at=NOW)
        if turn % 3 == 1
        else Act(stream=streams[turn % 3], **LIFTED)
        for turn in range(number)
    ]
    hashes = journal.record_many(acts)
    for stream in streams:
        lines = list(Line.objects.filter(stream_id=stream.id).order_by("number"))
        assert [line.number for line in lines] == list(range(1, len(lines) + 1))
        mine = [h for h, act in zip(hashes, acts, strict=True) if act.stream == stream]
        assert [bytes(line.hash) for line in lines] == mine == [rehashed(line) for line in lines]


def test_an_instant_is_hashed_the_same_in_whatever_zone_it_was_given():
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    stream = of_person(uuid4())
    journal.record(stream=stream, **LIFTED | {"at": shanghai})
    line = Line.objects.get(stream_id=stream.id)
    assert (line.at, bytes(line.hash)) == (NOW, rehashed(line))


def test_a_line_goes_with_the_act_it_tells_of():
    stream = of_person(uuid4())
    with transaction.atomic():
        journal.record(stream=stream, **LIFTED)
        transaction.set_rollback(True)
    assert not Line.objects.filter(stream_id=stream.id).exists()


def test_a_line_says_where_its_act_came_from():
    stream = of_person(uuid4())
    with acting_from("192.0.2.7"):
        journal.record(stream=stream, **LIFTED)
    journal.record(stream=stream, **LIFTED)
    found = Line.objects.filter(stream_id=stream.id).order_by("number")
    assert [line.where for line in found] == ["192.0.2.7", ""]


@pytest.mark.parametrize(
    ("change", "refused", "said"),
    [
        ({"kind": "HOLD_LIFTDE"}, UnknownKind, "HOLD_LIFTDE.*journal.kinds"),
        ({"detail": {}}, WrongDetail, "HOLD_LIFTED lacks reason"),
        ({"detail": {"reason": "OTHER", "mood": "x"}}, WrongDetail, "does not know mood"),
        ({"detail": {"reason": 1.5}}, NotCanonical, "1.5 is a float"),
        ({"detail": {"reason": NOW}}, NotCanonical, "datetime"),
        ({"stream": Stream("RUN", "2026-09-28")}, WrongDetail, "PERSON, not RUN"),
    ],
)
def test_a_line_that_no_sentence_tells_is_refused(change, refused, said):
    with pytest.raises(refused, match=said):
        journal.record(**{"stream": of_person(uuid4())} | LIFTED | change)


def test_unusual_text_survives_the_database_and_the_hash():
    stream = of_person(uuid4())
    text = '“引号” \\ \t € 𠮷 "x" \u2028'
    journal.record(stream=stream, **LIFTED | {"detail": {"reason": text, "lift_reason": "½"}})
    line = Line.objects.get(stream_id=stream.id)
    assert line.detail == {"reason": text, "lift_reason": "½"}
    assert bytes(line.hash) == rehashed(line)


# What the database itself keeps


@pytest.fixture
def line():
    journal.record(stream=of_person(uuid4()), **LIFTED)
    return Line.objects.get()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_line SET who = 'x'",
        "DELETE FROM journal_line",
        "TRUNCATE journal_line",
        "UPDATE journal_seal SET rows = 0",
        "DELETE FROM journal_seal",
        "TRUNCATE journal_seal",
        "ALTER TABLE journal_line DISABLE TRIGGER ALL",
        "DROP TRIGGER journal_line_is_kept ON journal_line",
        "SELECT journal_begin_again()",
    ],
)
def test_the_app_role_can_only_add(line, statement):
    refused = pytest.raises(DatabaseError, match=r"permission denied|must be owner")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE journal_line SET who = 'x'", "DELETE FROM journal_line", "TRUNCATE journal_line"],
)
@pytest.mark.django_db(transaction=True)
def test_not_even_the_owner_changes_a_line_without_taking_the_guard_away(statement):
    with transaction.atomic():
        journal.record(stream=of_person(uuid4()), **LIFTED)
    refused = pytest.raises(psycopg.errors.CheckViolation, match="only added")
    with psycopg.connect(config().database_owner_url) as owner, refused:
        owner.execute(statement)


def test_a_line_cannot_pretend_to_be_of_another_transaction(line):
    line.pk, line.number, line.tx = uuid4(), 2, 7
    with pytest.raises(DatabaseError, match="number of another transaction"), transaction.atomic():
        line.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_a_stream_never_forks_though_its_person_was_not_locked():
    stream, refused = of_person(uuid4()), []

    def beside():
        with psycopg.connect(config().database_url) as late:
            try:
                journal.record(stream=stream, cursor=late.cursor(), **LIFTED)
            except StreamNotLocked as error:
                refused.append(str(error))

    with psycopg.connect(config().database_url) as first:
        journal.record(stream=stream, cursor=first.cursor(), **LIFTED)
        racing = Thread(target=beside)
        racing.start()
        racing.join(0.3)
        assert racing.is_alive()  # it waits to see whether the first number 1 stands
    racing.join()
    assert "lock the person" in refused[0]
    assert [line.number for line in Line.objects.filter(stream_id=stream.id)] == [1]


@pytest.mark.django_db(transaction=True)
def test_other_streams_are_locked_by_the_journal_itself():
    stream = Stream("STRATEGY", str(uuid4()))
    said = {"kind": "APPROVAL_WITHDRAWN", "stream": stream, "who": None, "at": NOW}

    def beside():
        with psycopg.connect(config().database_url) as late:
            journal.record(cursor=late.cursor(), **said)

    with psycopg.connect(config().database_url) as first:
        journal.record(cursor=first.cursor(), **said)
        racing = Thread(target=beside)
        racing.start()
        racing.join(0.3)
    racing.join()
    numbers = Line.objects.filter(stream_id=stream.id).order_by("number")
    assert [line.number for line in numbers] == [1, 2]


def test_what_was_written_is_json_that_anyone_can_read(line):
    with connection.cursor() as cursor:
        cursor.execute("SELECT detail::text FROM journal_line")
        assert json.loads(cursor.fetchone()[0]) == {"reason": "ILLNESS"}
