"""Lines about what the gate reads, and about contacts."""

from evenhand.journal.registry import kind

kind(
    "STANDING_RECORDED",
    "PERSON",
    "登记：{fact:label.standing}（来源：{source:label.standing_source}）",
    "Recorded: {fact:label.standing} (source: {source:label.standing_source})",
    kept="standing from_at until_at review_on debts detail evidence",
)
kind(
    "STANDING_ENDED",
    "PERSON",
    "终止：{fact:label.standing}",
    "Ended: {fact:label.standing}",
    kept="standing reason",
)
kind(
    "CONTACT_PERMITTED",
    "PERSON",
    "允许联系：{act:label.act}",
    "Contact permitted: {act:label.act}",
    rows_elsewhere=True,
)
kind(
    "CONTACT_REFUSED",
    "PERSON",
    "拒绝联系：{act:label.act}。{reasons}",
    "Contact refused: {act:label.act}. {reasons}",
    rows_elsewhere=True,
)
kind("CONTACT_SENT", "PERSON", "已发出", "Contact sent", kept="contact channel")
kind(
    "CONTACT_RESULT",
    "PERSON",
    "联系结果：{outcome:label.outcome}",
    "Result of a contact: {outcome:label.outcome}",
    kept="contact talk_seconds verified typed_result contradiction channel line_record",
)
kind(
    "PERMIT_RELEASED",
    "PERSON",
    "许可已释放，确证未发出",
    "Permit released on proof that nothing was sent",
    kept="contact proof evidence",
)
kind(
    "PERMIT_LAPSED",
    "PERSON",
    "许可过时失效",
    "Permit lapsed: it was not used in time",
    kept="contact",
)
kind(
    "CONTACT_REPORTED_LATE",
    "PERSON",
    "迟报的联系，按发生时刻计入",
    "Contact reported late, counted at the moment it happened",
    kept="contact decision reported_by outcome talk_seconds verified",
)

kind(
    "CONTACT_RECEIVED",
    "PERSON",
    "收到来访：{act:label.act}",
    "She turned to us: {act:label.act}",
    kept="contact outcome talk_seconds verified",
)
kind(
    "CONTACT_REVIEWED",
    "PERSON",
    "已复核登记结果与线路记录不一致的联系",
    "A contact whose form and line differ was looked at",
    kept="contact",
)
kind(
    "TEXT_WRITTEN",
    "TEXT",
    "消息文本 {name} 第 {number} 版已写入",
    "Text {name} written, version {number}",
    kept="digest",
)
kind(
    "TEXT_IN_USE",
    "TEXT",
    "消息文本 {name} 第 {number} 版已启用",
    "Text {name} in use, version {number}",
    kept="digest",
)
kind(
    "MESSAGE_BECAME",
    "PERSON",
    "消息（{channel:label.text_channel}）：{state:label.message_state}",
    "Message ({channel:label.text_channel}): {state:label.message_state}",
    kept="message sha256",
)
kind(
    "RECORDING_ERASED",
    "PERSON",
    "录音保存期满，已删除（{rule}）",
    "Recording erased when its time to be kept was over ({rule})",
    kept="call sha256",
)
kind(
    "RECORDING_OPENED",
    "PERSON",
    "录音被调听：{purpose:label.recording_purpose}",
    "A recording was listened to: {purpose:label.recording_purpose}",
    kept="call sha256",
)
kind("PAPER_PRINTED", "PERSON", "打印：{paper:label.paper}", "Printed: {paper:label.paper}")
kind(
    "CALL_RECORDED",
    "PERSON",
    "人工通话的录音由线路方保存",
    "The recording of a person's call is kept by the line",
    kept="contact recording sha256",
)
kind(
    "RESULT_WRITTEN",
    "PERSON",
    "{act:label.result_act}：{talk:label.result_talk}；下一步：{next_act:label.result_next} {next_on:day}",
    "{act:label.result_act}: {talk:label.result_talk}; next: {next_act:label.result_next} {next_on:day}",
    kept="result contact line who reason version note_sha256 note_findings",
)
