"""Addresses of the staff screens."""

from datetime import date

from django.urls import path, register_converter

from evenhand.workbench.views import (
    acts,
    cases,
    contacts,
    experiments,
    ledger,
    packs,
    runs,
    standing,
    strategies,
    strategy_acts,
    strategy_grid,
    trials,
    why,
)


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
    path("find", cases.find, name="find"),
    path("nights/", runs.runs, name="runs"),
    path("nights/<date:day>/", runs.run, name="run"),
    path("nights/<date:day>/differences/", runs.differences, name="differences"),
    path("nights/breaks/", ledger.breaks, name="breaks"),
    path("quarantine/", runs.quarantine, name="quarantine"),
    path("cases/<uuid:case_id>/", cases.case, name="case"),
    path("cases/<uuid:case_id>/promise", acts.promise, name="promise"),
    path("cases/<uuid:case_id>/hold", acts.hold, name="hold"),
    path(
        "cases/<uuid:case_id>/accounts/<str:account>/statement/",
        ledger.statement,
        name="statement",
    ),
    path("cases/<uuid:case_id>/accounts/<str:account>/pay", ledger.pay, name="pay"),
    path("cases/<uuid:case_id>/standing/", standing.standing, name="standing"),
    path("cases/<uuid:case_id>/standing/hold", standing.place_hold, name="standing-hold"),
    path("cases/<uuid:case_id>/standing/<str:kind>", standing.record, name="standing-record"),
    path("cases/<uuid:case_id>/standing/<uuid:fact_id>/end", standing.end, name="standing-end"),
    path(
        "cases/<uuid:case_id>/holds/<uuid:hold_id>/extend",
        standing.extend_hold,
        name="hold-extend",
    ),
    path("cases/<uuid:case_id>/holds/<uuid:hold_id>/lift", standing.lift_hold, name="hold-lift"),
    path("contacts/refused/", contacts.refused, name="refused"),
    path("contacts/refused/find", contacts.find, name="refused-find"),
    path("contacts/refused/export", contacts.export, name="refused-export"),
    path("contacts/<uuid:contact_id>/", contacts.contact, name="contact"),
    path("strategies/", strategies.strategies, name="strategies"),
    path("strategies/draft", strategy_acts.draft, name="strategy-draft"),
    path("strategies/capacities", strategy_acts.set_capacities, name="strategy-capacities"),
    path("strategies/import", strategy_acts.import_draft, name="strategy-import"),
    path("strategies/compare/", strategies.compare, name="strategy-compare"),
    path("strategies/<int:number>/", strategies.strategy, name="strategy"),
    path("strategies/<int:number>/check", strategy_acts.check, name="strategy-check"),
    path("strategies/<int:number>/try", strategy_acts.try_out, name="strategy-try"),
    path("strategies/<int:number>/ask", strategy_acts.ask, name="strategy-ask"),
    path("strategies/<int:number>/withdraw", strategy_acts.withdraw, name="strategy-withdraw"),
    path("strategies/<int:number>/decide", strategy_acts.decide, name="strategy-decide"),
    path("strategies/<int:number>/activate", strategy_acts.activate, name="strategy-activate"),
    path(
        "strategies/<int:number>/cancel/<uuid:activation_id>",
        strategy_acts.cancel,
        name="strategy-cancel",
    ),
    path("strategies/<int:number>/restore", strategy_acts.restore, name="strategy-restore"),
    path("strategies/<int:number>/discard", strategy_acts.discard, name="strategy-discard"),
    path("strategies/<int:number>/import", strategy_acts.import_into, name="strategy-import-into"),
    path(
        "strategies/<int:number>/strategy.dmn",
        strategies.export,
        {"kind": "dmn"},
        name="strategy-dmn",
    ),
    path(
        "strategies/<int:number>/strategy.xlsx",
        strategies.export,
        {"kind": "xlsx"},
        name="strategy-xlsx",
    ),
    path("strategies/<int:number>/findings/", strategy_grid.look, name="strategy-findings"),
    path("strategies/<int:number>/tables/<str:name>/", strategy_grid.table, name="strategy-table"),
    path(
        "strategies/<int:number>/tables/<str:name>/edit",
        strategy_grid.edit,
        name="strategy-edit",
    ),
    path(
        "strategies/<int:number>/tables/<str:name>/since",
        strategy_grid.since,
        name="strategy-since",
    ),
    path(
        "strategies/<int:number>/tables/<str:name>/cell",
        strategy_grid.cell,
        name="strategy-cell",
    ),
    path("experiments/", experiments.listed, name="experiments"),
    path("experiments/new/", experiments.new, name="experiment-new"),
    path("experiments/size", experiments.size, name="experiment-size"),
    path("experiments/<int:number>/", experiments.experiment, name="experiment"),
    path("experiments/<int:number>/edit/", experiments.edit, name="experiment-edit"),
    path("experiments/<int:number>/ask", experiments.ask, name="experiment-ask"),
    path("experiments/<int:number>/decide", experiments.decide, name="experiment-decide"),
    path("experiments/<int:number>/stop", experiments.stop, name="experiment-stop"),
    path("experiments/<int:number>/discard", experiments.discard, name="experiment-discard"),
    path("packs/", packs.packs, name="packs"),
    path("packs/import", packs.import_pack, name="pack-import"),
    path("packs/<str:name>/", packs.pack, name="pack"),
    path("packs/<str:name>/compare/", packs.compare, name="pack-compare"),
    path("packs/<str:name>/pack.toml", packs.export, name="pack-file"),
    path("packs/<str:name>/ask", packs.ask, name="pack-ask"),
    path("packs/<str:name>/ask-out", packs.ask_out, name="pack-ask-out"),
    path("packs/<str:name>/decide/<uuid:activation_id>", packs.decide, name="pack-decide"),
    path("packs/<str:name>/withdraw/<uuid:activation_id>", packs.withdraw, name="pack-withdraw"),
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
