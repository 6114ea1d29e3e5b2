"""Lines about instructions to the core."""

from evenhand.journal.registry import kind

kind(
    "INSTRUCTION_MADE",
    "PERSON",
    "核心指令 {number}：{instruction_kind:label.instruction_kind}",
    "Instruction {number} to the core: {instruction_kind:label.instruction_kind}",
    kept="instruction account_key",
)
kind(
    "INSTRUCTION_SENT",
    "PERSON",
    "核心指令 {number} 已随文件 {file} 送出",
    "Instruction {number} left in {file}",
    kept="instruction instruction_kind account_key",
)
kind(
    "INSTRUCTION_ANSWERED",
    "PERSON",
    "核心答复指令 {number}：{state:label.instruction_state} {code}",
    "The core answered instruction {number}: {state:label.instruction_state} {code}",
    kept="instruction instruction_kind account_key",
)
kind(
    "INSTRUCTION_RETRIED",
    "PERSON",
    "核心指令 {number} 重新送出，第 {tries} 次",
    "Instruction {number} to be sent again, try {tries}",
    kept="instruction instruction_kind account_key",
)
kind(
    "INSTRUCTION_PROVED",
    "PERSON",
    "核心文件已证实指令 {number}",
    "A file of the core proves instruction {number}",
    kept="instruction instruction_kind account_key",
)
kind(
    "INSTRUCTION_ENDED",
    "PERSON",
    "核心指令 {number} {state:label.instruction_state}",
    "Instruction {number} is {state:label.instruction_state}",
    kept="instruction instruction_kind account_key",
)
