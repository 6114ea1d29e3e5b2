"""Lines about nights and files."""

from evenhand.journal.registry import kind

kind(
    "NIGHT_PUBLISHED",
    "RUN",
    "{banking_day:day} 夜间批量已发布，决策根 {root:short}",
    "Night of {banking_day:day} published, root of its decisions {root:short}",
    kept="content_digest manifest_sha256 strategy_digest code_version partitions difference",
)

kind(
    "FILE_LOADED",
    "RUN",
    "文件 {name} 已载入：{rows_loaded} 行，另有 {rows_quarantined} 行进入隔离区",
    "File {name} loaded: {rows_loaded} rows, {rows_quarantined} more in quarantine",
    kept="feed file_no sha256",
)
kind(
    "FILE_REFUSED",
    "RUN",
    "文件 {name} 已拒收",
    "File {name} refused",
    kept="feed file_no sha256 refusal",
)
