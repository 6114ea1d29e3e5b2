"""Permits over the API: the same gate, counted together with the bank's own, and told to nobody else."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from evenhand.casework.grants import GrantRefused, grant_case, take_case_back
from evenhand.journal.models import Line
from evenhand.journal.rules import digest_of
from evenhand.outreach import gate
from evenhand.outreach.models import ContactEvent
from evenhand.outreach.results import ended
from evenhand.outreach.rules import LineRecord
from evenhand.portfolio.models import StandingFact
from evenhand.rulebook.packs import shipped_content
from tests.contacts import HOUSE, MORNING, clock_at, in_force
from tests.outside import SINCE, a_placed_case, an_outside
from tests.world import a_case, a_hold, a_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(home):
    in_force(HOUSE.replace("{max} talks.", "{max} talks by {by}."))
    with clock_at() as found:
        yield found


@pytest.fixture
def case(clock):
    return a_placed_case()


@pytest.fixture
def north(case):
    return an_outside()


def talk_of_the_bank(case, key):
    permit = gate.request_contact(
        customer_id=case.customer_id, request_key=key, by="t", act="CALL", point="71"
    )
    permit = gate.sent(permit, by="t")
    ended(contact=permit.id, by="t", line=LineRecord("ANSWERED", "PBX", 60))


def test_an_agency_asks_sends_and_tells(case, north, clock):
    asked = north.ask()
    permit = asked.json()
    assert asked.status_code == 201
    assert (permit["decision"], permit["state"], permit["reference"]) == (
        "ALLOW",
        "RESERVED",
        "N-1",
    )
    sent = north.post(f"permits/{permit['id']}/sent")
    assert (sent.status_code, sent.json()["state"]) == (200, "SENT")
    clock.pass_by(minutes=2)
    told = north.result(
        permit["id"], talk_seconds=60, answered_at=MORNING.isoformat(), recording="rec-1",
        ended_at=(MORNING + timedelta(seconds=60)).isoformat(),
    )  # fmt: skip
    assert told.status_code == 200, told.content
    assert (told.json()["outcome"], told.json()["to_review"]) == ("ANSWERED", False)
    row = ContactEvent.objects.get(id=permit["id"])
    assert (row.collector, row.actor, row.asked_by) == ("NORTH", "AGENCY", "api:north-dialler")
    assert row.line_record["source"] == "AGENCY"
    assert row.line_record["reference"] == "rec-1"
    assert north.get(f"permits/{permit['id']}").json() == told.json()


def test_the_fourth_talk_is_refused_whoever_made_the_first_three(case, north):
    talk_of_the_bank(case, "b1")
    grant_case(case_id=case.id, collector="SOUTH", reference="S-9", now=SINCE)
    south = an_outside("south-dialler", "SOUTH")
    permit = south.ask("s1", reference="S-9").json()["id"]
    south.post(f"permits/{permit}/sent")
    south.result(permit, talk_seconds=60)
    assert north.talk("n1").status_code == 200
    refused = north.ask("n2").json()
    assert (refused["decision"], refused["state"]) == ("DENY", "REFUSED")
    [reason] = refused["reasons"]
    assert (reason["code"], reason["rule"], reason["pack"]) == ("TALK_FREQUENCY", "talks", "test@1")
    assert reason["sentence"] == "3 of 3 talks by the bank 1, agency NORTH 1, others 1."
    assert reason["numbers"]["by"] == {"BANK": 1, "NORTH": 1, "OTHERS": 1}
    assert "SOUTH" not in json.dumps(refused)
    assert refused["next_allowed"]["at"].startswith("2026-09-29T00:00")
    with pytest.raises(gate.PermitSettled):
        gate.sent(
            gate.request_contact(
                customer_id=case.customer_id, request_key="b2", by="t", act="CALL", point="71"
            ),
            by="t",
        )


def test_sentences_are_in_the_language_of_the_request(case, north, clock):
    clock.stand_at(MORNING.replace(hour=15))  # 23:00 in Shanghai
    assert north.ask("k1").json()["reasons"][0]["sentence"] == "Outside 08:00 to 22:00."
    north.language = "zh-CN"
    assert north.ask("k1").json()["reasons"][0]["sentence"] == "时段外"


def test_the_same_key_gives_the_first_answer_and_other_content_is_refused(case, north):
    first, again = north.ask("k1"), north.ask("k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = north.ask("k1", act="TEXT")
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")
    assert ContactEvent.objects.count() == 1


def test_the_same_key_of_another_client_is_another_key(case, north):
    second = an_outside("north-robot", "NORTH")
    assert north.ask("k1").json()["id"] != second.ask("k1").json()["id"]


def test_a_permit_is_judged_again_when_it_is_sent(case, north):
    permit = north.ask().json()["id"]
    a_hold(case.customer)
    late = north.post(f"permits/{permit}/sent")
    assert (late.status_code, late.json()["code"]) == (409, "permit-lapsed")
    assert [reason["code"] for reason in late.json()["reasons"]] == ["HOLD"]
    assert north.get(f"permits/{permit}").json()["state"] == "LAPSED"


def test_a_late_permit_lapses_and_a_used_one_is_not_used_twice(case, north, clock):
    late = north.ask("k1").json()["id"]
    clock.pass_by(minutes=3)
    assert north.post(f"permits/{late}/sent").json()["detail"] == "contact.late"
    used = north.ask("k2").json()["id"]
    assert north.post(f"permits/{used}/sent").status_code == 200
    assert north.post(f"permits/{used}/sent").json()["code"] == "permit-settled"


def test_whoever_lost_the_answer_sends_once_and_hears_the_first_answer_again(case, north):
    permit, other = north.ask("k1").json()["id"], north.ask("k2").json()["id"]
    first = north.post(f"permits/{permit}/sent", **{"Idempotency-Key": "s1"})
    again = north.post(f"permits/{permit}/sent", **{"Idempotency-Key": "s1"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert Line.objects.filter(kind="CONTACT_SENT").count() == 1
    another_key = north.post(f"permits/{permit}/sent", **{"Idempotency-Key": "s2"})
    assert another_key.json()["code"] == "permit-settled"
    another_permit = north.post(f"permits/{other}/sent", **{"Idempotency-Key": "s1"})
    assert (another_permit.status_code, another_permit.json()["code"]) == (422, "key-reused")
    a_hold(case.customer)
    lapsed = [north.post(f"permits/{other}/sent", **{"Idempotency-Key": "s3"}) for _ in range(2)]
    assert [answer.json()["code"] for answer in lapsed] == ["permit-lapsed"] * 2


def test_where_no_week_is_made_the_answer_is_to_ask_again_later(case, north, clock):
    clock.stand_at(MORNING + timedelta(days=365))
    refused = north.ask()
    assert (refused.status_code, refused.json()["code"]) == (503, "not-ready")
    assert int(refused["Retry-After"]) > 0
    assert refused["Content-Type"] == "application/problem+json"


def test_an_agency_reaches_nobody_but_the_person_herself(case, north):
    refused = north.ask(role="FRIEND", to="t1", point="73")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "role")
    assert not ContactEvent.objects.exists()


def test_an_agency_is_judged_by_the_law_in_force_and_told_its_source(home):
    in_force(shipped_content("cn").decode())
    proper = {"recording": True, "disclosures": ["INSTITUTION", "AGENCY", "ENTRUSTING_BANK"]}
    with clock_at() as clock:
        a_placed_case()
        north = an_outside()
        allowed = north.ask("k1", more=proper).json()
        assert allowed["decision"] == "ALLOW", allowed["reasons"]
        assert allowed["packs"][0].startswith("cn@")
        unsaid = north.ask("k2", more=proper | {"disclosures": ["INSTITUTION"]}).json()
        assert unsaid["decision"] == "DENY"
        clock.stand_at(MORNING.replace(hour=15))  # 23:00 in Shanghai
        late = north.ask("k3", more=proper).json()
    assert late["decision"] == "DENY"
    hours = next(reason for reason in late["reasons"] if reason["code"] == "CONTACT_HOURS")
    assert hours["instrument"]
    assert "23:00" in hours["sentence"]


# Records of the line


def test_a_call_without_a_signed_record_counts_as_answered_and_is_looked_at(case, north):
    permit = north.ask().json()["id"]
    record = {"permit": permit, "outcome": "UNANSWERED", "talk_seconds": 0}
    told = north.post(f"permits/{permit}/result", {"record": record}).json()
    assert (told["outcome"], told["to_review"]) == ("ANSWERED", True)
    assert ContactEvent.objects.get(id=permit).typed_result == "UNANSWERED"
    proved = north.result(permit, "UNANSWERED", talk_seconds=0).json()
    assert (proved["outcome"], proved["to_review"]) == ("UNANSWERED", False)


@pytest.mark.parametrize("change", [{"talk_seconds": 0}, {"outcome": "BUSY"}], ids=str)
def test_a_record_that_was_altered_after_it_was_signed_proves_nothing(case, north, change):
    permit = north.ask().json()["id"]
    record = {"permit": permit, "outcome": "UNANSWERED", "talk_seconds": 3}
    body = {"record": record | change, "signature": north.sign(record)}
    told = north.post(f"permits/{permit}/result", body).json()
    assert (told["outcome"], told["to_review"]) == ("ANSWERED", True)


def test_the_record_of_one_permit_stands_for_no_other(case, north):
    one, other = (north.ask(key).json()["id"] for key in ("k1", "k2"))
    record = {"permit": one, "outcome": "UNANSWERED"}
    body = {"record": record, "signature": north.sign(record)}
    refused = north.post(f"permits/{other}/result", body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "record.permit")


def test_the_banks_own_dialler_signs_too_or_its_call_counts_as_answered(case, north):
    robot = an_outside("our-robot", "BANK", actor="ROBOT")
    permit = robot.ask(reference=str(case.id)).json()["id"]
    record = {"permit": permit, "outcome": "UNANSWERED"}
    told = robot.post(f"permits/{permit}/result", {"record": record}).json()
    assert (told["outcome"], told["to_review"]) == ("ANSWERED", True)
    row = ContactEvent.objects.get(id=permit)
    assert (row.collector, row.actor) == ("BANK", "ROBOT")


def test_talk_that_contradicts_the_record_s_own_times_is_refused(case, north, clock):
    permit = north.ask().json()["id"]
    clock.pass_by(minutes=5)
    ends = (MORNING + timedelta(seconds=95)).isoformat()
    told = north.result(
        permit, "UNANSWERED", talk_seconds=0, answered_at=MORNING.isoformat(), ended_at=ends
    )
    assert (told.status_code, told.json()["errors"][0]["field"]) == (422, "record.talk_seconds")
    assert ContactEvent.objects.get(id=permit).state == "RESERVED"


def test_another_record_of_the_same_contact_is_refused_and_the_same_changes_nothing(case, north):
    permit = north.ask().json()["id"]
    assert north.result(permit, talk_seconds=5).status_code == 200
    assert north.result(permit, talk_seconds=5).status_code == 200
    other = north.result(permit, talk_seconds=50)
    assert (other.status_code, other.json()["code"]) == (409, "told-otherwise")


def test_a_permit_is_given_back_on_signed_proof_only(case, north):
    permit = north.ask().json()["id"]
    evidence = {
        "permit": permit, "proof": "NEVER_DIALLED", "at": MORNING.isoformat(), "said": "queue emptied",
    }  # fmt: skip
    body = {"proof": "NEVER_DIALLED", "evidence": evidence, "signature": "AAAA"}
    refused = north.post(f"permits/{permit}/release", body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "signature")
    assert ContactEvent.objects.get(id=permit).state == "RESERVED"
    early = evidence | {"at": (MORNING - timedelta(minutes=1)).isoformat()}
    to_come = evidence | {"at": (MORNING + timedelta(minutes=1)).isoformat()}
    for other in (early, to_come):
        told = {"proof": "NEVER_DIALLED", "evidence": other, "signature": north.sign(other)}
        refused = north.post(f"permits/{permit}/release", told)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "evidence.at")
    given = north.post(f"permits/{permit}/release", body | {"signature": north.sign(evidence)})
    assert Line.objects.get(kind="PERMIT_RELEASED").detail["evidence"] == digest_of(evidence)
    assert (given.status_code, given.json()["state"]) == (200, "RELEASED")
    assert north.result(permit).json()["code"] == "permit-settled"


def test_words_that_ask_for_no_more_messages_are_recorded_at_once(case, north):
    permit = north.ask(act="TEXT").json()["id"]
    record = {"permit": permit, "outcome": "DELIVERED"}
    body = {"record": record, "signature": north.sign(record), "said": "退订"}
    for _ in range(2):
        assert north.post(f"permits/{permit}/result", body).status_code == 200
    fact = StandingFact.objects.get(customer=case.customer)
    assert (fact.kind, fact.source, fact.evidence) == ("OPT_OUT", "CARDHOLDER", "退订")


# Late reports


def late(north, key="e1", signed=True, **given):
    record = {"key": key, "outcome": "ANSWERED", "talk_seconds": 60}
    told = {
        "reference": "N-1", "act": "CALL", "point": "71", "record": record,
        "happened_at": (MORNING - timedelta(hours=1)).isoformat(),
        "signature": north.sign(record) if signed else "",
    } | given  # fmt: skip
    return north.post("events", told, **{"Idempotency-Key": key})


def test_one_reporter_cannot_bury_a_person_in_reports(case, north, clock, monkeypatch):
    monkeypatch.setattr("evenhand.outreach.afterwards.REPORTS_A_DAY_MAX", 3)
    south = an_outside("south-dialler", "SOUTH")
    grant_case(case_id=case.id, collector="SOUTH", reference="N-1", now=SINCE)
    for n in range(3):
        assert late(north, f"e{n}").status_code == 201
    refused = late(north, "e3")
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-reports")
    assert ContactEvent.objects.count() == 3
    assert late(north, "e2").status_code == 200  # told before
    assert late(south, "e0").status_code == 201
    clock.pass_by(days=1)
    assert late(north, "e3").status_code == 201


def test_a_contact_told_of_late_counts_and_is_judged_as_of_then(case, north):
    for n in range(3):
        assert late(north, f"e{n}").status_code == 201
    assert late(north, "e2").status_code == 200
    assert north.ask().json()["decision"] == "DENY"
    night = late(north, "e3", happened_at=(MORNING - timedelta(hours=5)).isoformat()).json()
    assert (night["state"], night["decision"]) == ("REPORTED", "DENY")
    assert "CONTACT_HOURS" in {reason["code"] for reason in night["reasons"]}


def test_a_late_report_is_about_the_past_and_about_its_own_key(case, north):
    ahead = late(north, happened_at=(MORNING + timedelta(hours=1)).isoformat())
    assert (ahead.status_code, ahead.json()["errors"][0]["field"]) == (422, "happened_at")
    stolen = late(north, record={"key": "other", "outcome": "ANSWERED"})
    assert (stolen.status_code, stolen.json()["errors"][0]["field"]) == (422, "record.key")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "1999-12-31T00:00:00Z"], ids=str)
def test_a_report_of_a_week_that_is_not_kept_is_refused_by_its_field(case, north, at):
    before_all_weeks = (MORNING - timedelta(days=400)).isoformat()
    for key, moment in (("e1", at), ("e2", before_all_weeks)):
        told = late(north, key, happened_at=moment)
        assert (told.status_code, told.json()["errors"][0]["field"]) == (422, "happened_at")
    assert late(north, "e3").status_code == 201


def test_a_report_names_nobody_else_for_the_person_herself(case, north):
    told = late(north, to="somebody")
    assert (told.status_code, told.json()["errors"][0]["field"]) == (422, "to")


def test_the_person_s_own_call_to_the_agency_is_no_attempt_but_a_talk(case, north):
    told = late(north, direction="IN").json()
    assert (told["state"], told["decision"], told["origin"]) == ("ENDED", "NONE", "INBOUND")
    row = ContactEvent.objects.get(id=told["id"])
    assert (row.collector, row.actor, row.direction) == ("NORTH", "AGENCY", "IN")


# Whose it is


def test_another_agency_s_permits_and_cases_do_not_exist(case, north):
    permit = north.ask().json()["id"]
    south = an_outside("south-dialler", "SOUTH")
    for path in (f"permits/{permit}", "cases/N-1", "next-allowed?reference=N-1"):
        assert south.get(path).status_code == 404
    assert south.ask("k9").status_code == 404
    assert south.post(f"permits/{permit}/sent").status_code == 404
    assert south.result(permit).status_code == 404
    assert late(south, "e9").status_code == 404
    assert south.get("permits").json() == {"permits": [], "next": None}
    assert ContactEvent.objects.get().state == "RESERVED"


def test_the_bank_s_own_contacts_are_not_an_agency_s_to_see(case, north):
    talk_of_the_bank(case, "b1")
    permit = ContactEvent.objects.get().id
    assert north.get(f"permits/{permit}").status_code == 404
    robot = an_outside("our-robot", "BANK", actor="ROBOT")
    assert robot.get(f"permits/{permit}").status_code == 404


def test_a_case_that_was_not_given_or_was_taken_back_cannot_be_reached(case, north):
    reserved = north.ask("k0").json()["id"]
    take_case_back(collector="NORTH", reference="N-1", reason="end of contract", now=SINCE)
    assert north.ask("k1").status_code == 404
    assert north.post(f"permits/{reserved}/sent").status_code == 404
    assert late(north).status_code == 201  # what happened before may still be told
    assert north.ask("k2", reference=str(case.id)).status_code == 404
    kinds = list(Line.objects.filter(kind__startswith="CASE_").values_list("kind", flat=True))
    assert sorted(kinds) == ["CASE_GRANTED", "CASE_TAKEN_BACK"]


def test_a_reference_means_one_case_for_ever(case):
    other = a_case()
    with pytest.raises(GrantRefused, match="was used before"):
        grant_case(case_id=other.id, collector="NORTH", reference="N-1", now=SINCE)
    with pytest.raises(GrantRefused, match="expected 1 to 64 letters"):
        grant_case(case_id=other.id, collector="NORTH", reference="张三", now=SINCE)
    grant_case(case_id=case.id, collector="NORTH", reference="N-1", now=SINCE)


def test_a_list_is_paged_by_key(case, north):
    ids = [north.ask(f"k{n}").json()["id"] for n in range(5)]
    seen, path = [], "permits?limit=2"
    for _ in range(3):
        page = north.get(path).json()
        seen += [permit["id"] for permit in page["permits"]]
        path = f"permits?limit=2&after={page['next']}".replace("+", "%2B")
    assert page["next"] is None
    assert sorted(seen) == sorted(ids)
    assert north.get("permits?after=nowhere").json()["errors"][0]["field"] == "after"


# Numbers and claims


def test_a_case_lists_masked_numbers_and_no_reserved_contact(case, north):
    assert north.get("cases/N-1").json() == {
        "reference": "N-1",
        "points": [
            {"point": "71", "kind": "MOBILE", "masked": "138****1234"},
            {
                "point": "72",
                "kind": "ADDRESS",
                "masked": north.get("cases/N-1").json()["points"][1]["masked"],
            },
        ],
    }
    assert "长宁" not in north.get("cases/N-1").content.decode()


@pytest.mark.parametrize("point", ["", "73", "new-number"])
def test_only_numbers_the_bank_knows_are_called(case, north, point):
    refused = north.ask(point=point)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "point")


def test_the_next_lawful_times_are_told_for_each_way(case, north, clock):
    clock.stand_at(MORNING.replace(hour=15))
    times = north.get("next-allowed?reference=N-1").json()["times"]
    assert {(t["act"], t["point"]) for t in times} == {
        ("CALL", "71"), ("TEXT", "71"), ("LETTER", "72"), ("VISIT", "72"),
    }  # fmt: skip
    [call] = north.get("next-allowed?reference=N-1&act=CALL").json()["times"]
    assert (call["now"], call["at"][:16]) == ("DENY", "2026-09-29T00:00")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"purpose": "AT_DEBTOR_REQUEST"}, "purpose"),
        ({"purpose": "OPT_OUT_CONFIRMATION"}, "purpose"),
        ({"to": "somebody"}, "to"),
        ({"more": {"bank_consent": True}}, "more.bank_consent"),
        ({"more": {"entry_consent": True}}, "more.entry_consent"),
        ({"more": {"offers_to_pay": True}}, "more.offers_to_pay"),
        ({"more": {"first": False}}, "more.first"),
        ({"more": {"dpd": 0}}, "more.dpd"),
        ({"more": {"standing": ["CONSENT"]}}, "more.standing"),
        ({"more": {"recording": "yes"}}, "more.recording"),
        ({"act": "CHARGE"}, "act"),
        ({"role": "BOSS"}, "role"),
        ({"actor": "FIRST_PARTY"}, "actor"),
        ({"collector": "BANK"}, "collector"),
        ({"point": "张三"}, "point"),
        ({"reference": "N 1"}, "reference"),
    ],
    ids=str,
)
def test_what_is_not_for_the_asker_to_say_is_refused_by_name(case, north, asked, field):
    refused = north.ask(**asked)
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert "张三" not in refused.content.decode()
    assert not ContactEvent.objects.exists()


@pytest.mark.parametrize(
    "said",
    ["a" * 201, "a\0b", "a\ud800b", ["a"] * 51, ["a" * 201], 10**30],
    ids=["long", "nul", "half a letter", "many", "long ones", "large"],
)
def test_what_is_said_besides_is_of_fair_size_and_can_be_kept(case, north, said):
    refused = north.ask(more={"template": said})
    assert (refused.status_code, refused.json()["code"]) == (422, "not-as-expected")
    assert not ContactEvent.objects.exists()


def test_a_debt_that_is_not_hers_is_refused_by_the_gate(case, north):
    a_line(case)
    refused = north.ask(more={"debts_mentioned": ["other"]}).json()
    assert (refused["decision"], refused["reasons"][0]["code"]) == ("DENY", "DEBT_UNKNOWN")
    assert refused["reasons"][0]["sentence"] == "It names a debt that is not among this person's."


def test_an_unknown_permit_is_not_found(north):
    assert north.get(f"permits/{uuid4()}").status_code == 404
