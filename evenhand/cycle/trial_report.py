"""The report of a trial as JSON keeps it: whole numbers and codes, nothing about one person. Free of Django.

digest, currency      of the strategy tried; of all money, in minor units
unknown               what the report cannot say: POLICY_PACK where none is in force, BIRTH_YEARS where there are none
nights                one entry per night tried, oldest first:
  banking_day, strategy_digest (in force that night), ages_known
  people, concerned, in_case, differing, noticed, differs_in, manual, manual_by_treatment, arms
                          as `trial_tally` counts
  treatments, segments  [{before, after, people, arrears_minor, balance_minor}]
  law                   what the packs in force would say to the contacts, as `trial_law` has it; None without a pack
  contacts              [{channel, before, after, capacity or None, over_before, over_after}]
  groups                {segment | bucket | product | region | age_band: [{code, people, differing, …}]}
  rules                 {table: [{rule_id, annotation, row_before, row_after, before, after}]}
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evenhand.compliance.packs import Pack
from evenhand.cycle.birth_years import AGE_BANDS, UNKNOWN
from evenhand.cycle.manifest import Manifest
from evenhand.cycle.tally import Tally, added
from evenhand.cycle.trial import NightTried, Progress, run_trials
from evenhand.cycle.trial_law import said_by_packs
from evenhand.cycle.trial_tally import DEFAULT
from evenhand.delinquency.ageing import BUCKETS
from evenhand.dmn import Model, load
from evenhand.runtime.lake import Lake
from evenhand.strategy.codes import CHANNELS, SEGMENTS, TREATMENTS
from evenhand.strategy.judge import TABLES, Strategy

FORMAT = 1
POLICY_PACK = "POLICY_PACK"  # what it would refuse is not known where none is in force
BIRTH_YEARS = "BIRTH_YEARS"
NO_CONTACT = "NONE"
OTHER = "OTHER"  # the codes of a group after its GROUP_CODES_MAX largest
GROUP_CODES_MAX = 60
_ORDERS: Mapping[str, Sequence[str]] = {
    "segment": tuple(SEGMENTS),
    "bucket": BUCKETS,
    "age_band": (*AGE_BANDS[1:], UNKNOWN),
}

Report = dict[str, Any]


def try_nights(
    manifests: Sequence[Manifest],
    lake: Lake,
    strategy: Strategy,
    *,
    capacities: Mapping[str, int],
    packs: Sequence[Pack] = (),
    processes: int,
    progress: Progress,
    out: Path | None = None,
) -> Report:
    """The report of a strategy tried on the nights of these manifests; without `out` nothing at all is written.

    `packs` are those in force now, by which the contacts are judged.

    Raises as `cycle.trial.run_trials` does.
    """
    tried = run_trials(manifests, lake, strategy, processes=processes, progress=progress, out=out)
    in_force = {m.strategy_digest: load(lake.root / m.strategy) for m in manifests}
    return report_of(tried, strategy, in_force, capacities, packs)


def report_of(
    nights: Iterable[NightTried],
    strategy: Strategy,
    in_force: Mapping[str, Model],
    capacities: Mapping[str, int],
    packs: Sequence[Pack] = (),
) -> Report:
    """The report of a strategy tried on these nights.

    `in_force` are the strategies of those nights by digest, `capacities` the contacts a day by channel, `packs` the
    policy packs the contacts are judged by.
    """
    tried = sorted(nights, key=lambda night: night.banking_day)
    ages = all(night.ages_known for night in tried)
    return {
        "format": FORMAT,
        "digest": strategy.digest,
        "currency": tried[-1].currency if tried else "",
        "unknown": [*(() if packs else (POLICY_PACK,)), *(() if ages else (BIRTH_YEARS,))],
        "nights": [
            _night(night, strategy, in_force.get(night.strategy_digest), capacities, packs)
            for night in tried
        ],
    }


def _night(
    night: NightTried,
    strategy: Strategy,
    before: Model | None,
    capacities: Mapping[str, int],
    packs: Sequence[Pack],
) -> Report:
    counts, day = night.counts, night.banking_day
    plain = ("people", "concerned", "in_case", "differing", "noticed", "differs_in", "manual",
             "manual_by_treatment", "arms")  # fmt: skip
    return {
        "banking_day": night.banking_day.isoformat(),
        "strategy_digest": night.strategy_digest,
        "ages_known": night.ages_known,
        **{name: counts[name] for name in plain},
        "treatments": _flow(counts["treatments"], tuple(TREATMENTS)),
        "segments": _flow(counts["segments"], tuple(SEGMENTS)),
        "contacts": _contacts(counts["contacts"], capacities),
        "law": said_by_packs(counts["contacts_by_hold"], day, packs) if packs else None,
        "groups": {
            name: _group(rows, _ORDERS.get(name))
            for name, rows in counts["groups"].items()
            if name != "age_band" or night.ages_known
        },
        "rules": {
            table: _rules(counts["rules"][table], table, strategy, before) for table in TABLES
        },
    }


def _flow(flow: Tally, order: Sequence[str]) -> list[Report]:
    place = {code: index for index, code in enumerate(order)}
    rows = [
        {"before": before, "after": after, **figures}
        for before, there in flow.items()
        for after, figures in there.items()
    ]
    last = len(place)
    return sorted(
        rows, key=lambda row: (place.get(row["before"], last), place.get(row["after"], last))
    )


def _contacts(counts: Tally, capacities: Mapping[str, int]) -> list[Report]:
    """Contacts of a day by channel beside what the house can make; channels nobody uses or limits are left out."""
    rows = []
    for channel in CHANNELS:
        before, after = (counts[when].get(channel, 0) for when in ("before", "after"))
        capacity = capacities.get(channel)
        if channel == NO_CONTACT or (not before and not after and capacity is None):
            continue
        over = [0 if capacity is None else max(0, made - capacity) for made in (before, after)]
        rows.append(
            {"channel": channel, "before": before, "after": after, "capacity": capacity}
            | {"over_before": over[0], "over_after": over[1]}
        )
    return rows


def _group(rows: Mapping[str, Tally], order: Sequence[str] | None) -> list[Report]:
    """In the order the codes have, else the largest first with the smallest together."""
    place = {code: index for index, code in enumerate(order or ())}
    sizes = sorted(
        rows, key=lambda code: (place.get(code, len(place)), -rows[code]["people"], code)
    )
    shown = [{"code": code, **rows[code]} for code in sizes[:GROUP_CODES_MAX]]
    rest: Tally = {}
    for code in sizes[GROUP_CODES_MAX:]:
        rest = added(rest, rows[code])
    return [*shown, {"code": OTHER, **rest}] if rest else shown


def _rules(counts: Tally, table: str, strategy: Strategy, before: Model | None) -> list[Report]:
    """Every rule of the table tried in its order, then those only the table in force has; a rule is known by its id."""
    then = {} if before is None else _rows_of(before, table)
    now = _rows_of(strategy.model, table)
    fired = []
    for rule_id in dict.fromkeys((*now, *then)):
        row_before, row_after = (
            then.get(rule_id, (None, ""))[0],
            now.get(rule_id, (None, ""))[0],
        )
        fired.append(
            {
                "rule_id": rule_id,
                "annotation": (now.get(rule_id) or then[rule_id])[1],
                "row_before": row_before,
                "row_after": row_after,
                "before": counts["before"].get(str(row_before), 0),
                "after": counts["after"].get(str(row_after), 0),
            }
        )
    default = {"rule_id": "", "annotation": "", "row_before": None, "row_after": None}
    default |= {when: counts[when].get(DEFAULT, 0) for when in ("before", "after")}
    return [*fired, default] if default["before"] or default["after"] else fired


def _rows_of(model: Model, table: str) -> dict[str, tuple[int, str]]:
    """The row and the annotation of each rule by its id; rules without one are known by their row."""
    if table not in model.decisions:
        return {}
    return {
        rule.id or f"#{row}": (row, rule.annotation)
        for row, rule in enumerate(model[table].rules, start=1)
    }
