"""Lists for the bank's own dialler: each number is a permit that counts, and what is told of it counts once.

The same by files and over the API.
"""

import csv
import stat
from datetime import datetime, timedelta

import pytest
from typer.testing import CliRunner

from evenhand.access.clients import ClientError, add_client
from evenhand.casework.models import Case
from evenhand.cli.main import app
from evenhand.cycle.call_lists import take_list
from evenhand.outreach import gate, human_calls
from evenhand.outreach.audit import audit_contacts
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import ContactEvent, HumanCall
from evenhand.runtime.config import config
from evenhand.runtime.keys import new_keys
from tests.bank import NOON
from tests.contacts import MORNING, clock_at, in_force
from tests.outside import a_person_with, an_outside
from tests.world import a_case, a_hold

pytestmark = pytest.mark.django_db(transaction=True)

HEAD = "permit,outcome,started_at,answered_at,ended_at,talk_seconds,recording,recording_sha256"
SHA = "0" * 64


@pytest.fixture
def clock(lake_home):
    config.cache_clear()
    new_keys(config().key_file, made_at=NOON)
    in_force()
    with clock_at() as found:
        yield found


@pytest.fixture
def desk(clock):
    """Three people of the early desk and one of the late one, the most urgent first."""
    numbers = ("13800001231", "13800001232", "13800001233", "13800001234")
    return [
        a_case(
            customer=a_person_with(("MOBILE", number, 71 + place)), priority=100 - place, tone="FIRM",
            desk="LATE" if place == 3 else "EARLY",
        )
        for place, number in enumerate(numbers)
    ]  # fmt: skip


def run(*words):
    return CliRunner().invoke(app, ["calls", *map(str, words)])


def listed(file, *words):
    told = run("list", file, *words)
    assert told.exit_code == 0, told.output
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def told(tmp_path, *lines, name="results.csv", head=HEAD):
    file = tmp_path / name
    file.write_text("\n".join([head, *lines]) + "\n", "utf-8")
    return run("results", file)


def answered(permit, at=MORNING, seconds=30):
    begin, end = at + timedelta(seconds=10), at + timedelta(seconds=10 + seconds)
    return f"{permit},ANSWERED,{at.isoformat()},{begin.isoformat()},{end.isoformat()},{seconds},r-1,{SHA}"


def missed(permit, at=MORNING, outcome="UNANSWERED"):
    end = at + timedelta(seconds=30)
    return f"{permit},{outcome},{at.isoformat()},,{end.isoformat()},,,"


