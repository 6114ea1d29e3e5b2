"""How contacts end: the line's word, release on proof, late reports, those who turn to us, and the review."""

from datetime import timedelta

import pytest

from evenhand.journal.models import Line
from evenhand.outreach import gate
from evenhand.outreach.afterwards import received, report_late
from evenhand.outreach.asked import Asked
from evenhand.outreach.models import ContactEvent
from evenhand.outreach.results import AlreadyTold, ended, release, reviewed
from evenhand.outreach.rules import LineRecord, NotARecord
from tests.contacts import MORNING, clock_at, in_force
from tests.world import a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    in_force()
    with clock_at() as found:
        yield found


def ask(person, key="k", **asked):
    return gate.request_contact(
        customer_id=person.id, request_key=key, by="t", **{"act": "CALL", "point": "m1"} | asked
    )


def call(person, key, line=None, typed="", **asked):
    permit = gate.sent(ask(person, key, **asked), by="t")
    return ended(contact=permit.id, by="t", line=line, typed_result=typed)


def kinds(person):
    return list(
        Line.objects.filter(stream_id=str(person.id))
        .order_by("number")
        .values_list("kind", flat=True)
    )


def test_three_calls_coded_no_answer_with_talk_on_the_line_refuse_the_fourth(clock):
    person = a_person()
    for n in range(3):
        event = call(person, f"k{n}", LineRecord("ANSWERED", "PBX", 95), typed="UNANSWERED")
        assert (event.outcome, event.contradiction) == ("ANSWERED", True)
    assert ask(person, "k3").codes == ("TALK_FREQUENCY",)


def test_a_form_that_claims_more_than_the_line_counts_as_the_form(clock):
    event = call(a_person(), "k", LineRecord("UNANSWERED", "PBX", 0), typed="CONVERSATION")
    assert (event.outcome, event.contradiction) == ("CONVERSATION", True)


def test_an_agencys_call_without_a_record_counts_as_answered(clock):
    person = a_person()
    for n in range(3):
        event = call(person, f"k{n}", typed="UNANSWERED", actor="AGENCY", collector="A1")
        assert (event.outcome, event.contradiction) == ("ANSWERED", True)
    assert ask(person, "k3").codes == ("TALK_FREQUENCY",)


def test_form_and_line_may_come_one_after_the_other(clock):
    permit = gate.sent(ask(a_person()), by="t")
    first = ended(contact=permit.id, by="t", typed_result="UNANSWERED")
    assert (first.outcome, first.contradiction) == ("UNANSWERED", False)
    second = ended(contact=permit.id, by="pbx", line=LineRecord("ANSWERED", "PBX", 40))
    assert (second.outcome, second.talk_seconds, second.contradiction) == ("ANSWERED", 40, True)


def test_the_same_told_twice_changes_nothing_and_other_is_refused(clock):
    person = a_person()
    permit = gate.sent(ask(person), by="t")
    line = LineRecord("CONVERSATION", "PBX", 40)
    for _ in range(2):
        ended(contact=permit.id, by="t", line=line)
    assert kinds(person) == ["CONTACT_SENT", "CONTACT_RESULT"]
    with pytest.raises(AlreadyTold):
        ended(contact=permit.id, by="t", line=line._replace(talk_seconds=2))


def test_a_conversation_raises_the_persons_count_and_no_answer_does_not(clock):
    person = a_person()
    call(person, "k0", LineRecord("UNANSWERED", "PBX", 0))
    person.refresh_from_db()
    assert person.facts_seq == 0
    call(person, "k1", LineRecord("CONVERSATION", "PBX", 30))
    person.refresh_from_db()
    assert person.facts_seq == 1


def test_a_permit_is_given_back_only_on_proof_and_then_counts_no_more(clock):
    person = a_person()
    permits = [ask(person, f"k{n}") for n in range(3)]
    with pytest.raises(NotARecord):
        release(contact=permits[0].id, proof="I_THINK_SO", evidence={"line": 1}, by="t")
    with pytest.raises(NotARecord):
        release(contact=permits[0].id, proof="NEVER_DIALLED", evidence={}, by="t")
    assert not ask(person, "k3").allowed
    for _ in range(2):
        release(contact=permits[0].id, proof="NEVER_DIALLED", evidence={"record": "x"}, by="t")
    assert ask(person, "k4").allowed
    assert kinds(person) == ["PERMIT_RELEASED"]
    with pytest.raises(gate.PermitSettled):
        ended(contact=permits[0].id, by="t", typed_result="UNANSWERED")


