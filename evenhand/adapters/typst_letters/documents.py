"""What each letter of the bank says: figures and words put in their place, for one language or for both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from babel.dates import format_date

from evenhand.adapters.typst_letters.setting import (
    Block,
    Facts,
    Heading,
    Letter,
    Points,
    Signatures,
    Table,
)
from evenhand.kernel.money import format_minor
from evenhand.kernel.text import Bilingual
from evenhand.outreach.channels import CardFigures
from evenhand.outreach.messages.checking import TextTerms

PARTS: Mapping[str, Bilingual] = {
    "PRINCIPAL": Bilingual("本金", "Principal"),
    "INTEREST": Bilingual("利息", "Interest"),
    "LATE_CHARGE": Bilingual("违约金", "Late charge"),
    "FEE": Bilingual("费用", "Fees"),
}
RIGHTS = (
    Bilingual(
        "对欠款、利息或费用有异议的，可凭本函来电或到网点查询核对，我行提供计算依据与证明材料。",
        "If a sum looks wrong to you, call or visit us with this letter: we show how it came about and prove it.",
    ),
    Bilingual(
        "还款确有困难的，可申请协商延期、分期或个性化分期还款协议，我行不收取任何代办费用。",
        "If paying is difficult, ask us for more time or instalments; nobody may charge you a fee for arranging it.",
    ),
    Bilingual(
        "对我行服务不满意的，可拨打客服热线投诉，也可向金融消费者投诉热线 12378 反映。",
        "If you are not content with us, complain to our line, or to the regulator's line for consumers, 12378.",
    ),
)
DUTIES = Bilingual(
    "持卡人应当按信用卡合同约定偿还欠款。逾期信息将依照《征信业管理条例》如实报送金融信用信息基础数据库；"
    "逾期利息与违约金按合同约定计收。",
    "The card's contract asks for repayment. Overdue debts are reported truthfully to the credit register, as its"
    " regulation says; interest and late charges are those of the contract.",
)
WAYS = Bilingual(
    "扫码进入我行网站还款、协商或提出异议；也可不扫码，自行打开{app}，或致电 {hotline}。",
    "Scan to pay, to agree a plan or to object on our own site; or without it, open the {app} or call {hotline}.",
)


AGREED = (
    Bilingual(
        "持卡人承诺协议履行期间不再申请新的信用卡。",
        "The cardholder undertakes to ask for no other credit card while it runs.",
    ),
    Bilingual(
        "协议正常履行期间，我行及受托机构停止催收。",
        "While it is kept, the bank and its agencies do not collect.",
    ),
    Bilingual(
        "未按期还款的，自到期日起有 {grace} 日宽限；仍未还款的，我行通知一次，通知后 {cure} 日内补足的，协议继续有效。",
        "A missed instalment has {grace} days of grace; then we write once, and what is paid within {cure} days of that"
        " mends it.",
    ),
    Bilingual("本协议到期前可提前还清，不另收费用。", "It may be paid off early at no charge."),
)


class PlanRow(NamedTuple):
    """One instalment of a plan, in minor units."""

    number: int
    due_on: date
    principal: int
    interest: int
    fee: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.principal + self.interest + self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What every letter has: from whom, to whom, its number and day, and where its code leads."""

    terms: TextTerms
    name: str = field(repr=False)
    address: str = field(repr=False)
    number: str
    on: date
    qr: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """A plan as it is printed: amounts in minor units, rates as shares."""

    debt_minor: int
    owed_minor: tuple[tuple[str, int], ...]
    waived_minor: int
    instalments: tuple[PlanRow, ...]
    currency: str
    grace_days: int
    cure_days: int
    yearly_simple: Decimal
    yearly_effective: Decimal
    default_yearly: Decimal
    default_charge_rate: Decimal


