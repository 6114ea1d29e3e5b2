"""A strategy from the analyst's draft to the case it changes, night after night."""

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from evenhand.casework.models import Case
from evenhand.cycle import day, experiments, strategies
from evenhand.cycle.manifest import read_manifest
from evenhand.cycle.models import Run
from evenhand.cycle.night import NightRefused, run_nights
from evenhand.cycle.replay import replay
from evenhand.cycle.trying import try_version
from evenhand.rulebook import actions
from evenhand.rulebook.actions import StrategyRefused
from evenhand.rulebook.models import Activation, StrategyVersion
from evenhand.rulebook.queries import content_of, in_force, version_row
from evenhand.strategy.judge import STARTER
from tests.bank import FIRST, NOON, Bank, account, customer, mobile, next_day, quiet, statement
from tests.experiments import an_approved_version as overlooked
from tests.experiments import an_experiment
from tests.strategies import starter_cut, starter_with
from tests.versions import (
    a_draft,
    an_approved_version,
    at_once,
    cell,
    edited,
    every_rule_says,
    the_first_version,
)
from tests.world import a_supervisor, an_analyst

pytestmark = pytest.mark.django_db

SECOND, THIRD = next_day(FIRST), next_day(FIRST, 2)


@pytest.fixture
def bank(tmp_path, lake_home):
    """A bank with one person 34 days past due, before its first night."""
    bank = Bank(tmp_path / "feeds")
    due_on = FIRST - timedelta(days=34)
    billed_on = due_on - timedelta(days=20)
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        contact_points=[mobile("C1")],
        accounts=[account("A1", "C1")],
        statements=[statement("A1", "C1", billed_on.isoformat(), due_on.isoformat(), "1000.00")],
    )
    return bank


def nothing_new(bank, on):
    """The day's files hold no more than that the customer is still there."""
    bank.sends(on, customers=[customer("C1", name=f"样例{on}")])


def treatment():
    return Case.objects.get().treatment


def wait_instead(based_on=1):
    """An approved version in which the bank waits where the night treated the person; real trial, real approval."""
    analyst, supervisor = an_analyst(), a_supervisor()
    number = actions.draft(title="Wait", note="", based_on=based_on, by=analyst.id, now=NOON)
    every_rule_says(number, analyst, '"WAIT"', instead_of=f'"{treatment()}"')
    assert actions.check(number=number, now=NOON)
    trial = actions.ask_trial(number=number, nights=[FIRST], by=analyst.id, now=NOON)
    try_version(trial, clock=lambda: NOON)
    actions.ask_approval(number=number, note="", by=analyst.id, now=NOON)
    actions.decide_approval(
        number=number, verdict="APPROVED", reason="", by=supervisor.id, now=NOON
    )
    return number


def in_force_from(number, on):
    return strategies.activate(number=number, from_on=on, by=None, now=NOON)


def test_the_first_night_puts_the_starter_in_force_as_version_1(bank):
    bank.night(FIRST)
    row = version_row(1)
    assert (row.state, row.created_by, row.from_on) == ("APPROVED", "", (FIRST,))
    assert content_of(1) == STARTER.read_bytes()
    run = Run.objects.get()
    assert run.strategy_digest == row.digest == Case.objects.get().strategy_digest
    assert read_manifest(bank.lake.manifest(FIRST)).strategy_digest == row.digest
    bank.night(SECOND)
    assert StrategyVersion.objects.count() == 1


def test_a_strategy_approved_today_changes_tomorrows_night_and_not_todays_replay(bank):
    bank.night(FIRST)
    before = treatment()
    number = wait_instead()
    in_force_from(number, SECOND)
    assert treatment() == before != "WAIT"
    bank.night(SECOND)
    assert treatment() == "WAIT"
    assert Case.objects.get().strategy_digest == version_row(number).digest
    for on, version in ((FIRST, 1), (SECOND, number)):
        manifest = read_manifest(bank.lake.manifest(on))
        again = replay(manifest, bank.lake.root, 1, quiet)
        assert (again.then, again.differing) == (again.now, ())
        assert manifest.strategy_digest == version_row(version).digest


def test_a_cancelled_activation_changes_nothing(bank):
    bank.night(FIRST)
    before = treatment()
    activation = in_force_from(wait_instead(), SECOND)
    strategies.cancel_activation(activation_id=activation, by=None, now=NOON)
    bank.night(SECOND)
    assert treatment() == before
    assert in_force(SECOND).number == 1


