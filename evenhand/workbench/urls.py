"""Addresses of the staff screens."""

from datetime import date

from django.urls import path, register_converter

from evenhand.workbench.views import acts, cases, runs, trials, why


class DayConverter:
    """A day in an address, as 2026-09-30."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """The day; a ValueError makes the address unknown."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """The day as it stands in an address."""
        return value.isoformat()


register_converter(DayConverter, "date")

app_name = "workbench"
urlpatterns = [
    path("", cases.worklist, name="worklist"),
    path("nights/", runs.runs, name="runs"),
    path("nights/<date:day>/", runs.run, name="run"),
    path("nights/<date:day>/differences/", runs.differences, name="differences"),
    path("quarantine/", runs.quarantine, name="quarantine"),
    path("cases/<uuid:case_id>/", cases.case, name="case"),
    path("cases/<uuid:case_id>/promise", acts.promise, name="promise"),
    path("cases/<uuid:case_id>/hold", acts.hold, name="hold"),
    path("accounts/<str:account_key>/why/", why.why, name="why"),
    path("strategies/trials/<uuid:trial_id>/", trials.trial, name="trial"),
    path("strategies/trials/<uuid:trial_id>/state/", trials.state, name="trial_state"),
    path("strategies/trials/<uuid:trial_id>/again/", trials.again, name="trial_again"),
    path("strategies/trials/<uuid:trial_id>/page/", trials.as_file, name="trial_file"),
    path("strategies/trials/<uuid:trial_id>/workbook/", trials.workbook, name="trial_sheet"),
    path(
        "strategies/trials/<uuid:trial_id>/<date:day>/people/", trials.people, name="trial_people"
    ),
    path(
        "strategies/trials/<uuid:trial_id>/<date:day>/people/<int:partition>/<str:customer_key>/",
        trials.person,
        name="trial_why",
    ),
]
