"""Recordings are kept for as long as the law says, longer while somebody may need them, and then erased with a line."""

from datetime import UTC, datetime, timedelta

import pytest

from evenhand.compliance.packs import SHIPPED
from evenhand.cycle.recordings import erase_what_is_due
from evenhand.journal.models import Line
from evenhand.outreach import calls
from evenhand.outreach.models import CallRecord
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.apps.test_screens_call import SOUND, call, to
from tests.contacts import in_force
from tests.world import NOW, a_hold, a_promise, a_supervisor

__all__ = ["call"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("home")]

TWO_YEARS = datetime(2028, 9, 28, 12, tzinfo=UTC)
CN = (SHIPPED / "cn" / "pack.toml").read_text(encoding="utf-8")


def files():
    return [file.name for file in (config().lake / "recordings").glob("*")]


def test_before_its_day_a_recording_is_kept_and_on_it_erased_once(client, call):
    in_force(CN)
    assert erase_what_is_due(now=TWO_YEARS - timedelta(days=1)).erased == 0
    assert len(files()) == 1
    assert erase_what_is_due(now=TWO_YEARS).erased == 1
    assert files() == []
    row = CallRecord.objects.get()
    assert row.recording_erased_by.startswith("CN-CCM-68-KEEP@cn")
    line = Line.objects.get(kind="RECORDING_ERASED")
    assert line.detail["sha256"] == row.recording_sha256 != ""
    assert erase_what_is_due(now=TWO_YEARS).erased == 0
    client.force_login(a_supervisor())
    page = client.get(to("call", call), headers={"accept-language": "en"}).text
    assert "Erased on 2028-09-28" in page
    assert "您好，这里是示例银行" in page  # the words stay
    assert client.post(to("call-hear", call), {"purpose": "QUALITY"}).status_code == 404


@pytest.mark.parametrize("needs", ["DISPUTE", "COMPLAINT", "promise"])
def test_what_a_dispute_a_complaint_or_a_promise_may_need_is_kept(call, needs):
    in_force(CN)
    person = call.message.customer
    if needs == "promise":
        a_promise(person)
    else:
        a_hold(person, reason=needs, debts=["7"], until_on=None, review_on=TWO_YEARS.date())
    done = erase_what_is_due(now=TWO_YEARS)
    assert (done.erased, done.needed) == (0, 1)
    assert calls.recording_of(call.message_id, read_keys(config().key_file)) == SOUND


def test_where_no_pack_says_how_long_nothing_is_erased(call):
    in_force()
    assert erase_what_is_due(now=TWO_YEARS + timedelta(days=3650)).erased == 0
    assert len(files()) == 1


def test_a_crash_between_the_line_and_the_file_leaves_nothing_behind(call, monkeypatch):
    in_force(CN)
    with monkeypatch.context() as patch:
        patch.setattr("evenhand.outreach.calls.transaction.on_commit", lambda _: None)
        assert erase_what_is_due(now=TWO_YEARS).erased == 1
    assert len(files()) == 1
    erase_what_is_due(now=TWO_YEARS + timedelta(days=1))
    assert files() == []
    assert Line.objects.filter(kind="RECORDING_ERASED").count() == 1


def test_what_rolls_back_keeps_its_file(call, monkeypatch):
    in_force(CN)

    def fails(**_):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("evenhand.outreach.calls.record", fails)
    with pytest.raises(RuntimeError):
        erase_what_is_due(now=TWO_YEARS)
    assert len(files()) == 1
    assert CallRecord.objects.get().recording_erased_at is None
    assert NOW < TWO_YEARS
