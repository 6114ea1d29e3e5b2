"""The auditor catches what is planted by hand in the tables, each kind of it, and finds nothing in a clean book."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from evenhand.compliance.packs import SHIPPED
from evenhand.journal.queries import line_rows
from evenhand.journal.rules import Stream
from evenhand.outreach import gate
from evenhand.outreach.afterwards import report_late
from evenhand.outreach.asked import Asked
from evenhand.outreach.audit import audit_contacts
from evenhand.outreach.ids import contact_id
from evenhand.outreach.results import ended, release
from evenhand.outreach.rules import LineRecord
from evenhand.outreach.tasks import AuditFoundSomething, audit_day_before
from tests.contacts import MORNING, clock_at, in_force
from tests.world import a_case, a_hold, a_line, a_person, a_standing_fact

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
CALL = {"act": "CALL", "point": "m1", "more": {"recording": True}}
NOBODY = LineRecord("UNANSWERED", "PBX", 0)
TALK = LineRecord("CONVERSATION", "PBX", 60)


@pytest.fixture
def clock():
    in_force((SHIPPED / "cn" / "pack.toml").read_text(encoding="utf-8"))
    with clock_at() as found:
        yield found


@pytest.fixture
def person():
    case = a_case()
    a_line(case)
    return case.customer


def ask(person, **asked):
    return gate.request_contact(
        customer_id=person.id, request_key=uuid4().hex, by="t", **CALL | asked
    )


def call(clock, person, line, verified=None, **asked):
    """A call that was permitted, made and told of."""
    permit = gate.sent(ask(person, **asked), by="t")
    clock.pass_by(minutes=2)
    ended(contact=permit.id, by="t", line=line, verified=verified)
    return permit


def found(since=MORNING - DAY, until=MORNING + DAY):
    return audit_contacts(since=since, until=until)


def plant(permit, *, at=None, hashed=True, **changed):
    """Write a row like that of a permit into the table, past the gate."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(e) FROM contact_event e WHERE id = %s", [permit.id])
        (stored,) = cursor.fetchone()
        row = json.loads(stored) if isinstance(stored, str) else stored
        at = at or permit.at + timedelta(minutes=1)
        row |= {
            "id": str(contact_id(at)), "at": at.isoformat(), "recorded_at": at.isoformat(), "request_key": "",
            "reserved_until": (at + timedelta(minutes=2)).isoformat(), "state": "RESERVED",
            "sent_at": None, "ended_at": None, "closed_at": None,
        }  # fmt: skip
        row |= {
            "outcome": "",
            "talk_seconds": None,
            "verified": None,
            "line_record": None,
        } | changed
        digest = "contact_event_hash(e)" if hashed else "sha256('other')"
        columns = [name for name in row if name != "row_hash"]
        cursor.execute(
            f"INSERT INTO contact_event ({', '.join(columns)}, row_hash)"
            f" SELECT {', '.join('e.' + name for name in columns)}, {digest}"
            " FROM json_populate_record(NULL::contact_event, %s) e",
            [json.dumps(row)],
        )


def test_a_clean_book_gives_no_finding(clock, person):
    for _ in range(3):
        call(clock, person, TALK, verified=True)
    for more in (
        CALL,
        {"act": "TEXT", "more": {"signature": True}},
        {"act": "VISIT", "more": {"collectors": 1}},
    ):
        ask(person, **more)
        clock.pass_by(minutes=1)
    ask(a_person(), role="FRIEND", to="t1")
    audit = found()
    assert dict(audit.counts) == {}
    assert (audit.contacts, audit.permits, audit.judged_again) == (7, 4, 7)
    assert audit.clean


def test_a_fourth_talk_of_a_day_is_found_whoever_made_it(clock, person):
    agency = {"collector": "AGENCY_A", "actor": "AGENCY"}
    calls = [call(clock, person, TALK, verified=True, **more) for more in ({}, agency, {})]
    plant(calls[0], at=MORNING + timedelta(hours=1))
    assert found().counts["CN-COL-TALK3"] == 1