def test_a_refused_contact_cannot_end(clock):
    clock.stand_at(MORNING.replace(hour=15))
    with pytest.raises(gate.PermitSettled):
        ended(contact=ask(a_person()).id, by="t", typed_result="UNANSWERED")


def test_a_contact_made_after_its_permits_time_goes_to_review(clock):
    permit = ask(a_person(), actor="AGENCY", collector="A1")
    clock.pass_by(minutes=30)
    line = LineRecord("UNANSWERED", "AGENCY", 0, started_at=MORNING + timedelta(minutes=20))
    event = ended(contact=permit.id, by="A1", line=line)
    assert (event.state_reason, event.contradiction) == ("contact.late", True)
    assert event.sent_at == MORNING + timedelta(minutes=20)


def test_what_differs_stays_for_review_until_somebody_looked(clock):
    event = call(a_person(), "k", LineRecord("ANSWERED", "PBX", 95), typed="UNANSWERED")
    assert reviewed(contact=event.id, by="s1").reviewed_by == "s1"
    assert reviewed(contact=event.id, by="s2").reviewed_by == "s1"
    calm = call(a_person(), "k2", LineRecord("UNANSWERED", "PBX", 0))
    with pytest.raises(NotARecord):
        reviewed(contact=calm.id, by="s1")


def late(person, key, hours, **given):
    return report_late(
        **{
            "customer_id": person.id,
            "report_key": key,
            "happened_at": MORNING - timedelta(hours=hours),
            "by": "A1",
            "asked": Asked("CALL", actor="AGENCY", collector="A1", point="m1"),
            "line": LineRecord("CONVERSATION", "AGENCY", 60),
        }
        | given
    )


def test_a_late_report_counts_when_it_happened_and_is_judged_as_of_then(clock):
    person = a_person()
    assert late(person, "r1", 1).decision == "ALLOW"
    night = late(person, "r2", 3)  # seven in the morning
    assert (night.decision, night.codes, night.state) == ("DENY", ("CONTACT_HOURS",), "REPORTED")
    assert ask(person, "k0").allowed
    assert ask(person, "k1").codes == ("TALK_FREQUENCY",)  # two told of late, one reserved
    found = ContactEvent.objects.get(id=night.id)
    assert (found.at, found.recorded_at) == (MORNING - timedelta(hours=3), MORNING)
    person.refresh_from_db()
    assert person.facts_seq == 2
    assert kinds(person) == ["CONTACT_REPORTED_LATE"] * 2


def test_a_late_report_is_told_once(clock):
    person = a_person()
    first = late(person, "r", 1)
    assert late(person, "r", 1) == late(person, "r", 1)
    assert late(person, "r", 1).id == first.id
    assert ContactEvent.objects.count() == 1
    with pytest.raises(gate.KeyReused):
        late(person, "r", 2)
    with pytest.raises(ValueError, match="expected a moment before"):
        late(person, "r9", 0)


def test_a_report_of_yesterday_counts_yesterday(clock):
    person = a_person()
    for n in range(3):
        late(person, f"r{n}", 24)
    assert ask(person).allowed
    assert late(person, "r3", 23).codes == ("TALK_FREQUENCY",)


def test_those_who_turn_to_us_are_not_counted_as_attempts(clock):
    person = a_person()
    for n in range(4):
        told = received(
            customer_id=person.id, key=f"in{n}", happened_at=MORNING - timedelta(minutes=n + 1), by="pbx", act="CALL",
            line=LineRecord("CONVERSATION", "PBX", 90, direction="IN"),
        )  # fmt: skip
        assert (told.decision, told.state) == ("NONE", "ENDED")
    assert ask(person).allowed
    person.refresh_from_db()
    assert person.facts_seq == 4
    assert kinds(person)[0] == "CONTACT_RECEIVED"
