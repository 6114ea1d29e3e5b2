"""The strategy desk: whose pages are whose, what each act shows, and what the grid is answered."""

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from evenhand.dmn.documents.document import Document
from evenhand.rulebook import actions, queries
from evenhand.rulebook.spreadsheet import to_xlsx
from evenhand.strategy.judge import STARTER
from tests.world import DAY, NOW, a_collector, a_run, a_supervisor, an_analyst

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

RULE, DAYS, BUCKET = "S-03-fraud", "segment-in-treatment_days", "segment-in-bucket"
READ = (
    "/strategies/",
    "/strategies/{n}/",
    "/strategies/compare/?old=1&new={n}",
    "/strategies/{n}/findings/",
    "/strategies/{n}/strategy.dmn",
    "/strategies/{n}/strategy.xlsx",
    "/strategies/{n}/tables/segment/",
    "/strategies/{n}/tables/segment/since?seen=1",
    "/strategies/{n}/tables/segment/cell?column=" + DAYS,
)
WRITTEN = (
    "/strategies/draft",
    "/strategies/import",
    "/strategies/capacities",
    "/strategies/{n}/check",
    "/strategies/{n}/try",
    "/strategies/{n}/ask",
    "/strategies/{n}/withdraw",
    "/strategies/{n}/restore",
    "/strategies/{n}/discard",
    "/strategies/{n}/import",
    "/strategies/{n}/tables/segment/edit",
)


@pytest.fixture
def analyst():
    return an_analyst()


@pytest.fixture
def number(analyst):
    """A draft of the starter strategy, which is in force."""
    first = actions.install_first(
        content=STARTER.read_bytes(), title="初始策略 | First strategy", now=NOW, from_on=DAY
    )
    return actions.draft(title="草稿 | Draft", note="", based_on=first, by=analyst.id, now=NOW)


@pytest.fixture
def desk(client, analyst, number):
    """The analyst logged in."""
    client.force_login(analyst)
    return client


def text_of(number, rule=RULE, column=DAYS, table="segment"):
    found = Document.read(queries.content_of(number)).table(table)
    return found.rule(rule).texts[[c.id for c in found.columns].index(column)]


def edit(client, number, operation, *, seen=1, key=None):
    return client.post(
        f"/strategies/{number}/tables/segment/edit",
        json.dumps({"key": str(key or uuid4()), "seen": seen, "operation": operation}),
        content_type="application/json",
    )


def set_days(text, was="-"):
    return {"act": "SET_CELL", "rule": RULE, "column": DAYS, "text": text, "was": was}


def post(client, address, **data):
    return client.post(address, {"request_key": uuid4(), **data}, follow=True)


def tried(number, analyst):
    """The draft as a finished trial leaves it."""
    assert actions.check(number=number, now=NOW)
    trial = actions.ask_trial(number=number, nights=[DAY], by=analyst.id, now=NOW)
    actions.start_trial(trial_id=trial, now=NOW)
    actions.finish_trial(trial_id=trial, report={"nights": []}, now=NOW)


def asked(number, analyst):
    tried(number, analyst)
    actions.ask_approval(number=number, note="please", by=analyst.id, now=NOW)


# Whose pages are whose


@pytest.mark.parametrize("page", READ)
def test_pages_are_for_analysts_and_supervisors_and_nobody_else(client, number, analyst, page):
    address = page.format(n=number)
    assert client.get(address).url.startswith("/staff/login/")
    client.force_login(a_collector())
    assert client.get(address).status_code == 403
    for person in (a_supervisor(), analyst):
        client.force_login(person)
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("page", WRITTEN)
def test_only_an_analyst_writes_and_only_by_post(client, number, analyst, page):
    address = page.format(n=number)
    assert client.post(address).url.startswith("/staff/login/")
    for person in (a_collector(), a_supervisor()):
        client.force_login(person)
        assert client.post(address).status_code == 403
    client.force_login(analyst)
    assert client.get(address).status_code == 405
    assert queries.version_row(number).revision == 1


@pytest.mark.parametrize(
    "page", ["decide", "activate", "cancel/01920000-0000-7000-8000-000000000000"]
)
def test_a_collector_neither_approves_nor_puts_in_force(client, number, page):
    client.force_login(a_collector())
    assert client.post(f"/strategies/{number}/{page}").status_code == 403


def test_an_analyst_who_wrote_it_may_not_answer(desk, number, analyst):
    asked(number, analyst)
    assert post(desk, f"/strategies/{number}/decide", verdict="APPROVED").status_code == 403


