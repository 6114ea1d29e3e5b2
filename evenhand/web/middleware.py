"""What every answer says about where scripts and styles may come from."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from evenhand.journal.place import acting_from

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # the QR code of an authenticator
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

Answer = Callable[[HttpRequest], HttpResponse]


def content_security_policy(answer: Answer) -> Answer:
    """Let pages use our own files and nothing written into the page; what may hold people is never stored."""

    def answer_with_policy(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        response.headers.setdefault(
            "Cache-Control", "no-store"
        )  # style sheets and scripts say their own
        return response

    return answer_with_policy


def place_of_acts(answer: Answer) -> Answer:
    """Let what is done while a request is answered say from which address it came."""

    def answer_from(request: HttpRequest) -> HttpResponse:
        with acting_from(request.META.get("REMOTE_ADDR", "")):
            return answer(request)

    return answer_from
