"""The words of both languages for the parameters of the shipped packs, the codes they hold and their units."""

from collections.abc import Mapping
from typing import Any

from evenhand.compliance.packfile.terms import in_words
from evenhand.kernel.text import Bilingual

B = Bilingual

PARAMETERS: Mapping[str, Bilingual] = {
    "alloc.switch_dpd": B("改变冲账顺序的逾期天数", "Days past due that change the order of payment"),
    "alloc.order_before": B("此前的冲账顺序", "Order of payment before"),
    "alloc.order_after": B("此后的冲账顺序", "Order of payment from then on"),
    "alloc.dpd_clock": B("逾期天数以何日为准", "Day by which days past due are told"),
    "alloc.civil_order": B("民法规定的冲账顺序", "Order of payment in civil law"),
    "offset.requires_authorisation": B("扣划存款须经授权", "Set-off needs authority"),
    "interest.daily_cap": B("日利率上限", "Daily interest at most"),
    "interest.daily_floor": B("日利率下限", "Daily interest at least"),
    "interest.show_annual_rate": B("须展示年化利率", "The yearly rate is shown"),
    "interest.on_fees": B("可对费用计息", "Interest on fees"),
    "fee.overlimit_allowed": B("可收超限费", "Fee for exceeding the limit"),
    "grace.days_min": B("容时天数下限", "Days of grace at least"),
    "grace.amount_min": B("容差金额下限", "Shortfall overlooked, at least"),
    "court.total_cost_ceiling": B("法院支持的综合成本上限", "Total cost that courts uphold"),
    "court.cap_charges_to_principal": B("息费不得超过本金", "Charges no higher than principal"),
    "third.stop_portfolio_wide": B("第三人拒绝对全部案件有效", "A third party's refusal holds for all cases"),
    "heir.liable_up_to_estate": B("继承人以遗产为限", "Heirs owe up to the estate"),
    "heir.may_pay_more": B("继承人可自愿多还", "Heirs may pay more of free will"),
    "third.lost_triggers": B("失联的标志", "Signs of lost contact"),
    "letter.required_fields": B("催收函必备内容", "What a letter must show"),
    "letter.unchecked_fields": B("其中无法由程序核查的", "Of these, what no machine can check"),
    "agency.inspections_per_year": B("对外包机构的检查次数", "Inspections of an agency"),
    "agency.evaluate_before_expiry": B("合同到期前须评估", "Evaluated before the contract ends"),
    "agency.subcontract_allowed": B("可转包", "Subcontracting"),
    "staff.training_per_year": B("员工培训次数", "Trainings of staff"),
    "staff.clean_record": B("员工须无违法记录", "Staff have a clean record"),
    "kpi.single_recovery_metric_allowed": B("可只按回收额考核", "Judging staff by recovery alone"),
    "plan.months_max": B("个性化分期最长期限", "A plan's months at most"),
    "plan.conditions": B("个性化分期的条件", "Conditions of a plan"),
    "plan.fields": B("分期协议必备内容", "What a plan must say"),
    "plan.stops_collection": B("履约期间停止催收", "A plan kept stops collection"),
    "plan.oral_recording_until": B("口头约定的录音保存至", "Recording of an oral plan kept until"),
    "plan.cost_table": B("须签署成本明细表", "A table of costs is signed"),
    "record.visit_years": B("外访记录保存年限", "Records of visits kept"),
    "record.consumer_finance_years": B("消费金融公司录音保存年限", "Recordings of consumer finance companies kept"),
    "record.complaint_years": B("投诉档案保存年限", "Complaint files kept"),
    "record.credit_complaint_years": B("征信投诉档案保存年限", "Files of credit-report complaints kept"),
    "record.pia_years": B("影响评估报告保存年限", "Impact assessments kept"),
    "privacy.rights_days": B("答复个人信息请求的期限", "Answer to a privacy request"),
    "privacy.export_alert_records": B("数据外传报警数量", "Records leaving that raise an alert"),
    "complaint.days": B("投诉办理期限", "Answer to a complaint"),
    "complaint.complex_days": B("复杂投诉办理期限", "Answer to a complex complaint"),
    "complaint.extension_days": B("可延长的期限", "Extension"),
    "complaint.days_max": B("投诉办理最长期限", "Answer to a complaint at the latest"),
    "complaint.rolls_on_holiday": B("期限末日遇节假日顺延", "A last day on a holiday moves"),
    "complaint.approver_level": B("批准延期的层级", "Who approves an extension"),
    "complaint.review_request_days": B("申请核查的期限", "A review may be asked for within"),
    "complaint.review_days": B("核查期限", "Answer to a review"),
    "complaint.representatives_max": B("群体投诉代表人数上限", "Representatives of a group at most"),
    "complaint.major_headcount": B("重大投诉的人数", "People that make a complaint a major one"),
    "complaint.handler_uninvolved": B("办理人与所诉事项无关", "Handled by someone not involved"),
    "limitation.years": B("诉讼时效", "Limitation"),
    "limitation.years_max": B("最长权利保护期", "Limitation at the longest"),
    "limitation.warn_days": B("到期前提醒天数", "Warned before its end"),
    "limitation.interrupting_events": B("中断时效的事由", "What interrupts it"),
    "enforcement.years": B("申请执行的期限", "Enforcement may be asked for within"),
    "order.objection_days": B("支付令异议期", "Objection to a payment order"),
    "crim.thresholds": B("恶意透支数额标准", "Amounts of malicious overdraft"),
    "crim.gap_days": B("两次催收的间隔", "Between the two demands"),
    "crim.months_after": B("催收后未还的期限", "Unpaid after the demand"),
    "crim.all_payments_principal": B("还款一律先冲本金", "All payments go to principal"),
    "crim.evidence_sign": B("催收记录须有", "The record bears"),
    "credit.keep_years": B("不良信息保存年限", "A bad event is shown for"),
    "credit.objection_days": B("征信异议办理期限", "Answer to an objection"),
    "credit.complaint_days": B("征信投诉办理期限", "Answer to a credit-report complaint"),
    "credit.prenotice": B("报送不良信息前须告知", "Notice before a bad event is reported"),
    "credit.repair_overdue_from": B("信用修复：逾期自", "Repair: overdue from"),
    "credit.repair_overdue_to": B("信用修复：逾期至", "Repair: overdue until"),
    "credit.repair_amount_max": B("信用修复：单笔金额上限", "Repair: amount at most"),
    "credit.repair_paid_by": B("信用修复：还清期限", "Repair: paid by"),
    "write_off.pursuit_years": B("核销前的追索年限", "Pursued before a write-off"),
    "restructured.observation_periods_min": B("重组资产观察期：还款期数", "Restructured: periods observed"),
    "restructured.observation_years_min": B("重组资产观察期：年数", "Restructured: years observed"),
}  # fmt: skip

