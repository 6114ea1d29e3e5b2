"""Refusals and errors as problem documents (RFC 9457), each with a code, and with the fields it is about."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Something asked that is not answered: its code, what a program may read of it, and for a person the detail."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        field: str = "",
        wait_seconds: int = 0,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.fields = [{"field": field, "expected": detail}] if field else []
        self.wait_seconds = wait_seconds
        self.more = more


def titles() -> Mapping[str, str]:
    """What each code means, in the language of the request."""
    return {
        "bad-request": _("The request cannot be read"),
        "token-unknown": _("No valid token"),
        "client-not-active": _("This client may not ask now"),
        "address-not-allowed": _("This client may not ask from here"),
        "scope-missing": _("This client may not do this"),
        "not-found": _("Not found"),
        "method-not-allowed": _("Not a way to ask for this"),
        "permit-settled": _("The permit permits nothing more"),
        "permit-lapsed": _("The permit lapsed: nothing may be sent"),
        "told-otherwise": _("Something else was told before"),
        "body-too-large": _("The body is too large"),
        "not-as-expected": _("Something is not as expected"),
        "key-reused": _("The key was used for something else"),
        "too-many-reports": _("Too many reports about one person"),
        "too-many-requests": _("Too many requests"),
        "not-ready": _("Nothing can be permitted at the moment"),
        "our-fault": _("The fault is ours"),
    }


OF_STATUS = {
    400: "bad-request", 401: "token-unknown", 403: "scope-missing", 404: "not-found", 405: "method-not-allowed",
    413: "body-too-large", 500: "our-fault",
}  # fmt: skip


def answer(
    status: int, code: str, detail: str, *, errors: Iterable[Mapping[str, str]] = (), **more: Any
) -> HttpResponse:
    """A problem as an answer."""
    said = {
        "type": f"urn:evenhand:problem:{code}",
        "title": titles()[code],
        "status": status,
        "code": code,
        "detail": detail,
        "errors": list(errors),
        **more,
    }
    text = json.dumps(said, ensure_ascii=False)
    return HttpResponse(text, status=status, content_type=MEDIA_TYPE)


def answer_of(problem: Problem) -> HttpResponse:
    """A problem that was raised, as an answer."""
    found = answer(
        problem.status, problem.code, problem.detail, errors=problem.fields, **problem.more
    )
    if problem.wait_seconds:
        found["Retry-After"] = str(problem.wait_seconds)
    if problem.status == 401:
        found["WWW-Authenticate"] = "Bearer"
    return found


def answer_to_nonsense(request: HttpRequest, errors: Iterable[Mapping[str, Any]]) -> HttpResponse:
    """422, naming each field that is not as expected; what was sent is not repeated, it may tell of a person."""
    found = [{"field": _field(error["loc"]), "expected": str(error["msg"])} for error in errors]
    return answer(
        422,
        "not-as-expected",
        "; ".join(f"{e['field']}: {e['expected']}" for e in found),
        errors=found,
    )


def _field(place: Iterable[Any]) -> str:
    """The name of a field, without the names of our own arguments."""
    names = [str(part) for part in place]
    return ".".join(
        n for n in names if n not in {"body", "query", "header", "path", "asked", "told", "given"}
    )
