"""The screens of experiments: who may see, plan, approve and stop, and what they show."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from evenhand.rulebook.experiment_rows import experiment_row
from evenhand.rulebook.models import Experiment
from tests.experiments import a_draft, an_approved_version, an_experiment, letters_instead_of_calls
from tests.world import DAY, a_collector, a_run, a_supervisor, an_analyst

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

BOOK = {
    "may_be_held_out": {
        str(day): {"people": 700, "arrears_minor": 35_000_000} for day in range(1, 31)
    },
    "currency": "CNY",
}
TYPED = {
    "title": "先不催收 | Leave alone at first",
    "question": "早期提醒有用吗？",
    "challenger": "",
    "challenger_share": "0",
    "holdout_share": "10",
    "holdout_days_max": "30",
    "start_on": "2026-10-05",
    "stop_on": "2027-02-01",
    "measure_days": "30",
    "baseline": "40",
    "effect": "2",
    "power": "80",
    "alpha": "5",
    "daily_rate": "0.05",
    "cost_to_people": "利息照计",
}


@pytest.fixture
def analyst(client):
    a_run(totals=BOOK)
    person = an_analyst()
    client.force_login(person)
    return person


def typed(**changes):
    return TYPED | {"request_key": str(uuid4())} | changes


def pages(number):
    """Every address about experiments with the method it is asked by, and which roles it is open to."""
    here = f"/experiments/{number}/"
    return [
        ("get", "/experiments/", {"analyst", "supervisor"}),
        ("get", here, {"analyst", "supervisor"}),
        ("get", "/experiments/new/", {"analyst"}),
        ("get", f"{here}edit/", {"analyst"}),
        ("post", "/experiments/size", {"analyst"}),
        ("post", f"{here}ask", {"analyst"}),
        ("post", f"{here}decide", {"supervisor"}),
        ("post", f"{here}stop", {"analyst", "supervisor"}),
        ("post", f"{here}discard", {"analyst"}),
    ]


@pytest.mark.parametrize("at", range(9))
@pytest.mark.parametrize("role", ["collector", "analyst", "supervisor"])
def test_each_screen_is_open_to_its_roles_and_to_no_other(client, role, at):
    a_run()
    method, address, roles = pages(a_draft())[at]
    makers = {"collector": a_collector, "analyst": an_analyst, "supervisor": a_supervisor}
    client.force_login(makers[role]())
    status = getattr(client, method)(address).status_code
    assert (status != 403) == (role in roles)


def test_an_analyst_plans_an_experiment_once_however_often_she_clicks(client, analyst):
    form = typed()
    first = client.post("/experiments/new/", form)
    assert first.status_code == 302
    assert client.post("/experiments/new/", form).status_code == 302
    [made] = Experiment.objects.all()
    assert first.url == f"/experiments/{made.number}/"
    assert (made.holdout_share, made.design["baseline"]) == (1_000, "0.4")
    assert made.made_by == [str(analyst.id)]
    assert len(made.salt) == 32


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("holdout_days_max", "31"),
        ("holdout_share", "100"),
        ("holdout_share", "0"),
        ("stop_on", "2026-10-05"),
        ("effect", "70"),
        ("title", ""),
        ("challenger_share", "5"),
        ("cost_to_people", ""),
    ],
)
def test_what_may_not_be_planned_is_refused_with_nothing_saved(client, analyst, field, value):
    answer = client.post("/experiments/new/", typed(**{field: value}))
    assert answer.status_code == 422
    assert "errorlist" in answer.text
    assert not Experiment.objects.exists()


def test_the_size_appears_while_the_form_is_filled_in(client, analyst):
    client.cookies["django_language"] = "en"
    short = client.post("/experiments/size", typed(title="", stop_on="2026-12-05")).text
    assert "Not enough: 21,700 people are expected" in short  # (61 - 30) days of 700
    assert "52,005 are needed" in short
    assert "44 days longer" in short
    assert "Enough" in client.post("/experiments/size", typed(title="")).text
    half = client.post("/experiments/size", typed(baseline="")).text
    assert "Fill in shares" in half


def test_the_cost_to_the_people_is_shown_in_their_currency(client, analyst):
    client.cookies["django_language"] = "en"
    said = client.post("/experiments/size", typed()).text
    assert "8,330 people may be held out" in said  # 119 days of 700, a tenth of them
    assert "7.50" in said  # 500.00 of arrears at 0.05 % for 30 days
    assert "62,475.00" in said


def answering(number):
    """What the page of an experiment sends that was asked about just now."""
    question = experiment_row(number).open_question
    return {"verdict": "APPROVED", "read": str(question.id)}


def test_a_draft_is_changed_and_the_question_about_it_is_taken_back(client, analyst):
    number = a_draft(start_on=date(2026, 10, 5), stop_on=date(2027, 2, 1))
    assert client.post(f"/experiments/{number}/ask", {"note": "请看"}).status_code == 302
    page = client.get(f"/experiments/{number}/edit/")
    assert 'value="99.99"' in page.text
    changed = typed() | {"seen": experiment_row(number).digest}
    supervisor = answering(number)
    assert client.post(f"/experiments/{number}/edit/", changed).status_code == 302
    client.force_login(a_supervisor())
    answer = client.post(f"/experiments/{number}/decide", supervisor)
    assert answer.status_code == 422
    assert Experiment.objects.get().state == "DRAFT"


def test_of_two_who_change_a_draft_the_second_is_told(client, analyst):
    number = a_draft(start_on=date(2026, 10, 5), stop_on=date(2027, 2, 1))
    seen = experiment_row(number).digest
    assert seen in client.get(f"/experiments/{number}/edit/").text
    first, second = (typed() | {"seen": seen, "title": title} for title in ("First", "Second"))
    assert client.post(f"/experiments/{number}/edit/", first).status_code == 302
    answer = client.post(f"/experiments/{number}/edit/", second)
    assert (answer.status_code, Experiment.objects.get().title) == (422, "First")


def test_what_was_changed_and_asked_anew_is_not_approved_from_a_page_that_shows_it_as_it_was(
    client, analyst
):
    number = a_draft(start_on=date(2026, 10, 5), stop_on=date(2027, 2, 1))
    client.post(f"/experiments/{number}/ask", {"note": ""})
    old = answering(number)
    changed = typed() | {"seen": experiment_row(number).digest}
    assert client.post(f"/experiments/{number}/edit/", changed).status_code == 302
    client.post(f"/experiments/{number}/ask", {"note": ""})
    client.force_login(a_supervisor())
    answer = client.post(f"/experiments/{number}/decide", old)
    assert (answer.status_code, Experiment.objects.get().state) == (422, "DRAFT")
    assert answering(number)["read"] in answer.text
    assert client.post(f"/experiments/{number}/decide", answering(number)).status_code == 302


def test_a_second_person_approves_and_nobody_who_had_a_hand_in_it(client, analyst):
    client.post("/experiments/new/", typed())
    number = Experiment.objects.get().number
    client.post(f"/experiments/{number}/ask", {"note": ""})
    analyst.user_permissions.set(
        [*analyst.user_permissions.all(), *_approve()]
    )  # even with the right to
    client.force_login(analyst)
    assert client.post(f"/experiments/{number}/decide", answering(number)).status_code == 422
    supervisor = a_supervisor()
    client.force_login(supervisor)
    page = client.get(f"/experiments/{number}/").text
    assert "62,475.00" in page
    assert client.post(f"/experiments/{number}/decide", answering(number)).status_code == 302
    found = Experiment.objects.get()
    assert (found.state, found.approval.decided_by) == ("APPROVED", supervisor)
    assert found.design["cost"]["total_minor"] == 6_247_500


def _approve():
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename="approve_strategies")


def test_who_refuses_says_why_and_the_experiment_stays_a_draft(client, analyst):
    number = a_draft(start_on=date(2026, 10, 5), stop_on=date(2027, 2, 1))
    client.post(f"/experiments/{number}/ask", {"note": ""})
    client.force_login(a_supervisor())
    decide = f"/experiments/{number}/decide"
    refuses = answering(number) | {"verdict": "REFUSED"}
    assert client.post(decide, refuses | {"reason": ""}).status_code == 422
    assert client.post(decide, refuses | {"reason": "太长"}).status_code == 302
    assert "太长" in client.get(f"/experiments/{number}/").text
    assert Experiment.objects.get().state == "DRAFT"


@pytest.mark.parametrize("who", [an_analyst, a_supervisor])
def test_whoever_may_plan_or_approve_stops_it_at_once_and_says_why(client, who):
    a_run()
    number = an_experiment(start_on=DAY + timedelta(days=1))
    client.force_login(who())
    stop = f"/experiments/{number}/stop"
    assert client.post(stop, {"reason": ""}).status_code == 422
    assert client.post(stop, {"reason": "投诉增多"}).status_code == 302
    found = Experiment.objects.get()
    assert (found.state, found.stopped_on) == ("STOPPED", DAY + timedelta(days=1))
    assert client.post(stop, {"reason": "x"}).status_code == 302
    assert Experiment.objects.get().stop_reason == "投诉增多"
    assert "投诉增多" in client.get(f"/experiments/{number}/").text


def test_a_draft_is_given_up_and_an_approved_one_is_not(client):
    a_run()
    client.force_login(an_analyst())
    draft, approved = a_draft(), an_experiment()
    assert client.post(f"/experiments/{draft}/discard").status_code == 302
    assert client.post(f"/experiments/{approved}/discard").status_code == 422
    states = dict(Experiment.objects.values_list("number", "state"))
    assert states == {draft: "DISCARDED", approved: "APPROVED"}


def test_the_page_shows_arms_exclusions_and_counts_by_night(client, analyst):
    version = an_approved_version(letters_instead_of_calls())
    number = an_experiment(
        challenger=version.number,
        challenger_share=4_000,
        holdout_share=500,
        start_on=date(2026, 9, 29),
    )
    counts = {"people": 9, "in_case": 3_456, "entered": 7, "cured": 5, "withheld": 1_234}
    a_run(date(2026, 9, 29), experiment={"number": number}, totals={"arms": {"HOLDOUT": counts}})
    client.cookies["django_language"] = "en"
    page = client.get(f"/experiments/{number}/").text
    for said in (
        "55%",
        "40%",
        "5%",
        "1,234",
        "3,456",
        "bounced address",
        "Running",
        "version 90",
    ):
        assert said in page
    listed = client.get("/experiments/").text
    assert "Champion 55%, Challenger 40%, Hold-out 5%" in listed
    assert "Running" in listed


def test_both_languages_are_spoken(client, analyst):
    number = a_draft()
    client.cookies["django_language"] = "zh-hans"
    assert "留出组" in client.get(f"/experiments/{number}/").text
    assert "留出组占比" in client.get("/experiments/new/").text
    client.cookies["django_language"] = "en"
    assert "Hold-out" in client.get(f"/experiments/{number}/").text


def test_an_experiment_that_is_not_there_is_not_found(client, analyst):
    assert client.get("/experiments/7/").status_code == 404
    assert client.post("/experiments/7/ask", {"note": ""}).status_code == 404


def test_who_puts_a_version_in_force_is_told_of_an_experiment_that_goes_on(client):
    a_run()
    version = an_approved_version(letters_instead_of_calls())
    number = an_experiment()
    client.force_login(a_supervisor())
    page = client.get(f"/strategies/{version.number}/", headers={"accept-language": "en"})
    assert f"Experiment {number}" in page.text
    assert "cannot be compared" in page.text
