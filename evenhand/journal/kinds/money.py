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
