"""Lines about money and what was promised of it."""

from evenhand.journal.registry import kind

kind(
    "PROMISE_RECORDED",
    "PERSON",
    "承诺还款：{amount_minor:money}，{due_on:day} 前",
    "Promise recorded: {amount_minor:money} by {due_on:day}",
    kept="promise",
)
kind(
    "PROMISE_WITHDRAWN",
    "PERSON",
    "承诺撤回：{amount_minor:money}，原定 {due_on:day}",
    "Promise withdrawn: {amount_minor:money} by {due_on:day}",
    kept="promise",
)
kind(
    "PROMISE_KEPT",
    "PERSON",
    "承诺已兑现：{amount_minor:money}，{due_on:day}",
    "Promise kept: {amount_minor:money} by {due_on:day}",
    kept="promise banking_day",
)
kind(
    "PROMISE_BROKEN",
    "PERSON",
    "承诺失约：{amount_minor:money}，{due_on:day}",
    "Promise broken: {amount_minor:money} by {due_on:day}",
    kept="promise banking_day",
)
kind(
    "PAYMENT_RECEIVED",
    "PERSON",
    "日间收到还款：{amount_minor:money}，起息日 {value_on:day}",
    "Payment received by day: {amount_minor:money}, value date {value_on:day}",
    kept="account_key reference_key",
)

kind(
    "DEBT_WAIVED",
    "PERSON",
    "减免 {part:label.ledger_side} {amount_minor:money}",
    "{amount_minor:money} of {part:label.ledger_side} waived",
    kept="posting account_key",
)
kind(
    "OVERPAYMENT_REFUNDED",
    "PERSON",
    "退还溢缴款 {amount_minor:money}",
    "Over-payment of {amount_minor:money} given back",
    kept="posting account_key part",
)
kind(
    "POSTING_REVERSED",
    "PERSON",
    "冲正 {part:label.ledger_side} {amount_minor:money}：{reason}",
    "{amount_minor:money} of {part:label.ledger_side} taken back: {reason}",
    kept="posting account_key",
)
kind(
    "BOOK_OPENED",
    "PERSON",
    "账户分户账已建立，期初欠款 {amount_minor:money}",
    "Ledger of an account opened with {amount_minor:money} owed",
    kept="account_key split",
)
