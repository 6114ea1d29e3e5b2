"""Lines about what is agreed with a person: her means, plans, waivers and rests."""

from evenhand.journal.registry import kind

kind(
    "MEANS_TAKEN",
    "PERSON",
    "登记收支情况（{depth:label.depth}），每月结余 {surplus_minor:money}",
    "Her means taken ({depth:label.depth}): {surplus_minor:money} left over a month",
    kept="assessment",
)
kind(
    "PLAN_MADE",
    "PERSON",
    "拟定方案：{plan_kind:label.plan_kind}，{amount_minor:money}，{months} 期",
    "Plan drawn up: {plan_kind:label.plan_kind}, {amount_minor:money} in {months}",
    kept="plan",
)
kind(
    "PLAN_APPROVED",
    "PERSON",
    "方案已获批准：{plan_kind:label.plan_kind}，{amount_minor:money}",
    "Plan approved: {plan_kind:label.plan_kind}, {amount_minor:money}",
    kept="plan",
)
kind(
    "COSTS_CONFIRMED",
    "PERSON",
    "持卡人已阅读并确认综合融资成本明示表：{amount_minor:money}",
    "She read and confirmed the table of costs of {amount_minor:money}",
    kept="plan plan_kind table",
)
kind(
    "PLAN_AGREED",
    "PERSON",
    "方案生效：{plan_kind:label.plan_kind}，{amount_minor:money}，{how:label.agreed_how}",
    "Plan agreed: {plan_kind:label.plan_kind}, {amount_minor:money}, {how:label.agreed_how}",
    kept="plan",
)
kind(
    "PLAN_NOT_KEPT",
    "PERSON",
    "方案未按期履行：{plan_kind:label.plan_kind}，{until_on:day} 前可补足",
    "Plan not kept: {plan_kind:label.plan_kind}; it can be mended before {until_on:day}",
    kept="plan amount_minor currency",
)
kind(
    "PLAN_MENDED",
    "PERSON",
    "方案已补足，继续履行：{plan_kind:label.plan_kind}",
    "Plan mended and going on: {plan_kind:label.plan_kind}",
    kept="plan amount_minor currency",
)
kind(
    "PLAN_ENDED",
    "PERSON",
    "方案{state:label.plan_state}：{plan_kind:label.plan_kind}，{amount_minor:money}",
    "Plan ended as {state:label.plan_state}: {plan_kind:label.plan_kind}, {amount_minor:money}",
    kept="plan reason",
)
kind(
    "WAIVER_ASKED",
    "PERSON",
    "申请减免{part:label.ledger_side} {amount_minor:money}：{reason:label.waiver_reason}",
    "Waiver of {amount_minor:money} of {part:label.ledger_side} asked for: {reason:label.waiver_reason}",
    kept="waiver account_key",
)
kind(
    "WAIVER_REFUSED",
    "PERSON",
    "减免{part:label.ledger_side} {amount_minor:money} {state:label.waiver_state}：{why}",
    "Waiver of {amount_minor:money} of {part:label.ledger_side} {state:label.waiver_state}: {why}",
    kept="waiver account_key reason",
)
kind(
    "RELIEF_GIVEN",
    "PERSON",
    "无结余，给予宽限，{review_on:day} 复核；自愿小额还款 {token_minor:money}；停息：{interest:label.interest_stop}",
    "A rest for one with nothing left over, looked at again on {review_on:day}; token {token_minor:money}; "
    "interest stop: {interest:label.interest_stop}",
    kept="relief",
)
kind(
    "INTEREST_STOP_ANSWERED",
    "PERSON",
    "停息申请：{interest:label.interest_stop}",
    "Interest stop: {interest:label.interest_stop}",
    kept="relief why",
)
kind(
    "RELIEF_REVIEWED",
    "PERSON",
    "宽限已复核（约定复核日 {review_on:day}）",
    "The rest was looked at again (due on {review_on:day})",
    kept="relief",
)
