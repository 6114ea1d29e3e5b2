"""Strategy versions: from draft to in force, edited by several people, kept for ever."""

from datetime import timedelta

import pytest
from django.db import connection

from evenhand.rulebook import actions
from evenhand.rulebook.actions import StrategyRefused
from evenhand.rulebook.models import Activation, StrategyVersion
from evenhand.rulebook.queries import (
    activation_rows,
    capacities,
    content_of,
    in_force,
    makers_of,
    number_of,
    question_of,
    questions_of,
    trial_row,
    trial_rows,
    version_row,
    version_rows,
)
from evenhand.strategy.judge import STARTER
from tests.versions import (
    a_draft,
    a_tried_draft,
    an_approved_version,
    at_once,
    cell,
    edited,
    row_of,
    the_first_version,
)
from tests.world import DAY, NOW, a_supervisor, an_analyst

pytestmark = pytest.mark.django_db

NEXT = DAY + timedelta(days=1)


def activated(number, from_on=NEXT, last=DAY, by=None):
    return actions.activate(
        number=number, from_on=from_on, last_banking_day=last, by=by or a_supervisor().id, now=NOW
    )


# The way to being in force


def test_what_came_with_the_installation_is_version_1_and_in_force_from_its_first_night():
    number = the_first_version()
    row = version_row(number)
    assert (number, row.state, row.created_by, row.from_on) == (1, "APPROVED", "", (DAY,))
    assert in_force(DAY).content == STARTER.read_bytes()
    assert in_force(DAY - timedelta(days=1)) is None


def test_installed_twice_it_is_installed_once():
    assert the_first_version() == the_first_version()
    assert Activation.objects.count() == StrategyVersion.objects.count() == 1


def test_a_draft_becomes_checked_tried_approved_and_in_force():
    analyst, supervisor = an_analyst(), a_supervisor()
    number, states = a_draft(analyst), []

    def state():
        states.append(version_row(number).state)

    state()
    edited(number, analyst, cell(number, '"LETTER"'))
    actions.check(number=number, now=NOW)
    state()
    trial = actions.ask_trial(number=number, nights=[DAY], by=analyst.id, now=NOW)
    actions.start_trial(trial_id=trial, now=NOW)
    actions.finish_trial(trial_id=trial, report={"people": 3}, now=NOW)
    state()
    actions.ask_approval(number=number, note="please", by=analyst.id, now=NOW)
    actions.decide_approval(number=number, verdict="APPROVED", reason="", by=supervisor.id, now=NOW)
    state()
    activated(number)
    assert states == ["DRAFT", "CHECKED", "TRIED", "APPROVED"]
    assert [in_force(day).number for day in (DAY, NEXT)] == [1, number]
    assert version_row(number).trial_id == trial
    assert trial_row(trial).report == {"people": 3}


@pytest.mark.parametrize("step", ["try", "ask", "approve", "activate"])
def test_no_step_can_be_left_out(step):
    number, analyst = a_draft(), an_analyst()
    steps = {
        "try": lambda: actions.ask_trial(number=number, nights=[DAY], by=None, now=NOW),
        "ask": lambda: actions.ask_approval(number=number, note="", by=analyst.id, now=NOW),
        "approve": lambda: actions.decide_approval(
            number=number, verdict="APPROVED", reason="", by=analyst.id, now=NOW
        ),
        "activate": lambda: activated(number),
    }
    with pytest.raises(StrategyRefused):
        steps[step]()
    if step == "ask":
        actions.check(number=number, now=NOW)
        with pytest.raises(StrategyRefused):
            steps[step]()


def test_a_draft_with_an_error_stays_a_draft_and_says_where():
    analyst = an_analyst()
    number = a_draft(analyst)
    edited(number, analyst, cell(number, '"SHOUT"', row=3))
    assert not actions.check(number=number, now=NOW)
    row = version_row(number)
    assert row.state == "DRAFT"
    assert any(
        finding["severity"] == "ERROR" and finding["decision"] == "treatment"
        for finding in row.findings
    )


def test_a_cell_that_cannot_be_read_is_kept_as_it_was_written():
    analyst = an_analyst()
    number = a_draft(analyst)
    saved = edited(number, analyst, cell(number, "[1.."))
    assert (saved.digest, row_of(number).outputs[0]) == ("", "[1..")
    assert not actions.check(number=number, now=NOW)


