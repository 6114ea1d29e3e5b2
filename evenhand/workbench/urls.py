"""Addresses of the staff screens."""

from datetime import date

from django.urls import path, register_converter

from evenhand.workbench.views import (
    acts,
    arrange,
    calls,
    cases,
    contacts,
    dialling,
    experiments,
    instructions,
    ledger,
    money,
    packs,
    plans,
    post,
    runs,
    standing,
    strategies,
    strategy_acts,
    strategy_grid,
    texts,
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
    path("cases/<uuid:case_id>/says-paid", acts.says_paid, name="says-paid"),
    path("cases/<uuid:case_id>/call", dialling.call, name="case-call"),
    path("cases/<uuid:case_id>/calls/", dialling.calls, name="calls"),
    path("cases/<uuid:case_id>/calls/<uuid:call_id>/note", dialling.note, name="call-note"),
    path("payments/", money.payments, name="payments"),
    path("payments/<uuid:money_id>/place", money.place_on, name="payment-place"),
    path("payments/<uuid:money_id>/return", money.give_back, name="payment-return"),
    path("payments/<uuid:money_id>/split", money.split, name="payment-split"),
    path("payments/<uuid:money_id>/note", money.note, name="payment-note"),
    path(
        "cases/<uuid:case_id>/accounts/<str:account>/statement/",
        ledger.statement,
        name="statement",
    ),
    path("cases/<uuid:case_id>/accounts/<str:account>/pay", ledger.pay, name="pay"),
    path(
        "cases/<uuid:case_id>/accounts/<str:account>/reverse/<uuid:posting_id>",
        ledger.reverse_posting,
        name="reverse",
    ),
    path("cases/<uuid:case_id>/accounts/<str:account>/refund", ledger.refund, name="refund"),
    path("cases/<uuid:case_id>/arrange/", arrange.arrange, name="arrange"),
    path("cases/<uuid:case_id>/arrange/option/", arrange.option, name="arrange-option"),
    path("cases/<uuid:case_id>/arrange/means/<str:depth>", arrange.means, name="arrange-means"),
    path("cases/<uuid:case_id>/arrange/plan", arrange.propose, name="arrange-plan"),
    path("cases/<uuid:case_id>/arrange/extension", arrange.extension, name="arrange-extension"),
    path("cases/<uuid:case_id>/arrange/settlement", arrange.settlement, name="arrange-settlement"),
    path("cases/<uuid:case_id>/arrange/waiver", arrange.waiver, name="arrange-waiver"),
    path("cases/<uuid:case_id>/arrange/rest", arrange.rest, name="arrange-rest"),
    path("cases/<uuid:case_id>/arrange/reage", arrange.reage, name="arrange-reage"),
    path("plans/<uuid:plan_id>/", plans.plan, name="plan"),
    path("plans/<uuid:plan_id>/costs", plans.show_costs, name="plan-costs"),
    path("plans/<uuid:plan_id>/costs/confirm", plans.confirm_costs, name="plan-costs-confirm"),
    path("plans/<uuid:plan_id>/agree", plans.agree, name="plan-agree"),
    path("plans/<uuid:plan_id>/withdraw", plans.withdraw, name="plan-withdraw"),
    path("plans/<uuid:plan_id>/end", plans.end, name="plan-end"),
    path("post/", post.post, name="post"),
    path("post/<uuid:message_id>/copy", post.copy, name="post-copy"),
    path("post/<uuid:message_id>/call/", calls.call, name="call"),
    path("post/<uuid:message_id>/call/hear", calls.hear, name="call-hear"),
    path("post/<uuid:message_id>/call/recording", calls.recording, name="call-recording"),
    path("post/replies/<uuid:reply_id>/read", post.read, name="reply-read"),
    path("texts/", texts.listed, name="texts"),
    path("texts/<slug:name>/", texts.text, name="text"),
    path("texts/<slug:name>/try", texts.tried, name="text-try"),
    path("texts/<slug:name>/save", texts.save, name="text-save"),
    path("texts/<slug:name>/ask/<uuid:text_id>", texts.ask, name="text-ask"),
    path("texts/<slug:name>/decide/<uuid:text_id>", texts.decide, name="text-decide"),
    path("approvals/", plans.approvals, name="approvals"),
    path("approvals/rests/<uuid:relief_id>", plans.look_again, name="rest-look-again"),
    path("approvals/<str:subject>/<uuid:subject_id>", plans.decide, name="approval-decide"),
    path("instructions/", instructions.instructions, name="instructions"),
    path("instructions/<uuid:instruction_id>/retry", instructions.retry, name="instruction-retry"),
    path(
        "instructions/<uuid:instruction_id>/give-up",
        instructions.give_up,
        name="instruction-give-up",
    ),
    path(
        "instructions/<uuid:instruction_id>/take-over",
        instructions.take_over,
        name="instruction-take-over",
    ),
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
