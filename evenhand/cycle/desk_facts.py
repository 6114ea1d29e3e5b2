"""Desk facts: what people did by day, as a partition of the night reads it. One row per person who has a person row."""

import pyarrow as pa

_CODE = pa.dictionary(pa.int16(), pa.string())

HOLDS = ("DECEASED", "FRAUD", "DISPUTE", "COMPLAINT", "HARDSHIP", "ILLNESS", "DISASTER", "OTHER")
"""What the tables know of holds, the one that decides first."""
TREATED_AS = {
    "BREATHING_SPACE": "HARDSHIP",
    "DEBT_ADVICE_PAUSE": "HARDSHIP",
    "MENTAL_CAPACITY": "ILLNESS",
    "SENSITIVE_EVENT": "OTHER",
    "PLAN": "OTHER",
}
"""Reasons of holds the tables have no word of their own for: the gate tells them apart, the treatment need not."""

DESK = pa.schema(
    [
        ("customer_key", pa.int64()),
        ("facts_seq", pa.int64()),
        ("case_open", pa.bool_()),
        ("entries", pa.int16()),
        (
            "hold",
            _CODE,
        ),  # NONE or the first of HOLDS in force that stops contact about all of her debts
        (
            "promise_made_on",
            pa.date32(),
        ),  # of the latest promise not withdrawn; null where there is none
        ("promise_due_on", pa.date32()),
        ("promise_minor", pa.int64()),  # base currency
        ("promise_kept", pa.bool_()),  # it was found kept on an earlier day
        ("promises_broken", pa.int16()),  # earlier ones, in the last 180 days
        ("manual_treatment", pa.string()),  # null where none is in force
        (
            "paused",
            pa.list_(pa.date32()),
        ),  # from, until, from, until … of pauses of the treatment clock
        ("reaged_on", pa.date32()),
        ("paid_account_key", pa.list_(pa.int64())),  # money known by day that no file had confirmed
        ("paid_reference_key", pa.list_(pa.int64())),
        ("paid_value_on", pa.list_(pa.date32())),
        ("paid_minor", pa.list_(pa.int64())),  # currency of the account
        (
            "waived_account_key",
            pa.list_(pa.int64()),
        ),  # given up, and no figure of the core's files shows it yet
        ("waived_on", pa.list_(pa.date32())),
        ("waived_minor", pa.list_(pa.int64())),
        ("watched_account_key", pa.list_(pa.int64())),  # restructured, under observation
    ]
)


def no_desk_facts() -> pa.Table:
    """The desk of a bank that has done nothing by day."""
    return DESK.empty_table()
