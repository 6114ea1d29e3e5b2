"""The facts a strategy may look at: one row per person, made by the night and by the day alike.

Amounts are minor units of the portfolio's base currency. A null number means "does not apply" and matches only `-`.
"""

from dataclasses import dataclass

from evenhand.kernel.text import Bilingual

_FEEL_KINDS = {"int": "number", "bool": "boolean", "code": "string"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One input of the strategy tables. `kind` is int, bool or code; `codes` are its values when they are closed."""

    name: str
    kind: str
    label: Bilingual
    codes: tuple[str, ...] = ()

    @property
    def feel_kind(self) -> str:
        """What a decision table calls this kind: number, boolean or string."""
        return _FEEL_KINDS[self.kind]


def _int(name: str, zh: str, en: str) -> Fact:
    return Fact(name, "int", Bilingual(zh, en))


def _bool(name: str, zh: str, en: str) -> Fact:
    return Fact(name, "bool", Bilingual(zh, en))


def _code(name: str, zh: str, en: str, *codes: str) -> Fact:
    return Fact(name, "code", Bilingual(zh, en), codes)


FACTS: tuple[Fact, ...] = (
    _int("overdue_days", "逾期天数", "days past due"),
    _int("treatment_days", "处置天数", "treatment days"),
    _code("bucket", "逾期期数", "bucket", "M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+"),
    _int("arrears_minor", "逾期金额", "arrears"),
    _int("balance_minor", "应还总额", "balance owed"),
    _int("limit_minor", "信用额度", "credit limit"),
    _int("utilisation_percent", "额度使用率", "share of the limit used"),
    _int("accounts", "账户数", "accounts"),
    _int("accounts_overdue", "逾期账户数", "accounts past due"),
    _int("cycles_missed", "未还期数", "minimums missed"),
    _int("days_to_due", "距到期还款日天数", "days until the next due date"),
    _int("due_minor", "本期待还最低额", "minimum still to pay this cycle"),
    _int("days_since_payment", "距上次还款天数", "days since the last payment"),
    _int("payments_recent", "近期还款次数", "payments in the ageing window"),
    _int("entries", "入催次数", "entries into collections"),
    _int("promises_broken", "近期失约次数", "promises broken in the last 180 days"),
    _code("promise", "承诺状态", "promise", "NONE", "OPEN", "DUE_TODAY", "BROKEN", "KEPT"),
    _code(
        "hold",
        "停催",
        "hold",
        "NONE",
        "DISPUTE",
        "COMPLAINT",
        "HARDSHIP",
        "FRAUD",
        "DECEASED",
        "ILLNESS",
        "DISASTER",
        "OTHER",
    ),
    _bool("autopay", "自动还款", "direct debit"),
    _bool("deceased", "已故", "deceased"),
    _bool("vulnerable", "需特别关照", "vulnerable"),
    _bool("phone_valid", "电话有效", "phone valid"),
    _bool("email_valid", "邮箱有效", "e-mail valid"),
    _bool("address_valid", "地址有效", "address valid"),
    _bool("rose_two", "期数跳升", "bucket rose by two or more overnight"),
    _bool("first_payment_default", "首期即逾", "missed the first minimum due"),
    _code(
        "core_status",
        "核心状态",
        "core status",
        "ACTIVE",
        "FROZEN",
        "CANCELLED",
        "CLOSED",
        "WRITTEN_OFF",
    ),
    _code("block_code", "管制码", "block code"),
    _code("product", "产品", "product"),
    _code("region", "地区", "region"),
    _code("language", "语言", "language"),
    _code(
        "risk_class",
        "风险分类",
        "risk class",
        "PASS",
        "SPECIAL_MENTION",
        "SUBSTANDARD",
        "DOUBTFUL",
        "LOSS",
    ),
)

FACT_NAMES = tuple(fact.name for fact in FACTS)