def test_a_consent_to_late_hours_given_before_the_sending_is_seen(clock, person):
    closes = MORNING + timedelta(hours=12)
    clock.stand_at(closes - timedelta(seconds=30))
    permit = ask(person, act="TEXT", more={"signature": True})
    clock.pass_by(seconds=10)
    a_standing_fact(
        person, kind="CONSENT", detail={"scope": "HOURS"}, from_at=closes - timedelta(seconds=20)
    )
    clock.pass_by(seconds=40)
    assert gate.sent(permit, by="t").state == "SENT"
    assert dict(found().counts) == {}
    sent_at = (closes + timedelta(seconds=20)).isoformat()
    other = ask(a_case().customer, act="LETTER")
    plant(other, at=closes - timedelta(seconds=10), act="TEXT", state="SENT", sent_at=sent_at)
    assert found().counts["CN-COL-HOURS"] == 1


def test_a_seventh_unanswered_attempt_on_a_number_is_found(clock, person):
    calls = [call(clock, person, NOBODY) for _ in range(6)]
    plant(calls[0], at=MORNING + timedelta(hours=1))
    plant(calls[0], at=MORNING + timedelta(hours=1), point="m2")
    assert found().counts["CN-COL-ATTEMPT6"] == 1


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("CN-COL-HOURS", {"at": datetime(2026, 9, 28, 14, 0, tzinfo=UTC)}),
        ("CN-COL-HOURS", {"at": datetime(2026, 9, 27, 23, 59, tzinfo=UTC)}),
        ("CN-COL-THIRD", {"role": "FRIEND", "to_key": "t1"}),
        ("CN-COL-THIRD-FAMILY", {"role": "SPOUSE", "to_key": "t1"}),
        ("CN-COL-VISIT-STAFF", {"act": "VISIT", "more": {"collectors": 1}}),
        ("CN-COL-VISIT-RECORD", {"act": "VISIT", "more": {"collectors": 2, "id_shown": True}}),
        ("CN-CCM-69-LETTER", {"act": "LETTER", "more": {"letter_fields": ["NAME_BALANCE"]}}),
        ("CN-COL-REC", {"more": {"recording": False}}),
        ("CN-COL-FORBID", {"more": {"content_flags": ["THREAT"]}}),
        ("CN-COL-FORBID-PUBLIC", {"act": "SOCIAL_PUBLIC"}),
    ],
)  # fmt: skip
def test_a_contact_that_a_rule_refuses_is_found_under_that_rule(clock, person, rule, changed):
    plant(ask(person), **changed)
    assert found().counts[rule] == 1


@pytest.mark.parametrize(
    ("rule", "kind", "detail", "changed"),
    [
        ("CN-CCM-70-STOP", "PLAN_HONOURED", {}, {}),
        ("CN-COL-SMS-STOP", "OPT_OUT", {"media": ["TEXT"]}, {"act": "TEXT"}),
        ("CN-COL-OPTOUT", "THIRD_PARTY_STOP", {"to": "t1"}, {"role": "FRIEND", "to_key": "t1"}),
    ],
)
def test_a_contact_against_what_stands_is_found(clock, person, rule, kind, detail, changed):
    permit = ask(person)
    plant(permit, **changed)
    assert rule not in found().counts, "what was not known yet refuses nothing"
    a_standing_fact(person, kind=kind, detail=detail, from_at=MORNING - DAY)
    person.refresh_from_db()
    plant(permit, at=MORNING + timedelta(hours=1), facts_seq=person.facts_seq, **changed)
    audit = found()
    assert (audit.counts[rule], audit.counts["FACTS_LACK_STANDING"]) == (1, 1)


