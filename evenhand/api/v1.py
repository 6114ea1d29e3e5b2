"""/api/v1: an agency's dialler, or the bank's own, asks the gate and tells what became of its contacts.

A collector sees its own contacts only, and reaches only people whose cases were given to it (casework.grants); whatever
is not its own is answered as if it did not exist.
"""

from typing import Annotated, Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from django.utils.translation import get_language
from ninja import Header, NinjaAPI, Path, Query, Status
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from evenhand.api import asking, core, lists, telling
from evenhand.api.answers import known_case_of, next_times_of, permit_of
from evenhand.api.door import Token, client_of
from evenhand.api.problems import (
    MEDIA_TYPE,
    OF_STATUS,
    Problem,
    answer,
    answer_of,
    answer_to_nonsense,
)
from evenhand.api.shapes import (
    Asking,
    CallListAnswer,
    CallListing,
    CoreAnswer,
    CoreTelling,
    Key,
    KnownCase,
    Listing,
    NextQuery,
    NextTimes,
    Page,
    Permit,
    ProblemShape,
    Reference,
    Release,
    Result,
    ResultsAnswer,
    ResultsTelling,
    Telling,
)
from evenhand.outreach.outside import outside_contacts
from evenhand.payments.freshness import NotFresh

VERSION = "1"


class Described(NinjaAPI):
    """The API with its document, in which refusals have the media type they are answered with."""

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        """The OpenAPI document."""
        found = super().get_openapi_schema(**given)
        for ways in found["paths"].values():
            for operation in ways.values():
                for status, said in operation["responses"].items():
                    if int(status) >= 400 and "content" in said:
                        said["content"] = {MEDIA_TYPE: said["content"]["application/json"]}
        return found


api = Described(
    title="Evenhand",
    version=VERSION,
    description="No contact without a permit: ask before you dial, and tell what became of it.",
    urls_namespace="api",
    docs_url=None,
    auth=Token(),
)

IdempotencyKey = Annotated[Key, Header(alias="Idempotency-Key")]
OptionalKey = Annotated[Key | None, Header(alias="Idempotency-Key")]


def _answers(*good: int, shape: Any, bad: tuple[int, ...]) -> dict[int, Any]:
    refused = dict.fromkeys(sorted({401, 403, 413, 422, 429, *bad}), ProblemShape)
    return dict.fromkeys(good, shape) | refused


@api.post(
    "/permits", response=_answers(200, 201, shape=Permit, bad=(400, 404, 503)), tags=["permits"]
)
def ask(request: HttpRequest, key: IdempotencyKey, asked: Asking) -> Status[Permit]:
    """Ask for a permit. 201 for an answer, be it ALLOW, REVIEW or DENY; 200 when it was given before under this key."""
    client = client_of(request, "ASK")
    found, repeated = asking.ask(client, key, asked)
    return Status(200 if repeated else 201, permit_of(client, found, with_next=True))


@api.post(
    "/permits/{permit}/sent", response=_answers(200, shape=Permit, bad=(404, 409)), tags=["permits"]
)
def sent(request: HttpRequest, permit: UUID, key: OptionalKey = None) -> Permit:
    """Judge again at the moment of sending. Dial only on 200; on 409 nothing may be sent.

    With a key, the same again gives the first answer; without one, a second time is answered 409.
    """
    client = client_of(request, "ASK")
    return permit_of(client, asking.sent(client, permit, key or ""))


@api.post(
    "/permits/{permit}/result",
    response=_answers(200, shape=Permit, bad=(400, 404, 409)),
    tags=["permits"],
)
def result(request: HttpRequest, permit: UUID, told: Result) -> Permit:
    """Tell how it ended, with the signed record of the line. A record that is not signed counts as answered."""
    client = client_of(request, "REPORT")
    return permit_of(client, telling.result(client, permit, told, request.body))


@api.post(
    "/permits/{permit}/release",
    response=_answers(200, shape=Permit, bad=(400, 404, 409)),
    tags=["permits"],
)
def release(request: HttpRequest, permit: UUID, told: Release) -> Permit:
    """Give a permit back on signed proof that nothing was sent. Until then it counts."""
    client = client_of(request, "REPORT")
    return permit_of(client, telling.release(client, permit, told, request.body))


@api.get("/permits/{permit}", response=_answers(200, shape=Permit, bad=(404,)), tags=["permits"])
def one(request: HttpRequest, permit: UUID) -> Permit:
    """One permit, refusal or late report as it stands."""
    client = client_of(request)
    return permit_of(client, asking.own(client, permit))


