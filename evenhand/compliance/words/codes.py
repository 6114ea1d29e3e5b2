"""The words of both languages for every code a pack, a fact or a verdict is written in."""

from collections.abc import Mapping

from evenhand.kernel.text import Bilingual

B = Bilingual

KINDS: Mapping[str, Bilingual] = {
    "forbid": B("禁止", "forbidden"),
    "require": B("必备条件", "required"),
    "cap": B("次数上限", "limit"),
    "lock": B("间隔期", "pause after an event"),
    "hours": B("时段", "hours"),
    "preference": B("本人要求的时间与地点", "her own times and places"),
    "hold": B("停催", "hold"),
    "opt_out": B("拒绝联系", "opt-out"),
    "consent": B("同意", "consent"),
    "streak": B("连续多日", "days in a row"),
    "deadline": B("期限", "deadline"),
}
DECISIONS: Mapping[str, Bilingual] = {
    "DENY": B("拒绝", "refuses"),
    "REVIEW": B("转人工复核", "asks a person"),
    "FLAG": B("提示", "flags"),
    "ALLOW": B("允许", "allows"),
    "ACTION": B("须立即办理", "due at once"),
}
STRENGTHS: Mapping[str, Bilingual] = {
    "LAW": B("法律", "Law"),
    "RULE": B("规章", "Ministry rule"),
    "NOTICE": B("监管通知", "Notice of a regulator"),
    "ASSOCIATION": B("行业协会指引", "Association guideline"),
    "STANDARD": B("推荐性标准", "Recommended standard"),
    "HOUSE": B("本行规定", "House rule"),
}
LAYERS: Mapping[str, Bilingual] = {
    "INTERNATIONAL": B("国际", "International"),
    "NATIONAL": B("全国", "National"),
    "STATE": B("州、省", "State"),
    "CITY": B("城市", "City"),
    "HOUSE": B("本行", "House"),
}
CONFIDENCES: Mapping[str, Bilingual] = {
    "P": B("已读原文", "text read"),
    "S": B("见于转述", "seen in a secondary source"),
    "S2": B("见于摘要", "a summary seen"),
    "K": B("已知、未见出处", "known, no source seen"),
    "M": B("凭记忆、未核实", "from memory, unconfirmed"),
    "I": B("我方理解", "our own reading"),
    "H": B("本行数值，法无规定", "a number of the house, the law has none"),
}
ACTS: Mapping[str, Bilingual] = {
    "CALL": B("电话", "call"),
    "RINGLESS_VOICEMAIL": B("无振铃语音留言", "ringless voicemail"),
    "TEXT": B("短信", "text"),
    "EMAIL": B("邮件", "e-mail"),
    "PUSH": B("应用推送", "push message"),
    "LETTER": B("信函", "letter"),
    "POSTCARD": B("明信片", "postcard"),
    "VISIT": B("外访", "visit"),
    "VISIT_CARD": B("外访留条", "visiting card"),
    "SOCIAL_PRIVATE": B("社交私信", "private social message"),
    "SOCIAL_PUBLIC": B("社交公开信息", "public social post"),
    "ANSWER_INBOUND": B("应答来电", "answering an incoming call"),
    "CHARGE": B("计收息费", "charging interest or fees"),
    "APPLY_PAYMENT": B("入账还款", "applying a payment"),
    "SELL_DEBT": B("转让债权", "selling the debt"),
    "PLACE_WITH_AGENCY": B("委外", "placing with an agency"),
    "START_LEGAL_ACTION": B("提起法律程序", "starting legal action"),
    "FURNISH": B("报送征信", "reporting to a credit body"),
    "HOLD_RECEIVED": B("收到停催申请", "a hold being received"),
    "ERASE": B("删除个人信息", "erasing personal data"),
    "DECIDE_BY_MODEL": B("由模型决定", "a decision by a model"),
    "ANY_CONTACT": B("任何联系", "any contact"),
    "ANY_MESSAGE": B("任何电子信息", "any electronic message"),
    "ANY_CALL": B("任何拨打", "any call"),
}
DIRECTIONS: Mapping[str, Bilingual] = {"OUT": B("呼出", "outgoing"), "IN": B("呼入", "incoming")}
ROLES: Mapping[str, Bilingual] = {
    "CONSUMER": B("债务人本人", "the debtor"),
    "SPOUSE": B("配偶", "spouse"),
    "GUARDIAN": B("监护人", "guardian"),
    "EXECUTOR": B("遗产管理人", "executor"),
    "HEIR": B("继承人", "heir"),
    "GUARANTOR": B("担保人", "guarantor"),
    "AUTHORISED_REPRESENTATIVE": B("授权代理人", "authorised representative"),
    "CONSUMER_ATTORNEY": B("债务人律师", "the debtor's attorney"),
    "DEBT_ADVISER": B("债务顾问", "debt adviser"),
    "CREDITOR": B("债权人", "creditor"),
    "CONSUMER_REPORTING_AGENCY": B("征信机构", "credit body"),
    "SUPPLEMENTARY_HOLDER": B("附属卡持卡人", "supplementary holder"),
    "RELATIVE": B("亲属", "relative"),
    "NEIGHBOUR": B("邻居", "neighbour"),
    "COLLEAGUE": B("同事", "colleague"),
    "EMPLOYER": B("雇主", "employer"),
    "FRIEND": B("朋友", "friend"),
    "REFEREE": B("推荐人", "referee"),
    "RESERVED_CONTACT": B("预留联系人", "reserved contact"),
    "THIRD_PARTY_LOCATION": B("可提供下落的第三人", "third party asked where she is"),
    "OTHER": B("其他人", "anybody else"),
}
ACTORS: Mapping[str, Bilingual] = {
    "FIRST_PARTY": B("银行", "the bank"),
    "AGENCY": B("外包机构", "agency"),
    "DEBT_BUYER": B("债权受让人", "debt buyer"),
    "FIELD_STAFF": B("外访人员", "field staff"),
    "ROBOT": B("语音机器人", "robot dialler"),
}
PLACES: Mapping[str, Bilingual] = {
    "HOME": B("住所", "home"),
    "MOBILE": B("手机", "mobile"),
    "WORK": B("单位", "work"),
    "OTHER": B("其他", "elsewhere"),
}
OUTCOMES: Mapping[str, Bilingual] = {
    "": B("未知", "not known"),
    "UNANSWERED": B("无人接听", "unanswered"),
    "VOICEMAIL": B("语音留言", "voicemail"),
    "VOICEMAIL_FULL": B("留言箱已满", "voicemail full"),
    "VOICEMAIL_LIMITED_CONTENT": B("限定内容留言", "limited-content voicemail"),
    "VOICEMAIL_NO_MESSAGE_BY_CHOICE": B("未留言", "no message left by choice"),
    "NO_ANSWER_NO_VOICEMAIL": B("无人接听、无留言箱", "no answer and no voicemail"),
    "RINGING": B("振铃中", "ringing"),
    "BUSY": B("占线", "busy"),
    "OUT_OF_SERVICE": B("停机", "out of service"),
    "OFF": B("关机", "switched off"),
    "EMPTY_NUMBER": B("空号", "no such number"),
    "REJECTED": B("拒接", "rejected"),
    "DROPPED_AFTER_ANSWER": B("接通后中断", "dropped after the answer"),
    "ABANDONED": B("呼损", "abandoned"),
    "ANSWERED": B("已接听", "answered"),
    "CONVERSATION": B("通话", "conversation"),
    "DELIVERED": B("已送达", "delivered"),
    "UNDELIVERABLE": B("无法送达", "undeliverable"),
}
PURPOSES: Mapping[str, Bilingual] = {
    "": B("未注明", "not said"),
    "COLLECT": B("催收", "collecting"),
    "REMIND": B("提醒", "reminding"),
    "ASK_CONSENT": B("征求同意", "asking for consent"),
    "AT_DEBTOR_REQUEST": B("应债务人要求", "at the debtor's request"),
    "COMPLAINT_RESPONSE": B("答复投诉", "answering a complaint"),
    "OPT_OUT_CONFIRMATION": B("确认退订", "confirming an opt-out"),
    "SPECIFIED_REMEDY_NOTICE": B("告知将采取的救济", "notice of a remedy"),
    "TERMINATE_EFFORTS": B("告知停止催收", "notice that collecting ends"),
    "LOCATE": B("查找下落", "locating"),
    "SERVICE": B("服务", "service"),
}
BASES: Mapping[str, Bilingual] = {
    "": B("未注明", "not said"),
    "REQUIRED_BY_LAW": B("法律要求", "required by law"),
    "ACTIVE_LITIGATION": B("诉讼进行中", "active litigation"),
}
EFFECTS: Mapping[str, Bilingual] = {
    "CONTACT": B("停止联系", "no contact"),
    "INTEREST": B("停止计息", "no interest"),
    "FEES": B("停止收费", "no fees"),
    "LEGAL": B("停止法律程序", "no legal action"),
    "REPORTING": B("停止报送征信", "no credit reporting"),
    "SALE": B("停止转让", "no sale"),
}
HOLDS: Mapping[str, Bilingual] = {
    "DISPUTE": B("争议", "dispute"),
    "COMPLAINT": B("投诉", "complaint"),
    "HARDSHIP": B("困难", "hardship"),
    "FRAUD": B("盗刷", "fraud"),
    "DECEASED": B("身故", "deceased"),
    "ILLNESS": B("疾病", "illness"),
    "DISASTER": B("灾害", "disaster"),
    "OTHER": B("其他", "other"),
    "PLAN": B("履行中的方案", "a plan being kept"),
    "BREATHING_SPACE": B("法定喘息期", "breathing space"),
    "DEBT_ADVICE_PAUSE": B("债务咨询暂停", "pause for debt advice"),
    "MENTAL_CAPACITY": B("行为能力存疑", "mental capacity"),
    "SENSITIVE_EVENT": B("敏感事件", "sensitive event"),
}
STANDING: Mapping[str, Bilingual] = {
    "OPT_OUT": B("拒绝联系", "opt-out"),
    "CEASE": B("要求停止联系", "request to cease"),
    "CONSENT": B("同意", "consent"),
    "INCONVENIENT_TIME": B("不便的时间", "inconvenient time"),
    "INCONVENIENT_PLACE": B("不便的地点", "inconvenient place"),
    "ATTORNEY": B("由律师代理", "represented by an attorney"),
    "BANKRUPTCY": B("破产", "bankruptcy"),
    "DISPUTED": B("口头争议", "disputed"),
    "THIRD_PARTY_STOP": B("第三人要求停止联系", "a third party's request to stop"),
    "LOST_CONTACT": B("失联", "lost contact"),
    "NUMBER_INVALID": B("号码失效", "number invalid"),
    "PLAN_HONOURED": B("正常履行的协议", "plan honoured"),
    "FIRST_CONTACT": B("已首次联系", "first contact made"),
}
MEDIA: Mapping[str, Bilingual] = {
    "PHONE": B("电话", "phone"),
    "TEXT": B("短信", "text"),
    "EMAIL": B("邮件", "e-mail"),
    "PUSH": B("应用推送", "push message"),
    "LETTER": B("信函", "letter"),
    "VISIT": B("外访", "visit"),
    "SOCIAL": B("社交软件", "social media"),
}
SCOPES: Mapping[str, Bilingual] = {
    "HOURS": B("时段", "hours"),
    "CALLS": B("电话", "calls"),
    "MESSAGES": B("电子信息", "messages"),
    "DISCLOSURE": B("告知他人", "telling others"),
    "LATE_CALLS": B("晚间电话", "late calls"),
    "ENTRY": B("入户", "entering the home"),
    "THIRD_PARTY": B("联系第三人", "contact with a third party"),
    "MARKETING": B("营销", "marketing"),
}
WEEKDAYS: Mapping[str, Bilingual] = {
    "MO": B("周一", "Monday"),
    "TU": B("周二", "Tuesday"),
    "WE": B("周三", "Wednesday"),
    "TH": B("周四", "Thursday"),
    "FR": B("周五", "Friday"),
    "SA": B("周六", "Saturday"),
    "SU": B("周日", "Sunday"),
}
PER: Mapping[str, Bilingual] = {
    "PERSON": B("每人", "per person"),
    "DEBT": B("每笔债务", "per debt"),
    "POINT": B("每个号码或地址", "per number or address"),
    "PLACE": B("每个地点", "per place"),
    "TO": B("每个被联系人", "per person reached for"),
}
POOLS: Mapping[str, Bilingual] = {
    "ALL": B("银行、外包机构与机器人合并计算", "bank, agencies and robots counted together"),
    "COLLECTOR": B("各催收方分别计算", "each collector counted apart"),
    "ACTOR": B("各类主体分别计算", "each kind of actor counted apart"),
}
PERIODS: Mapping[str, Bilingual] = {
    "DAY": B("一个自然日内", "in a calendar day"),
    "WEEK": B("一个自然周内", "in a calendar week"),
    "MONTH": B("一个自然月内", "in a calendar month"),
}
ACTIONS: Mapping[str, Bilingual] = {
    "NOTIFY_AGENT": B("通知外包机构", "tell the agency"),
    "STOP_AGENT_WORK": B("令外包机构停止工作", "stop the agency's work"),
}
LOCATIONS: Mapping[str, Bilingual] = {
    "PORTFOLIO": B("按本行所在地推定", "taken to be where the bank is"),
    "ADDRESS": B("按登记地址", "by the address on file"),
    "MOBILE_AREA_CODE": B("按手机号码归属地", "by the area code of the mobile"),
    "LANDLINE_AREA_CODE": B("按固定电话区号", "by the area code of the landline"),
}
FLAGS: Mapping[str, Bilingual] = {
    "CALL_RECORD_MISSING": B("外包通话缺少线路记录", "an agency's call without a call record"),
    "LINE_CONTRADICTS_RESULT": B("录入结果与线路记录矛盾", "a typed result against the line"),
    "AGENCY_NOT_INSPECTED": B("外包机构未按期检查", "the agency was not inspected in time"),
    "SUNDAY_CONTACT": B("周日联系", "a contact on a Sunday"),
    "DISPUTED_IN_WORDS": B("本人口头提出异议", "disputed by word of mouth"),
    "AGGREGATE_PATTERN_REVIEW": B("各笔债务合计过于频繁", "frequent over all debts together"),
    "CUMULATIVE_CONTACT_REVIEW": B("各渠道合计过于频繁", "frequent over all media together"),
}