def test_a_contact_in_a_hold_is_found_from_the_count_at_which_the_hold_was_known(clock, person):
    permit = ask(person)
    a_hold(person, reason="DISPUTE", from_on=(MORNING - DAY).date())
    person.refresh_from_db()
    plant(permit, at=MORNING + timedelta(hours=1))
    assert "CN-CCM-69-DISPUTE" not in found().counts
    plant(permit, at=MORNING + timedelta(hours=2), facts_seq=person.facts_seq)
    audit = found()
    assert (audit.counts["CN-CCM-69-DISPUTE"], audit.counts["FACTS_LACK_HOLDS"]) == (1, 1)


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("ALTERED_SINCE", {"hashed": False}),
        ("JUDGED_OTHERWISE", {"verdict": {"decision": "ALLOW", "reasons": []}}),
        ("JUDGED_BY_OTHER_PACKS", {"packs": ["nobody@1"]}),
        ("COUNT_OF_THE_FUTURE", {"facts_seq": 99}),
        ("KEY_MISSING", {"request_key": "nobody-asked"}),
        ("FACTS_LACK_EVENTS", {}),
        ("SENT_AFTER_ITS_PERMIT", {"state": "SENT", "sent_at": (MORNING + DAY / 2).isoformat()}),
    ],
)
def test_what_is_wrong_whatever_the_packs_say_is_found(clock, person, check, changed):
    plant(ask(person), **changed)
    assert found().counts[check] == 1


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("RESULT_NOT_AS_TOLD", "outcome = 'UNANSWERED'"),
        ("RESULT_NOT_AS_TOLD", "talk_seconds = 0"),
        ("RESULT_NOT_AS_TOLD", "verified = false"),
        ("SENT_AT_NO_SUCH_TIME", "sent_at = at - interval '2 days'"),
    ],
)
def test_a_talk_made_less_of_in_the_table_is_found_by_its_line_in_the_journal(
    clock, person, check, change
):
    call(clock, person, TALK, verified=True)
    report_late(
        customer_id=person.id, report_key="late", happened_at=clock.now - timedelta(minutes=1), by="AGENCY_A",
        asked=Asked("CALL", collector="AGENCY_A", actor="AGENCY", point="m1"), line=TALK, verified=True,
    )  # fmt: skip
    assert found().clean
    with connection.cursor() as cursor:  # the app's role may write what became of a contact
        cursor.execute(f"UPDATE contact_event SET {change}")
    assert found().counts[check] == 2


def test_a_permit_given_back_past_the_gate_is_found(clock, person):
    release(contact=ask(person).id, proof="NEVER_DIALLED", evidence={"call": "1"}, by="t")
    ask(person)
    assert found().clean
    with connection.cursor() as cursor:
        cursor.execute("UPDATE contact_event SET state = 'RELEASED' WHERE state = 'RESERVED'")
    assert found().counts["GIVEN_BACK_UNTOLD"] == 1


def test_a_key_whose_answer_is_gone_is_found(clock, person):
    permit = ask(person)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contact_request (key, digest, customer_id, event_id, event_at) VALUES ('gone', sha256('x'),"
            " %s, %s, %s)",
            [person.id, uuid4(), permit.at],
        )
    assert dict(found().counts) == {"KEY_OF_NOTHING": 1}


def test_a_contact_told_of_afterwards_is_counted_and_a_clock_that_was_replaced_is_said(clock):
    person = a_person()
    report_late(
        customer_id=person.id, report_key="late", happened_at=MORNING - timedelta(hours=1), by="AGENCY_A",
        asked=Asked("CALL", collector="AGENCY_A", actor="AGENCY", point="m1"), line=TALK,
    )  # fmt: skip
    audit = found()
    assert (audit.told_late, audit.clock_replaced, audit.clean) == (1, True, True)


def test_only_the_period_is_looked_at(clock, person):
    plant(ask(person), hashed=False)
    assert found(since=MORNING + timedelta(hours=1)).contacts == 0


def test_every_night_the_day_before_is_audited_and_the_journal_says_so(clock, person):
    call(clock, person, TALK, verified=True)
    audit_day_before(now=MORNING + DAY)
    plant(ask(person), at=MORNING + timedelta(hours=3), hashed=False, facts_seq=99)
    with pytest.raises(AuditFoundSomething, match=r"findings among the contacts of 2026-09-28"):
        audit_day_before(now=MORNING + DAY)
    lines = line_rows(Stream("SYSTEM", "audit"))
    assert [line.kind for line in lines] == ["CONTACTS_AUDITED", "CONTACTS_AUDITED"]
    assert (lines[0].detail["findings"] > 0, lines[1].detail["findings"]) == (True, 0)
