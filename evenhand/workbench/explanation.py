"""The why of a decision in the words of the page's language."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from evenhand.cycle.manifest import Manifest, read_manifest
from evenhand.cycle.redeciding import NoNight, last_manifest
from evenhand.cycle.why import ArmLine, FactLine, Source, Step, UnknownAccount, Why, why
from evenhand.kernel.money import format_minor
from evenhand.kernel.text import one_side
from evenhand.runtime.config import config
from evenhand.runtime.lake import Lake
from evenhand.web.labels import LABELS, label_of

FEW_MISSES = 6
GROUPS: Mapping[str, tuple[str, ...]] = {
    "AGEING": ("overdue_days", "treatment_days", "bucket", "risk_class", "arrears_minor", "cycles_missed",
               "rose_two", "first_payment_default", "days_to_due", "due_minor"),
    "ACCOUNT": ("balance_minor", "limit_minor", "utilisation_percent", "accounts", "accounts_overdue", "core_status",
                "block_code", "product", "autopay"),
    "PAYMENTS": ("days_since_payment", "payments_recent"),
    "DESK": ("promise", "promises_broken", "hold", "entries"),
    "PERSON": ("deceased", "vulnerable", "phone_valid", "email_valid", "address_valid", "region", "language"),
}  # fmt: skip
CODED = ("bucket", "risk_class", "promise", "hold", "core_status")
DAYS = ("overdue_days", "treatment_days", "days_to_due", "days_since_payment")
OUTPUTS = ("segment", "treatment", "channel", "tone", "offer", "desk")
_NUMBER = re.compile(r"-?\d+")
_QUOTED = re.compile(r'"([^"]*)"')

Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact in words, with the line of the file that brought it."""

    name: str
    value: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What one rule that did not fire would have needed."""

    rule: int
    name: str
    had: str
    needed: str


@dataclass(frozen=True, slots=True)
class Table:
    """One decision table: the rule that fired, what it said and what others would have needed."""

    decision: str
    rule: int | None
    rule_id: str
    annotation: str
    outputs: tuple[str, ...]
    few: tuple[Difference, ...]
    others: tuple[Difference, ...]

    @property
    def missed(self) -> int:
        """How many rules did not fire."""
        return len(self.few) + len(self.others)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What a hold-out kept from the person: by which experiment, what it would have been, until when."""

    experiment: int
    days_max: int
    until_on: date | None
    would_have_been: str


@dataclass(frozen=True, slots=True)
class Explained:
    """The whole answer for one account on one banking day."""

    account_key: int
    on: date
    strategy_digest: str
    groups: tuple[tuple[str, tuple[Fact, ...]], ...]
    tables: tuple[Table, ...]
    sources: tuple[Source, ...]
    held_out: HeldOut | None
    arm: ArmLine | None  # for those who may see experiments; a collector treats nobody by her arm


def explain(on: date, account_key: int, currency: str) -> Explained | None:
    """Why the account was treated so on the night of `on`; None when that night or its book does not know it."""
    lake = Lake(config().lake)
    try:
        answer = why(lake, _manifest(lake, on), account_key)
    except (FileNotFoundError, NoNight, UnknownAccount):
        return None
    return Explained(
        account_key=account_key,
        on=answer.on,
        strategy_digest=answer.strategy_digest,
        groups=groups_of(answer.facts, currency),
        tables=tables_of(answer.steps, currency),
        sources=answer.sources,
        held_out=_Words(currency, get_language() or "").held_out(answer),
        arm=answer.arm,
    )


def groups_of(facts: Iterable[FactLine], currency: str) -> tuple[tuple[str, tuple[Fact, ...]], ...]:
    """The facts in words, by what they are about."""
    words = _Words(currency, get_language() or "")
    by_name = {fact.name: fact for fact in facts}
    return tuple(
        (group, tuple(words.fact(by_name[name]) for name in names if name in by_name))
        for group, names in GROUPS.items()
    )


def tables_of(steps: Iterable[Step], currency: str) -> tuple[Table, ...]:
    """What each table said in words, amounts in the base currency."""
    words = _Words(currency, get_language() or "")
    return tuple(words.table(step) for step in steps)


