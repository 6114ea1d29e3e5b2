"""Log-in: who gets in, who is locked out, and what every answer forbids."""

import base64
import hmac
import re
import time

import pytest
from django.core.cache import cache
from django.test import Client

from evenhand.access.actions import add_staff

NAME = "collector-1"
PASSWORD = "a calm evening by the river"
LOGIN = "/staff/login/"
ACTIVATE = "/staff/two-factor/totp/activate/"


@pytest.fixture(autouse=True)
def _nothing_tried_yet():
    cache.clear()


@pytest.fixture
def collector(db):
    return add_staff(name=NAME, role="collector", desk="EARLY", password=PASSWORD)


def log_in(client, password, *, place="127.0.0.1"):
    return client.post(LOGIN, {"login": NAME, "password": password}, REMOTE_ADDR=place)


@pytest.mark.parametrize("address", ["/", "/nights/", "/quarantine/"])
def test_every_page_asks_for_a_log_in(client, db, address):
    answer = client.get(address)
    assert (answer.status_code, answer.url) == (302, f"{LOGIN}?next={address}")


def test_the_right_password_opens_the_worklist(client, collector):
    answer = log_in(client, PASSWORD)
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.get("/").status_code == 200


def test_a_whole_department_logs_in_at_nine_from_one_address(collector):
    assert {log_in(Client(), PASSWORD).status_code for _ in range(40)} == {302}


def test_the_fifth_wrong_password_locks_and_the_right_one_then_opens_nothing(client, collector):
    assert [log_in(client, f"wrong {n}").status_code for n in range(5)] == [200] * 4 + [429]
    assert log_in(client, PASSWORD).status_code == 429
    assert client.get("/").status_code == 302


def test_a_right_password_forgets_the_wrong_ones_before_it(client, collector):
    for _ in range(3):
        assert [log_in(client, f"wrong {n}").status_code for n in range(4)] == [200] * 4
        assert log_in(client, PASSWORD).status_code == 302
        client.post("/staff/logout/")


def test_nobody_locks_a_colleague_out_from_elsewhere(client, collector):
    for n in range(12):
        log_in(Client(), f"wrong {n}", place="192.0.2.7")
    assert log_in(Client(), PASSWORD, place="192.0.2.7").status_code == 429
    assert log_in(client, PASSWORD).status_code == 302


def test_an_unknown_name_and_a_wrong_password_read_the_same(client, collector):
    unknown = client.post(LOGIN, {"login": "nobody-9", "password": "wrong"})
    wrong = log_in(client, "wrong")
    assert unknown.context["form"].errors
    assert wrong.context["form"].errors == unknown.context["form"].errors


@pytest.mark.parametrize("address", ["/staff/signup/", "/staff/password/reset/", "/staff/email/"])
def test_nobody_signs_up_or_resets_a_password_by_mail(client, collector, address):
    log_in(client, PASSWORD)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", [LOGIN, "/nowhere/", "/static/web/mark.svg"])
def test_every_answer_forbids_scripts_written_into_the_page(client, db, address):
    answer = client.get(address)
    answer.close()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_log_in_page_brings_nothing_inline(client, db, language):
    client.cookies["django_language"] = language
    page = client.get(LOGIN).content.decode()
    assert f'<html lang="{language}"' in page
    assert not re.search(r"\s(style|on[a-z]+)=|<script(?![^>]*\ssrc=)|<style", page)


def test_a_form_from_elsewhere_is_refused_in_the_layout_of_the_house(db):
    answer = Client(enforce_csrf_checks=True).post(LOGIN, {"login": NAME, "password": PASSWORD})
    assert answer.status_code == 403
    assert "web/notice.html" in [template.name for template in answer.templates]


@pytest.mark.parametrize("address", ["/nights/", "/nights/2026-09-28/", "/quarantine/"])
def test_a_collector_is_refused_the_nights(client, collector, address):
    log_in(client, PASSWORD)
    assert client.get(address).status_code == 403


def test_switching_an_authenticator_on_asks_for_the_password_once_more(client, collector):
    log_in(client, PASSWORD)
    answer = client.get(ACTIVATE)
    assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/staff/confirm/")
    assert client.post("/staff/confirm/", {"password": "wrong"}).status_code == 200
    assert client.get(ACTIVATE).status_code == 302


def test_with_an_authenticator_the_password_alone_opens_nothing(client, collector, home):
    secret = switch_authenticator_on(client)
    client.post("/staff/logout/")
    cache.clear()
    answer = log_in(client, PASSWORD)
    assert answer.url.partition("?")[0] == "/staff/two-factor/authenticate/"
    assert client.get("/").status_code == 302
    assert client.post(answer.url, {"code": "000000"}).status_code == 200
    assert client.get("/").status_code == 302
    assert client.post(answer.url, {"code": code_of(secret)}).status_code == 302
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh-hans", "密码太短，至少需要 12 个字符。"),
        ("en", "This password is too short. It must contain at least 12 characters."),
    ],
)
def test_a_short_password_is_refused_in_the_language_of_the_page(
    client, collector, language, sentence
):
    log_in(client, PASSWORD)
    client.cookies["django_language"] = language
    form = {"oldpassword": PASSWORD, "password1": "kx7-qz", "password2": "kx7-qz"}
    assert sentence in client.post("/staff/password/", form).content.decode()


def switch_authenticator_on(client):
    log_in(client, PASSWORD)
    client.post("/staff/confirm/", {"password": PASSWORD})
    secret = client.get(ACTIVATE).context["form"].secret
    assert client.post(ACTIVATE, {"code": code_of(secret)}).status_code == 302
    return secret


def code_of(secret):
    """The six digits an authenticator shows now (RFC 6238)."""
    counter = (int(time.time()) // 30).to_bytes(8)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 10**6:06}"
