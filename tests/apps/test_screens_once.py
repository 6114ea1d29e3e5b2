"""A form sent twice, one after the other and at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import RequestFactory

from evenhand.portfolio.models import Person
from evenhand.workbench.once import REMEMBERED, once
from tests.world import a_person

pytestmark = pytest.mark.django_db


def a_request(session_key):
    """A request as the server makes it: the session is read when the request begins."""
    request = RequestFactory().post("/")
    request.session = SessionStore(session_key)
    request.session.get("done_requests")
    return request


@pytest.fixture
def session_key(db):
    session = SessionStore()
    session.create()
    return session.session_key


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_are_one_act(session_key):
    key, ready = uuid4(), Barrier(2)

    def click(_number):
        try:
            request = a_request(session_key)
            ready.wait(timeout=30)
            return once(request, key, a_person)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as clicks:
        assert sorted(clicks.map(click, range(2))) == [False, True]
    assert Person.objects.count() == 1


def test_an_act_that_is_refused_may_be_tried_again_with_the_same_form(session_key):
    def refuse():
        raise ValueError("not today")

    key = uuid4()
    with pytest.raises(ValueError, match="not today"):
        once(a_request(session_key), key, refuse)
    assert once(a_request(session_key), key, a_person)
    assert not once(a_request(session_key), key, a_person)


def test_a_session_remembers_the_latest_forms_only(session_key):
    for _form in range(REMEMBERED + 5):
        once(a_request(session_key), uuid4(), lambda: None)
    assert len(SessionStore(session_key)["done_requests"]) == REMEMBERED
