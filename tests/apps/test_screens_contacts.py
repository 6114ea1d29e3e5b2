"""What was asked of the gate, on pages: next lawful times, refusals and their file, why a contact was refused."""

import csv
import io
import json
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.urls import reverse
from typer.testing import CliRunner

from evenhand.cli.main import app
from evenhand.compliance.packs import SHIPPED
from evenhand.journal.models import Line
from evenhand.outreach import gate
from evenhand.outreach.results import ended
from evenhand.outreach.rules import LineRecord
from evenhand.workbench.views.contacts import _safe
from tests.contacts import MORNING, clock_at, in_force
from tests.world import (
    a_case,
    a_collector,
    a_hold,
    a_line,
    a_standing_fact,
    a_supervisor,
    an_analyst,
    an_officer,
)

pytestmark = pytest.mark.django_db

NIGHT = MORNING.replace(hour=15)  # 23:00 in Shanghai
LOG = "/contacts/refused/"
DAY_ASKED = {"first": "2026-09-28", "last": "2026-09-28"}


@pytest.fixture
def clock(home):
    in_force((SHIPPED / "cn" / "pack.toml").read_text("utf-8"))
    with clock_at() as found:
        yield found


@pytest.fixture
def case(clock):
    found = a_case()
    a_line(found, card_tail="4321")
    return found


@pytest.fixture
def officer(client):
    client.force_login(an_officer())
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def ask(case, by="t", **asked):
    return gate.request_contact(
        customer_id=case.customer_id,
        request_key=str(uuid4()),
        by=by,
        **{"act": "CALL", "point": "m1", "place": "MOBILE"} | asked,
    )


def talk(case, **asked):
    permit = gate.sent(ask(case, **asked), by="t")
    return ended(contact=permit.id, by="t", line=LineRecord("ANSWERED", "PBX", 60))


def refused_for_talks(case, clock):
    for collector in ("BANK", "X", "X"):
        talk(case, collector=collector, actor="FIRST_PARTY" if collector == "BANK" else "AGENCY")
        clock.pass_by(minutes=30)
    return ask(case)


def page_of(contact):
    return reverse("workbench:contact", args=[contact.id])


def words(text):
    """The text of a page with its blanks made one."""
    return " ".join(text.split())


def test_a_refusal_says_each_rule_with_its_law_and_numbers_and_when_it_would_be_allowed(
    officer, case, clock
):
    refused = refused_for_talks(case, clock)
    page = words(officer.get(page_of(refused)).text)
    for said in (
        "3 effective talks today (the bank 1, agency X 2); at most 3 are allowed.",
        "GB/T 45251-2025",
        "Recommended standard",
        "CN-COL-TALK3",
        "cn@",
        "the bank 1, agency X 2, this contact 1",
        "taken to be where the bank is",
        "from tomorrow 08:00 until 22:00",
        "answered",
    ):
        assert said in page
    context = officer.get(page_of(refused)).context
    assert len(context["events"]) == 3
    assert [step.said for step in context["steps"]] == ["Asked for"]


@pytest.mark.parametrize(
    "asked",
    [{"last": "9999-12-31"}, {"last": "0001-01-01"}, {"rule": "\0"}, {"collector": "a\0"}],
    ids=["far day", "first day", "NUL for a rule", "NUL for a collector"],
)
def test_what_no_contact_can_have_finds_a_page_all_the_same(officer, case, asked):
    ask(case, role="FRIEND", to="t1")
    assert officer.get(reverse("workbench:refused"), asked).status_code == 200


def test_the_same_page_speaks_chinese(officer, case, clock):
    refused = refused_for_talks(case, clock)
    page = words(officer.get(page_of(refused), headers={"accept-language": "zh-hans"}).text)
    for said in (
        "当日主动发起的有效通话已有3次",
        "推荐性标准",
        "本行 1、外包机构 X 2、本次 1",
        "明天 08:00 起",
        "银行、外包机构与语音机器人合并计数",
        "按本行所在地推定",
    ):
        assert said in page


def test_what_became_of_a_permit_is_told_step_by_step(officer, case, clock):
    contact = talk(case)
    context = officer.get(page_of(contact)).context
    assert [step.said for step in context["steps"]] == [
        "Asked for",
        "end of the permit, unless it was used",
        "judged again and handed to the line",
        "Ended",
    ]
    assert context["steps"][-1].note == "answered, 60 s of talk"
    assert context["against"] == []
    used = {shown["each"].rule: shown["each"].count for shown in context["counts"]}
    assert used["CN-COL-TALK3"] == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (lambda: a_collector("EARLY"), 200),
        (lambda: a_collector("LATE"), 404),
        (an_analyst, 404),
        (a_supervisor, 200),
        (an_officer, 200),
    ],
)
def test_a_contact_is_seen_by_who_may_see_the_case_or_every_contact(client, case, who, status):
    contact = ask(case)
    client.force_login(who())
    assert client.get(page_of(contact)).status_code == status
    assert client.get(reverse("workbench:contact", args=[uuid4()])).status_code == 404


@pytest.mark.parametrize(
    ("who", "listed", "exported"),
    [(a_collector, 403, 403), (an_analyst, 403, 403), (a_supervisor, 200, 403), (an_officer, 200, 200)],
)  # fmt: skip
def test_the_log_and_its_file_are_for_those_who_may(client, case, who, listed, exported):
    client.force_login(who())
    assert client.get(LOG).status_code == listed
    assert client.post(f"{LOG}export", DAY_ASKED).status_code == exported
    assert client.get(f"{LOG}export").status_code == 405
    found = client.post(f"{LOG}find", DAY_ASKED).status_code
    assert found == (302 if listed == 200 else listed)


