"""Errors that no handler of the API sees, such as an address that does not exist, are problem documents too."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from evenhand.api.problems import OF_STATUS, answer

ROOT = "/api/"
SAID = {
    400: "the request cannot be read",
    404: "there is no such address",
    405: "see the Allow header for what may be done here",
    500: "the fault has been written down; ask again with the same key",
}


def problems(answer_next: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let every error under /api/ be a problem document."""

    def answer_in_json(request: HttpRequest) -> HttpResponse:
        found = answer_next(request)
        html = "json" not in found.headers.get("Content-Type", "")
        if not (request.path.startswith(ROOT) and found.status_code in SAID and html):
            return found
        problem = answer(found.status_code, OF_STATUS[found.status_code], SAID[found.status_code])
        if "Allow" in found.headers:
            problem["Allow"] = found.headers["Allow"]
        return problem

    return answer_in_json
