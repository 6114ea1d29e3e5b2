"""Every kind of line, with its sentence in both languages. A kind that is not here cannot be recorded.

A slot of a sentence names a value of the line's detail and says how it is shown:

    {reason:label.hold}     a code, by the words of web.labels
    {amount_minor:money}    whole minor units of the currency in the detail's `currency`
    {until_on:day}          a banking day, written 2026-09-30; null when there is none
    {number}                as it stands
    {digest:short}          the first twelve digits of a digest
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evenhand.kernel.text import Bilingual

STREAMS = {
    "PERSON": Bilingual("客户", "Person"),
    "STAFF": Bilingual("员工", "Member of staff"),
    "PACK": Bilingual("规则包", "Policy pack"),
    "RUN": Bilingual("夜间批量", "Night"),
    "STRATEGY": Bilingual("策略版本", "Strategy version"),
    "EXPERIMENT": Bilingual("试验", "Experiment"),
    "CLIENT": Bilingual("外部系统", "Outside system"),
    "SYSTEM": Bilingual("系统", "System"),
}
SHOWN_AS = ("", "money", "day", "short")  # or label. and a kind of label
_SLOT = re.compile(r"\{(\w+)(?::([\w.]+))?\}")


class UnknownKind(LookupError):
    """A line of a kind that is not in the registry."""


class WrongDetail(ValueError):
    """A line whose detail lacks a slot of its sentence, or holds a value its kind does not know."""


@dataclass(frozen=True)
class Kind:
    """One kind of line: the streams it may lie in, its sentences, and values kept beside those a sentence shows."""

    code: str
    streams: tuple[str, ...]
    sentence: Bilingual
    kept: frozenset[str]
    rows_elsewhere: bool  # its lines are rows of a sealed source, not of the journal

    @cached_property
    def slots(self) -> frozenset[str]:
        """The values its sentences show."""
        return frozenset(name for name, _ in slots_of(self.sentence.en))

    @cached_property
    def required(self) -> frozenset[str]:
        """The values a line's detail must hold: the slots, and the currency of amounts."""
        money = any(shown == "money" for _, shown in slots_of(self.sentence.en))
        return self.slots | ({"currency"} if money else set())


def slots_of(sentence: str) -> list[tuple[str, str]]:
    """Each slot of a sentence with how it is shown."""
    return [(name, shown or "") for name, shown in _SLOT.findall(sentence)]


def filled(sentence: str, shown: Mapping[tuple[str, str], str]) -> str:
    """The sentence with each slot, named with how it is shown, replaced by the text given for it."""
    return _SLOT.sub(lambda slot: shown[slot.group(1), slot.group(2) or ""], sentence)


KINDS: dict[str, Kind] = {}


def _kind(
    code: str, streams: str, zh: str, en: str, *, kept: str = "", rows_elsewhere: bool = False
) -> None:
    assert code not in KINDS, code
    KINDS[code] = Kind(
        code, tuple(streams.split()), Bilingual(zh, en), frozenset(kept.split()), rows_elsewhere
    )


def kind_of(code: str) -> Kind:
    """The kind of that code; raises UnknownKind."""
    try:
        return KINDS[code]
    except KeyError:
        raise UnknownKind(f"{code!r} is no kind of line; add it to journal.kinds first") from None


def check_detail(kind: Kind, stream_kind: str, detail: Mapping[str, Any]) -> None:
    """Raise WrongDetail unless the detail holds what the kind's sentences need and nothing the kind does not know."""
    if stream_kind not in kind.streams:
        raise WrongDetail(
            f"{kind.code} lies in streams of {', '.join(kind.streams)}, not {stream_kind}"
        )
    given = detail.keys()
    if missing := sorted(kind.required - given):
        raise WrongDetail(f"{kind.code} lacks {', '.join(missing)} in its detail")
    if unknown := sorted(given - kind.required - kind.kept):
        raise WrongDetail(f"{kind.code} does not know {', '.join(unknown)} in its detail")


# The case

