"""What a strategy may answer, with the words people see. A table that answers anything else is refused at load."""

from evenhand.kernel.text import Bilingual

SEGMENTS: dict[str, Bilingual] = {
    "CLEAR": Bilingual("未逾期", "Not past due"),
    "PRE_DUE": Bilingual("临近到期", "Due soon"),
    "DECEASED": Bilingual("持卡人已故", "Deceased"),
    "FRAUD": Bilingual("疑似盗刷", "Suspected fraud"),
    "DISPUTE": Bilingual("争议中", "In dispute"),
    "COMPLAINT": Bilingual("投诉中", "Complaint open"),
    "HARDSHIP": Bilingual("困难申请", "Hardship"),
    "RELIEF": Bilingual("疾病或灾害", "Illness or disaster"),
    "ON_HOLD": Bilingual("停催", "On hold"),
    "VULNERABLE": Bilingual("需特别关照", "Vulnerable"),
    "PROMISE_OPEN": Bilingual("承诺未到期", "Promise open"),
    "PROMISE_DUE": Bilingual("承诺今日到期", "Promise due today"),
    "PROMISE_BROKEN": Bilingual("失约", "Promise broken"),
    "WRITTEN_OFF": Bilingual("已核销", "Written off"),
    "CANCELLED": Bilingual("销卡有欠", "Cancelled card with debt"),
    "LOST_CONTACT": Bilingual("电话失联", "No valid phone"),
    "SMALL_BALANCE": Bilingual("小额", "Small balance"),
    "JUMPED": Bilingual("期数跳升", "Bucket jumped"),
    "FIRST_PAYMENT": Bilingual("首期即逾", "First-payment default"),
    "SELF_CURE": Bilingual("自愈观察", "Likely to pay unasked"),
    "M1_LOW": Bilingual("M1 一般", "M1 standard"),
    "M1_HIGH": Bilingual("M1 重点", "M1 priority"),
    "M2_LOW": Bilingual("M2 一般", "M2 standard"),
    "M2_HIGH": Bilingual("M2 重点", "M2 priority"),
    "M3_LOW": Bilingual("M3 一般", "M3 standard"),
    "M3_HIGH": Bilingual("M3 重点", "M3 priority"),
    "LATE": Bilingual("M4 及以上", "M4 and later"),
    "LATE_LARGE": Bilingual("M4 及以上大额", "M4 and later, large"),
    "UNCLASSED": Bilingual("未能分群", "Not classed"),
}

TREATMENTS: dict[str, Bilingual] = {
    "NONE": Bilingual("无需处置", "Nothing to do"),
    "WAIT": Bilingual("等待", "Wait"),
    "REMIND": Bilingual("提醒", "Remind"),
    "CALL": Bilingual("致电", "Call"),
    "OFFER_PLAN": Bilingual("协商分期", "Offer a plan"),
    "LETTER": Bilingual("信函", "Letter"),
    "AGENCY_CANDIDATE": Bilingual("拟委外", "Agency candidate"),
    "LEGAL_CANDIDATE": Bilingual("拟诉讼", "Legal candidate"),
    "CARE": Bilingual("专人关怀", "Care"),
    "HOLD": Bilingual("停催", "Hold"),
    "REVIEW": Bilingual("人工复核", "Review by a person"),
}

CHANNELS: dict[str, Bilingual] = {
    "NONE": Bilingual("不联系", "No contact"),
    "SMS": Bilingual("短信", "Text message"),
    "APP": Bilingual("手机银行消息", "In-app message"),
    "EMAIL": Bilingual("电子邮件", "E-mail"),
    "PHONE": Bilingual("电话", "Phone"),
    "LETTER": Bilingual("信函", "Letter"),
}

TONES: dict[str, Bilingual] = {
    "NONE": Bilingual("无", "None"),
    "GENTLE": Bilingual("温和", "Gentle"),
    "NEUTRAL": Bilingual("平实", "Neutral"),
    "FIRM": Bilingual("郑重", "Firm"),
    "FORMAL": Bilingual("正式", "Formal"),
    "CARING": Bilingual("关怀", "Caring"),
}

# The widest arrangement that a collector and the portal may offer unasked; law, authority and what she can afford
# narrow it when it is made. An individual instalment agreement runs for 60 months at most (CCM Art. 70).
OFFERS: dict[str, Bilingual] = {
    "NONE": Bilingual("不主动协商", "Nothing offered unasked"),
    "EXTENSION": Bilingual("延期还款", "Extension"),
    "PLAN_12": Bilingual("分期，至多 12 期", "Instalments, up to 12 months"),
    "PLAN_24": Bilingual("分期，至多 24 期", "Instalments, up to 24 months"),
    "PLAN_36": Bilingual("分期，至多 36 期", "Instalments, up to 36 months"),
    "PLAN_60": Bilingual("个性化分期，至多 60 期", "Individual plan, up to 60 months"),
    "RELIEF_PLAN_60": Bilingual("减免息费并至多 60 期", "Charges waived, up to 60 months"),
    "SETTLEMENT": Bilingual("一次性结清优惠", "Settlement in one payment"),
}

DESKS: dict[str, Bilingual] = {
    "EARLY": Bilingual("早期", "Early"),
    "MIDDLE": Bilingual("中期", "Middle"),
    "LATE": Bilingual("后期", "Late"),
    "CARE": Bilingual("关怀", "Care"),
}

PRIORITY_MAX = 1000
