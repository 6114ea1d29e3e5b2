"""The words for every code a screen may show, in both languages. A code without words is a fault, not a surprise."""

from collections.abc import Mapping

from evenhand.kernel.text import Bilingual
from evenhand.strategy import codes
from evenhand.strategy.facts import FACTS

B = Bilingual

LABELS: dict[str, Mapping[str, Bilingual]] = {
    "segment": codes.SEGMENTS,
    "treatment": codes.TREATMENTS,
    "channel": codes.CHANNELS,
    "tone": codes.TONES,
    "offer": codes.OFFERS,
    "desk": codes.DESKS,
    "arm": codes.ARMS,
    "holdout_exemption": codes.HOLDOUT_EXEMPTIONS,
    "fact": {fact.name: fact.label for fact in FACTS},
    "bucket": {
        "M0": B("未逾期", "Not past due"),
        **{f"M{n}": B(f"M{n}", f"M{n}") for n in range(1, 7)},
        "M7+": B("M7+", "M7+"),
    },
    "risk_class": {
        "PASS": B("正常", "Pass"),
        "SPECIAL_MENTION": B("关注", "Special mention"),
        "SUBSTANDARD": B("次级", "Substandard"),
        "DOUBTFUL": B("可疑", "Doubtful"),
        "LOSS": B("损失", "Loss"),
    },
    "case_state": {"OPEN": B("在催", "Open"), "CLOSED": B("已结", "Closed")},
    "close_reason": {
        "CURED": B("已还清逾期", "Cured"),
        "BELOW_THRESHOLD": B("低于起催金额", "Below the threshold"),
        "NOTHING_OWED": B("无欠款", "Nothing owed"),
        "ACCOUNT_GONE": B("账户已移出", "Account gone"),
        "OPENED_IN_ERROR": B("误建", "Opened in error"),
    },
    "promise": {
        "NONE": B("无承诺", "No promise"),
        "OPEN": B("未到期", "Open"),
        "DUE_TODAY": B("今日到期", "Due today"),
        "BROKEN": B("失约", "Broken"),
        "KEPT": B("已兑现", "Kept"),
        "WITHDRAWN": B("已撤回", "Withdrawn"),
    },
    "hold": {
        "NONE": B("无", "None"),
        "DISPUTE": B("争议", "Dispute"),
        "COMPLAINT": B("投诉", "Complaint"),
        "HARDSHIP": B("困难", "Hardship"),
        "FRAUD": B("盗刷", "Fraud"),
        "DECEASED": B("身故", "Deceased"),
        "ILLNESS": B("疾病", "Illness"),
        "DISASTER": B("灾害", "Disaster"),
        "PLAN": B("分期履约中", "Plan being kept"),
        "BREATHING_SPACE": B("喘息期", "Breathing space"),
        "DEBT_ADVICE_PAUSE": B("债务咨询暂停", "Pause for debt advice"),
        "MENTAL_CAPACITY": B("行为能力受限", "Limited capacity"),
        "SENSITIVE_EVENT": B("特殊变故", "Sensitive event"),
        "OTHER": B("其他", "Other"),
    },
    "core_status": {
        "ACTIVE": B("正常", "Active"),
        "FROZEN": B("冻结", "Frozen"),
        "CANCELLED": B("已销卡", "Cancelled"),
        "CLOSED": B("已销户", "Closed"),
        "WRITTEN_OFF": B("已核销", "Written off"),
    },
    "role": {
        "MAIN": B("主卡持卡人", "Main holder"),
        "SUPPLEMENTARY": B("附属卡持卡人", "Supplementary holder"),
        "GUARANTOR": B("担保人", "Guarantor"),
        "ESTATE": B("遗产", "Estate"),
        "REPRESENTATIVE": B("代理人", "Representative"),
    },
    "staff_role": {
        "collector": B("催收员", "Collector"),
        "supervisor": B("主管", "Supervisor"),
        "analyst": B("策略分析师", "Strategy analyst"),
    },
    "contact_kind": {
        "MOBILE": B("手机", "Mobile"),
        "PHONE": B("固话", "Phone"),
        "EMAIL": B("邮箱", "E-mail"),
        "ADDRESS": B("地址", "Address"),
        "RESERVED_CONTACT": B("预留联系人", "Reserved contact"),
    },
    "contact_source": {
        "CONTRACT": B("合同", "Contract"),
        "RESERVED": B("预留", "Reserved"),
        "AUTHORISED": B("授权", "Authorised"),
        "PUBLIC": B("公开", "Public"),
        "TOLD": B("本人告知", "Told by the person"),
        "CREDIT_BODY": B("征信机构", "Credit body"),
    },
    "run_state": {
        "STARTED": B("进行中", "Started"),
        "TREATED": B("已决策", "Decided"),
        "PUBLISHED": B("已发布", "Published"),
    },
    "file_state": {"LOADED": B("已载入", "Loaded"), "REFUSED": B("已拒收", "Refused")},
    "feed": {
        "customers": B("客户", "Customers"),
        "parties": B("关系人", "Parties"),
        "contact_points": B("联系方式", "Contact points"),
        "accounts": B("账户", "Accounts"),
        "balances": B("余额构成", "Balances"),
        "statements": B("账单", "Statements"),
        "charges": B("交易", "Charges"),
        "payments": B("还款", "Payments"),
        "intraday_payments": B("日间还款", "Payments by day"),
        "open_cases": B("在催案件", "Open cases"),
        "promises": B("承诺", "Promises"),
        "plans": B("分期方案", "Plans"),
        "holds": B("停催", "Holds"),
        "opt_outs": B("拒联登记", "Opt-outs"),
        "complaints": B("投诉", "Complaints"),
        "placements": B("委外", "Placements"),
        "contacts": B("联系记录", "Contacts"),
        "limitation_events": B("时效事件", "Limitation events"),
    },
    "strategy_state": {
        "DRAFT": B("草稿", "Draft"),
        "CHECKED": B("已检查", "Checked"),
        "TRIED": B("已试算", "Tried"),
        "APPROVED": B("已批准", "Approved"),
        "ACTIVE": B("已启用", "In force"),
        "DISCARDED": B("已废弃", "Discarded"),
    },
    "verdict": {"APPROVED": B("批准", "Approved"), "REFUSED": B("退回", "Refused")},
    "severity": {
        "ERROR": B("错误", "Error"),
        "WARNING": B("警告", "Warning"),
        "NOTE": B("提示", "Note"),
    },
    "trial_state": {
        "QUEUED": B("等待中", "Waiting"),
        "RUNNING": B("试算中", "Running"),
        "DONE": B("已完成", "Done"),
        "FAILED": B("未成", "Failed"),
    },
    "strategy_table": {
        "segment": B("客群", "Segment"),
        "treatment": B("处置", "Treatment"),
        "contact": B("渠道与语气", "Contact"),
        "offer": B("协商空间", "Offer range"),
    },
    "group_kind": {
        "age_band": B("年龄段", "Age band"),
        "region": B("地区", "Region"),
        "bucket": B("逾期期数", "Bucket"),
        "segment": B("客群（夜批所定）", "Segment of the night"),
        "product": B("产品", "Product"),
    },
    "age_band": {
        "UNDER_18": B("未满 18 岁", "Under 18"),
        "18_25": B("18–25 岁", "18–25"),
        "26_35": B("26–35 岁", "26–35"),
        "36_45": B("36–45 岁", "36–45"),
        "46_55": B("46–55 岁", "46–55"),
        "56_65": B("56–65 岁", "56–65"),
        "66_UP": B("66 岁及以上", "66 and over"),
        "UNKNOWN": B("未知", "Not known"),
    },
    "any_group": {
        "NOT_SAID": B("未注明", "Not said"),
        "OTHER": B("其余", "All others"),
    },
    "experiment_state": {
        "DRAFT": B("草稿", "Draft"),
        "ASKED": B("待审批", "Awaiting approval"),
        "APPROVED": B("已批准", "Approved"),
        "RUNNING": B("进行中", "Running"),
        "ENDED": B("已结束", "Ended"),
        "STOPPED": B("已停止", "Stopped"),
        "DISCARDED": B("已弃用", "Discarded"),
    },
    "decided_by": {
        "NIGHT": B("夜间批量", "The night"),
        "DAY": B("日间", "The day"),
        "MANUAL": B("人工", "A person"),
    },
    "cause": {
        "PROMISE": B("承诺", "Promise"),
        "HOLD": B("停催", "Hold"),
        "HOLD_LIFTED": B("解除停催", "Hold lifted"),
        "MANUAL": B("人工决定", "Choice by hand"),
        "CLOCK": B("时钟调整", "Clock changed"),
        "PAYMENT": B("还款", "Payment"),
        "STALE": B("数据更新", "Newer facts"),
    },
}


def label_of(kind: str, code: str, language: str) -> str:
    """The words of `code` among `kind`; a code of the bank's own, such as a product, is its own label."""
    wording = LABELS[kind].get(code)
    return code if wording is None else wording.for_language(language)
