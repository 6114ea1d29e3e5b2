"""Lines about four eyes, policy packs, staff and outside systems."""

from evenhand.journal.registry import kind

# Four eyes

_ASKED_ABOUT = "STRATEGY EXPERIMENT PACK PLAN WAIVER RELIEF TEXT"
kind(
    "APPROVAL_ASKED",
    _ASKED_ABOUT,
    "申请审批，内容 {digest:short}",
    "Approval asked for, content {digest:short}",
    kept="approval note made_by",
)
kind(
    "APPROVAL_DECIDED",
    _ASKED_ABOUT,
    "审批结果：{verdict:label.verdict}，内容 {digest:short}",
    "Answered: {verdict:label.verdict}, content {digest:short}",
    kept="approval reason",
)
kind(
    "APPROVAL_WITHDRAWN",
    _ASKED_ABOUT,
    "撤回审批申请",
    "Request for approval withdrawn",
    kept="approval",
)

# Policy packs

kind(
    "PACK_IMPORTED",
    "PACK",
    "规则包 {pack} {version} 已导入，内容 {digest:short}",
    "Pack {pack} {version} imported, content {digest:short}",
    kept="pack_version",
)
kind(
    "PACK_ACTIVATED",
    "PACK",
    "规则包 {pack} {version} 自 {from_on:day} 起启用",
    "Pack {pack} {version} put in force from {from_on:day}",
    kept="activation approval digest pack_version",
)
kind(
    "PACK_DEACTIVATED",
    "PACK",
    "规则包 {pack} {version} 自 {from_on:day} 起停用",
    "Pack {pack} {version} taken out of force from {from_on:day}",
    kept="activation approval digest pack_version reason",
)

# Staff

kind(
    "STAFF_ADDED",
    "STAFF",
    "账号已开通，角色：{role:label.staff_role}",
    "Added as {role:label.staff_role}",
    kept="desk",
)
kind("EXTENSION_SET", "STAFF", "分机改为 {extension}", "Extension set to {extension}")
kind(
    "EXPORTED",
    "STAFF",
    "导出了{what:label.exported}，共 {rows} 行",
    "Exported {what:label.exported}, {rows} rows",
    kept="filters",
)

# Outside systems

kind(
    "CLIENT_ADDED",
    "CLIENT",
    "外部系统 {client} 已开通，代表 {collector}",
    "Outside system {client} added, acting for {collector}",
    kept="actor scopes networks public_key",
)
kind(
    "CLIENT_ROTATED",
    "CLIENT",
    "外部系统 {client} 已更换令牌",
    "Outside system {client} was given a new token",
    kept="public_key",
)
kind(
    "CLIENT_SUSPENDED",
    "CLIENT",
    "外部系统 {client} 已停用。理由：{reason}",
    "Outside system {client} suspended. Reason: {reason}",
)
kind(
    "CASE_GRANTED",
    "PERSON",
    "案件已交 {collector} 联系",
    "Case given to {collector} to contact",
    kept="reference",
)
kind(
    "CASE_TAKEN_BACK",
    "PERSON",
    "案件已从 {collector} 收回。理由：{reason}",
    "Case taken back from {collector}. Reason: {reason}",
    kept="reference",
)
kind(
    "WORK_SET",
    "STAFF",
    "设定工作范围：{desk:label.desk}，持案上限 {caseload_max}",
    "Work set: {desk:label.desk}, at most {caseload_max} cases",
    kept="speaks",
)
kind(
    "ABSENCE_SET",
    "STAFF",
    "登记缺勤：{from_on:day} 至 {until_on:day}（不含）",
    "Absent from {from_on:day} until {until_on:day}",
    kept="reason",
)
