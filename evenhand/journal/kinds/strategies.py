"""Lines about strategies and experiments."""

from evenhand.journal.registry import kind

kind(
    "STRATEGY_BEGUN",
    "STRATEGY",
    "版本 {number} 已建立",
    "Version {number} begun",
    kept="act content_sha256",
)
kind(
    "STRATEGY_EDITED",
    "STRATEGY",
    "版本 {number} 已修改，第 {revision} 步",
    "Version {number} edited, step {revision}",
    kept="act content_sha256",
)
kind("STRATEGY_DISCARDED", "STRATEGY", "版本 {number} 已废弃", "Version {number} discarded")
kind(
    "STRATEGY_TRIED",
    "STRATEGY",
    "版本 {number} 已试算，共 {nights} 晚",
    "Version {number} tried over {nights} nights",
    kept="trial content_sha256",
)
kind(
    "CAPACITY_SET",
    "SYSTEM",
    "{channel:label.channel}日触达能力设为 {contacts_per_day}",
    "Capacity of {channel:label.channel} set to {contacts_per_day} a day",
)
kind(
    "CONTACTS_AUDITED",
    "SYSTEM",
    "{day:day}的触达已审计：{contacts} 次，{findings} 处异常",
    "Contacts of {day:day} audited: {contacts}, {findings} findings",
)
kind(
    "STRATEGY_CHECKED",
    "STRATEGY",
    "版本 {number} 已检查：{errors} 处错误",
    "Version {number} checked: {errors} errors",
    kept="content_sha256",
)
kind(
    "STRATEGY_ACTIVATED",
    "STRATEGY",
    "版本 {number} 自 {from_on:day} 起启用",
    "Version {number} put in force from {from_on:day}",
    kept="activation",
)
kind(
    "STRATEGY_ACTIVATION_CANCELLED",
    "STRATEGY",
    "取消版本 {number} 自 {from_on:day} 起的启用",
    "Version {number} not put in force from {from_on:day} after all",
    kept="activation",
)
kind(
    "EXPERIMENT_PLANNED",
    "EXPERIMENT",
    "试验 {number} 已拟定",
    "Experiment {number} planned",
    kept="digest",
)
kind(
    "EXPERIMENT_CHANGED",
    "EXPERIMENT",
    "试验 {number} 已修改",
    "Experiment {number} changed",
    kept="digest",
)
kind("EXPERIMENT_DISCARDED", "EXPERIMENT", "试验 {number} 已弃用", "Experiment {number} discarded")
kind(
    "EXPERIMENT_STOPPED",
    "EXPERIMENT",
    "试验 {number} 自 {stopped_on:day} 停止。理由：{reason}",
    "Experiment {number} stopped on {stopped_on:day}. Reason: {reason}",
)
