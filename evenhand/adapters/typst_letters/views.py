"""Where the code on a letter leads: whether the letter is ours, and the bank's own ways in. Nothing about anybody."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evenhand.adapters.typst_letters.signs import NotOurs, read_token
from evenhand.outreach.messages.checking import text_terms
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from evenhand.web.clock import clock


@login_not_required
@require_GET
def genuine(request: HttpRequest, token: str) -> HttpResponse:
    """200 for a letter of ours, also when its code has run out; 404 for any other."""
    try:
        message_id, until_on = read_token(token, read_keys(config().key_file).token_key)
    except NotOurs:
        return render(request, "web/letter.html", {"terms": text_terms()}, status=404)
    context = {
        "number": str(message_id)[:18].upper(),
        "old": clock().astimezone(ZoneInfo(config().time_zone)).date() > until_on,
        "terms": text_terms(),
    }
    return render(request, "web/letter.html", context)