def test_checking_again_keeps_what_was_tried():
    number = a_tried_draft()
    assert actions.check(number=number, now=NOW + timedelta(hours=1))
    assert version_row(number).state == "TRIED"


def test_any_edit_of_a_tried_draft_sends_it_back_and_withdraws_the_question():
    analyst = an_analyst()
    number = a_tried_draft(analyst)
    actions.ask_approval(number=number, note="", by=analyst.id, now=NOW)
    edited(number, analyst, cell(number, '"LETTER"'))
    row = version_row(number)
    assert (row.state, row.trial_id, row.findings, row.checked_at) == ("DRAFT", None, (), None)
    assert question_of(number) is None
    assert questions_of(number)[0].withdrawn_at == NOW


def test_a_trial_of_older_content_does_not_count():
    analyst = an_analyst()
    number = a_draft(analyst)
    actions.check(number=number, now=NOW)
    trial = actions.ask_trial(number=number, nights=[DAY], by=None, now=NOW)
    actions.start_trial(trial_id=trial, now=NOW)
    edited(number, analyst, cell(number, '"LETTER"'))
    actions.check(number=number, now=NOW)
    actions.finish_trial(trial_id=trial, report={}, now=NOW)
    assert version_row(number).state == "CHECKED"
    assert trial_rows(number)[0].state == "DONE"


def test_a_trial_asked_for_twice_is_queued_once_and_one_that_failed_is_asked_again():
    number = a_draft()
    actions.check(number=number, now=NOW)

    def asked():
        return actions.ask_trial(number=number, nights=[NEXT, DAY, DAY], by=None, now=NOW)

    first = asked()
    assert asked() == first
    assert trial_row(first).nights == (DAY, NEXT)
    assert _queued() == [str(first)]
    actions.fail_trial(trial_id=first, problem="no rule matches", now=NOW)
    assert not actions.start_trial(trial_id=first, now=NOW)
    assert (trial_row(first).state, trial_row(first).problem) == ("FAILED", "no rule matches")
    assert asked() != first


def test_a_trial_whose_worker_was_killed_starts_again():
    number = a_draft()
    actions.check(number=number, now=NOW)
    trial = actions.ask_trial(number=number, nights=[DAY], by=None, now=NOW)
    assert actions.start_trial(trial_id=trial, now=NOW)
    assert actions.start_trial(trial_id=trial, now=NOW + timedelta(hours=1))
    assert trial_row(trial).started_at == NOW + timedelta(hours=1)


def _queued():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args->>'trial_id' FROM procrastinate_jobs WHERE task_name = 'cycle.try_strategy'"
        )
        return [job for (job,) in cursor.fetchall()]


# Four eyes


def test_nobody_who_edited_may_approve_though_another_asks():
    analyst, helper = an_analyst(), a_supervisor()
    number = a_draft(analyst)
    edited(number, helper, cell(number, '"LETTER"'))
    a_tried_draft(number=number)
    assert makers_of(number) == {analyst.id, helper.id}
    actions.ask_approval(number=number, note="", by=analyst.id, now=NOW)
    with pytest.raises(StrategyRefused):
        actions.decide_approval(number=number, verdict="APPROVED", reason="", by=helper.id, now=NOW)


def test_who_wrote_the_draft_another_was_made_from_may_not_approve_the_other():
    writer, other = an_analyst(), an_analyst()
    first = a_draft(writer)
    edited(first, writer, cell(first, '"LETTER"'))
    second = actions.draft(title="More", note="", based_on=first, by=other.id, now=NOW)
    assert makers_of(second) == {writer.id, other.id}


def test_who_wrote_the_approved_version_another_was_made_from_may_approve_the_other():
    first, other = an_approved_version(), an_analyst()
    second = actions.draft(title="More", note="", based_on=first, by=other.id, now=NOW)
    assert makers_of(second) == {other.id}


def test_who_wrote_what_was_taken_out_before_its_approval_may_not_approve_it_elsewhere():
    writer, other = an_analyst(), an_analyst()
    first = a_draft(other)
    edited(first, writer, cell(first, '"LETTER"'))
    second = actions.draft(title="More", note="", based_on=first, by=other.id, now=NOW)
    edited(first, other, cell(first, '"CALL"'))
    an_approved_version(number=first)
    assert writer.id in makers_of(second)