@api.get("/permits", response=_answers(200, shape=Page, bad=()), tags=["permits"])
def several(request: HttpRequest, given: Query[Listing]) -> Page:
    """The collector's own permits, refusals and late reports, the earliest first."""
    client = client_of(request, query=frozenset(Listing.model_fields))
    try:
        rows = outside_contacts(
            client.collector,
            after=given.after,
            limit=given.limit + 1,
            language=get_language() or "",
        )
    except ValueError:
        raise Problem(422, "not-as-expected", "the `next` of a page", field="after") from None
    shown = rows[: given.limit]
    return Page(
        permits=asking.permits_of(client, shown),
        next=shown[-1].key if len(rows) > given.limit else None,
    )


@api.post("/events", response=_answers(200, 201, shape=Permit, bad=(400, 404)), tags=["events"])
def tell(request: HttpRequest, key: IdempotencyKey, told: Telling) -> Status[Permit]:
    """Tell of a contact made without a permit, or of the person's own. It counts when it happened."""
    client = client_of(request, "REPORT")
    found, repeated = telling.event(client, key, told, request.body)
    return Status(200 if repeated else 201, permit_of(client, found))


@api.get("/cases/{reference}", response=_answers(200, shape=KnownCase, bad=(404,)), tags=["cases"])
def known_case(request: HttpRequest, reference: Annotated[Reference, Path()]) -> KnownCase:
    """The ways to reach the person, masked, with the keys to ask about them by."""
    client = client_of(request)
    return known_case_of(asking.case_of(client, reference))


@api.get("/next-allowed", response=_answers(200, shape=NextTimes, bad=(404,)), tags=["cases"])
def next_allowed(request: HttpRequest, given: Query[NextQuery]) -> NextTimes:
    """When each act would be allowed next. Nothing is reserved by it: the gate judges again."""
    client = client_of(request, query=frozenset(NextQuery.model_fields))
    return next_times_of(client, asking.case_of(client, given.reference), given.act)


@api.post(
    "/core/payments", response=_answers(200, 201, shape=CoreAnswer, bad=(400,)), tags=["core"]
)
def core_payments(
    request: HttpRequest, key: IdempotencyKey, told: CoreTelling
) -> Status[dict[str, Any]]:
    """Tell of payments the core has booked by day; each counts at once and is confirmed by the night's file."""
    client = client_of(request, "CORE")
    found, repeated = core.payments(client, key, told, request.body)
    return Status(200 if repeated else 201, {"payments": found})


@api.post(
    "/call-lists", response=_answers(200, shape=CallListAnswer, bad=(400, 503)), tags=["dialler"]
)
def call_list(request: HttpRequest, key: IdempotencyKey, asked: CallListing) -> dict[str, Any]:
    """Numbers, in clear, that the gate permits now. Each permit counts at once; the same key gives the same list."""
    client = client_of(request, "DIAL")
    return {"calls": lists.listed(client, key, asked)}


@api.post(
    "/call-lists/results", response=_answers(200, shape=ResultsAnswer, bad=(400,)), tags=["dialler"]
)
def call_list_results(request: HttpRequest, told: ResultsTelling) -> dict[str, int]:
    """Tell, signed, what came of listed permits: all are taken, or none. The same again changes nothing."""
    client = client_of(request, "DIAL")
    return lists.results(client, told, request.body)


@api.exception_handler(NotFresh)
def _not_fresh(request: HttpRequest, error: NotFresh) -> HttpResponse:
    detail = "a robot waits until the core has spoken again"
    return answer_of(Problem(503, "not-ready", detail, wait_seconds=60))


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return answer_of(problem)


@api.exception_handler(ValidationError)
def _nonsense(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return answer_to_nonsense(request, error.errors)


@api.exception_handler(HttpError)
def _plain(request: HttpRequest, error: HttpError) -> HttpResponse:
    code = OF_STATUS.get(error.status_code, "bad-request")
    detail = (
        "expected JSON"
        if error.status_code == 400
        else "expected Authorization: Bearer and a token"
    )
    found = answer(error.status_code, code, detail)
    if error.status_code == 401:
        found["WWW-Authenticate"] = "Bearer"
    return found


def addresses() -> tuple[list[URLPattern | URLResolver], str, str]:
    """The addresses of the API, which knows its clients by their tokens: nobody has to log in."""
    found, app, space = api.urls
    for pattern in found:
        assert pattern.callback is not None
        login_not_required(pattern.callback)
    return found, app, space