def test_a_case_says_the_strategy_it_stands_by_also_where_the_answer_is_the_same(bank):
    bank.night(FIRST)
    before, decided_on = treatment(), Case.objects.get().decided_on
    analyst = an_analyst()
    number = a_draft(analyst)
    edited(number, analyst, cell(number, '"REVIEW"', row=1))
    an_approved_version(number)
    in_force_from(number, SECOND)
    assert bank.night(SECOND).strategy_digest == version_row(number).digest
    case = Case.objects.get()
    assert (case.treatment, case.decided_on) == (before, decided_on)
    assert case.strategy_digest == version_row(number).digest
    bank.night(THIRD)
    assert [part.counts["staged"] for part in Run.objects.last().partitions.all()] == [0, 0]


def test_a_night_whose_strategy_leaves_somebody_without_an_answer_may_settle_on_another(bank):
    bank.night(FIRST)
    wanting = overlooked(starter_cut("contact"), number=90)
    Activation.objects.create(version=wanting, from_on=SECOND, activated_at=NOON)
    with pytest.raises(NightRefused, match="put another version in force"):
        bank.night(SECOND)
    assert strategies.last_settled_day() == FIRST
    [standing] = Activation.objects.filter(from_on=SECOND)
    strategies.cancel_activation(activation_id=standing.id, by=None, now=NOON)
    assert bank.night(SECOND).strategy_digest == version_row(1).digest


def test_an_experiment_whose_challenger_leaves_somebody_without_an_answer_is_stopped_for_that_night(
    bank,
):
    bank.night(FIRST)
    wanting = overlooked(starter_cut("contact"), number=90)
    number = an_experiment(
        challenger=wanting.number, challenger_share=9_998, holdout_share=1, start_on=SECOND
    )
    with pytest.raises(NightRefused, match="stop the experiment"):
        bank.night(SECOND)
    experiments.stop_experiment(number=number, reason="gap", by=an_analyst().id, now=NOON)
    bank.night(SECOND)
    assert Run.objects.get(banking_day=SECOND).experiment == {}


def test_a_file_in_the_lake_that_is_not_what_was_approved_refuses_the_night(bank):
    bank.night(FIRST)
    number = wait_instead()
    in_force_from(number, SECOND)
    planted = bank.lake.root / strategies.strategy_name(version_row(number).digest)
    planted.write_bytes(STARTER.read_bytes())
    with pytest.raises(NightRefused, match="does not say what was approved"):
        bank.night(SECOND)
    planted.unlink()
    assert bank.night(SECOND).strategy_digest == version_row(number).digest


def test_a_killed_night_whose_terms_were_changed_makes_its_parts_again(bank):
    bank.night(FIRST)
    nothing_new(bank, SECOND)
    killed_night(bank, SECOND, parts=bank.partitions)
    bank.portfolio = replace(bank.portfolio, case_threshold_minor=100_000_000)
    bank.night(SECOND)
    assert Case.objects.get().state == "CLOSED"
    manifest = read_manifest(bank.lake.manifest(SECOND))
    again = replay(manifest, bank.lake.root, 1, quiet)
    assert (again.then, again.differing) == (again.now, ())


def test_a_missed_night_goes_by_what_was_in_force_on_its_day(bank):
    bank.night(FIRST)
    in_force_from(number := wait_instead(), THIRD)
    nothing_new(bank, SECOND)
    nothing_new(bank, THIRD)
    bank.night(THIRD)
    digests = dict(Run.objects.values_list("banking_day", "strategy_digest"))
    first, later = version_row(1).digest, version_row(number).digest
    assert digests == {FIRST: first, SECOND: first, THIRD: later}


class Killed(BaseException):
    """The machine went away."""


def killed_night(bank, on, parts=1):
    """A night that goes down when so many of its partitions are made."""

    def killed(_step, done, _of):
        if done == parts:
            raise Killed

    with pytest.raises(Killed):
        run_nights(until=on, setting=bank.setting(), clock=lambda: NOON, progress=killed)


def test_a_killed_night_keeps_the_strategy_it_started_with(bank):
    bank.night(FIRST)
    before, number = treatment(), wait_instead()
    killed_night(bank, SECOND)
    with pytest.raises(StrategyRefused):
        in_force_from(number, SECOND)
    # Even were it put in force by a way around `cycle.strategies`, the night goes on by what it began with.
    actions.activate(number=number, from_on=SECOND, last_banking_day=FIRST, by=None, now=NOON)
    run = bank.night(SECOND)
    assert (run.state, run.strategy_digest) == ("PUBLISHED", version_row(1).digest)
    assert treatment() == before


def test_an_old_version_is_restored_and_treats_as_it_did(bank):
    bank.night(FIRST)
    before = treatment()
    in_force_from(wait_instead(), SECOND)
    bank.night(SECOND)
    analyst = an_analyst()
    old = actions.restore(number=1, by=analyst.id, now=NOON)
    assert actions.check(number=old, now=NOON)
    trial = actions.ask_trial(number=old, nights=[SECOND], by=analyst.id, now=NOON)
    try_version(trial, clock=lambda: NOON)
    actions.ask_approval(number=old, note="as before", by=analyst.id, now=NOON)
    actions.decide_approval(
        number=old, verdict="APPROVED", reason="", by=a_supervisor().id, now=NOON
    )
    in_force_from(old, THIRD)
    bank.night(THIRD)
    assert treatment() == before
    assert version_row(old).digest == version_row(1).digest


