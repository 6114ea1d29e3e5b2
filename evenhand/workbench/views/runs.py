"""The nights and the quarantine."""

from datetime import date

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@permission_required("access.see_runs", raise_exception=True)
def runs(request: HttpRequest) -> HttpResponse:
    """The nights."""
    return render(request, "web/base.html")


@permission_required("access.see_runs", raise_exception=True)
def run(request: HttpRequest, day: date) -> HttpResponse:
    """One night."""
    return render(request, "web/base.html")


@permission_required("access.see_runs", raise_exception=True)
def quarantine(request: HttpRequest) -> HttpResponse:
    """Refused rows."""
    return render(request, "web/base.html")