_kind(
    "CASE_OPENED",
    "PERSON",
    "案件已立，逾期 {bucket:label.bucket}，处置：{treatment:label.treatment}",
    "Case opened in {bucket:label.bucket}, treatment: {treatment:label.treatment}",
    kept="banking_day entry",
)
_kind(
    "CASE_REOPENED",
    "PERSON",
    "案件第 {entry} 次入催，逾期 {bucket:label.bucket}，处置：{treatment:label.treatment}",
    "Case reopened for entry {entry} in {bucket:label.bucket}, treatment: {treatment:label.treatment}",
    kept="banking_day",
)
_kind(
    "CASE_CLOSED",
    "PERSON",
    "案件已结：{reason:label.close_reason}",
    "Case closed: {reason:label.close_reason}",
    kept="banking_day entry",
)
_kind(
    "DAY_DECIDED",
    "PERSON",
    "因{cause:label.cause}重新决策，处置：{treatment:label.treatment}",
    "Decided again after: {cause:label.cause}. Treatment: {treatment:label.treatment}",
    kept="banking_day strategy_digest facts_seq",
)
_kind(
    "MANUAL_DECIDED",
    "PERSON",
    "人工决定：{treatment:label.treatment}，至 {until_on:day}。理由：{reason}",
    "Decided by hand: {treatment:label.treatment}, until {until_on:day}. Reason: {reason}",
    kept="decision from_on",
)
_kind(
    "HOLD_PLACED",
    "PERSON",
    "设置停催：{reason:label.hold}，{from_on:day} 起，到期日 {until_on:day}，复核日 {review_on:day}",
    "Hold placed: {reason:label.hold}, from {from_on:day}, ends {until_on:day}, review {review_on:day}",
    kept="hold effects debts",
)
_kind(
    "HOLD_EXTENDED",
    "PERSON",
    "停催延期：{reason:label.hold}，到期日 {until_on:day}，复核日 {review_on:day}",
    "Hold extended: {reason:label.hold}, ends {until_on:day}, review {review_on:day}",
    kept="hold effects debts from_on",
)
_kind(
    "HOLD_LIFTED",
    "PERSON",
    "解除停催：{reason:label.hold}",
    "Hold lifted: {reason:label.hold}",
    kept="hold lift_reason",
)
_kind(
    "CLOCK_PAUSED",
    "PERSON",
    "处置时钟暂停，{from_on:day} 起至 {until_on:day}。原因：{cause}",
    "Treatment clock paused from {from_on:day} until {until_on:day}. Cause: {cause}",
    kept="act",
)
_kind(
    "REAGED",
    "PERSON",
    "处置时钟自 {from_on:day} 重新起算。原因：{cause}",
    "Treatment clock started afresh on {from_on:day}. Cause: {cause}",
    kept="act",
)

# Money and promises

_kind(
    "PROMISE_RECORDED",
    "PERSON",
    "承诺还款：{amount_minor:money}，{due_on:day} 前",
    "Promise recorded: {amount_minor:money} by {due_on:day}",
    kept="promise",
)
_kind(
    "PROMISE_WITHDRAWN",
    "PERSON",
    "承诺撤回：{amount_minor:money}，原定 {due_on:day}",
    "Promise withdrawn: {amount_minor:money} by {due_on:day}",
    kept="promise",
)
_kind(
    "PROMISE_KEPT",
    "PERSON",
    "承诺已兑现：{amount_minor:money}，{due_on:day}",
    "Promise kept: {amount_minor:money} by {due_on:day}",
    kept="promise banking_day",
)
_kind(
    "PROMISE_BROKEN",
    "PERSON",
    "承诺失约：{amount_minor:money}，{due_on:day}",
    "Promise broken: {amount_minor:money} by {due_on:day}",
    kept="promise banking_day",
)
_kind(
    "PAYMENT_RECEIVED",
    "PERSON",
    "日间收到还款：{amount_minor:money}，起息日 {value_on:day}",
    "Payment received by day: {amount_minor:money}, value date {value_on:day}",
    kept="account_key reference_key",
)

# What the gate reads, and contacts

