"""Lines about bank statements, and money on them that no debt is known for."""

from evenhand.journal.registry import kind

kind(
    "STATEMENT_LOADED",
    "SYSTEM",
    "银行对账单已载入：{entries} 笔，入账 {booked} 笔，待认领 {waiting} 笔",
    "Bank statement loaded: {entries} entries, {booked} booked, {waiting} wait to be placed",
    kept="file",
)
kind(
    "MONEY_SETTLED",
    "SYSTEM",
    "待认领款项 {amount_minor:money}：{state:label.unmatched_money}",
    "Money that waited, {amount_minor:money}: {state:label.unmatched_money}",
    kept="money",
)
kind(
    "MONEY_NOTED", "SYSTEM", "待认领款项已加备注", "Money that waits was noted about", kept="money"
)
