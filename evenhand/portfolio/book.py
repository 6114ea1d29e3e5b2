"""The book: every account and every person as the night of a banking day knows them.

Two Parquet files a partition, sorted by key. Amounts are integer minor units of the account's currency, days are
`date32`. The parallel lists of an account hold its **ageing window**: all statements since it was last settled (and at
least the latest two), and the payments booked since the first of them, each list in order of booking.
Provenance: `…_file` is the number of a loaded file (`portfolio.FeedFile.file_no`, named in every manifest), `…_line`
the line in it; 0 is "none".
"""

import pyarrow as pa

_MINOR, _DAY, _CODE = pa.int64(), pa.date32(), pa.dictionary(pa.int16(), pa.string())
_LINES = pa.int32()

ACCOUNTS = pa.schema(
    [
        ("customer_key", pa.int64()),
        ("account_key", pa.int64()),
        ("card_tail", pa.string()),
        ("product", _CODE),
        ("branch", _CODE),
        ("currency", _CODE),
        ("credit_limit_minor", _MINOR),
        ("balance_minor", _MINOR),
        ("principal_minor", _MINOR),  # null where the bank sends no balances by component
        ("interest_minor", _MINOR),
        ("late_charge_minor", _MINOR),
        ("fee_minor", _MINOR),
        ("unbilled_instalments_minor", _MINOR),
        ("core_status", _CODE),
        ("block_code", _CODE),
        ("cycle_day", pa.int8()),
        ("autopay", pa.bool_()),
        ("opened_on", _DAY),
        ("stated_overdue_days", pa.int32()),  # null where the core states none
        ("stated_cycle_code", _CODE),
        ("stated_on", _DAY),  # banking day of the file the stated figures and the balance came from
        ("statement_on", pa.list_(_DAY)),
        ("due_on", pa.list_(_DAY)),
        ("minimum_due_minor", pa.list_(_MINOR)),
        ("statement_balance_minor", pa.list_(_MINOR)),
        ("past_due_minor", pa.list_(_MINOR)),  # -1 where the feed gives none
        (
            "value_on",
            pa.list_(_DAY),
        ),  # of payments; a reversal carries the value date of what it takes back
        ("booked_on", pa.list_(_DAY)),
        ("paid_minor", pa.list_(_MINOR)),  # below zero for a reversal
        ("account_file", _LINES),
        ("account_line", _LINES),
        ("balance_file", _LINES),
        ("balance_line", _LINES),
        ("statement_file", pa.list_(_LINES)),
        ("statement_line", pa.list_(_LINES)),
        ("payment_file", pa.list_(_LINES)),
        ("payment_line", pa.list_(_LINES)),
        (
            "payment_key",
            pa.list_(pa.int64()),
        ),  # tells a payment sent twice, and what a reversal names
    ]
)

PEOPLE = pa.schema(
    [
        ("customer_key", pa.int64()),
        ("language", _CODE),
        ("region", _CODE),
        ("segment", _CODE),
        ("deceased", pa.bool_()),
        ("vulnerable", pa.bool_()),
        ("phone_valid", pa.bool_()),  # a MOBILE or PHONE of the person is not known to be invalid
        ("email_valid", pa.bool_()),
        ("address_valid", pa.bool_()),
        ("consent_call", pa.bool_()),  # null: the bank does not say
        ("consent_message", pa.bool_()),
        ("person_file", _LINES),
        ("person_line", _LINES),
        (
            "identity",
            pa.binary(),
        ),  # sealed pieces: name, identity number, employer, contact points (portfolio.identity)
    ]
)