def test_what_was_edited_and_asked_anew_is_not_approved_from_a_page_that_shows_it_as_it_was():
    analyst, supervisor = an_analyst(), a_supervisor()
    number = a_tried_draft(analyst)
    old = actions.ask_approval(number=number, note="", by=analyst.id, now=NOW)
    edited(number, analyst, cell(number, '"LETTER"'))
    a_tried_draft(number=number)
    new = actions.ask_approval(number=number, note="", by=analyst.id, now=NOW)
    answer = {"verdict": "APPROVED", "reason": "", "by": supervisor.id, "now": NOW}
    with pytest.raises(StrategyRefused):
        actions.decide_approval(number=number, read=old, **answer)
    assert version_row(number).state == "TRIED"
    for _ in range(2):
        actions.decide_approval(number=number, read=new, **answer)
    assert version_row(number).state == "APPROVED"


def test_a_tried_version_found_to_have_an_error_is_a_draft_again_and_nobody_is_asked(monkeypatch):
    analyst, supervisor = an_analyst(), a_supervisor()
    number = a_tried_draft(analyst)
    actions.ask_approval(number=number, note="", by=analyst.id, now=NOW)
    found = [{"severity": "ERROR", "kind": "GAP"}]
    monkeypatch.setattr("evenhand.rulebook.lifecycle.finding_rows", lambda _content: found)
    assert not actions.check(number=number, now=NOW)
    assert (version_row(number).state, question_of(number)) == ("DRAFT", None)
    with pytest.raises(StrategyRefused):
        actions.decide_approval(
            number=number, verdict="APPROVED", reason="", by=supervisor.id, now=NOW
        )


def test_a_refused_version_stays_as_it_was_and_says_why():
    analyst = an_analyst()
    number = a_tried_draft(analyst)
    actions.ask_approval(number=number, note="", by=analyst.id, now=NOW)
    actions.decide_approval(
        number=number, verdict="REFUSED", reason="too few calls", by=a_supervisor().id, now=NOW
    )
    assert version_row(number).state == "TRIED"
    assert questions_of(number)[0].reason == "too few calls"
    with pytest.raises(StrategyRefused, match="too few calls"):
        actions.ask_approval(number=number, note="", by=analyst.id, now=NOW)


def test_approving_twice_is_approving_once():
    analyst, supervisor = an_analyst(), a_supervisor()
    number = a_tried_draft(analyst)
    actions.ask_approval(number=number, note="", by=analyst.id, now=NOW)
    for _ in range(2):
        actions.decide_approval(
            number=number, verdict="APPROVED", reason="", by=supervisor.id, now=NOW
        )
    assert version_row(number).state == "APPROVED"
    assert len(questions_of(number)) == 1


# What is approved never changes


def test_an_approved_version_is_not_edited_undone_or_discarded():
    number, analyst = an_approved_version(), an_analyst()
    for act in (
        lambda: edited(number, analyst, cell(number, '"LETTER"')),
        lambda: actions.undo(number=number, by=analyst.id, now=NOW),
        lambda: actions.discard(number=number, by=analyst.id, now=NOW),
        lambda: actions.describe(number=number, title="Other", note=""),
    ):
        with pytest.raises(StrategyRefused):
            act()


# Versions and what is in force


def test_versions_are_listed_latest_first_a_page_at_a_time():
    analyst = an_analyst()
    numbers = [a_draft(analyst) for _ in range(4)]
    page = version_rows(limit=2)
    assert [row.number for row in page] == numbers[:1:-1]
    rest = version_rows(before=page[-1].number)
    assert [row.number for row in rest] == [numbers[1], numbers[0], 1]
    assert rest[0].based_on == 1


def test_an_old_version_is_restored_as_a_draft_of_its_own():
    analyst = an_analyst()
    number = a_draft(analyst)
    edited(number, analyst, cell(number, '"LETTER"'))
    again = actions.restore(number=1, by=analyst.id, now=NOW)
    row = version_row(again)
    assert (row.state, row.based_on, content_of(again)) == ("DRAFT", 1, content_of(1))
    assert number_of(content_of(1)) == again


def test_a_document_is_imported_even_with_cells_to_be_mended_but_must_be_dmn():
    analyst = an_analyst()
    content = STARTER.read_bytes().replace(b'"CALL"', b'"CALL', 1)
    number = actions.import_draft(title="Mine", content=content, by=analyst.id, now=NOW)
    assert (version_row(number).digest, content_of(number)) == ("", content)
    with pytest.raises(StrategyRefused):
        actions.import_draft(title="Mine", content=b"<html/>", by=analyst.id, now=NOW)