def test_the_day_decides_by_the_strategy_of_the_last_night_until_the_next(bank):
    bank.night(FIRST)
    in_force_from(wait_instead(), SECOND)
    case = Case.objects.get()
    day.place_hold(
        customer_id=case.customer_id,
        reason="DISPUTE",
        until_on=THIRD,
        by=None,
        now=NOON,
        on=FIRST,
    )
    assert Case.objects.get().strategy_digest == version_row(1).digest


def test_a_dry_run_installs_nothing_and_goes_by_what_will_be_in_force(bank):
    dry = bank.night(FIRST, dry_run=True)
    assert StrategyVersion.objects.count() == 0
    assert dry.strategy_digest == bank.night(FIRST).strategy_digest
    number = wait_instead()
    in_force_from(number, SECOND)
    assert bank.night(SECOND, dry_run=True).strategy_digest == version_row(number).digest


@pytest.mark.django_db(transaction=True)
def test_a_night_beginning_as_its_strategy_is_replaced_goes_by_one_of_them_and_both_sides_know(
    tmp_path,
):
    the_first_version(FIRST)
    analyst = an_analyst()
    number = a_draft(analyst)
    edited(number, analyst, cell(number, '"WAIT"'))
    an_approved_version(number)
    assert version_row(number).digest != version_row(1).digest
    run = Run.objects.create(
        banking_day=SECOND, state=Run.State.STARTED, code_version="test", started_at=NOON
    )

    def settled():
        return strategies.settle_strategy(
            run, stated=STARTER, lake=tmp_path, now=NOON, lasting=True
        )

    digest, activation = at_once(settled, lambda: in_force_from(number, SECOND))
    replaced = not isinstance(activation, StrategyRefused)
    assert in_force(SECOND).number == (number if replaced else 1)
    assert digest == in_force(SECOND).digest == Run.objects.get().strategy_digest


# A setting that changes nothing


def another_night(bank, stated, on=SECOND):
    setting = replace(bank.setting(), strategy=stated)
    return run_nights(until=on, setting=setting, clock=lambda: NOON, progress=quiet)[-1]


@pytest.fixture
def texts(tmp_path):
    """A file whose tables text where the starter calls."""
    file = tmp_path / "texts.dmn"
    file.write_bytes(starter_with("contact", {'"PHONE"': '"SMS"'}))
    return file


def test_a_stated_file_is_what_the_first_night_installs(bank, texts):
    another_night(bank, texts, on=FIRST)
    assert content_of(1) == texts.read_bytes()


def test_a_stated_file_that_would_decide_nothing_refuses_the_night_and_says_how_to_import_it(
    bank, texts
):
    bank.night(FIRST)
    with pytest.raises(NightRefused, match=r"evenhand strategy import .*texts\.dmn"):
        another_night(bank, texts)
    assert Run.objects.count() == 2  # the refused night may be started again
    actions.import_draft(title="Texts", content=texts.read_bytes(), by=an_analyst().id, now=NOON)
    assert another_night(bank, texts).strategy_digest == version_row(1).digest


def test_the_same_tables_in_another_layout_are_the_same_version(bank, texts, tmp_path):
    another_night(bank, texts, on=FIRST)
    moved = tmp_path / "folder"
    moved.mkdir()
    shutil.copy(texts, moved / "strategy.dmn")
    with (moved / "strategy.dmn").open("ab") as file:
        file.write(b"\n<!-- printed again -->\n")
    assert another_night(bank, moved).state == "PUBLISHED"


@pytest.mark.parametrize("content", [None, b"<html/>", STARTER.read_bytes()[:5000]])
def test_a_stated_file_that_is_no_strategy_refuses_the_first_night_with_a_sentence(
    bank, tmp_path, content
):
    stated = tmp_path / "stated.dmn"
    if content is not None:
        stated.write_bytes(content)
    with pytest.raises(NightRefused, match=r"stated\.dmn"):
        another_night(bank, stated, on=FIRST)
    assert bank.night(FIRST).state == "PUBLISHED"


def test_a_strategy_with_an_error_is_never_in_force(bank):
    bank.night(FIRST)
    analyst = an_analyst()
    number = actions.draft(title="Shout", note="", based_on=1, by=analyst.id, now=NOON)
    edited(number, analyst, cell(number, '"SHOUT"'))
    assert not actions.check(number=number, now=NOON)
    with pytest.raises(StrategyRefused):
        in_force_from(number, SECOND)
