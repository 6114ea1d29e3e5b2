"""What may be done to an experiment, and what the database refuses whatever the code does."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from evenhand.approvals.models import Approval
from evenhand.cycle import experiments
from evenhand.cycle.strategies import last_settled_day
from evenhand.rulebook import experiments as plans
from evenhand.rulebook.experiment_rows import digest_of, experiment_on, experiment_row
from evenhand.rulebook.experiments import ExperimentRefused
from evenhand.rulebook.models import Experiment, StrategyVersion
from tests.experiments import (
    PLAN,
    START,
    a_draft,
    an_approved_version,
    an_experiment,
    letters_instead_of_calls,
)
from tests.world import DAY, NOW, a_run, a_supervisor, an_analyst

pytestmark = pytest.mark.django_db


def asked(**changes):
    number = a_draft(**changes)
    experiments.ask_approval(number=number, note="", by=an_analyst().id, now=NOW)
    return number


def decided(number, verdict="APPROVED", reason="", by=None):
    experiments.decide_approval(
        number=number,
        verdict=verdict,
        reason=reason,
        by=(by or a_supervisor()).id,
        now=NOW,
    )


def test_an_approved_experiment_runs_from_its_first_day_to_the_day_before_its_last():
    number = an_experiment(stop_on=START + timedelta(days=3))
    days = [START + timedelta(days=days) for days in (-1, 0, 2, 3)]
    running = [experiment_on(on) for on in days]
    assert [found and found.experiment.number for found in running] == [None, number, number, None]


def test_a_draft_and_a_refused_experiment_run_on_no_day():
    decided(asked(), "REFUSED", "x")
    assert experiment_on(START) is None


def test_two_experiments_never_run_on_one_day():
    an_experiment(stop_on=START + timedelta(days=10))
    with pytest.raises(ExperimentRefused, match="1"):
        asked(start_on=START + timedelta(days=9), stop_on=START + timedelta(days=20))
    assert an_experiment(start_on=START + timedelta(days=10), stop_on=START + timedelta(days=20))


def test_of_two_that_were_asked_about_for_the_same_days_one_is_approved():
    first, second = asked(), asked()
    decided(first)
    with pytest.raises(ExperimentRefused):
        decided(second)


def test_the_days_that_a_stopped_experiment_gave_up_are_free_again():
    number = an_experiment()
    a_run(START)
    experiments.stop_experiment(number=number, reason="x", by=a_supervisor().id, now=NOW)
    with pytest.raises(ExperimentRefused):
        asked(start_on=START)
    assert an_experiment(start_on=START + timedelta(days=1))


def test_an_experiment_stopped_before_it_began_takes_up_no_day():
    number = an_experiment()
    experiments.stop_experiment(number=number, reason="x", by=a_supervisor().id, now=NOW)
    row = experiment_row(number)
    assert (row.ends_on, experiment_on(START)) == (START, None)
    assert an_experiment(start_on=START - timedelta(days=1))


def test_an_experiment_starts_after_the_last_night_that_is_settled():
    a_run(START, state="TREATED", strategy_digest="a" * 64)
    assert last_settled_day() == START
    with pytest.raises(ExperimentRefused):
        asked(start_on=START)
    asked(start_on=START + timedelta(days=1))


def test_a_night_that_settled_between_question_and_answer_refuses_the_approval():
    number = asked()
    a_run(START)
    with pytest.raises(ExperimentRefused):
        decided(number)


def test_only_an_approved_version_may_challenge():
    version = an_approved_version(letters_instead_of_calls())
    draft = StrategyVersion.objects.create(
        number=91, title="x", content=version.content, content_sha256="0" * 64, created_at=NOW
    )
    with pytest.raises(ExperimentRefused, match="91"):
        a_draft(challenger=draft.number, challenger_share=100, holdout_share=0)
    with pytest.raises(ExperimentRefused, match="17"):
        a_draft(challenger=17, challenger_share=100, holdout_share=0)
    number = a_draft(challenger=90, challenger_share=100, holdout_share=0)
    assert experiment_row(number).challenger == 90


@pytest.mark.parametrize(
    "changes",
    [
        {"holdout_days_max": 31},
        {"holdout_share": 10_000},
        {"holdout_share": 0},
        {"holdout_share": -1},
        {"challenger_share": 100, "holdout_share": 0},
        {"stop_on": START},
        {"title": " "},
        {"question": ""},
        {"cost_to_people": " "},
    ],
)
def test_a_plan_that_may_not_be_is_refused(changes):
    with pytest.raises(ExperimentRefused):
        a_draft(**changes)
    assert not Experiment.objects.exists()


def test_what_is_approved_is_the_digest_of_shares_days_question_and_cost():
    number = a_draft()
    found = Experiment.objects.get()
    before = digest_of(found)
    for name, other in (
        ("holdout_share", 1),
        ("holdout_days_max", 29),
        ("start_on", date(2026, 10, 1)),
        ("stop_on", date(2026, 10, 2)),
        ("salt", "x"),
        ("design", {}),
        ("question", "x"),
        ("cost_to_people", "x"),
    ):
        kept = getattr(found, name)
        setattr(found, name, other)
        assert digest_of(found) != before
        setattr(found, name, kept)
    assert digest_of(Experiment.objects.get(number=number)) == before


def test_who_changed_a_draft_cannot_approve_it():
    number, second = a_draft(), a_supervisor()
    plans.change_experiment(number=number, plan=PLAN, by=second.id, now=NOW)
    experiments.ask_approval(number=number, note="", by=an_analyst().id, now=NOW)
    with pytest.raises(ExperimentRefused):
        decided(number, by=second)


def test_every_act_may_be_done_twice():
    number, by = a_draft(), an_analyst().id
    for _time in (1, 2):
        experiments.ask_approval(number=number, note="", by=by, now=NOW)
    second = a_supervisor()
    for _time in (1, 2):
        decided(number, by=second)
    for reason in ("first", "second"):
        experiments.stop_experiment(number=number, reason=reason, by=second.id, now=NOW)
    assert Approval.objects.count() == 1
    assert Experiment.objects.get().stop_reason == "first"
    draft = a_draft()
    for _time in (1, 2):
        plans.discard_experiment(number=draft, by=by, now=NOW)


def test_one_that_has_ended_cannot_be_stopped():
    number = an_experiment(stop_on=START + timedelta(days=1))
    a_run(START + timedelta(days=1))
    with pytest.raises(ExperimentRefused):
        experiments.stop_experiment(number=number, reason="x", by=a_supervisor().id, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"holdout_share": 1},
        {"salt": "x"},
        {"stop_on": START + timedelta(days=999)},
        {"state": "DRAFT"},
        {"state": "STOPPED"},  # without day and reason
        {"design": {}},
    ],
)
def test_the_database_keeps_an_approved_experiment_as_it_is(change):
    number = an_experiment()
    with pytest.raises(IntegrityError), transaction.atomic():
        Experiment.objects.filter(number=number).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Experiment.objects.filter(number=number).delete()


def test_the_database_refuses_two_approved_experiments_on_one_day():
    first = Experiment.objects.get(number=an_experiment())
    second = Experiment.objects.get(number=a_draft())
    second.state, second.approval = "APPROVED", first.approval
    with pytest.raises(IntegrityError, match="experiment_runs_alone"), transaction.atomic():
        second.save()


def test_the_database_refuses_an_experiment_by_the_approval_of_another():
    other = Experiment.objects.get(number=an_experiment())
    later = a_draft(start_on=PLAN.stop_on, stop_on=PLAN.stop_on + timedelta(days=30))
    with pytest.raises(IntegrityError, match="no approval"), transaction.atomic():
        Experiment.objects.filter(number=later).update(state="APPROVED", approval=other.approval)


def test_the_database_refuses_an_approved_experiment_on_a_day_that_a_stopped_one_ran():
    first = Experiment.objects.get(number=an_experiment())
    plans.stop_experiment(
        number=first.number,
        reason="x",
        last_banking_day=START + timedelta(days=3),
        by=an_analyst().id,
        now=NOW,
    )
    second = a_draft(start_on=START + timedelta(days=3))
    with pytest.raises(IntegrityError, match="experiment_runs_alone"), transaction.atomic():
        Experiment.objects.filter(number=second).update(state="APPROVED", approval=first.approval)


def test_the_book_an_experiment_is_sized_by_is_that_of_the_last_published_night():
    counts = {"1": {"people": 70, "arrears_minor": 7_000}}
    a_run(DAY, totals={"may_be_held_out": counts})
    a_run(DAY + timedelta(days=1), state="TREATED", totals={"may_be_held_out": {}})
    book = experiments.last_book()
    assert (book.people, book.arrears_minor) == ({1: 70}, {1: 7_000})
    assert book.entries_per_day == 10
