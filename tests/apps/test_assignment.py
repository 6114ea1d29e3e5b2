"""Cases shared out in batches, moved, kept and given back: looked at first, done once, undone while unworked."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evenhand.access.actions import StaffError, set_absent, set_work
from evenhand.access.models import Staff
from evenhand.casework import assignment, work
from evenhand.casework.assigning import assignment_terms
from evenhand.casework.assignment import AssignmentRefused
from evenhand.casework.models import AssignmentBatch, AssignmentLine, Case, ContactResult, KeptCase
from evenhand.casework.result_codes import result_codes
from evenhand.journal.models import Line
from tests.world import DAY, NOW, a_case, a_collector, a_run, a_supervisor, an_analyst

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def supervisor():
    a_run(DAY)
    return a_supervisor()


def preview(by, **given):
    return assignment.preview(
        **{"desk": "EARLY", "rebalances": False, "on": DAY, "by": by.id, "now": NOW} | given
    )


def owners():
    return dict(Case.objects.values_list("id", "owner__username"))


def test_a_batch_is_looked_at_done_once_and_undone(supervisor):
    first, second = a_collector(), a_collector()
    cases = [a_case(arrears_minor=minor) for minor in (900, 500, 400)]
    a_case(desk="LATE")
    number = preview(supervisor)
    assert set(owners().values()) == {None}, "nothing is given by looking"
    assignment.do(number=number, by=supervisor.id, on=DAY, now=NOW)
    assignment.do(number=number, by=supervisor.id, on=DAY, now=LATER)
    given = {owners()[case.id] for case in cases}
    assert given == {first.username, second.username}
    assert Line.objects.filter(kind="CASE_ASSIGNED").count() == 3
    assignment.undo(number=number, by=supervisor.id, now=LATER)
    assignment.undo(number=number, by=supervisor.id, now=LATER)
    assert set(owners().values()) == {None}
    assert Line.objects.filter(kind="CASE_UNASSIGNED").count() == 3
    with pytest.raises(AssignmentRefused, match="NOT_TO_DO"):
        assignment.do(number=number, by=supervisor.id, on=DAY, now=LATER)


def test_what_somebody_has_worked_on_stays_with_her(supervisor):
    collector = a_collector()
    worked, taken, other = a_case(), a_case(), a_case()
    number = preview(supervisor)
    assignment.do(number=number, by=supervisor.id, on=DAY, now=NOW)
    result = {"case": worked, "written_by": collector, "written_at": LATER, "banking_day": DAY, "version": "1",
              "act": "DESK", "next_act": "NOTHING", "request_key": uuid4(), "request_digest": "0" * 64}  # fmt: skip
    ContactResult.objects.create(**result)
    assert work.take(case_id=taken.id, staff=collector.id, codes=result_codes(), now=LATER)
    assignment.undo(number=number, by=supervisor.id, now=LATER)
    assert owners() == {worked.id: collector.username, taken.id: collector.username, other.id: None}
    states = dict(AssignmentLine.objects.values_list("case_id", "state"))
    assert states == {worked.id: "WORKED", taken.id: "WORKED", other.id: "TAKEN_BACK"}


def test_what_changed_since_it_was_looked_at_is_left_as_it_is(supervisor):
    a_collector()
    closed, moved = a_case(), a_case()
    number = preview(supervisor)
    Case.objects.filter(id=closed.id).update(state="CLOSED", closed_on=DAY, close_reason="CURED")
    Case.objects.filter(id=moved.id).update(desk="LATE")
    assignment.do(number=number, by=supervisor.id, on=DAY, now=NOW)
    assert set(owners().values()) == {None}
    assert set(AssignmentLine.objects.values_list("state", flat=True)) == {"CHANGED"}


def test_who_is_away_full_or_complained_of_gets_none_and_the_reason_is_kept(supervisor):
    away, full = a_collector(), a_collector()
    set_absent(
        name=away.username,
        from_on=DAY,
        until_on=DAY + timedelta(days=1),
        reason="leave",
        by=None,
        now=NOW,
    )
    set_work(name=full.username, speaks=["zh"], caseload_max=0, desk="EARLY", by=None, now=NOW)
    case = a_case()
    preview(supervisor)
    assert AssignmentLine.objects.get().reason == "FULL"
    set_work(name=full.username, speaks=["en"], caseload_max=None, desk="EARLY", by=None, now=NOW)
    preview(supervisor)
    assert AssignmentLine.objects.order_by("id").last().reason == "NO_LANGUAGE"
    set_work(
        name=full.username, speaks=["zh", "en"], caseload_max=None, desk="EARLY", by=None, now=NOW
    )
    ContactResult.objects.create(
        case=case, written_by=full, written_at=NOW, banking_day=DAY, version="1", act="CALL_IN", line="ANSWERED",
        who="HERSELF", talk="COMPLAINS", next_act="SUPERVISOR", request_key=uuid4(), request_digest="0" * 64,
    )  # fmt: skip
    preview(supervisor)
    assert AssignmentLine.objects.order_by("id").last().reason == "COMPLAINED_OF"
    with pytest.raises(AssignmentRefused, match="COMPLAINED_OF"):
        assignment.move(case_id=case.id, to=full.username, reason="LOAD", by=supervisor.id, now=NOW)


def test_a_case_of_a_collector_of_another_desk_is_nobodys_at_this_one(supervisor):
    stranger, hers = a_collector("LATE"), a_collector()
    case, own = a_case(owner=stranger), a_case(owner=hers)
    assignment.do(number=preview(supervisor), by=supervisor.id, on=DAY, now=NOW)
    assert owners() == {case.id: hers.username, own.id: hers.username}


def test_rebalancing_takes_from_who_has_most_but_not_what_she_keeps(supervisor):
    full, new = a_collector(), a_collector()
    cases = [a_case(owner=full, arrears_minor=100) for _ in range(6)]
    kept = cases[0]
    assignment.keep(
        case_id=kept.id,
        reason="TALKS",
        until_on=DAY + timedelta(days=5),
        by=full.id,
        on=DAY,
        now=NOW,
    )
    assignment.do(number=preview(supervisor, rebalances=True), by=supervisor.id, on=DAY, now=NOW)
    mine = [owner for owner in owners().values() if owner == new.username]
    assert 2 <= len(mine) <= 3
    assert owners()[kept.id] == full.username


def test_a_case_is_kept_within_the_quota_and_the_days(supervisor):
    collector, terms = a_collector(), assignment_terms()
    until_on = DAY + timedelta(days=3)
    said = {
        "reason": "PROMISE_SOON",
        "until_on": until_on,
        "by": collector.id,
        "on": DAY,
        "now": NOW,
    }
    for _ in range(terms.kept_max):
        assignment.keep(case_id=a_case(owner=collector).id, **said)
    one_more = a_case(owner=collector)
    with pytest.raises(AssignmentRefused, match="QUOTA"):
        assignment.keep(case_id=one_more.id, **said)
    with pytest.raises(AssignmentRefused, match="DAY"):
        assignment.keep(
            case_id=one_more.id,
            **said | {"until_on": DAY + timedelta(days=terms.kept_days_max + 1)},
        )
    with pytest.raises(AssignmentRefused, match="NOT_HERS"):
        assignment.keep(case_id=a_case().id, **said)
    assignment.keep(
        case_id=one_more.id, **said | {"on": until_on, "until_on": until_on + timedelta(days=2)}
    )
    assert KeptCase.objects.count() == terms.kept_max + 1


def test_a_case_is_given_back_by_its_owner_alone_and_with_a_reason(supervisor):
    collector = a_collector()
    case = a_case(owner=collector)
    with pytest.raises(AssignmentRefused, match="REASON"):
        assignment.give_back(case_id=case.id, reason="BORED", by=collector.id, now=NOW)
    with pytest.raises(AssignmentRefused, match="NOT_HERS"):
        assignment.give_back(case_id=case.id, reason="LANGUAGE", by=supervisor.id, now=NOW)
    assignment.give_back(case_id=case.id, reason="LANGUAGE", by=collector.id, now=NOW)
    assert owners() == {case.id: None}
    assert Line.objects.get(kind="CASE_GIVEN_BACK").detail["from"] == collector.username


def test_what_is_said_of_a_collector_is_sense(supervisor):
    collector = a_collector()
    for wrong in ({"speaks": []}, {"speaks": ["xx"]}, {"caseload_max": -1}, {"desk": "NOWHERE"}):
        with pytest.raises(StaffError):
            set_work(**{"name": collector.username, "speaks": ["zh"], "caseload_max": None, "desk": "EARLY", "by": None,
                        "now": NOW} | wrong)  # fmt: skip
    with pytest.raises(StaffError, match="no collector"):
        set_work(
            name=supervisor.username, speaks=["zh"], caseload_max=1, desk="EARLY", by=None, now=NOW
        )
    with pytest.raises(StaffError, match="later end"):
        set_absent(name=collector.username, from_on=DAY, until_on=DAY, reason="x", by=None, now=NOW)


def limited(collector, caseload_max):
    set_work(
        name=collector.username,
        speaks=["zh"],
        caseload_max=caseload_max,
        desk="EARLY",
        by=None,
        now=NOW,
    )


def complains(case, collector):
    ContactResult.objects.create(
        case=case, written_by=collector, written_at=NOW, banking_day=DAY, version="1", act="CALL_IN", line="ANSWERED",
        who="HERSELF", talk="COMPLAINS", next_act="SUPERVISOR", request_key=uuid4(), request_digest="0" * 64,
    )  # fmt: skip


def goes_on_leave(case, collector):
    until_on = DAY + timedelta(days=1)
    set_absent(
        name=collector.username, from_on=DAY, until_on=until_on, reason="ill", by=None, now=NOW
    )


@pytest.mark.parametrize(
    "changes",
    [
        complains,
        goes_on_leave,
        lambda case, collector: limited(collector, 0),
        lambda case, collector: Staff.objects.filter(id=collector.id).update(is_active=False),
        lambda case, collector: Staff.objects.filter(id=collector.id).update(desk="LATE"),
    ],
    ids=["complained of", "away", "limit lowered", "gone", "of another desk"],
)
def test_who_could_not_be_given_it_any_more_is_not(supervisor, changes):
    collector, case = a_collector(), a_case()
    number = preview(supervisor)
    changes(case, collector)
    assignment.do(number=number, by=supervisor.id, on=DAY, now=LATER)
    assert owners() == {case.id: None}
    assert AssignmentLine.objects.get().state == "CHANGED"


def test_a_batch_and_a_move_pass_no_limit_between_them(supervisor):
    collector = a_collector()
    limited(collector, 2)
    large, small, moved = (a_case(arrears_minor=minor) for minor in (900, 500, 100))
    number = preview(supervisor)
    said = {"to": collector.username, "reason": "LOAD", "by": supervisor.id, "now": NOW}
    assignment.move(case_id=moved.id, **said)
    assignment.do(number=number, by=supervisor.id, on=DAY, now=LATER)
    assert owners() == {
        large.id: collector.username,
        small.id: None,
        moved.id: collector.username,
    }
    with pytest.raises(AssignmentRefused, match="FULL"):
        assignment.move(case_id=small.id, **said)


def test_what_stays_with_its_owner_counts_for_her_limit(supervisor):
    """A gets one of B's and B one of C's: when A is gone B keeps hers, and has no room for C's."""
    a, b, c = a_collector(), a_collector(), a_collector()
    of_b, of_c = a_case(owner=b), a_case(owner=c)
    limited(b, 1)
    batch = AssignmentBatch.objects.create(
        number=1, desk="EARLY", rebalances=True, banking_day=DAY, made_by=supervisor, made_at=NOW
    )
    for minor, case, giver, taker in ((2, of_b, b, a), (1, of_c, c, b)):
        AssignmentLine.objects.create(
            batch=batch, case=case, amount_minor=minor, from_owner=giver, to_owner=taker
        )
    limited(a, 0)
    assignment.do(number=1, by=supervisor.id, on=DAY, now=LATER)
    assert owners() == {of_b.id: b.username, of_c.id: c.username}


