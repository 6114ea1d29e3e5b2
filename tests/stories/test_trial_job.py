"""The job that tries a version: to its report, to a sentence, and again after its worker was killed."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from procrastinate.contrib.django import app as queue
from procrastinate.contrib.django.models import ProcrastinateJob

from evenhand.cycle.trying import (
    TrialRunning,
    _in_both,
    how_far,
    is_stalled,
    problem_in,
    try_again,
    try_version,
)
from evenhand.kernel.text import Bilingual
from evenhand.rulebook import actions, queries
from evenhand.rulebook.models import StrategyVersion, Trial
from evenhand.rulebook.trials import PROBLEM_MAX_CHARACTERS
from evenhand.runtime.config import config
from evenhand.strategy.judge import STARTER
from tests.bank import FIRST, NOON, Bank, payment
from tests.stories.test_trial import three_past_due
from tests.strategies import starter_cut, texts_instead_of_calls
from tests.world import an_analyst

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(tmp_path, lake_home):
    return three_past_due(Bank(tmp_path / "feeds"))


def asked(content=None, nights=(FIRST,)):
    """A trial of a checked draft."""
    by = an_analyst().id
    number = actions.import_draft(
        title="Text first", content=content or texts_instead_of_calls(), by=by, now=NOON
    )
    if not actions.check(number=number, now=NOON):  # a gap that the checker did not find
        StrategyVersion.objects.filter(number=number).update(state="CHECKED")
    return actions.ask_trial(number=number, nights=nights, by=by, now=NOON)


def later():
    return NOON + timedelta(minutes=1)


def test_a_trial_is_run_to_its_report_and_the_version_is_tried(bank):
    trial_id = asked()
    try_version(trial_id, clock=later)
    trial = queries.trial_row(trial_id)
    assert (trial.state, trial.finished_at, trial.problem) == ("DONE", later(), "")
    assert trial.report["nights"][0]["differing"] == 3
    assert queries.version_row(trial.number).state == "TRIED"
    assert how_far(trial_id).percent == 100


def test_a_trial_over_several_nights_reports_each(bank):
    next_day = FIRST + timedelta(days=1)
    bank.sends(next_day, payments=[payment("A-C1", "C1", "P1", FIRST.isoformat(), "1000.00")])
    bank.night(next_day)
    trial_id = asked(nights=(FIRST, next_day))
    try_version(trial_id, clock=later)
    nights = queries.trial_row(trial_id).report["nights"]
    assert [(night["banking_day"], night["differing"]) for night in nights] == [
        (FIRST.isoformat(), 3),
        (next_day.isoformat(), 2),
    ]


def test_a_trial_of_what_is_in_force_differs_for_nobody(bank):
    trial_id = asked(STARTER.read_bytes())
    try_version(trial_id, clock=later)
    assert queries.trial_row(trial_id).report["nights"][0]["differing"] == 0


def test_the_same_trial_run_twice_gives_the_same_report(bank):
    first, second = asked(), asked()
    for trial_id in (first, second, first):
        try_version(trial_id, clock=later)
    assert queries.trial_row(first).report == queries.trial_row(second).report


def test_a_draft_that_leaves_somebody_without_an_answer_ends_with_a_sentence_in_both_languages(
    bank,
):
    trial_id = asked(starter_cut("contact"))
    try_version(trial_id, clock=later)
    trial = queries.trial_row(trial_id)
    assert (trial.state, trial.report) == ("FAILED", {})
    assert "the table “contact”" in problem_in(trial.problem, "en")
    assert "渠道与语气" in problem_in(trial.problem, "zh-hans")


def test_a_night_that_never_was_ends_the_trial_with_a_sentence(bank):
    trial_id = asked(nights=(FIRST - timedelta(days=9),))
    try_version(trial_id, clock=later)
    trial = queries.trial_row(trial_id)
    assert trial.state == "FAILED"
    assert "there was no night on 2026-09-19" in problem_in(trial.problem, "en")


def test_a_trial_whose_worker_was_killed_is_seen_and_can_be_run_again(bank):
    trial_id = asked()
    actions.start_trial(trial_id=trial_id, now=NOON)
    assert is_stalled(queries.trial_row(trial_id))
    try_again(trial_id)
    assert ProcrastinateJob.objects.filter(args={"trial_id": str(trial_id)}).count() == 2
    try_version(trial_id, clock=later)
    assert queries.trial_row(trial_id).state == "DONE"
    with pytest.raises(TrialRunning):
        try_again(trial_id)


def test_a_trial_whose_worker_was_killed_before_it_began_is_seen_and_can_be_run_again(bank):
    trial_id = asked()
    assert not is_stalled(queries.trial_row(trial_id))
    with connection.cursor() as cursor:  # as the worker does that takes it
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    assert is_stalled(queries.trial_row(trial_id))
    try_again(trial_id)
    assert not is_stalled(queries.trial_row(trial_id))


def test_why_a_trial_came_to_nothing_is_told_in_each_language_whatever_its_columns_are_called(bank):
    sentence = Bilingual("列“金额 | Amount”有误", "The column “金额 | Amount” is wrong")
    for language in ("zh-hans", "en"):
        assert problem_in(_in_both(sentence), language) == sentence.for_language(language)
    long = _in_both(Bilingual("长" * 400, "x" * 400))
    assert len(long) <= PROBLEM_MAX_CHARACTERS
    assert set(problem_in(long, "en")) == {"x"}


def test_a_trial_that_another_worker_runs_is_neither_stalled_nor_run_beside_it(bank):
    trial_id = asked()
    actions.start_trial(trial_id=trial_id, now=NOON)
    with psycopg.connect(config().database_url) as other:
        other.execute(
            "SELECT pg_advisory_lock(hashtext('evenhand trial'), hashtext(%s))", [str(trial_id)]
        )
        assert not is_stalled(queries.trial_row(trial_id))
        with pytest.raises(TrialRunning):
            try_again(trial_id)
        try_version(trial_id, clock=later)
    assert queries.trial_row(trial_id).state == "RUNNING"


@pytest.mark.django_db(transaction=True)
def test_a_worker_takes_the_job_that_was_queued(bank):
    trial_id = asked()
    with queue.replace_connector(queue.connector.get_worker_connector()):
        queue.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert Trial.objects.get(id=trial_id).state == "DONE"


def until(so, *, seconds=60):
    """Wait until something is so; it has to be within some time."""
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.kills
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_a_trial_that_is_run_again(bank):
    trial_id = asked()
    worker = [sys.executable, "-c", "from evenhand.cli.main import main; main()", "worker"]
    with psycopg.connect(config().database_url) as other:
        # whoever holds the version keeps the worker from writing its report
        other.execute("SELECT 1 FROM rulebook_strategyversion FOR UPDATE")
        with subprocess.Popen(worker, start_new_session=True) as started:
            until(lambda: (far := how_far(trial_id)) is not None and far.percent == 100)
            assert not is_stalled(queries.trial_row(trial_id))
            os.killpg(started.pid, signal.SIGKILL)
    until(lambda: is_stalled(queries.trial_row(trial_id)))
    try_again(trial_id)
    try_version(trial_id, clock=later)
    assert queries.trial_row(trial_id).report["nights"][0]["differing"] == 3
