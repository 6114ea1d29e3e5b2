"""What the database itself keeps of strategies, whatever the code does."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from evenhand.approvals.models import Approval
from evenhand.rulebook import actions
from evenhand.rulebook.models import Activation, StrategyRevision, StrategyVersion, Trial
from tests.versions import a_tried_draft, an_approved_version
from tests.world import DAY, NOW, a_supervisor, an_analyst

pytestmark = pytest.mark.django_db

NEXT = DAY + timedelta(days=1)


def activated(number):
    return actions.activate(
        number=number, from_on=NEXT, last_banking_day=DAY, by=a_supervisor().id, now=NOW
    )


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("strategyversion", "content = ''"),
        ("strategyversion", "state = 'DRAFT'"),
        ("strategyversion", "digest = ''"),
        ("strategyversion", "note = 'other'"),
        ("strategyrevision", "content = ''"),
        ("strategyrevision", "made_by_id = NULL, act = 'OTHER'"),
        ("activation", "from_on = from_on + 1"),
    ],
)
def test_the_database_itself_keeps_what_was_approved_done_and_put_in_force(table, change):
    number = an_approved_version()
    activated(number)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE rulebook_{table} SET {change}")


def test_the_database_itself_puts_nothing_in_force_that_is_not_approved():
    version = StrategyVersion.objects.get(number=a_tried_draft())
    with pytest.raises(IntegrityError, match="no approval"), transaction.atomic():
        Activation.objects.create(version=version, from_on=NEXT, activated_at=NOW)


def test_the_database_itself_wants_the_approval_and_the_trial_of_exactly_this_content():
    approved = StrategyVersion.objects.get(number=an_approved_version())
    draft = StrategyVersion.objects.get(number=a_tried_draft())
    own_trial, draft.state, draft.approval = draft.trial, "APPROVED", approved.approval
    with pytest.raises(IntegrityError, match="no approval"), transaction.atomic():
        draft.save()
    draft.refresh_from_db()
    actions.ask_approval(number=draft.number, note="", by=an_analyst().id, now=NOW)
    question = Approval.objects.get(subject_id=draft.id)
    question.verdict, question.decided_by, question.decided_at = "APPROVED", a_supervisor(), NOW
    question.save()
    draft.approval = question
    for change in (
        {"state": "APPROVED", "content_sha256": "0" * 64},
        {"state": "APPROVED", "trial": approved.trial},
    ):
        with pytest.raises(IntegrityError, match="no approval"), transaction.atomic():
            StrategyVersion.objects.filter(id=draft.id).update(approval=question, **change)
    StrategyVersion.objects.filter(id=draft.id).update(
        approval=question, state="APPROVED", trial=own_trial
    )


def test_the_database_itself_lets_no_draft_pass_for_what_came_with_the_installation():
    number = a_tried_draft()
    with pytest.raises(IntegrityError, match="no approval"), transaction.atomic():
        StrategyVersion.objects.filter(number=number).update(state="APPROVED", created_by=None)


def test_the_database_itself_keeps_the_report_of_a_trial():
    number = a_tried_draft()
    with pytest.raises(IntegrityError), transaction.atomic():
        Trial.objects.filter(version__number=number).update(report={"people": 1})


@pytest.mark.parametrize("model", [StrategyRevision, Activation])
def test_no_step_and_no_activation_is_deleted(model):
    activated(an_approved_version())
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.all()._raw_delete("default")
