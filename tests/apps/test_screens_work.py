"""The result form on a case and the next case: what is offered, what is refused, and nothing for the wrong user."""

from uuid import uuid4

import pytest
from django.urls import reverse

from evenhand.arrangements.models import Promise
from evenhand.casework.models import AtWork, ContactResult, ResultDraft
from tests.world import DAY, a_case, a_closed_case, a_collector, a_line, a_run, a_supervisor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

ACTS = ("result", "result-draft", "put-back")


@pytest.fixture
def case():
    a_run(DAY)
    found = a_case(channel="PHONE")
    a_line(found)
    return found


def to(name, case):
    return reverse(f"workbench:{name}", args=[case.id])


def form(**given):
    return {"request_key": uuid4(), "act": "CALL_IN", "line": "ANSWERED", "who": "HERSELF"} | given


def drafts(client, case, **given):
    return client.post(to("result-draft", case), form(**given)).text


def test_only_what_can_still_be_said_is_asked(client, case):
    client.force_login(a_collector())
    page = client.get(to("case", case)).text
    assert 'name="line"' in page
    assert 'value="CALL_OUT"' not in page  # no call of hers has ended
    assert 'name="who"' not in page
    nobody = drafts(client, case, line="BUSY", who="")
    assert 'name="who"' not in nobody
    assert 'name="next"' in nobody
    other = drafts(client, case, who="SOMEBODY_ELSE")
    assert 'value="PROMISED"' not in other
    assert 'value="WRONG_NUMBER"' in other
    promise = drafts(client, case, talk="PROMISED", pays_on="2026-10-02")
    assert (
        'data-asks="promise dated" data-next-on="2026-10-02"' in promise
    )  # proposed: when she pays
    assert "<svg" in drafts(client, case, talk="DISPUTES")


def test_every_language_has_the_whole_form(client, case):
    client.force_login(a_collector())
    for language, words in (
        ("en", ("The line", "Switched off")),
        ("zh-hans", ("线路情况", "关机")),
    ):
        page = client.get(to("case", case), headers={"accept-language": language}).text
        assert all(word in page for word in words)


def test_what_is_typed_is_there_again_for_her_and_for_nobody_else(client, case):
    client.force_login(a_collector())
    drafts(client, case, talk="LATER", note="她周五回电")
    assert "她周五回电" in client.get(to("case", case)).text
    client.force_login(a_supervisor())
    assert "她周五回电" not in client.get(to("case", case)).text


def test_a_result_is_written_once_and_what_is_wrong_is_said_at_its_question(client, case):
    client.force_login(a_collector())
    answer = client.post(to("result", case), form(talk="PROMISED", next="WAIT_FOR_MONEY"))
    assert answer.status_code == 422
    assert answer.text.count('role="alert"') >= 4  # reason, amount, day, next day
    assert not ContactResult.objects.exists()
    said = form(talk="EXPLAINED", next="NOTHING", note="问账单日")
    for _ in range(2):
        assert client.post(to("result", case), said).status_code == 302
    assert ContactResult.objects.count() == 1
    page = client.get(to("case", case)).text
    assert "问账单日" in page
    again = client.post(to("result", case), said | {"note": "别的"})
    assert again.status_code == 422


def test_nonsense_writes_nothing(client, case):
    client.force_login(a_collector())
    said = form(talk="PROMISED", reason="AWAY", next="WAIT_FOR_MONEY", next_on="2026-02-31", amount="a lot",
                pays_on="tomorrow")  # fmt: skip
    assert client.post(to("result", case), said).status_code == 422
    assert client.post(to("result", case), said | {"request_key": "7"}).status_code == 404
    assert client.post(to("result", case), said | {"act": "SHOUT"}).status_code == 422
    assert client.post(to("result", case), said | {"note": "x" * 2500}).status_code == 422
    assert (ContactResult.objects.count(), Promise.objects.count()) == (0, 0)


def test_words_to_look_at_are_shown_while_she_types(client, case):
    client.force_login(a_collector())
    headers = {"hx-target": "result-said", "accept-language": "en"}
    threat = form(note="不还就把你抓起来坐牢")
    shown = client.post(to("result-draft", case), threat, headers=headers).text
    assert "chip-warn" in shown
    assert 'name="line"' not in shown  # nothing else is taken from under her hands


@pytest.mark.parametrize("name", ACTS)
def test_nothing_of_another_desks_case_is_hers_to_write(client, case, name):
    client.force_login(a_collector("LATE"))
    assert client.post(to(name, case), form()).status_code == 404
    client.logout()
    assert client.post(to(name, case), form()).status_code == 302
    assert not ContactResult.objects.exists()
    assert not ResultDraft.objects.exists()
    assert not AtWork.objects.exists()


def test_reading_is_no_way_to_write(client, case):
    client.force_login(a_collector())
    for name in ACTS:
        assert client.get(to(name, case)).status_code == 405
    assert client.get(reverse("workbench:next")).status_code == 405


def test_a_closed_case_has_no_form(client, case):
    closed = a_closed_case()
    client.force_login(a_supervisor())
    assert 'id="result-choices"' not in client.get(to("case", closed)).text
    assert client.post(to("result-draft", closed), form()).status_code == 404


def test_whose_hands_a_case_is_in_is_seen_and_it_can_be_put_back(client, case):
    first, second = a_collector(), a_collector()
    client.force_login(first)
    drafts(client, case, talk="LATER")
    page = client.get(to("case", case), headers={"accept-language": "en"}).text
    assert "In your hands" in page
    client.force_login(second)
    page = client.get(to("case", case), headers={"accept-language": "en"}).text
    assert f"{first.username} works on it" in page
    answer = client.post(to("result", case), form(talk="EXPLAINED", next="NOTHING"))
    assert answer.status_code == 422
    assert first.username in answer.text
    client.force_login(first)
    client.post(to("put-back", case))
    assert not AtWork.objects.exists()
    assert ResultDraft.objects.exists()


def test_where_nothing_waits_the_worklist_says_so(client, case):
    client.force_login(a_collector("LATE"))
    answer = client.post(reverse("workbench:next"), follow=True, headers={"accept-language": "en"})
    assert "No case waits for you." in answer.text