def test_a_supervisor_who_had_a_hand_in_it_is_told_why_she_may_not_answer(client, number, analyst):
    both = an_analyst()
    both.groups.add(*a_supervisor().groups.all())
    actions.edit(
        number=number,
        operation=set_days("5") | {"table": "segment"},
        by=both.id,
        now=NOW,
    )
    asked(number, analyst)
    client.force_login(both)
    page = client.get(f"/strategies/{number}/", headers={"accept-language": "en"})
    assert "You had a hand in it" in page.text
    assert 'name="verdict"' not in page.text
    assert post(client, f"/strategies/{number}/decide", verdict="APPROVED").status_code == 403


def test_a_version_or_a_table_that_is_not_there_is_not_found(desk, number):
    for page in (
        "/strategies/99/",
        "/strategies/99/strategy.dmn",
        "/strategies/compare/?old=1&new=x",
    ):
        assert desk.get(page).status_code == 404
    for rest in (
        "nowhere/",
        "segment/since?seen=x",
        "segment/cell?column=x",
        "segment/?revision=9",
    ):
        assert desk.get(f"/strategies/{number}/tables/{rest}").status_code == 404


def test_the_way_to_the_strategies_is_shown_to_those_who_may_go_it(client, analyst):
    client.force_login(a_collector())
    assert "/strategies/" not in client.get("/").text
    client.force_login(analyst)
    assert 'href="/strategies/"' in client.get("/").text


# Versions


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_before_the_first_night_the_list_says_what_to_expect(client, analyst, language):
    client.force_login(analyst)
    page = client.get("/strategies/", headers={"accept-language": language}).text
    assert {"en": "No version yet", "zh-hans": "还没有版本"}[language] in page


def test_a_draft_is_begun_once_however_often_the_button_is_clicked(desk, number):
    data = {"request_key": uuid4(), "based_on": 1, "title": "Twice", "note": ""}
    for _ in range(2):
        desk.post("/strategies/draft", data)
    assert [row.title for row in queries.version_rows()].count("Twice") == 1


def test_what_the_house_can_make_in_a_day_is_said_by_channel_and_kept_with_who_said_it(
    desk, analyst
):
    answer = post(desk, "/strategies/capacities", PHONE=900, SMS=20_000, APP="")
    assert "20,000" in answer.text
    post(desk, "/strategies/capacities", PHONE=900, SMS=15_000)
    assert queries.capacities() == {"PHONE": 900, "SMS": 15_000}
    assert {row.set_by for row in queries.capacity_rows()} == {analyst.username}


def test_a_capacity_below_nothing_is_refused_and_none_is_changed(desk):
    answer = post(desk, "/strategies/capacities", PHONE=-1, SMS=5)
    assert answer.status_code == 422
    assert queries.capacities() == {}


def test_a_draft_without_a_title_is_refused_with_what_was_typed(desk, number):
    answer = post(desk, "/strategies/draft", based_on=1, title="", note="because")
    assert answer.status_code == 422
    assert "because" in answer.text


def test_a_dmn_document_and_a_workbook_are_imported_as_drafts(desk, number):
    content = STARTER.read_bytes()
    for name, body in (("a.dmn", content), ("a.xlsx", to_xlsx(Document.read(content)))):
        answer = post(desk, "/strategies/import", title=name, file=SimpleUploadedFile(name, body))
        assert answer.status_code == 200
        made = queries.version_rows()[0]
        assert (made.title, made.digest) == (name, queries.version_row(1).digest)


@pytest.mark.parametrize(
    ("name", "body"), [("a.txt", b"x"), ("a.dmn", b"no xml"), ("a.xlsx", b"no workbook")]
)
def test_a_file_that_is_nothing_of_the_kind_is_refused_in_a_sentence(desk, number, name, body):
    answer = post(desk, "/strategies/import", title="x", file=SimpleUploadedFile(name, body))
    assert answer.status_code == 422
    assert "errorlist" in answer.text
    assert len(queries.version_rows()) == 2


def test_a_draft_goes_to_a_workbook_and_back_and_nobodys_change_is_replaced(desk, number, analyst):
    document = Document.read(queries.content_of(number))
    document.set_cell("segment", RULE, DAYS, "7")
    file = to_xlsx(document)
    address = f"/strategies/{number}/import"
    send = {"file": SimpleUploadedFile("a.xlsx", file), "seen_revision": 1}
    assert post(desk, address, **send).status_code == 200
    assert text_of(number) == "7"
    late = {"file": SimpleUploadedFile("a.dmn", STARTER.read_bytes()), "seen_revision": 1}
    assert post(desk, address, **late).status_code == 422
    assert text_of(number) == "7"


