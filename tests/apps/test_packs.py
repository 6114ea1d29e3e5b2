"""Policy packs: brought in, put in force by a second person, taken out of force, and what is in force when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override

from evenhand.compliance.facts import Act, Facts
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import HISTORY_DAYS_KEPT
from evenhand.journal.models import Line
from evenhand.rulebook import pack_acts
from evenhand.rulebook.models import PackActivation, PolicyPack
from evenhand.rulebook.pack_objections import PackRefused
from evenhand.rulebook.pack_rows import coming, open_activations, packs_in_force
from evenhand.rulebook.packs import active_digests, active_packs
from tests.pack_texts import pack_text
from tests.packs import TODAY, a_pack, answered, asked, in_force
from tests.world import NOW, a_supervisor, an_analyst

pytestmark = pytest.mark.django_db

SHANGHAI_MIDNIGHT = datetime(2026, 9, 29, 16, tzinfo=UTC)  # the beginning of TODAY there
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def in_english():
    """The messages a test reads."""
    with override("en"):
        yield


def test_nothing_is_in_force_before_anybody_put_it_so():
    assert active_packs(NOW) == ()


def test_a_pack_is_in_force_from_the_beginning_of_its_day_at_its_own_place():
    digest = in_force(from_on=TODAY)
    assert active_digests(SHANGHAI_MIDNIGHT - MINUTE) == []
    assert active_digests(SHANGHAI_MIDNIGHT) == [digest]
    [pack] = active_packs(SHANGHAI_MIDNIGHT)
    assert (pack.name, pack.digest) == ("small", digest)


def test_what_is_approved_for_today_counts_a_minute_later_so_that_every_gate_has_seen_it():
    digest = in_force(from_on=date(2026, 9, 28))
    assert active_digests(NOW + MINUTE - timedelta(seconds=1)) == []
    assert active_digests(NOW + MINUTE) == [digest]


def test_the_judge_judges_by_what_is_in_force():
    in_force(from_on=TODAY)
    at_three = datetime(2026, 9, 30, 3, tzinfo=UTC)  # 11:00 in Shanghai
    late = datetime(2026, 9, 30, 14, tzinfo=UTC)  # 22:00
    packs = active_packs(at_three)
    assert judge(Facts(Act(at_three, "CALL")), packs).decision == "ALLOW"
    verdict = judge(Facts(Act(late, "CALL")), packs)
    assert (verdict.decision, [r.code for r in verdict.reasons]) == ("DENY", ["CONTACT_HOURS"])


def test_a_second_version_takes_the_place_of_the_first_from_its_day():
    first, later = in_force(), TODAY + timedelta(days=5)
    second = in_force(pack_text(version="2", most=2), from_on=later, now=NOW + timedelta(days=1))
    assert active_digests(SHANGHAI_MIDNIGHT + timedelta(days=5) - MINUTE) == [first]
    assert active_digests(SHANGHAI_MIDNIGHT + timedelta(days=5)) == [second]
    assert [row.version for row in coming(SHANGHAI_MIDNIGHT)] == ["2"]


def test_of_two_from_the_same_day_the_one_approved_last_counts():
    in_force()
    second = in_force(pack_text(version="2", most=2), now=NOW + MINUTE)
    assert active_digests(SHANGHAI_MIDNIGHT) == [second]


def test_packs_of_several_names_are_in_force_side_by_side():
    small, other = in_force(), in_force(pack_text("another", opens="09:00"))
    assert active_digests(SHANGHAI_MIDNIGHT) == [other, small]


def test_whoever_asked_cannot_approve():
    analyst = an_analyst()
    activation = asked(a_pack(by=analyst), by=analyst)
    with pytest.raises(PackRefused, match="cannot approve"):
        answered(activation, by=analyst)


def test_whoever_brought_the_content_in_cannot_approve_what_another_asks():
    importer = an_analyst()
    activation = asked(a_pack(by=importer))
    with pytest.raises(PackRefused, match="cannot approve"):
        answered(activation, by=importer)


def test_whoever_asked_about_the_content_before_cannot_approve_it_later():
    first = an_analyst()
    digest = a_pack()
    pack_acts.withdraw_activation(activation_id=asked(digest, by=first), by=first.id, now=NOW)
    with pytest.raises(PackRefused, match="cannot approve"):
        answered(asked(digest), by=first)


def test_a_refusal_needs_a_reason_and_puts_nothing_in_force():
    activation = asked(a_pack())
    with pytest.raises(PackRefused, match="why"):
        answered(activation, "REFUSED")
    answered(activation, "REFUSED", reason="the cap is too high")
    assert active_digests(SHANGHAI_MIDNIGHT) == []
    assert PackActivation.objects.get().state == "REFUSED"


def test_the_same_question_and_the_same_answer_may_be_given_twice():
    digest, analyst, supervisor = a_pack(), an_analyst(), a_supervisor()
    activation = asked(digest, by=analyst)
    assert asked(digest, by=analyst) == activation
    answered(activation, by=supervisor)
    answered(activation, by=supervisor, now=NOW + timedelta(days=9))
    assert PackActivation.objects.get().from_at == SHANGHAI_MIDNIGHT
    with pytest.raises(PackRefused, match="otherwise"):
        answered(activation, "REFUSED", reason="no", by=supervisor)


def test_a_withdrawn_question_is_not_answered():
    analyst = an_analyst()
    activation = asked(a_pack(), by=analyst)
    for _ in range(2):
        pack_acts.withdraw_activation(activation_id=activation, by=analyst.id, now=NOW)
    assert open_activations() == []
    with pytest.raises(PackRefused, match="any more"):
        answered(activation)


def test_one_question_about_a_pack_is_open_at_a_time():
    digest = a_pack()
    asked(digest)
    with pytest.raises(PackRefused, match="withdraw it first"):
        asked(digest, from_on=TODAY + timedelta(days=1))


def test_one_version_of_a_pack_has_one_content():
    digest = a_pack()
    assert a_pack("# another comment\n" + pack_text()) == digest
    with pytest.raises(PackRefused, match="small@1 was brought in before with other content"):
        a_pack(pack_text(most=2))
    assert PolicyPack.objects.count() == 1


def test_what_the_loader_refuses_is_not_brought_in_and_the_message_says_where():
    with pytest.raises(
        PackRefused, match=r"small.toml, S-HOURS, opens: is '8 am', expected a time"
    ):
        a_pack(pack_text(opens="8 am"))
    with pytest.raises(PackRefused, match="not UTF-8"):
        pack_acts.import_pack(content=b"\xff", file="x.toml", by=an_analyst().id, now=NOW)
    assert not PolicyPack.objects.exists()


def test_a_pack_that_looks_back_further_than_events_are_kept_is_refused():
    far = f"""
