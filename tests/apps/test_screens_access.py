"""Whose pages are whose."""

from uuid import uuid4

import pytest
from django.urls import reverse

from tests.world import DAY, a_case, a_closed_case, a_collector, a_line, a_run, a_supervisor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

NIGHT_PAGES = ("/nights/", f"/nights/{DAY}/", "/quarantine/")


@pytest.fixture
def case():
    a_run()
    found = a_case(desk="EARLY")
    a_line(found)
    return found


def pages_of(case):
    """Every address about a case, with the method it is asked by."""
    return [
        ("get", reverse("workbench:case", args=[case.id])),
        ("get", reverse("workbench:why", args=[case.accounts.get().account_key])),
        ("post", reverse("workbench:promise", args=[case.id])),
        ("post", reverse("workbench:hold", args=[case.id])),
    ]


def status(client, method, address):
    return getattr(client, method)(address).status_code


def test_who_is_not_logged_in_is_sent_to_the_door(client, case):
    pages = [("get", "/"), *(("get", page) for page in NIGHT_PAGES), *pages_of(case)]
    for method, address in pages:
        answer = getattr(client, method)(address)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/staff/login/")


@pytest.mark.parametrize("page", NIGHT_PAGES)
def test_the_nights_are_closed_to_collectors_and_open_to_supervisors(client, case, page):
    client.force_login(a_collector())
    assert client.get(page).status_code == 403
    client.force_login(a_supervisor())
    assert client.get(page, follow=True).status_code == 200


def test_a_case_of_another_desk_does_not_exist_for_a_collector(client, case):
    client.force_login(a_collector("LATE"))
    assert [status(client, *page) for page in pages_of(case)] == [404, 404, 404, 404]
    assert str(case.id) not in client.get("/").text


def test_a_case_that_is_not_there_is_not_found(client, case):
    client.force_login(a_supervisor())
    for name in ("case", "promise", "hold"):
        method = "get" if name == "case" else "post"
        assert status(client, method, reverse(f"workbench:{name}", args=[uuid4()])) == 404
    for key in ("7", "x", "-9223372036854775809", "٣"):
        assert client.get(reverse("workbench:why", args=[key])).status_code == 404


def test_who_owns_a_case_of_another_desk_sees_it(client, case):
    owner = a_collector("LATE")
    case.owner = owner
    case.save()
    client.force_login(owner)
    assert client.get(reverse("workbench:case", args=[case.id])).status_code == 200
    assert str(case.id) in client.get("/").text


def test_a_closed_case_is_seen_by_a_supervisor_and_no_longer_by_the_desk(client):
    a_run()
    case = a_closed_case()
    address = reverse("workbench:case", args=[case.id])
    client.force_login(a_collector("EARLY"))
    assert client.get(address).status_code == 404
    client.force_login(a_supervisor())
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("name", ["promise", "hold"])
def test_acts_are_posted_and_never_fetched(client, case, name):
    client.force_login(a_supervisor())
    assert client.get(reverse(f"workbench:{name}", args=[case.id])).status_code == 405