def test_a_version_says_what_it_changes_in_words(desk, number, analyst):
    edit(desk, number, set_days("[1..5]"))
    for page in (f"/strategies/{number}/", f"/strategies/compare/?old=1&new={number}"):
        text = desk.get(page, headers={"accept-language": "en"}).text
        assert RULE in text
        assert "[1 .. 5]" in text


def test_steps_and_changes_say_values_and_columns_as_the_grid_does(desk, number):
    change = {"act": "SET_CELL", "table": "segment", "rule": RULE, "column": BUCKET}
    edit(desk, number, change | {"text": '"M0","M1"', "was": "-"})
    text = desk.get(f"/strategies/{number}/", headers={"accept-language": "en"}).text
    assert "Segment, rule 3: bucket was (any), now Not past due, M1" in text
    assert f"{RULE} (row 3): bucket was (any), now Not past due, M1" in text
    assert BUCKET not in text


def test_notes_and_titles_are_shown_in_one_language(desk, number, analyst):
    note = "人手不够。 | Too few hands."
    later = actions.draft(title="早 | Early", note=note, based_on=1, by=analyst.id, now=NOW)
    for page in ("/strategies/", f"/strategies/{later}/"):
        text = desk.get(page, headers={"accept-language": "en"}).text
        assert "Too few hands." in text
        assert "人手不够" not in text


def test_an_earlier_step_is_shown_to_read(desk, number):
    edit(desk, number, set_days("5"))
    page = desk.get(f"/strategies/{number}/tables/segment/?revision=1").text
    assert 'data-can-edit="no"' in page
    assert 'data-tool="below"' not in page


def test_the_whole_way_from_draft_to_in_force_is_gone_by_buttons(client, number, analyst):
    a_run()
    client.force_login(analyst)
    base = f"/strategies/{number}"
    assert post(client, f"{base}/ask").status_code == 422  # not tried yet
    assert post(client, f"{base}/try", nights=[DAY]).status_code == 422  # not checked yet
    assert post(client, f"{base}/check").status_code == 200
    assert post(client, f"{base}/try", nights=["2020-01-01"]).status_code == 422
    assert post(client, f"{base}/try", nights=[DAY]).status_code == 200
    trial = queries.trial_rows(number)[0]
    assert reverse("workbench:trial", args=[trial.id]) in client.get(f"{base}/").text
    actions.start_trial(trial_id=trial.id, now=NOW)
    actions.finish_trial(trial_id=trial.id, report={"nights": []}, now=NOW)
    assert post(client, f"{base}/ask", note="please look").status_code == 200
    assert (
        "A second person is asked."
        in client.get("/strategies/", headers={"accept-language": "en"}).text
    )
    assert post(client, f"{base}/withdraw").status_code == 200
    assert post(client, f"{base}/ask", note="please look").status_code == 200
    client.force_login(a_supervisor())
    assert "please look" in client.get(f"{base}/").text
    read, page = queries.question_of(number).id, client.get(f"{base}/").text
    assert f'name="read" value="{read}"' in page
    other = queries.questions_of(number)[1].id  # the one that was withdrawn
    assert post(client, f"{base}/decide", verdict="REFUSED", read=read).status_code == 422  # why?
    assert post(client, f"{base}/decide", verdict="APPROVED", read=other).status_code == 422
    assert post(client, f"{base}/decide", verdict="APPROVED", read=read).status_code == 200
    assert queries.version_row(number).state == "APPROVED"
    assert post(client, f"{base}/activate", from_on=DAY).status_code == 422  # that night is over
    later = DAY + timedelta(days=1)
    assert post(client, f"{base}/activate", from_on=later).status_code == 200
    assert queries.version_row(number).from_on == (later,)
    activation = queries.activation_rows()[0]
    assert post(client, f"{base}/cancel/{activation.id}").status_code == 200
    assert queries.version_row(number).from_on == ()


def test_a_check_that_finds_errors_leaves_a_draft_and_says_so(desk, number):
    edit(desk, number, set_days("thirty?"))
    answer = post(desk, f"/strategies/{number}/check")
    assert answer.status_code == 422
    assert queries.version_row(number).state == "DRAFT"


def test_a_draft_is_discarded_and_restored(desk, number):
    post(desk, f"/strategies/{number}/discard")
    assert queries.version_row(number).state == "DISCARDED"
    assert 'data-can-edit="no"' in desk.get(f"/strategies/{number}/tables/segment/").text
    post(desk, f"/strategies/{number}/restore")
    assert queries.version_rows()[0].number == number + 1