def test_a_discarded_draft_stays_readable_and_is_edited_no_more():
    analyst = an_analyst()
    number = a_draft(analyst)
    for _ in range(2):
        actions.discard(number=number, by=analyst.id, now=NOW)
    assert version_row(number).state == "DISCARDED"
    with pytest.raises(StrategyRefused):
        edited(number, analyst, cell(number, '"LETTER"'))


@pytest.mark.parametrize("title", ["", "  ", "x" * 121])
def test_a_version_has_a_title(title):
    with pytest.raises(StrategyRefused):
        a_draft(title=title)


def test_title_and_reason_are_not_changed_while_somebody_is_asked():
    analyst = an_analyst()
    number = a_tried_draft(analyst)
    actions.describe(number=number, title="Better", note="because")
    assert (version_row(number).title, version_row(number).note) == ("Better", "because")
    actions.ask_approval(number=number, note="", by=analyst.id, now=NOW)
    with pytest.raises(StrategyRefused):
        actions.describe(number=number, title="Worse", note="")


def test_nothing_is_put_in_force_for_a_day_whose_night_is_settled():
    number = an_approved_version()
    for day in (DAY, DAY - timedelta(days=1)):
        with pytest.raises(StrategyRefused):
            activated(number, from_on=day)


def test_one_strategy_is_in_force_from_a_day_and_the_same_again_is_the_same():
    one, two = an_approved_version(), an_approved_version()
    first = activated(one)
    assert activated(one) == first
    with pytest.raises(StrategyRefused):
        activated(two)


def test_an_activation_is_cancelled_before_its_day_and_not_after():
    number, supervisor = an_approved_version(), a_supervisor()
    activation = activated(number)

    def cancelled(last):
        actions.cancel_activation(
            activation_id=activation, last_banking_day=last, by=supervisor.id, now=NOW
        )

    with pytest.raises(StrategyRefused):
        cancelled(NEXT)
    cancelled(DAY)
    cancelled(NEXT)  # again, changes nothing
    assert in_force(NEXT).number == 1
    [first, *_] = activation_rows()
    assert (first.number, first.cancelled_by) == (number, supervisor.username)
    assert activated(number) != activation


def test_the_newest_capacity_of_a_channel_holds():
    for contacts, hour in ((500, 0), (400, 1)):
        actions.set_capacity(
            channel="PHONE", contacts_per_day=contacts, by=None, now=NOW + timedelta(hours=hour)
        )
    assert capacities() == {"PHONE": 400}
    for channel, contacts in (("PIGEON", 1), ("PHONE", -1)):
        with pytest.raises(StrategyRefused):
            actions.set_capacity(channel=channel, contacts_per_day=contacts, by=None, now=NOW)


# At the same moment


@pytest.mark.django_db(transaction=True)
def test_of_two_versions_put_in_force_from_one_day_at_the_same_moment_one_is():
    one, two, supervisor = an_approved_version(), an_approved_version(), a_supervisor()
    results = at_once(
        lambda: activated(one, by=supervisor.id), lambda: activated(two, by=supervisor.id)
    )
    assert sum(isinstance(result, StrategyRefused) for result in results) == 1
    assert in_force(NEXT).number in (one, two)


@pytest.mark.django_db(transaction=True)
def test_approving_and_editing_at_the_same_moment_never_approves_what_nobody_read():
    analyst, supervisor = an_analyst(), a_supervisor()
    number = a_tried_draft(analyst)
    actions.ask_approval(number=number, note="", by=analyst.id, now=NOW)
    read, operation = content_of(number), cell(number, '"LETTER"')
    results = at_once(
        lambda: edited(number, analyst, operation),
        lambda: actions.decide_approval(
            number=number, verdict="APPROVED", reason="", by=supervisor.id, now=NOW
        ),
    )
    assert sum(isinstance(result, StrategyRefused) for result in results) == 1
    approved = version_row(number).state == "APPROVED"
    assert (content_of(number) == read) == approved


@pytest.mark.django_db(transaction=True)
def test_versions_begun_at_the_same_moment_have_numbers_of_their_own():
    analyst = an_analyst()
    the_first_version()
    numbers = at_once(
        *(lambda: actions.restore(number=1, by=analyst.id, now=NOW) for _ in range(4))
    )
    assert sorted(numbers) == [2, 3, 4, 5]
