"""What the OpenAPI document allows is tried at random with a fixed seed, and what is answered is as it says."""

import re
from collections import defaultdict

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from evenhand.api.problems import titles
from evenhand.outreach.models import ContactEvent
from evenhand.site.wsgi import application
from tests.contacts import clock_at, in_force
from tests.house.tree import ROOT
from tests.outside import a_placed_case, an_outside

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = 12
# Not asked: that all the document allows is accepted. It cannot say that a moment is past or a number the person's.


@pytest.fixture
def north(home):
    in_force()
    with clock_at():
        a_placed_case()
        yield an_outside(requests_per_minute_max=100_000)


def about_the_case(case):
    """Let what is asked or told be about the one case there is and a number of hers, and lie in the past."""
    if not isinstance(case.body, dict) or "reference" not in case.body:
        return
    case.body["reference"] = "N-1"
    if case.body.get("role", "CONSUMER") == "CONSUMER":
        case.body["point"] = "71"
    if "happened_at" in case.body:
        case.body["happened_at"] = "2026-09-28T01:00:00+00:00"
        case.body["record"] = {"key": case.headers["Idempotency-Key"], "outcome": "BUSY"}


def try_out(operation, token):
    """The statuses of answers to what the document allows for one operation, each as the document says."""
    statuses = set()

    @seed(4)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def tried(case):
        case.headers = {**dict(case.headers or {}), "Authorization": f"Bearer {token}"}
        about_the_case(case)
        response = case.call()
        statuses.add(response.status_code)
        assert response.status_code < 500, response.text
        case.validate_response(response, excluded_checks=[positive_data_acceptance])

    tried()
    return statuses


def test_the_document_is_valid_and_answers_are_as_it_says(north):
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    document.validate()
    statuses = defaultdict(set)
    core = an_outside("core", "BANK", actor="FIRST_PARTY", scopes=["CORE"])
    dialler = an_outside("dialler", "BANK", actor="FIRST_PARTY", scopes=["DIAL"])
    for found in document.get_all_operations():
        operation = found.ok()
        asks = core if "/core/" in operation.label else north
        asks = dialler if "/call-lists" in operation.label else asks
        statuses[operation.label] = try_out(operation, asks.token)
    assert 201 in statuses["POST /api/v1/permits"], statuses
    assert 201 in statuses["POST /api/v1/events"], statuses
    assert 200 in statuses["GET /api/v1/permits"]
    assert 200 in statuses["POST /api/v1/call-lists"]
    assert ContactEvent.objects.filter(asked_by="api:north-dialler").exists()
    assert 422 in statuses["POST /api/v1/core/payments"], "what is not signed is refused"
    assert len(statuses) == 12


def test_the_page_names_every_address_and_every_problem_and_no_others(client):
    page = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    ways = {f"{method.upper()} {path}" for path, found in paths.items() for method in found}
    assert set(re.findall(r"^\| `((?:GET|POST) [^`]+)`", page, re.M)) == ways
    assert set(re.findall(r"^\| \d{3} \| `([a-z-]+)`", page, re.M)) == titles().keys()