_kind(
    "STANDING_RECORDED",
    "PERSON",
    "登记：{fact:label.standing}（来源：{source:label.standing_source}）",
    "Recorded: {fact:label.standing} (source: {source:label.standing_source})",
    kept="standing from_at until_at review_on debts detail evidence",
)
_kind(
    "STANDING_ENDED",
    "PERSON",
    "终止：{fact:label.standing}",
    "Ended: {fact:label.standing}",
    kept="standing reason",
)
_kind(
    "CONTACT_PERMITTED",
    "PERSON",
    "允许联系：{act:label.act}",
    "Contact permitted: {act:label.act}",
    rows_elsewhere=True,
)
_kind(
    "CONTACT_REFUSED",
    "PERSON",
    "拒绝联系：{act:label.act}。{reasons}",
    "Contact refused: {act:label.act}. {reasons}",
    rows_elsewhere=True,
)
_kind("CONTACT_SENT", "PERSON", "已发出", "Contact sent", kept="contact channel")
_kind(
    "CONTACT_RESULT",
    "PERSON",
    "联系结果：{outcome:label.outcome}",
    "Result of a contact: {outcome:label.outcome}",
    kept="contact talk_seconds verified typed_result contradiction channel line_record",
)
_kind(
    "PERMIT_RELEASED",
    "PERSON",
    "许可已释放，确证未发出",
    "Permit released on proof that nothing was sent",
    kept="contact proof",
)
_kind(
    "PERMIT_LAPSED",
    "PERSON",
    "许可过时失效",
    "Permit lapsed: it was not used in time",
    kept="contact",
)
_kind(
    "CONTACT_REPORTED_LATE",
    "PERSON",
    "迟报的联系，按发生时刻计入",
    "Contact reported late, counted at the moment it happened",
    kept="contact decision reported_by outcome talk_seconds verified",
)

_kind(
    "CONTACT_RECEIVED",
    "PERSON",
    "收到来访：{act:label.act}",
    "She turned to us: {act:label.act}",
    kept="contact outcome talk_seconds verified",
)
_kind(
    "CONTACT_REVIEWED",
    "PERSON",
    "已复核登记结果与线路记录不一致的联系",
    "A contact whose form and line differ was looked at",
    kept="contact",
)

# Nights

_kind(
    "NIGHT_PUBLISHED",
    "RUN",
    "{banking_day:day} 夜间批量已发布，决策根 {root:short}",
    "Night of {banking_day:day} published, root of its decisions {root:short}",
    kept="content_digest manifest_sha256 strategy_digest code_version partitions difference",
)

_kind(
    "FILE_LOADED",
    "RUN",
    "文件 {name} 已载入：{rows_loaded} 行，另有 {rows_quarantined} 行进入隔离区",
    "File {name} loaded: {rows_loaded} rows, {rows_quarantined} more in quarantine",
    kept="feed file_no sha256",
)
_kind(
    "FILE_REFUSED",
    "RUN",
    "文件 {name} 已拒收",
    "File {name} refused",
    kept="feed file_no sha256 refusal",
)

# Strategies and experiments

_kind(
    "STRATEGY_BEGUN",
    "STRATEGY",
    "版本 {number} 已建立",
    "Version {number} begun",
    kept="act content_sha256",
)
_kind(
    "STRATEGY_EDITED",
    "STRATEGY",
    "版本 {number} 已修改，第 {revision} 步",
    "Version {number} edited, step {revision}",
    kept="act content_sha256",
)
_kind("STRATEGY_DISCARDED", "STRATEGY", "版本 {number} 已废弃", "Version {number} discarded")
_kind(
    "STRATEGY_TRIED",
    "STRATEGY",
    "版本 {number} 已试算，共 {nights} 晚",
    "Version {number} tried over {nights} nights",
    kept="trial content_sha256",
)
_kind(
    "CAPACITY_SET",
    "SYSTEM",
    "{channel:label.channel}日触达能力设为 {contacts_per_day}",
    "Capacity of {channel:label.channel} set to {contacts_per_day} a day",
)
_kind(
    "CONTACTS_AUDITED",
    "SYSTEM",
    "{day:day}的触达已审计：{contacts} 次，{findings} 处异常",
    "Contacts of {day:day} audited: {contacts}, {findings} findings",
)
_kind(
    "STRATEGY_CHECKED",
    "STRATEGY",
    "版本 {number} 已检查：{errors} 处错误",
    "Version {number} checked: {errors} errors",
    kept="content_sha256",
)
_kind(
    "STRATEGY_ACTIVATED",
    "STRATEGY",
    "版本 {number} 自 {from_on:day} 起启用",
    "Version {number} put in force from {from_on:day}",
    kept="activation",
)
_kind(
    "STRATEGY_ACTIVATION_CANCELLED",
    "STRATEGY",
    "取消版本 {number} 自 {from_on:day} 起的启用",
    "Version {number} not put in force from {from_on:day} after all",
    kept="activation",
)
_kind(
    "EXPERIMENT_PLANNED",
    "EXPERIMENT",
    "试验 {number} 已拟定",
    "Experiment {number} planned",
    kept="digest",
)
_kind(
    "EXPERIMENT_CHANGED",
    "EXPERIMENT",
    "试验 {number} 已修改",
    "Experiment {number} changed",
    kept="digest",
)
_kind("EXPERIMENT_DISCARDED", "EXPERIMENT", "试验 {number} 已弃用", "Experiment {number} discarded")
_kind(
    "EXPERIMENT_STOPPED",
    "EXPERIMENT",
    "试验 {number} 自 {stopped_on:day} 停止。理由：{reason}",
    "Experiment {number} stopped on {stopped_on:day}. Reason: {reason}",
)