[[rule]]
id = "S-FAR"
kind = "cap"
code = "FAR"
effect = "DENY"
strength = "HOUSE"
instrument = "House rules"
confidence = "P"
valid_from = 2026-01-01
text = {{ zh = "过多。", en = "Too many." }}
when = {{ act = "LETTER" }}
counts = {{ act = "LETTER" }}
max = 5
window = {{ days = {HISTORY_DAYS_KEPT + 1} }}
"""
    digest = a_pack(pack_text(more=far))
    with pytest.raises(PackRefused, match=f"{HISTORY_DAYS_KEPT + 1} days, but events are kept"):
        asked(digest)


def test_a_pack_that_fails_its_own_case_is_refused_with_what_was_expected():
    case = """
[[case]]
title = "at nine"
given = { act = { at = "2026-09-30T09:00:00+08:00", act = "CALL" } }
expect = { decision = "DENY" }
"""
    digest = a_pack(pack_text(cases=case))
    with pytest.raises(PackRefused, match="case 'at nine': decision expected DENY, got ALLOW"):
        asked(digest)
    mended = a_pack(pack_text(version="2", opens="10:00", cases=case))
    asked(mended)


def test_days_that_contradict_are_refused():
    digest = a_pack()
    with pytest.raises(PackRefused, match="2026-09-28 or a later day"):
        asked(digest, from_on=date(2026, 9, 27))
    ends = a_pack(pack_text("ends", head="valid_to = 2026-10-01"))
    with pytest.raises(PackRefused, match="valid before 2026-10-01 only"):
        asked(ends, from_on=date(2026, 10, 1))
    begins = a_pack(
        pack_text("begins").replace("valid_from = 2026-01-01", "valid_from = 2027-01-01")
    )
    with pytest.raises(PackRefused, match="valid from 2027-01-01 on"):
        asked(begins)


def test_putting_in_force_what_is_in_force_is_refused_because_it_changes_nothing():
    digest = in_force()
    with pytest.raises(PackRefused, match="Nothing would change"):
        asked(digest, from_on=TODAY + timedelta(days=3))


def test_what_stands_against_it_by_the_time_of_the_answer_is_said_then():
    ending = asked(a_pack(pack_text(head="valid_to = 2026-10-05")))
    with pytest.raises(PackRefused, match="valid before 2026-10-05 only"):
        answered(ending, now=NOW + timedelta(days=10))


def test_what_is_answered_after_its_day_counts_from_the_answer():
    activation, late = asked(a_pack()), NOW + timedelta(days=30)
    answered(activation, now=late)
    assert PackActivation.objects.get(id=activation).from_at == late + MINUTE


def test_a_draft_goes_into_a_live_database_only_with_a_statement():
    digest = a_pack(pack_text(head="draft = true"))
    with pytest.raises(PackRefused, match="draft"):
        asked(digest, is_live=True)
    activation = asked(digest, is_live=True, statement="counsel confirmed by letter")
    assert PackActivation.objects.get(id=activation).statement == "counsel confirmed by letter"
    in_force(pack_text("demo", head="draft = true"))


def test_a_pack_is_taken_out_of_force_by_a_second_person_too():
    digest, analyst = in_force(), an_analyst()
    after = NOW + timedelta(days=3)
    activation = pack_acts.ask_deactivation(
        name="small", from_on=date(2026, 10, 5), note="", by=analyst.id, now=after
    )
    with pytest.raises(PackRefused, match="cannot approve"):
        answered(activation, by=analyst, now=after)
    assert active_digests(after + timedelta(days=9)) == [digest]
    answered(activation, now=after)
    assert active_digests(datetime(2026, 10, 4, 15, 59, tzinfo=UTC)) == [digest]
    assert active_digests(datetime(2026, 10, 4, 16, tzinfo=UTC)) == []
    with pytest.raises(PackRefused, match="not in force"):
        pack_acts.ask_deactivation(
            name="small", from_on=TODAY, note="", by=analyst.id, now=NOW + timedelta(days=30)
        )


def test_what_came_with_the_installation_is_in_force_from_its_birth_and_only_once():
    content = pack_text().encode()
    assert pack_acts.install_pack(content=content, file="small", now=NOW) is not None
    assert [pack.label for pack in active_packs(NOW)] == ["small@1"]
    newer = pack_text(version="2", most=2).encode()
    assert pack_acts.install_pack(content=newer, file="small", now=NOW) is None
    [row] = packs_in_force(NOW)
    assert (row.version, row.since.asked_by) == ("1", "")


def test_every_act_is_a_line_in_the_stream_of_the_pack():
    analyst, supervisor = an_analyst(), a_supervisor()
    activation = asked(a_pack(by=analyst), by=analyst)
    answered(activation, by=supervisor)
    lines = Line.objects.filter(stream_kind="PACK", stream_id="small").order_by("number")
    assert [(line.kind, line.who) for line in lines] == [
        ("PACK_IMPORTED", str(analyst.id)),
        ("APPROVAL_ASKED", str(analyst.id)),
        ("APPROVAL_DECIDED", str(supervisor.id)),
        ("PACK_ACTIVATED", str(supervisor.id)),
    ]
