"""Addresses of the staff screens."""

from datetime import date

from django.urls import path, register_converter

from evenhand.workbench.views import acts, cases, experiments, runs, why


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
]
