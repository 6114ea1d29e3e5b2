"""Policy packs for tests: small ones, written out, and brought in or put in force by name."""

from datetime import date, datetime
from uuid import UUID

from evenhand.access.models import Staff
from evenhand.rulebook import pack_acts
from tests.pack_texts import pack_text
from tests.world import NOW, a_supervisor, an_analyst

TODAY = date(2026, 9, 30)


def a_pack(text: str | None = None, *, by: Staff | None = None, now: datetime = NOW) -> str:
    """A pack brought in; its digest."""
    content = (text or pack_text()).encode()
    by = by or an_analyst()
    return pack_acts.import_pack(content=content, file="small.toml", by=by.id, now=now)


def asked(
    digest: str,
    *,
    by: Staff | None = None,
    from_on: date = TODAY,
    now: datetime = NOW,
    is_live: bool = False,
    statement: str = "",
) -> UUID:
    """A second person asked to put a pack in force."""
    return pack_acts.ask_activation(
        digest=digest,
        from_on=from_on,
        note="as counsel said",
        by=(by or an_analyst()).id,
        now=now,
        is_live=is_live,
        statement=statement,
    )


def answered(
    activation_id: UUID,
    verdict: str = "APPROVED",
    *,
    by: Staff | None = None,
    reason: str = "",
    now: datetime = NOW,
) -> None:
    """The second person's answer."""
    pack_acts.decide_activation(
        activation_id=activation_id,
        verdict=verdict,
        reason=reason,
        by=(by or a_supervisor()).id,
        now=now,
    )


def in_force(text: str | None = None, *, from_on: date = TODAY, now: datetime = NOW) -> str:
    """A pack put in force by an analyst and a supervisor; its digest."""
    digest = a_pack(text, now=now)
    answered(asked(digest, from_on=from_on, now=now), now=now)
    return digest
