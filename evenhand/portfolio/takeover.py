"""The take-over lists: what the system before us knew, stated as loaded or empty before the first live night."""

from evenhand.portfolio.feeds import TAKE_OVER, Column, Feed, Kind

K = Kind
_CUSTOMER = Column("customer_ref", K.REF, required=True)
_ACCOUNT = Column("account_ref", K.REF)
_CURRENCY = Column("currency", K.CURRENCY, required=True)


def _must(name: str, kind: Kind, *codes: str) -> Column:
    return Column(name, kind, required=True, codes=codes)


TAKE_OVER_FEEDS = {
    feed.name: feed
    for feed in (
        Feed(
            "open_cases",
            (
                _CUSTOMER,
                _must("case_ref", K.REF),
                _must("opened_on", K.DATE),
                Column("owner", K.CODE),
                Column("desk", K.CODE),
            ),
            key=("case_ref",),
        ),
        Feed(
            "promises",
            (
                _CUSTOMER,
                _ACCOUNT,
                _CURRENCY,
                _must("promise_ref", K.REF),
                _must("made_on", K.DATE),
                _must("due_on", K.DATE),
                _must("amount", K.MONEY),
            ),
            key=("promise_ref",),
            control="amount",
        ),
        Feed(
            "plans",
            (
                _CUSTOMER,
                _ACCOUNT,
                _CURRENCY,
                _must("plan_ref", K.REF),
                _must("agreed_on", K.DATE),
                _must("due_on", K.DATE),
                _must("amount", K.MONEY),
                Column("paid", K.MONEY),
            ),
            key=("plan_ref", "due_on"),
            control="amount",
        ),
        Feed(
            "holds",
            (
                _CUSTOMER,
                _ACCOUNT,
                _must("stops", K.CODE, "CONTACT", "INTEREST", "FEES", "LEGAL", "REPORTING", "ALL"),
                _must("reason", K.CODE),
                _must("from_on", K.DATE),
                Column("until_on", K.DATE),
                Column("note", K.SECRET),
            ),
            key=("customer_ref", "stops", "reason", "from_on"),
        ),
        Feed(
            "opt_outs",
            (
                _CUSTOMER,
                _must("channel", K.CODE, "PHONE", "SMS", "EMAIL", "LETTER", "VISIT", "ALL"),
                _must("asked_on", K.DATE),
                Column("value", K.SECRET),
            ),
            key=("customer_ref", "channel", "asked_on"),
        ),
        Feed(
            "complaints",
            (
                _CUSTOMER,
                _ACCOUNT,
                _must("complaint_ref", K.REF),
                _must("received_on", K.DATE),
                _must("kind", K.CODE, "DISPUTE", "COMPLAINT", "REFERRAL"),
                Column("closed_on", K.DATE),
                Column("text", K.SECRET),
            ),
            key=("complaint_ref",),
        ),
        Feed(
            "placements",
            (
                _CUSTOMER,
                _ACCOUNT,
                _must("agency", K.CODE),
                _must("placed_on", K.DATE),
                Column("round", K.INT, minimum=1, maximum=99),
                Column("recall_on", K.DATE),
            ),
            key=("customer_ref", "agency", "placed_on"),
        ),
        Feed(
            "contacts",
            (
                _CUSTOMER,
                _must("contact_ref", K.REF),
                _must("channel", K.CODE, "PHONE", "SMS", "EMAIL", "LETTER", "VISIT"),
                _must("at", K.INSTANT),
                Column("reached", K.BOOL),
                Column("result", K.CODE),
            ),
            key=("contact_ref",),
        ),
        Feed(
            "limitation_events",
            (
                _CUSTOMER,
                _must("account_ref", K.REF),
                _must("kind", K.CODE, "DEMAND", "PROMISE", "PART_PAYMENT", "SUIT", "OTHER"),
                _must("happened_on", K.DATE),
                Column("proof", K.TEXT),
            ),
            key=("account_ref", "kind", "happened_on"),
        ),
    )
}
assert tuple(TAKE_OVER_FEEDS) == TAKE_OVER
