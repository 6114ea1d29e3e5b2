"""What law says about arrangements, as the pack states it for a day."""

from evenhand.compliance.dated import DatedParameters

CONDITIONS = frozenset({"EXCEEDS_ABILITY", "WILLING"})
FIELDS = frozenset({
    "BALANCE_STRUCTURE_CURRENCY", "PERIOD_METHOD_CURRENCY_DATES_AMOUNTS", "FEES_INTEREST_DURING_PLAN",
    "NO_NEW_CARD_UNDERTAKING", "RIGHTS_LIABILITIES",
})  # fmt: skip
ONLINE_STEPS = frozenset({"SHOWN_APART", "READ", "CONFIRMED"})

PARAMETERS = DatedParameters(
    "cn/arrangements.toml",
    kinds={
        "plan.months_max": int,
        "plan.conditions": list,
        "plan.fields": list,
        "plan.stops_collection": bool,
        "plan.oral_needs_recording": bool,
        "plan.interest_stop_is_a_right": bool,
        "cost_table.required": bool,
        "cost_table.online_steps": list,
        "cost_table.read_seconds": int,
        "restructured.observation_periods": int,
        "restructured.observation_months": int,
    },
    words={
        "plan.conditions": CONDITIONS,
        "plan.fields": FIELDS,
        "cost_table.online_steps": ONLINE_STEPS,
    },
)
