"""What is in force from when."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from evenhand.rulebook.models import Activation, StrategyVersion
from evenhand.rulebook.versions import State, StrategyRefused, key, lock_rulebook, locked, tell


@transaction.atomic
def activate(
    *,
    number: int,
    from_on: date,
    last_banking_day: date | None,
    by: UUID | None,
    now: datetime,
) -> UUID:
    """Put an approved version in force from a banking day on; returns the activation's id.

    `last_banking_day` is the last one whose strategy is settled, as the caller read it under `lock_rulebook`; the day
    must come after it. The same again returns the first activation; another version on the same day is refused.
    """
    lock_rulebook()
    version = locked(number)
    if version.state != State.APPROVED:
        raise StrategyRefused(
            _("Version %(number)s is not approved; a second person approves it first.")
            % {"number": number}
        )
    standing = Activation.objects.filter(from_on=from_on, cancelled_at=None).first()
    if standing is not None and standing.version_id == version.id:
        return key(standing)
    if last_banking_day is not None and from_on <= last_banking_day:
        raise StrategyRefused(
            _("The night of %(last)s is settled already; choose a later day than that.")
            % {"last": last_banking_day}
        )
    if standing is not None:
        raise StrategyRefused(
            _("Version %(number)s is in force from %(day)s already; cancel that first.")
            % {"number": standing.version.number, "day": from_on}
        )
    return key(put_in_force(version, from_on, by=by, now=now))


def put_in_force(
    version: StrategyVersion, from_on: date, *, by: UUID | None, now: datetime
) -> Activation:
    """Note that a version is in force from a day. The caller holds the rulebook's lock and knows that it may be."""
    activation = Activation.objects.create(
        version=version, from_on=from_on, activated_by_id=by, activated_at=now
    )
    _tell("STRATEGY_ACTIVATED", activation, by=by, now=now)
    return activation


@transaction.atomic
def cancel_activation(
    *, activation_id: UUID, last_banking_day: date | None, by: UUID | None, now: datetime
) -> None:
    """Take an activation back before its day; cancelled again, the first time stays."""
    lock_rulebook()
    activation = Activation.objects.select_for_update().get(id=activation_id)
    if activation.cancelled_at is not None:
        return
    if last_banking_day is not None and activation.from_on <= last_banking_day:
        raise StrategyRefused(
            _("Nights were run by it since %(day)s; put another version in force instead.")
            % {"day": activation.from_on}
        )
    activation.cancelled_by_id, activation.cancelled_at = by, now
    activation.save()
    _tell("STRATEGY_ACTIVATION_CANCELLED", activation, by=by, now=now)


def _tell(kind: str, activation: Activation, *, by: UUID | None, now: datetime) -> None:
    said = {"from_on": activation.from_on.isoformat(), "activation": str(activation.id)}
    tell(kind, activation.version, by=by, now=now, said=said)
