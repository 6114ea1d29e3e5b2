"""Four eyes: what is asked of a second person, and who may answer."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from evenhand.approvals.actions import ApprovalRefused, ask, decide, withdraw
from evenhand.approvals.models import Approval
from evenhand.approvals.queries import approval_rows, open_question, open_questions
from tests.world import NOW, a_supervisor, an_analyst

pytestmark = pytest.mark.django_db

THING = uuid4()
CONTENT, OTHER = "a" * 64, "b" * 64


def asked(by, made_by=(), digest=CONTENT):
    return ask(
        subject="STRATEGY",
        subject_id=THING,
        digest=digest,
        asked_by=by.id,
        made_by=[maker.id for maker in made_by],
        note="fewer calls",
        now=NOW,
    )


def answered(question, by, verdict="APPROVED", reason="", digest=CONTENT):
    return decide(
        approval_id=question, verdict=verdict, reason=reason, digest=digest, by=by.id, now=NOW
    )


def test_a_second_person_approves():
    analyst, supervisor = an_analyst(), a_supervisor()
    answered(asked(analyst), supervisor)
    [row] = approval_rows("STRATEGY", THING)
    assert (row.verdict, row.asked_by, row.decided_by) == (
        "APPROVED",
        analyst.username,
        supervisor.username,
    )
    assert not row.is_open


def test_who_asks_may_not_answer():
    analyst = an_analyst()
    question = asked(analyst)
    with pytest.raises(ApprovalRefused):
        answered(question, analyst)
    assert open_question("STRATEGY", THING).id == question


def test_nobody_who_had_a_hand_in_it_may_answer():
    analyst, helper = an_analyst(), a_supervisor()
    question = asked(analyst, made_by=[analyst, helper])
    assert not open_question("STRATEGY", THING).may_decide(helper.id)
    for verdict in ("APPROVED", "REFUSED"):
        with pytest.raises(ApprovalRefused):
            answered(question, helper, verdict, "it is mine")


@pytest.mark.parametrize("made_by", [True, False])
def test_the_database_itself_keeps_makers_and_askers_from_answering(made_by):
    analyst, helper = an_analyst(), a_supervisor()
    question = asked(analyst, made_by=[helper])
    by = helper if made_by else analyst
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(id=question).update(
            verdict="APPROVED", decided_by=by, decided_at=NOW
        )


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "APPROVED"},
        {"reason": "other"},
        {"verdict": "", "decided_by": None, "decided_at": None},
    ],
)
def test_the_database_itself_keeps_an_answer_as_it_was_given(change):
    question = asked(an_analyst())
    answered(question, a_supervisor(), "REFUSED", "too dear")
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(id=question).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.all()._raw_delete("default")


@pytest.mark.parametrize("change", [{"digest": "0" * 64}, {"made_by": []}, {"note": "other"}])
def test_the_database_itself_keeps_what_was_asked(change):
    analyst = an_analyst()
    question = asked(analyst, made_by=[analyst])
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(id=question).update(**change)


def test_the_same_answer_again_is_the_first_and_another_is_refused():
    supervisor = a_supervisor()
    question = asked(an_analyst())
    first = answered(question, supervisor)
    later = decide(
        approval_id=question,
        verdict="APPROVED",
        reason="",
        digest=CONTENT,
        by=supervisor.id,
        now=NOW + timedelta(hours=1),
    )
    assert later.decided_at == first.decided_at == NOW
    with pytest.raises(ApprovalRefused):
        answered(question, supervisor, "REFUSED", "on second thoughts")


def test_content_that_moved_on_cannot_be_approved():
    question = asked(an_analyst())
    with pytest.raises(ApprovalRefused):
        answered(question, a_supervisor(), digest=OTHER)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_refusal_says_why(reason):
    question = asked(an_analyst())
    with pytest.raises(ApprovalRefused):
        answered(question, a_supervisor(), "REFUSED", reason)


def test_there_is_no_third_answer():
    with pytest.raises(ApprovalRefused):
        answered(asked(an_analyst()), a_supervisor(), "PERHAPS")


def test_a_question_is_open_once_and_asked_again_is_the_same():
    analyst = an_analyst()
    assert asked(analyst) == asked(analyst)
    with pytest.raises(ApprovalRefused):
        asked(analyst, digest=OTHER)
    assert [row.note for row in open_questions("STRATEGY")] == ["fewer calls"]


def test_what_was_refused_is_not_asked_again_until_it_is_changed():
    analyst = an_analyst()
    answered(asked(analyst), a_supervisor(), "REFUSED", "too many calls")
    with pytest.raises(ApprovalRefused, match="too many calls"):
        asked(analyst)
    asked(analyst, digest=OTHER)


def test_a_withdrawn_question_cannot_be_answered():
    analyst = an_analyst()
    question = asked(analyst)
    assert withdraw(subject="STRATEGY", subject_id=THING, by=analyst.id, now=NOW)
    assert not withdraw(subject="STRATEGY", subject_id=THING, by=analyst.id, now=NOW)
    with pytest.raises(ApprovalRefused):
        answered(question, a_supervisor())
    assert open_question("STRATEGY", THING) is None
    assert asked(analyst) != question


def test_an_answered_question_is_not_withdrawn():
    analyst = an_analyst()
    answered(asked(analyst), a_supervisor())
    assert not withdraw(subject="STRATEGY", subject_id=THING, by=analyst.id, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM approvals_approval WHERE withdrawn_at IS NOT NULL")
        assert cursor.fetchone() == (0,)
