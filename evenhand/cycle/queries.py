"""Reads about the nights, as plain values and frozen rows for screens."""

from datetime import date

from evenhand.cycle.models import Run


def last_run_day() -> date | None:
    """The banking day of the last published night."""
    runs = Run.objects.filter(state=Run.State.PUBLISHED).order_by("-banking_day")
    return runs.values_list("banking_day", flat=True).first()
