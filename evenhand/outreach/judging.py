"""The law the gate judges by: the packs in force, how far back they look, how long a permit is good."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from evenhand.compliance.facts import Facts
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import Pack, packs_window_days
from evenhand.compliance.verdict import Reason, Verdict
from evenhand.compliance.vocabulary import CONTACTS
from evenhand.kernel.text import Bilingual
from evenhand.outreach.asked import Asked
from evenhand.rulebook.packs import packs_of

PERMIT_SECONDS = 120
"""How long a permit is good where no pack in force states `contact.permit_seconds`."""
PLAIN_PURPOSES = frozenset({"COLLECT", "REMIND"})
NOTHING_IN_FORCE = Verdict(
    "DENY", (Reason("NO_PACK_IN_FORCE", "DENY", "gate.no-pack", "gate@1"),), {}, (), ()
)

DEBT_UNKNOWN = Reason("DEBT_UNKNOWN", "DENY", "gate.debt-unknown", "gate@1")
OWN_SENTENCES = {
    "NO_PACK_IN_FORCE": Bilingual(
        "没有启用的规则包，无从认定允许联系。",
        "No policy pack is in force, so nothing is known to be allowed.",
    ),
    "DEBT_UNKNOWN": Bilingual(
        "其中提到的债务不属于此人。", "It names a debt that is not among this person's."
    ),
}
"""What the gate's own reasons say, which no pack has words for."""


class Law(NamedTuple):
    """The packs in force at a moment and what follows from them for the gate.

    What the person said is looked for in all of `lookback`; other contacts as far back as the rules look that may speak
    of the act, for each read is paid for with every permit.
    """

    packs: tuple[Pack, ...]
    lookback: timedelta
    near: Mapping[
        str, timedelta
    ] = {}  # by act, of a contact to collect from the debtor or to remind

    def near_of(self, asked: Asked) -> timedelta:
        """How far back contacts count for what is asked."""
        if asked.role == "CONSUMER" and asked.purpose in PLAIN_PURPOSES:
            return self.near.get(asked.act, self.lookback)
        return self.lookback

    def covers(self, other: "Law", asked: Asked) -> bool:
        """Whether who looked as far back as this saw all that another needs."""
        return self.lookback >= other.lookback and self.near_of(asked) >= other.near_of(asked)


def law_of(digests: tuple[str, ...]) -> Law:
    """The law of the packs with these digests."""
    law = _law(digests)
    _latest[0] = law
    return law


def latest_law() -> Law:
    """The law last asked for, to guess by how far back will be looked."""
    return _latest[0]


def verdict_of(facts: Facts, law: Law) -> Verdict:
    """The judge's verdict; where no pack speaks for the day and the act's actor, nothing is known to be allowed.

    Neither is a contact about debts that are not among the person's own: counted for each debt, under names of the
    asker's making there would be no end of them, and no hold on a debt would reach them.
    """
    verdict = judge(facts, law.packs)
    if not verdict.packs:
        return NOTHING_IN_FORCE
    if _names_others(facts):
        return verdict._replace(decision="DENY", reasons=(*verdict.reasons, DEBT_UNKNOWN))
    return verdict


def _names_others(facts: Facts) -> bool:
    """Whether the act names a debt that is not the person's, where hers are known."""
    named = {*facts.act.debts, *(facts.act.more.get("debts_mentioned") or ())}
    return bool(named and facts.debts) and not named <= {debt.key for debt in facts.debts}


def permit_time(law: Law, at: datetime) -> timedelta:
    """How long a permit given at a moment is good: the shortest that a pack in force states."""
    return _permit_time(law.packs, at.date())


@lru_cache(maxsize=64)
def _permit_time(packs: tuple[Pack, ...], day: date) -> timedelta:
    stated = [
        parameter.value
        for pack in packs
        for parameter in pack.parameters
        if parameter.name == "contact.permit_seconds"
        and parameter.valid_from <= day
        and (parameter.valid_to is None or day < parameter.valid_to)
    ]
    return timedelta(seconds=min(stated, default=PERMIT_SECONDS))


@lru_cache(maxsize=64)
def _law(digests: tuple[str, ...]) -> Law:
    packs = packs_of(digests)
    near = {
        act: max(
            (p.history_days_of(act, role="CONSUMER", purposes=PLAIN_PURPOSES) for p in packs),
            default=0,
        )
        for act in CONTACTS
    }
    # One day more: a window of calendar days at some place begins up to a day before one of as many times 24 hours.
    return Law(
        packs,
        timedelta(days=packs_window_days(packs) + 1),
        {act: timedelta(days=days + 1) for act, days in near.items()},
    )


_latest = [Law((), timedelta(days=8))]