def _manifest(lake: Lake, on: date) -> Manifest:
    last = last_manifest(lake)
    return last if last.banking_day == on else read_manifest(lake.manifest(on))


@dataclass(frozen=True, slots=True)
class _Words:
    """Values in the words of one language, amounts in the base currency."""

    currency: str
    language: str

    def fact(self, fact: FactLine) -> Fact:
        return Fact(self.name(fact.name), self.value(fact.name, fact.value), fact.source)

    def name(self, name: str) -> str:
        """A fact or an earlier answer, as `segment`."""
        if name in LABELS["fact"]:
            return label_of("fact", name, self.language)
        return self.decision(name)

    def decision(self, name: str) -> str:
        names = {
            "segment": _("Segment"),
            "treatment": _("Treatment"),
            "contact": _("Contact"),
            "channel": _("Channel"),
            "tone": _("Tone"),
            "offer": _("Offer range"),
            "desk": _("Desk"),
            "priority": _("Priority"),
        }
        return names.get(name.rpartition(".")[2], name)

    def value(self, name: str, value: Value) -> str:
        if value is None or value == "":
            return _("does not apply")
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, str):
            return self._code(name, value)
        if name.endswith("_minor"):
            return self._money(int(value))
        if name in DAYS:
            return ngettext("%(number)d day", "%(number)d days", int(value)) % {"number": value}
        if name == "utilisation_percent":
            return f"{value}%"
        return str(value)

    def needed(self, name: str, cell: str) -> str:
        """A cell of a table with its amounts and codes in words; intervals stay as mathematics writes them."""
        cell = cell.replace(">=", "≥").replace("<=", "≤").replace("..", " .. ")
        if name.endswith("_minor"):
            return _NUMBER.sub(lambda found: self._money(int(found[0])), cell)
        worded = _QUOTED.sub(lambda found: self._code(name, found[1]), cell.replace('","', '", "'))
        return {"true": _("yes"), "false": _("no")}.get(worded, worded)

    def table(self, step: Step) -> Table:
        """The rules nearest to the one that fired come first; of those that needed the same, one is among the few."""
        misses = [
            Difference(
                miss.rule,
                self.name(miss.input),
                self.value(miss.input, miss.had),
                self.needed(miss.input, miss.needed),
            )
            for miss in sorted(
                step.misses, key=lambda miss: (abs(miss.rule - (step.rule or 0)), miss.rule)
            )
        ]
        unlike = {(miss.name, miss.needed): miss for miss in reversed(misses)}
        few = [miss for miss in misses if unlike[miss.name, miss.needed] is miss][:FEW_MISSES]
        return Table(
            decision=self.decision(step.decision),
            rule=step.rule,
            rule_id=step.rule_id,
            annotation=one_side(step.annotation, self.language),
            outputs=tuple(self._output(name, value) for name, value in step.outputs.items()),
            few=tuple(few),
            others=tuple(miss for miss in misses if miss not in few),
        )

    def held_out(self, answer: Why) -> HeldOut | None:
        arm = answer.arm
        if arm is None or not arm.withheld:
            return None
        outputs = {name: value for step in answer.steps for name, value in step.outputs.items()}
        worded = [
            label_of(name, str(outputs[name]), self.language)
            for name in ("treatment", "channel", "tone")
        ]
        return HeldOut(arm.experiment, arm.days_max, arm.until_on, " · ".join(worded))

    def _output(self, name: str, value: Value) -> str:
        short = name.rpartition(".")[2]
        worded = label_of(short, str(value), self.language) if short in OUTPUTS else str(value)
        return _("%(what)s: %(value)s") % {"what": self.decision(short), "value": worded}

    def _code(self, name: str, code: str) -> str:
        short = name.rpartition(".")[2]
        return label_of(short, code, self.language) if short in (*CODED, *OUTPUTS) else code

    def _money(self, amount_minor: int) -> str:
        locale = "en" if self.language.startswith("en") else "zh_Hans_CN"
        return format_minor(amount_minor, self.currency, locale)