# Four eyes

_ASKED_ABOUT = "STRATEGY EXPERIMENT PACK"
_kind(
    "APPROVAL_ASKED",
    _ASKED_ABOUT,
    "申请审批，内容 {digest:short}",
    "Approval asked for, content {digest:short}",
    kept="approval note made_by",
)
_kind(
    "APPROVAL_DECIDED",
    _ASKED_ABOUT,
    "审批结果：{verdict:label.verdict}，内容 {digest:short}",
    "Answered: {verdict:label.verdict}, content {digest:short}",
    kept="approval reason",
)
_kind(
    "APPROVAL_WITHDRAWN",
    _ASKED_ABOUT,
    "撤回审批申请",
    "Request for approval withdrawn",
    kept="approval",
)

# Policy packs

_kind(
    "PACK_IMPORTED",
    "PACK",
    "规则包 {pack} {version} 已导入，内容 {digest:short}",
    "Pack {pack} {version} imported, content {digest:short}",
    kept="pack_version",
)
_kind(
    "PACK_ACTIVATED",
    "PACK",
    "规则包 {pack} {version} 自 {from_on:day} 起启用",
    "Pack {pack} {version} put in force from {from_on:day}",
    kept="activation approval digest pack_version",
)
_kind(
    "PACK_DEACTIVATED",
    "PACK",
    "规则包 {pack} {version} 自 {from_on:day} 起停用",
    "Pack {pack} {version} taken out of force from {from_on:day}",
    kept="activation approval digest pack_version reason",
)

# Staff

_kind(
    "STAFF_ADDED",
    "STAFF",
    "账号已开通，角色：{role:label.staff_role}",
    "Added as {role:label.staff_role}",
    kept="desk",
)
_kind(
    "EXPORTED",
    "STAFF",
    "导出了{what:label.exported}，共 {rows} 行",
    "Exported {what:label.exported}, {rows} rows",
    kept="filters",
)

# Outside systems

_kind(
    "CLIENT_ADDED",
    "CLIENT",
    "外部系统 {client} 已开通，代表 {collector}",
    "Outside system {client} added, acting for {collector}",
    kept="actor scopes networks public_key",
)
_kind(
    "CLIENT_ROTATED",
    "CLIENT",
    "外部系统 {client} 已更换令牌",
    "Outside system {client} was given a new token",
    kept="public_key",
)
_kind(
    "CLIENT_SUSPENDED",
    "CLIENT",
    "外部系统 {client} 已停用。理由：{reason}",
    "Outside system {client} suspended. Reason: {reason}",
)
_kind(
    "CASE_GRANTED",
    "PERSON",
    "案件已交 {collector} 联系",
    "Case given to {collector} to contact",
    kept="reference",
)
_kind(
    "CASE_TAKEN_BACK",
    "PERSON",
    "案件已从 {collector} 收回。理由：{reason}",
    "Case taken back from {collector}. Reason: {reason}",
    kept="reference",
)
