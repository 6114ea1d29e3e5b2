"""The worklist and a case."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def worklist(request: HttpRequest) -> HttpResponse:
    """The open cases of the desk."""
    return render(request, "web/base.html")


def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One case."""
    return render(request, "web/base.html")
