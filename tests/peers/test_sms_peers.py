"""Text messages through Debian's Kannel to a message centre at its other end, and back: receipts, refusals, answers."""

import os
import shutil
import time

import pytest

from evenhand.adapters.kannel_sms.client import Kannel
from evenhand.cycle.dispatching import dispatch, lanes
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import ContactEvent, Message, Reply
from evenhand.portfolio.models import StandingFact
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.contacts import clock_at
from tests.peers.kannel_house import PATH, PROGRAMS, kannel_house
from tests.smsc import centre
from tests.stories.test_calls import anna
from tests.stories.test_dispatch import NUMBER, queued

__all__ = ["anna"]

COMMAND = "WITH_SYSTEM=1 python -m pytest tests/peers"
MISSING = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
PASSWORD = "a-password-of-this-house"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.system,
    pytest.mark.skipif(os.environ.get("WITH_SYSTEM") != "1", reason=f"run it with {COMMAND}"),
    pytest.mark.skipif(bool(MISSING), reason=f"{COMMAND}, after apt-get install kannel"),
]


@pytest.fixture
def far_end():
    """The message centre."""
    with centre() as found:
        yield found


@pytest.fixture
def house(far_end, live_server, monkeypatch, tmp_path):
    """Kannel between us and the centre."""
    folder = tmp_path / "kannel"
    folder.mkdir()
    with kannel_house(folder, far_end, public=live_server.url, password=PASSWORD) as found:
        for name, value in {
            "KANNEL_URL": found.url, "KANNEL_PASSWORD": PASSWORD, "PUBLIC_URL": live_server.url,
        }.items():  # fmt: skip
            monkeypatch.setenv(f"EVENHAND_{name}", value)
        config.cache_clear()
        yield found
    config.cache_clear()


def sent(house):
    channel = Kannel(
        url=house.url, user="evenhand", password=PASSWORD, public_url=config().public_url, demo=True
    )
    with lanes({"TEXT": channel}) as several:
        return dict(dispatch(several, keys=read_keys(config().key_file), clock=gate_now))


def until(true, house):
    for _ in range(600):
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError(house.log())


def test_a_long_reminder_arrives_in_parts_and_is_received_for(anna, house, far_end):
    with clock_at():
        queued(anna)
        assert sent(house) == {"HANDED": 1}
        until(lambda: Message.objects.get().state == "DELIVERED", house)
    words = "".join(far_end.texts())
    assert "¥500.00" in words
    assert words.startswith("【")
    assert {one.destination_addr for one in far_end.taken} == {NUMBER}
    assert len(far_end.taken) == Message.objects.get().parts
    assert ContactEvent.objects.get().outcome == "DELIVERED"


def test_what_the_centre_could_not_deliver_did_not_arrive(anna, house, far_end):
    far_end.says = "UNDELIV"
    with clock_at():
        queued(anna)
        assert sent(house) == {"HANDED": 1}
        until(lambda: Message.objects.get().state == "FAILED", house)
    assert ContactEvent.objects.get().outcome == "UNDELIVERABLE"


def test_an_answer_comes_back_through_it_and_its_wish_is_done_at_once(anna, house, far_end):
    with clock_at():
        queued(anna)
        sent(house)
        until(lambda: Message.objects.get().state == "DELIVERED", house)
        far_end.writes(NUMBER, "退订")
        reply = until(lambda: Reply.objects.first(), house)
    assert (reply.reading, reply.customer_id) == ("YES", anna.customer_id)
    assert StandingFact.objects.filter(kind="OPT_OUT").count() == 1


def test_a_full_queue_at_the_centre_delays_it_and_it_arrives_once(anna, house, far_end):
    far_end.refuses = 1
    with clock_at():
        queued(anna)
        assert sent(house) == {"HANDED": 1}
        until(lambda: Message.objects.get().state in ("DELIVERED", "FAILED"), house)
        assert sent(house) == {}
    assert len(far_end.taken) in (0, Message.objects.get().parts)
