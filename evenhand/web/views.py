"""Pages that belong to no screen: refusals and errors, in the layout of the house."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def without_login(view: Callable[..., Any]) -> Callable[..., Any]:
    """The same view for people who have not logged in."""

    @login_not_required
    def open_view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    return open_view


@login_not_required
def not_for_you(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: logged in, but not allowed."""
    return _say(
        request,
        status=403,
        title=_("Not open to you"),
        sentence=_("Your role does not include this page. A supervisor can help."),
    )


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such page, or not theirs to see."""
    return _say(
        request,
        status=404,
        title=_("Nothing here"),
        sentence=_("There is no such page, or it belongs to another desk."),
    )


@login_not_required
def out_of_order(request: HttpRequest) -> HttpResponse:
    """500: our fault. Nothing is read from the database, which may be what failed."""
    page = render_to_string(
        "web/notice.html",
        {
            "title": _("Something went wrong"),
            "sentence": _("The fault is ours and has been written down. Please try again."),
            "status": 500,
        },
    )
    return HttpResponse(page, status=500)


@login_not_required
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was older than the session, or came from elsewhere."""
    return _say(
        request,
        status=403,
        title=_("This form has expired"),
        sentence=_("Open the page again and repeat what you entered. Nothing was saved."),
    )


@login_not_required
def locked_out(request: HttpRequest, credentials: object = None, *args: Any) -> HttpResponse:
    """429: too many wrong passwords for this name from this place."""
    return _say(
        request,
        status=429,
        title=_("Locked for 15 minutes"),
        sentence=_("The password was wrong five times. Wait, or ask your administrator."),
    )


def _say(request: HttpRequest, *, status: int, title: str, sentence: str) -> HttpResponse:
    context = {"title": title, "sentence": sentence, "status": status}
    return render(request, "web/notice.html", context, status=status)