CODES: Mapping[str, Bilingual] = {
    "ENFORCEMENT_COSTS": B("实现债权的费用", "costs of enforcement"),
    "PRINCIPAL": B("本金", "principal"),
    "CHARGES": B("息费", "charges"),
    "VALUE_DATE": B("银行收到款项之日", "day the bank received the money"),
    "HQ_EXECUTIVE_OR_SUPERIOR": B("总行高级管理人员或上级机构", "an executive of head office, or a superior office"),
    "BANK_SEAL": B("银行印章", "the bank's seal"),
    "STAFF_SIGNATURE": B("催收人员签名", "signature of the collector"),
    "CONTRACTUAL_DEBIT": B("依约扣款", "debit under the contract"),
    "DEBTOR_SIGNS_PLAN": B("债务人签署还款计划", "a plan signed by the debtor"),
    "DEMAND": B("提出履行要求", "a demand"),
    "EMAIL_TO_RESERVED_MAILBOX": B("向预留邮箱发送邮件", "e-mail to the mailbox on file"),
    "EXTENSION_REQUEST": B("申请延期", "a request for more time"),
    "INSTALMENT_PROMISE": B("承诺分期偿还", "a promise of instalments"),
    "LETTER_TO_RESERVED_ADDRESS": B("向预留地址寄送信函", "letter to the address on file"),
    "PART_PAYMENT": B("部分还款", "part payment"),
    "PAYMENT_ORDER": B("申请支付令", "a payment order applied for"),
    "POLICE_REPORT": B("报案", "a police report"),
    "PRESERVATION": B("申请保全", "preservation applied for"),
    "SMS_TO_RESERVED_NUMBER": B("向预留号码发送短信", "text to the number on file"),
    "SUIT": B("起诉", "a suit"),
    "TRANSFER_NOTICE_ARRIVED": B("债权转让通知到达", "notice of transfer arrived"),
    "EXCEEDS_ABILITY": B("欠款超出还款能力", "the debt exceeds what she can pay"),
    "WILLING": B("仍有还款意愿", "still willing to pay"),
    "BALANCE_STRUCTURE_CURRENCY": B("欠款余额、结构与币种", "balance, its parts and currency"),
    "FEES_INTEREST_DURING_PLAN": B("分期期间的息费", "fees and interest during the plan"),
    "NO_NEW_CARD_UNDERTAKING": B("不再申领新卡的承诺", "undertaking to take no new card"),
    "PERIOD_METHOD_CURRENCY_DATES_AMOUNTS": B(
        "还款期限、方式、币种、日期与每期金额", "period, method, currency, dates and amounts"
    ),
    "RIGHTS_LIABILITIES": B("双方权利义务与违约责任", "rights, duties and liabilities"),
    "SETTLED": B("结清", "settled"),
    "NUMBER_INVALID": B("号码失效", "number invalid"),
    "THREE_DAYS_FAILED": B("连续三日拨打未果", "three days in a row that failed"),
    "THREE_FAILED_CALLS_FROM_NEXT_DAY": B(
        "连续三次拨打未果（自次日起算）", "three failed calls in a row, from the day after"
    ),
}  # fmt: skip

UNITS: Mapping[str, Bilingual] = {
    "calendar days": B("个自然日", "calendar days"),
    "days": B("天", "days"),
    "days past due": B("天（逾期）", "days past due"),
    "months": B("个月", "months"),
    "years": B("年", "years"),
    "people": B("人", "people"),
    "records": B("条", "records"),
    "repayment periods": B("个还款期", "repayment periods"),
    "per calendar year": B("次（每自然年）", "per calendar year"),
    "per day": B("（每日）", "per day"),
    "per year": B("（每年）", "per year"),
    "CNY": B("元", "CNY"),
    "CNY, each": B("元（每笔）", "CNY, each"),
    "CNY of principal": B("元（本金）", "CNY of principal"),
}


def parameter_in_words(name: str, language: str) -> str:
    """The label of a parameter; nothing for one that is a pack's own."""
    return PARAMETERS[name].for_language(language) if name in PARAMETERS else ""


def value_in_words(value: Any, language: str) -> str:
    """The value of a parameter: codes by their words, numbers and dates as they stand."""
    if isinstance(value, list):
        join = "、" if language.startswith("zh") else ", "
        return join.join(value_in_words(each, language) for each in value)
    if isinstance(value, str) and value in CODES:
        return CODES[value].for_language(language)
    return in_words("value", value, language)


def unit_in_words(unit: str, language: str) -> str:
    """The unit of a parameter; one that is a pack's own stands as it is written."""
    return UNITS[unit].for_language(language) if unit in UNITS else unit