def test_what_was_kept_since_it_was_looked_at_stays_with_its_owner(supervisor):
    full, new = a_collector(), a_collector()
    for _ in range(4):
        a_case(owner=full, arrears_minor=100)
    number = preview(supervisor, rebalances=True)
    line = AssignmentLine.objects.filter(to_owner=new).first()
    until_on = DAY + timedelta(days=5)
    assignment.keep(
        case_id=line.case_id, reason="TALKS", until_on=until_on, by=full.id, on=DAY, now=NOW
    )
    assignment.do(number=number, by=supervisor.id, on=DAY, now=LATER)
    assert owners()[line.case_id] == full.username
    line.refresh_from_db()
    assert line.state == "CHANGED"


def test_whoever_is_given_a_case_may_keep_it_when_another_did_before(supervisor):
    former, collector = a_collector(), a_collector()
    case = a_case(owner=former)
    said = {"case_id": case.id, "reason": "TALKS", "on": DAY, "now": NOW}
    assignment.keep(**said, until_on=DAY + timedelta(days=1), by=former.id)
    Staff.objects.filter(id=former.id).update(is_active=False)
    later = DAY + timedelta(days=1)
    number = preview(supervisor, on=later)
    assignment.do(number=number, by=supervisor.id, on=later, now=LATER)
    assignment.keep(**said | {"on": later}, until_on=later + timedelta(days=5), by=collector.id)
    assert KeptCase.objects.get(ended_at=None).staff == collector


