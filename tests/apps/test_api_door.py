"""The door of the API: who may ask, when, from where, how often and how much, and how refusals read."""

from datetime import timedelta

import pytest

from evenhand.access import clients
from evenhand.access.clients import ClientError, add_client, rotate_client, suspend_client
from evenhand.access.models import ApiClient
from evenhand.api import door
from evenhand.journal.models import Line
from tests.outside import SINCE, an_outside

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return an_outside()


def test_a_token_is_shown_once_and_only_its_hash_is_kept(north):
    row = ApiClient.objects.get()
    assert north.token.startswith("evh_")
    kept = {name: getattr(row, name) for name in (f.attname for f in ApiClient._meta.fields)}
    assert north.token not in str(kept)
    assert len(bytes(row.token_hash)) == 32
    assert north.token not in str(list(Line.objects.values_list("detail", flat=True)))


@pytest.mark.parametrize("token", ["", "evh_wrong", "张三"])
def test_without_a_token_that_was_given_nothing_is_answered(north, token):
    headers = {"Authorization": f"Bearer {token}"} if token.isascii() else {"Authorization": ""}
    answer = north.get("permits", **headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token-unknown")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_new_token_ends_the_old_one(north):
    old, north.token = north.token, rotate_client(name="north-dialler", now=SINCE)
    assert north.get("permits").status_code == 200
    assert north.get("permits", Authorization=f"Bearer {old}").status_code == 401
    assert bytes(ApiClient.objects.get().public_key) == north.key.public_key().public_bytes_raw()


def test_a_suspended_client_may_not_ask(north):
    suspend_client(name="north-dialler", reason="licence ended", now=SINCE)
    suspend_client(name="north-dialler", reason="again", now=SINCE)
    answer = north.get("permits")
    assert (answer.status_code, answer.json()["code"]) == (403, "client-not-active")
    assert ApiClient.objects.get().suspend_reason == "licence ended"
    kinds = list(Line.objects.order_by("number").values_list("kind", flat=True))
    assert kinds == ["CLIENT_ADDED", "CLIENT_SUSPENDED"]


@pytest.mark.parametrize(
    "time",
    [
        {"active_until_at": SINCE + timedelta(days=1)},
        {"active_from_at": SINCE.replace(year=2100)},
    ],
    ids=str,
)
def test_a_client_may_ask_in_its_time_only(time):
    assert an_outside("brief", **time).get("permits").json()["code"] == "client-not-active"


def test_a_client_may_ask_from_its_network_only():
    assert (
        an_outside("far", networks=["192.0.2.0/24"]).get("permits").json()["code"]
        == "address-not-allowed"
    )
    assert (
        an_outside("near", networks=["127.0.0.0/8", "2001:db8::/32"]).get("permits").status_code
        == 200
    )


@pytest.mark.parametrize(
    ("scope", "path", "body"),
    [("REPORT", "permits", {"reference": "N-1", "act": "CALL"}), ("ASK", "events", None)],
)
def test_a_client_does_what_its_scopes_name(scope, path, body):
    one = an_outside("limited", scopes=[scope])
    if path == "events":
        record = {"key": "k", "outcome": "BUSY"}
        body = {
            "reference": "N-1",
            "act": "CALL",
            "happened_at": SINCE.isoformat(),
            "record": record,
        }
    answer = one.post(path, body, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
    assert one.get("permits").status_code == 200


def test_more_requests_than_the_limit_of_a_minute_are_refused_until_the_next(monkeypatch):
    now = SINCE + timedelta(days=200, seconds=20)
    monkeypatch.setattr(door, "clock", lambda: now)
    one = an_outside("eager", requests_per_minute_max=3)
    assert [one.get("permits").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = one.get("permits")
    assert (refused.json()["code"], refused.headers["Retry-After"]) == ("too-many-requests", "40")
    assert an_outside("patient").get("permits").status_code == 200
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(seconds=40))
    assert one.get("permits").status_code == 200


def test_a_body_that_is_too_large_is_refused(north):
    answer = north.post("permits", {"reference": "x" * 70_000}, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_body_that_is_no_json_is_refused(north):
    answer = north.sends.post(
        "/api/v1/permits", data="{", content_type="application/json",
        headers={"Authorization": f"Bearer {north.token}", "Idempotency-Key": "k"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_a_question_without_its_key_is_refused(north):
    answer = north.post("permits", {"reference": "N-1", "act": "CALL"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("nothing", 404, "not-found"),
        ("events", 405, "method-not-allowed"),
        ("permits/no-key", 422, "not-as-expected"),
        ("permits?limit=1000", 422, "not-as-expected"),
        ("permits?page=2", 422, "not-as-expected"),
    ],
)
def test_every_refusal_is_a_problem_document(north, path, status, code):
    answer = north.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "errors"} <= answer.json().keys()
    assert status != 405 or answer.headers["Allow"] == "POST"


def test_titles_are_in_the_language_of_the_request(north):
    titles = {}
    for north.language in ("en", "zh-CN"):
        titles[north.language] = north.get("nothing").json()["title"]
    assert titles == {"en": "Not found", "zh-CN": "没有找到"}


def test_the_document_describes_every_way_and_its_refusals(north):
    answer = north.get("openapi.json", Authorization="")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/permits/{permit}/sent" in document["paths"]
    for ways in document["paths"].values():
        for operation in ways.values():
            assert operation["security"]
            assert operation["description"].endswith(".")
            assert {"401", "403", "429"} <= operation["responses"].keys()
            assert list(operation["responses"]["401"]["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "North"}, "expected 2 to 40 of a-z"),
        ({"collector": "a b"}, "expected 2 to 40 letters"),
        ({"collector": "OTHERS"}, "means something else"),
        ({"actor": "FIRST_PARTY"}, "does not act for NORTH; expected one of AGENCY"),
        ({"collector": "BANK", "actor": "AGENCY"}, "does not act for BANK"),
        ({"scopes": ["EVERYTHING"]}, "expected some of ASK, REPORT"),
        ({"scopes": []}, "expected some of ASK, REPORT"),
        ({"public_key": b"short"}, "expected the 32 of Ed25519"),
        ({"networks": ["everywhere"]}, "is no network such as"),
        ({"requests_per_minute_max": 0}, "expected at least 1"),
        ({"active_until_at": SINCE}, "expected a moment after"),
    ],
    ids=str,
)
def test_a_client_that_cannot_be_is_refused(given, sentence):
    with pytest.raises(ClientError, match=sentence):
        add_client(**{"name": "north", "collector": "NORTH", "now": SINCE} | given)


def test_a_name_is_given_once_and_unknown_ones_are_said(north):
    with pytest.raises(ClientError, match="is taken"):
        an_outside()
    with pytest.raises(ClientError, match="no client is called 'south'"):
        rotate_client(name="south", now=SINCE)
    with pytest.raises(ClientError, match="say why"):
        suspend_client(name="north-dialler", reason=" ", now=SINCE)
    assert [row.name for row in clients.client_rows()] == ["north-dialler"]
