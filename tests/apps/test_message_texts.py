"""Texts of messages: written by one, approved by another, and never in use while something stands against them."""

import pytest
from django.urls import reverse

from evenhand.approvals.queries import open_question
from evenhand.outreach import texts
from evenhand.outreach.models import MessageText
from evenhand.outreach.text_rows import text_in_use
from evenhand.outreach.texts import SUBJECT, TextFaulty, TextRefused, Wording, install_texts
from tests.world import NOW, a_collector, a_supervisor, an_analyst, an_officer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

GOOD = Wording(
    channel="TEXT",
    purpose="REMIND",
    zh="【示例银行】您尾号{card_tail}的信用卡当前应还{due}，可登录手机银行还款。拒收请回复R",
    en="【Sample Bank】{due} is due on your card ending {card_tail}. Pay in the mobile app. Reply STOP to opt out",
)
BAD = Wording(
    channel="TEXT", purpose="REMIND", zh="不还款就上门找您家人", en="Pay or we tell your family"
)


def to(name, *args):
    return reverse(f"workbench:{name}", args=args)


def words(wording):
    return {"zh": wording.zh, "en": wording.en, "subject_zh": "", "subject_en": ""}


def test_a_database_is_born_with_texts_that_nothing_stands_against():
    assert install_texts(is_demo=True, now=NOW)
    assert install_texts(is_demo=True, now=NOW) == []
    assert text_in_use("TEXT", "REMIND").name == "remind-sms"
    assert set(MessageText.objects.values_list("state", flat=True)) == {"IN_USE"}


def test_a_live_database_has_them_as_drafts_for_two_of_its_people():
    install_texts(is_demo=False, now=NOW)
    assert set(MessageText.objects.values_list("state", flat=True)) == {"DRAFT"}
    assert text_in_use("TEXT", "REMIND") is None


def test_a_version_is_in_use_once_a_second_person_has_approved_exactly_it(client):
    install_texts(is_demo=True, now=NOW)
    writer, officer = a_supervisor(), an_officer()
    client.force_login(writer)
    assert client.post(to("text-save", "remind-sms"), words(GOOD)).status_code == 302
    draft = MessageText.objects.get(state="DRAFT")
    assert draft.number == 2
    client.post(to("text-ask", "remind-sms", draft.id))
    said = {"read": open_question(SUBJECT, draft.id).id, "verdict": "APPROVED", "reason": ""}
    assert client.post(to("text-decide", "remind-sms", draft.id), said).status_code == 403
    client.force_login(officer)
    assert client.post(to("text-decide", "remind-sms", draft.id), said).status_code == 302
    assert client.post(to("text-decide", "remind-sms", draft.id), said).status_code == 302
    assert text_in_use("TEXT", "REMIND").number == 2
    assert MessageText.objects.get(name="remind-sms", number=1).state == "RETIRED"


def test_who_wrote_it_does_not_approve_it(client):
    officer = an_officer()
    draft = texts.write(name="a", wording=GOOD, by=officer.id, now=NOW)
    texts.ask(text_id=draft.id, note="", by=officer.id, now=NOW)
    client.force_login(officer)
    said = {"read": open_question(SUBJECT, draft.id).id, "verdict": "APPROVED"}
    assert client.post(to("text-decide", "a", draft.id), said).status_code == 422


def test_nobody_is_asked_about_a_text_that_something_stands_against(client):
    draft = texts.write(name="bad", wording=BAD, by=None, now=NOW)
    with pytest.raises(TextFaulty) as faulty:
        texts.ask(text_id=draft.id, note="", by=a_supervisor().id, now=NOW)
    assert {fault.code for fault in faulty.value.found} >= {"NO_SIGNATURE", "NO_OPT_OUT"}
    client.force_login(a_supervisor())
    page = client.get(to("text", "bad"), headers={"accept-language": "en"}).content.decode()
    assert "how to opt out is missing" in page
    assert client.post(to("text-ask", "bad", draft.id)).status_code == 422


def test_words_changed_after_the_question_take_it_back():
    writer = a_supervisor()
    draft = texts.write(name="a", wording=GOOD, by=writer.id, now=NOW)
    texts.ask(text_id=draft.id, note="", by=writer.id, now=NOW)
    texts.write(name="a", wording=BAD, by=writer.id, now=NOW)
    assert open_question(SUBJECT, draft.id) is None
    assert MessageText.objects.get().state == "DRAFT"


@pytest.mark.parametrize("name", ["", "a b", "ä", "x" * 41, "a/b"])
def test_a_name_is_plain(name):
    with pytest.raises(TextRefused):
        texts.write(name=name, wording=GOOD, by=None, now=NOW)


def test_a_mail_without_a_subject_is_not_ready():
    mail = Wording(channel="EMAIL", purpose="REMIND", zh="请致电95500", en="Call 95500")
    assert [fault.code for fault in mail.faults] == ["NO_SUBJECT", "NO_SUBJECT"]


def test_the_words_are_tried_as_they_are_written_and_nothing_is_kept(client):
    install_texts(is_demo=True, now=NOW)
    client.force_login(a_supervisor())
    page = client.post(to("text-try", "remind-sms"), words(GOOD)).content.decode()
    assert "¥1,234.56" in page
    assert not MessageText.objects.filter(state="DRAFT").exists()
    bad = client.post(
        to("text-try", "remind-sms"), {"zh": "{oops}", "en": ""}, headers={"accept-language": "en"}
    )
    assert "there is no such slot" in bad.content.decode()


def test_only_those_who_write_texts_see_them(client):
    draft = texts.write(name="a", wording=GOOD, by=None, now=NOW)
    for staff in (a_collector(), an_analyst()):
        client.force_login(staff)
        assert client.get(to("texts")).status_code == 403
        assert client.get(to("text", "a")).status_code == 403
        for act in ("text-save", "text-try"):
            assert client.post(to(act, "a"), {}).status_code == 403
        assert client.post(to("text-ask", "a", draft.id)).status_code == 403
    client.force_login(a_supervisor())
    assert client.get(to("texts")).status_code == 200
    assert client.get(to("text", "none")).status_code == 404
