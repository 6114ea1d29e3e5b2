"""Addresses of the staff screens."""

from datetime import date

from django.urls import path, register_converter

from evenhand.workbench.views import acts, cases, experiments, runs, trials, why


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
    path("experiments/", experiments.listed, name="experiments"),
    path("experiments/new/", experiments.new, name="experiment-new"),
    path("experiments/size", experiments.size, name="experiment-size"),
    path("experiments/<int:number>/", experiments.experiment, name="experiment"),
    path("experiments/<int:number>/edit/", experiments.edit, name="experiment-edit"),
    path("experiments/<int:number>/ask", experiments.ask, name="experiment-ask"),
    path("experiments/<int:number>/decide", experiments.decide, name="experiment-decide"),
    path("experiments/<int:number>/stop", experiments.stop, name="experiment-stop"),
    path("experiments/<int:number>/discard", experiments.discard, name="experiment-discard"),
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
