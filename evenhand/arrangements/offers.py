"""One offer everywhere: the same facts give collector, portal, agency and robot the same set, narrowed by who asks.

Every arrangement is answered for, with what stands against it; none is left out in silence. Money in minor units.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from evenhand.arrangements.affordability import DEEPER, Afforded, Depth, depth_needed
from evenhand.arrangements.eligibility import may_agree_plan
from evenhand.arrangements.house import MINOR, House, reaches
from evenhand.arrangements.policy import PARAMETERS
from evenhand.arrangements.schedules import (
    Method,
    Schedule,
    Terms,
    YearlyCost,
    schedule,
    yearly_cost,
)

PLANS = ("INSTALMENTS", "ARTICLE_70")
RELIEF = ("PAUSE", "TOKEN", "STOP_INTEREST", "SPECIALIST", "FREE_ADVICE")
KINDS = ("EXTENSION", *PLANS, "WAIVER", "SETTLEMENT", *RELIEF)
WAIVED_PARTS = ("LATE_CHARGE", "FEE", "INTEREST", "PRINCIPAL")
ASKERS = {
    "COLLECTOR": "COLLECTOR", "SUPERVISOR": "SUPERVISOR", "MANAGER": "MANAGER",
    "AGENCY": "COLLECTOR", "PORTAL": "COLLECTOR", "ROBOT": "COLLECTOR",
}  # fmt: skip
"""Who asks, and with whose authority: what a collector may grant, the portal, an agency and a robot grant too."""
NO_SECOND_PERSON = frozenset({"AGENCY", "PORTAL", "ROBOT"})  # they pass on what needs one
FORBIDDING = frozenset({"FRAUD", "DECEASED", "DISPUTE"})
FRAGILE = frozenset({"ILLNESS", "MENTAL_CAPACITY", "SENSITIVE_EVENT", "HARDSHIP", "DISASTER"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFacts:
    """What offers are made from: gathered by the caller under the person's lock or for a page."""

    on: date
    currency: str
    owed_minor: tuple[tuple[str, int], ...]  # by part of the accounts concerned
    arrears_minor: int
    overdue_days: int
    range: str  # of the strategy's table
    holds: frozenset[str] = frozenset()
    vulnerable: bool = False
    willing: bool = True
    plan_running: bool = False
    depth: Depth = Depth.NONE  # of what she said of her means, while it is taken as it was
    afforded: Afforded | None = None
    reaged_on: tuple[date, ...] = ()
    extended_on: tuple[date, ...] = ()
    waived_minor: tuple[tuple[str, int], ...] = ()  # by part, in the last year, asked for or booked

    @property
    def debt_minor(self) -> int:
        """All that is owed."""
        return sum(minor for _, minor in self.owed_minor)

    def part(self, name: str) -> int:
        """What is owed of one part."""
        return dict(self.owed_minor).get(name, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to spread the debt; `reasons` are what stands against it, none: it may be agreed."""

    months: int
    monthly_minor: int  # the largest instalment
    total_minor: int
    cost_minor: int
    first_on: date
    last_on: date
    yearly: YearlyCost
    surplus_share: Decimal | None  # of what is left over; None where it is not known
    approval: str  # the role that has to agree too; empty: nobody
    reasons: tuple[str, ...] = ()
    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One arrangement: whether it is offered, on what it depends, and in which ways it can be had."""

    kind: str
    reasons: tuple[str, ...] = ()  # what stands against it; none: it is offered
    depth: Depth = Depth.NONE  # how deep the bank asks first
    approval: str = ""
    minor: int = 0  # the sum it is about
    days: int = 0
    options: tuple[Option, ...] = ()

    @property
    def offered(self) -> bool:
        """Whether it may be agreed now."""
        return not self.reasons

    @property
    def waits_for_means(self) -> bool:
        """Whether nothing stands against it but that the bank has not asked yet."""
        return self.reasons == ("MEANS_NOT_KNOWN",)


def offers(
    facts: OfferFacts, asker: str, house: House, *, moved: Callable[[date], date]
) -> tuple[Offer, ...]:
    """Every arrangement for one who asks, by KINDS; `moved` puts a due day on a banking day."""
    assert asker in ASKERS
    found = (
        _extension(facts, asker, house),
        *(_plan(kind, facts, asker, house, moved) for kind in PLANS),
        _waiver(facts, asker, house),
        _settlement(facts, asker, house),
        *(_relief(kind, facts, asker, house) for kind in RELIEF),
    )
    return tuple(_for_one_who_asks(offer, asker) for offer in found)


def option(
    kind: str,
    months: int,
    facts: OfferFacts,
    asker: str,
    house: House,
    *,
    moved: Callable[[date], date],
    method: Method = Method.EQUAL_INSTALMENT,
    first_on: date | None = None,
    waived_minor: int = 0,
) -> Option:
    """One way of a plan: so many months, by a method, of what is owed less what is waived."""
    terms = house.terms
    rate = terms.article_70_monthly_rate if kind == "ARTICLE_70" else terms.monthly_rate
    debt = facts.debt_minor - waived_minor
    plan = schedule(
        Terms(
            principal_minor=debt,
            months=months,
            method=method,
            monthly_rate=rate,
            first_on=first_on or facts.on + timedelta(days=terms.first_due_days),
            moved=moved,
            step=Decimal("0.05") if method == Method.STEP_UP else Decimal(0),
        )
    )
    sums = [row.total_minor for row in plan.instalments]
    needed = house.who_may(kind, minor=debt, months=months, overdue_days=facts.overdue_days)
    reasons = [*_against(kind, facts, house), *_beyond(kind, months, max(sums), facts, house)]
    if not needed:
        reasons.append("AUTHORITY")
    surplus = facts.afforded.surplus_minor if facts.afforded else 0
    return Option(
        months=months,
        monthly_minor=max(sums),
        total_minor=plan.total_minor,
        cost_minor=plan.cost_minor,
        first_on=plan.instalments[0].due_on,
        last_on=plan.instalments[-1].due_on,
        yearly=yearly_cost(debt, sums),
        surplus_share=(Decimal(max(sums)) / surplus).quantize(Decimal("0.0001"))
        if surplus > 0
        else None,
        approval=_second(asker, higher(needed, _asked_for(kind, months, facts, house))),
        reasons=tuple(dict.fromkeys(reasons)),
        schedule=plan,
    )


def waiver_needs(
    facts: OfferFacts, part: str, minor: int, asker: str, house: House
) -> tuple[str, tuple[str, ...]]:
    """Whose approval a waiver of one part needs beside who asks, and what stands against it."""
    owed = facts.part(part)
    if not 0 < minor <= owed:
        return "", ("MORE_THAN_OWED",)
    before = dict(facts.waived_minor).get(
        part, 0
    )  # so that no sum is cut into pieces below a limit
    share = Decimal(minor + before) / (owed + before)
    needed = house.who_may(
        f"WAIVE_{part}", minor=minor + before, share=share, overdue_days=facts.overdue_days
    )
    against = _forbidden(facts)
    return _second(asker, needed), (*against, *(() if needed else ("AUTHORITY",)))


def settlement_needs(
    facts: OfferFacts, minor: int, asker: str, house: House
) -> tuple[str, tuple[str, ...]]:
    """Whose approval a settlement for a sum needs beside who asks, and what stands against it."""
    reasons = [*_forbidden(facts), *_means(facts, Depth.BUDGET)]
    debt = facts.debt_minor
    if not 0 < minor < debt or Decimal(minor) < debt * house.terms.settlement_share_min:
        reasons.append("BELOW_SHARE")
    if facts.overdue_days < house.terms.settlement_overdue_days_min:
        reasons.append("TOO_EARLY")
    given_up = debt - minor
    share = Decimal(given_up) / debt if debt else Decimal(0)
    needed = house.who_may(
        "SETTLEMENT", minor=given_up, share=share, overdue_days=facts.overdue_days
    )
    if not needed:
        reasons.append("AUTHORITY")
    return _second(asker, higher(needed, _wider("SETTLEMENT", facts, house))), tuple(
        dict.fromkeys(reasons)
    )


def reage_needs(facts: OfferFacts, asker: str, house: House) -> tuple[str, tuple[str, ...]]:
    """Whose approval a re-ageing of the treatment clock needs, and what stands against it: so often and no oftener."""
    reasons = list(_forbidden(facts))
    for months, most in (
        (12, house.terms.reage_per_12_months),
        (60, house.terms.reage_per_60_months),
    ):
        since = _months_back(facts.on, months)
        if sum(day > since for day in facts.reaged_on) >= most:
            reasons.append(f"REAGED_IN_{months}_MONTHS")
    return _second(asker, house.who_may("REAGE")), tuple(reasons)


def _extension(facts: OfferFacts, asker: str, house: House) -> Offer:
    reasons = list(_forbidden(facts))
    if facts.arrears_minor <= 0:
        reasons.append("NOTHING_DUE")
    year = _months_back(facts.on, 12)
    if sum(day > year for day in facts.extended_on) >= house.terms.extensions_per_12_months:
        reasons.append("EXTENDED_OFTEN")
    return Offer(
        kind="EXTENSION",
        reasons=tuple(reasons),
        minor=facts.arrears_minor,
        days=house.terms.extension_days_max,
        approval=_second(
            asker, higher(house.who_may("EXTENSION"), _wider("EXTENSION", facts, house))
        ),
    )


def _plan(
    kind: str, facts: OfferFacts, asker: str, house: House, moved: Callable[[date], date]
) -> Offer:
    months = (
        house.terms.article_70_months if kind == "ARTICLE_70" else house.terms.instalments_months
    )
    debt = facts.debt_minor
    ways = tuple(
        option(kind, count, facts, asker, house, moved=moved)
        for count in months
        if debt // count >= house.terms.instalment_min_yuan * MINOR
    )
    against = list(_against(kind, facts, house))
    if not ways:
        against.append("TOO_SMALL")
    elif not against and all(way.reasons for way in ways):
        against += list(dict.fromkeys(r for way in ways for r in way.reasons))
    free = [way.approval for way in ways if not way.reasons]
    return Offer(
        kind=kind,
        reasons=tuple(dict.fromkeys(against)),
        depth=depth_needed(
            kind, months=min((way.months for way in ways), default=1), days=0, terms=house
        ),
        approval=min(free, key=_rank) if free else "",
        minor=debt,
        options=ways,
    )


def _waiver(facts: OfferFacts, asker: str, house: House) -> Offer:
    charges = [
        (part, facts.part(part)) for part in ("LATE_CHARGE", "FEE", "INTEREST") if facts.part(part)
    ]
    reasons = list(_forbidden(facts))
    if not charges:
        reasons.append("NOTHING_TO_WAIVE")
    needed = [waiver_needs(facts, part, minor, asker, house) for part, minor in charges]
    reasons += [reason for _, against in needed for reason in against]
    roles = [role for role, _ in needed] + [_second(asker, _wider("WAIVER", facts, house))]
    return Offer(
        kind="WAIVER",
        reasons=tuple(dict.fromkeys(reasons)),
        minor=sum(minor for _, minor in charges),
        approval=max(roles, key=_rank),
    )


def _settlement(facts: OfferFacts, asker: str, house: House) -> Offer:
    least = -(-facts.debt_minor * house.terms.settlement_share_min // 1)
    least_minor = int(least)
    approval, reasons = (
        settlement_needs(facts, least_minor, asker, house)
        if facts.debt_minor
        else ("", ("NOTHING_DUE",))
    )
    return Offer(
        kind="SETTLEMENT",
        reasons=reasons,
        depth=Depth.BUDGET,
        approval=approval,
        minor=least_minor,
        days=house.terms.settlement_days,
    )


def _relief(kind: str, facts: OfferFacts, asker: str, house: House) -> Offer:
    """What is there where nothing is left over: a rest with a day to look again, a token, interest stopped, help."""
    reasons: tuple[str, ...] = ()
    if not facts.vulnerable:
        if facts.afforded is None:
            reasons = ("MEANS_NOT_KNOWN",)
        elif facts.afforded.instalment_max_minor >= house.terms.instalment_min_yuan * MINOR:
            reasons = ("HAS_SURPLUS",)
    if kind in ("SPECIALIST", "FREE_ADVICE"):
        reasons = ()  # nobody needs a reason to be helped
    if kind == "STOP_INTEREST" and PARAMETERS.value_on("plan.interest_stop_is_a_right", facts.on):
        reasons = ()
    act = {"PAUSE": "PAUSE", "TOKEN": "TOKEN", "STOP_INTEREST": "STOP_INTEREST"}.get(kind, "")
    return Offer(
        kind=kind,
        reasons=reasons,
        depth=Depth.DECLARATION if reasons == ("MEANS_NOT_KNOWN",) else Depth.NONE,
        approval=_second(asker, house.who_may(act)) if act else "",
        minor=house.affordability.token_yuan * MINOR if kind == "TOKEN" else 0,
        days=house.affordability.paused_days if kind == "PAUSE" else 0,
    )


def _for_one_who_asks(offer: Offer, asker: str) -> Offer:
    """Who has no second person at hand passes on what needs one: it is no refusal of hers."""
    if asker not in NO_SECOND_PERSON:
        return offer
    options = tuple(
        replace(way, reasons=(*way.reasons, "PASSED_ON"))
        if way.approval and not way.reasons
        else way
        for way in offer.options
    )
    stands = [way for way in options if not way.reasons]
    if offer.offered and (offer.approval if not offer.options else not stands):
        return replace(offer, options=options, reasons=("PASSED_ON",))
    return replace(offer, options=options)


def _against(kind: str, facts: OfferFacts, house: House) -> tuple[str, ...]:
    """What stands against a plan whatever its months."""
    reasons = list(_forbidden(facts))
    if facts.debt_minor <= 0:
        reasons.append("NOTHING_DUE")
    afforded = facts.afforded
    if (
        afforded is not None
        and afforded.instalment_max_minor < house.terms.instalment_min_yuan * MINOR
    ):
        reasons.append("NO_SURPLUS")
    if kind == "ARTICLE_70" and afforded is not None:
        within = afforded.surplus_minor * house.affordability.ability_months >= facts.debt_minor
        if within:
            reasons.append("WITHIN_ABILITY")
    if kind == "ARTICLE_70" and facts.part("UNSPLIT"):
        reasons.append("STRUCTURE_UNKNOWN")  # its text says what the balance is made of
    if not facts.willing:
        reasons.append("NOT_WILLING")
    return tuple(reasons)


def _beyond(
    kind: str, months: int, monthly_minor: int, facts: OfferFacts, house: House
) -> list[str]:
    """What stands against so many months of so much."""
    reasons = list(_means(facts, depth_needed(kind, months=months, days=0, terms=house)))
    afforded = facts.afforded
    if afforded is not None and afforded.instalment_max_minor < monthly_minor:
        reasons.append("SURPLUS")
    if kind == "ARTICLE_70":
        law = may_agree_plan(facts.on, exceeds_ability=True, willing=True, months=months)
        reasons += law.missing
    elif months > max(house.terms.instalments_months):
        reasons.append("TERM")
    return reasons


def _means(facts: OfferFacts, needed: Depth) -> tuple[str, ...]:
    known = facts.depth if facts.afforded is not None else Depth.NONE
    return ("MEANS_NOT_KNOWN",) if DEEPER[known] < DEEPER[needed] else ()


def _forbidden(facts: OfferFacts) -> tuple[str, ...]:
    reasons = [f"HOLD_{hold}" for hold in sorted(facts.holds & FORBIDDING)]
    if facts.plan_running:
        reasons.append("PLAN_RUNNING")
    return tuple(reasons)


def _asked_for(kind: str, months: int, facts: OfferFacts, house: House) -> str:
    """Who agrees to more than the strategy's table offers unasked, or to binding a person who is not well."""
    most = house.ranges.get(facts.range, {}).get(kind)
    wider = "" if most is not None and (most == 0 or months <= most) else "SUPERVISOR"
    return "SUPERVISOR" if facts.vulnerable else wider


def _wider(kind: str, facts: OfferFacts, house: House) -> str:
    return "" if kind in house.ranges.get(facts.range, {}) else "SUPERVISOR"


def _second(asker: str, needed: str) -> str:
    """The role that has to agree too; empty where who asks stands as high."""
    return "" if not needed or reaches(ASKERS[asker], needed) else needed


def higher(one: str, other: str) -> str:
    """The higher of two roles; empty is nobody."""
    return max(one, other, key=_rank)


def _rank(role: str) -> int:
    return ("", "COLLECTOR", "SUPERVISOR", "MANAGER").index(role)


def _months_back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))
