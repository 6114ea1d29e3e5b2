"""What experiments and nights must agree on: the book they are sized by, and which nights are settled already."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from evenhand.cycle.models import Run
from evenhand.cycle.strategies import last_settled_day
from evenhand.rulebook import experiments
from evenhand.rulebook.actions import lock_rulebook
from evenhand.strategy.design import Book


def last_book() -> Book:
    """Who came in of late, as the last published night counted it; nobody before the first."""
    run = Run.objects.filter(state=Run.State.PUBLISHED).order_by("-banking_day").first()
    days = {} if run is None else run.totals.get("may_be_held_out", {})
    return Book(
        people={int(day): row["people"] for day, row in days.items()},
        arrears_minor={int(day): row["arrears_minor"] for day, row in days.items()},
    )


@transaction.atomic
def ask_approval(*, number: int, note: str, by: UUID, now: datetime) -> None:
    """Ask a second person to approve an experiment, sized by last night's book. Raises ExperimentRefused."""
    lock_rulebook()
    experiments.ask_approval(
        number=number,
        note=note,
        book=last_book(),
        last_banking_day=last_settled_day(),
        by=by,
        now=now,
    )


@transaction.atomic
def decide_approval(
    *,
    number: int,
    verdict: str,
    reason: str,
    by: UUID,
    now: datetime,
    read: UUID | None = None,
) -> None:
    """Approve or refuse an experiment whose first night has not begun. Raises ExperimentRefused."""
    lock_rulebook()
    experiments.decide_approval(
        number=number,
        verdict=verdict,
        reason=reason,
        last_banking_day=last_settled_day(),
        by=by,
        now=now,
        read=read,
    )


@transaction.atomic
def stop_experiment(*, number: int, reason: str, by: UUID, now: datetime) -> None:
    """Stop an experiment: the next night goes without it. Raises ExperimentRefused."""
    lock_rulebook()
    experiments.stop_experiment(
        number=number, reason=reason, last_banking_day=last_settled_day(), by=by, now=now
    )


def nights_of(number: int, *, limit: int = 60) -> list[tuple[date, dict[str, dict[str, int]]]]:
    """The published nights that went by an experiment, the last first, each with its counts by arm."""
    runs = Run.objects.filter(state=Run.State.PUBLISHED, experiment__number=number)
    rows = runs.order_by("-banking_day").values_list("banking_day", "totals")[:limit]
    return [(on, totals.get("arms", {})) for on, totals in rows]