def test_a_batch_asks_as_much_of_the_database_for_many_collectors_as_for_one(supervisor):
    a_collector()
    a_case()
    with CaptureQueriesContext(connection) as one:
        preview(supervisor)
    for _ in range(20):
        a_collector()
    with CaptureQueriesContext(connection) as many:
        preview(supervisor)
    assert len(many) == len(one)


def test_the_pages_show_a_batch_from_its_making_to_its_end(client, supervisor):
    collector = a_collector()
    case = a_case(arrears_minor=12_345)
    client.force_login(supervisor)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert "123.45" in client.get(reverse("workbench:assignment")).text
    answer = client.post(reverse("workbench:assignment-make"), {"desk": "EARLY"}, follow=True)
    assert "Give 1 case" in answer.text
    number = AssignmentBatch.objects.get().number
    for what, said in (
        ("do", "The cases are given."),
        ("undo", "is taken back"),
        ("discard", "any more"),
    ):
        answer = client.post(reverse("workbench:assignment-act", args=[number, what]), follow=True)
        assert said in answer.text
    for wrong in ("explode", "do"):
        args = [number + (wrong == "do"), wrong]
        assert client.post(reverse("workbench:assignment-act", args=args)).status_code == 404
    assert client.post(reverse("workbench:assignment-make"), {"desk": "NOWHERE"}).status_code == 404
    move = {"to": collector.username, "reason": "LOAD"}
    answer = client.post(reverse("workbench:case-move", args=[case.id]), move, follow=True)
    assert "It is done." in answer.text
    client.post(
        reverse("workbench:assignment-work", args=[collector.username]),
        {"speaks": ["zh", "en"], "limit": "7", "desk": "EARLY"},
    )
    collector.refresh_from_db()
    assert (collector.speaks, collector.caseload_max) == (["en", "zh"], 7)
    answer = client.post(
        reverse("workbench:assignment-work", args=[collector.username]),
        {"speaks": ["zh"], "limit": "5O", "desk": "EARLY"},
        follow=True,
    )
    assert "nothing was changed" in answer.text
    collector.refresh_from_db()
    assert collector.caseload_max == 7, "a limit that is no number lifts no limit"
    away = {"from_on": "2026-09-28", "until_on": "2026-10-08", "reason": "leave"}
    client.post(reverse("workbench:assignment-work", args=[collector.username]), away)
    assert "2026-10-08" in client.get(reverse("workbench:assignment")).text