# The grid


def test_a_step_answers_with_the_row_it_changed_and_no_other(desk, number):
    answer = edit(desk, number, set_days("1-30")).json()
    assert list(answer["rows"]) == [RULE]
    assert "[1..30]" in answer["rows"][RULE]
    assert (answer["revision"], "order" in answer) == (2, False)


def test_a_step_sent_twice_under_one_key_is_done_once(desk, number):
    key, add = uuid4(), {"act": "ADD_RULE", "after": RULE}
    first, second = (edit(desk, number, add, key=key) for _ in range(2))
    assert first.json()["order"] == second.json()["order"]
    assert queries.version_row(number).revision == 2


def test_a_rule_is_added_above_the_first(desk, number):
    answer = edit(desk, number, {"act": "ADD_RULE", "after": None, "first": True}).json()
    assert answer["order"][0] == answer["focus"]


def test_what_another_wrote_there_is_shown_and_kept(desk, number):
    other = an_analyst()
    operation = set_days("3") | {"table": "segment"}
    actions.edit(number=number, operation=operation, by=other.id, now=NOW)
    answer = edit(desk, number, set_days("9"))
    assert answer.status_code == 409
    assert answer.json()["newest"] == "3"
    assert other.username in answer.json()["error"]
    assert text_of(number) == "3"


def test_what_others_changed_is_told_to_a_page_that_asks(desk, number):
    other = an_analyst()
    operation = set_days("3") | {"table": "segment"}
    actions.edit(number=number, operation=operation, by=other.id, now=NOW)
    news = desk.get(f"/strategies/{number}/tables/segment/since?seen=1").json()
    assert list(news["rows"]) == [RULE]
    nothing = desk.get(f"/strategies/{number}/tables/segment/since?seen=2").json()
    assert nothing["rows"] == {}


def test_a_step_that_cannot_be_is_refused_with_the_table_as_it_is(desk, number):
    for operation in ({"act": "DANCE"}, {"act": "UNDO"}):
        answer = edit(desk, number, operation)
        assert answer.status_code == 422
        assert RULE in answer.json()["rows"]
    assert (
        desk.post(
            f"/strategies/{number}/tables/segment/edit", "x", content_type="text/plain"
        ).status_code
        == 400
    )


def test_nothing_is_written_into_a_version_that_is_approved(desk, number):
    answer = edit(desk, 1, set_days("5"))
    assert answer.status_code == 422


def test_other_columns_make_the_page_read_the_table_again(desk, number):
    operation = {
        "act": "ADD_INPUT",
        "expression": "region",
        "label": "地区 | region",
        "kind": "string",
    }
    assert edit(desk, number, operation).json()["reload"]


def test_a_cell_that_cannot_stand_is_marked_in_its_row_and_among_the_findings(desk, number):
    row = edit(desk, number, set_days("thirty?")).json()["rows"][RULE]
    assert 'aria-invalid="true"' in row
    findings = desk.get(f"/strategies/{number}/findings/").text
    assert f'data-goto="{RULE}"' in findings
    assert f'data-column="{DAYS}"' in findings


def test_a_rule_that_is_never_reached_is_among_the_findings(desk, number):
    edit(
        desk,
        number,
        {
            "act": "SET_CELL",
            "rule": RULE,
            "column": "segment-in-hold",
            "text": "-",
            "was": '"FRAUD"',
        },
    )
    findings = desk.get(f"/strategies/{number}/findings/").text
    assert 'data-severity="WARNING" data-table="segment" data-rules="S-04-dispute"' in findings


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        (DAYS, "1-30", "[1 .. 30]"),
        (BUCKET, "M1", "M1"),
        (BUCKET, "M99", "M99"),
        (DAYS, "thirty", "[1..30] or (30..60]"),
    ],
)
def test_what_is_typed_is_read_back_while_it_is_typed(desk, number, column, text, says):
    address = f"/strategies/{number}/tables/segment/cell"
    answer = desk.get(address, {"column": column, "text": text}, headers={"accept-language": "en"})
    assert says in answer.text


def test_a_markup_in_a_cell_is_shown_and_not_run(desk, number):
    edit(desk, number, set_days('<img src="x">'))
    page = desk.get(f"/strategies/{number}/tables/segment/").text
    assert '<img src="x"' not in page
    assert "&lt;img src=&quot;x&quot;" in page


def test_days_and_times_of_steps_are_shown(desk, number):
    page = desk.get(f"/strategies/{number}/").text
    assert date(2026, 9, 28).strftime("%m-%d") in page
