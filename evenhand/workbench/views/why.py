"""Why an account is treated as it is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def why(request: HttpRequest, account_key: str) -> HttpResponse:
    """The decision explained."""
    return render(request, "web/base.html")
