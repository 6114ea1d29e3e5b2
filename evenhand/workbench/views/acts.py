"""What a collector does on a case."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST


@require_POST
def promise(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Record a promise."""
    return redirect("workbench:case", case_id)


@require_POST
def hold(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Place a hold."""
    return redirect("workbench:case", case_id)
