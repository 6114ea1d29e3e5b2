"""Lines about payments at the gateway."""

from evenhand.journal.registry import kind

kind(
    "PAYMENT_BEGUN",
    "PERSON",
    "已发起网关付款 {amount_minor:money}",
    "Payment of {amount_minor:money} begun at the gateway",
    kept="intent account_key",
)
kind(
    "PAYMENT_PAID",
    "PERSON",
    "网关通知已付款 {amount_minor:money}",
    "The gateway says {amount_minor:money} is paid",
    kept="intent account_key",
)
kind(
    "PAYMENT_FAILED",
    "PERSON",
    "网关通知付款失败 {amount_minor:money}",
    "The gateway says a payment of {amount_minor:money} failed",
    kept="intent account_key",
)