def collection_letter(
    head: Head, *, lang: str, title: str, words: str, cards: Sequence[CardFigures], currency: str
) -> Letter:
    """The items of the letter of CCM Art. 69: name and balance, reason and rules, rights and duties, how to ask, pay
    and object with what proof, how to reach the bank, its seal. The seventh is what the regulator asks for besides.
    """
    say = _Saying(lang, head.terms, currency)
    blocks: list[Block] = [part for part in words.split("\n\n") if part.strip()]
    if cards:
        blocks.insert(1, _owed(cards, say))
    blocks += [
        Heading(say("您的权利与义务", "Your rights and duties")),
        say.of(DUTIES),
        Points(tuple(say.of(one) for one in RIGHTS)),
    ]
    return _letter(head, say, title=title, blocks=blocks, seal=True)


def plan_agreement(head: Head, *, lang: str, terms: PlanTerms, settlement: bool) -> Letter:
    """A plan with all that CCM Art. 70 wants in it, and the table of all its costs; or a settlement."""
    say = _Saying(lang, head.terms, terms.currency)
    title = (
        say("欠款结清协议", "Settlement of a debt")
        if settlement
        else say("信用卡个性化分期还款协议", "Agreement on repayment by instalments")
    )
    parts = [
        (say.of(PARTS[part]) if part in PARTS else part, say.money(minor))
        for part, minor in terms.owed_minor
    ]
    blocks: list[Block] = [
        Heading(say("一、欠款余额、结构与币种", "1. What is owed, of what, in which currency")),
        Facts(
            rows=(
                *parts,
                (say("减免", "Waived"), say.money(terms.waived_minor)),
                (say("纳入本协议", "In this agreement"), say.money(terms.debt_minor)),
                (say("币种", "Currency"), terms.currency),
            )
        ),
        Heading(say("二、还款期数、方式、日期与金额", "2. Instalments, days and sums")),
        _schedule(terms, say),
        Heading(say("三、综合融资成本", "3. All it costs")),
        _costs(terms, say),
        Heading(say("四、其他约定", "4. What else is agreed")),
        Points(tuple(say.of(one).format(grace=terms.grace_days, cure=terms.cure_days) for one in AGREED)),
        Signatures((say("持卡人签字 / 日期", "Cardholder, date"), say("银行（盖章）/ 日期", "Bank (seal), date"))),
    ]  # fmt: skip
    return _letter(head, say, title=title, blocks=blocks, seal=True)


def _schedule(terms: PlanTerms, say: "_Saying") -> Table:
    rows = terms.instalments
    charged = sum(row.interest + row.fee for row in rows)
    return Table(
        columns=say.several(
            ("期数", "No."), ("到期日", "Due"), ("本金", "Principal"), ("利息与费用", "Interest, fees"),
            ("应还", "To pay"),
        ),
        ends=(False, False, True, True, True),
        rows=tuple(
            (
                str(row.number), say.day(row.due_on), say.money(row.principal), say.money(row.interest + row.fee),
                say.money(row.total),
            )
            for row in rows
        ),
        total=(
            say("合计", "Total"), "", say.money(sum(row.principal for row in rows)), say.money(charged),
            say.money(sum(row.total for row in rows)),
        ),
    )  # fmt: skip


def _costs(terms: PlanTerms, say: "_Saying") -> Facts:
    rows = terms.instalments
    return Facts(
        rows=(
            (say("本金", "Principal"), say.money(sum(row.principal for row in rows))),
            (say("利息", "Interest"), say.money(sum(row.interest for row in rows))),
            (say("费用", "Fees"), say.money(sum(row.fee for row in rows))),
            (say("还款总额", "Paid in all"), say.money(sum(row.total for row in rows))),
            (say("年化综合成本（单利）", "Yearly cost, simple"), say.share(terms.yearly_simple)),
            (say("年化综合成本（复利）", "Yearly cost, effective"), say.share(terms.yearly_effective)),
            (say("违约后利息（年化）", "Interest when not kept, yearly"), say.share(terms.default_yearly)),
            (say("违约金", "Late charge when not kept"), say.share(terms.default_charge_rate)),
        )
    )  # fmt: skip


