"""The address behind "stop mail of this kind": one click by a mail program, or a button on a page (RFC 8058)."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from evenhand.adapters.smtp_mail.signs import signed
from evenhand.cycle.replying import opted_out_of
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from evenhand.web.clock import clock


@login_not_required
@csrf_exempt  # mail programs send it without a page of ours before it
@require_http_methods(["GET", "POST"])
def opt_out(request: HttpRequest) -> HttpResponse:
    """POST ends mail to her; GET changes nothing, for scanners follow every link. 403 for what we did not sign."""
    secret = config().mail_secret
    try:
        message_id = UUID(request.GET.get("m", ""))
    except ValueError:
        return HttpResponse(status=403)
    if secret is None or not signed(message_id, request.GET.get("s", ""), secret, about="opt-out"):
        return HttpResponse(status=403)
    if request.method == "GET":
        return render(request, "web/opt_out.html", {"done": False})
    if not opted_out_of(
        message_id=message_id, evidence="one click", keys=read_keys(config().key_file), now=clock()
    ):
        return HttpResponse(status=404)
    return render(request, "web/opt_out.html", {"done": True})
