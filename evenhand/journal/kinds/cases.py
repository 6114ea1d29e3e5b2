"""Lines about a case, its holds and its clock."""

from evenhand.journal.registry import kind

kind(
    "CASE_OPENED",
    "PERSON",
    "案件已立，逾期 {bucket:label.bucket}，处置：{treatment:label.treatment}",
    "Case opened in {bucket:label.bucket}, treatment: {treatment:label.treatment}",
    kept="banking_day entry",
)
kind(
    "CASE_REOPENED",
    "PERSON",
    "案件第 {entry} 次入催，逾期 {bucket:label.bucket}，处置：{treatment:label.treatment}",
    "Case reopened for entry {entry} in {bucket:label.bucket}, treatment: {treatment:label.treatment}",
    kept="banking_day",
)
kind(
    "CASE_CLOSED",
    "PERSON",
    "案件已结：{reason:label.close_reason}",
    "Case closed: {reason:label.close_reason}",
    kept="banking_day entry",
)
kind(
    "DAY_DECIDED",
    "PERSON",
    "因{cause:label.cause}重新决策，处置：{treatment:label.treatment}",
    "Decided again after: {cause:label.cause}. Treatment: {treatment:label.treatment}",
    kept="banking_day strategy_digest facts_seq",
)
kind(
    "MANUAL_DECIDED",
    "PERSON",
    "人工决定：{treatment:label.treatment}，至 {until_on:day}。理由：{reason}",
    "Decided by hand: {treatment:label.treatment}, until {until_on:day}. Reason: {reason}",
    kept="decision from_on",
)
kind(
    "HOLD_PLACED",
    "PERSON",
    "设置停催：{reason:label.hold}，{from_on:day} 起，到期日 {until_on:day}，复核日 {review_on:day}",
    "Hold placed: {reason:label.hold}, from {from_on:day}, ends {until_on:day}, review {review_on:day}",
    kept="hold effects debts",
)
kind(
    "HOLD_EXTENDED",
    "PERSON",
    "停催延期：{reason:label.hold}，到期日 {until_on:day}，复核日 {review_on:day}",
    "Hold extended: {reason:label.hold}, ends {until_on:day}, review {review_on:day}",
    kept="hold effects debts from_on",
)
kind(
    "HOLD_LIFTED",
    "PERSON",
    "解除停催：{reason:label.hold}",
    "Hold lifted: {reason:label.hold}",
    kept="hold lift_reason",
)
kind(
    "CLOCK_PAUSED",
    "PERSON",
    "处置时钟暂停，{from_on:day} 起至 {until_on:day}。原因：{cause}",
    "Treatment clock paused from {from_on:day} until {until_on:day}. Cause: {cause}",
    kept="act",
)
kind(
    "REAGED",
    "PERSON",
    "处置时钟自 {from_on:day} 重新起算。原因：{cause}",
    "Treatment clock started afresh on {from_on:day}. Cause: {cause}",
    kept="act",
)
