"""May this be agreed? The individual instalment agreement (个性化分期), its papers, and the table of costs.

Each answer names everything that is missing, not the first.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from evenhand.arrangements.policy import PARAMETERS


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it may be; the codes of what stands against it or is missing."""

    allowed: bool
    missing: tuple[str, ...] = ()


def may_agree_plan(
    on: date, *, exceeds_ability: bool, willing: bool, months: int, surplus_covers: bool = True
) -> Answer:
    """Whether an individual instalment agreement may be made: the full debt is beyond her ability, the instalment is
    not, she is still willing, and the term is within the law's. Source: CCM Article 70; the surplus is the house's."""
    stated = {"EXCEEDS_ABILITY": exceeds_ability, "WILLING": willing}
    missing = [name for name in PARAMETERS.value_on("plan.conditions", on) if not stated[name]]
    if not 0 < months <= PARAMETERS.value_on("plan.months_max", on):
        missing.append("TERM")
    if not surplus_covers:
        missing.append("SURPLUS")
    return Answer(not missing, tuple(missing))


def agreement_complete(on: date, fields: Collection[str]) -> Answer:
    """Whether an agreement states all that Article 70 wants of it."""
    missing = [name for name in PARAMETERS.value_on("plan.fields", on) if name not in fields]
    return Answer(not missing, tuple(missing))


def may_activate(on: date, *, oral: bool, recorded: bool) -> Answer:
    """Whether an agreement may come into force: one made by word of mouth is recorded. Source: CCM Article 70."""
    needed = oral and PARAMETERS.value_on("plan.oral_needs_recording", on)
    return Answer(False, ("RECORDING",)) if needed and not recorded else Answer(True)


def may_collect(on: date, *, active: bool, missed: bool) -> Answer:
    """Whether bank and agencies may collect while a plan is in force: not unless it is not kept. Source: Article 70."""
    stopped = active and not missed and PARAMETERS.value_on("plan.stops_collection", on)
    return Answer(False, ("PLAN_KEPT",)) if stopped else Answer(True)


def cost_table_shown(
    on: date, *, online: bool, shown_apart: bool, seconds_read: int | None, confirmed: bool
) -> Answer:
    """Whether the table of all normal and default costs was shown as it must be before an instalment is agreed.

    Online: apart from all else, for the forced reading time, and confirmed; elsewhere signed, which `confirmed` says.
    Source: 个人贷款业务明示综合融资成本规定, in force from 2026-08-01.
    """
    if not PARAMETERS.has("cost_table.required", on):
        return Answer(True)
    if not online:
        return Answer(confirmed, () if confirmed else ("CONFIRMED",))
    least = PARAMETERS.value_on("cost_table.read_seconds", on)
    done = {
        "SHOWN_APART": shown_apart,
        "READ": seconds_read is not None and seconds_read >= least,
        "CONFIRMED": confirmed,
    }
    missing = [
        name for name in PARAMETERS.value_on("cost_table.online_steps", on) if not done[name]
    ]
    return Answer(not missing, tuple(missing))