def test_who_may_not_assign_sees_and_does_nothing_of_it(client, supervisor):
    collector = a_collector()
    case = a_case(owner=collector)
    number = preview(supervisor)
    for staff in (collector, an_analyst()):
        client.force_login(staff)
        assert client.get(reverse("workbench:assignment")).status_code == 403
        assert client.get(reverse("workbench:assignment-batch", args=[number])).status_code == 403
        for name, args in (
            ("assignment-make", []), ("assignment-act", [number, "do"]), ("assignment-work", ["x"]),
            ("case-move", [case.id]),
        ):  # fmt: skip
            assert client.post(reverse(f"workbench:{name}", args=args)).status_code == 403
    client.force_login(a_collector("LATE"))
    for name in ("case-keep", "case-give-back"):
        assert client.post(reverse(f"workbench:{name}", args=[case.id])).status_code == 404
    client.force_login(collector)
    page = client.get(
        reverse("workbench:case", args=[case.id]), headers={"accept-language": "en"}
    ).text
    assert reverse("workbench:case-give-back", args=[case.id]) in page
    assert reverse("workbench:case-move", args=[case.id]) not in page
    said = {"reason": "TALKS", "until_on": str(DAY + timedelta(days=3))}
    client.post(reverse("workbench:case-keep", args=[case.id]), said)
    assert KeptCase.objects.get().staff == collector


@pytest.mark.django_db(transaction=True)
def test_two_who_do_the_same_batch_at_once_do_it_once():
    from concurrent.futures import ThreadPoolExecutor

    a_run(DAY)
    supervisor = a_supervisor()
    a_collector()
    for _ in range(5):
        a_case()
    number = preview(supervisor)

    def does(_):
        try:
            assignment.do(number=number, by=supervisor.id, on=DAY, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as several:
        list(several.map(does, range(3)))
    assert Line.objects.filter(kind="CASE_ASSIGNED").count() == 5
