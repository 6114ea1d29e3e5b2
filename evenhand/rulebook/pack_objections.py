"""All that may stand against a policy pack: that it cannot be read, looks back too far, fails its own cases, or changes
nothing on its day."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from evenhand.compliance.cases.own import differing
from evenhand.compliance.packfile.errors import PackError
from evenhand.compliance.packs import HISTORY_DAYS_KEPT, Pack, loads_pack
from evenhand.rulebook.models import PackActivation
from evenhand.rulebook.packs import active_digests

CONTENT_MAX_BYTES = 4 * 1024 * 1024
# A gate at work may have read what is in force just before an approval commits: none counts sooner.
SEEN_BY_EVERY_GATE_AFTER = timedelta(minutes=1)

Act = PackActivation.Act


class PackRefused(ValueError):
    """Something that cannot be done to a policy pack; the message says why, every reason on a line of its own."""


def read(content: bytes, file: str) -> Pack:
    """The pack of a file's bytes; raises PackRefused with the file, the rule, the key and what was expected."""
    if len(content) > CONTENT_MAX_BYTES:
        raise PackRefused(_("The file is too large: 4 MB is the most."))
    try:
        return loads_pack(content.decode(), file)
    except UnicodeDecodeError:
        raise PackRefused(_("%(file)s is not UTF-8 text.") % {"file": file}) from None
    except PackError as error:
        raise PackRefused(str(error)) from None


def refuse_if(said: list[str]) -> None:
    """Raise PackRefused with all that was said, if anything was."""
    if said:
        raise PackRefused("\n".join(said))


def against(
    pack: Pack, *, act: str, from_on: date, now: datetime, answering: bool = False
) -> list[str]:
    """All that stands against putting a pack in force, or taking it out of it, from a day; none: it may be asked.

    `answering`: a day that has passed since it was asked about is no objection, it then counts from the answer.
    """
    said = [] if answering or from_on >= today(pack, now) else [_past(pack, now)]
    counts_at = counts_from(from_on, pack.zone, now)
    is_in_force = pack.digest in active_digests(counts_at)
    if act == Act.DEACTIVATE:
        return said if is_in_force else [*said, _changes_nothing(pack, from_on)]
    if is_in_force:
        said.append(_changes_nothing(pack, from_on))
    return said + _outside_its_days(pack, today(pack, counts_at)) + unfit(pack)


def unfit(pack: Pack) -> list[str]:
    """What keeps a pack from being used at all, whatever the day."""
    said = []
    if pack.history_days > HISTORY_DAYS_KEPT:
        said.append(
            _("%(pack)s looks back %(days)s days, but events are kept for %(kept)s.")
            % {"pack": named(pack), "days": pack.history_days, "kept": HISTORY_DAYS_KEPT}
        )
    return said + differing(pack)


def counts_from(from_on: date, zone: str, now: datetime) -> datetime:
    """The instant from which what is approved now counts: the beginning of its day in the zone, or soon after now."""
    begins = datetime.combine(from_on, time(), ZoneInfo(zone))
    return max(begins, now + SEEN_BY_EVERY_GATE_AFTER)


def today(pack: Pack, at: datetime) -> date:
    """The day of an instant at the pack's place."""
    return at.astimezone(ZoneInfo(pack.zone)).date()


def named(pack: Pack) -> str:
    """A pack as verdicts name it."""
    return f"{pack.name}@{pack.version}"


def _past(pack: Pack, now: datetime) -> str:
    return _("Choose %(day)s or a later day: what was judged is not changed afterwards.") % {
        "day": today(pack, now)
    }


def _changes_nothing(pack: Pack, from_on: date) -> str:
    return _("Nothing would change: that is how it stands with %(pack)s on %(day)s already.") % {
        "pack": named(pack),
        "day": from_on,
    }


def _outside_its_days(pack: Pack, on: date) -> list[str]:
    if on < pack.valid_from:
        said = _("%(pack)s is valid from %(day)s on, not before.")
        return [said % {"pack": named(pack), "day": pack.valid_from}]
    if pack.valid_to is not None and on >= pack.valid_to:
        said = _("%(pack)s is valid before %(day)s only.")
        return [said % {"pack": named(pack), "day": pack.valid_to}]
    return []
