"""What ageing says of an account on a day: one row per account, in the order of the book."""

import pyarrow as pa

BUCKETS = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+")
RISK_CLASSES = ("PASS", "SPECIAL_MENTION", "SUBSTANDARD", "DOUBTFUL", "LOSS")

AGEING = pa.schema(
    [
        ("past_due", pa.bool_()),  # by the leading figure, and something is owed or not: see `owes`
        ("owes", pa.bool_()),  # balance above zero
        ("overdue_days", pa.int32()),  # contractual, by the leading figure; 0 when not past due
        ("computed_overdue_days", pa.int32()),
        (
            "stated_overdue_days",
            pa.int32(),
        ),  # carried on to this day; null where the core states none
        ("arrears_minor", pa.int64()),  # unpaid minimums past grace, at most the balance
        (
            "arrears_estimated",
            pa.bool_(),
        ),  # the core states arrears that the statements do not show
        ("due_minor", pa.int64()),  # unpaid minimums not past grace yet
        ("next_due_on", pa.date32()),  # earliest due date among those
        ("oldest_due_on", pa.date32()),  # due date of the oldest minimum unpaid and past grace
        ("cycles_missed", pa.int8()),
        ("bucket", pa.int8()),  # index into BUCKETS
        ("ccm92", pa.int8()),  # index into RISK_CLASSES
        ("fin2023", pa.int8()),
        ("risk_class", pa.int8()),  # the stricter of the two
        ("first_payment_default", pa.bool_()),
        ("payments_recent", pa.int16()),
        ("last_paid_on", pa.date32()),
        (
            "difference",
            pa.int8(),
        ),  # bit 1: stated and computed days differ; 2: past due stated by the statement differs
    ]
)
