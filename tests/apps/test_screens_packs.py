"""The pages about policy packs: what they show, to whom, and the acts of those who may."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import localtime

from evenhand.rulebook.models import PackActivation, PolicyPack
from evenhand.rulebook.packs import active_digests, shipped_pack
from evenhand.web.clock import clock
from evenhand.workbench.pages import today
from tests.pack_texts import pack_text
from tests.packs import a_pack, answered, asked, in_force
from tests.world import a_collector, a_supervisor, an_analyst

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def put_in_force(text=None):
    """A pack in force since an hour."""
    then = clock() - timedelta(hours=1)
    return in_force(text, from_on=localtime(then).date(), now=then)


def asked_now(text=None, by=None):
    """A question about a pack of an analyst's."""
    digest = a_pack(text, by=by, now=clock())
    return asked(digest, by=by, from_on=today() + timedelta(days=1), now=clock())


@pytest.fixture
def client(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def logged_in(client, person):
    client.force_login(person)
    return person


def asking(version="1", **more):
    day = (today() + timedelta(days=2)).isoformat()
    return {"request_key": uuid4(), "version": version, "from_on": day, "note": "", **more}


def test_the_pages_are_closed_to_collectors(client):
    activation = asked_now()
    logged_in(client, a_collector())
    pages = [
        ("get", "packs", []),
        ("get", "pack", ["small"]),
        ("get", "pack-compare", ["small"]),
        ("get", "pack-file", ["small"]),
        ("post", "pack-import", []),
        ("post", "pack-ask", ["small"]),
        ("post", "pack-ask-out", ["small"]),
        ("post", "pack-decide", ["small", activation]),
        ("post", "pack-withdraw", ["small", activation]),
    ]
    for method, name, args in pages:
        assert getattr(client, method)(reverse(f"workbench:{name}", args=args)).status_code == 403


def test_a_supervisor_brings_nothing_in_and_an_analyst_approves_nothing(client):
    activation = asked_now()
    logged_in(client, a_supervisor())
    assert client.post(reverse("workbench:pack-import")).status_code == 403
    assert client.post(reverse("workbench:pack-ask", args=["small"])).status_code == 403
    logged_in(client, an_analyst())
    decide = reverse("workbench:pack-decide", args=["small", activation])
    assert client.post(decide).status_code == 403


def test_without_a_pack_in_force_the_list_says_that_everything_is_refused(client):
    logged_in(client, a_supervisor())
    page = client.get("/packs/").text
    assert "every contact is refused" in page
    assert "Collection of credit cards in mainland China" in page


def test_the_list_shows_what_is_in_force_since_when_and_who_approved(client):
    put_in_force()
    logged_in(client, a_supervisor())
    page = client.get("/packs/").text
    assert "small@1" in page
    row = PackActivation.objects.get()
    assert f"approved by {row.approval.decided_by.username}" in page
    assert "every contact is refused" not in page


def test_the_page_shows_the_law_behind_each_number_in_both_languages(client):
    put_in_force()
    logged_in(client, a_supervisor())
    page = client.get("/packs/small/").text
    for words in ("… talks today, at most 3.", "Recommended standard", "House rules", "Art. 1",
                  "seen in a secondary source", "Seen in excerpts.", "letters.days", "14"):  # fmt: skip
        assert words in page
    chinese = client.get("/packs/small/", headers={"accept-language": "zh-hans"}).text
    for words in (
        "今日已通话…次，上限3次。",
        "推荐性标准",
        "第 1 条",
        "见于转述",
        "上限",
        "只见摘录。",
    ):
        assert words in chinese


def test_every_shipped_pack_has_its_page(client):
    logged_in(client, a_supervisor())
    for name in ("cn", "us-fed", "uk"):
        page = client.get(reverse("workbench:pack", args=[name]))
        assert page.status_code == 200
        assert page.text.count('class="law ') == len(shipped_pack(name).rules)


def test_a_pack_that_is_not_there_is_not_found(client):
    logged_in(client, a_supervisor())
    assert client.get("/packs/nowhere/").status_code == 404
    assert client.get("/packs/cn/?version=0").status_code == 404
    assert client.get("/packs/cn/compare/?old=0&new=1").status_code == 404
    logged_in(client, an_analyst())
    withdraw = reverse("workbench:pack-withdraw", args=["cn", uuid4()])
    assert client.post(withdraw, {"request_key": uuid4()}).status_code == 404


def test_an_analyst_brings_a_file_in_and_nothing_is_in_force_by_that(client):
    analyst = logged_in(client, an_analyst())
    file = SimpleUploadedFile("small.toml", pack_text().encode())
    form = {"request_key": uuid4(), "file": file}
    answer = client.post(reverse("workbench:pack-import"), form)
    assert (answer.status_code, answer.url) == (302, "/packs/small/?version=1")
    assert PolicyPack.objects.get().imported_by == analyst
    assert active_digests(clock()) == []


def test_a_file_that_is_refused_says_where_and_what_was_expected(client):
    logged_in(client, an_analyst())
    file = SimpleUploadedFile("small.toml", pack_text(opens="eight").encode())
    answer = client.post(reverse("workbench:pack-import"), {"request_key": uuid4(), "file": file})
    assert answer.status_code == 422
    assert "small.toml, S-HOURS, opens: is &#x27;eight&#x27;, expected a time" in answer.text
    sheet = SimpleUploadedFile("small.xlsx", b"x")
    answer = client.post(reverse("workbench:pack-import"), {"request_key": uuid4(), "file": sheet})
    assert "one .toml file" in answer.text


def test_asking_for_a_shipped_pack_brings_it_in_in_the_askers_name(client):
    analyst = logged_in(client, an_analyst())
    version = shipped_pack("us-dc").version
    answer = client.post(reverse("workbench:pack-ask", args=["us-dc"]), asking(version))
    assert answer.status_code == 302
    row = PackActivation.objects.get()
    assert (row.pack.name, row.pack.imported_by, row.asked_by) == ("us-dc", analyst, analyst)
    page = client.get("/packs/us-dc/").text
    assert "Waiting for a second person" in page


def test_a_click_sent_twice_asks_once(client):
    logged_in(client, an_analyst())
    a_pack(now=clock())
    form = asking()
    for _ in range(2):
        assert client.post(reverse("workbench:pack-ask", args=["small"]), form).status_code == 302
    assert PackActivation.objects.count() == 1


def test_what_stands_against_it_is_shown_and_nothing_is_asked(client):
    logged_in(client, an_analyst())
    put_in_force()
    answer = client.post(reverse("workbench:pack-ask", args=["small"]), asking())
    assert answer.status_code == 422
    assert "Nothing would change" in answer.text
    past = asking(from_on=(today() - timedelta(days=3)).isoformat())
    a_pack(pack_text(version="2", most=2), now=clock())
    answer = client.post(reverse("workbench:pack-ask", args=["small"]), past | {"version": "2"})
    assert "what was judged is not changed afterwards" in answer.text


def test_a_second_person_reads_what_changes_and_approves(client):
    put_in_force()
    activation = asked_now(pack_text(version="2", most=2))
    logged_in(client, a_supervisor())
    page = client.get("/packs/small/").text
    assert "at most: 3 → 2" in page
    question = PackActivation.objects.get(id=activation).approval_id
    form = {"request_key": uuid4(), "read": question, "verdict": "APPROVED", "version": "2"}
    answer = client.post(reverse("workbench:pack-decide", args=["small", activation]), form)
    assert answer.status_code == 302
    assert PackActivation.objects.get(id=activation).state == "APPROVED"


def test_a_refusal_without_a_reason_is_asked_for_one(client):
    activation = asked_now()
    logged_in(client, a_supervisor())
    question = PackActivation.objects.get().approval_id
    form = {"request_key": uuid4(), "read": question, "verdict": "REFUSED"}
    address = reverse("workbench:pack-decide", args=["small", activation])
    assert client.post(address, form).status_code == 422
    answer = client.post(address, form | {"request_key": uuid4(), "reason": "too many"})
    assert answer.status_code == 302
    assert PackActivation.objects.get().state == "REFUSED"


def test_whoever_had_a_hand_in_it_is_told_so_and_cannot_answer(client):
    boss = a_supervisor()
    boss.groups.add(an_analyst().groups.get())
    activation = asked_now(by=boss)
    logged_in(client, boss)
    assert "another person has to answer" in client.get("/packs/small/").text
    decide = reverse("workbench:pack-decide", args=["small", activation])
    assert client.post(decide, {"verdict": "APPROVED"}).status_code == 403


def test_a_question_is_withdrawn_and_a_pack_taken_out_of_force(client):
    put_in_force()
    logged_in(client, an_analyst())
    answer = client.post(reverse("workbench:pack-ask-out", args=["small"]), asking())
    assert answer.status_code == 302
    row = PackActivation.objects.get(act="DEACTIVATE")
    assert "asks to take version 1 out of force" in client.get("/packs/small/").text
    withdraw = reverse("workbench:pack-withdraw", args=["small", row.id])
    assert client.post(withdraw, {"request_key": uuid4()}).status_code == 302
    row.refresh_from_db()
    assert row.state == "WITHDRAWN"


def test_two_versions_are_compared_and_a_file_is_taken_away_as_it_was_brought_in(client):
    a_pack(now=clock())
    a_pack(pack_text(version="2", opens="09:00"), now=clock())
    logged_in(client, a_supervisor())
    page = client.get("/packs/small/compare/?old=1&new=2").text
    assert "opens: 08:00 → 09:00" in page
    file = client.get("/packs/small/pack.toml?version=1")
    assert file.content.decode() == pack_text()
    assert 'filename="small-1.toml"' in file.headers["Content-Disposition"]


def test_the_answer_of_another_day_is_shown_in_the_history(client):
    activation = asked_now()
    answered(activation, "REFUSED", reason="the cap is too high", now=clock())
    logged_in(client, a_supervisor())
    page = client.get("/packs/small/").text
    assert "the cap is too high" in page
    assert "as counsel said" in page