def statement_letter(
    head: Head,
    *,
    lang: str,
    lines: Sequence[tuple[date, str, int, int]],
    owed_minor: int,
    currency: str,
) -> Letter:
    """A statement of account: day, what it is, change and what is owed then, and what it comes to."""
    say = _Saying(lang, head.terms, currency)
    rows = tuple(
        (say.day(day), what, say.signed(change), say.money(after))
        for day, what, change, after in lines
    )
    table = Table(
        columns=say.several(
            ("日期", "Day"), ("摘要", "What"), ("变动", "Change"), ("余额", "Owed")
        ),
        ends=(False, False, True, True),
        rows=rows,
        total=(say("合计", "Total"), "", "", say.money(owed_minor)),
    )
    return _letter(
        head, say, title=say("账户明细", "Statement of account"), blocks=[table], seal=True
    )


def _owed(cards: Sequence[CardFigures], say: "_Saying") -> Table:
    named = [part for part in PARTS if any(part in dict(card.parts_minor) for card in cards)]
    sums = {part: sum(dict(card.parts_minor).get(part, 0) for card in cards) for part in named}
    rows = tuple(
        (
            say(f"尾号 {card.tail}", f"ending {card.tail}"), str(card.overdue_days),
            *(say.money(dict(card.parts_minor).get(part, 0)) for part in named), say.money(card.owed_minor),
            say.money(card.due_minor),
        )
        for card in cards
    )  # fmt: skip
    return Table(
        columns=(
            *say.several(("信用卡", "Card"), ("逾期天数", "Days late")), *(say.of(PARTS[part]) for part in named),
            *say.several(("欠款余额", "Owed"), ("当前应还", "Due now")),
        ),
        ends=(False, *(True,) * (len(named) + 3)),
        rows=rows,
        total=(
            say("合计", "Total"), "", *(say.money(sums[part]) for part in named),
            say.money(sum(card.owed_minor for card in cards)), say.money(sum(card.due_minor for card in cards)),
        ),
    )  # fmt: skip


def _letter(
    head: Head, say: "_Saying", *, title: str, blocks: Sequence[Block], seal: bool
) -> Letter:
    bank = head.terms.of("bank", say.lang)
    return Letter(
        lang=say.lang, title=title, sender=bank,
        sender_line=say(f"客服热线 {head.terms.hotline}", f"Our line {head.terms.hotline}"),
        address=(*(line for line in head.address.splitlines() if line), head.name),
        references=((say("编号", "Number"), head.number), (say("日期", "Date"), say.day(head.on))),
        salutation=say(f"{head.name}：", f"Dear {head.name},"), blocks=tuple(blocks), signed=(bank, say.day(head.on)),
        seal=say("业务专用章", "Seal") if seal else None, qr=head.qr,
        qr_words=say.of(WAYS).format(app=head.terms.of("app", say.lang), hotline=head.terms.hotline),
        footer=f"{bank} · {head.terms.hotline}",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Saying:
    """Words, days and money as people of one language write them."""

    lang: str
    terms: TextTerms
    currency: str

    def __call__(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def of(self, words: Bilingual) -> str:
        """Those words."""
        return self(words.zh, words.en)

    def several(self, *pairs: tuple[str, str]) -> tuple[str, ...]:
        """Those words, in their order."""
        return tuple(self(*pair) for pair in pairs)

    def money(self, minor: int) -> str:
        """An amount."""
        return format_minor(minor, self.currency, "zh_CN" if self.lang == "zh" else "en")

    def signed(self, minor: int) -> str:
        """A change, with its sign."""
        return f"{'+' if minor > 0 else ''}{self.money(minor)}"

    def day(self, day: date) -> str:
        """A day."""
        locale = "zh_CN" if self.lang == "zh" else "en"
        return format_date(day, self("y年M月d日", "d MMMM y"), locale=locale)

    def share(self, share: Decimal) -> str:
        """A share as percent, to two places."""
        return f"{share * 100:.2f}%"
