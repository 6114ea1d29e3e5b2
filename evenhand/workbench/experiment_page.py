"""What the page of an experiment shows, also when something on it is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest

from evenhand.cycle.experiments import last_book, nights_of
from evenhand.cycle.queries import last_run_day, run_row
from evenhand.rulebook.experiment_rows import ExperimentRow, UnknownExperiment, experiment_row
from evenhand.rulebook.experiments import planned, sized
from evenhand.strategy.arms import SLOTS
from evenhand.strategy.codes import DISCRETIONARY, HOLDOUT_EXEMPTIONS, TREATMENTS
from evenhand.workbench.charts import WHOLE
from evenhand.workbench.experiment_forms import AskForm, DecideForm, StopForm
from evenhand.workbench.pages import staff_of

COLOURS = {"CHAMPION": "fill-teal-600", "CHALLENGER": "fill-sky-600", "HOLDOUT": "fill-amber-500"}
_HUNDREDTHS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ShareOf:
    """One arm's piece of the picture: place and width in thousandths, the share in per cent."""

    arm: str
    per_cent: str
    x: int
    width: int
    colour: str


@dataclass(frozen=True, slots=True)
class NightOf:
    """One night: an arm's counts, arms in their order."""

    on: date
    arms: tuple[tuple[str, Mapping[str, int]], ...]


def shares_of(champion: int, challenger: int, holdout: int) -> list[ShareOf]:
    """The arms side by side, empty ones left out; shares are of 10,000."""
    found, x = [], 0
    for arm, share in (("CHAMPION", champion), ("CHALLENGER", challenger), ("HOLDOUT", holdout)):
        if share > 0:
            width = share * WHOLE // SLOTS or 1
            found.append(ShareOf(arm, _per_cent(Decimal(share) / SLOTS), x, width, COLOURS[arm]))
            x += width
    return found


def size_context(
    design: Mapping[str, Any],
    *,
    challenger_share: int,
    holdout_share: int,
    holdout_days_max: int,
    days: int,
) -> dict[str, Any]:
    """Size and cost as last night's book has them."""
    worked_out = sized(
        planned(design),
        challenger_share=challenger_share,
        holdout_share=holdout_share,
        holdout_days_max=holdout_days_max,
        days=days,
        book=last_book(),
    )
    return _shown(worked_out) | {
        "shares": shares_of(
            SLOTS - challenger_share - holdout_share, challenger_share, holdout_share
        )
    }


def experiment_or_404(number: int) -> ExperimentRow:
    """The experiment of an address."""
    try:
        return experiment_row(number)
    except UnknownExperiment:
        raise Http404 from None


def page_context(request: HttpRequest, row: ExperimentRow, **bound: Any) -> dict[str, Any]:
    """Everything on the page; `bound` are forms that were refused and what was wrong."""
    staff, day = staff_of(request), last_run_day()
    stage = row.stage(day)
    if "size" in row.design:
        size = _shown(row.design) | {
            "shares": shares_of(row.champion_share, row.challenger_share, row.holdout_share)
        }
    else:
        size = size_context(
            row.design,
            challenger_share=row.challenger_share,
            holdout_share=row.holdout_share,
            holdout_days_max=row.holdout_days_max,
            days=row.days,
        )
    question = row.open_question
    may_edit = staff.has_perm("access.edit_strategies")
    may_approve = staff.has_perm("access.approve_strategies")
    return {
        "experiment": row,
        "stage": stage,
        "measure": {
            name: _per_cent(Decimal(row.design[name]))
            for name in ("baseline", "effect", "power", "alpha")
        }
        | {"days": row.design["measure_days"]},
        "exemptions": list(HOLDOUT_EXEMPTIONS),
        "discretionary": [code for code in TREATMENTS if code in DISCRETIONARY],
        "nights": [
            NightOf(on, tuple((arm, arms[arm]) for arm in COLOURS if arm in arms))
            for on, arms in nights_of(row.number)
        ],
        "question": question,
        "may_edit": may_edit and row.state == "DRAFT",
        "may_decide": may_approve and question is not None and question.may_decide(staff.id),
        "is_approver": may_approve,
        "may_stop": (may_edit or may_approve) and stage in ("APPROVED", "RUNNING"),
        "ask_form": AskForm(auto_id="ask_%s"),
        "decide_form": DecideForm(auto_id="decide_%s"),
        "stop_form": StopForm(auto_id="stop_%s"),
        **size,
    } | bound


def _shown(worked_out: Mapping[str, Any]) -> dict[str, Any]:
    """Size and cost for the template; arms as pairs in their order, the rate in per cent."""
    size, cost = worked_out["size"], worked_out["cost"]
    day = last_run_day()
    night = None if day is None else run_row(day)
    return {
        "size": size,
        "needed": [(arm, size["by_arm"][arm]) for arm in COLOURS if arm in size["by_arm"]],
        "cost": cost,
        "currency": "" if night is None else night.totals.get("currency", ""),
        "book_on": day,
    }


def _per_cent(share: Decimal) -> str:
    return f"{(share * 100).quantize(_HUNDREDTHS).normalize():f}"
