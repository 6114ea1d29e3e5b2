"""What the gate answers and writes: permits, refusals, keys, and what is judged again when it is sent."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from evenhand.journal.models import Line
from evenhand.outreach import gate
from evenhand.outreach.asked import NotAContact
from evenhand.outreach.models import ContactEvent
from evenhand.outreach.results import ended
from evenhand.outreach.rules import LineRecord
from evenhand.outreach.sending import sent_together
from tests.contacts import MORNING, clock_at, in_force
from tests.world import a_case, a_hold, a_line, a_person

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


def talk(person, key, seconds=60):
    permit = gate.sent(ask(person, key), by="t")
    return ended(contact=permit.id, by="t", line=LineRecord("ANSWERED", "PBX", seconds))


def row(permit):
    return ContactEvent.objects.get(id=permit.id)


def test_a_permit_is_a_row_with_its_facts_and_verdict(clock):
    case = a_case(overdue_from_on=date(2026, 9, 8))
    line = a_line(case)
    permit = ask(case.customer)
    assert permit.allowed
    found = row(permit)
    assert (found.state, found.decision, found.at) == ("RESERVED", "ALLOW", MORNING)
    assert found.reserved_until == MORNING + timedelta(seconds=120)
    assert found.packs == ["test@1"]
    assert found.facts["act"][0] == MORNING.isoformat()
    assert found.facts["debts"] == [[str(line.account_key), "CREDIT_CARD", ""]]
    assert found.facts["known"] == {"dpd": 20}
    assert found.verdict == permit.verdict


def test_a_refusal_is_a_row_with_every_reason(clock):
    person = a_person()
    a_hold(person)
    clock.stand_at(MORNING.replace(hour=15))  # 23:00 in Shanghai
    refused = ask(person)
    assert not refused.allowed
    assert refused.codes == ("CONTACT_HOURS", "HOLD")
    assert row(refused).state == "REFUSED"
    with pytest.raises(gate.PermitSettled):
        gate.sent(refused, by="t")


def test_where_no_pack_is_in_force_everything_is_refused():
    with clock_at():
        assert ask(a_person()).codes == ("NO_PACK_IN_FORCE",)


def test_a_debt_that_is_not_hers_is_no_way_around_a_count_or_a_hold(clock):
    case = a_case()
    hers = str(a_line(case).account_key)
    a_hold(case.customer, debts=[hers])
    for number, named in enumerate(
        ({"debts": ["other"]}, {"more": {"debts_mentioned": ["x", hers]}})
    ):
        refused = ask(case.customer, f"k{number}", **named)
        assert "DEBT_UNKNOWN" in refused.codes
        assert row(refused).state == "REFUSED"
    assert ask(case.customer, "k3", debts=[hers]).codes == ("HOLD",)


def test_the_same_key_with_the_same_content_gives_the_first_answer_and_no_row(clock):
    person = a_person()
    first = ask(person, debts=["1"], more={"recording": True, "device": "INSTITUTION"})
    clock.pass_by(hours=1)
    again = ask(person, debts=["1"], more={"device": "INSTITUTION", "recording": True})
    assert again.repeated
    assert (again.id, again.at, again.verdict) == (first.id, first.at, first.verdict)
    assert again.asked == first.asked
    assert ContactEvent.objects.filter(customer_id=person.id).count() == 1


def test_the_same_key_with_other_content_is_refused(clock):
    person = a_person()
    ask(person)
    with pytest.raises(gate.KeyReused):
        ask(person, act="TEXT")
    with pytest.raises(gate.KeyReused):
        ask(a_person())
    assert ContactEvent.objects.filter(customer_id=person.id).count() == 1


def test_an_unknown_person_and_an_unknown_word_are_errors_that_say_so(clock):
    with pytest.raises(gate.UnknownPerson):
        gate.request_contact(customer_id=uuid4(), request_key="k", by="t", act="CALL")
    with pytest.raises(NotAContact, match="act is 'SHOUT'; expected one of CALL"):
        ask(a_person(), act="SHOUT")
    with pytest.raises(ValueError, match="request_key is empty"):
        ask(a_person(), key="")


@pytest.mark.parametrize(
    "more",
    [{"dpd": 0}, {"standing": []}, {"holding": []}, {"medium": "TEXT"}, {"shoe_size": 43}],
    ids=str,
)
def test_what_is_known_or_worked_out_cannot_be_said_by_who_asks(clock, more):
    person = a_person()
    with pytest.raises(
        NotAContact, match=rf"more\.{next(iter(more))} is not known, expected one of"
    ):
        ask(person, more=more)
    assert not ContactEvent.objects.filter(customer_id=person.id).exists()


def test_what_is_said_of_the_act_has_the_type_its_name_has(clock):
    assert ask(a_person(), more={"recording": True, "collectors": 2}).allowed
    with pytest.raises(NotAContact, match=r"more\.recording is 'yes', expected true or false"):
        ask(a_person(), more={"recording": "yes"})


def test_a_reserved_permit_counts_until_it_is_settled(clock):
    person = a_person()
    for n in range(3):
        assert ask(person, f"k{n}").allowed
    assert ask(person, "k3").codes == ("TALK_FREQUENCY",)
    clock.pass_by(hours=3)  # their time is over, yet nobody has shown that nothing was sent
    assert ask(person, "k4").codes == ("TALK_FREQUENCY",)


def test_a_permit_is_judged_again_when_it_is_sent(clock):
    person = a_person()
    permit = ask(person)
    a_hold(person)
    clock.pass_by(seconds=30)
    answer = gate.sent(permit, by="t")
    assert answer.state == "LAPSED"
    assert answer.codes == ("HOLD",)
    found = row(permit)
    assert (found.state, found.state_reason, found.sent_at) == (
        "LAPSED",
        "contact.judged-again",
        None,
    )
    assert found.decision == "ALLOW"  # what was answered first stays


def test_a_permit_does_not_count_against_itself_when_it_is_sent(clock):
    person = a_person()
    permits = [ask(person, f"k{n}") for n in range(3)]
    assert [gate.sent(permit, by="t").state for permit in permits] == ["SENT"] * 3


def test_a_late_permit_lapses_and_counts_no_more(clock):
    person = a_person()
    permits = [ask(person, f"k{n}") for n in range(3)]
    clock.pass_by(seconds=120)
    assert gate.sent(permits[0], by="t").state == "LAPSED"
    assert row(permits[0]).state_reason == "contact.late"
    assert ask(person, "k3").allowed


def test_a_permit_is_sent_once(clock):
    permit = ask(a_person())
    gate.sent(permit, by="t")
    with pytest.raises(gate.PermitSettled):
        gate.sent(permit, by="t")


def test_a_permit_reserved_before_closing_time_is_not_sent_after_it(clock):
    clock.stand_at(datetime(2026, 9, 28, 13, 59, 30, tzinfo=UTC))
    permit = ask(a_person())
    assert permit.allowed
    clock.pass_by(seconds=60)
    assert gate.sent(permit, by="t").codes == ("CONTACT_HOURS",)


def test_permits_of_several_people_are_judged_again_together_each_by_her_own_facts(clock):
    free, held, slow, gone = people = [a_person() for _ in range(4)]
    early = ask(slow, "early")
    clock.pass_by(seconds=90)
    permits = {free: ask(free, "f"), held: ask(held, "h"), slow: early, gone: ask(gone, "g")}
    a_hold(held)
    gate.sent(permits[gone], by="t")
    clock.pass_by(seconds=60)
    found = sent_together(list(permits.values()), by="t")
    assert {person: found[permits[person].id].state for person in people} == {
        free: "SENT", held: "LAPSED", slow: "LAPSED", gone: "SENT",
    }  # fmt: skip
    kept = [row(permits[person]) for person in people]
    assert [(r.state, r.state_reason) for r in kept] == [
        ("SENT", ""), ("LAPSED", "contact.judged-again"), ("LAPSED", "contact.late"), ("SENT", ""),
    ]  # fmt: skip
    assert found[permits[held].id].codes == ("HOLD",)
    sent_at = MORNING + timedelta(seconds=150)
    assert [r.sent_at for r in kept] == [sent_at, None, None, sent_at - timedelta(seconds=60)]
    told = Line.objects.filter(kind__in=["CONTACT_SENT", "PERMIT_LAPSED"])
    assert (
        sorted(told.values_list("kind", flat=True)) == ["CONTACT_SENT"] * 2 + ["PERMIT_LAPSED"] * 2
    )


def test_of_no_permits_nothing_is_sent_together():
    assert sent_together([], by="t") == {}


def test_three_effective_talks_refuse_the_fourth(clock):
    person = a_person()
    for n in range(3):
        talk(person, f"k{n}")
        clock.pass_by(minutes=10)
    refused = ask(person, "k3")
    assert refused.codes == ("TALK_FREQUENCY",)
    clock.pass_by(days=1)
    assert ask(person, "k4").allowed


def test_short_calls_that_nobody_was_verified_in_are_no_talks(clock):
    person = a_person()
    for n in range(5):
        talk(person, f"k{n}", seconds=5)
    assert ask(person, "k5").allowed


def test_every_row_carries_the_hash_of_what_is_kept_of_it(clock):
    person = a_person()
    talk(person, "k0")
    ask(person, "k1", act="TEXT", more={"template": "您好，\n请还款 \x7f \u001f"})
    clock.pass_by(hours=14)
    ask(person, "k2")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), bool_and(row_hash = contact_event_hash(e)) FROM contact_event e WHERE customer_id = %s",
            [person.id],
        )
        assert cursor.fetchone() == (3, True)


def test_an_id_says_in_which_millisecond_it_is_filed(clock):
    permit = ask(a_person())
    assert gate.permit_by_id(permit.id).at == MORNING
    with pytest.raises(gate.UnknownPermit):
        gate.permit_by_id(uuid4())


def test_where_the_week_was_not_made_nothing_is_permitted(clock):
    clock.stand_at(MORNING + timedelta(days=365))
    with pytest.raises(gate.NoWeek, match="evenhand maintain"):
        ask(a_person())
