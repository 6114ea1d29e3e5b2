"""The post room: messages as they left and replies to read, for those who see contacts."""

from uuid import uuid4

import pytest
from django.urls import reverse

from evenhand.outreach import messages_kept
from evenhand.outreach.models import MessageText, Reply
from evenhand.outreach.texts import install_texts
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.world import DAY, NOW, a_case, a_collector, a_run, a_supervisor, an_analyst

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

WORDS = "【示例银行】温馨提示。拒收请回复R"


@pytest.fixture
def case():
    """A case with a message that arrived and a reply nobody has read."""
    a_run(DAY)
    case = a_case()
    install_texts(is_demo=True, now=NOW)
    keys = read_keys(config().key_file)
    making = messages_kept.Making(
        contact=uuid4(), customer_id=case.customer_id, channel="TEXT", adapter="kannel", point="71", language="zh",
        text_id=MessageText.objects.get(name="remind-sms").id, subject="", words=WORDS, parts=1,
    )  # fmt: skip
    [made] = messages_kept.make([making], keys=keys, now=NOW)
    messages_kept.became([messages_kept.Became(made.id, "DELIVERED")], now=NOW)
    Reply.objects.create(
        customer=case.customer, channel="TEXT", point="71", words=keys.seal("改天再说".encode(), about=b"r1"),
        reference="r1", reading="DOUBTFUL", state="TO_READ", received_at=NOW,
    )  # fmt: skip
    return case


def to(name, *args):
    return reverse(f"workbench:{name}", args=args)


def test_messages_stand_there_exactly_as_they_left(client, case):
    client.force_login(a_supervisor())
    page = client.get(to("post"), headers={"accept-language": "en"}).content.decode()
    assert WORDS in page
    assert "delivered" in page
    assert "改天再说" in page
    assert client.get(to("post"), {"after": "cake"}).status_code == 404


def test_a_reply_is_read_once_by_who_read_it_first(client, case):
    first = a_supervisor()
    for staff in (first, a_supervisor()):
        client.force_login(staff)
        assert client.post(to("reply-read", Reply.objects.get().id)).status_code == 302
    assert Reply.objects.get().read_by == first
    assert client.post(to("reply-read", uuid4())).status_code == 404
    assert client.get(to("post")).context["replies"] == []


def test_nobody_else_reads_messages(client, case):
    for staff in (a_collector(), an_analyst()):
        client.force_login(staff)
        assert client.get(to("post")).status_code == 403
        assert client.post(to("reply-read", Reply.objects.get().id)).status_code == 403