def test_a_list_names_the_most_urgent_and_each_number_counts_at_once(desk, tmp_path):
    file = tmp_path / "list.csv"
    rows = listed(file, "--most", 2)
    assert [row["case"] for row in rows] == [str(case.id) for case in desk[:2]]
    first = rows[0]
    assert (first["number"], first["language"], first["purpose"]) == (
        "13800001231",
        "zh-CN",
        "COLLECT",
    )
    assert (first["tone"], first["announce_recording"]) == ("FIRM", "true")
    event = ContactEvent.objects.get(id=first["permit"])
    assert (event.state, event.act, event.actor) == ("RESERVED", "CALL", "FIRST_PARTY")
    assert (
        datetime.fromisoformat(first["until"])
        == event.reserved_until
        == MORNING + timedelta(minutes=30)
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "expected the name of a new file" in run("list", file, "--most", 2).stderr


def test_nobody_is_listed_twice_and_a_desk_can_be_asked_for(desk, tmp_path):
    listed(tmp_path / "1.csv", "--most", 2)
    assert [row["number"] for row in listed(tmp_path / "2.csv", "--most", 9, "--desk", "late")] == [
        "13800001234"
    ]
    assert [row["number"] for row in listed(tmp_path / "3.csv", "--most", 9)] == ["13800001233"]
    assert "nobody may be called now" in run("list", tmp_path / "4.csv", "--most", 9).output
    assert "is no desk" in run("list", tmp_path / "5.csv", "--most", 9, "--desk", "NIGHT").stderr


def test_whom_the_gate_refuses_the_robot_calls_or_has_no_number_is_not_listed(desk, tmp_path):
    a_hold(desk[0].customer, reason="DISPUTE")
    Case.objects.filter(id=desk[1].id).update(treatment="REMIND")
    Case.objects.filter(id=desk[2].id).update(customer=a_person_with())
    assert [row["number"] for row in listed(tmp_path / "1.csv", "--most", 9)] == ["13800001234"]


def test_the_window_ends_when_the_law_closes_the_hour(desk, clock, tmp_path):
    clock.stand_at(MORNING.replace(hour=13, minute=50))  # ten minutes to ten in the evening
    [row] = listed(tmp_path / "1.csv", "--most", 1)
    assert row["until"] == "2026-09-28T22:00:00+08:00"
    clock.stand_at(MORNING.replace(hour=14))
    assert "nobody may be called now" in run("list", tmp_path / "2.csv", "--most", 1).output


def test_results_count_by_the_lines_word_and_the_same_file_twice_changes_nothing(
    desk, clock, tmp_path
):
    one, two, three = listed(tmp_path / "1.csv", "--most", 3)
    clock.pass_by(minutes=5)
    lines = [
        answered(one["permit"]),
        missed(two["permit"], outcome="BUSY"),
        f"{three['permit']},NOT_DIALLED,,,,,,",
    ]
    assert "3 results taken, 0 known before" in told(tmp_path, *lines).output
    events = [ContactEvent.objects.get(id=row["permit"]) for row in (one, two, three)]
    assert [event.state for event in events] == ["ENDED", "ENDED", "RELEASED"]
    assert [event.outcome for event in events[:2]] == ["ANSWERED", "BUSY"]
    assert (events[0].talk_seconds, events[0].line_record["source"]) == (30, "DIALLER")
    call = HumanCall.objects.get(contact=one["permit"])
    assert (call.recording, call.recording_sha256) == ("r-1", SHA)
    assert "0 results taken, 3 known before" in told(tmp_path, *lines).output
    found = audit_contacts(since=MORNING - timedelta(hours=1), until=MORNING + timedelta(hours=1))
    assert found.clean


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense,BUSY,,,,,,", "line 3, permit: expected the permit of a call list"),
        ("01920000-0000-7000-8000-000000000000,NOT_DIALLED,,,,,,", "line 3, permit: expected a permit of a call list"),
        ("{permit},DELIVERED,,,,,,", "line 3, outcome: expected one of ABANDONED"),
        ("{permit},BUSY,,,,,,", "line 3, started_at: expected when it was dialled"),
        ("{permit},BUSY,yesterday,,,,,", "line 3, started_at: expected a moment with its zone"),
        ("{permit},BUSY,2026-09-28T10:00:00,,,,,", "line 3, started_at: expected a moment with its zone"),
        ("{permit},BUSY,2026-09-28T09:00:00+08:00,,2026-09-28T09:00:09+08:00,,,", "expected a moment after the permit"),
        ("{permit},BUSY,2026-09-28T10:00:00+08:00,,2026-09-28T12:00:00+08:00,,,", "ended_at: expected times that are"),
        ("{permit},BUSY,2026-09-28T10:00:09+08:00,,2026-09-28T10:00:00+08:00,,,", "expected times in their order"),
        ("{permit},BUSY,2026-09-28T10:00:00+08:00,,2026-09-28T10:00:09+08:00,5,,", "no talk where nobody answered"),
        (
            "{permit},ANSWERED,2026-09-28T10:00:00+08:00,2026-09-28T10:00:05+08:00,2026-09-28T10:01:05+08:00,9,,",
            "talk_seconds: expected the seconds between answer and end",
        ),
        ("{permit},BUSY,,,,-1,,", "talk_seconds: expected whole seconds"),
        ("{permit},BUSY,,,,,,abc", "recording_sha256: expected 64 hexadecimal digits"),
        ("{permit},NOT_DIALLED,,,,,,,more", "row: expected 8 fields"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_and_nothing_of_its_file_is_taken(desk, clock, tmp_path, line, said):
    one, two = listed(tmp_path / "1.csv", "--most", 2)
    clock.pass_by(minutes=5)
    answer = told(tmp_path, answered(one["permit"]), line.format(permit=two["permit"]))
    assert answer.exit_code == 1
    assert said in answer.stderr
    assert "nothing was taken" in answer.stderr
    assert not ContactEvent.objects.exclude(state="RESERVED").exists()


def test_a_permit_named_twice_or_told_otherwise_is_refused(desk, clock, tmp_path):
    [row] = listed(tmp_path / "1.csv", "--most", 1)
    clock.pass_by(minutes=5)
    twice = told(tmp_path, missed(row["permit"]), missed(row["permit"]))
    assert "line 3, permit: expected each permit once" in twice.stderr
    assert told(tmp_path, missed(row["permit"])).exit_code == 0
    other = told(tmp_path, answered(row["permit"]))
    assert "what was told of this permit before, which stands" in other.stderr
    assert ContactEvent.objects.get().outcome == "UNANSWERED"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"permit,outcome\n", "line 1: expected the columns permit,outcome"),
        (b"\xff\xfe", "is not UTF-8"),
        (b'permit,"', "is no CSV"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(clock, tmp_path, content, said):
    file = tmp_path / "results.csv"
    file.write_bytes(content)
    answer = run("results", file)
    assert (answer.exit_code, said in answer.stderr) == (2, True)


def test_a_permit_nothing_is_told_of_ends_unknown_and_counts_and_a_late_word_still_counts(
    desk, clock, tmp_path
):
    [row] = listed(tmp_path / "1.csv", "--most", 1)
    clock.pass_by(minutes=61)
    assert human_calls.left_behind(now=gate_now()) == 1
    event = ContactEvent.objects.get()
    assert (event.state, event.state_reason, event.outcome) == ("ENDED", "contact.unheard", "")
    assert HumanCall.objects.get().state == "UNKNOWN"
    assert "1 results taken" in told(tmp_path, answered(row["permit"])).output
    event.refresh_from_db()
    assert (event.outcome, event.state_reason, event.contradiction) == ("ANSWERED", "", False)
    assert HumanCall.objects.get().state == "ENDED"
    found = audit_contacts(since=MORNING - timedelta(hours=1), until=MORNING + timedelta(hours=2))
    assert found.clean


def test_a_number_dialled_after_its_window_counts_and_goes_to_review(desk, clock, tmp_path):
    [row] = listed(tmp_path / "1.csv", "--most", 1)
    clock.pass_by(minutes=50)
    late = MORNING + timedelta(minutes=40)
    assert told(tmp_path, answered(row["permit"], at=late)).exit_code == 0
    event = ContactEvent.objects.get()
    assert (event.state_reason, event.contradiction, event.outcome) == (
        "contact.late",
        True,
        "ANSWERED",
    )


def test_never_dialled_told_too_late_still_counts(desk, clock, tmp_path):
    [row] = listed(tmp_path / "1.csv", "--most", 1)
    clock.pass_by(minutes=61)
    human_calls.left_behind(now=gate_now())
    told(tmp_path, f"{row['permit']},NOT_DIALLED,,,,,,")
    assert ContactEvent.objects.get().state == "ENDED"
    assert HumanCall.objects.get().state == "UNKNOWN"


# Over the API


@pytest.fixture
def dialler(desk):
    return an_outside("dialler", "BANK", actor="FIRST_PARTY", scopes=["ASK", "REPORT", "DIAL"])


def take(dialler, key="l1", **asked):
    return dialler.post("call-lists", {"most": 2} | asked, **{"Idempotency-Key": key})


def tell(dialler, *results, key="r1", **more):
    record = {"key": key, "results": list(results)}
    return dialler.post(
        "call-lists/results", {"record": record, "signature": dialler.sign(record)} | more
    )


def result_of(permit, outcome="BUSY", **given):
    times = {
        "started_at": MORNING.isoformat(),
        "ended_at": (MORNING + timedelta(seconds=9)).isoformat(),
    }
    return {"permit": permit, "outcome": outcome} | times | given


def test_the_api_gives_the_same_list_under_the_same_key(dialler, desk):
    first = take(dialler)
    assert first.status_code == 200
    calls = first.json()["calls"]
    assert [call["number"] for call in calls] == ["13800001231", "13800001232"]
    assert take(dialler).json() == first.json()
    assert [call["number"] for call in take(dialler, "l2").json()["calls"]] == [
        "13800001233",
        "13800001234",
    ]
    assert ContactEvent.objects.count() == 4


def test_a_listed_permit_may_be_judged_again_just_before_it_is_dialled(dialler, desk, clock):
    [call, _] = take(dialler).json()["calls"]
    a_hold(desk[0].customer, reason="DISPUTE")
    answer = dialler.post(f"permits/{call['permit']}/sent")
    assert (answer.status_code, answer.json()["code"]) == (409, "permit-lapsed")
    clock.pass_by(minutes=61)
    assert human_calls.left_behind(now=gate_now()) == 1, "the other one"
    assert HumanCall.objects.get(contact=call["permit"]).state == "NOT_MADE"


def test_signed_results_are_taken_once_all_or_none(dialler, clock):
    one, two = take(dialler).json()["calls"]
    clock.pass_by(minutes=5)
    bad = tell(dialler, result_of(one["permit"]), result_of(two["permit"], talk_seconds=5))
    assert bad.status_code == 422
    assert bad.json()["errors"] == [
        {"field": "record.results.1.talk_seconds", "expected": "no talk where nobody answered"}
    ]
    assert not ContactEvent.objects.filter(state="ENDED").exists()
    good = (result_of(one["permit"]), {"permit": two["permit"], "outcome": "NOT_DIALLED"})
    assert tell(dialler, *good).json() == {"taken": 2, "known": 0}
    assert tell(dialler, *good).json() == {"taken": 0, "known": 2}
    assert sorted(ContactEvent.objects.values_list("state", flat=True)) == ["ENDED", "RELEASED"]


def test_results_that_are_not_signed_are_refused(dialler):
    [one, _] = take(dialler).json()["calls"]
    answer = tell(dialler, result_of(one["permit"]), signature="")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "signature")


def test_lists_are_for_the_banks_own_dialler_alone(desk):
    agency = an_outside()
    assert take(agency).json()["code"] == "scope-missing"
    assert tell(agency, result_of(str(desk[0].id))).json()["code"] == "scope-missing"
    with pytest.raises(ClientError, match="the scope DIAL is the bank's own"):
        add_client(name="south", collector="SOUTH", scopes=["DIAL"], now=MORNING)
    assert not ContactEvent.objects.exists()


def test_a_permit_of_another_way_is_no_permit_of_a_list(dialler, desk, clock):
    permit = gate.request_contact(
        customer_id=desk[0].customer_id, request_key="k", by="t", act="CALL", point="71"
    )
    clock.pass_by(minutes=5)
    answer = tell(dialler, result_of(str(permit.id)))
    assert answer.json()["errors"][0]["expected"] == "a permit of a call list"


def test_two_lists_with_one_key_are_one_list_to_the_code_behind_them(desk):
    first = take_list(most=1, call_list="k", by="t")
    assert take_list(most=3, call_list="k", by="t") == first
