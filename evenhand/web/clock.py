"""The edge of the pages: the only clock they have."""

from datetime import UTC, datetime


def clock() -> datetime:
    """Now; views read it once and pass it on."""
    return datetime.now(UTC)  # noqa: TID251