def shown(client, **given):
    page = f"&after={quote(given['after'])}" if "after" in given else ""
    address = client.post(f"{LOG}find", DAY_ASKED | given)["Location"]
    assert given.get("search", "none") not in address
    context = client.get(address + page).context
    return [row["row"].id for row in context["rows"]]


def test_the_log_is_searched_by_rule_channel_collector_answer_and_case(officer, case, clock):
    other = a_case()
    a_line(other, card_tail="8765")
    a_hold(case.customer, reason="DISPUTE")
    first = ask(case)
    clock.stand_at(NIGHT)
    second = ask(other, collector="X", actor="AGENCY")
    clock.pass_by(seconds=1)
    third = ask(case, act="TEXT", point="")
    assert shown(officer) == [third.id, second.id, first.id]
    assert shown(officer, rule="CN-COL-HOURS") == [third.id, second.id]
    assert shown(officer, act="TEXT") == [third.id]
    assert shown(officer, collector="X") == [second.id]
    assert shown(officer, decision="REVIEW") == []
    assert shown(officer, search="4321") == [third.id, first.id]
    assert shown(officer, search="0000") == []
    assert shown(officer, first="2026-09-29", last="2026-09-29") == []
    assert shown(officer, first="2026-09-29", last="2026-09-27") == []
    assert shown(officer, act="PIGEON", decision="MAYBE") == [third.id, second.id, first.id]


def test_the_log_is_paged_by_key(officer, case, clock, monkeypatch):
    a_hold(case.customer)
    monkeypatch.setattr("evenhand.outreach.queries.PAGE", 2)
    asked = []
    for _ in range(3):
        clock.pass_by(seconds=1)
        asked.append(ask(case).id)
    first = officer.get(LOG, DAY_ASKED)
    assert [row["row"].id for row in first.context["rows"]] == asked[:0:-1]
    assert shown(officer, after=first.context["next"]) == asked[:1]
    for after in ("yesterday", "2026-09-28.x"):
        assert officer.get(LOG, DAY_ASKED | {"after": after}).status_code == 404


def test_a_span_of_days_is_no_longer_than_the_page_says(officer, case):
    asked = officer.get(LOG, {"first": "2020-01-01", "last": "2026-09-28"}).context["asked"]
    assert (asked.last - asked.first).days == 61
    assert officer.get(LOG, {"first": "soon"}).status_code == 404


def test_the_file_names_nobody_and_taking_it_is_kept_in_the_journal(officer, case, clock):
    staff = a_collector()
    clock.stand_at(NIGHT)
    refused = ask(case, by=str(staff.id))
    ask(case, act="LETTER", point="")
    answer = officer.post(f"{LOG}export", DAY_ASKED | {"rule": "CN-COL-HOURS"})
    assert answer.headers["Content-Disposition"].endswith('"refused-2026-09-28-2026-09-28.csv"')
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["contact"], row["at"]) == (str(refused.id), "2026-09-28T23:00:00+08:00")
    assert (row["asked_by"], row["rules"], row["decision"]) == (staff.username, "CN-COL-HOURS", "DENY")  # fmt: skip
    [line] = Line.objects.filter(kind="EXPORTED")
    assert (line.detail["what"], line.detail["rows"]) == ("REFUSALS", 1)
    assert "rule=CN-COL-HOURS" in line.detail["filters"]
    assert line.who == line.stream_id


@pytest.mark.parametrize(
    ("value", "written"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("-2", "'-2"), ("CALL", "CALL")]
)
def test_no_text_of_the_file_is_a_formula(value, written):
    assert _safe(value) == written


def test_a_case_in_the_log_leads_to_its_page_and_says_why(officer, case, clock):
    a_hold(case.customer, reason="DISPUTE")
    refused = ask(case)
    page = officer.get(LOG, DAY_ASKED).text
    assert reverse("workbench:case", args=[case.id]) in page
    assert page_of(refused) in page
    assert "Refused" in page


def test_the_command_line_says_the_same_in_words_and_as_json(case, clock):
    a_standing_fact(case.customer, kind="CONSENT", detail={"scope": "CALLS"}, from_at=MORNING)
    refused = refused_for_talks(case, clock)
    told = CliRunner().invoke(app, ["why", "contact", str(refused.id)])
    assert told.exit_code == 0, told.output
    for said in (
        "DENY, now REFUSED",
        "3 effective talks today (the bank 1, agency X 2); at most 3 are allowed.",
        "CN-COL-TALK3 of cn@",
        "4 of 3  (the bank 1, agency X 2)",
        "CALL        2026-09-29 08:00:00 until 2026-09-29 22:00:00",
        "CONSENT from 2026-09-28 10:00:00 until it is ended",
    ):
        assert said in told.output
    stored = json.loads(
        CliRunner().invoke(app, ["why", "contact", str(refused.id), "--json"]).output
    )
    assert stored["said"][0]["numbers"]["by"] == {"BANK": 1, "X": 2}
    assert len(stored["facts"]["events"]) == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["contact", "7"], "is no key of a contact"),
        (["contact", "01920000-0000-7000-8000-000000000000"], "there is no contact"),
        (["A-1", "B-2"], "one account at a time"),
    ],
)
def test_a_wrong_key_is_refused_in_words(case, given, said):
    told = CliRunner().invoke(app, ["why", *given])
    assert told.exit_code == 2
    assert said in told.output


def test_an_old_refusal_is_found_on_its_day_alone(officer, case, clock):
    a_hold(case.customer)
    refused = ask(case)
    clock.stand_at(MORNING + timedelta(days=2))
    assert shown(officer) == [refused.id]
    assert shown(officer, first="2026-09-30", last="2026-09-30") == []
