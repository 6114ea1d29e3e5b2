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
kind(
    "SAYS_PAID",
    "PERSON",
    "持卡人称已还款 {amount_minor:money}，{until_on:day} 前暂停催收并查找款项",
    "She says she has paid {amount_minor:money}; the money is looked for and nobody asks before {until_on:day}",
    kept="claim state",
)
kind(
    "SAYS_PAID_SETTLED",
    "PERSON",
    "称已还款 {amount_minor:money}：{state:label.paid_claim}",
    "Said to be paid, {amount_minor:money}: {state:label.paid_claim}",
    kept="claim until_on",
)
