"""Lines about whose a case is."""

from evenhand.journal.registry import kind

kind(
    "CASE_ASSIGNED",
    "PERSON",
    "案件分配：{to}（第 {batch} 批）",
    "Case given to {to} (batch {batch})",
    kept="from",
)
kind(
    "CASE_UNASSIGNED",
    "PERSON",
    "撤销分配：{from}（第 {batch} 批）",
    "Case taken back from {from} (batch {batch})",
    kept="to",
)
kind(
    "CASE_TRANSFERRED",
    "PERSON",
    "案件调整：{from} → {to}，{reason:label.assign_reason}",
    "Case moved from {from} to {to}: {reason:label.assign_reason}",
)
kind(
    "CASE_GIVEN_BACK",
    "PERSON",
    "退案：{from}，{reason:label.assign_reason}",
    "Case given back by {from}: {reason:label.assign_reason}",
)
kind(
    "CASE_KEPT",
    "PERSON",
    "留案：{by} 至 {until_on:day}，{reason:label.assign_reason}",
    "Case kept by {by} until {until_on:day}: {reason:label.assign_reason}",
)
